"""Say who may do what, and what others are told; no other file does.

What depends on seats or on who was asked is told to these functions as facts: people know nothing
of groups and pulses.
"""

from collections.abc import Collection

from bot.kernel.errors import UserFacing
from bot.kernel.ids import MemberId
from bot.people.model import PAIRED, Member

STRANGER = (
    "I do not know you yet: you are not on this workspace's mentoring roster. If you would like to "
    "take part, ask your programme's coordinator to add you."
)
ONLY_COORDINATORS = "Only coordinators can do this. Ask yours if something should change."
ONLY_MENTORS = "Only a mentor of the same mentoring group can answer this claim."
NOT_YOUR_MEETING = (
    "You are not the mentor of this group any more. Nothing was recorded or planned. Open your "
    "Home tab to see your groups."
)
NOT_ASKED = "These times are for another mentoring group. Nothing was changed."
NOT_YOUR_COMMENTS = "Comments are read by those who were asked in that pulse, and coordinators."
NOT_OF_THIS_GROUP = (
    "Profiles are read by the people of a mentoring group alone, once they are introduced to each "
    "other and while the programme lasts."
)
NOT_YOUR_AGREEMENT = (
    "This agreement is between two other people, or it is gone. Open the Home tab to find yours."
)
NO_PROFILE = "Profiles are for mentees and mentors who take part. Ask a coordinator to add you."
NOT_YOUR_CHARTER = (
    "This charter is for the members of another group, or it is gone. Open the Home tab for yours."
)
LAST_COORDINATOR = (
    "You are the only coordinator, and mentoring here would be without one. Make somebody else "
    "coordinator first: choose People on Home, then that person, and tick the role."
)
HAS_COORDINATOR = "This workspace has a coordinator already; ask them to add you."


def coordinates(member: Member | None) -> bool:
    """Say whether this is a coordinator who has not left."""
    return member is not None and member.is_coordinator and member.takes_part


def may_answer_claim(mentors: Collection[MemberId], *, claimant: MemberId, by: MemberId) -> bool:
    """Say whether `by` may answer a claim: a mentor of the claimant's group, and never oneself."""
    return by in mentors and by != claimant


def may_plan_meeting(member: Member, mentors: Collection[MemberId]) -> bool:
    """Say whether a member may plan and record a group's meetings: its mentors of now."""
    return member.takes_part and member.id in mentors


def may_answer_times(member: Member, mentees: Collection[MemberId]) -> bool:
    """Say whether a member may answer for a group when to meet, and object to its records."""
    return member.takes_part and member.id in mentees


def may_read_shared(reader: Member, *, sits_there: bool, was_addressed: bool) -> bool:
    """Let only members who take part read what another shared, and evidence for a claim.

    `sits_there`: in the group it is for, as its mentor where it is for the mentor, at this moment.
    `was_addressed`: it was shared with them, and not with a mentor before them.
    """
    return reader.takes_part and sits_there and was_addressed


def may_read_profiles(reader: Member, *, is_known_there: bool) -> bool:
    """Let only the people of a group who take part and are introduced read its profiles."""
    return reader.takes_part and is_known_there


def may_read_agreement(member: Member, *, between: Collection[MemberId]) -> bool:
    """Let the two whom an agreement is between read it, also once it has ended; nobody else."""
    return member.id in between


def must_have_profile(member: Member) -> None:
    """Refuse a profile to everybody but mentees and mentors who take part. Raises UserFacing."""
    if not (member.takes_part and member.roles & PAIRED):
        raise UserFacing(NO_PROFILE)


def may_change_agreement(member: Member, *, between: Collection[MemberId], lasts: bool) -> bool:
    """Let the two change their agreement while they are paired and take part."""
    return member.id in between and member.takes_part and lasts


def may_open_charter(member: Member, *, sits_there: bool) -> bool:
    """Let only members of a group who take part read its charter, and say what they think."""
    return member.takes_part and sits_there


def may_change_line(member: Member, *, author: MemberId, is_orphan: bool) -> bool:
    """Let members change their own lines of a charter, and those whose author is gone."""
    return is_orphan or member.id == author


def may_read_comments(member: Member, *, was_asked: bool) -> bool:
    """Let only members who were asked in a pulse, and coordinators, read its comments."""
    return was_asked or coordinates(member)


def may_hear_concerns(member: Member) -> bool:
    """Say whether somebody may be named for concerns: nobody who mentors or is mentored."""
    return member.takes_part and not member.roles & PAIRED


def may_write_compass(member: Member) -> bool:
    """Let only mentees who take part write a compass. It is read by its author, and nobody else."""
    return member.is_mentee and member.takes_part


def may_read_concern(reader: Member, *, addressed: Collection[MemberId]) -> bool:
    """Let only those who were asked read a concern, while they take part; no role opens one."""
    return reader.takes_part and reader.id in addressed


def may_rate(member: Member, *, others: Collection[MemberId], about: MemberId) -> bool:
    """Let a member answer only about the `others` of their own mentoring relationships of now."""
    return member.takes_part and about in others


def may_be_erased(member: Member, coordinators: Collection[Member]) -> bool:
    """Say whether a member may have everything about them deleted: the last coordinator may not."""
    others = [one for one in coordinators if coordinates(one) and one.id != member.id]
    return not member.is_coordinator or bool(others)


def may_set_up(member: Member | None, everybody: Collection[Member]) -> bool:
    """Say whether somebody may make themselves coordinator: while nobody else is."""
    return coordinates(member) or not any(map(coordinates, everybody))


def known(member: Member | None) -> Member:
    """Refuse strangers. Whoever is known may see and change what is their own, even after leaving.

    Raises UserFacing.
    """
    if member is None:
        raise UserFacing(STRANGER)
    return member


def coordinator(member: Member | None) -> Member:
    """Refuse everybody but coordinators. Raises UserFacing."""
    if member is None or not coordinates(member):
        raise UserFacing(ONLY_COORDINATORS)
    return member
