"""Forms about bringing people in, letter by letter."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.delivery.model import Arrival
from bot.kernel.ids import MemberId, SlackUserId
from bot.people.model import Role
from bot.people.roster import read_roster
from bot.people.roster_identity import LeftOut, NotTaken
from bot.people.roster_import import TakenBack
from bot.people.roster_preview import MemberChange, Preview, ValueChange
from bot.people.roster_text import read_table
from handlers.people import conduct_views, role_views, roster_import_views, roster_source_views
from handlers.people.roster_source_views import Source
from tests.support.cast import ALICE, BOB, CAROL
from tests.support.golden import Golden
from tests.support.workspace import all_text, buttons

NASTY = "<!channel> & <@U0X>"
NOW = datetime(2026, 9, 8, 8, tzinfo=UTC)


def change(number: int, *fields: ValueChange, name: str = NASTY) -> MemberChange:
    return MemberChange(
        member_id=MemberId(f"m{number}"),
        slack_user_id=SlackUserId(f"U{number}"),
        name=name,
        fields=fields,
    )


SHOWN = Preview(
    new=(replace(BOB, name=NASTY, avoid=("U0ALICE",)),),
    changed=(
        change(1, ValueChange("avoid", ("U0ALICE",), ()), ValueChange("capacity", 2, 4)),
        change(2, ValueChange("department", NASTY, "Surgery")),
    ),
    unchanged=3,
    absent=2,
    left_out=(LeftOut(line=4, name=NASTY, reason=NotTaken.NOT_FOUND),),
    guests=("Gus",),
    left=("Lea",),
    warnings=("Line 2, interests: commas divide the list.",),
    labels={"U0ALICE": "Alice"},
    said={},
)


def test_the_sources_and_their_forms(golden: Golden) -> None:
    golden("people_sources", roster_source_views.sources_modal(None))
    golden("people_sources_without_scopes", roster_source_views.sources_modal(["chat:write"]))
    for source in Source:
        groups = [("S1", "Residents (4)")]
        golden(f"people_source_{source}", roster_source_views.source_form(source, groups=groups))


def test_a_preview(golden: Golden) -> None:
    golden("people_preview", roster_import_views.preview_view(SHOWN, "import_1"))


def test_what_protects_somebody_is_shown_first() -> None:
    headings = [one.heading for one in roster_import_views.preview_entries(SHOWN)]

    assert headings == [
        "*Who must not be matched changes*",
        "*Changed*",
        "*Not taken*",
        *["*Please check*"] * 3,
        "*New*",
    ]


def test_a_preview_that_changes_nothing_cannot_be_applied() -> None:
    nothing = replace(SHOWN, new=(), changed=())

    shown = roster_import_views.preview_view(nothing, "import_1")

    assert "submit" not in shown
    assert "Choose another list" in str(buttons(shown))


def test_five_hundred_problems_are_shown_page_by_page() -> None:
    problems = tuple(f"Line {line}, role: wrong." for line in range(2, 502))
    many = replace(SHOWN, problems=problems, warnings=())

    pages = [
        all_text(roster_import_views.problems_view(many, "import_1", page=page))
        for page in range(20)
    ]

    assert "500 things to fix" in pages[0]
    assert [page.count("role: wrong.") for page in pages] == [25] * 20
    assert "Line 501, role" in pages[-1]
    beyond = roster_import_views.problems_view(many, "import_1", page=9_999)
    assert all_text(beyond) == pages[-1]


def test_unknown_columns_are_asked_about(golden: Golden) -> None:
    table = read_table(f"Contact,Must never meet,Reach\nBob,{NASTY},bob@example.org\n")

    golden("people_mapping", roster_import_views.mapping_form(read_roster(table), "step"))
    golden("people_role", roster_import_views.role_form("step"))
    golden("people_sheet", roster_import_views.sheet_form(["Spring", NASTY], "step"))


def test_what_was_done_and_taken_back(golden: Golden) -> None:
    golden(
        "people_applied",
        roster_import_views.applied_view(SHOWN, "import_1", asked=1, coordinators=[CAROL]),
    )
    done = TakenBack(removed=(BOB,), restored=1, stay=("Sam",), changed_since=(NASTY,))
    golden("people_taken_back", roster_import_views.taken_back_view(done))


def test_roles(golden: Golden) -> None:
    peer = replace(BOB, name=NASTY, roles=frozenset({Role.MENTEE, Role.PEER_MENTOR}), capacity=2)
    golden("people_list", role_views.people_modal(members=3, waiting=1))
    golden("people_member", role_views.member_form(peer))
    golden("people_roles_saved", role_views.roles_saved(peer, asked=1, is_new_coordinator=True))
    golden("people_coordinator_welcome", role_views.coordinator_welcome(CAROL))
    comes = Arrival(at_once=8, later=4, last_at=datetime(2026, 9, 3, 6, 0, tzinfo=UTC))
    golden("people_ask", conduct_views.ask_modal(replace(BOB, name=NASTY), comes))


def test_who_has_not_accepted_is_named_page_by_page() -> None:
    waiting = [replace(ALICE, name=f"Person {number}") for number in range(30)]

    first = role_views.waiting_modal(waiting, {ALICE.id: NOW}, page=0, may_ask=1)
    second = role_views.waiting_modal(waiting, {}, page=1, may_ask=0)
    assert role_views.waiting_modal(waiting, {}, page=9_999, may_ask=0) == second

    assert "30 people have not accepted" in all_text(first)
    assert "asked on 8 September" in all_text(first)
    assert "Person 29" in all_text(second)
    assert "Ask them" in str(buttons(first))
    assert "Ask them" not in str(buttons(second))
