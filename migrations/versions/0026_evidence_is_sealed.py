"""Seal the evidence of claims, and what mentors wrote to them, with a key outside the database.

Revision: 0026
After: 0025
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.util import await_

from bot.kernel.database import Instant
from bot.kernel.errors import OperatorFacing
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import padded
from bot.keys.vault import KeysAway

revision = "0026"
down_revision = "0025"

_BOUND_TO = (
    *("workspace_id", "member_id", "number", "framework_id", "kind"),
    *("from_level", "to_level", "by_member_id", "at"),
)
_event = sa.table(
    "stage_event",
    *(sa.column(name) for name in _BOUND_TO if name != "at"),
    sa.column("at", Instant()),
    sa.column("note", sa.Text()),
    sa.column("key_id", sa.String()),
    sa.column("sealed", sa.LargeBinary()),
)


def upgrade() -> None:
    op.add_column("stage_event", sa.Column("key_id", sa.String(), comment="the key in the vault"))
    op.add_column("stage_event", sa.Column("sealed", sa.LargeBinary()))
    connection = op.get_bind()
    rows = connection.execute(sa.select(_event).where(_event.c.note != "")).mappings().all()
    keyring = _keyring() if rows else None
    for row in rows:
        assert keyring is not None
        content = {"note": row["note"], "met": []}
        key_id, sealed = await_(keyring.seal(padded(content), _terms(row)))
        connection.execute(_this(row).values(key_id=key_id, sealed=sealed, note=""))
    with op.batch_alter_table("stage_event") as table:
        table.drop_column("note")


def downgrade() -> None:
    op.add_column(
        "stage_event", sa.Column("note", sa.Text(), nullable=False, server_default=sa.text("''"))
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(_event).where(_event.c.sealed.is_not(None)))
    for row in rows.mappings().all():
        opened = await_(_keyring().open(row["key_id"], row["sealed"], _terms(row)))
        connection.execute(_this(row).values(note=json.loads(opened)["note"]))
    with op.batch_alter_table("stage_event") as table:
        table.alter_column("note", server_default=None, existing_type=sa.Text())
        table.drop_column("sealed")
        table.drop_column("key_id")


def _keyring() -> Keyring:
    """Reach the vault in which the keys of this database are. Raises OperatorFacing."""
    vault = context.config.attributes.get("opened_vault")
    if vault is None:
        raise OperatorFacing(
            "Members' words are to be sealed and the keys are not at hand; "
            "run `python app.py migrate`",
            permanent=True,
        )
    connection, this = op.get_bind(), sa.table("pulse_vault", sa.column("id"), sa.column("mark"))
    known = connection.execute(sa.select(this.c.mark)).scalar()
    if known is None:
        connection.execute(sa.insert(this).values(id=1, mark=await_(vault.set_up())))
    elif await_(vault.mark()) != known:
        raise KeysAway(vault.location)
    return Keyring(vault, WORDS)


def _this(row: sa.RowMapping) -> sa.Update:
    key = ("workspace_id", "member_id", "number")
    return sa.update(_event).where(*(_event.c[name] == row[name] for name in key))


def _terms(row: sa.RowMapping) -> str:
    said: list[Any] = [row[name] for name in _BOUND_TO[:-1]]
    return json.dumps(["stage_event", *said, row["at"].isoformat()])
