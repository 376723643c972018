"""`/checkin` and its form."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from bot.checkins import prompts, rules
from bot.checkins.rules import Audience, Visibility
from bot.checkins.schedule import note_shown
from bot.checkins.store import writer_of
from bot.checkins.use_cases import CheckInForm, save
from bot.kernel.errors import UserFacing
from bot.stages.changes import mentors_of
from bot.stages.rules import level_after
from handlers.checkins import changes, choices, form_views, handover, pages, replies, views
from handlers.checkins.answers import (
    OLD_FORM,
    drafted,
    goal_lines,
    pack,
    refuse_empty,
)
from handlers.edge.answers import WrongAnswer
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services
from handlers.patient_details import asked_again

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
    edge.action("checkin.preview", on_preview)
    choices.register(edge)
    handover.register(edge)
    pages.register(edge)
    replies.register(edge)
    always = replace(edge, guard=None)
    always.action("checkin.typed", on_checkin)
    always.action("checkin.undo_pause", choices.on_undo_pause)
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
    """Open the form for a mentee, after few queries; tell anybody else why there is none."""
    now = services.clock.now()
    async with services.database.reading_once() as connection:
        who = await writer_of(connection, call.workspace_id, call.slack_user_id)
    audience = rules.audience(who)
    seat = rules.writing_seat(who) if who else None
    if who is None or seat is None or audience is not Audience.WRITER:
        await call.tell(views.refusal(audience))
        return
    framework = services.framework(seat.framework_id)
    level = level_after(framework, seat.moved_to, initial=who.initial_stage)
    ask, asked = prompts.current_ask(who, framework, level, now=now)
    async with services.database.reading() as connection:
        goals = await goal_lines(connection, call.workspace_id, who.member_id, now=now)
        mentors = await mentors_of(connection, call.workspace_id, who.member_id)
    packed = CheckInForm(
        programme_id=seat.programme_id, group_id=seat.group_id, mentors=mentors, ask=ask
    )
    is_due = prompts.due_since(who.asks, written_at=None, now=now) is not None
    note = "" if is_due else views.asked_next(who.next_at, who.timezone)
    form = form_views.form(
        asked,
        stage=framework.level(ask.stage) or level,
        seat=seat,
        metadata=pack(packed),
        is_first=who.turn == 0,
        note=note,
        goals=goals,
    )
    await (call.push(form) if call.view_type == "modal" else call.open(form))
    if ask not in who.asks:
        async with services.database.writing() as connection:
            await note_shown(connection, call.workspace_id, who.member_id, ask)


async def on_preview(call: Call, services: Services) -> None:
    """Show what those chosen would read, before anything is saved."""
    draft = await drafted(call, services)
    await call.push(form_views.preview(draft.entry))


async def on_submit(call: Call, services: Services) -> None:
    """Save the form; show it again when something looks like it should not be in it."""
    draft = await drafted(call, services)
    entry, form = draft.entry, draft.form
    if call.answers.choice_of("visibility", Visibility) is None:
        raise WrongAnswer(visibility="Choose who may read it: without a choice nothing is saved.")
    refuse_empty(entry, first=f"lens_{draft.asked[0].lens}" if draft.asked else "wish")
    if form is None:
        raise UserFacing(OLD_FORM)
    if await asked_again(call, *rules.texts(entry)):
        return
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
        who = await writer_of(connection, call.workspace_id, call.slack_user_id)
    if saved.entry.visibility is Visibility.GROUP:
        services.wake()
    next_at, tz = (who.next_at, who.timezone) if who else (None, "UTC")
    await call.ack_update(form_views.saved(saved, next_at=next_at, tz=tz))
    await services.refresh_home(call)
