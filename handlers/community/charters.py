"""Read a group's charter, propose and change lines, and say what one thinks, in Slack."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.community import rules, store
from bot.community.model import Charter, CharterTopic, Stance
from bot.community.use_cases import change, propose, remove, say, the_charter, the_line
from bot.kernel.errors import UserFacing
from bot.people.model import Member
from bot.people.permissions import NOT_YOUR_CHARTER
from bot.people.use_cases import the_member
from handlers.blocks import View
from handlers.community import views
from handlers.edge.answers import WrongAnswer, beside, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.patient_details import asked_again


def register(edge: Edge) -> None:
    """Add the listeners of charters. One's own group's can be read whatever is used now."""
    replace(edge, guard=None).action("charter.open", on_open)
    edge.action("charter.propose", open_lines)
    edge.view("charter.lines_form", on_lines)
    edge.action("charter.line", open_line)
    edge.view("charter.line_form", on_line)
    edge.action("charter.remove", on_remove)
    edge.action("charter.say", on_say)


async def on_open(call: Call, services: Services) -> None:
    """Show the charter of one of a member's groups."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        charter = await the_charter(connection, member, call.value or "")
        view = await _view(connection, member, charter)
    await call.show(view)


async def _view(connection: AsyncConnection, member: Member, charter: Charter) -> View:
    lines = await store.lines(connection, charter.workspace_id, charter.group_id)
    return views.charter_view(charter, lines, reader=member.id)


async def open_lines(call: Call, services: Services) -> None:
    """Open the form for new lines."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        charter = await the_charter(connection, member, call.value or "", to_change=True)
    form = views.lines_form(charter.group_id)
    await (call.push(form) if call.view_type == "modal" else call.open(form))


async def on_lines(call: Call, services: Services) -> None:
    """Add the lines that a member proposes."""
    said = {topic: call.answers.text(topic) for topic in CharterTopic}
    proposed = {topic: text for topic, text in said.items() if text is not None}
    if not proposed:
        raise WrongAnswer(**{CharterTopic.SPEAKING.value: "Write one line here, or below."})
    for topic, text in proposed.items():
        with beside(topic):
            rules.one_line(text)
    if await asked_again(call, *proposed.values()):
        return
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        charter = await propose(
            connection,
            member,
            call.metadata,
            proposed,
            form_key=call.form_key,
            now=services.clock.now(),
        )
        view = await _view(connection, member, charter)
    await call.ack_update(view)
    await services.refresh_home(call)


async def open_line(call: Call, services: Services) -> None:
    """Open the form for another wording of a line."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        _, line = await the_line(connection, member, call.value or "")
    form = views.line_form(line)
    await (call.push(form) if call.view_type == "modal" else call.open(form))


async def on_line(call: Call, services: Services) -> None:
    """Change a line."""
    text = call.answers.text("text")
    if text is None:
        raise WrongAnswer(text="Write the line, or take it out with the button.")
    with beside("text"):
        rules.one_line(text)
    if await asked_again(call, text):
        return
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        now = services.clock.now()
        charter = await change(connection, member, call.metadata, text, now=now)
        view = await _view(connection, member, charter)
    await call.ack_update(view)
    await services.refresh_home(call)


async def on_remove(call: Call, services: Services) -> None:
    """Take a line out."""
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        now = services.clock.now()
        charter = await remove(connection, member, call.value or "", now=now)
        view = await _view(connection, member, charter)
    await call.show(view)
    await services.refresh_home(call)


async def on_say(call: Call, services: Services) -> None:
    """Keep what a member says to the version that they read."""
    group_id, _, number = (call.value or "").rpartition("|")
    stance = call.action_id.rpartition(":")[2]
    version = whole_number(number)
    if version is None or stance not in set(Stance):
        raise UserFacing(NOT_YOUR_CHARTER)
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        now, its = services.clock.now(), Stance(stance)
        charter = await say(connection, member, group_id, its, version=version, now=now)
        view = await _view(connection, member, charter)
    await call.show(view)
    await services.refresh_home(call)
