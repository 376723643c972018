"""The Home tab by role and by state, letter by letter."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.people.model import Member, MemberState, Role
from bot.programme.model import Programme, ProgrammeState
from handlers.blocks import section
from handlers.home import views
from tests.support.cast import ALICE, BOB, CAROL, PROGRAMME
from tests.support.golden import Golden
from tests.support.limits import problems_of
from tests.support.workspace import all_text

NOW = datetime(2026, 9, 8, 8, tzinfo=UTC)
DRAFT = replace(PROGRAMME, state=ProgrammeState.DRAFT)
BARE = replace(DRAFT, crisis_contact=None, concern_contact=None, coordinator_channel=None)
NOBODY = views.SetUp(
    mentors=0, peer_mentors=0, mentees=0, accepted=0, to_accept=0, away=0, groups=0
)
SOME = views.SetUp(
    mentors=1, peer_mentors=2, mentees=36, accepted=30, to_accept=9, away=2, groups=0
)
READY = replace(SOME, accepted=39, to_accept=0, groups=6)
PARTS = [section("What another capability says.")]
ACCEPTED = replace(BOB, conduct_accepted_at=NOW)


def test_an_empty_workspace(golden: Golden) -> None:
    golden("home_begin", views.welcome(may_begin=True))
    golden("home_nobody_began", views.welcome(may_begin=False))


def test_a_stranger(golden: Golden) -> None:
    golden("home_stranger", views.stranger(["U0CAROL", "U0DAN"]))


@pytest.mark.parametrize(
    ("name", "member", "programme"),
    [
        ("mentee", ACCEPTED, PROGRAMME),
        ("mentee_before_conduct", BOB, PROGRAMME),
        ("mentee_without_programme", ACCEPTED, None),
        ("mentee_before_start", ACCEPTED, DRAFT),
        (
            "mentee_away",
            replace(
                ACCEPTED,
                state=MemberState.PAUSED,
                paused_until=datetime(2026, 10, 3, 4, tzinfo=UTC),
            ),
            PROGRAMME,
        ),
        ("mentee_away_without_end", replace(ACCEPTED, state=MemberState.PAUSED), PROGRAMME),
        ("mentee_left", replace(ACCEPTED, state=MemberState.LEFT), PROGRAMME),
        ("mentor", replace(ALICE, conduct_accepted_at=NOW), PROGRAMME),
        ("peer_mentor", replace(ACCEPTED, role=Role.PEER_MENTOR), PROGRAMME),
    ],
)
def test_members(name: str, member: Member, programme: Programme | None, golden: Golden) -> None:
    golden(f"home_{name}", views.member_tab(member, programme, parts=PARTS, now=NOW))


@pytest.mark.parametrize(
    ("name", "programme", "set_up"),
    [
        ("first_step", None, NOBODY),
        ("second_step", None, SOME),
        ("contacts_missing", BARE, SOME),
        ("ready", DRAFT, READY),
        ("running", PROGRAMME, replace(READY, accepted=38, to_accept=1)),
        ("over", replace(PROGRAMME, weeks=0), READY),
    ],
)
def test_coordinators(
    name: str, programme: Programme | None, set_up: views.SetUp, golden: Golden
) -> None:
    tab = views.coordinator_tab(CAROL, programme, set_up=set_up, parts=PARTS, now=NOW)

    golden(f"home_coordinator_{name}", tab)


def test_contacts_are_on_every_members_tab_whatever_their_state() -> None:
    for state in MemberState:
        for role in Role:
            member = replace(BOB, role=role, state=state)

            shown = all_text(views.member_tab(member, PROGRAMME, parts=[], now=NOW))

            assert "Occupational Health, 020 7946 0000, day and night" in shown
            assert "Dr Okafor, ombudsperson, okafor@example.org" in shown
            assert "not for emergencies" in shown


def test_however_much_there_is_to_say_the_contacts_stay() -> None:
    parts = [section(f"Part {number}") for number in range(200)]

    for tab in (
        views.member_tab(BOB, PROGRAMME, parts=parts, now=NOW),
        views.coordinator_tab(CAROL, PROGRAMME, set_up=SOME, parts=parts, now=NOW),
    ):
        assert "*In a crisis:*" in all_text(tab)
        assert problems_of(tab) == []


def test_nothing_that_people_write_becomes_markup() -> None:
    nasty = "<!channel> & <@U0X>"
    programme = replace(
        BARE, name=nasty, crisis_contact=nasty, concern_contact=nasty, timezone="UTC"
    )

    for tab in (
        views.member_tab(replace(BOB, name=nasty), programme, parts=[], now=NOW),
        views.coordinator_tab(CAROL, programme, set_up=SOME, parts=[], now=NOW),
    ):
        marked = [block["text"]["text"] for block in tab["blocks"] if block["type"] == "section"]
        assert "<!channel>" not in "\n".join(marked)
        assert "<@U0X>" not in "\n".join(marked)
        assert problems_of(tab) == []
