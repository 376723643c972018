"""`/checkin` and its form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from bot.checkins import rules
from bot.checkins.rules import (
    Answer,
    Audience,
    Blocker,
    Hint,
    ProgrammeSeat,
    Reflection,
    ShownPrompt,
    Visibility,
    Writer,
)
from bot.checkins.store import writer_of
from bot.checkins.use_cases import CheckInForm, save
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId
from bot.stages.model import Level
from handlers.checkins import changes, pages, views
from handlers.checkins.messages import stage_of
from handlers.edge.answers import Answers, WrongAnswer, read_json
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services

OLD_FORM = "This form is from an earlier version. Copy your text and open /checkin again."


_AROUND_A_WORD = " \t\n\r\"'`*_.,;:!?-–—/“”‘’«»()"


class CheckinVerb(StrEnum):
    """The requests that `/checkin` understands."""

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
    """Add the listeners of check-ins. One's own words stay within reach, whatever is used now."""
    edge.action("checkin.open", open_form)
    edge.view("checkin.form", on_submit)
    pages.register(edge)
    always = replace(edge, guard=None)
    always.action("checkin.typed", on_checkin)
    changes.register(always)


async def on_checkin(call: Call, services: Services) -> None:
    """Do what was typed after `/checkin`, if anything."""
    match read_checkin(call.text):
        case CheckinVerb.OPEN:
            await open_form(call, services)
        case CheckinVerb.PAST:
            await changes.show_past(call, services)
        case verb:
            is_help = verb is CheckinVerb.HELP
            await call.tell(views.with_buttons(views.HELP) if is_help else views.not_understood())


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
        await call.tell(views.refusal(audience))
        return
    level = stage_of(services, who, seat)
    asked = rules.prompts_for(level, who.member_id, turn=who.turn)
    form = views.form(asked, stage=level, seat=seat, metadata=_pack(who, seat, level))
    await (call.push(form) if call.view_type == "modal" else call.open(form))


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
        again = views.form(
            asked, stage=level, seat=seat, metadata=call.metadata, entry=entry, hints=hints
        )
        await call.ack_update(again)
        return
    form = CheckInForm(
        programme_id=ProgrammeId(packed["p"]),
        group_id=GroupId(packed["g"]) if packed["g"] else None,
        stage=level.name,
        turn=turn,
    )
    async with services.database.writing() as connection:
        saved = await save(
            connection,
            call.workspace_id,
            slack_user_id=call.slack_user_id,
            form=form,
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
        packed = read_json(metadata)
        found = {key: str(packed[key]) for key in "mpgfst"}
        int(found["t"])
    except (ValueError, KeyError, TypeError):
        raise UserFacing(OLD_FORM) from None
    return found
