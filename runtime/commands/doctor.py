"""`app.py doctor`: what is well, and what to fix."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import DBAPIError

from bot.checkins.prompts import ENOUGH
from bot.delivery import reasons
from bot.delivery import store as delivery
from bot.errands import store as errands
from bot.flows import sealed_words
from bot.kernel.clock import SystemClock
from bot.kernel.database import database_url, open_database
from bot.kernel.errors import OperatorFacing
from bot.kernel.ids import WorkspaceId
from bot.kernel.row_security import CLEARED, may_vacuum, open_tables
from bot.kernel.scope import everywhere, one_workspace
from bot.kernel.words import listed, plural
from bot.keys.vault import KeyLost
from bot.people import installations
from bot.people.installations import Installation
from bot.stages.model import Framework
from config.catalogue import load_catalogue
from config.own_folder import FILES, files_of
from handlers.edge.clients import Clients, open_session, send_failure, slack_client
from handlers.install.permission import who_may_install
from handlers.people.slack_directory import scopes_of
from runtime.commands.keys import opened, refuse_keys_in_memory
from runtime.commands.schema import current_database
from runtime.tenancy import (
    HISTORY_SCOPES,
    Options,
    is_for_several,
    needed_scopes,
    opened_vault,
    require_our_vault,
    tenancy,
    who_we_are,
    workspace_of,
)

ENOUGH_QUESTIONS = 9
"""For mentors at one stage: none is one of the last eight."""

Check = Callable[[Options], str | Awaitable[str]]
"""Gives what is well, and raises OperatorFacing for what is not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `sentence` says what to do where it is not well."""

    is_well: bool
    sentence: str


async def examine(options: Options) -> list[Finding]:
    """Look at everything that can be looked at without changing anything in Slack."""
    findings = [await _finding(check, options) for check in CHECKS]
    try:
        look = _several if is_for_several(options) else _one_workspace
        return findings + await look(options)
    except OperatorFacing as problem:
        return [*findings, Finding(False, problem.reason)]
    except (DBAPIError, OSError):  # the database has a finding of its own that says so
        return findings


async def _finding(check: Check, options: Options) -> Finding:
    try:
        said = check(options)
        return Finding(True, said if isinstance(said, str) else await said)
    except OperatorFacing as problem:
        return Finding(False, problem.reason)


def _configuration(options: Options) -> str:
    """Count what programmes can be made of, and the operator's own files among it."""
    own = options.config_folder
    catalogue = load_catalogue(own=own)
    sentence = f"There are {_contents(catalogue.counts)} to choose from."
    if own is not None:
        own_counts = Counter(name.split("/")[0] for name in files_of(own))
        sentence += f" {own} adds or replaces {_contents(own_counts)}."
    return sentence + "".join(map(_repeats, catalogue.frameworks.values()))


def _repeats(framework: Framework) -> str:
    """Say how much of a framework has so few questions that they come again soon, if any has."""
    levels = framework.levels
    lenses = [each for level in levels for each in level.lenses]
    prompts = sum(len(each.prompts) < ENOUGH for each in lenses)
    questions = sum(len(level.mentor_questions) < ENOUGH_QUESTIONS for level in levels)
    if not prompts and not questions:
        return ""
    return (
        f" Questions of {framework.id} come again soon: {plural(prompts, 'list')} of prompts under "
        f"{ENOUGH}, {plural(questions, 'list')} of questions for mentors under "
        f"{ENOUGH_QUESTIONS}."
    )


def _contents(counts: Mapping[str, int]) -> str:
    """Say `2 frameworks, 1 programme and matching.yaml`."""
    return listed(
        name if name in FILES else plural(count, name.removesuffix("s"))
        for name, count in counts.items()
    )


async def _keys(options: Options) -> str:
    async with opened(options) as (database, vault):
        await require_our_vault(database, vault)
    return "The keys of pulses, words and tokens can be kept."


async def _sealed(options: Options) -> str:
    """Check that everything sealed opens, and say which keys do it."""
    async with opened(options) as (database, vault):
        await require_our_vault(database, vault)
        lost = await sealed_words.count_unreadable(database, vault)
        async with database.reading() as connection:
            keys = await sealed_words.keys_in_use(connection, vault)
    if lost:
        raise OperatorFacing(_lost(lost, keys.missing), permanent=True)
    spare = f" {plural(len(keys.spare), 'older key')} could be destroyed." if keys.spare else ""
    return f"Everything sealed opens, with {plural(len(keys.used), 'key')}.{spare}"


SEALED_AS = {
    "agreement": "agreements",
    "agreement_side": "answers for agreements",
    "announcement": "announcements",
    "charter_line": "lines of charters",
    "concern": "concerns",
    "checkin": "check-ins",
    "checkin_reply": "words back about check-ins",
    "closing_thanks": "thanks",
    "compass": "compasses",
    "goal": "goals",
    "goal_note": "notes on goals",
    "installation": "tokens",
    "looking_back": "looks back",
    "pairing_wish": "members' wishes",
    "profile": "profiles",
    "roster_feed": "addresses of lists",
    "relationship_rating": "answers about relationships",
    "stage_event": "claims of stages",
}


def _lost(lost: Mapping[str, int], missing: Iterable[str]) -> str:
    rows = listed(f"{count} {SEALED_AS[table]}" for table, count in lost.items())
    ids = ", ".join(sorted(missing))
    why = f"these keys are missing: {ids}" if ids else "they were altered"
    wishes = (
        " Nobody is introduced meanwhile: if the keys are gone for good, `python app.py keys "
        "--start-anew` deletes these wishes, and members have to be asked for them again."
    )
    return (
        f"Nobody can read {rows}; {why}. Put the keys back, see "
        f"docs/how-to/keep-the-keys.md.{wishes if 'pairing_wish' in lost else ''}"
    )


def _file_modes(options: Options) -> str:
    """Check that nobody but its owner may read the database's files."""
    url = database_url(options.database_url)
    if not options.database_url.startswith("sqlite") or url.database is None:
        return "The database is a server, which keeps its own files."
    file = Path(url.database)
    files = [file.with_name(file.name + end) for end in ("", "-wal", "-shm")]
    found = [one for one in (file.parent, *files) if one.exists() and one.stat().st_mode & 0o077]
    if found:
        raise OperatorFacing(
            "Others on this machine may enter or read what is the database's; run `chmod go-rwx "
            f"{' '.join(map(str, found))}`"
        )
    return "Only their owner may read the database's files."


def _keys_apart(options: Options) -> str:
    """Check that a backup of the database's folder cannot hold the keys of its ballots."""
    well = "The keys lie apart from the database."
    refuse_keys_in_memory(options)
    file = database_url(options.database_url).database
    is_sqlite = options.database_url.startswith("sqlite")
    if not is_sqlite or file is None or options.vault is not None:
        return well
    keys, data = options.key_folder.resolve(), Path(file).resolve().parent
    if keys == data:
        raise OperatorFacing(
            "KEY_DIR is the database's own folder; give the keys a directory of their own"
        )
    if keys.is_relative_to(data):
        raise OperatorFacing(
            "KEY_DIR lies inside the database's folder, so a copy of that folder holds the keys; "
            "move one of them"
        )
    return well


async def _database(options: Options) -> str:
    async with current_database(options.database_url):
        return "The database answers and is up to date."


async def _rows_apart(options: Options) -> str:
    """Check that Postgres keeps the rows of each workspace from this role's other scopes."""
    async with current_database(options.database_url) as database:
        if database.is_sqlite:
            return "SQLite keeps workspaces apart by Cairn's own filters alone."
        with everywhere():
            async with database.reading() as connection:
                seen = await connection.run_sync(open_tables)
                may_clear = await connection.run_sync(may_vacuum)
    if seen:
        raise OperatorFacing(
            f"Postgres does not keep workspaces apart for the role of DATABASE_URL "
            f"({plural(len(seen), 'table')}): it is a superuser or bypasses row security; give "
            "Cairn a role of its own, see docs/how-to/run-with-postgres.md"
        )
    if not may_clear:
        raise OperatorFacing(
            f"The role of DATABASE_URL does not own {listed(CLEARED)}, so what is deleted there "
            "stays in the file until Postgres clears it; see docs/how-to/run-with-postgres.md"
        )
    return "Postgres itself keeps the rows of workspaces apart."


CHECKS: tuple[Check, ...] = (
    _configuration,
    _keys,
    _keys_apart,
    _database,
    _rows_apart,
    _sealed,
    _file_modes,
)
"""The checks of this machine, before Slack is asked."""


async def _several(options: Options) -> list[Finding]:
    """Look at every workspace in which Cairn is installed."""
    async with AsyncExitStack() as stack:
        database = open_database(options.database_url)
        stack.push_async_callback(database.close)
        vault = await stack.enter_async_context(opened_vault(options))
        session = await stack.enter_async_context(
            open_session(options.network, api_url=options.api_url)
        )
        tenants = await tenancy(
            options, session, database, vault=vault, clock=SystemClock(), wake=lambda: None
        )
        with everywhere():
            async with database.reading() as connection:
                found = await installations.present(connection)
        if not found:
            none_yet = Finding(False, "No workspace has installed Cairn yet; open /slack/install")
            return [await _finding(_who_may_install, options), none_yet]
        each = [await _in_workspace(options, tenants.clients, one.workspace_id) for one in found]
    return [
        await _finding(_who_may_install, options),
        *_by_workspace(found, each),
    ]


def _who_may_install(options: Options) -> str:
    return who_may_install(options.allowed_workspaces)


def _by_workspace(
    found: Sequence[Installation], each: Iterable[Sequence[Finding]]
) -> list[Finding]:
    return [
        Finding(finding.is_well, f"{one.workspace_id}: {finding.sentence}")
        for one, findings in zip(found, each, strict=True)
        for finding in findings
    ]


async def _in_workspace(
    options: Options, clients: Clients, workspace_id: WorkspaceId
) -> list[Finding]:
    try:
        client = await clients.of(workspace_id)
        if client is None:
            return []
        await client.auth_test()
    except KeyLost:
        return [Finding(False, "The key to its token is gone; install Cairn again there")]
    except SlackApiError as failure:
        why = send_failure(failure).reason
        if why not in reasons.TOKEN_REFUSED:
            return [Finding(False, f"Slack does not answer for now ({why}); try again")]
        said = f"Slack refused its token ({why}); install Cairn again there"
        return [Finding(False, said)]
    except (aiohttp.ClientError, TimeoutError):
        return [Finding(False, "Slack cannot be reached; check this machine's network")]
    known = Finding(True, "Slack knows its token.")
    return [known, *await _scopes(client), *await _queue(options, workspace_id)]


async def _one_workspace(options: Options) -> list[Finding]:
    if options.bot_token is None:
        return [Finding(False, "SLACK_BOT_TOKEN is not set; see docs/how-to/install-in-slack.md")]
    async with open_session(options.network, api_url=options.api_url) as session:
        client = slack_client(session, token=options.bot_token, api_url=options.api_url)
        workspace_id = workspace_of(await who_we_are(client))
        known = Finding(True, f"Slack knows the bot token, in workspace {workspace_id}.")
        return [known, *await _scopes(client), *await _queue(options, workspace_id)]


async def _scopes(client: AsyncWebClient) -> list[Finding]:
    granted = await scopes_of(client)
    if not granted:
        return []
    missing = needed_scopes() - granted
    findings = []
    if needed := sorted(missing - HISTORY_SCOPES):
        sentence = f"The app lacks {', '.join(needed)}; reinstall it from the manifest"
        findings.append(Finding(False, sentence))
    if missing & HISTORY_SCOPES:
        sentence = (
            "Without im:history and groups:history a message whose answer was lost cannot be "
            "looked up; Cairn then does not send nudges a second time. Without im:history "
            "nobody who writes to Cairn is answered"
        )
        findings.append(Finding(True, sentence))
    return findings or [Finding(True, "The app has every permission of the manifest.")]


async def _queue(options: Options, workspace_id: WorkspaceId) -> list[Finding]:
    database = open_database(options.database_url)
    try:
        with one_workspace(workspace_id):
            async with database.reading() as connection:
                dead = len(await delivery.dead_letters(connection, workspace_id))
                owed = len(await errands.owed(connection, workspace_id))
    except (DBAPIError, OSError):  # the database has a finding of its own that says so
        return []
    finally:
        await database.close()
    findings = [
        Finding(False, f"{count} {what}; see `app.py queue` for the reasons")
        for count, what in (
            (dead, "messages could not be delivered"),
            (owed, "changes in channels or messages are not done yet"),
        )
        if count
    ]
    return findings or [Finding(True, "No message is stuck, and nothing is left undone.")]
