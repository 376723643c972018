"""The lists of what needs a coordinator, and the figures of the programme."""

from bot.kernel.errors import UserFacing
from bot.kinds import ToDoKind
from bot.overview import store
from bot.overview.model import NEEDS
from bot.overview.use_cases import read_week
from bot.programme.model import Programme, ProgrammeState, Use, in_use
from bot.programme.use_cases import current_programme
from bot.reports.use_cases import latest_stages
from bot.retention.use_cases import days_ahead
from handlers.blocks import View
from handlers.edge.answers import whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.overview import views

NOT_RUNNING = "No programme is running at the moment, so there is nothing to show here."
OLD = "This list is from an earlier version of Cairn. Open the Home tab to find it."


def register(edge: Edge) -> None:
    """Add the listeners of the overview."""
    edge.action("overview.list", on_list)
    edge.action("overview.previous", on_page)
    edge.action("overview.next", on_page)
    edge.view("overview.search", on_search)
    edge.action("overview.figures", on_figures)


async def on_list(call: Call, services: Services) -> None:
    """Show a coordinator the groups or people of one kind."""
    await call.show(await _page(call, services, call.value or ""))


async def on_page(call: Call, services: Services) -> None:
    """Show the lines before or after."""
    kind, _, skipped = (call.value or "").partition(" ")
    await call.show(await _page(call, services, kind, skipped=whole_number(skipped) or 0))


async def on_search(call: Call, services: Services) -> None:
    """Show those in whose name the words stand; all where there are none."""
    named = (call.answers.text("named") or "").strip()
    await call.ack_update(await _page(call, services, call.metadata, named=named))


async def _page(
    call: Call, services: Services, kind: str, *, skipped: int = 0, named: str = ""
) -> View:
    await services.coordinator(call)
    if kind not in NEEDS:
        raise UserFacing(OLD)
    need, now = ToDoKind(kind), services.clock.now()
    programme = await _running(call, services)
    async with services.database.reading() as connection:
        lines, count = await store.lines(
            connection,
            programme,
            need,
            now=now,
            most=views.PAGE,
            skipped=max(0, skipped),
            named=named,
        )
    page = views.NeedPage(
        kind=need,
        programme=programme,
        lines=lines,
        count=count,
        skipped=max(0, skipped),
        named=named,
        may_plan=in_use(programme, Use.MEETINGS, now),
    )
    return views.need_list(page)


async def _running(call: Call, services: Services) -> Programme:
    async with services.database.reading() as connection:
        programme = await current_programme(connection, call.workspace_id)
    if programme is None or programme.state is not ProgrammeState.RUNNING:
        raise UserFacing(NOT_RUNNING)
    return programme


async def on_figures(call: Call, services: Services) -> None:
    """Show a coordinator the programme in figures, with its stages."""
    await services.coordinator(call)
    programme, now = await _running(call, services), services.clock.now()
    async with services.database.reading() as connection:
        purges = await days_ahead(connection, call.workspace_id, now)
        week = await read_week(connection, programme, now=now, besides=purges)
    stages = None
    if in_use(programme, Use.STAGES, now):
        async with services.database.writing() as connection:
            its = (connection, call.workspace_id, programme.id)
            find = services.framework_of
            stages = await latest_stages(*its, framework_of=find, now=now)
    await call.show(views.figures_page(week, stages))
