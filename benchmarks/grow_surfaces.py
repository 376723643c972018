"""Each page and form of one member, with what a year has left on it; see `grow_cases.py`."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from benchmarks.grow_stage import ONE_PERSON, Case, Prepare, Stage, Work, nothing
from benchmarks.measuring import text
from benchmarks.year import CAROL
from benchmarks.year_history import HERE, NOW
from bot.checkins.tables import checkin
from bot.community import peer_mentors
from bot.goals.tables import goal
from bot.kernel.database import rows_of
from bot.kernel.ids import GroupId, ProgrammeId
from bot.kinds import FileKind
from bot.matching.tables import pairing_table
from bot.people.model import Member, Role
from bot.people.private_links import make_link
from bot.programme import store as programmes
from bot.programme.model import Group, ProgrammeState, Seat
from bot.programme.tables import seat_table
from handlers.blocks import NOTICE
from handlers.register import CAPABILITIES

TIMES = 20
_A_DAY = timedelta(days=1)
_IN_A_MONTH = (NOW + 30 * _A_DAY).date().isoformat()
CHECKINS = 40
"""In a history, at least."""
WORDS = "I led the round and was asked what I had thought about beforehand."


class Refused(Exception):
    """A notice came instead of what was asked for."""


async def pressed(stage: Stage, who: Member, action: str, value: str = "") -> Any:
    """Press, and give the form or page that opens. Raises Refused for a notice instead."""
    view = await stage.hands.click(who.slack_user_id, action, value)
    return _not_refused(view, action)


async def sent(stage: Stage, who: Member, form: Any) -> Any:
    """Send a form in which every text and every day is filled in."""
    given: dict[str, Any] = {}
    for block in form["blocks"]:
        element = block.get("element") or {}
        if element.get("type") == "plain_text_input":
            given[block["block_id"]] = text(WORDS[: element.get("max_length", 3_000)])
        elif element.get("type") == "datepicker":
            day = element.get("initial_date") or _IN_A_MONTH
            given[block["block_id"]] = {"type": "datepicker", "selected_date": day}
        elif element.get("type") == "checkboxes":
            given[block["block_id"]] = {"selected_options": element["options"][:1]}
    view = await stage.hands.submit(who.slack_user_id, form, given)
    return _not_refused(view, form["callback_id"])


async def _written(stage: Stage, who: Member, action: str, value: str = "") -> None:
    """Fill in the form behind a button, unless that has been done."""
    with suppress(Refused):
        await sent(stage, who, await pressed(stage, who, action, value))


def _not_refused(view: Any, name: str) -> Any:
    if view.get("callback_id") in (None, NOTICE):
        raise Refused(f"{name} was refused: {view.get('blocks') or view}")
    return view


def _page(action: str, *, mentor: bool = False) -> Work:
    """Press a button of Home."""

    async def work(stage: Stage, n: int, value: str | None) -> None:
        whose = stage.mentor(n) if mentor else stage.mentee(n)
        await pressed(stage, whose, action, value or "")

    return work


async def _many_checkins(stage: Stage, n: int) -> None:
    """Give a mentee a history of `CHECKINS`, each of another day."""
    mentee = stage.mentee(n)
    async with stage.database.writing() as connection:
        its = rows_of(checkin, HERE, member_id=mentee.id)
        rows = (await connection.execute(sa.select(checkin).where(its))).all()
        missing = [
            row._asdict() | {"id": f"{row.id}-again", "written_at": row.written_at - _A_DAY}
            for row in rows[: max(0, CHECKINS - len(rows))]
        ]
        if missing:
            await connection.execute(checkin.insert(), missing)


async def _goal(stage: Stage, n: int) -> str:
    """Let a mentee have a goal, and nothing but that."""
    mentee = stage.mentee(n)
    async with stage.database.writing() as connection:
        await connection.execute(goal.delete().where(rows_of(goal, HERE, member_id=mentee.id)))
    await _written(stage, mentee, "goal.new")
    async with stage.database.reading() as connection:
        query = sa.select(goal.c.id).where(rows_of(goal, HERE, member_id=mentee.id))
        return str((await connection.execute(query)).scalar_one())


async def _compass(stage: Stage, n: int) -> None:
    await _written(stage, stage.mentee(n), "compass.write")


async def _agreement(stage: Stage, n: int) -> None:
    """Let both have said what they expect."""
    async with stage.database.reading() as connection:
        its = rows_of(pairing_table, HERE, mentee_id=stage.mentee(n).id)
        query = sa.select(pairing_table.c.id, pairing_table.c.mentor_id).where(its)
        pairing = (await connection.execute(query)).first()
    assert pairing is not None
    mentor = next(one for one in stage.year.mentors if one.id == pairing.mentor_id)
    for one in (stage.mentee(n), mentor):
        await _written(stage, one, "agreement.fill", pairing.id)


async def _group(stage: Stage, n: int) -> str:
    """The group in which a mentee sits."""
    async with stage.database.reading() as connection:
        query = sa.select(seat_table.c.group_id).where(
            rows_of(seat_table, HERE, member_id=stage.mentee(n).id)
        )
        return str((await connection.execute(query)).scalar_one())


async def _find_form(stage: Stage, n: int) -> Any:
    return await pressed(stage, stage.mentor(n), "meeting.find")


async def _find(stage: Stage, n: int, form: Any) -> None:
    await sent(stage, stage.mentor(n), form)


async def _calendar_address(stage: Stage, n: int) -> str:
    """Let a mentor's calendar hold a meeting, and have an address."""
    mentor = stage.mentor(n)
    times = await sent(stage, mentor, await _find_form(stage, n))
    with suppress(Refused):
        await sent(stage, mentor, times)
    async with stage.database.writing() as connection:
        return await make_link(connection, mentor, FileKind.CALENDAR, now=NOW)


async def _calendar(stage: Stage, _n: int, secret: str) -> None:
    if not await CAPABILITIES.file(stage.hands.services, HERE, FileKind.CALENDAR, secret):
        raise RuntimeError("no calendar")


async def _offered(stage: Stage, n: int) -> None:
    """Let a mentee have done the training, and have finished a programme before."""
    mentee = stage.mentee(n)
    ended = replace(
        stage.year.programme,
        id=ProgrammeId("p-before"),
        name="The year before",
        state=ProgrammeState.CLOSED,
    )
    group = Group(
        id=GroupId(f"g-before-{mentee.id}"),
        workspace_id=HERE,
        programme_id=ended.id,
        name="Group of before",
    )
    async with stage.database.writing() as connection:
        await programmes.put_programme(connection, HERE, ended)
        seat = Seat(group.id, mentee.id, Role.MENTEE)
        await programmes.put_groups(connection, HERE, ended.id, [group], [seat])
        await peer_mentors.tick(connection, HERE, [mentee.slack_user_id], now=NOW)


def _case(name: str, work: Work, prepare: Prepare = nothing) -> Case:
    return Case(name, ONE_PERSON, TIMES, work, prepare)


SURFACES = (
    _case(f"my check-ins, {CHECKINS} of them", _page("checkin.past"), _many_checkins),
    _case("my path", _page("stage.history")),
    _case("a goal", _page("goal.open"), _goal),
    _case("my compass", _page("compass.open"), _compass),
    _case("my agreements", _page("agreement.list"), _agreement),
    _case("a mentor's agreements", _page("agreement.list", mentor=True)),
    _case("a group's people", _page("profiles.people"), _group),
    _case("a group's charter", _page("charter.open"), _group),
    _case("my profile", _page("profiles.open")),
    _case("how it is between us", _page("relationship.answers")),
    _case("a concern's form", _page("care.open")),
    _case("whom I block", _page("care.blocks")),
    _case("looking back", _page("closing.open")),
    _case("whom I thank", _page("closing.thank")),
    _case("my portfolio's form", _page("portfolio.open")),
    _case("a mentor's meetings", _page("meeting.page", mentor=True)),
    _case("a time is sought", _find, _find_form),
    _case("a calendar is fetched", _calendar, _calendar_address),
    _case("the role is offered", _page("peer.offer"), _offered),
    Case(
        "who did the training",
        ONE_PERSON,
        20,
        lambda stage, _n, _given: pressed(stage, CAROL, "peer.training"),
    ),
)
