"""Prove an erasure: say what was searched, what is left, and why."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.kernel.ids import MemberId, WorkspaceId
from bot.kernel.words import plural
from bot.my_data.search import PersonMarks, SearchedTable

STAYS = {
    "results of pulses that have closed": "bands, from which nobody's answer can be told; on the "
    "lists of who was asked a random name stands in their place",
    "figures that count people": "stages of five people or more, and how much was deleted",
    "that meetings were held": "the day and the group, without them",
    "that coordinators did something": "the act and the day, without their name",
    "messages in Slack": "what Cairn sent is kept or deleted by the workspace's own rules; it "
    "holds none of their words",
}
"""The traces that stay after somebody is erased, and why."""
ERRANDS = "errand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The outcome of a search for one person. `found_before` counts the rows that named them.

    `member_id` is None for an account that is no member's: then nothing but the account itself
    could be searched for. `is_erasure`: they were erased just before.
    """

    workspace_id: WorkspaceId
    account: str
    member_id: MemberId | None
    searched_at: datetime
    version: str
    schema: str
    engine: str
    found_before: int
    tables: Sequence[SearchedTable]
    is_cleared: bool
    is_erasure: bool = False
    backups_until: str | None = None

    @property
    def owed(self) -> int:
        """Count what the running bot still does in Slack for them, such as out of a channel."""
        return sum(one.by_id for one in self.tables if one.table == ERRANDS)

    @property
    def left(self) -> list[SearchedTable]:
        """List the tables that are not clear, apart from what the running bot still does."""
        return [
            one
            for one in self.tables
            if (one.by_id and one.table != ERRANDS) or one.by_name or one.unopened
        ]

    @property
    def is_proven(self) -> bool:
        return not self.left and not self.owed and self.is_cleared

    @property
    def searched_for(self) -> str:
        if self.member_id is None:
            return "the Slack account alone; no name, address or id of Cairn's is known for it"
        return "Cairn's own id, the Slack account, name and address"

    @property
    def verdict(self) -> str:
        """Say in one sentence what the search shows."""
        if self.member_id is not None and not self.is_erasure:
            return f"Nothing was deleted: {plural(self.found_before, 'row')} name this member."
        reasons = []
        named = sum(one.by_id for one in self.left)
        if named:
            reasons.append(f"{plural(named, 'row')} still named them")
        if maybe := sum(one.by_name for one in self.left):
            reasons.append(f"{plural(maybe, 'row')} had their name or address, theirs or another's")
        if unopened := sum(one.unopened for one in self.left):
            reasons.append(f"{plural(unopened, 'sealed row')} could not be opened to look")
        if self.owed:
            reasons.append(
                f"{plural(self.owed, 'errand')} in Slack for the running bot, such as taking them "
                "out of a channel"
            )
        if not self.is_cleared:
            reasons.append("the database's log still held what was deleted")
        if self.is_proven:
            return (
                f"{self._nobody()}Nothing is left: {len(self.tables)} tables were searched and 0 "
                "rows found."
            )
        return f"Not finished: {'; '.join(reasons)}. Search again later."

    def _by_name(self, one: SearchedTable) -> str:
        return "-" if self.member_id is None else str(one.by_name)

    def _nobody(self) -> str:
        """Tell an id that was mistyped from somebody who was erased before, as far as is known."""
        if self.member_id is not None or self.found_before:
            return ""
        return "No member has this account: it was erased before, or the id is not theirs. "

    def as_json(self) -> str:
        """Write it for programs."""
        about = {
            **asdict(self),
            "searched_at": self.searched_at.isoformat(),
            "verdict": self.verdict,
            "is_proven": self.is_proven,
            "searched_for": self.searched_for,
            "stays": STAYS,
            "pulse_ballots": BALLOTS,
            "backups": backups(self.backups_until),
        }
        return json.dumps(about, indent=2, ensure_ascii=False) + "\n"

    def as_text(self) -> str:
        """Write it for people."""
        head = [
            "CERTIFICATE OF ERASURE" if self.is_erasure else "RESULT OF A SEARCH",
            "",
            f"Slack account   {self.account} in workspace {self.workspace_id}",
            f"Cairn's own id  {self.member_id or 'not known any more'}",
            f"Searched        {self.searched_at:%Y-%m-%d %H:%M} UTC",
            f"Searched by     Cairn {self.version}, on {self.engine}, schema {self.schema}",
            f"Searched for    {self.searched_for}",
            f"Rows before     {self.found_before}",
            "",
            self.verdict,
            "",
            f"{'Table':<24}{'rows':>6}{'name':>6}{'unread':>8}",
            *(
                f"{one.table:<24}{one.by_id:>6}{self._by_name(one):>6}{one.unopened:>8}"
                for one in self.tables
            ),
            "",
            "rows: with their id, also in what is sealed.",
            "name: with their name or address; - where none is known.",
            "unread: sealed rows that no key opens.",
            f"pulse_ballot: {BALLOTS}.",
            "",
            "What stays, and why",
            *(f"- {what}: {why}" for what, why in STAYS.items()),
            f"- backups: {backups(self.backups_until)}",
        ]
        return "\n".join(head) + "\n"


BALLOTS = "no ballot names anybody; theirs in open pulses were destroyed with the erasure"


def backups(until: str | None) -> str:
    """Say until when copies of before hold the person."""
    end = until or "________ (fill in when your last backup of before is deleted)"
    return f"copies of before hold them until {end}; what is sealed opens with the keys alone"


def rows_of_person(tables: Sequence[SearchedTable]) -> int:
    """Count the rows that name the person."""
    return sum(one.by_id for one in tables)


def look(marks: PersonMarks, tables: Sequence[SearchedTable]) -> str:
    """Say what is kept about a person, by table, without any of it."""
    found = [one for one in tables if one.by_id]
    if not found:
        return f"Nothing is kept about {marks.account}: {len(tables)} tables were searched."
    lines = [f"  {one.table:<24}{one.by_id:>6}" for one in found]
    total = plural(rows_of_person(tables), "row")
    head = f"{total} in {plural(len(found), 'table')} name {marks.account}:"
    unopened = sum(one.unopened for one in tables)
    tail = [f"{plural(unopened, 'sealed row')} could not be opened to look."] if unopened else []
    return "\n".join([head, *lines, *tail])
