"""`app.py member`: what is kept about one person, a file of it, and its erasure with proof."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyrage
import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit import store as audit
from bot.audit.model import Act
from bot.flows.erasure import clear_traces, erase_member, promise_erasure
from bot.kernel.database import Database, metadata
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.kernel.scope import is_an_id, one_workspace
from bot.keys.keyring import WORDS, Keyring
from bot.keys.sealed import with_keyring
from bot.keys.vault import Vault
from bot.my_data.certificate import Certificate, look, rows_of_person
from bot.my_data.page import as_zip
from bot.my_data.reading import gather
from bot.my_data.search import PersonMarks, SearchedTable, search
from bot.people import store as people
from bot.people.model import Member, Role
from bot.people.permissions import may_be_erased
from config.catalogue import load_catalogue
from handlers.register import CAPABILITIES
from runtime.commands.known import refuse_unknown
from runtime.commands.new_file import new_file, refuse_what_is_there
from runtime.commands.schema import current_database, newest_revision
from runtime.commands.terminal import CommandReport
from runtime.tenancy import Options, named_workspace, opened_vault, require_our_vault
from runtime.version import VERSION

LAST = (
    "{} is the only coordinator of this workspace: name another one first, on Cairn's Home tab in "
    "Slack. Nothing was deleted"
)
SURE = "Delete all this for good? Backups keep it until you delete them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """How an erasure is asked for: sure without a question, and where its certificate goes."""

    is_sure: bool = False
    certificate: Path | None = None
    backups_until: str | None = None


async def look_after(
    given: Options,
    workspace: str,
    slack_id: str,
    *,
    export: Path | None = None,
    to: str | None = None,
    erase: bool = False,
    by: Erasing | None = None,
) -> CommandReport:
    """Do what was asked for about a person, the file first; only look where nothing was."""
    by = by or Erasing()
    if by.backups_until is not None:
        _check_day(by.backups_until)
    if by.certificate is not None:  # before anything is deleted that it is to prove
        refuse_what_is_there(by.certificate, "the certificate")
    async with _opened(given, workspace) as (database, vault, workspace_id):
        account = _account(slack_id)
        async with database.reading() as connection:
            await refuse_unknown(connection, workspace_id)
            member = await people.member_by_slack_id(connection, workspace_id, account)
        marks = PersonMarks.of(member) if member else PersonMarks(account=account)
        said = []
        if export is not None:
            said.append(await _export(database, member, account, export, to=to))
        tables = await _search(database, workspace_id, marks)
        if erase and member is not None:
            await _may_be_erased(database, member)
            _ask(look(marks, tables), by)
            is_cleared = await _erase(given, database, vault, member)
        elif erase or by.certificate is not None:  # an erasure may have broken off before this
            now = datetime.now(UTC)
            is_cleared = await clear_traces(database, workspace_id, metadata.tables, now=now)
        else:
            is_cleared = True
        after = await _search(database, workspace_id, marks) if erase else tables
        found = Certificate(
            workspace_id=workspace_id,
            account=account,
            member_id=marks.member_id,
            searched_at=datetime.now(UTC),
            version=VERSION,
            schema=newest_revision(),
            engine="SQLite" if database.is_sqlite else "PostgreSQL",
            found_before=rows_of_person(tables),
            tables=after,
            is_cleared=is_cleared,
            is_erasure=erase and member is not None,
            backups_until=by.backups_until,
        )
    said.append(_certified(found, by) if erase or by.certificate else look(marks, tables))
    return CommandReport("\n".join(said))


@asynccontextmanager
async def _opened(
    given: Options, workspace: str
) -> AsyncIterator[tuple[Database, Vault, WorkspaceId]]:
    workspace_id = named_workspace(workspace)
    async with current_database(given.database_url) as database, opened_vault(given) as vault:
        await require_our_vault(database, vault)
        with one_workspace(workspace_id):
            yield with_keyring(database, Keyring(vault, WORDS)), vault, workspace_id


def _check_day(text: str) -> None:
    """Raise OperatorFacing for what is no day to come, before anything is deleted."""
    try:
        is_to_come = date.fromisoformat(text) >= datetime.now(UTC).date()
    except ValueError:
        is_to_come = False
    if not is_to_come:
        raise OperatorFacing(
            "--backups-until takes a day to come, such as 2027-01-31: when your last backup of "
            "before is deleted",
            permanent=True,
        )


def _account(slack_id: str) -> SlackUserId:
    if not is_an_id(slack_id) or slack_id[0] not in "UW":
        raise OperatorFacing(
            "--slack-id takes a person's Slack id, such as U0456EFGH; their profile in Slack has "
            "it under “Copy member ID”",
            permanent=True,
        )
    return SlackUserId(slack_id)


async def _search(
    database: Database, workspace_id: WorkspaceId, marks: PersonMarks
) -> list[SearchedTable]:
    async with database.reading() as connection:
        return await search(connection, workspace_id, marks)


async def _export(
    database: Database, member: Member | None, account: str, out: Path, *, to: str | None
) -> str:
    """Write a person's data; whole, and for the owner of a key alone, or without what is sealed."""
    if member is None:
        raise OperatorFacing(f"{account} is no member here, so there is nothing to export")
    seal = _sealed_for(to) if to else None
    async with database.writing() as connection:
        data = await gather(connection, member, opened=seal is not None)
        what = "with words, encrypted" if seal else "without words"
        await _record(connection, member, Act.MEMBER_EXPORTED, what=what)
    content = as_zip(data)
    with new_file(out, "the export") as file:
        file.write(seal(content) if seal else content)
    if seal:
        return f"All about {account} is in {out}, which opens with the key of {to} alone."
    return (
        f"{out} has what Cairn keeps about {account} in the open. Their words are not in it: "
        "they get those themselves in Slack (Home, Settings, My data), or with --to."
    )


def _sealed_for(key: str) -> Callable[[bytes], bytes]:
    """Encrypt for the owner of a public key. Raises OperatorFacing for what is none."""
    try:
        recipient = pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError:
        raise OperatorFacing(
            "--to takes an age public key, which starts with age1; its owner makes one with "
            "`age-keygen -o key.txt` and keeps that file to themself",
            permanent=True,
        ) from None
    return lambda content: pyrage.encrypt(content, [recipient])


async def _may_be_erased(database: Database, member: Member) -> None:
    async with database.reading() as connection:
        coordinators = await people.members(
            connection, member.workspace_id, roles=[Role.COORDINATOR]
        )
    if not may_be_erased(member, coordinators):
        raise OperatorFacing(LAST.format(member.slack_user_id), permanent=True)


def _ask(found: str, by: Erasing) -> None:
    """Ask before deleting. Raises OperatorFacing for a no, and where nobody can be asked."""
    if by.is_sure:
        return
    if not sys.stdin.isatty():
        raise OperatorFacing(f"{found}\nNothing was deleted; add --yes to delete it")
    typer.echo(found)
    if not typer.confirm(SURE):
        raise OperatorFacing("Nothing was deleted", permanent=True)


async def _erase(given: Options, database: Database, vault: Vault, member: Member) -> bool:
    """Erase a member as they could themself; False while traces are in the database's log.

    It is noted first, so that the running bot does it where this breaks off.
    """
    now = datetime.now(UTC)
    catalogue = load_catalogue(own=given.config_folder)
    await promise_erasure(database, member.workspace_id, member_id=member.id, now=now)
    async with database.writing() as connection:  # before, since nobody is left to find afterwards
        await _record(connection, member, Act.MEMBER_ERASED)
    await erase_member(
        database,
        vault,
        member.workspace_id,
        member_id=member.id,
        erasers=CAPABILITIES.erasers,
        now=now,
        frameworks=catalogue.frameworks,
        weights=catalogue.weights,
    )
    return await clear_traces(database, member.workspace_id, metadata.tables, now=now)


async def _record(connection: AsyncConnection, member: Member, act: Act, *, what: str = "") -> None:
    """Write down for coordinators that an operator did this, and not about whom."""
    now = datetime.now(UTC)
    await audit.record(connection, member.workspace_id, act, by=None, now=now, what=what)


def _certified(found: Certificate, by: Erasing) -> str:
    if by.certificate is None:
        return found.verdict
    is_json = by.certificate.suffix.lower() == ".json"
    with new_file(by.certificate, "the certificate") as file:
        file.write((found.as_json() if is_json else found.as_text()).encode())
    return f"{found.verdict} The certificate is in {by.certificate}."
