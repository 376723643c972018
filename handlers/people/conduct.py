"""The code of conduct: members read and accept it, a coordinator writes a programme's own."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.model import Act
from bot.flows.recipients import arrival_of
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import WorkspaceId
from bot.people import conduct, store, use_cases
from bot.people.model import CodeOfConduct
from bot.people.use_cases import the_coordinator, the_member
from bot.programme.model import Programme
from bot.programme.texts import ask_conduct_again, set_conduct
from bot.programme.use_cases import current_programme
from handlers.blocks import View
from handlers.edge.answers import WrongAnswer, beside, must_fit
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.people import conduct_views as views

NEW_TEXT = (
    "The text has changed since you opened this. Close it and read it again: nothing is saved."
)
NO_PROGRAMME = "Set up the programme first: the code of conduct belongs to it."


def register(edge: Edge) -> None:
    """Add the listeners of the code of conduct."""
    edge.action("people.conduct", on_conduct)
    edge.view("people.conduct_form", on_conduct_form)
    edge.action("people.conduct_accepted", on_accepted)
    edge.action("people.conduct_text", on_text)
    edge.view("people.conduct_text_form", on_text_form)
    edge.action("people.conduct_usual", on_usual)
    edge.action("people.conduct_again", on_again)
    edge.view("people.conduct_again_form", on_again_form)


async def code_now(
    services: Services, connection: AsyncConnection, workspace_id: WorkspaceId
) -> tuple[CodeOfConduct, Programme | None]:
    """Read the code of conduct of the programme that there is, and that programme."""
    programme = await current_programme(connection, workspace_id)
    own, usual = programme.conduct_text if programme else None, services.catalogue.conduct
    return await conduct.code_of_conduct(connection, workspace_id, own, usual), programme


async def on_conduct(call: Call, services: Services) -> None:
    """Show a member the code of conduct, and which words of it they have accepted."""
    async with services.database.reading() as connection:
        me = await the_member(connection, call.workspace_id, call.slack_user_id)
        code, programme = await code_now(services, connection, call.workspace_id)
    at = me.conduct_accepted_at
    is_own = bool(programme and programme.conduct_text)
    await call.show(
        views.conduct_modal(
            code,
            accepted_on=local_date(at, me.timezone) if at else None,
            has_changed=at is not None and not conduct.has_accepted(me, code, is_own=is_own),
            may_read_accepted=me.conduct_text is not None,
        )
    )


async def on_conduct_form(call: Call, services: Services) -> None:
    """Note that a member accepts the code of conduct, in the words that they read."""
    if "yes" not in call.answers.choices("agree"):
        raise WrongAnswer(agree="Tick the box to accept, or close this window.")
    async with services.database.writing() as connection:
        me = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        code, _ = await code_now(services, connection, call.workspace_id)
        if call.metadata != code.digest:
            raise WrongAnswer(agree=NEW_TEXT)
        await use_cases.accept_conduct(connection, me, now=services.clock.now(), code=code)
    await call.ack()
    await services.refresh_home(call)


async def on_accepted(call: Call, services: Services) -> None:
    """Show a member the words that they accepted."""
    async with services.database.reading() as connection:
        me = await the_member(connection, call.workspace_id, call.slack_user_id)
        code = await conduct.accepted_code(connection, me)
    if code is None:
        raise UserFacing("You accepted the code of conduct before its wordings were kept.")
    await call.show(views.accepted_modal(code))


async def on_text(call: Call, services: Services) -> None:
    """Show a coordinator the code of conduct as it is, to read or to change."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        code, programme = await code_now(services, connection, call.workspace_id)
    if programme is None:
        raise UserFacing(NO_PROGRAMME)
    await call.show(views.text_form(code, programme))


async def on_text_form(call: Call, services: Services) -> None:
    """Keep a programme's own code of conduct; who accepted another keeps what they accepted."""
    await services.coordinator(call)
    with beside("introduction"):
        introduction = conduct.checked_introduction(call.answers.text("introduction"))
    with beside("promises"):
        promises = conduct.checked_promises(call.answers.text("promises"))
        must_fit(views.listed(promises))
    programme_id, _, read = call.metadata.partition(" ")
    programme = await services.programme(call, programme_id)
    async with services.database.writing() as connection:
        before, _ = await code_now(services, connection, call.workspace_id)
        if before.digest != read:
            raise WrongAnswer(introduction=NEW_TEXT)
        wanted = replace(before, introduction=introduction, promises=promises)
        if wanted != before:
            await _keep(connection, call, services, programme, wanted)
    await call.ack_update(await _page(call, services))
    await services.refresh_home(call)


async def _keep(
    connection: AsyncConnection,
    call: Call,
    services: Services,
    programme: Programme,
    code: CodeOfConduct,
) -> None:
    """Let these words hold for a programme: those of the files, or words of its own."""
    is_usual = code == services.catalogue.conduct
    now, workspace_id = services.clock.now(), call.workspace_id
    own = None if is_usual else await conduct.keep_words(connection, workspace_id, code, now=now)
    await set_conduct(connection, workspace_id, programme.id, own)
    await services.record(
        connection, call, Act.TEXT_CHANGED, programme_id=programme.id, what="code of conduct"
    )


async def on_usual(call: Call, services: Services) -> None:
    """Go back to the code of conduct of the files."""
    programme = await services.programme(call, call.value)
    async with services.database.writing() as connection:
        await _keep(connection, call, services, programme, services.catalogue.conduct)
    await call.show(await _page(call, services))
    await services.refresh_home(call)


async def _page(call: Call, services: Services) -> View:
    """Draw the code of conduct as members read it, with how many accepted other words."""
    async with services.database.reading() as connection:
        await the_coordinator(connection, call.workspace_id, call.slack_user_id)
        code, programme = await code_now(services, connection, call.workspace_id)
        if programme is None:
            raise UserFacing(NO_PROGRAMME)
        is_own = programme.conduct_text is not None
        its = (connection, call.workspace_id, code)
        others = await conduct.accepted_others(*its, is_own=is_own)
    return views.text_page(code, programme, others=len(others))


async def on_again(call: Call, services: Services) -> None:
    """Show a coordinator the message to those who accepted other words, before it is sent."""
    now, workspace_id = services.clock.now(), call.workspace_id
    async with services.database.reading() as connection:
        await the_coordinator(connection, workspace_id, call.slack_user_id)
        code, programme = await code_now(services, connection, workspace_id)
        is_own = bool(programme and programme.conduct_text)
        who = await conduct.accepted_others(connection, workspace_id, code, is_own=is_own)
        if programme is None or not who:
            raise UserFacing("Everybody who accepted the code of conduct accepted these words.")
        example = await store.member(connection, workspace_id, who[0][0])
        comes = await arrival_of(connection, workspace_id, [one for _, one in who], now)
    if example is not None:
        await call.show(views.again_modal(example, programme, comes, digest=code.digest))


async def on_again_form(call: Call, services: Services) -> None:
    """Ask those who accepted other words to read these; their acceptance stays until they do."""
    now, workspace_id = services.clock.now(), call.workspace_id
    programme_id, _, read = call.metadata.partition(" ")
    programme = await services.programme(call, programme_id)
    async with services.database.writing() as connection:
        code, _ = await code_now(services, connection, workspace_id)
        if code.digest != read:
            raise UserFacing(NEW_TEXT)
        is_own = programme.conduct_text is not None
        who = await conduct.accepted_others(connection, workspace_id, code, is_own=is_own)
        await ask_conduct_again(connection, workspace_id, programme.id, code.digest)
        notices = conduct.notices_again(who, code.digest, now=now)
        asked = await use_cases.send_all(connection, workspace_id, notices, now=now)
        its = programme.id
        await services.record(connection, call, Act.CONDUCT_ASKED, programme_id=its, what=asked)
    services.wake()
    await call.ack_update(views.asked_again(asked))
    await services.refresh_home(call)
