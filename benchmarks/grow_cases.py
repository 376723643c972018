"""What is done in a workspace to see what it costs there, about one person and about everybody."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from benchmarks.grow_stage import EVERYBODY, ONE_PERSON, Case, Prepare, Stage
from benchmarks.grow_surfaces import SURFACES
from benchmarks.measuring import text
from benchmarks.year import CAROL
from benchmarks.year_history import HERE, NOW
from bot import jobs
from bot.delivery.model import Entry
from bot.flows.imports import with_groups
from bot.kernel.clock import SetClock
from bot.matching.tables import match_table, proposal_table
from bot.people.model import Member
from bot.people.roster import read_roster
from bot.people.roster_import import look_at
from bot.people.roster_store import keep
from bot.people.roster_text import read_table
from bot.people.tables import member_table
from bot.programme import store as programmes
from bot.programme.digest_channel import DIGESTS
from bot.programme.model import ProgrammeState
from bot.schedule.tables import schedule
from handlers.programme.views import CLOSE
from handlers.register import CAPABILITIES


async def _checkin_form(stage: Stage, n: int) -> Any:
    return await stage.hands.command(stage.mentee(n).slack_user_id, "/checkin")


async def _submit_checkin(stage: Stage, n: int, form: Any) -> None:
    answers = {
        block["block_id"]: text("I led the round.")
        for block in form["blocks"]
        if block["type"] == "input" and block["element"]["type"] == "plain_text_input"
    }
    await stage.hands.submit(stage.mentee(n).slack_user_id, form, answers)


async def _pulse_form(stage: Stage, n: int) -> Any:
    round_id = stage.year.open_round.id
    return await stage.hands.click(stage.mentee(n).slack_user_id, "pulse.open", round_id)


async def _submit_pulse(stage: Stage, n: int, form: Any) -> None:
    await stage.hands.submit(stage.mentee(n).slack_user_id, form, {})


def _entry_for(kind: str, subject: Callable[[Stage, Member], str], *, mentors: bool) -> Prepare:
    async def prepare(stage: Stage, n: int) -> Entry:
        whose = stage.mentor(n) if mentors else stage.mentee(n)
        return await stage.entry(kind, subject(stage, whose), whose.slack_user_id)

    return prepare


async def _monday(stage: Stage, _n: int) -> Entry:
    return await stage.entry("coordinators_week", CAROL.id, CAROL.slack_user_id)


async def _digest_entry(stage: Stage, n: int) -> Entry:
    subject_id = _last_round(stage, stage.mentee(n)) + ":groups-0"
    return await stage.entry("pulse_digest", subject_id, f"{DIGESTS}programme")


async def _compose(stage: Stage, _n: int, entry: Entry) -> None:
    await stage.compose(entry)


async def all_due(stage: Stage, n: int) -> None:
    """Let everybody's prompt and nudge have fallen due, each time a minute earlier."""
    at = NOW - timedelta(minutes=5 - n)
    kinds = schedule.c.kind.in_(["checkin_prompt", "mentor_nudge"])
    async with stage.database.writing() as connection:
        await connection.execute(
            schedule.update().where(kinds).values(next_due_at=at, due_on=at.date(), served_on=None)
        )


async def _tick(stage: Stage, _n: int, _given: None) -> None:
    await jobs.tick(stage.database, CAPABILITIES.duties(stage.hands.services), now=NOW)


async def _nobody_has_accepted(stage: Stage, n: int) -> None:
    """Let `ask everybody` have everybody to ask, on a day of its own."""
    clock = stage.hands.services.clock
    assert isinstance(clock, SetClock)
    clock.set(NOW + timedelta(days=n))
    others = member_table.c.id != CAROL.id
    async with stage.database.writing() as connection:
        await connection.execute(
            member_table.update().where(others).values(conduct_accepted_at=None)
        )


async def _everybody_has_accepted(stage: Stage, _n: int) -> None:
    async with stage.database.writing() as connection:
        await connection.execute(member_table.update().values(conduct_accepted_at=NOW))


async def _roster(stage: Stage, n: int) -> str:
    """The whole roster, in which every fiftieth person has moved to another department."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    lists = ("interests", "languages", "prefers", "supervised_by")
    plain = ("slack_user_id", "name", "email", "capacity", "stage", "department", "site")
    writer.writerow(["slack_id", *plain[1:], "timezone", "role", *lists])
    for number, one in enumerate(stage.year.everybody):
        row = {name: getattr(one, name) or "" for name in (*plain, "timezone")}
        row["department"] = f"Moved {n}" if number % 50 == 7 else row["department"]
        row["capacity"] = one.capacity or ""
        row["role"] = ";".join(one.roles)
        writer.writerow([*row.values(), *(";".join(getattr(one, name)) for name in lists)])
    return out.getvalue()


async def _import(stage: Stage, _n: int, roster: str) -> None:
    """Look at a list, as it is done once Slack has handed it out, and bring its people in."""
    reading = read_roster(read_table(roster))
    async with stage.database.writing() as connection:
        shown = await look_at(connection, HERE, reading)
        shown = await with_groups(connection, HERE, shown)
        kept = await keep(connection, HERE, shown, by=CAROL.id, now=NOW)
    form = {"type": "modal", "callback_id": "people.preview_form", "blocks": []}
    carol = CAROL.slack_user_id
    done = await stage.hands.submit(carol, form | {"private_metadata": kept}, {})
    if "people.undo" not in f"{done}{stage.hands.slack.shown}":  # in the answer, or shown later
        raise RuntimeError(f"the roster was refused: {done}")


_ASKING = {"type": "modal", "callback_id": "people.invite_form", "blocks": []}


async def _rematch(stage: Stage, n: int, _given: None) -> None:
    form = {
        "type": "modal",
        "callback_id": "pairing.rematch_form",
        "private_metadata": stage.year.programme.id,
        "blocks": [],
    }
    await stage.hands.submit(stage.mentee(n + 1).slack_user_id, form, {})


async def _leave(stage: Stage, n: int, _given: None) -> None:
    await stage.hands.click(stage.year.mentors[-1 - n].slack_user_id, "people.leave")


async def _deactivate(stage: Stage, n: int, _given: None) -> None:
    whose = stage.year.mentees[-1 - n].slack_user_id
    event = {"type": "user_change", "user": {"id": whose, "deleted": True}}
    await stage.hands.event(event, whose)


async def _seek_seats(stage: Stage, _n: int, _given: None) -> None:
    programme_id = stage.year.programme.id
    await stage.hands.click(CAROL.slack_user_id, "pairing.settle", programme_id)


async def _propose(stage: Stage, _n: int, _given: None) -> None:
    await stage.hands.click(CAROL.slack_user_id, "pairing.propose", stage.year.draft.id)


async def _open_proposal(stage: Stage) -> str:
    query = (
        sa.select(proposal_table.c.id)
        .where(proposal_table.c.programme_id == stage.year.draft.id)
        .order_by(proposal_table.c.version.desc())
        .limit(1)
    )
    async with stage.database.reading() as connection:
        found: str | None = (await connection.execute(query)).scalar_one_or_none()
    if found is None:
        await _propose(stage, 0, None)
        return await _open_proposal(stage)
    return found


async def _review(stage: Stage, _n: int) -> Any:
    proposal_id = await _open_proposal(stage)
    return await stage.hands.click(CAROL.slack_user_id, "pairing.open", proposal_id)


async def _beginning_a_swap(stage: Stage, n: int) -> tuple[Any, str]:
    """The review in which one mentee is chosen, and another who sits with somebody else."""
    proposal_id = await _open_proposal(stage)
    query = (
        sa.select(match_table.c.mentee_id, match_table.c.mentor_ids)
        .where(match_table.c.proposal_id == proposal_id)
        .order_by(match_table.c.mentee_id)
    )
    async with stage.database.reading() as connection:
        matches = (await connection.execute(query)).all()
    first = matches[n]
    other = next(one for one in matches[n:] if one.mentor_ids != first.mentor_ids)
    review = await stage.hands.click(CAROL.slack_user_id, "pairing.open", proposal_id)
    chosen = await stage.hands.click(
        CAROL.slack_user_id, "pairing.row", f"swap {first.mentee_id}", view=review
    )
    return chosen, other.mentee_id


async def _swap(stage: Stage, _n: int, given: tuple[Any, str]) -> None:
    review, mentee_id = given
    await stage.hands.click(CAROL.slack_user_id, "pairing.swap", mentee_id, view=review)


async def _approve(stage: Stage, _n: int, review: Any) -> None:
    await stage.hands.click(CAROL.slack_user_id, "pairing.approve", view=review)


async def _close_form(stage: Stage, _n: int) -> Any:
    programme_id = stage.year.programme.id
    return await stage.hands.click(CAROL.slack_user_id, "programme.close", programme_id)


async def _close(stage: Stage, _n: int, form: Any) -> None:
    option, sure = {"value": CLOSE}, {"value": "yes"}
    answers = {
        "next": {"type": "radio_buttons", "selected_option": option},
        "sure": {"type": "checkboxes", "selected_options": [sure]},
    }
    await stage.hands.submit(CAROL.slack_user_id, form, answers)
    async with stage.database.reading() as connection:
        programme = await programmes.programme(connection, HERE, stage.year.programme.id)
    if programme is None or programme.state is not ProgrammeState.CLOSED:
        raise RuntimeError("the programme was not closed")


def _last_round(stage: Stage, _whose: Member) -> str:
    return str(stage.year.last_round.id)


CASES = (
    Case("/checkin opens", ONE_PERSON, 40, lambda s, n, _: _checkin_form(s, n)),
    Case("/checkin submit", ONE_PERSON, 40, _submit_checkin, _checkin_form),
    Case(
        "home: mentee",
        ONE_PERSON,
        40,
        lambda s, n, _: s.hands.home(s.mentee(n).slack_user_id),
    ),
    Case(
        "home: mentor",
        ONE_PERSON,
        40,
        lambda s, n, _: s.hands.home(s.mentor(n).slack_user_id),
    ),
    Case("home: coordinator", ONE_PERSON, 20, lambda s, _n, _: s.hands.home(CAROL.slack_user_id)),
    Case(
        "list: a page of groups",
        ONE_PERSON,
        20,
        lambda s, _n, _: s.hands.click(
            CAROL.slack_user_id, "pairing.groups", f"{s.year.programme.id} 1"
        ),
    ),
    Case(
        "list: a page of who waits",
        ONE_PERSON,
        20,
        lambda s, _n, _: s.hands.click(
            CAROL.slack_user_id, "pairing.waitlist", f"{s.year.programme.id} 0"
        ),
    ),
    Case(
        "list: people",
        ONE_PERSON,
        20,
        lambda s, _n, _: s.hands.click(CAROL.slack_user_id, "people.list"),
    ),
    Case("pulse form", ONE_PERSON, 40, lambda s, n, _: _pulse_form(s, n)),
    Case("pulse submit", ONE_PERSON, 40, _submit_pulse, _pulse_form),
    Case(
        "prompt rendered",
        ONE_PERSON,
        40,
        _compose,
        _entry_for("checkin_prompt", lambda _s, whose: whose.id, mentors=False),
    ),
    Case(
        "nudge rendered",
        ONE_PERSON,
        40,
        _compose,
        _entry_for("mentor_nudge", lambda _s, whose: f"nudge-{whose.id}-1", mentors=True),
    ),
    Case(
        "a coordinator's Monday rendered",
        ONE_PERSON,
        20,
        _compose,
        _monday,
    ),
    Case(
        "pulse result rendered",
        ONE_PERSON,
        40,
        _compose,
        _entry_for("pulse_result", _last_round, mentors=False),
    ),
    Case(
        "pulse digest rendered",
        EVERYBODY,
        20,
        _compose,
        _digest_entry,
    ),
    *SURFACES,
    Case("one tick, everybody due", EVERYBODY, 3, _tick, all_due),
    Case("look for seats", EVERYBODY, 1, _seek_seats),
    Case("rematch", EVERYBODY, 3, _rematch),
    Case("a mentor leaves", EVERYBODY, 1, _leave),
    Case("a deactivation", EVERYBODY, 3, _deactivate),
    Case("roster import", EVERYBODY, 2, _import, _roster),
    Case(
        "ask everybody",
        EVERYBODY,
        2,
        lambda s, _n, _: s.hands.submit(CAROL.slack_user_id, _ASKING, {}),
        _nobody_has_accepted,
    ),
    Case("propose", EVERYBODY, 1, _propose, _everybody_has_accepted),
    Case("swap", EVERYBODY, 2, _swap, _beginning_a_swap),
    Case("approve", EVERYBODY, 1, _approve, _review),
    Case("close", EVERYBODY, 1, _close, _close_form),
)
