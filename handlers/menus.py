"""Menus of any number of options: a long one is looked through while somebody types.

Slack shows 100 options: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
"""

from collections.abc import Collection, Sequence

from bot.kernel.words import cut
from handlers import blocks as ui
from handlers.blocks import MENU_OPTIONS, OPTION_CHARS, Choice, Element


def menu(
    action_id: str, choices: Sequence[Choice], *, placeholder: str, chosen: str | None = None
) -> Element:
    """Offer one of any number of options, found under the name `action_id`."""
    if len(choices) <= MENU_OPTIONS:
        return ui.select(action_id, choices, placeholder=placeholder, chosen=chosen)
    initial = next((ui.option(one) for one in choices if one[0] == chosen), None)
    drawn = searched_menu(action_id, placeholder=f"{placeholder}: type a name")
    return drawn | ({"initial_option": initial} if initial else {})


def menu_of_several(
    action_id: str, choices: Sequence[Choice], *, placeholder: str, chosen: Collection[str] = ()
) -> Element:
    """Offer several of any number of options, found under the name `action_id`."""
    if len(choices) <= MENU_OPTIONS:
        return ui.multi_select(action_id, choices, placeholder=placeholder, chosen=chosen)
    initial = [ui.option(one) for one in choices if one[0] in chosen]
    drawn = searched_menu(action_id, placeholder=f"{placeholder}: type a name")
    drawn |= {"type": "multi_external_select"}
    return drawn | ({"initial_options": initial} if initial else {})


def searched_menu(action_id: str, *, placeholder: str) -> Element:
    """Draw a menu that asks for its options when it is opened, and at each letter."""
    said = ui.plain(placeholder, ui.PLACEHOLDER_CHARS)
    kind = "external_select"
    return {"type": kind, "action_id": action_id, "placeholder": said, "min_query_length": 0}


def whole_menu(action_id: str, choices: Sequence[Choice], *, placeholder: str) -> Element:
    """Offer one of up to 10,000 options that are at hand but once, in groups of 100."""
    if len(choices) <= MENU_OPTIONS:
        return ui.select(action_id, choices, placeholder=placeholder)
    hundreds = [choices[n : n + MENU_OPTIONS] for n in range(0, len(choices), MENU_OPTIONS)]
    labelled = [(f"{cut(some[0][1], 35)} to {cut(some[-1][1], 35)}", some) for some in hundreds]
    return ui.grouped_select(action_id, labelled, placeholder=placeholder)


def matching(choices: Sequence[Choice], typed: str) -> list[Choice]:
    """Find the options of which each typed word is in the name, those that begin so first."""
    words = typed.casefold().split()
    found = [one for one in choices if all(word in one[1].casefold() for word in words)]
    found.sort(key=lambda one: not one[1].casefold().startswith(" ".join(words)))
    return [(value, cut(label, OPTION_CHARS)) for value, label in found[:MENU_OPTIONS]]
