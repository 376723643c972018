"""`/checkin`, its form, one's own past check-ins, and the prompts for them."""

import json
from collections.abc import Mapping, Sequence
from functools import partial

from bot.checkins import rules, store
from bot.checkins.model import (
    Answer,
    Audience,
    Blocker,
    CheckInId,
    Hint,
    ProgrammeSeat,
    Reflection,
    ShownPrompt,
    Visibility,
    Writer,
)
from bot.checkins.store import writer_of
from bot.checkins.use_cases import (
    SHARED,
    ChangedCheckIn,
    CheckInForm,
    delete,
    narrow,
    save,
)
from bot.errands.model import Done, Impossible, Later
from bot.flows.retraction import redraw_nudges
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId
from bot.people.model import Member
from bot.people.use_cases import the_member
from bot.stages.model import Level
from handlers.checkins import form_views as views
from handlers.checkins import page_views as pages
from handlers.checkins.command import CheckinVerb, read_checkin
from handlers.checkins.messages import compose_shared, framework_of, stage_of
from handlers.edge.answers import Answers
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.sending.composer import SlackComposer
from handlers.sending.errands import Errands

OLD_FORM = "This form is from an earlier version. Copy your text and open /checkin again."


def register(edge: Edge) -> None:
    """The listeners of check-ins."""
    edge.command("/checkin", on_checkin)
    edge.action("checkin.open", open_form)
    edge.view("checkin.form", on_submit)
    edge.action("checkin.past", show_past)
    edge.action("checkin.read", on_read)
    edge.action("checkin.narrow", on_narrow)
    edge.action("checkin.delete", on_delete)


async def on_checkin(call: Call, services: Services) -> None:
    """`/checkin`, with or without a word after it."""
    verb = read_checkin(call.text)
    if verb is CheckinVerb.OPEN:
        await open_form(call, services)
    elif verb is CheckinVerb.PAST:
        await show_past(call, services)
    else:
        says = views.HELP if verb is CheckinVerb.HELP else views.NOT_UNDERSTOOD
        await call.tell(views.say(says))


async def open_form(call: Call, services: Services) -> None:
    """Open the form for a mentee, after a single query; tell anybody else why there is none."""
    async with services.database.reading_once() as connection:
        who = await writer_of(connection, call.workspace_id, call.slack_user_id)
    audience = rules.audience(who)
    place = rules.writing_seat(who) if who else None
    if who is None or place is None or audience is not Audience.WRITER:
        await call.tell(views.say(views.REFUSALS[audience]))
        return
    level = stage_of(services, who, place)
    await call.open(
        views.form(
            rules.prompts_for(level, who.member_id, turn=who.turn),
            stage=level,
            allowed=rules.open_to(place),
            crisis_contact=place.crisis_contact,
            metadata=_pack(who, place, level),
        )
    )


async def on_submit(call: Call, services: Services) -> None:
    """Save the form; show it again when something looks like it should not be in it."""
    packed = _unpack(call.metadata)
    level = framework_of(services, packed["f"]).level(packed["s"])
    if level is None:
        raise UserFacing(
            "The stages were changed meanwhile. Copy your text and open /checkin again."
        )
    asked = rules.prompts_for(level, MemberId(packed["m"]), turn=int(packed["t"]))
    entry = read_entry(call.answers, asked)
    if rules.is_empty(entry):
        await call.ack_errors(
            {_first_block(asked): "A few words here are enough, or anywhere below."}
        )
        return
    form = CheckInForm(
        programme_id=ProgrammeId(packed["p"]),
        group_id=GroupId(packed["g"]) if packed["g"] else None,
        stage=level.name,
        turn=int(packed["t"]),
    )
    hints = _hints(entry)
    if hints and "yes" not in call.answers.choices("save_anyway"):
        await _ask_again(call, services, entry=entry, asked=asked, level=level, hints=hints)
        return
    async with services.database.writing() as connection:
        saved = await save(
            connection,
            call.workspace_id,
            slack_user_id=call.slack_user_id,
            form=form,
            entry=entry,
            form_key=call.view_id or call.trigger_id or "",
            now=services.clock.now(),
        )
    if saved.entry.visibility is Visibility.GROUP:
        services.wake()
    await call.ack_update(views.saved(saved.entry.visibility))


async def _ask_again(
    call: Call,
    services: Services,
    *,
    entry: Reflection,
    asked: Sequence[ShownPrompt],
    level: Level,
    hints: Sequence[Hint],
) -> None:
    async with services.database.reading() as connection:
        who = await writer_of(connection, call.workspace_id, call.slack_user_id)
    place = rules.writing_seat(who) if who else None
    if place is None:
        raise UserFacing(views.REFUSALS[rules.audience(who)])
    await call.ack_update(
        views.form(
            asked,
            stage=level,
            allowed=rules.open_to(place),
            crisis_contact=place.crisis_contact,
            metadata=call.metadata,
            entry=entry,
            hints=hints,
        )
    )


def read_entry(answers: Answers, asked: Sequence[ShownPrompt]) -> Reflection:
    """What was filled in. An option that does not exist counts as left out."""
    texts = [(each, answers.text(f"lens_{each.lens}")) for each in asked]
    confidence = answers.choice("confidence") or ""
    blocker = answers.choice("blocker")
    visibility = answers.choice("visibility")
    return Reflection(
        answers=tuple(Answer(each.lens, each.prompt, text) for each, text in texts if text),
        confidence=int(confidence) if confidence in map(str, range(11)) else None,
        blocker=Blocker(blocker) if blocker in set(Blocker) else None,
        wish=answers.text("wish"),
        visibility=Visibility(visibility) if visibility in set(Visibility) else Visibility.ONLY_ME,
    )


def _hints(entry: Reflection) -> tuple[Hint, ...]:
    found = {hint for text in rules.texts(entry) for hint in rules.hints(text)}
    return tuple(hint for hint in Hint if hint in found)


def _first_block(asked: Sequence[ShownPrompt]) -> str:
    return f"lens_{asked[0].lens}" if asked else "wish"


async def show_past(call: Call, services: Services) -> None:
    """Open the list of one's own check-ins; whoever has left keeps theirs."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        limit = pages.PAST_SHOWN + 1
        found = await store.latest_of(connection, call.workspace_id, member.id, limit=limit)
    has_more = len(found) > pages.PAST_SHOWN
    await call.open(pages.past(found, tz=member.timezone, has_more=has_more))


async def on_read(call: Call, services: Services) -> None:
    """Lay one of one's own check-ins over the list."""
    member = await _member(call, services)
    async with services.database.reading() as connection:
        found = await store.find(connection, call.workspace_id, CheckInId(call.value or ""))
    if found is None or found.member_id != member.id:
        raise UserFacing("This check-in is not there any more. Open the list again.")
    await call.push(pages.one(found, tz=member.timezone))


async def on_narrow(call: Call, services: Services) -> None:
    """Show one of one's own check-ins to fewer people."""
    member = await _member(call, services)
    checkin_id, _, wanted = (call.value or "").partition("|")
    if wanted not in set(Visibility):
        raise UserFacing("This check-in is not there any more. Open the list again.")
    now = services.clock.now()
    async with services.database.writing() as connection:
        changed = await narrow(
            connection,
            call.workspace_id,
            member_id=member.id,
            checkin_id=CheckInId(checkin_id),
            to=Visibility(wanted),
            now=now,
            also=partial(redraw_nudges, now=now),
        )
    note = await _remove_post(services, changed)
    await call.update(pages.one(changed.checkin, tz=member.timezone, note=f"Changed. {note}"))


async def on_delete(call: Call, services: Services) -> None:
    """Delete one of one's own check-ins; Slack has asked for confirmation."""
    member = await _member(call, services)
    now = services.clock.now()
    async with services.database.writing() as connection:
        changed = await delete(
            connection,
            call.workspace_id,
            member_id=member.id,
            checkin_id=CheckInId(call.value or ""),
            now=now,
            also=partial(redraw_nudges, now=now),
        )
    await call.update(pages.deleted(await _remove_post(services, changed)))


async def _remove_post(services: Services, changed: ChangedCheckIn) -> str:
    """Remove the message in the group's channel; a sentence that says how that went."""
    services.wake()
    if changed.removal is None:
        return ""
    errands = Errands(services, SlackComposer(services, {SHARED: compose_shared}))
    match await errands.attempt(changed.removal):
        case Done():
            return "The message in your group's channel is removed."
        case Later():
            return "The message in your group's channel is removed as soon as Slack allows it."
        case Impossible():
            return (
                "The message in your group's channel could not be removed; ask somebody who "
                "manages the channel to delete it."
            )


async def _member(call: Call, services: Services) -> Member:
    async with services.database.reading() as connection:
        return await the_member(connection, call.workspace_id, call.slack_user_id)


def _pack(who: Writer, place: ProgrammeSeat, level: Level) -> str:
    """The modal's metadata: ids and places, never words."""
    packed = {
        "m": who.member_id,
        "p": place.programme_id,
        "g": place.group_id or "",
        "f": place.framework_id,
        "s": level.name,
        "t": str(who.turn),
    }
    return json.dumps(packed)


def _unpack(metadata: str) -> Mapping[str, str]:
    try:
        packed = json.loads(metadata)
        found = {key: str(packed[key]) for key in "mpgfst"}
        int(found["t"])
    except (ValueError, KeyError, TypeError):
        raise UserFacing(OLD_FORM) from None
    return found
