"""Read the rows of each table of an export, some people at a time, in the order of random ids."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, date, datetime, time

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements import store as agreements
from bot.agreements.model import Aspect, PairSide
from bot.agreements.rules import OPTIONS, count_gaps
from bot.checkins import store as checkins
from bot.checkins.rules import Visibility, as_shared
from bot.goals import store as goals
from bot.kernel.database import portions
from bot.kernel.ids import GroupId, MemberId, new_id
from bot.meetings import store as meetings
from bot.meetings.model import Length, PlanState
from bot.people.model import Member
from bot.programme.model import week_of
from bot.pulse import results
from bot.pulse.model import Instrument, Round
from bot.relationship import store as relationships
from bot.relationship.model import Domain, Side
from bot.research.codes import STAGE_EVENTS
from bot.research.model import Cell, ExportRow
from bot.research.participants import ExportedPair, Participants
from bot.stages import store as stages
from bot.stages.model import Lens

AT_ONCE = 20
"""People, pairs or groups whose rows are opened before others have their turn."""


@dataclass(slots=True)
class Reading:
    """An export that is being read: who is in it, and how much of it is done, from 0 to 1."""

    connection: AsyncConnection
    who: Participants
    tell: Callable[[float], None] = lambda _share: None
    instruments: dict[tuple[str, int], Instrument] = field(default_factory=dict)

    async def rows(self, table: str) -> AsyncIterator[ExportRow]:
        """Give the rows of a table, in an order that says nothing."""
        reader = _READERS[table]
        async for some in reader(self):
            for row in some:
                yield row
            await asyncio.sleep(0)

    def week(self, at: datetime) -> int:
        return week_of(self.who.programme, at)

    def day(self, on: date) -> int:
        return self.week(datetime.combine(on, time(12), UTC))

    @property
    def visible_pairs(self) -> list[ExportedPair]:
        """List the pairings of which both people have rows."""
        shown = set(self.who.shown())
        return [
            one
            for one in self.who.pairs
            if one.pairing.mentee_id in shown and one.pairing.mentor_id in shown
        ]


Rows = AsyncIterator[Sequence[ExportRow]]


def in_order(rows: Iterable[ExportRow]) -> list[ExportRow]:
    """Put rows in the order of what stands in them."""
    return sorted(rows, key=lambda row: " ".join(map(str, row)))


async def _participants(reading: Reading) -> Rows:
    who = reading.who
    for some in portions(list(who.pids.items()), size=500):
        yield [(pid, *astuple(who.told[member_id])) for member_id, pid in some]


async def _pairings(reading: Reading) -> Rows:
    for some in portions(reading.visible_pairs, size=500):
        yield [_pairing(reading, one) for one in some]


def _pairing(reading: Reading, one: ExportedPair) -> ExportRow:
    who, pairing = reading.who, one.pairing
    mentee, mentor = who.members[pairing.mentee_id], who.members[pairing.mentor_id]
    people = (mentee.id, mentor.id)
    hides_start = any(who.hides(each, "entry_week") for each in people)
    hides_end = any(who.hides(each, "exit_week") for each in people)
    is_role_told = who.told[mentor.id].role == who.known[mentor.id].role
    ended = pairing.ended_at and not hides_end
    return (
        one.id,
        who.pids[mentor.id],
        who.pids[mentee.id],
        who.groups[pairing.group_id],
        mentor.mentoring_role.value if is_role_told else None,
        pairing.method.value,
        _rank(mentee, mentor),
        None if hides_start else who.steps(reading.week(pairing.started_at)),
        who.steps(reading.week(pairing.ended_at)) if ended and pairing.ended_at else None,
        pairing.end_reason.value if ended and pairing.end_reason else None,
    )


def _rank(mentee: Member, mentor: Member) -> int | None:
    """Find the rank of a mentor among a mentee's wishes, which name people by account or mail."""
    names = {mentor.slack_user_id.casefold(), (mentor.email or "").casefold()}
    for rank, wished in enumerate(mentee.prefers, 1):
        if wished.casefold() in names - {""}:
            return rank
    return None


async def _agreements(reading: Reading) -> Rows:
    workspace_id = reading.who.programme.workspace_id
    for some in portions(reading.visible_pairs, size=AT_ONCE):
        its = {one.pairing.id: one for one in some}
        answers, versions = await agreements.opened(reading.connection, workspace_id, list(its))
        found: list[ExportRow] = []
        for pairing_id, row, text in versions:
            one, said = its[pairing_id], answers.get(pairing_id, {})
            is_whole = len(said) == len(PairSide)
            often = text.get(Aspect.FREQUENCY)
            found.append(
                (
                    one.id,
                    row.number,
                    max((row.agreed_at - one.pairing.started_at).days // 7, 0),
                    count_gaps(said[PairSide.MENTEE], said[PairSide.MENTOR]) if is_whole else None,
                    often if often in OPTIONS[Aspect.FREQUENCY] else None,
                )
            )
        yield in_order(found)


async def _meetings(reading: Reading) -> Rows:
    """Gather all rows before they are put in order: groups would say who is together."""
    workspace_id = reading.who.programme.workspace_id
    pairs: dict[GroupId, list[ExportedPair]] = {}
    for one in reading.visible_pairs:
        pairs.setdefault(one.pairing.group_id, []).append(one)
    found: list[ExportRow] = []
    for some in portions(list(pairs), size=AT_ONCE):
        its = (reading.connection, workspace_id)
        for met in await meetings.meetings(*its, group_id=list(some)):
            there = met.mentees - met.objecting
            length = met.length or (_length(met.minutes) if met.minutes else None)
            for pair in _together(pairs[met.group_id], reading, day=met.held_on):
                if pair.pairing.mentee_id in there and pair.pairing.mentor_id in (
                    met.mentors or {met.recorded_by}
                ):
                    how = (met.mode and met.mode.value, length and length.value, True)
                    found.append((pair.id, reading.day(met.held_on), *how))
        for plan in await meetings.plans(*its, states=[PlanState.MISSED], group_id=list(some)):
            at = plan.starts_at
            found += [
                (pair.id, reading.week(at), None, None, False)
                for pair in pairs[plan.group_id]
                if at and pair.pairing.lasted_at(at)
            ]
        await asyncio.sleep(0)
    yield in_order(found)


def _length(minutes: int) -> Length:
    if minutes < 30:
        return Length.UNDER_30
    return Length.FROM_30_TO_60 if minutes <= 60 else Length.OVER_60


def _together(
    pairs: Sequence[ExportedPair], reading: Reading, *, day: date
) -> Iterable[ExportedPair]:
    """Give for each two people the pairing that was theirs in the week of a day, the last of them.

    Meetings may be noted for a day before the pairing began, or after it ended: then the first.
    """
    week, found = reading.day(day), dict[tuple[MemberId, MemberId], ExportedPair]()
    for one in sorted(pairs, key=lambda pair: pair.pairing.started_at):
        two = (one.pairing.mentee_id, one.pairing.mentor_id)
        if two not in found or reading.week(one.pairing.started_at) <= week:
            found[two] = one
    return found.values()


async def _checkins(reading: Reading) -> Rows:
    who = reading.who
    shown = who.shown()
    for number, some in enumerate(portions(shown, size=AT_ONCE), 1):
        its = (reading.connection, who.programme.workspace_id, list(some))
        written = await checkins.latest_of(*its, limit=None, programme_id=who.programme.id)
        found: list[ExportRow] = []
        for one in written:
            if one.is_readable and one.entry.visibility is not Visibility.ONLY_ME:
                told = as_shared(one.entry)
                lenses = {answer.lens for answer in told.answers if answer.text.strip()}
                hidden = who.hides(one.member_id, "training_band")
                flags = [lens in lenses for lens in Lens]
                stage = None if hidden else one.stage
                week, confidence = reading.week(one.written_at), told.confidence
                found.append((who.pids[one.member_id], week, stage, *flags, confidence))
        yield in_order(found)
        reading.tell(number * AT_ONCE / max(len(shown), 1))


async def _stages(reading: Reading) -> Rows:
    who = reading.who
    shown = [one for one in who.shown() if not who.hides(one, "training_band")]
    for some in portions(shown, size=500):
        its = (reading.connection, who.programme.workspace_id)
        found: list[ExportRow] = []
        for member_id, history in (await stages.histories(*its, member_ids=some)).items():
            for event in history:
                week = reading.week(event.at)
                if event.kind in STAGE_EVENTS and 1 <= week <= who.programme.weeks:
                    moved = (event.framework_id, event.from_level, event.to_level)
                    found.append((who.pids[member_id], week, *moved, event.kind.value))
        yield in_order(found)


async def _relationship(reading: Reading) -> Rows:
    who = reading.who
    pairs: dict[tuple[GroupId, MemberId, MemberId], list[ExportedPair]] = {}
    for one in reading.visible_pairs:
        key = (one.pairing.group_id, one.pairing.mentee_id, one.pairing.mentor_id)
        pairs.setdefault(key, []).append(one)
    shown = set(who.shown())
    found: dict[tuple[Cell, ...], ExportRow] = {}
    for some in portions(who.shown(), size=AT_ONCE):
        ratings = await relationships.answers_for_export(
            reading.connection,
            who.programme.workspace_id,
            who.programme.id,
            raters=some,
            consented=shown,
        )
        for rating in ratings:
            if rating.other_id is None:
                continue
            two = (rating.rater_id, rating.other_id)
            mentee, mentor = two if rating.side is Side.MENTEE else two[::-1]
            pair = _at(pairs.get((rating.group_id, mentee, mentor), ()), rating.rated_at)
            if pair is not None:
                its = (pair.id, rating.wave.value, rating.side.value)
                found[its] = (*its, *(rating.answers.get(one) for one in Domain))
        await asyncio.sleep(0)
    yield in_order(found.values())


def _at(pairs: Sequence[ExportedPair], at: datetime) -> ExportedPair | None:
    return next((one for one in pairs if one.pairing.lasted_at(at)), None)


async def _goals(reading: Reading) -> Rows:
    who, found = reading.who, list[ExportRow]()
    for some in portions(who.shown(), size=AT_ONCE):
        its = (reading.connection, who.programme.workspace_id)
        for one in await goals.goals_of(*its, some, shared=True):
            if one.programme_id == who.programme.id and one.is_readable:
                noted = one.confidences
                state = (one.domain.value, one.status.value, one.importance)
                last = noted[-1] if noted else None
                found.append((who.pids[one.member_id], new_id("o"), *state, last))
        await asyncio.sleep(0)
    yield in_order(found)


async def _pulse(reading: Reading) -> Rows:
    programme = reading.who.programme
    released = await results.latest(
        reading.connection, programme.workspace_id, programme.id, limit=None
    )
    found: list[ExportRow] = []
    for wave, one in enumerate(reversed(released), 1):
        reading.instruments[_version(one)] = one.instrument
        counts = (await results.overview(reading.connection, one)).counts
        found += [
            (wave, one.cell_level.value, item, band.value, cells, one.instrument.version)
            for item, bands in counts.items()
            for band, cells in bands.items()
        ]
    yield in_order(found)


def _version(one: Round) -> tuple[str, int]:
    return one.instrument.id, one.instrument.version


_READERS: Mapping[str, Callable[[Reading], Rows]] = {
    "participants": _participants,
    "pairings": _pairings,
    "agreements": _agreements,
    "meetings": _meetings,
    "checkins": _checkins,
    "stages": _stages,
    "relationship": _relationship,
    "goals": _goals,
    "pulse_releases": _pulse,
}
