"""The form of an announcement, and what its author sees before it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.announcements.model import MAX_CHARS, Addressees, Announcement, AnnouncementReach
from bot.kernel.ids import SlackUserId
from bot.kernel.ports import Message
from bot.kernel.words import agree, listed, plural
from bot.people.model import Member
from handlers import blocks as ui
from handlers.blocks import Block, Choice, Element, View, escape, person
from handlers.free_text import quoted
from handlers.menus import menu_of_several

TITLE = "Announcement"
FORM, PREVIEW, WRITTEN_TO = "announcement.form", "announcement.send", "announcement.groups"
MOST_PEOPLE, MOST_NAMES = 100, 5
AUDIENCES: Sequence[Choice] = (
    (Addressees.EVERYBODY, "Everybody in the programme"),
    (Addressees.MENTORS, "All mentors"),
    (Addressees.MENTEES, "All mentees"),
    (Addressees.PEER_MENTORS, "All peer-mentors"),
    (Addressees.GROUPS, "The groups that I choose below"),
    (Addressees.PEOPLE, "The people that I choose below"),
)
NAMES = {
    Addressees.EVERYBODY: "everybody in the programme",
    Addressees.MENTORS: "all mentors",
    Addressees.MENTEES: "all mentees",
    Addressees.PEER_MENTORS: "all peer-mentors",
    Addressees.GROUPS: "the people of some groups",
    Addressees.PEOPLE: "people who were chosen",
}
WHO_SEES = (
    "*Who sees this:* each of them, in their own messages with Cairn, with your name, and nobody "
    "sees who else got it. Coordinators see what was announced, and to how many."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledIn:
    """The answers in the form when it opens; `people` are Slack ids."""

    text: str = ""
    audience: Addressees | None = None
    groups: Sequence[str] = ()
    people: Sequence[SlackUserId] = ()
    send_at: datetime | None = None
    its_id: str = ""


def form(groups: Sequence[Choice], filled: FilledIn) -> View:
    """Ask a coordinator what to write to whom, and when."""
    people = ui.people_field(
        "people", placeholder="Choose people", most=MOST_PEOPLE, initial=filled.people
    )
    text = ui.text_field("text", multiline=True, max_chars=MAX_CHARS, initial=filled.text or None)
    menu = menu_of_several(WRITTEN_TO, groups, placeholder="Choose groups", chosen=filled.groups)
    which = [ui.field("groups", "Groups", menu, optional=True)] if groups else []
    return ui.modal(
        callback_id=FORM,
        title=TITLE,
        submit="Look at it first",
        close="Cancel",
        metadata=filled.its_id,
        blocks=[
            ui.field(
                "audience", "To whom?", ui.radio("audience", AUDIENCES, chosen=filled.audience)
            ),
            ui.context(WHO_SEES),
            *which,
            ui.field("people", "People", people, optional=True),
            ui.field(
                "text",
                "What would you like to say?",
                text,
                hint="Plain words. Leave out what somebody told you in confidence.",
            ),
            ui.field(
                "at",
                "When?",
                _moment(filled.send_at),
                hint="In your own time zone. Leave it empty to send it now.",
                optional=True,
            ),
        ],
    )


def _moment(at: datetime | None) -> Element:
    chosen = {"initial_date_time": int(at.timestamp())} if at else {}
    return {"type": "datetimepicker", "action_id": "at"} | chosen


def message(one: Announcement, author: Member, programme: str) -> Message:
    """Write an announcement as each of its readers gets it."""
    head = f"*{escape(author.name)}*, who coordinates {escape(programme)}, writes to you:"
    foot = f"To answer, write to {person(author.slack_user_id)}. Nobody reads answers here."
    blocks = [ui.section(head), *map(ui.section, quoted(one.text)), ui.context(foot)]
    return Message(f"{head}\n{escape(one.text)}\n{foot}", tuple(blocks))


def preview(
    one: Announcement,
    reach: AnnouncementReach,
    author: Member,
    programme: str,
    *,
    changed: str = "",
) -> View:
    """Show a coordinator what will be sent to whom, before anything is."""
    count = plural(len(reach.there), "person", "people")
    gets = agree(len(reach.there), "gets", "get")
    begins = f", from {ui.when(one.send_at)} on" if one.send_at else ""
    return ui.modal(
        callback_id=PREVIEW,
        title="Before it is sent",
        submit=f"Send to {count}",
        close="Not now",
        metadata=one.id,
        blocks=[
            *([ui.section(f":warning: {escape(changed)}")] if changed else []),
            ui.section(f"*{count} {gets} this message*{begins}: {NAMES[one.audience]}."),
            ui.divider(),
            *message(one, author, programme).blocks,
            ui.divider(),
            *_notes(reach),
            ui.actions(ui.button("Change it", "announcement.change", value=one.id)),
        ],
    )


def _notes(reach: AnnouncementReach) -> list[Block]:
    said = []
    if away := len(reach.away):
        said.append(
            f"{plural(away, 'person', 'people')} {agree(away, 'does', 'do')} not get it, being "
            f"away, without an account or gone: {_names(reach.away)}."
        )
    if reach.crowded:
        said.append(
            f":warning: {plural(reach.crowded, 'person has', 'people have')} had three messages "
            "from Cairn this week already, which is as many as a week should have. They get this "
            "one all the same."
        )
    said.append(
        f"The last of them has it by {ui.when(reach.last_at)}, as far as one can say now. Each "
        "person's quiet hours and days off are kept."
    )
    said.append("Until somebody has it, you can take it back, here or behind *Tools*.")
    return [ui.section("\n".join(f"• {one}" for one in said))]


def _names(members: Sequence[Member]) -> str:
    more = len(members) - MOST_NAMES
    names = [escape(one.name) for one in members[:MOST_NAMES]]
    return listed([*names, f"{more} more"] if more > 0 else names)
