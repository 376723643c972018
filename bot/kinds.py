"""List every kind of schedule, message, to-do and file. Such a string stands nowhere else.

The values are kept in the database: one that has been released is never changed or used again.
"""

from enum import StrEnum


class ScheduleKind(StrEnum):
    """The kinds of what falls due. Each has a duty in the capability that it belongs to."""

    CHECKIN_PROMPT = "checkin_prompt"
    MENTOR_NUDGE = "mentor_nudge"
    PULSE_OPEN = "pulse_open"
    PULSE_REMINDER = "pulse_reminder"
    PULSE_CLOSE = "pulse_close"
    PAUSE_END = "pause_end"
    DAILY_CHECK = "pairing_settle"
    ERASURE = "erasure"
    TRACES = "traces"
    DIRECTORY_READING = "directory_reading"
    ROSTER_FORGOTTEN = "roster_forgotten"
    MEETING_AGENDA = "meeting_agenda"
    CARE = "care_watch"
    PEER_ROUNDS = "peer_rounds_daily"
    PEERS_APART = "peers_apart"
    RETENTION = "retention_due"
    ABSENCE = "absence_begins"
    ROSTER_READING = "roster_reading"


COMES_ON_ANY_DAY = frozenset(
    {
        ScheduleKind.PULSE_CLOSE,
        ScheduleKind.PAUSE_END,
        ScheduleKind.DAILY_CHECK,
        ScheduleKind.ERASURE,
        ScheduleKind.TRACES,
        ScheduleKind.DIRECTORY_READING,
        ScheduleKind.ROSTER_FORGOTTEN,
        ScheduleKind.MEETING_AGENDA,
        ScheduleKind.CARE,
        ScheduleKind.PEER_ROUNDS,
        ScheduleKind.PEERS_APART,
        ScheduleKind.RETENTION,
        ScheduleKind.ABSENCE,
        ScheduleKind.ROSTER_READING,
    }
)
"""Kinds that ask nobody for anything, and so fall due on holidays and in breaks, too."""


class MessageKind(StrEnum):
    """The kinds of messages. Each is written by the capability that it belongs to."""

    CHECKIN_PROMPT = ScheduleKind.CHECKIN_PROMPT.value
    CHECKIN_SHARED = "checkin_shared"
    CHECKIN_REPLIED = "checkin_replied"
    MENTOR_NUDGE = ScheduleKind.MENTOR_NUDGE.value
    STAGE_CLAIMED = "stage_claimed"
    STAGE_ANSWERED = "stage_answered"
    CONDUCT_INVITATION = "conduct_invitation"
    WELCOME_BACK = "welcome_back"
    DIRECTORY_NEWS = "directory_news"
    COORDINATOR_WELCOME = "coordinator_welcome"
    GROUP_INTRODUCTION = "group_introduction"
    UNMATCHED_NOTICE = "unmatched_notice"
    SEAT_PREVIEW = "seat_preview"
    SEAT_FOUND = "seat_found"
    MEMBER_JOINED = "member_joined"
    MEMBER_MOVED = "member_moved"
    MENTOR_LEFT = "mentor_left"
    MENTOR_MISSING = "mentor_missing"
    MENTOR_FOUND = "mentor_found"
    PROGRAMME_ENDS = "programme_ends"
    GOODBYE = "goodbye"
    THANKS = "thanks_given"
    DIGEST_CHANNEL = "digest_channel"
    GROUP_CONFLICT = "pairing_conflict"
    START_HELD = "start_held"
    PULSE_INVITATION = "pulse_invitation"
    PULSE_REMINDER = ScheduleKind.PULSE_REMINDER.value
    PULSE_DIGEST = "pulse_digest"
    PULSE_RESULT = "pulse_result"
    PULSE_VOID = "pulse_void"
    PULSE_HELD = "pulse_held"
    PULSE_ACTION = "pulse_action"
    CONVERSATION_ANSWER = "conversation_answer"
    CONTACT_WISHED = "contact_wished"
    PERSONAL_NOTE = "personal_note"
    CHANNEL_SHUT = "channel_shut"
    SHARE_HELD = "share_held"
    MEETING_OFFERED = "meeting_offered"
    MEETING_FIXED = "meeting_fixed"
    MEETING_CALLED_OFF = "meeting_called_off"
    MEETING_AGENDA = ScheduleKind.MEETING_AGENDA.value
    INVITATION_REFUSED = "invitation_refused"
    LEFT_CHANNEL = "left_channel"
    PEER_MENTOR_OFFER = "peer_mentor_offer"
    PEER_ROUND = "peer_round_announced"
    PEER_CHANGE = "peer_round_changed"
    PEER_QUESTION = "peer_round_asked"
    RETENTION_NOTICE = "retention_notice"
    RETENTION_NEWS = "retention_news"
    STAND_IN = "stand_in_news"
    NOBODY_HEARS = "nobody_hears"
    ANNOUNCEMENT = "announcement_sent"
    COORDINATORS_WEEK = "coordinators_week"
    WEEKLY_DIGEST = "weekly_digest"
    ROSTER_NEWS = "roster_news"


class ToDoKind(StrEnum):
    """The kinds of to-dos. Each is said, with its button, by its capability."""

    ACCEPT_CONDUCT = "accept_conduct"
    WRITE_CHECKIN = "write_checkin"
    CHOOSE_HANDOVER = "choose_handover"
    WRITE_PROFILE = "write_profile"
    ANSWER_CLAIM = "answer_claim"
    TALK_ABOUT_CLAIM = "talk_about_claim"
    CLAIM_UNANSWERED = "claim_unanswered"
    SET_GOAL = "set_goal"
    REVIEW_GOAL = "review_goal"
    IMPORT_PEOPLE = "import_people"
    SET_UP_PROGRAMME = "set_up_programme"
    NAME_CONTACTS = "name_contacts"
    NAME_CONTACT_PEOPLE = "name_contact_people"
    ANSWER_CONCERN = "answer_concern"
    ASK_FOR_CONDUCT = "ask_for_conduct"
    PROPOSE_GROUPS = "propose_groups"
    APPROVE_PROPOSAL = "approve_proposal"
    RESOLVE_CONFLICT = "resolve_conflict"
    SAY_WHAT_WAS_DONE = "say_what_was_done"
    SEND_AGAIN = "send_again"
    INVITE_BY_HAND = "invite_by_hand"
    CLOSE_PROGRAMME = "close_programme"
    LOOK_BACK = "look_back"
    ANSWER_TIMES = "answer_times"
    FIX_TIME = "fix_time"
    SAY_IF_MET = "say_if_met"
    CHECK_MEETING = "check_meeting"
    SAY_IF_PEERS_MET = "say_if_peers_met"
    FILL_AGREEMENT = "fill_agreement"
    COMPARE_ANSWERS = "compare_answers"
    CONFIRM_AGREEMENT = "confirm_agreement"
    REVIEW_AGREEMENT = "review_agreement"
    WRITE_CHARTER = "write_charter"
    READ_CHARTER = "read_charter"
    ANSWER_OFFER = "answer_offer"
    WRITE_COMPASS = "write_compass"
    LOOK_AT_COMPASS_AGAIN = "look_at_compass_again"
    RATE_RELATIONSHIPS = "rate_relationships"
    GROUPS_NOT_MET = "groups_not_met"
    GROUPS_GONE_QUIET = "groups_gone_quiet"
    MENTORS_AWAY = "mentors_away"
    MENTORS_OVER_CAPACITY = "mentors_over_capacity"
    ASKED_TO_MOVE = "asked_to_move"
    WAIT_FOR_SEAT = "wait_for_seat"
    CLAIMS_WAIT = "claims_wait"
    DECIDE_ABOUT_RESEARCH = "decide_about_research"


WAITS_FOR_MENTOR = frozenset(
    {
        ToDoKind.ANSWER_CLAIM,
        ToDoKind.FIX_TIME,
        ToDoKind.SAY_IF_MET,
        ToDoKind.CHECK_MEETING,
        ToDoKind.FILL_AGREEMENT,
        ToDoKind.COMPARE_ANSWERS,
        ToDoKind.CONFIRM_AGREEMENT,
        ToDoKind.REVIEW_AGREEMENT,
    }
)
"""To-dos that a mentor's weekly message names first: somebody waits for what the mentor does."""


NEEDS_COORDINATOR = frozenset(
    {
        ToDoKind.ANSWER_CONCERN,
        ToDoKind.NAME_CONTACTS,
        ToDoKind.NAME_CONTACT_PEOPLE,
        ToDoKind.RESOLVE_CONFLICT,
        ToDoKind.ASKED_TO_MOVE,
        ToDoKind.WAIT_FOR_SEAT,
        ToDoKind.MENTORS_AWAY,
        ToDoKind.GROUPS_NOT_MET,
        ToDoKind.GROUPS_GONE_QUIET,
        ToDoKind.CLAIM_UNANSWERED,
        ToDoKind.CLAIMS_WAIT,
        ToDoKind.MENTORS_OVER_CAPACITY,
        ToDoKind.SAY_WHAT_WAS_DONE,
        ToDoKind.ASK_FOR_CONDUCT,
        ToDoKind.APPROVE_PROPOSAL,
        ToDoKind.INVITE_BY_HAND,
        ToDoKind.SEND_AGAIN,
        ToDoKind.CLOSE_PROGRAMME,
    }
)
"""To-dos that a coordinator's weekly message names."""


class FileKind(StrEnum):
    """The kinds of files behind a member's private address. Each is made by its capability."""

    CALENDAR = "calendar_file"
    MENTORING_LOG = "mentoring_log"


class ReportKind(StrEnum):
    """The kinds of reports about a programme."""

    ACCREDITATION = "accreditation"
    YEAR = "year"
