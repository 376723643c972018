"""A coordinator brings people in: from Slack, from a list or a file, as far as a table of them."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.kernel.errors import UserFacing
from bot.kernel.ids import SlackUserId
from bot.people import store
from bot.people.model import MENTORING, Role
from bot.people.profiles import Account, Directory
from bot.people.roster_columns import ADDRESS
from bot.people.roster_text import MOST_BYTES, Record, Table, read_table, refuse_size
from handlers.blocks import View, working
from handlers.edge.answers import WrongAnswer, uploaded
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services
from handlers.people import roster_source_views as views
from handlers.people import slack_directory
from handlers.people.roles import capacity_in
from handlers.people.roster_source_views import NO_LINE, Source


def register(edge: Edge) -> None:
    """Add the listeners that offer sources and their forms."""
    edge.action("people.roster", on_sources)
    edge.action("people.source", on_source)


async def on_sources(call: Call, services: Services) -> None:
    """Offer a coordinator the sources of people."""
    await services.coordinator(call)

    async def work() -> View:
        return views.sources_modal(await slack_directory.scopes_of(call.client))

    meanwhile = working("One moment.", title=views.TITLE)
    await see_through(call, work, meanwhile=meanwhile)


async def on_source(call: Call, services: Services) -> None:
    """Ask for the people of one source."""
    await services.coordinator(call)
    source = Source(call.value) if call.value in set(Source) else Source.LIST

    async def work() -> View:
        scopes = await slack_directory.scopes_of(call.client)
        groups = []
        if source is Source.GROUP:
            groups = await slack_directory.user_groups(call.client)
        return views.source_form(source, groups=groups, scopes=scopes)

    await see_through(call, work, meanwhile=working("One moment.", title=views.TITLE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The choices of a coordinator in the form of a source."""

    source: Source
    role: Role | None = None
    capacity: int | None = None
    slack_ids: Sequence[str] = ()
    channel: str = ""
    group: str = ""
    pasted: str = ""
    file: Mapping[str, object] | None = None

    @property
    def is_list(self) -> bool:
        return self.source is Source.LIST


def wanted_in(call: Call) -> Wanted:
    """Read the form of a source. Raises WrongAnswer beside what is missing."""
    source = Source(call.metadata) if call.metadata in set(Source) else Source.LIST
    answers = call.answers
    role = answers.choice_of("role", Role)
    files, pasted = answers.files("file"), answers.text("pasted")
    wanted = Wanted(
        source=source,
        role=role,
        capacity=capacity_in(answers),
        slack_ids=answers.people("picked"),
        channel=next(iter(answers.channels("channel")), ""),
        group=answers.choice("group") or "",
        pasted=pasted or "",
        file=files[0] if files else None,
    )
    if wanted.is_list and files and pasted:
        raise WrongAnswer(pasted="Choose a file or paste the list, not both.")
    if wanted.is_list and not files and not pasted:
        raise WrongAnswer(pasted="Choose a file above, or paste the list here.")
    if not wanted.is_list and role is None:
        raise WrongAnswer(role="Choose the role that they have.")
    return wanted


async def table_of(
    call: Call, services: Services, wanted: Wanted, *, sheet: str | None = None
) -> Table:
    """Read the people of a source as a table. Raises UserFacing where there is none."""
    if wanted.is_list:
        return await _table_of_list(call, wanted, sheet=sheet)
    client = call.client
    match wanted.source:
        case Source.CHANNEL:
            ids: Sequence[str] = await slack_directory.channel_members(client, wanted.channel)
        case Source.GROUP:
            ids = await slack_directory.user_group_members(client, wanted.group)
        case _:
            ids = wanted.slack_ids
    if wanted.source is not Source.PICKED:
        ids = await _without_coordinators(call, services, ids)
    if not ids:
        raise UserFacing("There is nobody to bring in. Choose others.")
    return _table_of_ids(ids, role=wanted.role, capacity=wanted.capacity)


async def _table_of_list(call: Call, wanted: Wanted, *, sheet: str | None) -> Table:
    if wanted.file is None:
        return await asyncio.to_thread(read_table, _with_head(wanted.pasted))
    size = wanted.file.get("size")
    refuse_size(size if isinstance(size, int) else 0)
    content = await uploaded(call.client, wanted.file, most_bytes=MOST_BYTES)
    name = str(wanted.file.get("name") or "")
    return await asyncio.to_thread(read_table, content, filename=name, sheet=sheet)


def _with_head(pasted: str) -> str:
    """Put a head over bare addresses, one on a line or divided by commas: they need none."""
    items = [one for one in re.split(r"[\s,;]+", pasted) if one]
    bare = [one.strip("<>") for one in items]
    if bare and all(map(ADDRESS.fullmatch, bare)):
        return "\n".join(["email", *bare])
    return pasted


async def _without_coordinators(
    call: Call, services: Services, ids: Sequence[str]
) -> Sequence[str]:
    async with services.database.reading() as connection:
        coordinators = await store.members(connection, call.workspace_id, roles=[Role.COORDINATOR])
    known = {one.slack_user_id for one in coordinators}
    return [one for one in ids if SlackUserId(one) not in known]


def _table_of_ids(ids: Sequence[str], *, role: Role | None, capacity: int | None) -> Table:
    has_capacity = role in MENTORING and capacity is not None
    head = ("slack_id", "role", *(["capacity"] if has_capacity else []))
    after = (str(role), *([str(capacity)] if has_capacity else []))
    records = tuple(Record(NO_LINE, (one, *after)) for one in dict.fromkeys(ids))
    return Table(head=head, records=records)


def named(table: Table, directory: Directory, *, with_apps: bool) -> Table:
    """Write the names that Slack knows into a table of ids; apps of a channel may be left out."""
    records = []
    for one in table.records:
        profile = directory.profiles.get(SlackUserId(one.cells[0]))
        is_app = profile is not None and profile.account is Account.BOT
        if with_apps or not is_app:
            name = profile.name if profile else ""
            records.append(Record(one.line, (*one.cells, name)))
    return Table(head=(*table.head, "name"), records=tuple(records), warnings=table.warnings)
