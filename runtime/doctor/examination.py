"""Examine everything that can be looked at, from the disk to what waits, without changing it."""

from contextlib import AsyncExitStack
from functools import partial

from bot.kernel.clock import Clock, SystemClock
from bot.kernel.database import Database, database_url
from handlers.edge.clients import open_session
from runtime.doctor import database as databases
from runtime.doctor import keys, machine, signing, waiting
from runtime.doctor.findings import Check, Finding, Group, each_once, findings_of, well
from runtime.doctor.workspaces import Asking, ask
from runtime.tenancy import Options


async def examine(
    options: Options, *, url: str | None = None, clock: Clock | None = None
) -> list[Finding]:
    """Look at everything, also when much of it is amiss; each thing is said once.

    `url` is where the running bot answers over HTTP, PUBLIC_URL where it is not given.
    """
    address, asked_by = database_url(options.database_url), clock or SystemClock()
    found: list[Finding] = []
    database: Database | None = None

    async def look(group: Group, *checks: Check) -> None:
        for check in checks:
            found.extend(await findings_of(check, group, address))

    async def open_it() -> list[Finding]:
        nonlocal database
        database = await stack.enter_async_context(databases.opened(options))
        return [well("The database answers and is up to date.")]

    await look(Group.MACHINE, partial(machine.programmes, options), partial(machine.disks, options))
    await look(
        Group.KEYS,
        partial(keys.folder, options),
        partial(keys.apart, options),
        partial(keys.server, options),
    )
    async with AsyncExitStack() as stack:
        await look(Group.DATABASE, open_it)
        await look(Group.DATABASE, partial(databases.is_whole, options))
        if database is not None:
            await look(Group.DATABASE, partial(databases.files, options))
            await look(Group.DATABASE, partial(databases.rights, database))
            await look(Group.KEYS, partial(keys.sealed, options, database))
            await look(Group.WAITING, partial(waiting.stuck, database))
            await look(Group.WAITING, partial(waiting.late, options, database, asked_by))
        to_slack = open_session(options.network, api_url=options.api_url)
        session = await stack.enter_async_context(to_slack)
        await look(Group.SLACK, partial(ask, Asking(options, session, database, asked_by)))
        await look(
            Group.SLACK,
            partial(
                signing.signing_secret,
                options,
                address=url or options.public_url,
                is_asked=url is not None,
                now=asked_by.now(),
            ),
        )
    return each_once(found)
