"""A template as plain JSON and back, for the copy that each programme carries."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import time
from typing import Any

from bot.people.model import Role
from bot.programme.model import Milestone, Template

_TIMES = ("checkin_time", "nudge_time", "pulse_time")


def template_snapshot(template: Template) -> dict[str, object]:
    """`template` as JSON values; `template_from_snapshot` gives an equal template back."""
    values = asdict(template)
    values.update({name: values[name].isoformat() for name in _TIMES})
    values["milestones"] = [
        {**milestone, "audience": milestone["audience"].value} for milestone in values["milestones"]
    ]
    values["checkin_every_weeks_by_stage"] = [
        list(pair) for pair in template.checkin_every_weeks_by_stage
    ]
    return values


def template_from_snapshot(snapshot: Mapping[str, Any]) -> Template:
    """The template of which `snapshot` was made."""
    values = dict(snapshot)
    values.update({name: time.fromisoformat(values[name]) for name in _TIMES})
    values["milestones"] = tuple(
        Milestone(**{**milestone, "audience": Role(milestone["audience"])})
        for milestone in values["milestones"]
    )
    values["checkin_every_weeks_by_stage"] = tuple(
        (stage, weeks) for stage, weeks in values["checkin_every_weeks_by_stage"]
    )
    values["group_company"] = tuple(values.get("group_company", ()))
    return Template(**values)
