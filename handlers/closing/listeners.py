"""Looking back at a programme, and thanking one person."""

from bot.closing import store, use_cases
from bot.closing.model import ThanksId
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.people import store as people
from bot.people.model import PAIRED
from bot.people.use_cases import the_member
from bot.portfolio.use_cases import own_checkins, programme_for
from bot.stages import store as stages
from handlers.closing import views
from handlers.edge.answers import WrongAnswer, beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.patient_details import asked_again


def register(edge: Edge) -> None:
    """Add the listeners of the close."""
    edge.action("closing.open", on_open)
    edge.view("closing.form", on_form)
    edge.action("closing.thank", on_thanks)
    edge.view("closing.thank_form", on_thanks_form)
    edge.action("closing.read", on_read)
    edge.action("closing.take_back", on_take_back)


async def on_open(call: Call, services: Services) -> None:
    """Ask a mentee to look back, beside how they began."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await programme_for(connection, member)
        if not member.is_mentee:
            raise UserFacing("Only mentees are asked to look back. You can thank somebody on Home.")
        its = (connection, member.workspace_id, member.id, programme.id)
        written = await store.find_looking_back(*its)
        own = await own_checkins(connection, member, programme)
        history = await stages.history(connection, member.workspace_id, member.id)
    framework = services.framework_of(programme)
    began = use_cases.then_and_now(own, history, framework, member.stage)
    form = views.form(
        began,
        changed=written.changed if written else "",
        next_network=written.next_network if written else "",
        crisis_contact=programme.crisis_contact,
        tz=member.timezone,
    )
    await call.open(form)


async def on_form(call: Call, services: Services) -> None:
    """Keep what a mentee wrote at the close; ask again where it looks like a patient's details."""
    answers = call.answers
    filled = {name: answers.text(name) or "" for name in ("changed", "next_network")}
    if await asked_again(call, *filled.values()):
        return
    with beside("changed"):
        async with services.database.writing() as connection:
            member = await the_member(connection, call.workspace_id, call.slack_user_id)
            programme = await programme_for(connection, member)
            now = services.clock.now()
            await use_cases.look_back(connection, member, programme, **filled, now=now)
    await call.ack_update(views.saved())
    await services.refresh_home(call)


async def on_thanks(call: Call, services: Services) -> None:
    """Ask a member whom they thank, and for what."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await programme_for(connection, member)
        if not member.roles & PAIRED:
            raise UserFacing("Members of a mentoring group thank one person here.")
        its = (connection, member.workspace_id, member.id, programme.id)
        if await store.thanks_of(*its):
            raise UserFacing(use_cases.THANKED)
        there = await use_cases.people_to_thank(connection, member, programme)
    await call.show(views.thanks_form([(one.id, one.name) for one in there]))


async def on_thanks_form(call: Call, services: Services) -> None:
    """Send thanks to one person; ask again where they look like a patient's details."""
    to, text = call.answers.choice("to"), call.answers.text("text") or ""
    if to is None:
        raise WrongAnswer(to="Choose one person.")
    if await asked_again(call, text):
        return
    with beside("text"):
        async with services.database.writing() as connection:
            member = await the_member(connection, call.workspace_id, call.slack_user_id)
            programme = await programme_for(connection, member)
            now, whom = services.clock.now(), MemberId(to)
            person = await use_cases.thank(
                connection, member, programme, to=whom, text=text, now=now
            )
    services.wake()
    await call.ack_update(views.thanks_sent(person.name))
    await services.refresh_home(call)


async def on_read(call: Call, services: Services) -> None:
    """Show thanks to the one whom they are for."""
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        thanks_id = ThanksId(call.value or "")
        one = await use_cases.read(connection, member, thanks_id, now=services.clock.now())
        giver = await people.member(connection, call.workspace_id, one.member_id)
    await call.open(views.thanks_view(one, giver=giver.name if giver else "A former member"))


async def on_take_back(call: Call, services: Services) -> None:
    """Take back thanks that were not read."""
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        thanks_id = ThanksId(call.value or "")
        await use_cases.take_back(connection, member, thanks_id, now=services.clock.now())
    await call.say("Your thanks are taken back; nobody has read them.", title="Thanks")
    await services.refresh_home(call)
