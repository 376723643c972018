"""Goals: the part of Home, one goal whole, their lists, and what a mentor reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.goals.model import Goal, GoalDomain, GoalNote, GoalStatus, Progress
from bot.goals.rules import ConfidenceTrend, is_past, trend
from bot.kernel.clock import local_date
from bot.kernel.ids import MemberId
from bot.kernel.words import agree, cut, day_and_month, listed, number, plural
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import AgendaLine, Block, Element, ToDoLine, View, escape
from handlers.free_text import bold, quoted

DOMAINS: Mapping[str, str] = {
    GoalDomain.PRACTICE: "What I know and can do at work",
    GoalDomain.COMMUNICATION: "Talking with patients and families",
    GoalDomain.TEAM: "Working with others",
    GoalDomain.IDENTITY: "The physician I want to be",
    GoalDomain.TEACHING: "Teaching",
    GoalDomain.RESEARCH: "Research",
    GoalDomain.CAREER: "Where I am going next",
    GoalDomain.BALANCE: "Energy, and life outside work",
}
PROGRESS: Mapping[str, str] = {
    Progress.MOVED: "it moved",
    Progress.SAME: "the same as before",
    Progress.STUCK: "stuck",
    Progress.NOT_NOW: "not now",
}
NOTES_SHOWN = 10
POINTS_SHOWN = 6
"""The confidences in a line: more do not fit beside each other on a phone."""
MOST_BLOCKS = 90
SET_GOAL = ui.button("Set a goal", "goal.new")
UNREADABLE = (
    "_The words of this goal cannot be read any more, by you or anybody else: their key is "
    "missing, or they were altered. An administrator may still have the key; else delete it._"
)


@dataclass(frozen=True, slots=True)
class GoalReaders:
    """The number of an author's mentors of now who may read a goal, and of all of them."""

    reading: int = 0
    mentors: int = 0


def trend_line(confidences: Sequence[int]) -> str:
    """Write a confidence and how it moved, in figures and in words; nothing without one."""
    if not confidences:
        return ""
    shown = " → ".join(map(str, confidences[-POINTS_SHOWN:]))
    before = "… → " if len(confidences) > POINTS_SHOWN else ""
    said = {
        ConfidenceTrend.UNKNOWN: "",
        ConfidenceTrend.UP: f" (up from {confidences[0]})",
        ConfidenceTrend.DOWN: f" (down from {confidences[0]})",
        ConfidenceTrend.LEVEL: " (where it began)",
    }[trend(confidences)]
    return f"Confidence {before}{shown} of 10{said}"


def home_mentee(goals: Sequence[Goal], *, ended: int, today: date) -> list[Block]:
    """Show a mentee their open goals, and the way to those that are done or let go."""
    blocks: list[Block] = []
    if not goals:
        said = "No goal is open. Two or three are plenty: what would you like to be different?"
        if not ended:
            return [ui.section(said, accessory=SET_GOAL)]
        blocks.append(ui.section(said))
    blocks += [_home_line(one, today=today) for one in goals]
    past = [ui.button("Past goals", "goal.past")] if ended else []
    return [*blocks, ui.actions(SET_GOAL, *past)]


def _home_line(goal: Goal, *, today: date) -> Block:
    title = bold(goal.title if goal.is_readable else "A goal whose words cannot be read")
    step = f"\nNext: {escape(goal.next_step)}" if goal.next_step else ""
    facts = " · ".join(one for one in (_by(goal, today), trend_line(goal.confidences)) if one)
    spoken = f"Open the goal: {goal.title}"
    button = ui.button("Open", "goal.open", value=goal.id, spoken=spoken)
    return ui.section(f"{title}{step}\n{facts}", accessory=button)


def _by(goal: Goal, today: date) -> str:
    day = day_and_month(goal.due_on)
    day += "" if goal.due_on.year == today.year else f" {goal.due_on.year}"
    return f"Its day was {day}" if goal.due_on < today else f"By {day}"


def set_goal(_todo: ToDo) -> ToDoLine:
    """Ask a mentee for their first goal."""
    return ToDoLine(
        "Set your first goal: what would you like to be different in a few weeks?", SET_GOAL
    )


def review_goal(todo: ToDo) -> ToDoLine:
    """Ask a mentee about a goal whose day has passed; its words stay out."""
    day = day_and_month(date.fromisoformat(todo.what))
    return ToDoLine(
        f"One of your goals was for {day}. Is it done, or does it need a new date?",
        ui.button("Done, or a new date?", "goal.open", value=todo.about),
    )


def own_goal(goal: Goal, readers: GoalReaders, *, tz: str, today: date, note: str = "") -> View:
    """Show one's own goal, whole, with its history and what can be done with it."""
    blocks: list[Block] = [
        *([ui.section(escape(note))] if note else []),
        *(_words(goal, today=today) if goal.is_readable else [ui.section(UNREADABLE)]),
        ui.context(read_by(goal, readers)),
        *_buttons(goal, readers, today=today),
        *_history(goal.notes, tz=tz),
    ]
    return ui.modal(callback_id="goal.one", title="A goal", blocks=blocks)


def _words(goal: Goal, *, today: date) -> list[Block]:
    status = {
        GoalStatus.OPEN: f"\n*Next step:* {escape(goal.next_step)}",
        GoalStatus.DONE: "\nDone.",
        GoalStatus.LET_GO: "\nLet go.",
    }[goal.status]
    facts = [DOMAINS[goal.domain], *([_by(goal, today)] if goal.is_open else [])]
    facts += [f"Importance {goal.importance} of 5"] if goal.importance else []
    facts += [trend_line(goal.confidences)] if goal.confidences else []
    return [ui.section(f"{bold(goal.title)}{status}"), ui.section("\n".join(facts))]


def read_by(goal: Goal, readers: GoalReaders) -> str:
    """Say who can read one's own goal at this moment."""
    if goal.shared_at is None:
        return "Only you can read it."
    if goal.status is GoalStatus.LET_GO:
        return "Only you can read it: a goal that was let go is shown to nobody else."
    if not readers.reading:
        return "Only you can read it now: it was for a mentor who is not yours any more."
    if readers.reading < readers.mentors:
        return "Your mentor of then can read it; who became your mentor later cannot."
    return "Your mentor can read it, from their Home tab."


def _buttons(goal: Goal, readers: GoalReaders, *, today: date) -> list[Block]:
    ask = ui.confirm(
        "Delete this goal?",
        "It is deleted for good, with its history. To stop working on it, let it go instead.",
        yes="Delete it",
        no="Keep it",
    )
    delete = ui.button("Delete", "goal.delete", value=goal.id, style="danger", confirm=ask)
    work = _work_buttons(goal, today=today)
    return [
        *([ui.actions(*work)] if work else []),
        ui.actions(*_sharing_buttons(goal, readers), delete),
    ]


def _work_buttons(goal: Goal, *, today: date) -> list[Element]:
    if not goal.is_open:
        return [ui.button("Take it up again", "goal.reopen", value=goal.id)]
    let_go = ui.button("Let it go", "goal.let_go", value=goal.id)
    if not goal.is_readable:
        return [let_go]
    change = "New date" if is_past(goal, today=today) else "Change it"
    return [
        ui.button("Step done", "goal.step", value=goal.id, style="primary"),
        ui.button("Goal done", "goal.done", value=goal.id),
        ui.button(change, "goal.change", value=goal.id),
        let_go,
    ]


def _sharing_buttons(goal: Goal, readers: GoalReaders) -> list[Element]:
    if goal.status is GoalStatus.LET_GO or not goal.is_readable:
        return []
    can_widen = readers.mentors and not (goal.shared_at and readers.reading == readers.mentors)
    share = ui.button("Share with my mentor", "goal.share", value=goal.id)
    narrow = ui.button("Keep it to myself", "goal.unshare", value=goal.id)
    return [*([share] if can_widen else []), *([narrow] if goal.shared_at else [])]


def _history(notes: Sequence[GoalNote], *, tz: str) -> list[Block]:
    said = [(day_and_month(local_date(one.at, tz)), _noted(one)) for one in reversed(notes)]
    lines = [f"{day}: {text}" for day, text in said if text][:NOTES_SHOWN]
    return [ui.divider(), ui.section("*How it went*\n" + "\n".join(lines))] if lines else []


def _noted(note: GoalNote) -> str:
    facts = [PROGRESS[note.progress]] if note.progress else []
    facts += [] if note.confidence is None else [f"confidence {note.confidence}"]
    facts += [f"step done: {escape(cut(note.step_done, 200))}"] if note.step_done else []
    return ", ".join(facts)


def past(goals: Sequence[Goal], *, tz: str) -> View:
    """List one's own goals, those of an earlier time, the latest first."""
    blocks: list[Block] = [ui.context("Only you can open this list.")]
    if not goals:
        blocks.append(ui.section("No goal is done or let go yet."))
    for each in goals[:MOST_BLOCKS]:
        title = bold(each.title if each.is_readable else "A goal whose words cannot be read")
        button = ui.button("Open", "goal.open", value=each.id, spoken=f"Open: {each.title}")
        blocks.append(ui.section(f"{title}\n{_status(each, tz)}", accessory=button))
    return ui.modal(callback_id="goal.past", title="Past goals", blocks=blocks)


def _status(goal: Goal, tz: str) -> str:
    if goal.ended_at is None:
        return "Open when the programme ended"
    how = "Done" if goal.status is GoalStatus.DONE else "Let go"
    return f"{how} on {day_and_month(local_date(goal.ended_at, tz))}"


def looking_back(goals: Sequence[Goal]) -> list[Block]:
    """Show somebody who was a mentee what became of their goals."""
    done = sum(each.status is GoalStatus.DONE for each in goals)
    said = (
        f"You set {plural(len(goals), 'goal')}; {number(done)} of them {agree(done, 'is', 'are')}"
    )
    button = ui.button("My goals", "goal.past")
    return [ui.section(f"{said} done.", accessory=button)]


def deleted(*, is_cleared: bool) -> View:
    """Say that a goal is deleted, and whether the database's log is cleared of it."""
    sentence = "The goal is deleted, with its history."
    if not is_cleared:
        sentence += (
            " What is left of it, unreadable without Cairn's key, is in the log of its database, "
            "and Cairn clears that as soon as it can. You need not do anything."
        )
    return ui.notice(sentence, title="Deleted", callback_id="goal.deleted")


def home_mentor(counts: Mapping[str, int]) -> list[Block]:
    """Say to a mentor which mentees share goals with them; the words are behind the button."""
    who = listed(f"{escape(cut(name, 80))} ({count})" for name, count in counts.items())
    button = ui.button("Read", "goal.shared", spoken="Read the goals shared with you")
    return [ui.section(f"*Goals shared with you:* {who}.", accessory=button)]


def goals_to_talk_about(count: int) -> AgendaLine:
    """Put the goals that are shared with a mentor on the agenda of a meeting, without a word."""
    button = ui.button("Read", "goal.shared", spoken="Read the goals shared with you")
    return AgendaLine("Goals shared with you: ask what has moved.", count, button)


def shared(goals: Sequence[Goal], names: Mapping[MemberId, str], *, today: date) -> View:
    """Show a mentor the goals that their mentees share with them at this moment."""
    blocks: list[Block] = []
    for mentee in sorted({each.member_id for each in goals}, key=lambda each: names[each]):
        blocks.append(ui.header(names[mentee]))
        for goal in (each for each in goals if each.member_id == mentee):
            blocks += map(ui.section, _for_mentor(goal, today=today))
    has_more = len(blocks) > MOST_BLOCKS
    blocks = blocks[:MOST_BLOCKS] or [ui.section("Nobody shares a goal with you now.")]
    if has_more:
        blocks.append(ui.context("There are more than fit here. Ask the others about theirs."))
    blocks.append(
        ui.context(
            "They chose to show you these, and may stop at any time. Ask what would help; the "
            "goals stay theirs."
        )
    )
    return ui.modal(callback_id="goal.shared", title="Shared goals", blocks=blocks)


def _for_mentor(goal: Goal, *, today: date) -> list[str]:
    if not goal.is_readable:
        return ["_The words of this goal cannot be read any more._"]
    last = next((each.progress for each in reversed(goal.notes) if each.progress), None)
    facts = [_by(goal, today) if goal.is_open else "Done", trend_line(goal.confidences)]
    facts += [f"At the last check-in: {PROGRESS[last]}"] if last and goal.is_open else []
    step = f"\nNext step: {goal.next_step}" if goal.is_open else ""
    *pieces, final = quoted(goal.title + step)
    return [*pieces, f"{final}\n{' · '.join(each for each in facts if each)}"]
