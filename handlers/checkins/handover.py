"""A new mentor: the form in which a mentee chooses what they may read of before."""

from bot.checkins.handover import CHOSEN, Handover, hand_over, handover_of
from bot.checkins.reading import seen
from bot.checkins.rules import CheckIn, Topic, Visibility, as_shared
from bot.kernel.clock import local_date
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.kernel.words import agree, cut, listed, plural, weekday_and_day
from bot.people.use_cases import the_member
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import ToDoLine, View, escape
from handlers.checkins.answers import seen_in
from handlers.checkins.form_views import filled_in
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.services import Services

TITLE = "Your new mentor"
AFRESH = (
    "You start afresh: your new mentor reads nothing of what you shared before. You can share a "
    "single check-in with them from /checkin past at any time."
)
_PARTS = {
    Topic.THINK: "think",
    Topic.FEEL: "feel",
    Topic.ACT: "act",
    Topic.CONFIDENCE: "confidence",
    Topic.BLOCKER: "what is in the way",
    Topic.WISH: "what I would like",
    Topic.GOALS: "how goals go",
}


def register(edge: Edge) -> None:
    """Add the listeners of the form."""
    edge.action("checkin.handover", open_form)
    edge.view("checkin.handover_form", on_form)


async def open_form(call: Call, services: Services) -> None:
    """Open the form; once it is answered, say so."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        offered = await handover_of(connection, member, now=services.clock.now())
    if offered is None:
        raise UserFacing(CHOSEN)
    await call.show(form(offered, tz=member.timezone))


async def on_form(call: Call, services: Services) -> None:
    """Let the new mentor read what was chosen, or nothing."""
    chosen = [seen_in(one) for one in call.answers.choices("checkins")]
    async with services.database.writing() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id, hold=True)
        count = await hand_over(
            connection,
            member,
            mentors=[MemberId(one) for one in call.metadata.split(",")],
            checkins=chosen,
            goal_ids=call.answers.choices("goals"),
            now=services.clock.now(),
        )
    await call.ack_update(handed_over(count))
    await services.refresh_home(call)


def form(offered: Handover, *, tz: str) -> View:
    """Ask what a new mentor may read: nothing is chosen at first."""
    who = _names(offered.mentors)
    afresh = "Choose nothing to start afresh."
    asked = []
    if offered.checkins:
        days = [(seen(one).pack(), _label(one, tz=tz)) for one in offered.checkins]
        these = ui.multi_select("checkins", days, placeholder="Nothing of before")
        label = f"Which earlier check-ins may {who} read?"
        asked.append(ui.field("checkins", label, these, hint=afresh, optional=True))
    if offered.goals:
        titles = [(one.id, cut(one.title, ui.OPTION_CHARS)) for one in offered.goals]
        these = ui.multi_select("goals", titles, placeholder="None of my goals")
        label = f"Which of your goals may {who} read?"
        asked.append(ui.field("goals", label, these, hint=afresh, optional=True))
    sees = (
        "*Who sees this:* your mentors of now, in Cairn, and of what you choose only the things "
        "that you had shared. Whoever is not your mentor any more can open none of it. Nobody is "
        "told what you did not choose."
    )
    return ui.modal(
        callback_id="checkin.handover_form",
        title=TITLE,
        submit="Save",
        close="Later",
        blocks=[asked[0], ui.context(sees), *asked[1:]],
        metadata=",".join(sorted(offered.mentor_ids)),
    )


def _names(mentors: tuple[str, ...]) -> str:
    return listed(cut(one, 60) for one in mentors)


def _label(checkin: CheckIn, *, tz: str) -> str:
    """Name a check-in by its day and the things of it that were shared; no words of it."""
    entry = checkin.entry
    shared = [_PARTS[one] for one in filled_in(as_shared(entry))]
    to = " (my group too)" if entry.visibility is Visibility.GROUP else ""
    on = weekday_and_day(local_date(checkin.written_at, tz))
    return cut(f"{on}{to}: {', '.join(shared)}", ui.OPTION_CHARS)


def handed_over(count: int) -> View:
    """Say what the new mentor reads from now on."""
    if not count:
        return ui.notice(AFRESH, title=TITLE)
    them = agree(count, "it", "them")
    said = (
        f"Your new mentor reads {plural(count, 'thing')} that you shared before. They find {them} "
        "on Home, and check-ins in their next weekly message too. You can take each back where "
        "you open it."
    )
    return ui.notice(said, title=TITLE)


def choose_handover(todo: ToDo) -> ToDoLine:
    """Ask a mentee what a new mentor may read of before."""
    new = f"You have a new mentor, {escape(_names(todo.names))}"
    if len(todo.names) > 1:
        new = f"You have new mentors, {escape(_names(todo.names))}"
    choose = ui.button("Choose what they read", "checkin.handover", style="primary")
    return ToDoLine(
        f"{new}: choose what they may read of what you wrote before. Until then it is nothing.",
        choose,
    )
