"""List the workspaces that have Cairn, since when, and what they did not grant."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from bot.delivery import reasons
from bot.delivery.tables import delivery_pace
from bot.kernel.ids import WorkspaceId
from bot.kernel.scope import everywhere
from bot.people import installations
from bot.people.installations import Installation
from bot.schedule.rules import FARTHEST
from handlers.edge.clients import open_session, slack_client
from runtime.commands.schema import current_database
from runtime.tenancy import (
    Options,
    is_for_several,
    needed_scopes,
    optional_scopes,
    who_we_are,
    workspace_of,
)

NONE_YET = "No workspace has installed Cairn yet; open /slack/install at its public address."


async def list_installations(options: Options) -> str:
    """Say a line for each workspace, without names or tokens. Raises OperatorFacing."""
    if not is_for_several(options):
        return await _of_the_token(options)
    async with current_database(options.database_url) as database:
        with everywhere():
            async with database.reading() as connection:
                found = await installations.every(connection)
                rows = await connection.execute(
                    sa.select(delivery_pace.c.workspace_id, delivery_pace.c.paused_for).where(
                        delivery_pace.c.paused_until == FARTHEST
                    )
                )
                paused = {row.workspace_id: str(row.paused_for) for row in rows}
    lines = [_line(one, paused, allowed=options.allowed_workspaces) for one in found]
    return "\n".join(lines) or NONE_YET


async def _of_the_token(options: Options) -> str:
    """Name the one workspace of SLACK_BOT_TOKEN, of which Slack alone knows since when."""
    async with open_session(options.network, api_url=options.api_url) as session:
        client = slack_client(session, token=options.bot_token, api_url=options.api_url)
        workspace_id = workspace_of(await who_we_are(client))
    return (
        f"{workspace_id}  by SLACK_BOT_TOKEN, and no other; `python app.py doctor` looks at its "
        "permissions"
    )


def _line(one: Installation, paused: Mapping[WorkspaceId, str], *, allowed: frozenset[str]) -> str:
    said = [f"{one.workspace_id}  by OAuth since {_day(one.installed_at)}"]
    if one.sealed_tokens is None:
        day = f" on {_day(one.uninstalled_at)}" if one.uninstalled_at else ""
        return f"{said[0]}, uninstalled{day}"
    if one.workspace_id in paused:
        said.append(f"nothing is sent: {reasons.sentence(paused[one.workspace_id])}")
    else:
        said.append("at work")
    said += _missing(one)
    if allowed.isdisjoint({one.workspace_id, "*"}):
        said.append("not by its own id in ALLOWED_WORKSPACES")
    return ", ".join(said)


def _missing(one: Installation) -> list[str]:
    granted = frozenset(one.scopes)
    kinds = (("lacks", needed_scopes()), ("lacks, of the optional ones,", optional_scopes()))
    return [f"{word} {' '.join(sorted(its - granted))}" for word, its in kinds if its - granted]


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
