"""A coordinator brings people in, step by step: read, ask, preview, apply, take back."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.model import Act
from bot.flows.imports import sits_together, take_back_import, with_groups
from bot.flows.joining import bring_in
from bot.kernel.errors import UserFacing
from bot.kernel.ids import WorkspaceId
from bot.people import directory as followed
from bot.people import roster_import, roster_store, store
from bot.people.model import Role
from bot.people.profiles import Account, Directory
from bot.people.roster import RosterReading, read_roster
from bot.people.roster_columns import FIELD_NAMES, LEFT_OUT, LISTS, Mapped
from bot.people.roster_preview import Preview
from bot.people.roster_text import SeveralSheets, Table
from handlers.blocks import Block, View, working
from handlers.capability import Viewer
from handlers.edge.answers import WrongAnswer, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services
from handlers.people import roster_import_views as views
from handlers.people import roster_source_views, slack_directory
from handlers.people.roster_source_views import Source
from handlers.people.roster_sources import Wanted, named, table_of, wanted_in

NO_EMAIL = (
    "There is no email address in this list, so nobody can be found. Write one on each line, such "
    "as ada@example.org, and give the list again. Nothing was changed."
)
TOLD_EVERY_S = 3.0
"""How often a form that waits says how far the reading has come."""


def register(edge: Edge) -> None:
    """Add the listeners of an import's steps."""
    edge.view("people.roster_form", on_roster_form)
    edge.view("people.sheet_form", on_sheet_form)
    edge.view("people.mapping_form", on_mapping_form)
    edge.view("people.role_form", on_role_form)
    edge.action("people.preview", on_preview)
    edge.view("people.preview_form", on_preview_form)
    edge.action("people.undo", on_undo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The ids and choices that an import's form hands to the next, never what a file holds."""

    source: Source
    role: Role | None = None
    import_id: str = ""
    file_id: str = ""
    sheets: tuple[str, ...] = ()

    def to_text(self) -> str:
        return _STEP.dump_json(self).decode()

    @classmethod
    def of(cls, text: str) -> "Step":
        """Read a form's metadata. Raises UserFacing for that of an earlier version."""
        try:
            return _STEP.validate_json(text)
        except ValueError:
            raise UserFacing(
                "This form is from an earlier version. Close it and begin again from the Home tab."
            ) from None


_STEP = TypeAdapter(Step)


async def on_roster_form(call: Call, services: Services) -> None:
    """Read whom a coordinator chose, and show what bringing them in would change."""
    await services.coordinator(call)
    wanted = wanted_in(call)
    await _see_through(call, partial(_read, call, services, wanted))


async def on_sheet_form(call: Call, services: Services) -> None:
    """Read the sheet that a coordinator chose."""
    await services.coordinator(call)
    step = Step.of(call.metadata)
    chosen = whole_number(call.answers.choice("sheet"), most=len(step.sheets) - 1)
    if chosen is None:
        raise WrongAnswer(sheet="Choose a sheet.")
    wanted = Wanted(source=step.source, role=step.role, file={"id": step.file_id})
    sheet = step.sheets[chosen]
    await _see_through(call, partial(_read, call, services, wanted, sheet=sheet))


async def _see_through(call: Call, work: partial) -> None:  # type: ignore[type-arg]
    """Do a step; what cannot be read at all is said with the button to try again."""

    async def seen() -> View:
        try:
            view: View = await work()
        except UserFacing as problem:
            return views.refused(problem.sentence)
        return view

    await see_through(call, seen, meanwhile=views.reading())


async def _read(
    call: Call, services: Services, wanted: Wanted, *, sheet: str | None = None
) -> View:
    """Read a source as a table and keep it; then see what it would change."""
    await services.coordinator(call)
    step = Step(source=wanted.source, role=wanted.role)
    try:
        table = await table_of(call, services, wanted, sheet=sheet)
    except SeveralSheets as several:
        file_id = str((wanted.file or {}).get("id") or "")
        ask = replace(step, file_id=file_id, sheets=several.sheets)
        return views.sheet_form(several.sheets, ask.to_text())
    return await look_at_table(call, services, table, step)


async def look_at_table(call: Call, services: Services, table: Table, step: Step) -> View:
    """Keep a table for the steps that follow, and show what it would change."""
    me, now = await services.coordinator(call), services.clock.now()
    async with services.database.writing() as connection:
        import_id = await roster_store.keep(connection, call.workspace_id, table, by=me.id, now=now)
        mapping = await roster_store.mapping_for(connection, call.workspace_id, table)
    return await _look(call, services, table, mapping, replace(step, import_id=import_id))


async def on_mapping_form(call: Call, services: Services) -> None:
    """Read a list with the columns that a coordinator named, and remember them."""
    await services.coordinator(call)
    step, now = Step.of(call.metadata), services.clock.now()
    async with services.database.reading() as connection:
        table, before = await _kept(connection, call.workspace_id, step, services)
    reading = await asyncio.to_thread(read_roster, table, before)
    mapping = {**before, **_mapping_in(call, reading)}
    async with services.database.writing() as connection:
        await roster_store.remember_mapping(connection, call.workspace_id, table, mapping, now=now)
    await _see_through(call, partial(_look, call, services, table, mapping, step))


def _mapping_in(call: Call, reading: RosterReading) -> Mapping[str, Mapped]:
    """Read what columns hold. Raises WrongAnswer where none finds people, or two hold the same and
    it is no list."""
    asked = views.asked_columns(reading)
    questions = {at for at, _ in asked}
    taken: set[Mapped | None] = {
        one.field
        for at, one in enumerate(reading.columns)
        if one.field not in (None, LEFT_OUT) and at not in questions
    }
    mapping: dict[str, Mapped] = {}
    for at, column in asked:
        block, chosen = f"column{at}", call.answers.choice(f"column{at}")
        if chosen not in FIELD_NAMES and chosen != LEFT_OUT:
            raise WrongAnswer(**{block: "Say what this column holds, or leave it out."})
        field: Mapped = chosen  # type: ignore[assignment]
        if field in taken - {LEFT_OUT, *LISTS}:
            raise WrongAnswer(
                **{block: "Another column holds this already. Leave one of them out."}
            )
        taken.add(field)
        mapping[column.head] = field
    if not taken & {"email", "slack_id"}:
        first = f"column{asked[0][0]}"
        sentence = "Say which column holds an email or a Slack id; people are found by it."
        raise WrongAnswer(**{first: sentence})
    return mapping


async def on_role_form(call: Call, services: Services) -> None:
    """Give the role that a coordinator chose to whom the list leaves out."""
    await services.coordinator(call)
    role = call.answers.choice_of("role", Role)
    if role is None:
        raise WrongAnswer(role="Choose a role.")
    step = replace(Step.of(call.metadata), role=role)
    async with services.database.reading() as connection:
        table, mapping = await _kept(connection, call.workspace_id, step, services)
    await _see_through(call, partial(_look, call, services, table, mapping, step))


async def _kept(
    connection: AsyncConnection, workspace_id: WorkspaceId, step: Step, services: Services
) -> tuple[Table, Mapping[str, Mapped]]:
    table = await roster_store.kept_content(
        connection, workspace_id, step.import_id, Table, now=services.clock.now()
    )
    return table, await roster_store.mapping_for(connection, workspace_id, table)


async def _look(
    call: Call, services: Services, table: Table, mapping: Mapping[str, Mapped], step: Step
) -> View:
    """Ask for what a table leaves open, or show what it would change."""
    reading = await asyncio.to_thread(read_roster, table, mapping)
    if reading.needs_mapping:
        if not views.asked_columns(reading):
            raise UserFacing(NO_EMAIL)
        return views.mapping_form(reading, step.to_text())
    directory = await _directory(call, table, step)
    if step.source is not Source.LIST:
        people = named(table, directory, with_apps=step.source is Source.PICKED)
        reading = await asyncio.to_thread(read_roster, people, mapping)
    me, now = await services.coordinator(call), services.clock.now()
    async with services.database.writing() as connection:
        shown = await roster_import.look_at(
            connection,
            call.workspace_id,
            reading,
            directory=directory,
            role=step.role,
            stages=services.catalogue.stages,
        )
        shown = await with_groups(connection, call.workspace_id, shown)
        if shown.needs_role and step.role is None:
            return views.role_form(step.to_text())
        import_id = await roster_store.keep(connection, call.workspace_id, shown, by=me.id, now=now)
    return _shown(shown, import_id, sees_addresses=_sees_addresses(directory))


async def _directory(call: Call, table: Table, step: Step) -> Directory:
    """Look people up in Slack: those who were picked, else everybody, and say how far it is."""
    ids = [] if step.source is Source.LIST else [one.cells[0] for one in table.records]
    if step.source is Source.PICKED:
        return await slack_directory.read_some(call.client, call.workspace_id, ids)
    told_s = time.monotonic()

    async def tell(count: int) -> None:
        nonlocal told_s
        if call.view_id and time.monotonic() - told_s > TOLD_EVERY_S:
            told_s = time.monotonic()
            await call.update(views.reading(count), view_id=call.view_id)

    found = await slack_directory.read_everybody(call.client, call.workspace_id, tell=tell)
    others = [one for one in ids if one not in found.profiles]  # as of another organization
    some = await slack_directory.read_some(call.client, call.workspace_id, others)
    return replace(found, profiles={**found.profiles, **some.profiles})


def _sees_addresses(directory: Directory) -> bool:
    people = [one for one in directory.profiles.values() if one.account is Account.PERSON]
    return not people or any(one.email for one in people)


def _shown(shown: Preview, import_id: str, *, page: int = 0, sees_addresses: bool = True) -> View:
    if shown.problems:
        return views.problems_view(shown, import_id, page=page)
    return views.preview_view(shown, import_id, page=page, sees_addresses=sees_addresses)


async def on_preview(call: Call, services: Services) -> None:
    """Turn a page of a preview, or of what is to be fixed."""
    await services.coordinator(call)
    import_id, _, page = (call.value or "").partition(" ")
    async with services.database.reading() as connection:
        shown = await roster_store.kept_content(
            connection, call.workspace_id, import_id, Preview, now=services.clock.now()
        )
    await call.show(_shown(shown, import_id, page=whole_number(page) or 0))


async def on_preview_form(call: Call, services: Services) -> None:
    """Do what a preview shows."""
    await services.coordinator(call)
    confirmed = "yes" in call.answers.choices("confirm")
    now = services.clock.now()
    async with services.database.reading() as connection:
        shown = await _unapplied(connection, call, now=now)
    if shown and shown.confirms_barriers and not confirmed:
        raise WrongAnswer(confirm="Tick the box if this is meant; else cancel.")
    work = partial(_apply, call, services, confirmed=confirmed)
    meanwhile = working("People are being brought in.", title=roster_source_views.TITLE)
    await see_through(call, work, meanwhile=meanwhile)
    await services.refresh_home(call)


async def _unapplied(connection: AsyncConnection, call: Call, *, now: datetime) -> Preview | None:
    """Find the preview that a form shows; None once it was applied, by another press."""
    last = await roster_store.last_import(connection, call.workspace_id, now=now)
    if last is not None and last.id == call.metadata:
        return None
    return await roster_store.kept_content(
        connection, call.workspace_id, call.metadata, Preview, now=now
    )


async def _apply(call: Call, services: Services, *, confirmed: bool) -> View:
    me, now = await services.coordinator(call), services.clock.now()
    workspace_id = call.workspace_id
    async with services.database.writing() as connection:
        await store.members(connection, workspace_id, hold=True)
        shown = await _unapplied(connection, call, now=now)
        if shown is None:
            return views.done_already(call.metadata)
        undo_id, joined = await bring_in(
            connection,
            workspace_id,
            shown,
            by=me.id,
            slack_user_id=call.slack_user_id,
            now=now,
            barriers_confirmed=confirmed,
            kept_as=call.metadata,
        )
    await services.reconcile_groups(workspace_id)
    async with services.database.reading() as connection:
        together = await sits_together(connection, workspace_id, shown)
    told = [one for one in joined.coordinators if one.id != me.id]
    return views.applied_view(
        shown, undo_id, asked=joined.asked, coordinators=told, together=together
    )


async def on_undo(call: Call, services: Services) -> None:
    """Take the last import back."""
    await services.coordinator(call)
    work = partial(_take_back, call, services, call.value or "")
    meanwhile = working("The last list is being taken back.", title="Take back")
    await see_through(call, work, meanwhile=meanwhile)
    await services.refresh_home(call)


async def _take_back(call: Call, services: Services, import_id: str) -> View:
    workspace_id = call.workspace_id
    async with services.database.writing() as connection:
        done = await take_back_import(connection, workspace_id, import_id, now=services.clock.now())
        for member in done.removed:
            await followed.erase(connection, member)
        gone = len(done.removed)
        await services.record(connection, call, Act.IMPORT_TAKEN_BACK, what=gone, count=gone)
    await services.reconcile_groups(workspace_id)
    return views.taken_back_view(done)


async def home(viewer: Viewer) -> list[Block]:
    """Offer a coordinator to take the last import back, while that is possible."""
    if not viewer.member.is_coordinator:
        return []
    last = await roster_store.last_import(
        viewer.connection, viewer.member.workspace_id, now=viewer.now
    )
    return views.undo_offer(last.id, last.until) if last else []
