"""The forms for who must not be matched: a member's wishes, and conflicts on record."""

from collections.abc import Sequence
from typing import Any

from bot.matching.model import Bar
from handlers.blocks import (
    PLACEHOLDER_CHARS,
    date_field,
    field,
    modal,
    people_field,
    plain,
    radio,
    section,
)

WHO_SEES_WISHES = (
    "*Who sees this:* you alone. The matching keeps to it; no coordinator, mentor or mentee is "
    "shown it, and nobody is told why they were not matched with you."
)
WHO_SEES_CONFLICTS = "*Who sees this:* coordinators. The matching keeps to it."
KINDS = (
    (Bar.EVALUATES, "Evaluates or grades them"),
    (Bar.MANAGES, "Is their line manager"),
    (Bar.TREATS, "Treats them, or did"),
)


def wishes_form(avoided: Sequence[str]) -> dict[str, Any]:
    """A member's own wishes; `avoided` are the Slack ids they named before."""
    element: dict[str, Any] = {
        "type": "multi_users_select",
        "action_id": "people",
        "placeholder": plain("Nobody", PLACEHOLDER_CHARS),
        "max_selected_items": 10,
    }
    if avoided:
        element["initial_users"] = list(avoided)
    return modal(
        callback_id="pairing.wishes_form",
        title="Rather not with",
        submit="Save",
        blocks=[
            section(
                "Is there somebody you would rather not be matched with? You need not say why, "
                "and you can change it at any time."
            ),
            field("people", "Rather not with", element, optional=True),
            section(WHO_SEES_WISHES),
        ],
    )


def conflict_form() -> dict[str, Any]:
    """A conflict between two people, for a rotation or for good."""
    kinds = [(bar.value, label) for bar, label in KINDS]
    return modal(
        callback_id="pairing.conflict_form",
        title="Record a conflict",
        submit="Save",
        blocks=[
            section(
                "These two are never matched while this holds. If they are in one group already, "
                "you are told and can find another place."
            ),
            field("senior", "Who", people_field("senior", placeholder="Choose somebody")),
            field("kind", "What they are to the other", radio("kind", kinds)),
            field("junior", "To whom", people_field("junior", placeholder="Choose somebody")),
            field(
                "starts",
                "First day",
                date_field("starts"),
                optional=True,
                hint="Leave it empty if it has always been so.",
            ),
            field(
                "ends",
                "Last day",
                date_field("ends"),
                optional=True,
                hint="Leave it empty if it has no end.",
            ),
            section(WHO_SEES_CONFLICTS),
        ],
    )
