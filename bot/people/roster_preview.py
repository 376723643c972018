"""Say what a list would change: who is new, what changes field by field, who is left out. Pure.

What a list does not say changes nothing. What the last list said and this one repeats changes
nothing either: since then Slack, a member or a coordinator may have changed it. Barriers alone are
always compared with the member: a repeated list must never leave out whom it keeps apart.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.kernel.ids import MemberId, SlackUserId, WorkspaceId
from bot.people.model import MENTORING, NAMING_PEOPLE, PAIRED, Member, MemberState, Role
from bot.people.profiles import Account, Directory, Profile
from bot.people.roster import (
    COLUMNS,
    USUAL_CAPACITY,
    Note,
    RosterReading,
    RosterRow,
    without_capacity,
)
from bot.people.roster_answers import said_themselves, taken_back, word_of_the_member
from bot.people.roster_identity import LeftOut, identify, slack_zone, with_zones
from bot.people.roster_people import BARRIERS, everybody, resolve

Value = str | int | tuple[str, ...] | None
Digests = Mapping[str, str]
"""Digests, by field, of a list's words about somebody: enough to see that they are repeated."""
FIELDS = tuple("roles" if one == "role" else one for one in COLUMNS if one != "slack_id")
"""Fields of a member that a list may change."""

IN_SLACK: Mapping[str, str | None] = {"name": "", "email": None, "timezone": None}
"""Fields that Slack's profile has too, and what stands there for nothing."""


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A field that a list changes; people in `before` and `after` are named by Slack id."""

    field: str
    before: Value
    after: Value

    @property
    def is_barrier(self) -> bool:
        return self.field in BARRIERS


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChange:
    """The changes of a list to a member."""

    member_id: MemberId
    slack_user_id: SlackUserId
    name: str
    fields: tuple[ValueChange, ...]

    @property
    def changes_barriers(self) -> bool:
        return any(one.is_barrier for one in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The result that applying a list would have. With any problem it cannot be applied.

    `unchanged` and `absent` (mentors and mentees whom the list does not name) are counted.
    `guests` and `left` are names: guests may not be allowed into channels, and who has left stays
    away.
    `needs_role` says that new people have no role and nobody said which. `labels` name people by
    Slack id. `said` is what the list says of everybody in it.
    """

    new: tuple[Member, ...] = ()
    changed: tuple[MemberChange, ...] = ()
    unchanged: int = 0
    absent: int = 0
    left_out: tuple[LeftOut, ...] = ()
    guests: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    needs_role: bool = False
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    labels: Mapping[str, str]
    said: Mapping[str, Digests]

    @property
    def barriers(self) -> tuple[MemberChange, ...]:
        """Give the changes of who must not be matched with whom; they stand first."""
        return tuple(one for one in self.changed if one.changes_barriers)

    @property
    def confirms_barriers(self) -> bool:
        """Say whether somebody has to confirm changes of barriers before anything is applied."""
        return bool(self.barriers)

    @property
    def changes_nothing(self) -> bool:
        return not self.new and not self.changed

    def shown(self, field: str, value: Value) -> str:
        """Write a field's value for a coordinator, with people's names; nothing when empty."""
        if not isinstance(value, tuple):
            return "" if value is None else str(value)
        if field == "roles":
            return ", ".join(one.replace("_", "-") for one in value)
        return ", ".join(self.labels.get(one, one) for one in value)


def preview(
    reading: RosterReading,
    workspace_id: WorkspaceId,
    members: Sequence[Member],
    *,
    directory: Directory,
    said: Mapping[str, Digests],
    role: Role | None = None,
    stages: Collection[str] | None = None,
    zone: str = "UTC",
) -> Preview:
    """Compare a reading with the members. Takes long for thousands of rows.

    `said` is what earlier lists said, by Slack id. `role` is for new people whose role the list
    leaves out. With `stages` given, any other stage is a warning. `zone` is for new people of
    whom neither the list nor Slack says theirs.
    """
    known = {str(one.slack_user_id): one for one in members}
    found = identify(reading, members, directory)
    placed = with_zones(found.reading, known, directory)
    left_out = [row for row in reading.rows if row.key in found.absent]
    whole = everybody([*placed.rows, *left_out], members, directory)
    named = resolve(placed, whole, absent=found.absent)
    comparison = _Comparison(workspace_id, known, said, directory, role=role, zone=zone)
    for row in named.rows:
        comparison.add(row, named)
    read = named.with_notes(problems=comparison.problems, warnings=comparison.warnings)
    begin = tuple(r for r in named.rows if not (r.key in known and known[r.key].is_mentor))
    guesses = without_capacity(replace(placed, rows=begin))
    if stages is not None:
        guesses += unknown_stages(named.rows, stages)
    mentioned = {one for row in named.rows for f in NAMING_PEOPLE for one in getattr(row, f) or ()}
    mentioned |= {
        one
        for change in comparison.changed
        for field in change.fields
        if field.field in NAMING_PEOPLE and isinstance(field.before, tuple)
        for one in field.before
    }
    unnamed = known.keys() - {row.key for row in named.rows}
    return Preview(
        new=tuple(comparison.new),
        changed=tuple(sorted(comparison.changed, key=lambda one: not one.changes_barriers)),
        unchanged=comparison.unchanged,
        absent=sum(bool(known[one].roles & PAIRED) for one in unnamed),
        left_out=found.left_out,
        guests=tuple(comparison.guests),
        left=tuple(comparison.left),
        needs_role=comparison.needs_role,
        warnings=tuple(map(str, [*guesses, *read.warnings])),
        problems=tuple(map(str, read.problems)),
        labels={key: whole.labels[key] for key in mentioned if key in whole.labels},
        said=comparison.said,
    )


class _Comparison:
    """Compares rows with members, one after another."""

    def __init__(
        self,
        workspace_id: WorkspaceId,
        known: Mapping[str, Member],
        said: Mapping[str, Digests],
        directory: Directory,
        *,
        role: Role | None,
        zone: str,
    ) -> None:
        self._workspace_id, self._known, self._before = workspace_id, known, said
        self._directory, self._role, self._zone = directory, role, zone
        self.new: list[Member] = []
        self.changed: list[MemberChange] = []
        self.unchanged = 0
        self.guests: list[str] = []
        self.left: list[str] = []
        self.needs_role = False
        self.problems: list[Note] = []
        self.warnings: list[Note] = []
        self.said: dict[str, Digests] = {}

    def add(self, row: RosterRow, reading: RosterReading) -> None:
        """Compare one row, which has a Slack id."""
        profile = self._directory.profiles.get(SlackUserId(row.key))
        if profile and profile.account in (Account.GUEST, Account.SINGLE_CHANNEL_GUEST):
            self.guests.append(row.label)
        member = self._known.get(row.key)
        values = _values(row)
        if not (row.roles | (member.roles if member else frozenset())) & MENTORING:
            values.pop("capacity", None)
        digests = {
            field: barrier_digest(value) if field in BARRIERS else digest(value)
            for field, value in values.items()
        }
        if member is None:
            self.said[row.key] = {**digests, **_slack_digests(profile, values)}
            self._add_new(row, values, profile, reading)
            return
        if not member.takes_part:
            self.left.append(member.name)
        before = self._before.get(row.key, {})
        told = {
            field: value
            for field, value in values.items()
            if field in BARRIERS or digests[field] != before.get(field)
        }
        stays = said_themselves(before) & told.keys() - row.cleared
        told = {field: value for field, value in told.items() if field not in stays}
        self.said[row.key] = {
            **digests,
            **_slack_digests(profile, told),
            **taken_back(said_themselves(before) & told.keys()),
        }
        self.warnings += [word_of_the_member(row, reading, field) for field in sorted(stays)]
        fields = changes_of(member, changed_member(member, told, slack_zone(profile)))
        if not fields:
            self.unchanged += 1
            return
        self.changed.append(
            MemberChange(
                member_id=member.id,
                slack_user_id=member.slack_user_id,
                name=member.name,
                fields=fields,
            )
        )

    def _add_new(
        self,
        row: RosterRow,
        values: Mapping[str, Any],
        profile: Profile | None,
        reading: RosterReading,
    ) -> None:
        name = row.name or (profile.name if profile else None)
        roles = row.roles or ({self._role} if self._role else set())
        if name is None and "name" not in row.unread:
            what = f", {reading.head('name')}: the name is missing; write it."
            self.problems.append(Note(row.line, what))
        if not roles and "role" not in row.unread:
            self._ask_for_role(row, reading)
        if name is None or not roles:
            return
        self.new.append(
            changed_member(
                Member(
                    id=MemberId(""),
                    workspace_id=self._workspace_id,
                    slack_user_id=SlackUserId(row.key),
                    name=name,
                    email=profile.email if profile else None,
                    roles=frozenset(roles),
                    capacity=USUAL_CAPACITY if MENTORING.intersection(roles) else 0,
                    timezone=slack_zone(profile) or self._zone,
                ),
                {field: value for field, value in values.items() if field not in ("name", "roles")},
                slack_zone(profile),
            )
        )

    def _ask_for_role(self, row: RosterRow, reading: RosterReading) -> None:
        self.needs_role = True
        if any(column.field == "role" for column in reading.columns):
            what = f", {reading.head('role')}: the role of {row.label} is missing; write it."
            self.problems.append(Note(row.line, what))
        elif not self.problems:
            what = "The list does not say who has which role; add a column, or choose one for all."
            self.problems.append(Note(0, what))


def _values(row: RosterRow) -> dict[str, Any]:
    """Give what a row says, by field of a member; roles as sorted words."""
    said = {field: getattr(row, field) for field in FIELDS if field != "roles"}
    if row.roles:
        said["roles"] = tuple(sorted(row.roles))
    return {field: value for field, value in said.items() if value is not None}


def _slack_digests(profile: Profile | None, said: Collection[str]) -> Digests:
    """Digest what Slack says now where a list says it anew: the list stands until Slack changes."""
    told = [one for one in IN_SLACK if profile and one in said and getattr(profile, one)]
    return {f"slack {one}": digest(getattr(profile, one)) for one in told}


def since_list(profile: Profile, said: Digests) -> tuple[Profile, Digests]:
    """Blank in a profile what Slack said already at the last list that said it itself.

    Gives, too, what of `said` still counts: a digest of Slack's is of no use once Slack changed.
    """
    as_before: dict[str, Any] = {}
    left = dict(said)
    for one, blank in IN_SLACK.items():
        value, before = getattr(profile, one), said.get(f"slack {one}")
        if before == digest(value):
            as_before[one] = blank
        elif before is not None and value:
            del left[f"slack {one}"]
    return replace(profile, **as_before), left


def digest(value: object) -> str:
    """Digest a value, such that the same one is known again."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def changed_member(member: Member, told: Mapping[str, Any], slack_zone: str | None) -> Member:
    """Give a member what a list tells. Roles are added and never taken; empty text is nothing."""
    values = {field: value for field, value in told.items() if field not in ("roles", "capacity")}
    roles = member.roles | frozenset(map(Role, told.get("roles", ())))
    for field in ("email", "stage"):
        if field in values:
            values[field] = values[field] or None
    if values.get("name") == "":
        del values["name"]
    if values.get("timezone") == "":
        values["timezone"] = slack_zone or member.timezone
    if roles & MENTORING:
        usual = member.capacity if member.is_mentor else USUAL_CAPACITY
        values["capacity"] = told.get("capacity", usual)
    return replace(member, roles=roles, **values)


def changes_of(before: Member, after: Member) -> tuple[ValueChange, ...]:
    """Compare a member with what they become; barriers first."""
    found = [
        ValueChange(field, field_value(before, field), field_value(after, field))
        for field in FIELDS
        if not _is_same(field, getattr(before, field), getattr(after, field))
    ]
    return tuple(sorted(found, key=lambda one: not one.is_barrier))


def _is_same(field: str, before: Any, after: Any) -> bool:
    return set(before) == set(after) if field in BARRIERS else bool(before == after)


def as_said(member: Member, said: Digests) -> bool:
    """Say whether the barriers of a member are those that a list says."""
    return all(said.get(one) in (None, barrier_digest(getattr(member, one))) for one in BARRIERS)


def barrier_digest(people: Iterable[str]) -> str:
    return digest(tuple(sorted(people)))


def field_value(member: Member, field: str) -> Value:
    """Give a member's field as it is compared and kept."""
    value: Any = getattr(member, field)
    return tuple(sorted(map(str, value))) if field == "roles" else value


def with_value(member: Member, field: str, value: Value) -> Member:
    """Give a member this value in a field."""
    if field == "roles" and isinstance(value, tuple):
        return replace(member, roles=frozenset(map(Role, value)))
    values: dict[str, Any] = {field: value}
    return replace(member, **values)


def unknown_stages(rows: Iterable[RosterRow], stages: Collection[str]) -> list[Note]:
    """Write a sentence for each stage of the rows that is not in `stages`."""
    known = {stage.casefold() for stage in stages}
    return [
        Note(row.line, f": stage “{row.stage}” is in no framework; the first stage is used.")
        for row in rows
        if row.stage and row.stage.casefold() not in known
    ]


def may_be_taken_back(member: Member, imported: Member) -> bool:
    """Say whether a new member has done nothing since the import that made them one."""
    return (
        member.conduct_accepted_at is None
        and member.state is MemberState.ACTIVE
        and bool(member.roles & PAIRED)
        and member.roles == imported.roles
    )
