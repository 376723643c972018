"""Set up peer rounds for a coordinator: preview, begin, pause, skip one, end."""

import json
import secrets
from dataclasses import asdict
from datetime import date, timedelta

from bot.kernel.clock import local_date, monday_of
from bot.kernel.errors import UserFacing
from bot.kernel.ids import ProgrammeId
from bot.peers import store, use_cases
from bot.peers.model import (
    MOST_ROUNDS,
    MOST_WEEKS_APART,
    SIZES,
    PeerReach,
    SeriesId,
    SeriesPlan,
    SeriesState,
)
from bot.peers.upkeep import dates_ahead
from bot.people.model import PAIRED, Role
from bot.people.use_cases import the_coordinator
from bot.programme.model import Programme
from bot.programme.use_cases import current_programme, the_programme
from handlers.blocks import View, working
from handlers.edge.answers import Answers, WrongAnswer, beside, read_json, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services
from handlers.peers import form_views as views

OLD = "This form is from before. Open *Peer rounds* again and fill in a new one."
NONE_YET = "Set up a programme first; peer rounds are part of one."
MOST_SEED = 2**31
GOES_ON = "The round that people have been told of goes on to its end. No later one begins."
CHANGES = {
    "peers.pause": (SeriesState.PAUSED, "*Paused.*"),
    "peers.resume": (SeriesState.ACTIVE, ""),
    "peers.end": (SeriesState.ENDED, "*Ended.*"),
}
WITHDRAWN = "No round begins any more, and nothing that was still to be sent is."


def register(edge: Edge) -> None:
    """Add the listeners of coordinators."""
    edge.action("peers.page", on_page)
    edge.action("peers.new", on_new)
    edge.action("peers.edit", on_edit)
    edge.view("peers.form", on_form)
    edge.view("peers.begin", on_begin)
    edge.action("peers.series", on_series)
    edge.action("peers.skip_next", on_skip_next)
    for action in CHANGES:
        edge.action(action, on_change)


async def on_page(call: Call, services: Services) -> None:
    """List the peer rounds of the programme."""
    now = services.clock.now()
    await services.coordinator(call)
    async with services.database.reading() as connection:
        programme = await current_programme(connection, call.workspace_id)
        if programme is None:
            raise UserFacing(NONE_YET)
        every = await store.series_of(connection, call.workspace_id, programme.id)
        seen = [(one, await dates_ahead(connection, programme, one, now=now)) for one in every]
    await call.show(views.page(programme, seen))


async def on_new(call: Call, services: Services) -> None:
    """Ask a coordinator for a new series."""
    await services.coordinator(call)
    programme = await services.programme(call, call.value)
    today = local_date(services.clock.now(), programme.timezone)
    first = max(monday_of(today), monday_of(programme.starts_on)) + timedelta(weeks=1)
    roles, reach = frozenset({Role.MENTEE}), PeerReach.GROUP
    plan = SeriesPlan(roles=roles, reach=reach, size=2, every_weeks=2, first_on=first)
    await call.show(views.form(programme, plan))


async def on_edit(call: Call, services: Services) -> None:
    """Go back from the preview to the form."""
    await services.coordinator(call)
    programme_id, plan, _ = _read(call.value or "")
    await call.show(views.form(await services.programme(call, programme_id), plan))


async def on_form(call: Call, services: Services) -> None:
    """Check a series at once, and show what it would be."""
    await services.coordinator(call)
    programme = await services.programme(call, call.metadata)
    plan, now = _chosen(call.answers), services.clock.now()
    with beside("first"):
        use_cases.check(programme, plan, now=now)
    seed = secrets.randbelow(MOST_SEED)

    async def work() -> View:
        framework = services.framework_of(programme)
        seen = await use_cases.look_ahead(
            services.database, programme, plan, seed=seed, now=now, framework=framework
        )
        question = services.catalogue.peer_questions.general[0]
        metadata = _written(programme.id, plan, seed)
        return views.preview(plan, seen, question=question, metadata=metadata)

    await see_through(call, work, meanwhile=working("Planning the rounds.", title=views.NEW))


def _chosen(answers: Answers) -> SeriesPlan:
    """Read the form. Raises WrongAnswer beside what is wrong."""
    roles = frozenset(Role(one) for one in answers.choices("who") if one in set(PAIRED))
    reach, first = answers.choice_of("reach", PeerReach), answers.date("first")
    size = whole_number(answers.choice("size"))
    every = whole_number(answers.choice("every"), most=MOST_WEEKS_APART)
    wished = answers.text("rounds")
    rounds = whole_number(wished, most=MOST_ROUNDS)
    wrong = {
        "who": "" if roles else "Choose who takes part.",
        "reach": "" if reach else "Choose who meets whom.",
        "size": "" if size in SIZES else "Choose pairs or trios.",
        "first": "" if first else "Choose a Monday.",
        "every": "" if every else "Choose how often.",
        "rounds": "" if rounds or not wished else f"Write a number from 1 to {MOST_ROUNDS}.",
    }
    problems = {block: said for block, said in wrong.items() if said}
    if problems or reach is None or size is None or first is None or every is None:
        raise WrongAnswer(**problems)
    return SeriesPlan(
        roles=roles, reach=reach, size=size, every_weeks=every, first_on=first, rounds=rounds
    )


def _written(programme_id: ProgrammeId, plan: SeriesPlan, seed: int) -> str:
    kept = asdict(plan) | {"roles": sorted(plan.roles), "first_on": plan.first_on.isoformat()}
    return json.dumps([programme_id, kept, seed])


def _read(text: str) -> tuple[str, SeriesPlan, int]:
    """Read what `_written` wrote. Raises UserFacing for anything else."""
    try:
        programme_id, kept, seed = read_json(text)
        rounds = kept["rounds"]
        plan = SeriesPlan(
            roles=frozenset(map(Role, kept["roles"])),
            reach=PeerReach(kept["reach"]),
            size=int(kept["size"]),
            every_weeks=int(kept["every_weeks"]),
            first_on=date.fromisoformat(kept["first_on"]),
            rounds=None if rounds is None else int(rounds),
        )
        return str(programme_id), plan, int(seed) % MOST_SEED
    except (ValueError, TypeError, LookupError):
        raise UserFacing(OLD) from None


async def on_begin(call: Call, services: Services) -> None:
    """Begin a series that was previewed."""
    programme_id, plan, seed = _read(call.metadata)
    its, now = (call.workspace_id, ProgrammeId(programme_id)), services.clock.now()
    async with services.database.writing() as connection:
        by = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        series = await use_cases.begin(
            connection, *its, plan, by=by, seed=seed, once=call.form_key, now=now
        )
    services.wake()
    first = "*Begun.* Nobody has been told yet: the first messages go on the first Monday morning."
    await call.ack_update(await _series_view(call, services, series.id, note=first))


async def on_series(call: Call, services: Services) -> None:
    """Show a series in sums."""
    await services.coordinator(call)
    await call.show(await _series_view(call, services, SeriesId(call.value or "")))


async def _series_view(
    call: Call, services: Services, series_id: SeriesId, *, note: str = ""
) -> View:
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        series = await store.one_series(connection, call.workspace_id, series_id)
        if series is None:
            raise UserFacing(use_cases.NO_SERIES)
        programme: Programme = await the_programme(
            connection, call.workspace_id, series.programme_id
        )
        sums = await store.sums_of(connection, call.workspace_id, series_id)
        ahead = await dates_ahead(connection, programme, series, now=services.clock.now())
    return views.series_page(series, sums, ahead, note=note)


async def on_change(call: Call, services: Services) -> None:
    """Pause a series, let it go on, or end it for good, as the button says."""
    state, said = CHANGES[call.action_id.partition(":")[0]]
    series_id, now = SeriesId(call.value or ""), services.clock.now()
    async with services.database.writing() as connection:
        by = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        its = (connection, call.workspace_id, series_id, state)
        goes_on = await use_cases.change_state(*its, by=by, now=now)
    note = f"{said} {GOES_ON if goes_on else WITHDRAWN}" if said else "*It goes on.*"
    await call.show(await _series_view(call, services, series_id, note=note))


async def on_skip_next(call: Call, services: Services) -> None:
    """Pass over the next round of a series."""
    series_id, _, day = (call.value or "").partition("|")
    now, its = services.clock.now(), SeriesId(series_id)
    try:
        expected: date | None = date.fromisoformat(day)
    except ValueError:
        expected = None
    async with services.database.writing() as connection:
        by = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        await use_cases.skip_next(
            connection, call.workspace_id, its, by=by, now=now, expected=expected
        )
    note = "*Skipped.* The other rounds stay as they are."
    await call.show(await _series_view(call, services, its, note=note))
