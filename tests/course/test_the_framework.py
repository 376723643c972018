"""A coordinator chooses the framework in Slack, before the start and while it runs."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.kernel.database import Database
from bot.kernel.ids import SlackUserId
from bot.people import store as people
from bot.people.model import MemberState, Role
from bot.programme import store, use_cases
from bot.programme.model import Programme, Template, Use
from config.catalogue import load_catalogue
from handlers.programme.framework_views import framework_line
from tests.support.cast import BOB, HERE, PROGRAMME, TEMPLATE
from tests.support.running_programme import Running, running_programme
from tests.support.transactions import write
from tests.support.workspace import all_text

NOW = datetime(2026, 9, 2, 8, tzinfo=UTC)
FRAMEWORKS = load_catalogue().frameworks
RIME, MILLER = FRAMEWORKS["rime"], FRAMEWORKS["miller_is"]
TERM = replace(TEMPLATE, id="term", framework_id="dreyfus")


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_programme(tmp_path) as found:
        yield found


async def open_form(here: Running) -> None:
    await here.slack.press(here.coordinator, "Change something")
    page = await here.slack.view(here.coordinator)
    await here.slack.click(here.coordinator, "course.change:framework", view_id=page["id"])


async def choose(here: Running, framework: str) -> str:
    """Apply another framework; gives what the preview said, and the form in the end."""
    await open_form(here)
    form = await here.slack.view(here.coordinator)
    await here.slack.submit(here.coordinator, form["id"], {"framework": framework})
    seen = await here.slack.view(here.coordinator)
    await here.slack.submit(here.coordinator, seen["id"], {})
    await here.slack.settle()
    before = all_text(seen)
    return " ".join([before, *map(all_text, await here.slack.views(here.coordinator))])


async def test_a_change_mid_way_begins_anew_and_the_way_back_finds_what_was(here: Running) -> None:
    before = await here.home_text(here.bob, until="Claim a stage")
    await here.slack.press(here.bob, "Claim a stage")
    form = await here.slack.view(here.bob)
    level = next(b for b in form["blocks"] if b.get("block_id") == "level")["element"]
    to_level = level["initial_option"]["value"]
    await here.slack.submit(here.bob, form["id"], {"level": to_level, "evidence": "I asked."})
    await here.slack.advance(seconds=10)
    asked = (await here.slack.messages(user=here.mentor))[-1]

    said = await choose(here, "rime")
    assert "1 claim waits for an answer and lapses" in said
    assert "*Done.* The framework is Reporter to educator" in said

    shown = await here.home_text(here.bob, until="Reporter")
    path = shown.split("My path")[1]
    stages = ("Reporter", "Interpreter", "Manager", "Educator")
    assert sorted(stages, key=path.index) == list(stages)
    assert to_level not in path
    await here.slack.press(here.mentor, "Read and answer", message=asked)
    assert "not open any more" in (await here.texts(here.mentor))[-1]
    asked_now = all_text(await here.open_form(here.bob))
    assert any(one in asked_now for each in RIME.levels[0].lenses for one in each.prompts)

    await here.slack.close(here.bob)
    await here.slack.close(here.coordinator)
    await choose(here, "miller_is")

    again = await here.home_text(here.bob, until="Withdraw the claim")
    assert f"You claim *{to_level}*; it waits for your mentor." in again
    assert before.split("My path")[1].splitlines()[1] in again


async def framework_of(here: Running) -> str:
    async with here.slack.cairn.database.reading() as connection:
        found = await store.programme(connection, here.programme.workspace_id, here.programme.id)
    assert found is not None
    return found.framework_id


NOBODY_WHO_MAY = (
    (Role.MENTOR, MemberState.ACTIVE),
    (Role.MENTEE, MemberState.ACTIVE),
    (Role.PEER_MENTOR, MemberState.ACTIVE),
    (Role.COORDINATOR, MemberState.LEFT),
)


async def test_nobody_else_chooses_even_with_the_form_still_open(here: Running) -> None:
    database, workspace_id = here.slack.cairn.database, here.programme.workspace_id
    async with database.reading() as connection:
        account = SlackUserId(here.coordinator)
        carol = await people.member_by_slack_id(connection, workspace_id, account)
    assert carol is not None

    for role, state in NOBODY_WHO_MAY:
        await open_form(here)
        form = await here.slack.view(here.coordinator)
        changed = replace(carol, roles=frozenset({role}), state=state)
        await write(database, people.put_members, workspace_id, [changed])
        await here.slack.submit(here.coordinator, form["id"], {"framework": "rime"})
        await here.slack.settle()

        assert await framework_of(here) == "miller_is", (role, state)
        await write(database, people.put_members, workspace_id, [carol])
        while await here.slack.views(here.coordinator):
            await here.slack.close(here.coordinator)


async def test_a_framework_that_was_taken_away_meanwhile_is_refused(here: Running) -> None:
    await open_form(here)
    form = await here.slack.view(here.coordinator)
    frameworks = here.slack.cairn.services.catalogue.frameworks
    assert isinstance(frameworks, dict)
    del frameworks["rime"]

    said = await here.slack.submit(here.coordinator, form["id"], {"framework": "rime"})

    assert "not there any more. Choose another." in str(said)
    assert await framework_of(here) == "miller_is"


@pytest.fixture
async def draft(database: Database) -> Programme:
    async with database.writing() as connection:
        await people.put_members(connection, HERE, [BOB])
    return await write(
        database,
        use_cases.create_programme,
        HERE,
        template=TEMPLATE,
        name="Mentoring",
        starts_on=date(2026, 9, 7),
        timezone="Europe/London",
        now=NOW,
    )


async def changed_draft(database: Database, draft: Programme, template: Template) -> Programme:
    return await write(
        database,
        use_cases.change_draft,
        HERE,
        draft.id,
        template=template,
        name="Another name",
        starts_on=date(2026, 9, 14),
        now=NOW,
    )


async def test_what_was_chosen_stays_when_a_draft_gets_another_name_or_day(
    database: Database, draft: Programme
) -> None:
    chosen = replace(draft, framework_id="rime")
    await write(database, store.put_programme, HERE, chosen)
    await write(
        database, use_cases.change_uses, HERE, draft.id, uses=[Use.GOALS], weeks={}, now=NOW
    )

    renamed = await changed_draft(database, draft, TEMPLATE)
    assert renamed.framework_id == "rime"
    assert [use for use, _ in renamed.template.uses] == [Use.GOALS]

    await write(database, store.put_programme, HERE, replace(renamed, weeks=9))
    assert (await changed_draft(database, draft, TEMPLATE)).weeks == 9

    anew = await changed_draft(database, draft, TERM)
    assert (anew.framework_id, anew.template.uses) == ("dreyfus", TERM.uses)


def test_the_line_stands_only_where_something_comes_from_a_framework() -> None:
    def with_uses(*found: Use) -> Programme:
        template = replace(TEMPLATE, uses=tuple((use, 1) for use in found))
        return replace(PROGRAMME, template=template)

    assert framework_line(with_uses(Use.MEETINGS), MILLER) == []
    assert "Miller" in all_text(framework_line(with_uses(Use.NUDGES), MILLER))
    assert "missing from Cairn" in all_text(framework_line(with_uses(Use.CHECKINS), None))
