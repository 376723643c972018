"""The forms for a portfolio and a letter, and their part of Home, letter by letter."""

from datetime import UTC, date, datetime

from bot.checkins.rules import Answer, CheckIn, CheckInId, Reflection
from bot.people.model import Role
from bot.portfolio.model import LetterFacts
from bot.portfolio.rules import filled_in
from bot.stages.model import Lens
from config.catalogue import load_catalogue
from handlers.blocks import home
from handlers.portfolio import views
from tests.support.cast import BOB, GROUP, HERE, PROGRAMME
from tests.support.golden import Golden

WRITTEN = CheckIn(
    id=CheckInId("checkin_1"),
    workspace_id=HERE,
    member_id=BOB.id,
    programme_id=PROGRAMME.id,
    group_id=GROUP.id,
    framework_id="miller_is",
    stage="Shows how",
    entry=Reflection(answers=(Answer(Lens.ACT, "What did you do?", "I asked <!here>."),)),
    written_at=datetime(2026, 10, 5, 9, tzinfo=UTC),
    shared_at=datetime(2026, 10, 5, 9, tzinfo=UTC),
)
FACTS = LetterFacts(
    name="Dr Alice <b>",
    role=Role.MENTOR,
    programme="Mentoring 2026",
    first_on=date(2026, 9, 7),
    last_on=date(2027, 6, 13),
    groups=2,
    meetings=14,
    minutes=800,
)


def test_what_goes_into_a_portfolio(golden: Golden) -> None:
    golden("portfolio_form", views.portfolio_form([WRITTEN], tz="Europe/London"))


def test_what_a_letter_will_say(golden: Golden) -> None:
    wording = load_catalogue().papers.wording.paragraphs

    golden("letter_form", views.letter_form(FACTS, filled_in(wording, FACTS)))


def test_what_can_be_taken_along(golden: Golden) -> None:
    offered = [
        *views.take_along(has_portfolio=True, has_letter=False),
        *views.take_along(has_portfolio=False, has_letter=True),
    ]

    golden("home", home(offered))
