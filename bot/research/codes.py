"""Give the values of coded columns in words, as a codebook does."""

from bot.goals.model import GoalStatus
from bot.matching.model import EndReason, Method
from bot.meetings.model import Length, Mode
from bot.pulse.model import Band, CellLevel
from bot.relationship.model import Side, Wave
from bot.research.model import K
from bot.stages.model import StageEventKind

ROLES = {
    "mentee": "is mentored",
    "mentor": "mentors",
    "peer_mentor": "mentors as a peer",
    "both": "mentors, and is mentored in another group",
    "mentoring": "one of the last three: which one is left out, because few are",
}
BANDS = {
    "early": "came with a stage of the first third of the framework's levels",
    "middle": "of the second third",
    "late": "of the last third",
}
EXITS = {
    "completed": "was in the programme when it was closed",
    "left": "left before the close, for whatever reason: none is asked for",
    "account_closed": "their account in Slack was closed before the close",
}
PAIR_TYPES = {"mentor": "with a mentor", "peer_mentor": "with a peer-mentor"}
METHODS = {
    Method.PROPOSED: "proposed by Cairn, approved by a coordinator",
    Method.LOCKED: "fixed by a coordinator",
    Method.WAITLIST: "from the waiting list",
    Method.REMATCH: "after a wish for another group, which needs no reason",
    Method.RESEATED: "after the group or its mentor changed",
}
END_TYPES = {
    EndReason.REMATCH: "one of the two moved to another group",
    EndReason.MENTOR_LEFT: "the mentor left",
    EndReason.MENTEE_LEFT: "the mentee left",
    EndReason.TOOK_OVER: "the peer-mentor became the group's mentor",
    EndReason.PROGRAMME_CLOSED: "the programme was closed",
}
FREQUENCIES = {
    "weekly": "every week",
    "two_weeks": "every two weeks",
    "monthly": "every month",
    "two_months": "every two months",
    "on_request": "when one of the two asks",
}
MODES = {
    Mode.IN_PERSON: "in person",
    Mode.VIDEO: "by video",
    Mode.PHONE: "by phone",
    Mode.CHAT: "in writing",
}
LENGTHS = {
    Length.UNDER_30: "less than 30 minutes",
    Length.FROM_30_TO_60: "30 to 60 minutes",
    Length.OVER_60: "more than 60 minutes",
}
STAGE_EVENTS = {
    StageEventKind.CLAIMED: "the mentee claimed the stage",
    StageEventKind.CONFIRMED: "a mentor confirmed it",
    StageEventKind.STEPPED_BACK: "the mentee stepped back to it",
}
STATUSES = {
    GoalStatus.OPEN: "under way",
    GoalStatus.DONE: "reached",
    GoalStatus.LET_GO: "let go",
}
WAVES = {Wave.T0: "at the start", Wave.T1: "on the way", Wave.T2: "half way", Wave.T3: "at the end"}
SIDES = {Side.MENTEE: "the mentee answered", Side.MENTOR: "the mentor answered"}
CELL_LEVELS = {
    CellLevel.GROUP: "mentoring groups, and groups too small for a result put together",
    CellLevel.PROGRAMME: "the programme as a whole",
}
PULSE_BANDS = {
    Band.LOW: "few of those who answered were favourable",
    Band.MIXED: "some were",
    Band.HIGH: "most were",
    Band.NOT_ENOUGH: f"fewer than {K} answered this item",
} | {
    band: f"between {band.value.replace('-', ' and ')} per cent were favourable"
    for band in Band
    if band.name.startswith("SHARE_")
}
