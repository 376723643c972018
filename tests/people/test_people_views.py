"""Forms and messages about membership, letter by letter."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

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
from handlers.people import directory_views, role_views, roster_source_views
from handlers.people import views as people
from handlers.people.roster_source_views import Source
from tests.support.cast import BOB
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
    golden("people_conduct", people.conduct_modal(catalogue.conduct, accepted_on=None))
    accepted = people.conduct_modal(catalogue.conduct, accepted_on=date(2026, 9, 2))
    golden("people_conduct_accepted", accepted)


def test_messages(golden: Golden) -> None:
    golden("people_conduct_invitation", people.conduct_invitation(BOB))
    with_profile = people.conduct_invitation(BOB, with_profile=True)
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
        people.conduct_modal(catalogue.conduct, accepted_on=None),
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
