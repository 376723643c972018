"""For whom each answer, form and part of Home is, and when it is seen.

They are named by patterns of their golden files, of which the first that fits counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.messages_page.table import ALL, BOTH, CONTACTS, COORDINATORS, MENTEES, OTHERS, SEATED


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer, a form or a part of Home: a pattern of its golden files."""

    pattern: str
    readers: Sequence[str]
    when: str


PRESSED, AFTER, HOME = "when they press its button", "after they did something", "on Home"
SEEN = (
    Seen("checkins/checkin_refusal_stranger", [OTHERS], "after `/checkin`"),
    Seen("checkins/checkin_refusal_gone", [OTHERS], "after `/checkin`"),
    Seen("checkins/checkin_refusal_mentor", BOTH, "after `/checkin`"),
    Seen("checkins/checkin_refusal_coordinator", [COORDINATORS], "after `/checkin`"),
    Seen("checkins/checkin_refusal_*", [MENTEES], "after `/checkin`"),
    Seen("checkins/checkin_nothing_to_read", BOTH, PRESSED),
    Seen("checkins/checkin_week_page", BOTH, PRESSED),
    Seen("checkins/checkin_home*", [MENTEES], HOME),
    Seen("checkins/checkin_form*", [MENTEES], "after `/checkin`, or a button of a prompt"),
    Seen("checkins/checkin_help", ALL, "after `/checkin help`"),
    Seen("checkins/checkin_not_understood", [MENTEES], "after `/checkin` with unknown words"),
    Seen("checkins/*", [MENTEES], PRESSED),
    Seen("nudges/nudge_home", BOTH, HOME),
    Seen("nudges/*", BOTH, AFTER),
    Seen("meetings/*home_mentee", [MENTEES], HOME),
    Seen("meetings/*home_*", SEATED, HOME),
    Seen("meetings/nudge_*", BOTH, PRESSED),
    Seen("meetings/*", SEATED, PRESSED),
    Seen("stages/stage_home*", [MENTEES], HOME),
    Seen("stages/stage_claim_form*", [MENTEES], PRESSED),
    Seen("stages/stage_back_form", [MENTEES], PRESSED),
    Seen("stages/stage_done", [MENTEES], AFTER),
    Seen("stages/stage_history*", [MENTEES], PRESSED),
    Seen("stages/stage_answer*_in_place", BOTH, AFTER),
    Seen("stages/stage_answer*", [MENTEES], PRESSED),
    Seen("stages/*", BOTH, PRESSED),
    Seen("home/home_stranger", [OTHERS], HOME),
    Seen("home/home_left", [OTHERS], HOME),
    Seen("home/home_begin", [COORDINATORS], "on Home, while nobody has begun"),
    Seen("home/home_nobody_began", [OTHERS], "on Home, while nobody has begun"),
    Seen("home/home_settings", SEATED, PRESSED),
    Seen("home/home_privacy", ALL, PRESSED),
    Seen("home/home_tools", [COORDINATORS], PRESSED),
    Seen("home/*", SEATED, HOME),
    Seen("course/*", [COORDINATORS], PRESSED),
    Seen("programme/*home*", [COORDINATORS], HOME),
    Seen("programme/*", [COORDINATORS], PRESSED),
    Seen("groups/pairing_settings", SEATED, "behind Settings on Home"),
    Seen("groups/pairing_home_mentee", [MENTEES], HOME),
    Seen("groups/pairing_home_unseated", [MENTEES], HOME),
    Seen("groups/pairing_home_declined", [MENTEES], HOME),
    Seen("groups/pairing_home_moving", [MENTEES], HOME),
    Seen("groups/pairing_home_mentor", BOTH, HOME),
    Seen("groups/pairing_home_no_group", BOTH, HOME),
    Seen("groups/pairing_home_takes_none", BOTH, HOME),
    Seen("groups/pairing_home_before", SEATED, HOME),
    Seen("groups/pairing_home*", [COORDINATORS], HOME),
    Seen("groups/pairing_wishes", SEATED, PRESSED),
    Seen("groups/pairing_[rd]e[mc]*", [MENTEES], PRESSED),
    Seen("groups/*", [COORDINATORS], PRESSED),
    Seen("people/people_home*", SEATED, HOME),
    Seen("people/people_conduct*", SEATED, PRESSED),
    Seen("people/people_pause", SEATED, PRESSED),
    Seen("people/people_erasure_*", [*ALL, OTHERS], PRESSED),
    Seen("people/people_rhythm_*", SEATED, PRESSED),
    Seen("people/absence_*", [COORDINATORS, CONTACTS], PRESSED),
    Seen("people/*", [COORDINATORS], PRESSED),
    Seen("pulse/pulse_tell_form", [COORDINATORS], PRESSED),
    Seen("pulse/pulse_comments_read", [MENTEES, COORDINATORS], PRESSED),
    Seen("pulse/pulse_whole_result", [MENTEES, COORDINATORS], PRESSED),
    Seen("pulse/*", [MENTEES], PRESSED),
    Seen("closing/closing_form", [MENTEES], PRESSED),
    Seen("closing/closing_saved", [MENTEES], AFTER),
    Seen("closing/*", SEATED, PRESSED),
    Seen("conversation/conversation_word_*", [MENTEES], "after `/checkin` with such a word"),
    Seen("conversation/*", ALL, AFTER),
    Seen("profiles/profile_form_mentor", BOTH, PRESSED),
    Seen("profiles/profile_*form*", [MENTEES], PRESSED),
    Seen("profiles/profile_home*", SEATED, HOME),
    Seen("profiles/*", SEATED, PRESSED),
    Seen("goals/goal_home_mentor", BOTH, HOME),
    Seen("goals/goal_shared*", BOTH, PRESSED),
    Seen("goals/goal_home*", [MENTEES], HOME),
    Seen("goals/*", [MENTEES], PRESSED),
    Seen("compass/*", [MENTEES], PRESSED),
    Seen("relationship/*mentor", BOTH, PRESSED),
    Seen("relationship/relationship_saved", SEATED, AFTER),
    Seen("relationship/relationship_put_off", SEATED, AFTER),
    Seen("relationship/*", SEATED, PRESSED),
    Seen("agreements/home*", SEATED, HOME),
    Seen("agreements/*", SEATED, PRESSED),
    Seen("community/home*", SEATED, HOME),
    Seen("community/training_*", [COORDINATORS], PRESSED),
    Seen("community/offer*", [MENTEES], PRESSED),
    Seen("community/*", SEATED, PRESSED),
    Seen("care/care_form_coordinator", [COORDINATORS], PRESSED),
    Seen("care/care_page_contact", [CONTACTS], PRESSED),
    Seen("care/care_foot*", ALL, HOME),
    Seen("care/*", ALL, PRESSED),
    Seen("portfolio/portfolio_form", [MENTEES], PRESSED),
    Seen("reports/*", [COORDINATORS], PRESSED),
    Seen("portfolio/letter_form", BOTH, PRESSED),
    Seen("portfolio/*", SEATED, HOME),
    Seen("overview/*", [COORDINATORS], PRESSED),
    Seen("queue/*", [COORDINATORS], HOME),
    Seen("a[nu]*/*", [COORDINATORS], PRESSED),
)
