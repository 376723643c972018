"""Say what the columns of all tables hold: which name people, which are sealed, and the rest.

A column's name means the same in every table; where it does not, `table.column` stands before it.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from bot.kernel.database import Instant

BY_ID = frozenset(
    {
        *("member.id", "member_id", "mentee_id", "mentor_id", "author_id", "to_member_id"),
        *("rater_id", "other_id", "by_member_id", "senior_id", "junior_id", "stand_in_id"),
        *("by", "made_by", "decided_by", "offered_by", "recorded_by", "seen_by", "to_id"),
        *("deputy_id", "concern_person", "concern_deputy", "asked_about", "mentor_ids"),
        *("stand_ins", "audit_entry.about", "announcement.named", "schedule.subject_id"),
        *("schedule_rest.subject_id", "schedule_choice.subject_id", "outbox.subject_id"),
        *("outbox.dedupe_key", "course_change.before", "course_change.after"),
        *("course_change.change", "roster_import.content"),
    }
)
"""Columns with Cairn's own ids of people, random ones, alone or among other things."""
BY_ACCOUNT = frozenset(
    {
        *("slack_user_id", "recipient", "person", "inbox.subject_id"),
        *("roster_feed.named", "gone", "prefers", "avoid", "supervised_by", "outbox.subject_id"),
        *("outbox.dedupe_key", "roster_import.content"),
    }
)
"""Columns with Slack accounts of people or, where a list named them so, addresses."""
SEALED = frozenset({"sealed", "sealed_tokens"})
LINKS = frozenset(
    {
        *("id", "programme_id", "group_id", "pairing_id", "checkin_id", "goal_id", "round_id"),
        *("meeting_id", "proposal_id", "plan_id", "series_id", "training_id", "framework_id"),
        *("template_id", "approval_id", "keeps_group", "cell_id", "item_id", "digest", "number"),
        *("version", "revision", "rides_on", "place", "event_id", "conduct_text", "conduct_again"),
        *("consent_text", "head_digest", "workspace_id"),
    }
)
"""Columns that lead to other rows, or tell rows apart."""

COLUMNS: Mapping[str, str] = {
    "written_by": "the mentee or the mentor",
    "side": "the mentee's or the mentor's",
    "audience": "to which role, groups or members",
    "state": "how far it has come",
    "member.state": "takes part, on a break, left, or account closed",
    "count": "how many",
    "announcement.named": "the groups or members that were chosen",
    "announcement.digest": "of whom it reaches",
    "act": "what kind of act",
    "what": "a day, a count, the name of a group or a template",
    "topic": "for which question",
    "stance": "with it or not",
    "stage": "the competency stage that they said",
    "visibility": "for whom it is: nobody, the mentor, the group",
    "turn": "a counter",
    "asks": "digests of prompts, and whether they were answered",
    "phase": "at the start, the middle or the close",
    "words": "the text that everybody reads",
    "change": "what was changed",
    "before": "how it was",
    "after": "how it was then",
    "rate": "messages a minute",
    "ceiling": "messages a minute",
    "paused_for": "why nothing is sent",
    "lacking": "permissions that the app lacks",
    "oldest_code": "a schema's number",
    "tz": "a time zone",
    "timezone": "a time zone",
    "working_days": "days of the week",
    "want": "to invite, to take out, to draw anew",
    "attempts": "a counter",
    "lookups": "a counter",
    "last_error": "Slack's word for what went wrong",
    "status": "open, done or let go",
    "kind": "of what kind",
    "facts": "that an account is closed, a time zone, until when somebody is away",
    "app_id": "Slack's id of the app",
    "bot_user_id": "Slack's id of the bot",
    "scopes": "what it may do there",
    "key_id": "the name of the key",
    "mode": "in person, by video, by phone",
    "length": "short or long",
    "minutes": "how long",
    "name": "a name",
    "member.name": "their name",
    "email": "their address",
    "is_mentee": "a role",
    "is_mentor": "a role",
    "is_peer_mentor": "a role",
    "is_coordinator": "a role",
    "capacity": "how many mentees they can take",
    "department": "where they work",
    "site": "where they work",
    "interests": "what they are interested in",
    "languages": "what they speak",
    "prefers": "whom they would like, in their order",
    "avoid": "whom their list says to avoid",
    "supervised_by": "who supervises them",
    "reason": "why, in a sentence or word",
    "put_off": "whether it was put off",
    "question": "of the framework, nobody's words",
    "lane": "how urgent",
    "priority": "how urgent",
    "is_folded": "whether it stands in another message",
    "slack_channel": "where it is in Slack",
    "slack_ts": "where it is in Slack",
    "method": "by a proposal, a move, a rematch",
    "score": "how well they fit",
    "end_reason": "why it ended, as a word",
    "bar": "examines, manages, treats or supervises",
    "team": "which mentors together",
    "parts": "what the score is made of",
    "is_locked": "whether a coordinator keeps it",
    "seed": "from which a draft can be made again",
    "total": "how well all fit",
    "balance_penalty": "how even it is",
    "upper_bound": "the best that could be",
    "gap": "how far from it",
    "most_seats": "how many could sit",
    "worst": "the least fit",
    "seated": "how many sit",
    "advice": "sentences for coordinators, with names, blanked when somebody is erased",
    "notes": "sentences for coordinators, with names, blanked when somebody is erased",
    "composition": "how groups are mixed",
    "is_outdated": "whether members changed what it reads",
    "smallest_change": "what would help, blanked when somebody is erased",
    "about": "what peers have in common",
    "is_off": "whether it is off",
    "repeats": "how many have met before",
    "coming": "whether they come",
    "said_met": "whether they say that they met",
    "reach": "among whom",
    "roles": "among whom",
    "size": "how many",
    "every_weeks": "how often",
    "rounds": "how many",
    "answer": "to the offer of the role",
    "can": "whether they can",
    "changes": "a counter",
    "secret_hash": "a digest of the secret",
    "weeks": "how long",
    "coordinator_channel": "where digests go",
    "channel_confirmed": "where digests go",
    "channel_problem": "why they cannot",
    "crisis_contact": "whom to call in an emergency, as everybody reads it",
    "concern_contact": "who helps, as everybody reads it",
    "concern_hours": "after how long the deputy is asked",
    "template": "its calendar and rules",
    "shifts": "weeks that were moved",
    "text": "words",
    "research_answer.text": "which wording they read",
    "tag": "a code made with a key that is destroyed",
    "people": "under made-up names",
    "fate": "a result, or why none",
    "pooled": "groups taken together",
    "stratum": "mentee or mentor",
    "pseudonym": "a made-up name for one round",
    "band": "low, middle or high",
    "instrument_version": "the questions",
    "instrument": "the questions",
    "items": "the questions",
    "k": "how many must answer",
    "c": "how many know an answer",
    "cell_level": "for each group or for all",
    "comments": "whether comments may be written",
    "terms_code": "a code that shows whether somebody altered a row",
    "ending": "how it ended",
    "mark": "by which the keys are known again",
    "wave": "which of four times",
    "is_yes": "yes or no",
    "words_days": "how long words stay",
    "names_days": "how long names stay",
    "notice_days": "how long before everybody is told",
    "postponed_days": "how much longer",
    "counts": "how many went, or came",
    "every": "how often it is read",
    "etag": "by which a file is known again",
    "modified": "by which a file is known again",
    "roster_feed.digest": "by which a file is known again",
    "announced": "by which a difference is known again",
    "failure": "why it could not be read",
    "is_paused": "whether it is read",
    "is_failure_told": "whether that was told",
    "failures": "a counter",
    "content": "names, addresses and roles as the file has them",
    "mapping": "column heads",
    "digests": "of what a list said, by field",
    "rule": "on which day and hour",
    "weekday": "which day",
    "planned": "the rule of before",
    "role": "mentee, mentor or peer-mentor",
    "from_level": "a stage",
    "to_level": "a stage",
    "levels": "stages",
    "cells": "counts of five people or more",
    "country": "whose days off",
    "region": "whose days off",
    "breaks": "first and last days",
    "moves": "whether what falls on a day off moves",
}


def said_of(column: "sa.Column[object]", among: frozenset[str]) -> bool:
    """Say whether a column is among these names, by its own or with its table."""
    full = f"{column.table.name}.{column.name}"
    if full in BY_ID | BY_ACCOUNT | COLUMNS.keys():
        return full in among
    return column.name in among


def names_people(column: "sa.Column[object]") -> bool:
    """Say whether a column names people."""
    return said_of(column, BY_ID) or said_of(column, BY_ACCOUNT)


def is_sealed(column: "sa.Column[object]") -> bool:
    """Say whether nobody can read a column without a key from outside the database."""
    return column.name in SEALED


def is_time(column: "sa.Column[object]") -> bool:
    """Say whether a column is a day or an instant."""
    return isinstance(column.type, Instant | sa.Date | sa.Time)


def words_of(column: "sa.Column[object]") -> str | None:
    """Find what is said about a column; None where nothing is."""
    return COLUMNS.get(f"{column.table.name}.{column.name}") or COLUMNS.get(column.name)
