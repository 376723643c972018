"""Forms and messages of the close, letter by letter."""

from datetime import UTC, datetime
from functools import partial

from bot.closing.model import Thanks, ThanksId, ThenAndNow
from handlers.closing import views
from tests.support.cast import ALICE, BOB, HERE, PROGRAMME
from tests.support.golden import Golden

BEGAN = ThenAndNow(
    first_confidence=(datetime(2026, 9, 21, tzinfo=UTC), 4),
    last_confidence=(datetime(2027, 5, 31, tzinfo=UTC), 7),
    first_stage="Knows",
    stage="Shows how",
)


def test_thanks(golden: Golden) -> None:
    golden("closing_thanks", views.thanked("Bob & Co", ThanksId("thanks_1")))
    golden("closing_thanks_form", views.thanks_form([("member_alice", "Alice")]))
    golden("closing_thanks_sent", views.thanks_sent("Alice"))


def test_looking_back(golden: Golden) -> None:
    form = partial(views.form, BEGAN, crisis_contact="the ward", tz="UTC")

    golden("closing_form", form(changed="", next_network=""))


def test_what_follows_and_thanks_as_they_are_read(golden: Golden) -> None:
    thanks = Thanks(
        id=ThanksId("thanks_1"),
        workspace_id=HERE,
        programme_id=PROGRAMME.id,
        member_id=BOB.id,
        to_member_id=ALICE.id,
        text="You <!here> & listened.",
        sent_at=datetime(2027, 6, 1, tzinfo=UTC),
    )

    golden("closing_saved", views.saved())
    golden("closing_thanks_read", views.thanks_view(thanks, giver="Bob & Co"))
