"""Find the people of a list in Slack, and who cannot be taken from it. Pure."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.kernel.ids import SlackUserId
from bot.people.model import Member
from bot.people.profiles import Account, Directory, Profile
from bot.people.roster import Note, RosterReading, RosterRow, merge
from bot.people.roster_cells import shown
from bot.people.roster_people import profile_by_address
from bot.people.time_zones import account_zone, ask_for_zone


class NotTaken(StrEnum):
    """The reasons why somebody of a list does not become a member."""

    NOT_FOUND = "not_found"
    DEACTIVATED = "deactivated"
    BOT = "bot"
    OUTSIDER = "outsider"


_REASONS: Mapping[NotTaken, str] = {
    NotTaken.NOT_FOUND: "was not found in Slack",
    NotTaken.DEACTIVATED: "has left this Slack workspace",
    NotTaken.BOT: "is a bot",
    NotTaken.OUTSIDER: "belongs to another Slack workspace",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Somebody of a list who is not taken from it, and why."""

    line: int
    name: str
    reason: NotTaken

    @property
    def sentence(self) -> str:
        """Say it to a coordinator."""
        return f"Line {self.line}: {self.name} {_REASONS[self.reason]}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """A reading whose rows all have a Slack id, and who is left out; `absent` says why by key."""

    reading: RosterReading
    left_out: tuple[LeftOut, ...]
    absent: Mapping[str, str]


def identify(reading: RosterReading, members: Iterable[Member], directory: Directory) -> Identified:
    """Find each row's person by Slack id, else by address, in Slack and then among the members.

    Who is a member stays one, whatever Slack says of them. Rows that turn out to be about one
    person become one.
    """
    known = {one.slack_user_id: one for one in members}
    by_address = {one.email.casefold(): one.slack_user_id for one in known.values() if one.email}
    profiles = profile_by_address(directory)
    rows: list[RosterRow] = []
    left_out: list[LeftOut] = []
    absent: dict[str, str] = {}
    problems: list[Note] = []
    for row in reading.rows:
        slack_id, clash = _slack_id(row, profiles, by_address, directory.profiles)
        profile = directory.profiles.get(SlackUserId(slack_id)) if slack_id else None
        if clash:
            problems.append(Note(row.line, f", {reading.head('slack_id')}: {clash}"))
        reason = None if slack_id in known else _reason(slack_id, profile, directory)
        if reason is not None:
            left_out.append(LeftOut(line=row.line, name=row.label, reason=reason))
            absent[slack_id or row.key] = f"{_REASONS[reason]} (line {row.line})"
            continue
        rows.append(replace(row, slack_id=slack_id))
    merged, contradictions = merge(rows, reading)
    return Identified(
        reading=replace(reading, rows=tuple(merged)).with_notes(
            problems=[*problems, *contradictions]
        ),
        left_out=tuple(left_out),
        absent=absent,
    )


def _slack_id(
    row: RosterRow,
    profiles: Mapping[str, Profile],
    by_address: Mapping[str, str],
    here: Container[SlackUserId],
) -> tuple[str | None, str]:
    """Find a row's Slack id, and say what is wrong where its two names are two people's."""
    profile = profiles.get(row.email) if row.email else None
    theirs = profile.slack_user_id if profile else by_address.get(row.email or "")
    if row.slack_id is None:
        return theirs, ""
    if profile is not None and profile.slack_user_id != row.slack_id:
        if SlackUserId(row.slack_id) not in here:
            return row.slack_id, (
                f"{shown(row.slack_id)} is nobody's id in Slack, and {shown(row.email or '')} is "
                f"{profile.slack_user_id}; write that id, or leave the cell empty."
            )
        return row.slack_id, (
            f"{row.slack_id} and {shown(row.email or '')} are two people in Slack, the second is "
            f"{profile.slack_user_id}; keep what is right."
        )
    return row.slack_id, ""


def _reason(slack_id: str | None, profile: Profile | None, directory: Directory) -> NotTaken | None:
    if slack_id is None or (profile is None and directory.is_whole):
        return NotTaken.NOT_FOUND
    if profile is None:
        return None
    if profile.is_deactivated:
        return NotTaken.DEACTIVATED
    return {Account.BOT: NotTaken.BOT, Account.OUTSIDER: NotTaken.OUTSIDER}.get(profile.account)


def with_zones(
    reading: RosterReading, members: Mapping[str, Member], directory: Directory
) -> RosterReading:
    """Take the Slack profile's zone, else a member's own, where a cell names no place.

    A warning says so; who has neither is a problem.
    """
    rows: list[RosterRow] = []
    warnings: list[Note] = []
    problems: list[Note] = []
    for row in reading.rows:
        if row.odd_zone is None:
            rows.append(row)
            continue
        where = f", {reading.head('timezone')}: {shown(row.odd_zone)}"
        zone = slack_zone(directory.profiles.get(SlackUserId(row.slack_id or "")))
        kept = members.get(row.slack_id or "")
        if zone is None and kept is None:
            problems.append(Note(row.line, f"{where} {ask_for_zone(row.odd_zone)}"))
        else:
            taken = zone or (kept.timezone if kept else "")
            whose = "from their Slack profile" if zone else "which they have already"
            warnings.append(Note(row.line, f"{where} is no place; {taken} is taken, {whose}."))
        rows.append(replace(row, timezone=zone, odd_zone=None))
    return replace(reading, rows=tuple(rows)).with_notes(problems=problems, warnings=warnings)


def unclear_zones(reading: RosterReading) -> Iterator[Note]:
    """Ask for a place in the stead of each zone that is none, where no Slack can be asked."""
    for row in reading.rows:
        if row.odd_zone is not None:
            where = f", {reading.head('timezone')}: {shown(row.odd_zone)}"
            yield Note(row.line, f"{where} {ask_for_zone(row.odd_zone)}")


def slack_zone(profile: Profile | None) -> str | None:
    """Give the zone of a profile, as the place it lies in where it names one."""
    return account_zone(profile.timezone) if profile and profile.timezone else None
