"""Keep what was asked of late, when a check-in was read, and when a member was last away.

Revision: 0023
After: 0021
"""

import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.util import await_

from bot.kernel.database import Instant
from bot.kernel.errors import OperatorFacing
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import padded
from bot.keys.vault import KeyLost

revision = "0023"
down_revision = "0021"


COLUMNS = {
    "checkin": {"read_at": "when somebody else first opened it"},
    "member": {
        "away_from": "when their last break began",
        "back_at": "when they last came back from one",
    },
}
_BOUND_TO = (
    *("workspace_id", "id", "member_id", "programme_id", "group_id", "framework_id", "stage"),
    *("visibility", "written_at", "shared_at"),
)
_INSTANTS = ("written_at", "shared_at")
_checkin = sa.table(
    "checkin",
    *(sa.column(name, Instant() if name in _INSTANTS else sa.String()) for name in _BOUND_TO),
    sa.column("key_id", sa.String()),
    sa.column("sealed", sa.LargeBinary()),
)


def upgrade() -> None:
    said = "digests of the prompts of late, and what came of them"
    op.add_column("checkin_turn", sa.Column("asks", sa.JSON(), comment=said))
    for table, columns in COLUMNS.items():
        for name, comment in columns.items():
            instant = sa.Column(name, sa.DateTime(timezone=True), comment=comment)
            op.add_column(table, instant)


def downgrade() -> None:
    _keep_what_is_left_out()
    for table, columns in COLUMNS.items():
        for name in columns:
            op.drop_column(table, name)
    op.drop_column("checkin_turn", "asks")


def _keep_what_is_left_out() -> None:
    """Make a check-in of which something is left out its writer's alone, and drop what is new.

    The version before would show all of it to those for whom it is.
    """
    connection = op.get_bind()
    for row in connection.execute(sa.select(_checkin)).mappings().all():
        keyring = _keyring()
        try:
            content = json.loads(await_(keyring.open(row["key_id"], row["sealed"], _terms(row))))
        except KeyLost:
            continue
        new = {name: content.pop(name, None) for name in ("left_out", "wellbeing", "goals")}
        visibility = "only_me" if new["left_out"] else row["visibility"]
        terms = _terms({**row, "visibility": visibility})
        key_id, sealed = await_(keyring.seal(padded(content), terms))
        its = (_checkin.c.workspace_id == row["workspace_id"], _checkin.c.id == row["id"])
        values = {"visibility": visibility, "key_id": key_id, "sealed": sealed}
        connection.execute(sa.update(_checkin).where(*its).values(values))


def _keyring() -> Keyring:
    vault = context.config.attributes.get("opened_vault")
    if vault is None:
        said = "Check-ins are to be sealed anew and the keys are not at hand"
        raise OperatorFacing(said, permanent=True)
    return Keyring(vault, WORDS)


def _terms(row: Any) -> str:
    return json.dumps(["checkin", *_plain(row[name] for name in _BOUND_TO)])


def _plain(values: Iterable[Any]) -> list[Any]:
    return [one.isoformat() if hasattr(one, "isoformat") else one for one in values]
