"""Fill in, compare, write, confirm and review an agreement in Slack."""

from dataclasses import replace
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.agreements import rules, store
from bot.agreements.model import Aspect, Expectations, PairProgress, PairSide
from bot.agreements.rules import Phase
from bot.agreements.use_cases import (
    Stamp,
    both_answers,
    confirm,
    drop_draft,
    fill,
    keep_as_it_is,
    latest_answers,
    own_answers,
    own_progress,
    take_back,
    text_to_write,
    the_progress,
    write,
)
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.people.model import Member
from bot.people.permissions import NOT_YOUR_AGREEMENT
from bot.people.use_cases import the_member
from bot.programme.model import last_day
from bot.programme.use_cases import the_programme
from handlers.agreements import form_views, views
from handlers.agreements.form_views import Prefilled
from handlers.blocks import View
from handlers.edge.answers import Answers, WrongAnswer, whole_number
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.patient_details import asked_again

NOTHING_YET = "You have not answered yet. Open the Home tab and fill in your answers first."


def register(edge: Edge) -> None:
    """Add the listeners of agreements. One's own can be read whatever is used now."""
    edge.action("agreement.fill", open_side)
    edge.view("agreement.side_form", on_side)
    edge.action("agreement.take_back", on_take_back)
    edge.action("agreement.write", open_text)
    edge.view("agreement.text_form", on_text)
    edge.action("agreement.confirm", on_confirm)
    edge.action("agreement.drop", on_drop)
    edge.action("agreement.keep", on_keep)
    always = replace(edge, guard=None)
    always.action("agreement.list", show_list)
    always.action("agreement.show", on_show)
    always.action("agreement.compare", on_compare)
    always.action("agreement.version", on_version)


async def show_list(call: Call, services: Services) -> None:
    """List a member's agreements."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        found = await own_progress(connection, member)
    with_sides = [(one, one.pair.side_of(member.id)) for one in found]
    await call.show(views.the_list(with_sides, tz=member.timezone, now=services.clock.now()))


async def open_side(call: Call, services: Services) -> None:
    """Open the form for one's own answers, filled in as before or as for somebody else."""
    pairing_id = call.value or ""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        progress, side = await the_progress(connection, member, pairing_id, to_change=True)
        everybody = await own_progress(connection, member)
        own = await own_answers(connection, progress, side)
        latest = await latest_answers(connection, member, everybody, beside=pairing_id)
        programme = await the_programme(connection, call.workspace_id, progress.pair.programme_id)
    now = services.clock.now()
    before = Prefilled(own) if own is not None else Prefilled(*(latest or ({},)))
    also = [
        (one.pair.pairing_id, one.pair.name_of(its.other))
        for one in everybody
        for its in [one.pair.side_of(member.id)]
        if one.pair.pairing_id != pairing_id and rules.phase_of(one, its, now=now) is Phase.FILL
    ]
    form = form_views.side_form(
        progress.pair.name_of(side.other),
        pairing_id,
        before=before,
        also=also,
        ends_on=last_day(programme),
    )
    await (call.push(form) if call.view_type == "modal" else call.open(form))


async def on_side(call: Call, services: Services) -> None:
    """Keep one's own answers, for this pair and those named beside it."""
    said = _answers_in(
        call.answers, most_chars=rules.MOST_CHARS, today=await _today(call, services)
    )
    pairing_ids = [call.metadata, *call.answers.choices("also")]
    if await asked_again(call, *_words_in(said)):
        return
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        filled = await fill(connection, member, pairing_ids, said, now=services.clock.now())
    if len(filled) > 1:
        names = [one.pair.name_of(one.pair.side_of(member.id).other) for one in filled]
        await call.ack_update(views.saved_for_several(names))
    else:
        await call.ack_update(await _look(services, member, filled[0]))
    await services.refresh_home(call)


async def _today(call: Call, services: Services) -> date:
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
    return local_date(services.clock.now(), member.timezone)


def _words_in(said: Expectations) -> list[str]:
    return [text for aspect, text in said.items() if aspect in rules.WORDS]


def _answers_in(answers: Answers, *, most_chars: int, today: date) -> dict[Aspect, str]:
    """Read what was filled in. Raises WrongAnswer beside what cannot be kept."""
    said: dict[Aspect, str] = {}
    for aspect in Aspect:
        if aspect in rules.WORDS:
            value = answers.text(aspect)
        elif aspect is Aspect.ENDS_ON:
            day = answers.date(aspect)
            value = day.isoformat() if day else None
        else:
            value = answers.choice(aspect)
        if value is not None:
            said[aspect] = value
    if wrong := rules.problems(said, most_chars=most_chars, today=today):
        raise WrongAnswer(**{aspect.value: sentence for aspect, sentence in wrong.items()})
    return said


async def on_show(call: Call, services: Services) -> None:
    """Show a pair's agreement as it stands: own answers, both answers, or the text."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        progress, _ = await the_progress(connection, member, call.value or "")
    await call.show(await _look(services, member, progress))


async def _look(services: Services, member: Member, progress: PairProgress) -> View:
    """Draw what a member sees of a pair now."""
    side = progress.pair.side_of(member.id)
    latest = progress.draft or progress.agreed
    async with services.database.reading() as connection:
        if latest is not None:
            return await _version_view(services, connection, member, progress, latest.number)
        if progress.are_both_filled:
            return await _comparison(connection, progress, side)
        if side not in progress.filled:
            raise UserFacing(NOTHING_YET)
        return views.own_answers(progress, side, await own_answers(connection, progress, side))


async def _comparison(connection: AsyncConnection, progress: PairProgress, side: PairSide) -> View:
    mentee, mentor = await both_answers(connection, progress)
    if mentee is None or mentor is None:
        own = mentee if side is PairSide.MENTEE else mentor
        return views.lost_answers(progress, side, is_own=own is None)
    return views.comparison(progress, side, mentee, mentor)


async def _version_view(
    services: Services,
    connection: AsyncConnection,
    member: Member,
    progress: PairProgress,
    number: int,
) -> View:
    version = next((one for one in progress.versions if one.number == number), None)
    if version is None:
        raise UserFacing("This version is gone. Open the agreement again from the Home tab.")
    text = await store.text_of(connection, progress.pair, number)
    side = progress.pair.side_of(member.id)
    shown = views.OpenVersion(version, text)
    now = services.clock.now()
    return views.agreement_view(progress, side, shown, tz=member.timezone, now=now)


async def on_version(call: Call, services: Services) -> None:
    """Show one version of an agreement."""
    pairing_id, (number, _) = _stamp_in(call.value)
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        progress, _side = await the_progress(connection, member, pairing_id)
        view = await _version_view(services, connection, member, progress, number)
    await call.show(view)


async def on_compare(call: Call, services: Services) -> None:
    """Show both answers side by side."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        progress, side = await the_progress(connection, member, call.value or "")
        view = await _comparison(connection, progress, side)
    await call.show(view)


async def on_take_back(call: Call, services: Services) -> None:
    """Delete one's own answers while nobody has read them."""
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        await take_back(connection, member, call.value or "")
    await call.say("Your answers are deleted. You can write them anew at any time.", title="Gone")
    await services.refresh_home(call)


async def open_text(call: Call, services: Services) -> None:
    """Open the form for the text of both, made of the latest one or of the two answers."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        progress, _ = await the_progress(connection, member, call.value or "", to_change=True)
        text, (number, revision) = await text_to_write(connection, progress)
        both = await _both_readable(connection, progress)
    names = (progress.pair.name_of(PairSide.MENTEE), progress.pair.name_of(PairSide.MENTOR))
    stamp = f"{progress.pair.pairing_id}|{number}|{revision}"
    form = form_views.text_form(both, names, text, metadata=stamp)
    await (call.push(form) if call.view_type == "modal" else call.open(form))


async def _both_readable(
    connection: AsyncConnection, progress: PairProgress
) -> tuple[Expectations, Expectations] | None:
    """Open both answers for the first text; None for a later one, or where one is lost."""
    if progress.versions:
        return None
    mentee, mentor = await both_answers(connection, progress)
    return None if mentee is None or mentor is None else (mentee, mentor)


async def on_text(call: Call, services: Services) -> None:
    """Keep the text that a member wrote for both."""
    pairing_id, seen = _stamp_in(call.metadata)
    text = _answers_in(
        call.answers, most_chars=2 * rules.MOST_CHARS + 1, today=await _today(call, services)
    )
    if await asked_again(call, *_words_in(text)):
        return
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        now = services.clock.now()
        progress = await write(connection, member, pairing_id, text, seen=seen, now=now)
    await call.ack_update(await _look(services, member, progress))
    await services.refresh_home(call)


async def on_confirm(call: Call, services: Services) -> None:
    """Confirm the text that the other wrote."""
    pairing_id, seen = _stamp_in(call.value)
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        now = services.clock.now()
        progress = await confirm(connection, member, pairing_id, seen=seen, now=now)
    await call.show(await _look(services, member, progress))
    await services.refresh_home(call)


async def on_drop(call: Call, services: Services) -> None:
    """Delete a text on which the two have not agreed."""
    pairing_id, seen = _stamp_in(call.value)
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        progress = await drop_draft(connection, member, pairing_id, seen=seen)
    await call.show(await _look(services, member, progress))
    await services.refresh_home(call)


async def on_keep(call: Call, services: Services) -> None:
    """Keep what was agreed after looking at it again."""
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        now = services.clock.now()
        progress = await keep_as_it_is(connection, member, call.value or "", now=now)
    await call.show(await _look(services, member, progress))
    await services.refresh_home(call)


def _stamp_in(value: str | None) -> tuple[str, Stamp]:
    pairing_id, *stamp = (value or "").split("|")
    numbers = [whole_number(one) for one in stamp]
    if len(numbers) != 2 or None in numbers:
        raise UserFacing(NOT_YOUR_AGREEMENT)
    return pairing_id, (numbers[0] or 0, numbers[1] or 0)
