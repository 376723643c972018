"""A look and a claim cost what is due, not what exists: the plans of every statement they make."""

import re
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import claims, recovery
from bot.delivery import outcomes as records
from bot.delivery.claims import ClaimLimits
from bot.delivery.tables import delivery_recipient, outbox
from bot.kernel.clock import SetClock
from bot.kernel.database import Database
from tests.conftest import ELSEWHERE, HERE

READS_IT_ALL = re.compile(
    r"Seq Scan on (outbox|delivery_recipient)"
    r"|SCAN (outbox|delivery_recipient)(?! USING (COVERING )?INDEX ix_)"
)


def row(number: int, state: str, now: datetime, **changed: Any) -> dict[str, Any]:
    return {
        "workspace_id": ELSEWHERE if number % 3 else HERE,
        "id": f"{state}{number}",
        "kind": "notice",
        "subject_id": f"m{number}",
        "recipient": f"U{number % 997}",
        "dedupe_key": f"{state}{number}",
        "lane": ("interactive", "prompt", "digest")[number % 3],
        "priority": 1,
        "created_at": now,
        "not_before": now,
        "ready_at": now,
        "expires_at": now + timedelta(days=30),
        "state": state,
        "claimed_at": now if state == "sent" else None,
        "ended_at": now if state == "sent" else None,
        "lease_until": None,
    } | changed


async def fill(connection: AsyncConnection, now: datetime) -> None:
    rows = [row(number, "sent", now - timedelta(days=number / 200)) for number in range(8000)]
    rows += [row(n, "queued", now, ready_at=now + timedelta(minutes=n)) for n in range(4000)]
    rows += [row(n, "unknown", now, claimed_at=now) for n in range(3)]
    rows += [row(n, "sending", now, claimed_at=now, lease_until=now) for n in range(3)]
    await connection.execute(outbox.insert(), rows)
    channels = [
        {"workspace_id": HERE, "recipient": f"U{n}", "last_at": now, "free_at": now}
        for n in range(3000)
    ]
    await connection.execute(delivery_recipient.insert(), channels)
    await connection.exec_driver_sql("ANALYZE")


async def test_no_statement_of_a_look_or_a_claim_reads_the_whole_outbox(
    owned: Database, clock: SetClock
) -> None:
    now, database = clock.now(), owned
    made: list[tuple[str, Any]] = []
    async with database.writing() as connection:
        await fill(connection, now)

    async with database.writing() as connection:
        sync = connection.sync_connection
        assert sync is not None

        @sa.event.listens_for(sync, "before_cursor_execute")
        def note(_c: Any, _cursor: Any, text: str, parameters: Any, _x: Any, many: bool) -> None:
            if not many and text.lstrip().startswith(("SELECT", "UPDATE", "WITH")):
                made.append((text, parameters))

        await records.look(connection, now=now, except_ids=["sending1"])
        await recovery.expire(connection, now=now)
        await recovery.lapse(connection, now=now, except_ids=["sending1"])
        await recovery.claim_unknown(connection, now=now, limit=10, lease=timedelta(minutes=1))
        later = now + timedelta(minutes=30)
        claimed = await claims.claim(connection, HERE, now=later, limit=10, terms=ClaimLimits())
        sa.event.remove(sync, "before_cursor_execute", note)
        plans = [await _plan(connection, database, *one) for one in made]

    assert claimed
    assert len(made) >= 10
    for (text, _), plan in zip(made, plans, strict=True):
        assert not READS_IT_ALL.search(plan), f"{text}\n\n{plan}"


async def _plan(connection: AsyncConnection, database: Database, text: str, parameters: Any) -> str:
    how = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    rows = await connection.exec_driver_sql(how + text, parameters)
    return "\n".join(" ".join(map(str, line)) for line in rows)
