"""Readers of a pulse: each of them and what they learn, as members read it before they answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.pulse.model import (
    WHOLE_PROGRAMME,
    Band,
    CellFate,
    CellId,
    CellLevel,
    Fate,
    Published,
    Release,
    Results,
    Round,
    RoundState,
)
from handlers import blocks as ui
from handlers.blocks import Block, Element, View, escape, person, when
from handlers.pulse.comment_views import EXAMPLE, WHO_READS_COMMENTS
from handlers.pulse.result_views import Digest, cell_line

NAMES_SHOWN = 40
NOT_CERTAIN = (
    "Even somebody who knows their own answer cannot work out yours for certain; two who compare "
    "theirs sometimes can. Where exactly six were asked, the result of a statement tells somebody "
    "who did not answer it that all others did."
)
WHO_SEES_THIS: tuple[tuple[str, str], ...] = (
    (
        "Your group and your mentor",
        (
            "Low, Mixed or High for each statement, if six people or more were asked and five or "
            "more answered; smaller groups are counted together, or not at all. "
            f"{NOT_CERTAIN}"
        ),
    ),
    ("Your coordinator", "The same, and the list of people who were asked."),
    (
        "The people who run the server, while the pulse is open",
        (
            "How many answers lie in the box, and when they arrive if they keep watching. Somebody "
            "who takes both the database and the key directory can read this pulse's answers."
        ),
    ),
    (
        "The people who run the server, after the close",
        "Nothing more than your coordinator. The key is destroyed, so no backup can be opened.",
    ),
    ("Slack", "Your answers, on their way, as with everything you write in Slack."),
)
"""The people and what each of them learns, from the closest to the farthest."""

WHEN_EVERYBODY_IS_COUNTED_TOGETHER = (
    "Everybody in the programme",
    (
        "For each statement, how many of all answers spoke for the space, to the next ten per "
        f"cent. No group has a result of its own. {NOT_CERTAIN}"
    ),
)
"""The first of these, in a programme that is reported as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The facts in the form about a round: `asked` are the Slack ids of the group's mentees."""

    round: Round
    programme: str
    group: str
    asked: Sequence[str]
    crisis_contact: str | None = None


def who_button(round_: Round) -> Element:
    """Draw the button that opens all this."""
    return ui.button("Who sees this?", "pulse.who", value=round_.id)


def who_sees_this_view(round_: Round | None, asking: Asking | None) -> View:
    """Show what is told about a round, to read at any time: all of it to those who were asked."""
    blocks = [ui.section(f"*{who}*\n{what}") for who, what in _who_learns_what(round_)]
    if asking is not None:
        blocks = [*_before(asking), *blocks, *_after(asking)]
    return ui.modal(callback_id="pulse.who", title="Who sees a pulse", blocks=blocks)


def _who_learns_what(round_: Round | None) -> list[tuple[str, str]]:
    whole = round_ is not None and round_.cell_level is CellLevel.PROGRAMME
    first, *others = WHO_SEES_THIS
    told = [WHEN_EVERYBODY_IS_COUNTED_TOGETHER if whole else first, *others]
    return [*told, WHO_READS_COMMENTS] if round_ is not None and round_.comments else told


def _before(asking: Asking) -> list[Block]:
    names = [person(slack_id) for slack_id in asking.asked[:NAMES_SHOWN]]
    more = len(asking.asked) - len(names)
    listed = ", ".join(names) + (f" and {more} more" if more else "")
    return [
        ui.section(escape(asking.round.instrument.purpose)),
        ui.section(
            "*Who is asked*\nThe mentees of every mentoring group in "
            f"{escape(asking.programme)}. In {escape(asking.group)}: {listed}."
        ),
    ]


def _after(asking: Asking) -> list[Block]:
    round_ = asking.round
    return [
        ui.section(f"*What your coordinator will read, as an example*\n{preview(asking)}"),
        ui.context(
            f"You can change your answers until {when(round_.closes_at)}: open the form again "
            "and answer everything anew. Cairn shows nobody whether you answered.",
            f"Statements: {escape(round_.instrument.note)}.",
        ),
    ]


def preview(asking: Asking) -> str:
    """Show what the digest would say, made by the same code from invented results."""
    whole = asking.round.cell_level is CellLevel.PROGRAMME
    cell, other = WHOLE_PROGRAMME if whole else CellId("this"), CellId("other")
    bands = (Band.SHARE_7, Band.SHARE_4) if whole else (Band.HIGH, Band.LOW, Band.NOT_ENOUGH)
    releases = tuple(
        Release(cell, item_id, bands[number % len(bands)])
        for number, item_id in enumerate(asking.round.items)
    )
    fates = [CellFate(cell, Fate.RELEASED)]
    if not whole:
        fates.append(CellFate(other, Fate.TOO_FEW))
    published = Published(
        round=replace(asking.round, state=RoundState.RELEASED),
        released_on=date(2000, 1, 1),
        results=Results(tuple(fates), releases),
    )
    names = {cell: asking.group, other: "Another group"}
    digest = Digest(programme=asking.programme, now=published, names=names)
    lines = [*(f">{cell_line(digest, fate)}" for fate in fates), f"_{digest.legend}_"]
    if asking.round.comments:
        lines += ["And, behind a button, comments of all groups together:", f">{EXAMPLE}"]
    return "\n".join(lines)
