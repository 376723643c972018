"""Decide what a charter asks of whom, and when the peer-mentor role is offered."""

from collections.abc import Collection
from datetime import datetime, timedelta

from bot.community.model import Charter, OfferAnswer, PeerTraining, Stance
from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.kinds import ToDoKind
from bot.people.model import MENTORING, Role

MOST_CHARS = 300
"""For one line: a charter is read in a minute."""
MOST_LINES = 30
AGAIN_AFTER = timedelta(weeks=4)
"""How long after "not now" the peer-mentor role is offered again."""
FINAL_FOR = timedelta(days=365)
"""How long a refusal holds, whatever a coordinator ticks."""


def asks(charter: Charter, member_id: MemberId) -> ToDoKind | None:
    """Say what a charter asks of a member now: a first line, their word, or nothing."""
    if not charter.is_running or member_id in charter.stances:
        return None
    return ToDoKind.READ_CHARTER if charter.line_count else ToDoKind.WRITE_CHARTER


def stays_with_it(charter: Charter, member_id: MemberId) -> bool:
    """Say whether somebody who changes a charter is with the new version without being asked."""
    return charter.line_count == 0 or charter.stances.get(member_id) is Stance.WITH_IT


def one_line(text: str) -> str:
    """Write a proposed line on one line. Raises UserFacing for one that is too long."""
    line = " ".join(text.split())
    if len(line) > MOST_CHARS:
        raise UserFacing(f"Shorten this to {MOST_CHARS} characters.")
    return line


def is_offered(training: PeerTraining, roles: Collection[Role], *, now: datetime) -> bool:
    """Say whether somebody is offered the peer-mentor role now. It is never given unasked."""
    if not training.is_finished or MENTORING & set(roles):
        return False
    if training.answer is None or training.answered_at is None:
        return True
    return training.answer is OfferAnswer.LATER and now >= training.answered_at + AGAIN_AFTER


def may_be_ticked(training: PeerTraining | None, *, now: datetime) -> bool:
    """Say whether a coordinator's tick counts: not within a year of a refusal."""
    if training is None or training.answer is not OfferAnswer.NO or training.answered_at is None:
        return True
    return now >= training.answered_at + FINAL_FOR
