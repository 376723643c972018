"""Forms and messages about membership, letter by letter."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from bot.delivery.model import Arrival
from bot.kernel.clock import SetClock
from bot.kernel.database import Database
from bot.keys.vault import FileVault
from bot.kinds import ScheduleKind
from bot.people.directory import Finding, Misfit
from bot.people.model import Member, MemberState, Role
from bot.schedule.model import Rhythm, Weekly
from config.catalogue import Catalogue, load_catalogue
from handlers import people as members
from handlers.blocks import home
from handlers.capability import Viewer
from handlers.edge.services import Services
from handlers.people import (
    conduct_views,
    coordinator_views,
    directory_views,
    role_views,
    roster_source_views,
)
from handlers.people import views as people
from handlers.people.roster_source_views import Source
from tests.support.cast import BOB, CAROL, PROGRAMME
from tests.support.golden import Golden
from tests.support.workspace import all_text

NOW = datetime(2026, 9, 8, 8, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 3, 4, tzinfo=UTC)
ACCEPTED = replace(BOB, conduct_accepted_at=NOW)
NASTY = "<!channel> & <@U0X>"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_the_code_of_conduct(golden: Golden, catalogue: Catalogue) -> None:
    golden("people_conduct", conduct_views.conduct_modal(catalogue.conduct, accepted_on=None))
    accepted = conduct_views.conduct_modal(catalogue.conduct, accepted_on=date(2026, 9, 2))
    golden("people_conduct_accepted", accepted)
    other = conduct_views.conduct_modal(
        catalogue.conduct,
        accepted_on=date(2026, 9, 2),
        has_changed=True,
        may_read_accepted=True,
    )
    golden("people_conduct_changed", other)
    golden("people_conduct_before", conduct_views.accepted_modal(catalogue.conduct))


def test_a_coordinator_reads_and_writes_the_code_of_conduct(
    golden: Golden, catalogue: Catalogue
) -> None:
    own = replace(PROGRAMME, conduct_text="digest", crisis_contact=NASTY)
    code = replace(catalogue.conduct, introduction=NASTY * 3, promises=(NASTY * 3,))
    golden("people_conduct_text", conduct_views.text_form(catalogue.conduct, PROGRAMME))
    golden("people_conduct_page", conduct_views.text_page(code, own, others=6))
    comes = Arrival(at_once=0, later=6, last_at=OCTOBER)
    golden("people_conduct_again", conduct_views.again_modal(BOB, own, comes, digest="digest"))
    golden("people_conduct_new_words", conduct_views.conduct_changed(BOB, own))


def test_who_coordinates(golden: Golden) -> None:
    there = [CAROL, replace(BOB, state=MemberState.PAUSED)]
    golden("people_coordinators", coordinator_views.coordinators(there, may_name=True, now=NOW))
    shown = coordinator_views.coordinators([CAROL], may_name=False, now=NOW)
    golden("people_coordinators_read", shown)
    named = replace(BOB, name=NASTY)
    golden("people_coordinator_before", coordinator_views.before_it_is_sent(named))
    golden("people_coordinator_named", coordinator_views.named(named))


def test_messages(golden: Golden) -> None:
    golden("people_conduct_invitation", conduct_views.conduct_invitation(BOB))
    with_profile = conduct_views.conduct_invitation(BOB, with_profile=True)
    golden("people_conduct_invitation_with_profile", with_profile)
    golden("people_welcome_back", people.welcome_back(BOB))


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("away", replace(ACCEPTED, state=MemberState.PAUSED, paused_until=OCTOBER)),
        ("away_without_end", replace(ACCEPTED, state=MemberState.PAUSED)),
        ("here", ACCEPTED),
        ("before_conduct", BOB),
        ("left", replace(ACCEPTED, state=MemberState.LEFT)),
    ],
)
async def test_the_home_tab(
    name: str, member: Member, golden: Golden, database: Database, catalogue: Catalogue
) -> None:
    services = Services(
        database=database, clock=SetClock(NOW), catalogue=catalogue, vault=FileVault(Path("keys"))
    )

    async with database.reading() as connection:
        viewer = Viewer(
            services=services, connection=connection, member=member, programme=None, now=NOW
        )
        drawn = [block for look in (members.home, members.settings) for block in await look(viewer)]

    golden(f"people_home_{name}", home(drawn))


def test_a_break(golden: Golden) -> None:
    golden("people_pause", people.pause_modal(BOB))


def test_a_mentor_is_not_told_of_a_mentor_of_their_own() -> None:
    shown = all_text(people.pause_modal(replace(BOB, roles=frozenset({Role.MENTOR}))))

    assert "coordinators can see that you are away" in shown
    assert "your mentor" not in shown


def test_every_form_says_who_sees_it(catalogue: Catalogue) -> None:
    for form in (
        conduct_views.conduct_modal(catalogue.conduct, accepted_on=None),
        people.pause_modal(BOB),
        roster_source_views.source_form(Source.LIST),
        role_views.member_form(BOB),
    ):
        assert "*Who sees this:*" in all_text(form)


def test_news_of_who_is_in_slack(golden: Golden) -> None:
    found = [Finding(replace(BOB, name=NASTY), Misfit.LEFT, NOW), Finding(BOB, Misfit.GUEST, NOW)]
    golden("people_directory_news", directory_views.news(found))


def test_people_whom_something_keeps_away(golden: Golden) -> None:
    found = [Finding(replace(BOB, name=NASTY), Misfit.LEFT, NOW), Finding(BOB, Misfit.GUEST, NOW)]

    golden("people_misfits", directory_views.misfits_modal(found))
    golden(
        "people_waiting",
        role_views.waiting_modal([replace(BOB, name=NASTY)], {BOB.id: NOW}, page=0, may_ask=1),
    )


def test_deleting_what_is_known(golden: Golden) -> None:
    golden("people_erasure_form", people.erasure_form())
    golden("people_erasure_done", people.ERASED)


def test_a_rhythm_of_ones_own(golden: Golden) -> None:
    rule = Weekly(weekday=0, at=time(9), anchor=date(2026, 9, 7), every_weeks=1)
    form = people.rhythm_form(
        kind=ScheduleKind.CHECKIN_PROMPT, rule=rule, choice=None, rhythm=Rhythm()
    )

    golden("people_rhythm_form", form)
    golden("people_rhythm_saved", people.rhythm_saved("Monday 5 October at 09:00"))
