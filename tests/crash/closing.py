"""Pulse rounds that close during a run, and what must have come of each."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.flows import pulse_rounds as rounds
from bot.kernel.database import Database
from bot.kernel.ids import MemberId, ProgrammeId, SlackUserId
from bot.keys.vault import FileVault
from bot.people import store as people
from bot.people.model import Member, Role
from bot.programme import store as programmes
from bot.pulse import ballots
from bot.pulse import store as kept
from bot.pulse import use_cases as pulse
from bot.pulse.model import CellId, CellLevel, Eligible, Round, RoundState, Threshold
from bot.schedule import store as schedule
from bot.schedule.model import Once
from tests.crash.worker import WORKSPACE, recipient
from tests.pulse.papers import INSTRUMENT
from tests.support.cast import PROGRAMME

OPEN_FOR = timedelta(days=5)
ASKED = [
    Member(
        id=MemberId(f"m{n}"),
        workspace_id=WORKSPACE,
        slack_user_id=SlackUserId(recipient(n)),
        name=f"Mentee {n}",
        roles=frozenset({Role.MENTEE}),
    )
    for n in range(6)
]
COORDINATOR = Member(
    id=MemberId("coordinator"),
    workspace_id=WORKSPACE,
    slack_user_id=SlackUserId(recipient(len(ASKED))),
    name="Carol",
    roles=frozenset({Role.COORDINATOR}),
)


async def open_rounds(
    database: Database, keys: Path, *, count: int, now: datetime
) -> list[tuple[ProgrammeId, str]]:
    """Rounds that all have answered and that fall due to be closed within seconds from `now`.

    Returns the programme and the id of each.
    """
    vault = FileVault(keys)
    async with database.writing() as connection:
        await people.put_members(connection, WORKSPACE, [*ASKED, COORDINATOR])
    opened = []
    for number in range(count):
        round_ = await _open(database, vault, number, now=now)
        opened.append((round_.programme_id, str(round_.id)))
    return opened


async def _open(database: Database, vault: FileVault, number: int, *, now: datetime) -> Round:
    closes_at = now + timedelta(seconds=1 + number / 2)
    programme = replace(PROGRAMME, id=ProgrammeId(f"p{number}"), coordinator_channel="")
    async with database.writing() as connection:
        await programmes.put_programme(connection, WORKSPACE, programme)
        round_ = await pulse.open_round(
            connection,
            vault,
            workspace_id=WORKSPACE,
            programme_id=programme.id,
            instrument=INSTRUMENT,
            items=tuple(item.id for item in INSTRUMENT.items[:2]),
            eligible=[
                Eligible(member.id, CellId(f"g{number}"), account=member.slack_user_id)
                for member in ASKED
            ],
            opens_at=closes_at - OPEN_FOR,
            closes_at=closes_at,
            threshold=Threshold(),
            cell_level=CellLevel.GROUP,
        )
        await schedule.put(
            connection,
            WORKSPACE,
            kind=rounds.CLOSE,
            subject_id=round_.id,
            rule=Once(closes_at),
            tz="UTC",
            now=now,
        )
    for member in ASKED:
        await pulse.cast(
            database,
            vault,
            WORKSPACE,
            round_.id,
            member_id=member.id,
            account=member.slack_user_id,
            answers={"speak": 5, "mistakes": 1},
            now=closes_at - timedelta(days=1),
        )
    return round_


def news_of(round_id: str) -> Iterator[str]:
    """The texts of the messages that the close of a round must send, each once."""
    for part in ("short", "trend"):
        yield f"pulse_digest {round_id}:{part} {COORDINATOR.slack_user_id}"
    for member in ASKED:
        yield f"pulse_result {round_id} {member.slack_user_id}"


async def is_closed_well(
    database: Database, keys: Path, programme_id: ProgrammeId, round_id: str
) -> bool:
    """Whether a round is released with every answer counted, its box empty and its key gone."""
    async with database.reading() as connection:
        (round_,) = await kept.rounds_of(connection, WORKSPACE, programme_id)
        published = await kept.published(connection, round_)
        left = await ballots.box(connection, round_.id)
    return (
        round_.state is RoundState.RELEASED
        and published is not None
        and len(published.results.releases) == len(round_.items)
        and not left
        and round_id not in await FileVault(keys).names()
    )
