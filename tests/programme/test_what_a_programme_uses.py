"""What a programme does without is nowhere to be seen, and each thing comes when its week does."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.groups.schedule import NUDGE, PULSE, falls_due
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId
from bot.kinds import ScheduleKind
from bot.people.model import Role
from bot.programme.model import (
    USES_OF_EARLIER,
    Programme,
    ProgrammeState,
    Seat,
    Use,
    in_use,
    template_from_snapshot,
    template_snapshot,
    uses,
)
from bot.programme.use_cases import must_be_in_use
from handlers.programme.uses_views import ALONE, TOGETHER
from handlers.register import CAPABILITIES
from tests.support.cast import ALICE, BOB, PROGRAMME
from tests.support.running_programme import START, Running, running_programme
from tests.support.workspace import all_text

RUNNING = replace(PROGRAMME, state=ProgrammeState.RUNNING, starts_on=START.date())


GROUP = GroupId("group_a")


def with_uses(**weeks: int) -> Programme:
    chosen = tuple((Use(name), week) for name, week in weeks.items())
    return replace(RUNNING, template=replace(RUNNING.template, uses=chosen))


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as found:
        yield found


def test_what_a_programme_uses_comes_with_its_week() -> None:
    programme = with_uses(goals=3)
    in_week_two, in_week_three = START + timedelta(days=7), START + timedelta(days=14)

    assert uses(programme, Use.GOALS)
    assert not in_use(programme, Use.GOALS, in_week_two)
    assert in_use(programme, Use.GOALS, in_week_three)
    assert not uses(programme, Use.COMPASS)
    with pytest.raises(UserFacing, match="This begins on Monday"):
        must_be_in_use(programme, Use.GOALS, now=in_week_two)
    with pytest.raises(UserFacing, match="does not use this"):
        must_be_in_use(programme, Use.COMPASS, now=in_week_three)


def test_a_programme_of_before_the_choice_has_what_it_had() -> None:
    kept = template_snapshot(RUNNING.template)
    del kept["uses"]

    assert template_from_snapshot(kept).uses == USES_OF_EARLIER


def test_nothing_falls_due_of_what_is_off() -> None:
    seats = [Seat(GROUP, BOB.id, Role.MENTEE), Seat(GROUP, ALICE.id, Role.MENTOR)]

    kinds = {kind for kind, _ in falls_due(with_uses(nudges=1), seats, now=START)}
    assert kinds == {NUDGE, PULSE}
    kinds = {kind for kind, _ in falls_due(with_uses(checkins=1), seats, now=START)}
    assert kinds == {ScheduleKind.CHECKIN_PROMPT, PULSE}


def test_each_thing_to_choose_stands_in_the_form_once_and_bears_its_capabilitys_name() -> None:
    offered = [use for use, _ in (*ALONE, *TOGETHER)]

    assert sorted(offered) == sorted(Use)
    chosen = {one.name: one.optional for one in CAPABILITIES.every if one.optional}
    of_another = {name: use for name, use in chosen.items() if name != use}
    assert of_another == {"portfolio": Use.CLOSING}


async def test_a_coordinator_switches_off_what_then_is_nowhere_to_be_seen(here: Running) -> None:
    await here.slack.advance(days=7)
    (prompt,) = [m for m in await here.slack.messages(user=here.bob) if "Check in" in str(m)]
    await choose(here, alone=["goals"], together=["meetings"])

    shown = await here.home_text(here.bob, until="My people")
    assert not {"Check in", "My path"} & set(shown.splitlines())
    await here.slack.slash(here.bob)
    await here.slack.settle()
    assert "does without check-ins" in (await here.texts(here.bob))[-1]
    await here.slack.press(here.bob, "Check in", message=prompt)
    await here.slack.settle()
    assert "does not use this" in (await here.texts(here.bob))[-1]

    earlier = {who: len(await here.texts(who)) for who in (here.bob, here.mentor)}
    await here.slack.advance(days=15)
    for who, known in earlier.items():
        assert not [one for one in (await here.texts(who))[known:] if "pulse" not in one.lower()]


async def test_what_is_switched_on_again_comes_again(here: Running) -> None:
    await choose(here, alone=[], together=[])
    await choose(here, alone=["checkins"], together=["nudges"])

    await here.slack.advance(days=15)
    assert any("check-in" in one for one in await here.texts(here.bob))
    assert "Check in" in all_text(await here.slack.home(here.bob))


async def choose(here: Running, **chosen: list[str]) -> None:
    await here.slack.press(here.coordinator, "Change something")
    page = await here.slack.view(here.coordinator)
    await here.slack.click(
        here.coordinator, "programme.uses", view_id=page["id"], value=here.programme.id
    )
    form = await here.slack.view(here.coordinator)
    await here.slack.submit(here.coordinator, form["id"], chosen)
    seen = await here.slack.view(here.coordinator)
    await here.slack.submit(here.coordinator, seen["id"], {})
    await here.slack.settle()
