"""How a coordinator says which public holidays and breaks there are."""

from collections.abc import Mapping
from datetime import date
from itertools import groupby

from bot.course.rules import said_break
from bot.kernel.words import plural
from bot.schedule.calendar import Break, Calendar
from handlers import blocks as ui
from handlers.blocks import Choice, View

NO_COUNTRY, WHOLE_COUNTRY = "none", "whole"
MOVES, SKIPS = "moves", "skips"
TITLE = "Holidays and breaks"
MOST_BREAKS = 10
"""As many as a form can list with a box each."""
WHO_SEES = (
    "*Who sees this:* members notice that nothing comes on these days. Cairn then asks nobody for "
    "anything, no pulse opens, and messages wait for the next working day."
)


def form(
    programme_id: str, calendar: Calendar, *, countries: Mapping[str, str], proposed: str = ""
) -> View:
    """Ask for the country, the breaks, and what becomes of what would fall due on a day off.

    What there is stays chosen; the hint names the country `proposed` where there is none yet.
    """
    name = countries.get(proposed, "") if not calendar.country else ""
    hint = f"Proposed from the time zone: {name}. " if name else ""
    chosen = calendar.country or NO_COUNTRY
    kept = [(_key(one), _said(one)) for one in calendar.breaks]
    listed = [(NO_COUNTRY, "No public holidays"), *_by_name(countries)]
    moves = [
        (MOVES, "It comes on the next working day"),
        (SKIPS, "It does not come that time"),
    ]
    breaks = [
        ui.field(
            "breaks",
            "Breaks of the programme",
            ui.checkboxes("breaks", kept, chosen=[key for key, _ in kept]),
            hint="Untick one to delete it.",
            optional=True,
        )
    ]
    return ui.modal(
        callback_id="course.time_off_form",
        title=TITLE,
        blocks=[
            ui.field(
                "country",
                "Public holidays of",
                ui.grouped_select(
                    "country", _groups(listed), placeholder="A country", chosen=chosen
                ),
                hint=f"{hint}Regions come next, if there are any.",
            ),
            ui.context(WHO_SEES),
            *(breaks if kept else ()),
            ui.field("first", "Add a break: first day", ui.date_field("first"), optional=True),
            ui.field("last", "Its last day", ui.date_field("last"), optional=True),
            ui.field(
                "moves",
                "Anything that would come on a day off",
                ui.radio("moves", moves, chosen=MOVES if calendar.moves else SKIPS),
            ),
        ],
        submit="See what it does",
        metadata=programme_id,
    )


def region_form(calendar: Calendar, *, regions: Mapping[str, str], metadata: str) -> View:
    """Ask for the region of a country in which regions have holidays of their own."""
    listed = [(WHOLE_COUNTRY, "Only holidays of the whole country"), *_by_name(regions)]
    chosen = calendar.region or WHOLE_COUNTRY
    menu = ui.grouped_select("region", _groups(listed), placeholder="A region", chosen=chosen)
    return ui.modal(
        callback_id="course.region_form",
        title=TITLE,
        blocks=[ui.field("region", "In which region?", menu)],
        submit="See what it does",
        metadata=metadata,
    )


def _key(one: Break) -> str:
    return f"{one.first.isoformat()}/{one.last.isoformat()}"


def breaks_of(keys: tuple[str, ...]) -> list[Break]:
    """Read the breaks that stayed ticked. Raises ValueError for anything else."""
    days = [[date.fromisoformat(day) for day in key.split("/")] for key in keys]
    return [Break(first, last) for first, last in days]


def _said(one: Break) -> str:
    days = plural((one.last - one.first).days + 1, "day")
    return f"{said_break(one)} ({days})"


def _by_name(named: Mapping[str, str]) -> list[Choice]:
    return sorted(named.items(), key=lambda one: one[1].casefold())


def _groups(choices: list[Choice]) -> list[tuple[str, list[Choice]]]:
    """Divide choices by their first letters: a menu takes 100 of each, in groups."""
    first, rest = choices[:1], choices[1:]
    by_letter = groupby(rest, key=lambda one: one[1][0].upper())
    return [("–", first), *((letter, list(some)) for letter, some in by_letter)]
