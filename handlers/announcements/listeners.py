"""Writing an announcement in steps: form, preview, sending; and taking one back."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.announcements import store, use_cases
from bot.announcements.model import Addressees, Announcement, AnnouncementId, Suggestion
from bot.announcements.use_cases import AudienceChanged, ReachFacts
from bot.audit.model import Act
from bot.flows.recipients import recipients
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId, SlackUserId
from bot.people import store as people
from bot.people.model import Member
from bot.people.use_cases import must_coordinate, the_coordinator
from bot.programme import store as programmes
from bot.programme.model import Programme
from bot.programme.use_cases import the_programme
from handlers.announcements import form_views, views
from handlers.announcements.form_views import FilledIn
from handlers.announcements.texts import TEXTS
from handlers.blocks import Choice, View, working
from handlers.edge.answers import WrongAnswer, beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.services import Services

NOT_KNOWN = (
    "This button is from another version of Cairn, so nothing was opened. Open Tools on your Home "
    "tab to write to somebody."
)
NOT_HERE = (
    "Whom this was about is not in your list any more. Open the Home tab to see what is to be done "
    "now."
)


def register(edge: Edge) -> None:
    """Add the listeners of announcements."""
    edge.action("announcement.write", on_write)
    edge.action("announcement.change", on_change)
    edge.options(form_views.WRITTEN_TO, find_groups)
    edge.view(form_views.FORM, on_form)
    edge.view(form_views.PREVIEW, on_send)
    edge.action("announcement.take_back", on_take_back)
    edge.action(views.LIST, on_list)


def _facts(services: Services) -> ReachFacts:
    return ReachFacts(read=recipients, uncounted=services.uncounted)


async def on_write(call: Call, services: Services) -> None:
    """Open the form, with a suggested text to the people whom a to-do is about."""
    suggestion, _, listed = (call.value or "").partition(":")
    if suggestion not in set(Suggestion):
        raise UserFacing(NOT_KNOWN)
    ids = [MemberId(one) for one in listed.split(",") if one]
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        programme = await use_cases.the_current_programme(connection, call.workspace_id)
        groups = await _groups(connection, programme)
        members = await people.members(connection, call.workspace_id, ids=ids) if ids else []
    if ids and not members:
        raise UserFacing(NOT_HERE)
    filled = FilledIn(
        text=TEXTS[Suggestion(suggestion)],
        audience=Addressees.PEOPLE if members else None,
        people=[one.slack_user_id for one in members],
    )
    await _lay(call, form_views.form(groups, filled))


async def _groups(connection: AsyncConnection, programme: Programme) -> list[Choice]:
    found = await programmes.groups(connection, programme.workspace_id, programme.id)
    return [(one.id, one.name) for one in found]


async def find_groups(call: Call, services: Services) -> Sequence[Choice]:
    """Give a coordinator every group that can be written to."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        programme = await use_cases.the_current_programme(connection, call.workspace_id)
        return await _groups(connection, programme)


async def _lay(call: Call, view: View) -> None:
    """Put a form in the place of a page of announcements, or over any other."""
    is_ours = str(call.view.get("callback_id")).startswith("announcement.")
    await (call.push if call.view_type == "modal" and not is_ours else call.show)(view)


async def on_form(call: Call, services: Services) -> None:
    """Keep a draft, and show its author what would be sent to whom."""
    me, now, answers = await services.coordinator(call), services.clock.now(), call.answers
    audience = answers.choice_of("audience", Addressees)
    if audience is None:
        raise WrongAnswer(audience="Choose for whom it is.")
    async with services.database.reading() as connection:
        programme = await use_cases.the_current_programme(connection, call.workspace_id)
        named = await _named(connection, call, programme, audience)
    with beside("text"):
        text = use_cases.check_text(answers.text("text") or "")
    with beside("at"):
        send_at = use_cases.check_time(answers.moment("at"), now=now)
    drafted = use_cases.draft(
        me,
        programme.id,
        audience,
        text=text,
        now=now,
        its_id=call.metadata,
        named=named,
        send_at=send_at,
    )
    with beside("audience"):
        view = await _prepared(call, services, drafted, me)
    await call.ack_update(view)


async def _named(
    connection: AsyncConnection, call: Call, programme: Programme, audience: Addressees
) -> list[str]:
    """Read the groups or the people that were chosen. Raises WrongAnswer for none, or strangers."""
    if audience is Addressees.GROUPS:
        there = {one for one, _ in await _groups(connection, programme)}
        chosen = [one for one in call.answers.choices("groups") if one in there]
        if not chosen:
            raise WrongAnswer(audience="Choose at least one group below.")
        return chosen
    if audience is not Addressees.PEOPLE:
        return []
    ids = set(map(SlackUserId, call.answers.people("people")))
    if not ids:
        raise WrongAnswer(people="Choose at least one person.")
    accounts = await people.accounts(connection, call.workspace_id)
    if strangers := ids - set(accounts.values()):
        count = len(strangers)
        raise WrongAnswer(people=f"{count} of them are not in your list. Leave them out.")
    return [one for one, account in accounts.items() if account in ids]


async def _prepared(
    call: Call, services: Services, drafted: Announcement, me: Member, *, changed: str = ""
) -> View:
    facts, now = _facts(services), services.clock.now()
    async with services.database.reading() as connection:
        its = (connection, call.workspace_id, drafted.programme_id)
        programme = await the_programme(*its)
        reach = await use_cases.reach_of(connection, drafted, facts=facts, now=now)
    async with services.database.writing() as connection:
        await must_coordinate(connection, call.workspace_id, me.id)
        kept = await use_cases.keep_draft(connection, drafted, reach)
    return form_views.preview(kept, reach, me, programme.name, changed=changed)


async def on_change(call: Call, services: Services) -> None:
    """Open the form again with what stands in a draft."""
    async with services.database.reading() as connection:
        me = await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        its_id = AnnouncementId(call.value or "")
        one = await use_cases.the_announcement(connection, call.workspace_id, its_id, by=me.id)
        programme = await use_cases.the_current_programme(connection, call.workspace_id)
        groups = await _groups(connection, programme)
        ids = list(map(MemberId, one.named)) if one.audience is Addressees.PEOPLE else []
        members = await people.members(connection, call.workspace_id, ids=ids) if ids else []
    filled = FilledIn(
        text=one.text,
        audience=one.audience,
        groups=one.named,
        people=[member.slack_user_id for member in members],
        send_at=one.send_at,
        its_id=one.id,
    )
    await call.update(form_views.form(groups, filled))


async def on_send(call: Call, services: Services) -> None:
    """Send a draft as it was shown; where others would get it now, show it again."""

    async def work() -> View:
        its_id, now = AnnouncementId(call.metadata), services.clock.now()
        me = await services.coordinator(call)
        async with services.database.reading() as connection:
            drafted = await use_cases.the_announcement(
                connection, call.workspace_id, its_id, by=me.id
            )
        try:
            sent = await _sent(call, services, drafted)
        except AudienceChanged as changed:
            return await _prepared(call, services, drafted, me, changed=changed.sentence)
        services.wake()
        return views.confirmation(sent, now=now)

    await see_through(
        call, work, meanwhile=working("It is being prepared.", title=form_views.TITLE)
    )


async def _sent(call: Call, services: Services, drafted: Announcement) -> Announcement:
    now = services.clock.now()
    async with services.database.writing() as connection:
        its = (connection, call.workspace_id, drafted.id)
        held = await use_cases.the_announcement(*its, by=drafted.by, hold=True)
        sent = await use_cases.send(connection, held, facts=_facts(services), now=now)
        if sent is not held:
            chosen = held.named if held.audience is Addressees.PEOPLE else ()
            to = f"{form_views.NAMES[held.audience]} ({held.count})"
            await services.record(connection, call, Act.ANNOUNCED, about=chosen, what=to)
    return sent


async def on_take_back(call: Call, services: Services) -> None:
    """Take back what still waits, and say who had it already."""
    its_id, now = AnnouncementId(call.value or ""), services.clock.now()
    async with services.database.writing() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        taken, progress = await use_cases.take_back(connection, call.workspace_id, its_id, now=now)
        to = f"{form_views.NAMES[taken.audience]} ({progress.waiting} of {taken.count})"
        await services.record(connection, call, Act.ANNOUNCEMENT_TAKEN_BACK, what=to)
    await call.show(views.taken_back(progress))


async def on_list(call: Call, services: Services) -> None:
    """List what was announced."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        its = (connection, call.workspace_id)
        found = await store.recent(*its, most=views.MOST_SHOWN)
        progress = await use_cases.progress_of(*its, found)
        authors = await people.members(*its, ids=[one.by for one in found])
    names = {one.id: one.name for one in authors}
    await call.show(views.page(found, progress, names))
