"""Let Postgres itself keep the rows of one workspace from another: row-level security.

What a transaction sees is its scope (`bot/kernel/scope.py`); without one it sees nothing.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from bot.kernel.scope import ALL, SETTING

OF_ALL = ("alembic_version", "install_state", "pulse_vault", "restored", "schema_use")
"""The tables that hold nothing of any workspace."""
CLEARED = (
    *("announcement", "agreement", "agreement_side", "charter_line", "checkin", "checkin_reply"),
    *(
        "closing_thanks",
        "compass",
        "concern",
        "goal",
        "goal_note",
        "looking_back",
        "pairing_wish",
        "profile",
    ),
    *("pulse_ballot", "relationship_rating", "roster_feed", "stage_event"),
)
"""The tables of what is sealed. Cairn itself vacuums them, which Postgres lets their owner do."""
_SCOPE = f"current_setting('{SETTING}', true)"
_RULES = {
    "workspace_id": f"{_SCOPE} IN (workspace_id, '{ALL}')",
    "round_id": f"{_SCOPE} = '{ALL}' OR "
    "EXISTS (SELECT FROM pulse_round WHERE pulse_round.id = round_id)",
}
"""By the column that leads to a row's workspace. A round is found only where it is seen."""

_TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
  AND NOT relname = ANY (:of_all) AND {}
ORDER BY relname
"""
_SECURED = _TABLES.format("relrowsecurity")
_NOT_YET = _TABLES.format("NOT relrowsecurity")
_OPEN = _TABLES.format("NOT row_security_active(oid)")
_OWNED = """
SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class WHERE relname = ANY (:names)
"""


def secure(connection: sa.Connection) -> None:
    """Give every table that has none yet its policy; also its owner is bound by it.

    Raises LookupError for a table without a column that leads to a workspace.
    """
    for table in _names(connection, _NOT_YET):
        columns = {column["name"] for column in sa.inspect(connection).get_columns(table)}
        rule = next((_RULES[name] for name in _RULES if name in columns), None)
        if rule is None:
            raise LookupError(f"{table} has no workspace: see bot/kernel/row_security.py")
        for statement in (
            f"CREATE POLICY of_its_workspace ON {table} USING ({rule})",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        ):
            connection.execute(sa.text(statement))


def give_up(connection: sa.Connection) -> None:
    """Take every policy away, for a version of Cairn that knows none."""
    for table in _names(connection, _SECURED):
        connection.execute(sa.text(f"DROP POLICY of_its_workspace ON {table}"))
        how = "DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"
        connection.execute(sa.text(f"ALTER TABLE {table} {how}"))


def open_tables(connection: sa.Connection) -> Sequence[str]:
    """Name the tables in which this role sees every workspace's rows, whatever its scope."""
    return _names(connection, _OPEN)


def may_vacuum(connection: sa.Connection) -> bool:
    """Say whether this role may clear dead rows out of the tables of CLEARED."""
    found = connection.execute(sa.text(_OWNED), {"names": list(CLEARED)})
    return bool(found.scalar())


def _names(connection: sa.Connection, query: str) -> Sequence[str]:
    found = connection.execute(sa.text(query), {"of_all": list(OF_ALL)})
    return list(found.scalars())
