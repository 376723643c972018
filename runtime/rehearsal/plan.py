"""Read and check what a rehearsal is to play: a roster or made-up people, and the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.kernel.clock import monday_of
from bot.kernel.errors import OperatorFacing
from bot.matching.model import MENTORING
from bot.people.model import Role
from bot.people.roster import RosterReading, read_roster
from bot.people.roster_text import read_table
from bot.programme.model import Template
from bot.rehearsal.model import USUAL_RESPONSE, Rates
from bot.schedule.calendar import Break, Calendar, checked
from config.catalogue import Catalogue, load_catalogue, with_template
from runtime.commands.import_roster import read_alone, read_list
from runtime.rehearsal.people import made_up_roster

FIRST_YEAR, LAST_YEAR = 2000, 2100
FEWEST, MOST = 3, 5_000
"""Of made-up people: a coordinator, a mentor and a mentee at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The programme to be played."""

    reading: RosterReading
    catalogue: Catalogue
    template: Template
    starts_on: date
    seed: int
    calendar: Calendar | None = None
    rates: Rates = field(default_factory=Rates)


def planned(
    roster: Path | None,
    *,
    template: str,
    starts_on: date | None,
    seed: int,
    people: int | None = None,
    columns: Sequence[str] = (),
    country: str | None = None,
    breaks: Sequence[str] = (),
    rates: Rates | None = None,
    config_folder: Path | None = None,
) -> Plan:
    """Read and check what a rehearsal needs; without `starts_on`, from next Monday.

    Raises OperatorFacing with a line for each problem.
    """
    catalogue, found = _chosen(template, load_catalogue(own=config_folder))
    reading = _reading(roster, people, found, columns=columns, seed=seed)
    if starts_on is not None and not FIRST_YEAR <= starts_on.year <= LAST_YEAR:
        raise OperatorFacing(
            f"--starts-on takes a day from {FIRST_YEAR} to {LAST_YEAR}", permanent=True
        )
    return Plan(
        reading=reading,
        catalogue=catalogue,
        template=found,
        starts_on=starts_on or monday_of(datetime.now(UTC).date()) + timedelta(weeks=1),
        seed=seed,
        calendar=_days_off(country, breaks),
        rates=rates or Rates(),
    )


def rates_of(response: int | None, finer: Sequence[str] = ()) -> Rates:
    """Read `--response 70` and `--rate pulse=40`. Raises OperatorFacing."""
    try:
        pairs = [one.split("=") for one in finer]
        return Rates.of(
            USUAL_RESPONSE if response is None else response,
            **{name: int(value) for name, value in pairs},
        )
    except ValueError as problem:
        raise OperatorFacing(
            f"The rates cannot be read ({problem}); write --response 70, and --rate NAME=40 with a "
            f"whole number from 0 to 100 for {', '.join(Rates.names())}",
            permanent=True,
        ) from None


def _reading(
    roster: Path | None,
    people: int | None,
    template: Template,
    *,
    columns: Sequence[str],
    seed: int,
) -> RosterReading:
    """Read the roster, or make people up. Raises OperatorFacing."""
    if (roster is None) == (people is None):
        raise OperatorFacing(
            "Name a roster with --roster, or how many people to make up with --people",
            permanent=True,
        )
    if people is not None:
        if not FEWEST <= people <= MOST:
            raise OperatorFacing(f"--people takes {FEWEST} to {MOST:,}", permanent=True)
        return read_roster(read_table(made_up_roster(people, template, seed=seed)))
    assert roster is not None
    reading = read_alone(roster, read_list(roster, columns))
    roles = {role for row in reading.rows for role in row.roles}
    if Role.MENTEE not in roles or roles.isdisjoint(MENTORING):
        raise OperatorFacing(
            f"{roster.name} names no mentor or no mentee; a rehearsal needs at least one of each",
            permanent=True,
        )
    return reading


def _days_off(country: str | None, breaks: Sequence[str]) -> Calendar | None:
    """Read `DE` or `DE-BE`, and breaks as `2026-12-21..2027-01-03`; None where nothing is said.

    Raises OperatorFacing.
    """
    if country is None and not breaks:
        return None
    try:
        code, _, region = (country or "").partition("-")
        days = [[date.fromisoformat(day) for day in one.split("..")] for one in breaks]
        found = tuple(Break(first, last) for first, last in days)
        return checked(Calendar(country=code, region=region, breaks=found))
    except ValueError as problem:
        raise OperatorFacing(
            f"The days off cannot be read ({problem}); write --holidays DE or DE-BE, and --break "
            "2026-12-21..2027-01-03",
            permanent=True,
        ) from None


def _chosen(template: str, catalogue: Catalogue) -> tuple[Catalogue, Template]:
    """Find the template by its id, or read it from a file, with the catalogue it belongs to."""
    if Path(template).suffix in (".yaml", ".yml"):
        return with_template(catalogue, Path(template))
    if template not in catalogue.templates:
        raise OperatorFacing(
            f"There is no programme template {template}; choose one of "
            f"{', '.join(sorted(catalogue.templates))}, or name a .yaml file",
            permanent=True,
        )
    return catalogue, catalogue.templates[template]
