"""Seal what members wrote, and whom they wish not to meet, with a key outside the database.

Revision: 0019
After: 0016
"""

import json
import secrets
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.util import await_

from bot.kernel.database import Instant
from bot.kernel.errors import OperatorFacing
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import padded
from bot.keys.vault import KeysAway

revision = "0019"
down_revision = "0017"

_TEXTS = ("workspace_id", "id", "member_id", "programme_id", "group_id", "framework_id", "stage")
_BOUND_TO = (*_TEXTS, "visibility", "written_at", "shared_at")
_checkin = sa.table(
    "checkin",
    *(sa.column(name, sa.String()) for name in (*_TEXTS, "visibility", "key_id", "blocker")),
    *(sa.column(name, Instant()) for name in ("written_at", "shared_at")),
    sa.column("confidence", sa.Integer()),
    sa.column("wish", sa.Text()),
    sa.column("sealed", sa.LargeBinary()),
)
_answer = sa.table(
    "checkin_answer",
    *map(sa.column, ("workspace_id", "checkin_id", "position", "lens", "prompt", "text")),
)
_veto = sa.table("pairing_veto", *map(sa.column, ("workspace_id", "member_id", "avoided_id")))
_wish = sa.table(
    "pairing_wish",
    *(sa.column(name, sa.String()) for name in ("workspace_id", "id", "key_id")),
    sa.column("sealed", sa.LargeBinary()),
)


def upgrade() -> None:
    op.create_table(
        "pairing_wish",
        *_keys("workspace_id", "id"),
        sa.Column("key_id", sa.String(), nullable=False, comment="the key in the vault"),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_pairing_wish")),
        sqlite_with_rowid=False,
    )
    op.add_column("checkin", sa.Column("key_id", sa.String(), comment="the key in the vault"))
    op.add_column("checkin", sa.Column("sealed", sa.LargeBinary()))
    _seal_checkins()
    _seal_wishes()
    op.drop_table("checkin_answer")
    op.drop_table("pairing_veto")
    with op.batch_alter_table("checkin") as table:
        table.alter_column("key_id", nullable=False, existing_type=sa.String())
        table.alter_column("sealed", nullable=False, existing_type=sa.LargeBinary())
        table.drop_constraint(op.f("ck_checkin_confidence"), type_="check")
        for name in ("confidence", "blocker", "wish"):
            table.drop_column(name)


def downgrade() -> None:
    op.create_table(
        "pairing_veto",
        *_keys("workspace_id", "member_id", "avoided_id"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "member_id", "avoided_id", name=op.f("pk_pairing_veto")
        ),
    )
    with op.batch_alter_table("checkin") as table:
        table.add_column(sa.Column("confidence", sa.Integer()))
        table.add_column(sa.Column("blocker", sa.String()))
        table.add_column(sa.Column("wish", sa.Text()))
        table.create_check_constraint(op.f("ck_checkin_confidence"), "confidence BETWEEN 0 AND 10")
    op.create_table(
        "checkin_answer",
        *_keys("workspace_id", "checkin_id"),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        *_keys("lens"),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "checkin_id"],
            ["checkin.workspace_id", "checkin.id"],
            name=op.f("fk_checkin_answer_workspace_id_checkin_id_checkin"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "checkin_id", "position", name=op.f("pk_checkin_answer")
        ),
    )
    _open_checkins()
    _open_wishes()
    for name in (
        "sealed",
        "key_id",
    ):  # not in a batch, which would delete the answers with its copy
        op.drop_column("checkin", name)
    op.drop_table("pairing_wish")


def _keys(*names: str) -> list["sa.Column[str]"]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


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


def _seal_checkins() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.select(_checkin)).mappings().all()
    keyring = _keyring() if rows else None
    answers: dict[tuple[str, str], list[list[str]]] = {}
    query = sa.select(_answer).order_by(_answer.c.checkin_id, _answer.c.position)
    for one in connection.execute(query) if rows else ():
        said = answers.setdefault((one.workspace_id, one.checkin_id), [])
        said.append([one.lens, one.prompt, one.text])
    for row in rows:
        assert keyring is not None
        content = {name: row[name] for name in ("confidence", "blocker", "wish")}
        content["answers"] = answers.get((row["workspace_id"], row["id"]), [])
        key_id, sealed = await_(keyring.seal(padded(content), _terms(row)))
        empty = dict.fromkeys(("confidence", "blocker", "wish"))
        connection.execute(_this(row).values(key_id=key_id, sealed=sealed, **empty))


def _seal_wishes() -> None:
    connection = op.get_bind()
    wishes: dict[tuple[str, str], list[str]] = {}
    for one in connection.execute(sa.select(_veto)):
        wishes.setdefault((one.workspace_id, one.member_id), []).append(one.avoided_id)
    keyring = _keyring() if wishes else None
    for (workspace_id, member_id), named in wishes.items():
        assert keyring is not None
        row = {"workspace_id": workspace_id, "id": f"wish_{secrets.token_hex(8)}"}
        terms = json.dumps(["pairing_wish", *row.values()])
        key_id, sealed = await_(keyring.seal(padded([member_id, *named]), terms))
        connection.execute(sa.insert(_wish).values(**row, key_id=key_id, sealed=sealed))


def _open_checkins() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(_checkin)).mappings().all():
        content = _opened(row, _terms(row))
        answers = content.pop("answers")
        connection.execute(_this(row).values(**content))
        for position, (lens, prompt, text) in enumerate(answers):
            its = {"workspace_id": row["workspace_id"], "checkin_id": row["id"]}
            said = {"position": position, "lens": lens, "prompt": prompt, "text": text}
            connection.execute(sa.insert(_answer).values(**its, **said))


def _open_wishes() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(_wish)).mappings().all():
        terms = json.dumps(["pairing_wish", row["workspace_id"], row["id"]])
        member_id, *named = _opened(row, terms)
        for other in named:
            pair = {"workspace_id": row["workspace_id"], "member_id": member_id}
            connection.execute(sa.insert(_veto).values(**pair, avoided_id=other))


def _opened(row: sa.RowMapping, terms: str) -> Any:
    return json.loads(await_(_keyring().open(row["key_id"], row["sealed"], terms)))


def _this(row: sa.RowMapping) -> sa.Update:
    its = (_checkin.c.workspace_id == row["workspace_id"], _checkin.c.id == row["id"])
    return sa.update(_checkin).where(*its)


def _terms(row: sa.RowMapping) -> str:
    return json.dumps(["checkin", *_plain(row[name] for name in _BOUND_TO)])


def _plain(values: Iterable[Any]) -> list[Any]:
    return [one.isoformat() if hasattr(one, "isoformat") else one for one in values]
