"""List the tables of an export and their columns: the one place that says what is in it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.goals.model import GoalDomain
from bot.relationship.model import ITEMS, SCALE, Domain, Side
from bot.research.codes import (
    BANDS,
    CELL_LEVELS,
    END_TYPES,
    EXITS,
    FREQUENCIES,
    LENGTHS,
    METHODS,
    MODES,
    PAIR_TYPES,
    PULSE_BANDS,
    ROLES,
    SIDES,
    STAGE_EVENTS,
    STATUSES,
    WAVES,
)
from bot.research.model import ExportColumn as Column
from bot.research.model import ExportTable as Table
from bot.stages.model import Framework

WEEK = "week of the programme, from 1; weeks before the start have numbers below 1"
WAITS = "counted in the steps that `week_step` says; missing where few share it"
_STAGES = frozenset({"stage", "from", "to"})
"""The columns whose values are levels of a framework."""


def _coded(
    name: str,
    about: str,
    values: Mapping[Any, str],
    *,
    is_required: bool = False,
    is_open: bool = False,
) -> Column:
    in_words = {str(value): said for value, said in values.items()}
    return Column(
        name=name,
        kind="string",
        about=about,
        values=in_words,
        is_required=is_required,
        is_open=is_open,
    )


def _number(
    name: str,
    about: str,
    *,
    is_required: bool = False,
    least: int | None = None,
    most: int | None = None,
) -> Column:
    return Column(
        name=name, kind="integer", about=about, is_required=is_required, least=least, most=most
    )


PID = Column(
    name="pid",
    kind="string",
    about="a participant, by an id that is made up for this file alone",
    is_required=True,
)
PAIR = Column(name="pair", kind="string", about="a pairing of this file", is_required=True)
IN_WEEK = _number("week", WEEK, is_required=True)

PARTICIPANTS = Table(
    name="participants",
    about="Members of one programme who agreed. At least five share every combination.",
    key=("pid",),
    columns=(
        PID,
        _coded("role", "their role in this programme", ROLES),
        Column(name="cohort", kind="string", about="the year in which it began"),
        _coded("training_band", "where they stood when they came", BANDS),
        Column(name="framework", kind="string", about="the competency framework"),
        _number("entry_week", f"first week of their first pairing; {WAITS}", least=1),
        _number("exit_week", f"week in which they left; {WAITS}", least=1),
        _coded("exit_reason", "how their part ended; missing while it goes on", EXITS),
    ),
)
PAIRINGS = Table(
    name="pairings",
    about="A mentee and a mentor, where both agreed.",
    key=("pair",),
    refers={"mentor_pid": "participants", "mentee_pid": "participants"},
    columns=(
        PAIR,
        Column(name="mentor_pid", kind="string", about="the mentor", is_required=True),
        Column(name="mentee_pid", kind="string", about="the mentee", is_required=True),
        Column(
            name="group",
            kind="string",
            about="the mentoring group, by an id made up for this file",
            is_required=True,
        ),
        _coded("type", "with whom; missing where the role is", PAIR_TYPES),
        _coded("method", "how it came about", METHODS),
        _number("preference_rank", "rank of the mentor among the mentee's wishes", least=1),
        _number("start_week", f"week in which it began; {WAITS}", least=1),
        _number("end_week", f"week in which it ended; {WAITS}", least=1),
        _coded("end_type", "why it ended; never who wished it", END_TYPES),
    ),
)
AGREEMENTS = Table(
    name="agreements",
    about="Versions of an agreement that both sides confirmed. Never their words.",
    key=("pair", "version"),
    refers={"pair": "pairings"},
    columns=(
        PAIR,
        _number("version", "from 1", is_required=True, least=1),
        _number("weeks_to_sign", "whole weeks from the start of the pairing", least=0),
        _number("gap_count", "subjects on which the two first chose differently", least=0),
        _coded("planned_frequency", "how often they plan to meet", FREQUENCIES),
    ),
)
MEETINGS = Table(
    name="meetings",
    about="A row for each pair that was at a meeting, or was to have one together.",
    key=(),
    refers={"pair": "pairings"},
    columns=(
        PAIR,
        IN_WEEK,
        _coded("mode", "how they met; missing where it was not noted", MODES),
        _coded("duration_band", "how long; missing where it was not noted", LENGTHS),
        Column(
            name="held",
            kind="boolean",
            about="false: it was planned, and did not take place",
            is_required=True,
        ),
    ),
)
CHECKINS = Table(
    name="checkins",
    about="Check-ins that their writer shared, and of these what they shared.",
    key=(),
    refers={"pid": "participants"},
    columns=(
        PID,
        IN_WEEK,
        _coded("stage", "their stage then", {}, is_open=True),
        *(
            Column(
                name=lens,
                kind="boolean",
                about=f"whether the lens “{lens}” was answered and shared",
                is_required=True,
            )
            for lens in ("think", "feel", "act")
        ),
        _number("confidence", "0 not at all to 10 completely", least=0, most=10),
    ),
)
STAGES = Table(
    name="stages",
    about="Stages that were claimed, confirmed and stepped back from. Never computed.",
    key=(),
    refers={"pid": "participants"},
    columns=(
        PID,
        IN_WEEK,
        Column(name="framework", kind="string", about="the framework", is_required=True),
        _coded("from", "the stage before", {}, is_open=True),
        _coded("to", "the stage after", {}, is_open=True),
        _coded("event", "what happened", STAGE_EVENTS, is_required=True),
    ),
)
RELATIONSHIP = Table(
    name="relationship",
    about=f"Answers about a pairing, {SCALE[0]} not at all to {SCALE[-1]} completely; "
    "items adapted, unvalidated.",
    key=("pair", "wave", "rater"),
    refers={"pair": "pairings"},
    columns=(
        PAIR,
        _coded("wave", "when it was asked", WAVES, is_required=True),
        _coded("rater", "who answered", SIDES, is_required=True),
        *(
            _number(
                one.value,
                f"mentee: “{ITEMS[Side.MENTEE][one]}” mentor: “{ITEMS[Side.MENTOR][one]}”",
                least=SCALE[0],
                most=SCALE[-1],
            )
            for one in Domain
        ),
    ),
)
GOALS = Table(
    name="goals",
    about="Goals that their author shared with a mentor. Never their words.",
    key=("goal",),
    refers={"pid": "participants"},
    columns=(
        PID,
        Column(
            name="goal",
            kind="string",
            about="a goal, by an id made up for this file",
            is_required=True,
        ),
        _coded("domain", "what it is about", {one: one.value for one in GoalDomain}),
        _coded("status", "how it stands", STATUSES),
        _number("importance", "1 to 5, by its author", least=1, most=5),
        _number("confidence", "the last that was noted, 0 to 10", least=0, most=10),
    ),
)
PULSE_RELEASES = Table(
    name="pulse_releases",
    about="Published bands of the anonymous pulse, of everybody asked. No answer exists.",
    key=("wave", "item", "band"),
    columns=(
        _number("wave", "rounds with a result, from 1", is_required=True, least=1),
        _coded("cell_level", "what has a result", CELL_LEVELS, is_required=True),
        Column(name="item", kind="string", about="see `items`", is_required=True),
        _coded("band", "what was published", PULSE_BANDS, is_required=True),
        _number("cells", "results with this band", is_required=True, least=1),
        _number("instrument_version", "version of the items", is_required=True, least=1),
    ),
)

TABLES = (
    PARTICIPANTS,
    PAIRINGS,
    AGREEMENTS,
    MEETINGS,
    CHECKINS,
    STAGES,
    RELATIONSHIP,
    GOALS,
    PULSE_RELEASES,
)


def tables(framework: Framework | None) -> tuple[Table, ...]:
    """List the tables as they are written, with this framework's levels in words."""
    levels = {one.name: one.summary for one in framework.levels} if framework else {}
    return tuple(
        replace(
            table,
            columns=tuple(
                replace(one, values=levels) if one.name in _STAGES else one for one in table.columns
            ),
        )
        for table in TABLES
    )
