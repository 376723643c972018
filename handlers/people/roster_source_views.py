"""How a coordinator says whom to bring in: from Slack, from a list or a file."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from handlers import blocks as ui
from handlers.blocks import Block, Choice, View
from handlers.menus import whole_menu
from handlers.people.role_views import ROLES
from handlers.people.slack_directory import CHANNELS, EMAILS, FILES, PRIVATE_CHANNELS, USER_GROUPS

NO_LINE = 0
"""Stands for the line of somebody who is in no file."""
MOST_PICKED = 100
"""At once; a channel, a user group or a file may bring in thousands."""
MOST_PASTED = 3000
FILE_TYPES = ("csv", "txt", "tsv", "xlsx")
TITLE = "Bring people in"
KEPT_IN_STEP = ui.section(
    "*A list on the web*, read on a schedule; you approve what changes.",
    accessory=ui.button("Keep the list in step", "people.feed"),
)
SAMPLE = """name,email,role,capacity,avoid
Ada Berg,ada@example.org,mentor,4,
Bo Lind,bo@example.org,mentee,,ada@example.org
Caro Diaz,caro@example.org,coordinator,,"""
WHO_SEES_ROSTER = (
    "*Who sees this:* coordinators. The people whom somebody avoids, or who supervise "
    "them, are used for matching and shown to nobody else. A file stays in Slack until you delete "
    "it there; Cairn keeps what it read for an hour."
)


class Source(StrEnum):
    """The sources of people."""

    PICKED = "picked"
    CHANNEL = "channel"
    GROUP = "group"
    LIST = "list"


_OFFERS: Mapping[Source, tuple[str, str, tuple[str, ...]]] = {
    Source.PICKED: ("*Pick them* by name, as you would mention them.", "Pick people", ()),
    Source.CHANNEL: (
        "*Everybody in a channel.* For a private channel, invite Cairn first.",
        "From a channel",
        (CHANNELS, PRIVATE_CHANNELS),
    ),
    Source.GROUP: (
        "*Everybody in a user group*, such as @residents.",
        "From a user group",
        (USER_GROUPS,),
    ),
    Source.LIST: (
        "*A list of emails, or a file* from Excel, Google Forms or Slack.",
        "From a list or file",
        (),
    ),
}
"""The words about each source, its button, and the scopes any of which it needs."""


def sources_modal(scopes: Collection[str] | None) -> View:
    """Offer the sources; where a scope is missing, say which and what works without it.

    `scopes` is None where Slack does not say what Cairn may do.
    """
    blocks: list[Block] = [ui.section("You see everything before it is done.")]
    for source, (said, label, needed) in _OFFERS.items():
        lacks = needed if _lacks(scopes, needed) else ()
        press = ui.button(label, f"people.source:{source}", value=source)
        blocks.append(ui.section(said, accessory=None if lacks else press))
        if lacks:
            blocks.append(ui.context(_missing(lacks)))
    blocks.append(KEPT_IN_STEP)
    blocks += [ui.context(sentence) for sentence in _limits(scopes)]
    return ui.modal(callback_id="people.sources", title=TITLE, blocks=[*blocks])


def _lacks(scopes: Collection[str] | None, needed: Collection[str]) -> bool:
    return bool(needed) and scopes is not None and not set(needed) & set(scopes)


def _missing(needed: Sequence[str]) -> str:
    return (
        f"Cairn lacks the permission {' or '.join(f'`{one}`' for one in needed)} for this. Ask "
        "somebody who administers this Slack workspace to add it, or choose another way."
    )


def _limits(scopes: Collection[str] | None) -> list[str]:
    """Say what of a list does not work for want of a scope, and what does."""
    said = []
    if _lacks(scopes, (EMAILS,)):
        said.append(
            f"Without the permission `{EMAILS}` Cairn cannot find anybody by email: pick people, "
            "or use a list with Slack ids, such as the member list that Slack exports."
        )
    if _lacks(scopes, (FILES,)):
        said.append(
            f"Without the permission `{FILES}` Cairn cannot read files: paste the list instead."
        )
    return said


def source_form(
    source: Source, *, groups: Sequence[Choice] = (), scopes: Collection[str] | None = None
) -> View:
    """Ask for the people of one source, and for their role."""
    match source:
        case Source.PICKED:
            blocks = _pick()
        case Source.CHANNEL:
            blocks = _channel()
        case Source.GROUP:
            blocks = _group(groups)
        case Source.LIST:
            blocks = _list(may_read_files=not _lacks(scopes, (FILES,)))
    if source is Source.GROUP and not groups:
        return ui.notice(
            "There is no user group in this workspace. Choose another way to bring people in.",
            title=TITLE,
        )
    is_list = source is Source.LIST
    return ui.modal(
        callback_id="people.roster_form",
        title=TITLE,
        metadata=source,
        submit="Look at it",
        close="Cancel",
        blocks=[
            blocks[0],
            *([ui.context(WHO_SEES_ROSTER)] if is_list else []),
            *blocks[1:],
            *role_fields(for_list=is_list),
            ui.context("Nothing is changed before you have seen what would change."),
        ],
    )


def _pick() -> list[Block]:
    people = ui.people_field("people.picked", placeholder="Choose people", most=MOST_PICKED)
    return [ui.field("picked", "Who?", people, hint=f"Up to {MOST_PICKED} at once.")]


def _channel() -> list[Block]:
    hint = "Apps, and those who coordinate already, are left out."
    box = ui.channel_field("people.channel", placeholder="Choose a channel")
    return [ui.field("channel", "Which channel?", box, hint=hint)]


def _group(groups: Sequence[Choice]) -> list[Block]:
    hint = "Apps, and those who coordinate already, are left out."
    box = whole_menu("people.group", groups, placeholder="Choose a user group")
    return [ui.field("group", "Which user group?", box, hint=hint)] if groups else []


def _list(*, may_read_files: bool) -> list[Block]:
    file = ui.field(
        "file",
        "A file",
        ui.file_field("people.file", filetypes=FILE_TYPES),
        hint="CSV, text or Excel (.xlsx), up to 10 MB, with a line for each person.",
        optional=True,
    )
    pasted = ui.field(
        "pasted",
        "Or paste the list here" if may_read_files else "Paste the list here",
        ui.text_field("people.pasted", multiline=True, max_chars=MOST_PASTED),
        hint="Up to 3,000 characters: emails, one on a line, or lines copied from a spreadsheet.",
        optional=True,
    )
    sample = (
        "*A sample to copy.* The first line names the columns; only an email (or a Slack id) is "
        f"needed.\n```{SAMPLE}```"
    )
    return [*([file] if may_read_files else []), pasted, ui.section(sample)]


def role_fields(*, for_list: bool) -> list[Block]:
    """Ask for the role of everybody, or of those whose role a list leaves out."""
    label = "Role, for whom the list does not say it" if for_list else "Role, for all of them"
    hint = None if for_list else "People who have a role already keep it."
    box = ui.radio("people.role", ROLES)
    role = ui.field("role", label, box, hint=hint, optional=for_list)
    if for_list:
        return [role]
    capacity = ui.field(
        "capacity",
        "As mentors: how many mentees each?",
        ui.text_field("people.capacity", max_chars=4, placeholder="6"),
        hint="Left empty, a new mentor is taken to have room for 6.",
        optional=True,
    )
    return [role, capacity]
