"""Say what each table holds, why, of whom, for how long, and who reads it in Slack.

Every table stands in exactly one category, which tests compare with the tables there are; so do the
columns of `inventory_columns`. `inventory_page` writes docs/reference/data-inventory.md from both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Lifetime(StrEnum):
    """The rule by which rows go; the first that comes counts."""

    WORDS = (
        "words: until their author is erased, or the words of the programme go (90 days after its "
        "close, unless its template says otherwise)"
    )
    NAMES = (
        "names: until the person is erased: by their own wish, by an operator, 365 days after the "
        "close of their last programme, or 365 days after they left and are in none"
    )
    WORKSPACE = (
        "workspace: as long as the workspace uses Cairn. It names nobody, or nobody any more once "
        "they are erased"
    )
    OUTBOX = "messages: 400 days after a message ended, or until its recipient is erased"
    HOURS = "hour: an hour, or until anybody is erased"
    EVENTS = "events: two days after they were done"
    PULSE_OPEN = "open pulse: until the pulse closes; then deleted, and the key destroyed"
    CONCERN = (
        "concern: 30 days after it is solved; one in hand, 30 days after its programme closed; and "
        "until its author is erased"
    )
    ACTS = (
        "acts: as long as the workspace uses Cairn. A name goes with its person, that it was done "
        "stays"
    )
    ANNOUNCED = (
        "announcement: 90 days after it was sent, and not longer than the words of its programme; "
        "a draft for a day"
    )
    INSTALLED = "installation: until the workspace is forgotten; tokens until Cairn is uninstalled"
    MINUTES = "minutes: ten minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """Tables of one purpose. `tables` says what each holds, and how long where it differs."""

    title: str
    why: str
    whose: str
    readers: str
    kept: Lifetime
    tables: Mapping[str, "str | tuple[str, Lifetime]"]

    def about(self, table: str) -> tuple[str, Lifetime]:
        """Give what a table holds and how long."""
        found = self.tables[table]
        return (found, self.kept) if isinstance(found, str) else found


_EVERYBODY = "mentees, mentors, peer-mentors, coordinators, contact people"
INVENTORY: tuple[Category, ...] = (
    Category(
        title="Who the people are",
        why="to know whom to match, to write to them at their hours, and to let them leave",
        whose=_EVERYBODY,
        readers="they themselves; coordinators, but for private addresses and answers to research, "
        "which nobody else reads; a group: the names of its people",
        kept=Lifetime.NAMES,
        tables={
            "member": "name, address, roles, department, site, interests, languages, choices of "
            "whom they would like, whether they take part",
            "enrolment": "who takes part in which programme",
            "conduct_acceptance": "who accepted which wording of the code of conduct, and when",
            "misfit": "for whom Slack's directory says something that does not fit",
            "delegation": "who is away from when to when, and who stands in",
            "private_link": "that somebody has a private calendar address; its secret as a digest",
            "roster_said": "digests of what the last list said about somebody, to notice a change",
            "peer_training": "who was trained as a peer-mentor, and what they said to the offer",
            "training_attendance": "which mentors took part in which training",
            "research_answer": "whether somebody lets research use their figures; every answer",
        },
    ),
    Category(
        title="What members write",
        why="it is what mentoring is about: reflection, goals, agreements, thanks",
        whose="the member who wrote it",
        readers="its author; mentors and the group only what the author shared with them; no "
        "coordinator",
        kept=Lifetime.WORDS,
        tables={
            "checkin": "check-ins",
            "checkin_reply": "what a mentor wrote back to a check-in",
            "goal": "goals",
            "goal_note": "how a goal goes on",
            "compass": "guiding principles, every version; read by their author alone",
            "profile": "what somebody says about themselves to their group",
            "looking_back": "what somebody wrote at the close, for themselves",
            "closing_thanks": "thanks from one person to another, read by the one who is thanked",
            "agreement_side": "what each of two expects; the other reads it once both wrote",
            "agreement": "the text on which two people agreed",
            "charter_line": "the lines of a group's charter, read by the group",
            "charter_stance": "who is with which version of their group's charter",
            "charter": "how often a group's charter has changed",
            "relationship_rating": "how a mentoring relationship is, by its author; nobody else "
            "reads one answer",
            "compass_put_off": "that somebody put their compass off",
        },
    ),
    Category(
        title="What is said in confidence",
        why="to keep people apart who must not meet, and to bring somebody to a person who helps",
        whose="who says it, and the one about whom it is said",
        readers="who said it; a concern: the contact people who were asked; conflicts of office "
        "and pairs not to be matched again: coordinators",
        kept=Lifetime.NAMES,
        tables={
            "pairing_wish": "wishes not to meet somebody, and blocks: of whom and about whom",
            "concern": (
                "that somebody asks to be contacted, from whom and in which words",
                Lifetime.CONCERN,
            ),
            "pairing_forbid": "pairs that are not to be matched again in a programme",
            "pairing_conflict": "who examines, manages, treats or supervises whom",
        },
    ),
    Category(
        title="Groups and how they came about",
        why="to propose groups, to explain them, and to keep them in order",
        whose="mentees and mentors",
        readers="the group: its people; coordinators: all of it",
        kept=Lifetime.NAMES,
        tables={
            "mentoring_group": (
                "a group's name and channel; the name becomes a number when names go",
                Lifetime.WORKSPACE,
            ),
            "seat": "who sits in which group, as what",
            "pairing": "which mentee and mentor are paired, since when, why, and why it ended",
            "pairing_waitlist": "who waits for a group, and why",
            "pairing_proposal": (
                "drafts of groups: totals, and sentences that are blanked when somebody is erased",
                Lifetime.WORKSPACE,
            ),
            "pairing_match": "who was proposed to whom, with reasons",
            "pairing_unseated": "who had no seat in a draft, with the reason",
        },
    ),
    Category(
        title="Meetings and peer rounds",
        why="to find a time, to see whether groups meet, and to let peers meet in turn",
        whose="mentees and mentors",
        readers="the group; coordinators: that and when a group met",
        kept=Lifetime.NAMES,
        tables={
            "meeting": (
                "that a group met: the day, how, how long; stays without who was there",
                Lifetime.WORKSPACE,
            ),
            "meeting_mentee": "which mentees were there",
            "meeting_mentor": "which mentors were there",
            "meeting_objection": "who says that it was not so",
            "planned_meeting": (
                "a meeting that is planned, and who offered it",
                Lifetime.WORKSPACE,
            ),
            "planned_time": ("the times offered", Lifetime.WORKSPACE),
            "planned_answer": "who can come at which of them",
            "peer_series": ("that peers meet in turn: how many, how often", Lifetime.WORKSPACE),
            "peer_round": ("one round of it", Lifetime.WORKSPACE),
            "peer_meeting": (
                "a meeting of two or three, without names",
                Lifetime.WORKSPACE,
            ),
            "peer_seat": "who was to meet in a round, whether they come, whether they met",
        },
    ),
    Category(
        title="Competency stages",
        why="to fit prompts to where somebody is; a person claims, a person confirms",
        whose="mentees",
        readers="they themselves; their mentors: the claim, and its evidence if it was shared with "
        "them; coordinators: that a claim waits, and figures of five people or more",
        kept=Lifetime.NAMES,
        tables={
            "stage_event": "claims, confirmations and steps back; evidence goes with the words",
            "stage_release": (
                "how many people were at which stages, five at least, as first shown",
                Lifetime.WORKSPACE,
            ),
        },
    ),
    Category(
        title="The pulse",
        why="to learn how safe a group feels, without learning who says what",
        whose="nobody's: it cannot be tied to a person",
        readers="everybody who was asked, and coordinators: bands; nobody: an answer",
        kept=Lifetime.WORKSPACE,
        tables={
            "pulse_round": "when a pulse was open, and its rules",
            "pulse_eligible": (
                "who was asked, never who answered; a random name stands for who is erased",
                Lifetime.NAMES,
            ),
            "pulse_before": "for comparison, the people of earlier results, under made-up names",
            "pulse_ballot": ("answers, sealed, without a time", Lifetime.PULSE_OPEN),
            "pulse_cell": "which groups have a result, and why others have none",
            "pulse_release": "published bands",
            "pulse_comment": "published comments of all groups together; nobody knows whose",
            "pulse_action": "what coordinators told everybody about a result",
            "pulse_hold": "that a pulse waits for that",
            "pulse_vault": "by which mark the place of the keys is known again",
        },
    ),
    Category(
        title="Messages, and when somebody is asked",
        why="to send each message once, at a good hour, and not too many",
        whose=_EVERYBODY,
        readers="nobody in Slack; coordinators: what could not be delivered; operators: the queue",
        kept=Lifetime.NAMES,
        tables={
            "outbox": (
                "that a message of a kind goes or went to somebody, and when; never its words",
                Lifetime.OUTBOX,
            ),
            "delivery_recipient": "when somebody was last written to",
            "delivery_rhythm": "somebody's quiet hours and working days",
            "delivery_pace": ("how fast Slack takes messages", Lifetime.WORKSPACE),
            "schedule": "when something falls due, for a person, a group or a programme",
            "schedule_rest": "who is on a break, and until when",
            "schedule_choice": "the weekday and hour that somebody chose",
            "time_off": ("the days off of the workspace", Lifetime.WORKSPACE),
            "checkin_turn": "how many check-ins somebody wrote; digests of what they were asked",
            "nudge": "the weekly message of a mentor: for which week, about which mentee",
            "nudge_silence": "which mentors want no message in quiet weeks",
            "errand": "what is to be done in Slack for somebody, such as an invitation",
            "inbox": ("news of a person from Slack, such as a closed account", Lifetime.EVENTS),
        },
    ),
    Category(
        title="Lists of people",
        why="to bring people in from a file, and to take that back",
        whose="the people on the list",
        readers="the coordinator who hands it in",
        kept=Lifetime.WORKSPACE,
        tables={
            "roster_import": ("a list under way, and how to undo it", Lifetime.HOURS),
            "roster_feed": "the address of a list on the web, who named it, whom it named last",
            "roster_mapping": "which column means what",
        },
    ),
    Category(
        title="Programmes and their texts",
        why="to run a programme by its calendar, and to show everybody the same words",
        whose="nobody's, but for the contact people and who changed a programme",
        readers="everybody in the programme; its settings: coordinators",
        kept=Lifetime.WORKSPACE,
        tables={
            "programme": "name, dates, contacts, template",
            "retention_plan": "when its words and names go, and how many went",
            "course_change": "how a programme was changed on the way, and by whom",
            "conduct_text": "each wording of the code of conduct",
            "research_text": "each wording of what research asks",
            "mentor_training": "trainings of mentors: name and day",
        },
    ),
    Category(
        title="What coordinators did",
        why="so that acts on other people can be accounted for",
        whose="coordinators, and those about whom an act is",
        readers="coordinators",
        kept=Lifetime.ACTS,
        tables={
            "audit_entry": "who did what, when, about whom; no member's words",
            "announcement": ("what a coordinator wrote to many", Lifetime.ANNOUNCED),
        },
    ),
    Category(
        title="The installation",
        why="to reach Slack",
        whose="the workspace's",
        readers="nobody in Slack",
        kept=Lifetime.INSTALLED,
        tables={
            "installation": "that a workspace installed Cairn, with what permissions; its tokens",
            "install_state": (
                "that an installation was answered, so that it counts once",
                Lifetime.MINUTES,
            ),
            "schema_use": "which versions of Cairn can use the tables",
            "restored": "that the database came from a backup, and of when",
        },
    ),
)
