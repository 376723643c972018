"""How a group's charter looks: read, propose, change, Home and to-dos."""

from collections.abc import Mapping, Sequence

from bot.community.model import Charter, CharterLine, CharterTopic, Stance
from bot.community.rules import MOST_CHARS
from bot.kernel.ids import MemberId
from bot.kernel.words import agree, cut, plural
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape
from handlers.free_text import care_line

QUESTIONS: Mapping[CharterTopic, str] = {
    CharterTopic.SPEAKING: "How do we speak with each other?",
    CharterTopic.CONFIDENTIALITY: "What stays in the group?",
    CharterTopic.SILENCE: "What do we do when somebody is silent, or late?",
    CharterTopic.DISAGREEING: "How do we disagree?",
    CharterTopic.GOODBYE: "How do we say goodbye?",
}
EXAMPLES: Mapping[CharterTopic, str] = {
    CharterTopic.SPEAKING: "For example: we let each other finish.",
    CharterTopic.CONFIDENTIALITY: "For example: stories stay here, lessons may leave.",
    CharterTopic.SILENCE: "For example: we ask once, kindly, and need no excuse.",
    CharterTopic.DISAGREEING: "For example: we ask what the other means before we answer.",
    CharterTopic.GOODBYE: "For example: whoever leaves tells the group in a last meeting.",
}
WHO_SEES_CHARTER = (
    "*Who sees this:* everybody in your group, without your name. It is sent to nobody, and no "
    "coordinator outside the group can open it."
)


def charter_view(charter: Charter, lines: Sequence[CharterLine], *, reader: MemberId) -> View:
    """Show a charter, whole, with what its reader can do about it."""
    blocks: list[Block] = [
        ui.section(f"*{escape(cut(charter.group_name, 100))}*\n{_state(charter, reader)}")
    ]
    for topic, question in QUESTIONS.items():
        of_this = [one for one in lines if one.topic is topic]
        if of_this:
            blocks.append(ui.section(f"*{question}*"))
            blocks += [_line(one, charter, reader) for one in of_this]
    open_questions = [said for topic, said in QUESTIONS.items() if not _has(lines, topic)]
    if open_questions and charter.is_running:
        blocks.append(ui.context("Nothing yet: " + " · ".join(open_questions)))
    buttons = _buttons(charter, reader)
    return ui.modal(
        callback_id="charter.one",
        title="Our charter",
        blocks=[
            *blocks,
            *([ui.actions(*buttons)] if buttons else []),
            ui.context(WHO_SEES_CHARTER),
        ],
    )


def _has(lines: Sequence[CharterLine], topic: CharterTopic) -> bool:
    return any(one.topic is topic for one in lines)


def _line(one: CharterLine, charter: Charter, reader: MemberId) -> Block:
    said = f"• {escape(one.text)}" if one.text is not None else f"• {LOST}"
    is_open = one.author_id == reader or one.author_id not in charter.members or one.text is None
    if not (is_open and charter.is_running):
        return ui.section(said)
    spoken = f"Change the line {cut(one.text or '', 40)}"
    return ui.section(
        said, accessory=ui.button("Change", "charter.line", value=one.id, spoken=spoken)
    )


LOST = "_This line cannot be read any more: its key is missing. Take it out, or write it anew._"


def _state(charter: Charter, reader: MemberId) -> str:
    if not charter.line_count:
        return "There is no line yet. Anybody may write the first; the others add and change."
    many = plural(len(charter.members), "member")
    count = f"{charter.with_it} of {many} {_agree(charter)} with this version."
    if not charter.is_running:
        return count
    match charter.stances.get(reader):
        case Stance.WITH_IT:
            return f"{count} You agree with it."
        case Stance.LATER:
            return f"{count} You left your word open; nobody is told."
        case _:
            return f"{count} Your word is open: take the time you need."


def _agree(charter: Charter) -> str:
    return agree(charter.with_it, "agrees", "agree")


def _buttons(charter: Charter, reader: MemberId) -> list[Element]:
    if not charter.is_running:
        return []
    stamp, stance = f"{charter.group_id}|{charter.version}", charter.stances.get(reader)
    add = ui.button("Propose a line", "charter.propose", value=charter.group_id)
    found = []
    if charter.line_count and stance is not Stance.WITH_IT:
        found.append(ui.button("I agree", "charter.say:with_it", value=stamp, style="primary"))
    found.append(add)
    if stance is not Stance.LATER:
        label = "I no longer agree" if stance is Stance.WITH_IT else "Not now"
        found.append(ui.button(label, "charter.say:later", value=stamp))
    return found


def lines_form(group_id: str) -> View:
    """Ask a member for lines of the charter: one for each question, all of them optional."""
    first, *others = [
        ui.field(
            topic,
            question,
            ui.text_field(f"charter.{topic}", max_chars=MOST_CHARS),
            hint=EXAMPLES[topic],
            optional=True,
        )
        for topic, question in QUESTIONS.items()
    ]
    return ui.modal(
        callback_id="charter.lines_form",
        title="Propose a line",
        submit="Propose",
        close="Not now",
        metadata=group_id,
        blocks=[
            first,
            ui.context(WHO_SEES_CHARTER),
            *others,
            ui.context("One answer is enough. Each change asks everybody anew, without a date."),
            ui.context(care_line(None)),
        ],
    )


def line_form(line: CharterLine) -> View:
    """Ask for another wording of a line, or to take it out."""
    take_out = ui.button(
        "Take it out",
        "charter.remove",
        value=line.id,
        confirm=ui.confirm(
            "Take this line out?",
            "It is deleted for the whole group, and everybody's word is asked anew.",
            yes="Take it out",
            no="Keep it",
        ),
    )
    text = ui.text_field("charter.text", max_chars=MOST_CHARS, initial=line.text)
    return ui.modal(
        callback_id="charter.line_form",
        title="Change a line",
        submit="Save",
        close="Not now",
        metadata=line.id,
        blocks=[
            ui.field("text", QUESTIONS[line.topic], text),
            ui.context(WHO_SEES_CHARTER),
            ui.actions(take_out),
            ui.context(care_line(None)),
        ],
    )


def home(charters: Sequence[Charter]) -> list[Block]:
    """Show on Home how far the charters of a member's groups are; no words of theirs."""
    blocks = []
    for one in charters:
        whose = f" of {escape(cut(one.group_name, 100))}" if len(charters) > 1 else ""
        said = "Nothing written yet."
        if one.line_count:
            said = (
                f"{plural(one.line_count, 'line')}; {one.with_it} of "
                f"{plural(len(one.members), 'member')} {_agree(one)} with it."
            )
        button = _open_button(one.group_id, "Open")
        blocks.append(ui.section(f"*Charter{whose}.* {said}", accessory=button))
    return blocks


def _open_button(group_id: str, label: str, *, style: str | None = None) -> Element:
    spoken = f"{label}: our charter"
    return ui.button(label, "charter.open", value=group_id, style=style, spoken=spoken)


def write_charter(todo: ToDo) -> ToDoLine:
    """Ask for the first line of a group's charter."""
    return ToDoLine(
        f"{_name(todo)} has no charter yet: how do you want to be with each other?",
        _open_button(todo.about, "Open the charter", style="primary"),
    )


def read_charter(todo: ToDo) -> ToDoLine:
    """Ask for a member's word to a version of their group's charter."""
    return ToDoLine(
        f"The charter of {_name(todo)} has changed: do you agree with it? There is no hurry.",
        _open_button(todo.about, "Read", style="primary"),
    )


def _name(todo: ToDo) -> str:
    return escape(cut(todo.what, 100))
