"""`/checkin`, its form, one's own past check-ins, and the messages about them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import rules, store
from bot.checkins.rules import (
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
from bot.delivery import store as delivery
from bot.delivery.model import Entry
from bot.errands.store import Done, Impossible, Later
from bot.flows.erasure import redraw_nudges
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, SlackUserId
from bot.people import store as people
from bot.people.model import Member
from bot.people.use_cases import the_member
from bot.schedule import choices
from bot.stages.changes import PROMPT
from bot.stages.model import Level
from bot.stages.rules import level_after
from handlers.blocks import View, paragraph
from handlers.checkins import views
from handlers.edge.answers import Answers, WrongAnswer
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.sending.errands import Errands
from handlers.sending.messenger import SlackComposer, Written

GONE = "This check-in is not there any more. Open the list again."
OLD_FORM = "This form is from an earlier version. Copy your text and open /checkin again."


_AROUND_A_WORD = " \t\n\r\"'`*_.,;:!?-–—/“”‘’«»()"


class CheckinVerb(StrEnum):
    """What `/checkin` can be asked for."""

    OPEN = "open"
    PAST = "past"
    HELP = "help"
    UNKNOWN = "unknown"


_CHECKIN: Mapping[CheckinVerb, tuple[str, ...]] = {
    CheckinVerb.OPEN: ("", "open", "new", "start", "now", "write"),
    CheckinVerb.PAST: ("past", "history", "list", "mine", "my check-ins", "my checkins", "read"),
    CheckinVerb.HELP: ("help", "h", "how", "what", "usage", "info"),
}


def register(edge: Edge) -> None:
    """Add the listeners of check-ins."""
    edge.action("checkin.typed", on_checkin)
    edge.action("checkin.open", open_form)
    edge.view("checkin.form", on_submit)
    edge.action("checkin.past", show_past)
    edge.action("checkin.read", on_read)
    edge.action("checkin.narrow", on_narrow)
    edge.action("checkin.delete", on_delete)


async def on_checkin(call: Call, services: Services) -> None:
    """Do what was typed after `/checkin`, if anything."""
    match read_checkin(call.text):
        case CheckinVerb.OPEN:
            await open_form(call, services)
        case CheckinVerb.PAST:
            await show_past(call, services)
        case verb:
            says = views.HELP if verb is CheckinVerb.HELP else views.NOT_UNDERSTOOD
            await call.tell(paragraph(says))


def read_checkin(text: str) -> CheckinVerb:
    """Read the verb that was typed after `/checkin`; UNKNOWN for anything that is not one.

    Capitals, white space and punctuation around it do not matter. A reflection typed here is
    UNKNOWN: it is neither kept nor repeated.
    """
    if text.strip() in {"?", "-h", "--help"}:
        return CheckinVerb.HELP
    word = " ".join(text.strip(_AROUND_A_WORD).casefold().split())
    if not word and text.strip():
        return CheckinVerb.UNKNOWN
    found = (verb for verb, words in _CHECKIN.items() if word in words)
    return next(found, CheckinVerb.UNKNOWN)


async def open_form(call: Call, services: Services) -> None:
    """Open the form for a mentee, after a single query; tell anybody else why there is none."""
    async with services.database.reading_once() as connection:
        who = await writer_of(connection, call.workspace_id, call.slack_user_id)
    audience = rules.audience(who)
    seat = rules.writing_seat(who) if who else None
    if who is None or seat is None or audience is not Audience.WRITER:
        await call.tell(paragraph(views.REFUSALS[audience]))
        return
    level = stage_of(services, who, seat)
    asked = rules.prompts_for(level, who.member_id, turn=who.turn)
    await call.open(_form(asked, level, seat, metadata=_pack(who, seat, level)))


def _form(
    asked: Sequence[ShownPrompt],
    level: Level,
    seat: ProgrammeSeat,
    *,
    metadata: str,
    entry: Reflection | None = None,
    hints: Sequence[Hint] = (),
) -> View:
    return views.form(
        asked,
        stage=level,
        allowed=rules.open_to(seat),
        crisis_contact=seat.crisis_contact,
        metadata=metadata,
        entry=entry,
        hints=hints,
    )


async def on_submit(call: Call, services: Services) -> None:
    """Save the form; show it again when something looks like it should not be in it."""
    packed = _unpack(call.metadata)
    level = services.framework(packed["f"]).level(packed["s"])
    if level is None:
        raise UserFacing(
            "The stages were changed meanwhile. Copy your text and open /checkin again."
        )
    turn = int(packed["t"])
    asked = rules.prompts_for(level, MemberId(packed["m"]), turn=turn)
    entry = read_entry(call.answers, asked)
    if rules.is_empty(entry):
        first = f"lens_{asked[0].lens}" if asked else "wish"
        raise WrongAnswer(**{first: "A few words here are enough, or anywhere below."})
    hints = _hints(entry)
    if hints and "yes" not in call.answers.choices("save_anyway"):
        async with services.database.reading() as connection:
            who = await writer_of(connection, call.workspace_id, call.slack_user_id)
        seat = rules.writing_seat(who) if who else None
        if seat is None:
            raise UserFacing(views.REFUSALS[rules.audience(who)])
        again = _form(asked, level, seat, metadata=call.metadata, entry=entry, hints=hints)
        await call.ack_update(again)
        return
    programme_id, group_id = ProgrammeId(packed["p"]), GroupId(packed["g"]) if packed["g"] else None
    async with services.database.writing() as connection:
        saved = await save(
            connection,
            call.workspace_id,
            slack_user_id=call.slack_user_id,
            form=CheckInForm(
                programme_id=programme_id, group_id=group_id, stage=level.name, turn=turn
            ),
            entry=entry,
            form_key=call.form_key,
            now=services.clock.now(),
        )
    if saved.entry.visibility is Visibility.GROUP:
        services.wake()
    await call.ack_update(views.saved(saved.entry.visibility))
    await services.refresh_home(call)


def read_entry(answers: Answers, asked: Sequence[ShownPrompt]) -> Reflection:
    """Read what was filled in. An option that does not exist counts as left out."""
    texts = [(each, answers.text(f"lens_{each.lens}")) for each in asked]
    confidence = answers.choice("confidence") or ""
    return Reflection(
        answers=tuple(Answer(each.lens, each.prompt, text) for each, text in texts if text),
        confidence=int(confidence) if confidence in map(str, range(11)) else None,
        blocker=answers.choice_of("blocker", Blocker),
        wish=answers.text("wish"),
        visibility=answers.choice_of("visibility", Visibility) or Visibility.ONLY_ME,
    )


def _hints(entry: Reflection) -> tuple[Hint, ...]:
    found = {hint for text in rules.texts(entry) for hint in rules.hints(text)}
    return tuple(hint for hint in Hint if hint in found)


async def show_past(call: Call, services: Services) -> None:
    """Show the list of one's own check-ins; a member who has left keeps theirs."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        limit = views.PAST_SHOWN + 1
        found = await store.latest_of(connection, call.workspace_id, member.id, limit=limit)
    has_more = len(found) > views.PAST_SHOWN
    await call.show(views.past(found, tz=member.timezone, has_more=has_more))


async def on_read(call: Call, services: Services) -> None:
    """Lay one of one's own check-ins over the list."""
    member = await services.member(call)
    async with services.database.reading() as connection:
        found = await store.find(connection, call.workspace_id, CheckInId(call.value or ""))
    if found is None or found.member_id != member.id:
        raise UserFacing(GONE)
    await call.push(views.own(found, tz=member.timezone))


async def on_narrow(call: Call, services: Services) -> None:
    """Show one of one's own check-ins to fewer people."""
    member = await services.member(call)
    checkin_id, _, wanted = (call.value or "").partition("|")
    if wanted not in set(Visibility):
        raise UserFacing(GONE)
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
    await call.update(views.own(changed.checkin, tz=member.timezone, note=f"Changed. {note}"))


async def on_delete(call: Call, services: Services) -> None:
    """Delete one of one's own check-ins; Slack has asked for confirmation."""
    member = await services.member(call)
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
    await call.update(views.deleted(await _remove_post(services, changed)))
    await services.refresh_home(call)


async def _remove_post(services: Services, changed: ChangedCheckIn) -> str:
    """Remove the message in the group's channel; a sentence that says how that went."""
    services.wake()
    if changed.removal is None:
        return ""
    errands = Errands(services, SlackComposer(services, {SHARED: write_shared}))
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


def _pack(who: Writer, seat: ProgrammeSeat, level: Level) -> str:
    """Write the modal's metadata: ids and positions, never words."""
    packed = {
        "m": who.member_id,
        "p": seat.programme_id,
        "g": seat.group_id or "",
        "f": seat.framework_id,
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


def stage_of(services: Services, who: Writer, seat: ProgrammeSeat) -> Level:
    framework = services.framework(seat.framework_id)
    return level_after(framework, seat.moved_to, initial=who.initial_stage)


async def write_prompt(services: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Ask for a check-in; nothing once it is written, or to a member who is away or has left."""
    member = await people.member(connection, entry.workspace_id, MemberId(entry.subject_id))
    slack_user_id = SlackUserId(entry.recipient)
    who = await writer_of(connection, entry.workspace_id, slack_user_id)
    seat = rules.writing_seat(who) if who else None
    if member is None or who is None or seat is None or member.is_away(services.clock.now()):
        return None
    found = await store.last_written(connection, entry.workspace_id, member_ids=[member.id])
    written_at = found.get(member.id)
    if written_at is not None and written_at >= entry.created_at:
        return None
    if rules.asks_about_rhythm(await _ignored(connection, member, written_at)):
        return views.ask_about_rhythm(member.name, kind=PROMPT)
    level = stage_of(services, who, seat)
    asked = rules.prompts_for(level, member.id, turn=who.turn)
    return views.prompt(member.name, question=asked[0].prompt)


async def _ignored(connection: AsyncConnection, member: Member, written_at: datetime | None) -> int:
    """Count the prompts since the last check-in, or since the member chose their rhythm."""
    its = {"kind": PROMPT, "subject_id": member.id}
    _, chosen_at = await choices.choice_of(connection, member.workspace_id, **its)
    return await delivery.sent_since(
        connection,
        member.workspace_id,
        kind=PROMPT,
        recipient=member.slack_user_id,
        since=max((at for at in (written_at, chosen_at) if at), default=None),
    )


async def write_shared(_: Services, connection: AsyncConnection, entry: Entry) -> Written:
    """Show a check-in to a group; nothing once it is deleted or shown to fewer people."""
    found = await store.find(connection, entry.workspace_id, CheckInId(entry.subject_id))
    if found is None or found.entry.visibility is not Visibility.GROUP:
        return None
    writer = await people.member(connection, entry.workspace_id, found.member_id)
    return views.shared(found, name=writer.name) if writer else None
