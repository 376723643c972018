"""Concerns: the form, what happens after it, what those read who are asked, the foot of Home."""

from datetime import datetime

from bot.care.model import MOST_WORDS, Concern, Concerns, Reach, Route
from bot.kernel.ids import MemberId
from bot.kernel.ports import Message
from bot.kernel.words import agree, cut, listed, plural
from bot.programme.model import Programme
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape, person
from handlers.free_text import quoted

TITLE = "Talk to a person"
MOST_SHOWN = 8
"""Each with its words, of the 100 blocks that a view holds."""
NAME_CHARS = 24
UNREADABLE_NOW = (
    "This cannot be opened just now. Nothing is lost; try again in a few minutes. The contacts at "
    "the foot of Home are there for you meanwhile."
)
UNREADABLE = "_This cannot be read any more: its key is missing. Ask an administrator._"
HAVE_IT = "Noted. They read that you have it. Please write to them now, in Slack or as you like."
SOLVED = "Noted: it is solved. It is deleted after thirty days."
TAKEN_BACK = "It is taken back and deleted. Nobody can read it any more."
MEANWHILE = "The contacts at the foot of Home are there for you meanwhile."
NOT_MONITORED = "Cairn is not monitored and not for emergencies."
NOTE = (
    "Something waits for you in Cairn. Nobody but you can open it, here or at the foot of Cairn's "
    "Home tab."
)


def form(reach: Reach, *, before: str = "", instead_of: str = "") -> View:
    """Ask whom to tell, and for words that may be left out.

    With `instead_of`, the id of a concern that waits, its words stand there, and it goes to
    whomever is chosen in its place.
    """
    choices = [(_packed(one), _label(one, reach)) for one in reach.routes]
    to = ui.radio("to", choices, chosen=choices[0][0])
    words = ui.text_field("words", multiline=True, max_chars=MOST_WORDS, initial=before or None)
    goes = "Those who were asked before, and are not now, can read it no more."
    return ui.modal(
        callback_id="care.form",
        title=TITLE,
        submit="Ask them to contact me",
        close="Not now",
        blocks=[
            ui.field("to", "Who is to hear from you?", to, hint=_about_them(reach)),
            ui.context(_who_sees(reach)),
            *([ui.context(_away(reach))] if reach.stand_ins else []),
            ui.field(
                "words",
                "What is it about?",
                words,
                hint="You can leave this out: they read that you would like to hear from them.",
                optional=True,
            ),
            ui.context(f"*{NOT_MONITORED}*{_crisis(reach.programme)}"),
            *([ui.context(goes)] if instead_of else []),
        ],
        metadata=instead_of,
    )


def _packed(route: Route) -> str:
    return f"{route.to}|{route.then}" if route.then else route.to


def _name(reach: Reach, member_id: MemberId) -> str:
    return cut(reach.people[member_id].name, NAME_CHARS)


def _label(route: Route, reach: Reach) -> str:
    to = _name(reach, route.to)
    if route.then is None:
        return f"{to} alone"
    return f"{to}; {_name(reach, route.then)} too, if there is no answer"


def _away(reach: Reach) -> str:
    """Say who hears of it in place of those who are named, all of whom are away."""
    shown = [one for one in reach.people.values() if one.id in reach.stand_ins]
    hears = "hears" if len(shown) == 1 else "hear"
    return (
        f"Those who usually hear of this are away, so {escape(listed([o.name for o in shown]))} "
        f"{hears} of it meanwhile. Whom you choose alone is the only one to read it."
    )


def _about_them(reach: Reach) -> str | None:
    if len(reach.routes) < 2:
        return None
    return "If it is about one of them, choose the other alone: the first then never hears of it."


def _who_sees(reach: Reach) -> str:
    """Say who reads it; whether they coordinate too is said."""
    routed = {each for one in reach.routes for each in (one.to, one.then)}
    chosen = [one for one in reach.people.values() if one.id in routed]
    coordinating = [one.name for one in chosen if one.is_coordinator]
    also = f" {escape(listed(coordinating))} also coordinates here." if coordinating else ""
    return (
        "*Who sees this:* only the people whom you choose, in Cairn. Your mentor, your group and "
        f"other coordinators do not, and it is in no message, export or list.{also}{_later(reach)}"
    )


def _later(reach: Reach) -> str:
    if not any(one.then for one in reach.routes):
        return ""
    return (
        " Only where you choose two, and both go away before anybody answers, it is read by who "
        "stands in for them, or else by coordinators who neither mentor nor are mentored."
    )


def _crisis(programme: Programme | None) -> str:
    if programme is None or not programme.crisis_contact:
        return " In an emergency, call the emergency services."
    return f" In a crisis: {escape(programme.crisis_contact)}"


def _contact(programme: Programme | None) -> str:
    if programme is None or not programme.concern_contact:
        return ""
    return f" You can also turn to: {escape(programme.concern_contact)}"


def nobody(reach: Reach) -> View:
    """Say that nobody can be asked through Cairn, and where else to turn."""
    why = (
        "those who are named are yourself, your mentor or somebody whom you blocked"
        if reach.people
        else "no contact person is named yet. Coordinators name them among the contacts"
    )
    said = f"Cairn has nobody whom it could ask for you here: {why}.{_contact(reach.programme)}"
    return _said(said, _crisis(reach.programme).strip())


def asked(concern: Concern, reach: Reach) -> View:
    """Acknowledge a concern at once: what happens now, by when, and whom else to call."""
    to = escape(reach.people[concern.to_id].name)
    deputy = escape(reach.people[concern.deputy_id].name) if concern.deputy_id else ""
    if {*concern.addressed} <= {*reach.away}:
        names = listed([to, deputy] if concern.deputy_asked_at is not None else [to])
        return _acknowledged(
            f"*{names} cannot be told at the moment.* They are told as soon as they are back."
            f"{_contact(reach.programme)}",
            reach,
        )
    lines = [f"*{to} is asked to get in touch with you*, in their working hours."]
    if concern.to_id in reach.away:
        lines = [f"*{to} is away and cannot be told now.*"]
    if concern.deputy_asked_at is not None:
        lines.append(f"*{deputy} is asked at once.*")
    elif deputy:
        lines.append(
            f"If {to} has not said by {ui.when(concern.due_at)} that they have it, {deputy} is "
            "asked, too."
        )
    elif concern.to_id not in reach.away:
        lines.append(
            f"If they have not answered by {ui.when(concern.due_at)}, they are asked again."
        )
    return _acknowledged("\n".join(lines), reach)


def _acknowledged(said: str, reach: Reach) -> View:
    then = (
        "You hear from me when somebody has it. At the foot of Home you see how it stands; there "
        "you take it back, or say that it is solved."
    )
    return _said(said, then, _crisis(reach.programme).strip())


def _said(*texts: str) -> View:
    blocks = [ui.section(texts[0]), *(ui.context(one) for one in texts[1:] if one)]
    return ui.modal(callback_id="care.said", title=TITLE, blocks=blocks)


def note() -> Message:
    """Tell somebody that something waits for them: the same to all, so that it tells nothing."""
    return ui.paragraph(NOTE, ui.actions(ui.button("Open", "care.page", spoken="Open what waits")))


def nobody_hears(programme: Programme) -> Message:
    """Tell a coordinator that a concern raised now would wait until somebody is back."""
    name = ui.button("Choose others", "programme.contacts", value=programme.id, style="primary")
    return ui.paragraph(
        f"Nobody is there to hear of concerns in *{escape(programme.name)}*: those who are named "
        "are away, and nobody stands in for them. Whoever asks for a person now is told so, and "
        "reads the contacts for a crisis. Please choose somebody else, or ask one of them who "
        "stands in.",
        ui.actions(name),
    )


def earlier_wish(slack_user_id: str) -> Message:
    """Tell a coordinator who would like to be contacted."""
    return ui.paragraph(
        f"{person(slack_user_id)} would like to hear from a person, and asked me to tell you. I "
        "know no reason, and nothing was written down. Please write to them today."
    )


def page(found: Concerns, *, reader: MemberId | None, note: str = "") -> View:
    """Show what somebody was asked, with its words, and what became of their own."""
    blocks: list[Block] = [ui.section(escape(note))] if note else []
    for one in found.asked[:MOST_SHOWN]:
        blocks += [*_asked_of(one, found, reader), ui.divider()]
    if len(found.asked) > MOST_SHOWN:
        blocks.append(
            ui.context(f"{len(found.asked) - MOST_SHOWN} more show once these are solved.")
        )
    for one in found.own[-MOST_SHOWN:]:
        blocks += [*_own(one, found), ui.divider()]
    if found.is_empty:
        blocks.append(
            ui.section("Nothing waits for you. What was taken back is not here any more.")
        )
    blocks.append(ui.context("Only you can open this page. Please show it to nobody."))
    return ui.modal(callback_id="care.page_view", title="For you alone", blocks=blocks)


def _asked_of(concern: Concern, found: Concerns, reader: MemberId | None) -> list[Block]:
    """Show a concern to somebody who was asked."""
    if concern.by is None:
        return [ui.section(UNREADABLE)]
    who, at = person(concern.by), ui.when(concern.asked_at)
    said = [ui.section(piece) for piece in quoted(concern.words)] if concern.words else []
    if not said:
        said = [ui.context("They wrote nothing more, and need not.")]
    head = ui.section(f"*{who} would like to hear from you*, since {at}.")
    if concern.solved_at is not None:
        return [head, *said, ui.context("They say that it is solved.")]
    if concern.seen_by == reader:
        return [head, *said, ui.context("You have it. It stays here until they say it is solved.")]
    if concern.seen_by is not None:
        return [head, *said, ui.context(f"{_by(concern.seen_by, found)} has it.")]
    have = ui.button(
        "I have it",
        "care.have",
        value=concern.id,
        spoken="I have it, and get in touch with them",
    )
    then = ui.context("They are told that you have it. You write to them yourself.")
    return [head, *said, ui.actions(have), then]


def _by(member_id: MemberId, found: Concerns) -> str:
    one = found.people.get(member_id)
    return escape(one.name) if one else "Somebody who was asked"


def _own(concern: Concern, found: Concerns) -> list[Block]:
    """Show somebody their own concern, and what they can do about it."""
    ask = ui.confirm(
        "Take it back?",
        "It is deleted, and nobody can read it any more. Somebody who has read it has read it.",
        yes="Take it back",
        no="Keep it",
    )
    back = ui.button("Take it back", "care.take_back", value=concern.id, confirm=ask)
    solved = ui.button("It is solved", "care.solve", value=concern.id)
    buttons = [back] if concern.solved_at else [solved, back]
    if concern.is_waiting and found.others(concern):
        buttons.insert(0, ui.button("Ask somebody else", "care.elsewhere", value=concern.id))
    said = [ui.section(piece) for piece in quoted(concern.words)] if concern.words else []
    head = f"*You asked to hear from a person* on {ui.when(concern.asked_at)}.\n"
    now = f"{state(concern, found)}{_news(concern, found)}"
    return [ui.section(f"{head}{now}"), *said, ui.actions(*buttons)]


def state(concern: Concern, found: Concerns) -> str:
    """Say how far one's own concern has come."""
    if concern.solved_at is not None:
        return "You said that it is solved."
    if concern.seen_by is not None:
        return f"{_by(concern.seen_by, found)} has seen this and gets in touch with you."
    both = {concern.to_id, concern.deputy_id}
    return _barred(concern, found) if both & {*found.barred} else _waiting(concern, found)


def _waiting(concern: Concern, found: Concerns) -> str:
    to = _by(concern.to_id, found)
    deputy = _by(concern.deputy_id, found) if concern.deputy_id else ""
    if concern.stand_ins:
        names = listed([_by(one, found) for one in concern.stand_ins])
        are = agree(len(concern.stand_ins), "is", "are")
        return (
            f"{to} and {deputy} are away, so {names} {are} asked in their place, each working day. "
            f"{MEANWHILE}"
        )
    if {*concern.addressed} <= {*found.away}:
        who = f"Neither {to} nor {deputy}" if concern.deputy_asked_at else to
        cannot = "can be told at the moment" if concern.deputy_asked_at else "cannot be told now"
        return (
            f"{who} {cannot}. They are as soon as they are back; the contacts at the foot of Home "
            "are there for you meanwhile, or take it back and ask somebody else."
        )
    if concern.deputy_asked_at is not None:
        return (
            f"{to} has not answered, so {deputy} was asked, too, on "
            f"{ui.when(concern.deputy_asked_at)}. Both are asked again each working day. "
            f"{MEANWHILE}"
        )
    if deputy:
        return (
            f"{to} is asked. If there is no answer by {ui.when(concern.due_at)}, {deputy} is, too."
        )
    again = f"asked again from {ui.when(concern.due_at)} on, each working day"
    return f"{to} is asked, and {again}. {MEANWHILE}"


def _barred(concern: Concern, found: Concerns) -> str:
    """Say who is not asked any more, and who else is."""
    both = [one for one in (concern.to_id, concern.deputy_id) if one]
    names = listed([_by(one, found) for one in both if one in found.barred])
    why = "you have blocked them, or one of you mentors the other"
    asked = [_by(one, found) for one in both if one not in found.barred]
    if asked:
        return (
            f"{names} cannot read this any more: {why}. {listed(asked)} is asked each working day."
        )
    return (
        f"{names} cannot read this any more: {why}. Nobody else can be asked about it. Take it "
        "back, and ask somebody else; the contacts at the foot of Home are there for you meanwhile."
    )


def _news(concern: Concern, found: Concerns) -> str:
    """Say, with a space before it, that others hear of concerns by now than those who are asked."""
    if not (concern.is_waiting and found.are_others_named(concern)):
        return ""
    names = escape(listed(found.others(concern)))
    return f" By now others hear of concerns: {names}."


def foot(found: Concerns) -> list[Block]:
    """Show at the foot of Home how one's own concerns stand."""
    open_page = ui.button("Open", "care.page", spoken="Open what only you can read")
    lines = [f"{state(one, found)}{_news(one, found)}" for one in found.own if not one.solved_at]
    if not (found.own or found.asked):
        return []
    said = "\n".join(lines[:3]) or "What you asked, or were asked, in confidence."
    return [ui.section(f"*For you alone.* {said}", accessory=open_page)]


def settings() -> list[Block]:
    """Give a member the way to block somebody."""
    return [
        ui.section("*Somebody whom you would rather not meet.* They are not told.", accessory=BLOCK)
    ]


BLOCK: Element = ui.button("Block somebody", "care.blocks")


def unreadable() -> list[Block]:
    """Say at the foot of Home that what stands there cannot be opened now."""
    return [ui.context(UNREADABLE_NOW)]


def answer_concern(todo: ToDo) -> ToDoLine:
    """Ask somebody who was named for concerns to open what waits; nobody is named.

    `todo.what` is when the deputy is asked as well, as an ISO instant, or "".
    """
    since = f"since {ui.when(todo.since)}"
    wait = (
        f"Somebody has waited {since}"
        if todo.count == 1
        else f"{plural(todo.count, 'person', 'people')} wait, the first {since},"
    )
    due = datetime.fromisoformat(todo.what) if todo.what else None
    deputy = f" On {ui.when(due)} the deputy is asked, too." if due else ""
    return ToDoLine(
        f"{wait} to hear from you, in confidence. Open it, and say that you have it.{deputy}",
        ui.button("Open", "care.page", style="primary", spoken="Open what waits for you"),
    )


def name_contact_people(todo: ToDo) -> ToDoLine:
    """Ask a coordinator who hears of concerns; the same whether there is a concern or not."""
    return ToDoLine(
        "Choose who hears of concerns, and a deputy: somebody is missing, or both are away.",
        ui.button("Choose them", "programme.contacts", value=todo.about, style="primary"),
    )
