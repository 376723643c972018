"""A group without a mentor and the form that gives it one, and a mentor without a group."""

from collections.abc import Sequence

from bot.kernel.words import plural
from bot.people.model import Member
from bot.programme.model import Group
from handlers import blocks as ui
from handlers.blocks import Block, Choice, Element, View
from handlers.menus import menu

TITLE = "A mentor for a group"
LED_BY_NOBODY = "group.without_mentor"


def choose_button(programme_id: str) -> Element:
    """Draw the button that opens the form."""
    return ui.button("Give the group a mentor", "group.choose_mentor", value=programme_id)


def choices_of(groups: Sequence[tuple[Group, int]]) -> list[Choice]:
    """Name groups for a menu, each with the number of its mentees."""
    return [(group.id, f"{group.name} ({plural(count, 'mentee')})") for group, count in groups]


def form(programme_id: str, groups: Sequence[tuple[Group, int]], *, chosen: str = "") -> View:
    """Ask who is to mentor a group without a mentor; `groups` have each the number of mentees."""
    choices = choices_of(groups)
    only = choices[0][0] if len(choices) == 1 else chosen
    which = menu(LED_BY_NOBODY, choices, placeholder="A group without a mentor", chosen=only)
    return ui.modal(
        callback_id="group.mentor_form",
        title=TITLE,
        submit="Give it to them",
        close="Not now",
        blocks=[
            ui.field("group", "Which group?", which),
            ui.context(
                "*Who sees this:* the group and its new mentor read that they belong together; "
                "nobody reads who chose, or why."
            ),
            ui.field(
                "mentor",
                "Who is to mentor it?",
                ui.person_field("mentor"),
                hint="Somebody who mentors here. They keep the group that they have.",
            ),
            ui.field(
                "agreed",
                "If it is more than they said they can take",
                ui.checkboxes("agreed", [("yes", "I asked them, and they agreed")]),
                hint="It is then what they can take from now on; they change it in their profile.",
                optional=True,
            ),
            ui.context(
                "The mentees hear that they have a mentor again, and the mentor hears of the "
                "group. It is introduced a day later: until then each can still ask for another "
                "mentor."
            ),
        ],
        metadata=programme_id,
    )


def mentor_without_group(mentor: Member) -> list[Block]:
    """Tell a mentor who has no group what they wait for, and whom to ask."""
    if mentor.capacity:
        text = (
            "Groups are formed, and you have none at present: not every mentor is needed for them, "
            "which says nothing about you. You get one as soon as mentees need a mentor, and you "
            "hear from me here. There is nothing to do until then."
        )
        if not mentor.has_accepted_conduct:
            text = (
                "Groups are formed, and you have none at present: a mentor gets one after "
                "accepting the code of conduct. Once you have, you get one as soon as mentees need "
                "a mentor, and you hear from me here."
            )
        return [ui.section(text)]
    text = (
        "Groups are formed, and you have none at present: on record you take no "
        "mentees. If that is wrong, let a person get in touch, and tell them how many you can take."
    )
    return [ui.section(text), ui.actions(ui.CARE)]
