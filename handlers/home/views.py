"""The Home tab: what is next for whoever looks at it, and the buttons to do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.kernel.dates import day_and_month, local_date, weekday_and_day
from bot.people.model import Member, MemberState, Role
from bot.programme import rules
from bot.programme.model import Programme, ProgrammeState
from handlers.blocks import (
    Block,
    Element,
    actions,
    button,
    context,
    divider,
    escape,
    header,
    home,
    person,
    section,
)
from handlers.people.views import WHO_SEES_BREAKS, break_buttons, conduct_button, erase_button
from handlers.programme.views import close_button

MOST_PART_BLOCKS = 80
"""Of the 100 that a tab may have, so that the contacts at its foot are never cut off."""
NOT_MONITORED = "Cairn is not monitored and not for emergencies."


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """How far the setting up of a workspace has come. Counts are of members who take part."""

    mentors: int
    peer_mentors: int
    mentees: int
    accepted: int
    to_accept: int
    away: int
    groups: int

    @property
    def people(self) -> int:
        return self.mentors + self.peer_mentors + self.mentees


def welcome(*, may_begin: bool) -> dict[str, Any]:
    """For a workspace that nobody coordinates yet."""
    blocks = [
        header("Welcome to Cairn"),
        section(
            "Cairn helps mentoring groups to keep going: it proposes groups, asks mentees for "
            "short check-ins, gives mentors one message a week, and asks anonymously how safe "
            "the space feels."
        ),
    ]
    if may_begin:
        blocks += [
            section("*Next:* set up mentoring here. You become its coordinator; nobody is told."),
            actions(button("Set up mentoring", "people.begin", style="primary")),
        ]
    else:
        blocks.append(
            section(
                "Nobody has set up mentoring here yet. *Next:* ask somebody who administers this "
                "Slack workspace to open this tab and begin."
            )
        )
    return home(blocks)


def stranger(coordinators: Sequence[str]) -> dict[str, Any]:
    """For somebody who is no member where others are. `coordinators` are Slack ids."""
    who = " or ".join(person(one) for one in coordinators[:3])
    return home(
        [
            header("Mentoring with Cairn"),
            section(
                "You are not in the mentoring programme here. If you would like to be, as a "
                f"mentee or as a mentor, write to {who}."
            ),
            context("Nobody is told that you looked."),
        ]
    )


def member_tab(
    member: Member, programme: Programme | None, *, parts: Sequence[Block], now: datetime
) -> dict[str, Any]:
    """For mentees, mentors and peer-mentors; `parts` is what other capabilities say."""
    if not member.takes_part:
        return home([*_left(), *_help(programme)])
    return home(
        [
            header(_title(programme, now)),
            *_away(member, now),
            *([] if member.has_accepted_conduct else _conduct_first()),
            *_milestones(member.role, programme, now),
            *parts[:MOST_PART_BLOCKS],
            divider(),
            *_help(programme),
            break_buttons(may_pause=not member.is_away(now)),
            context(WHO_SEES_BREAKS),
            *([actions(conduct_button(style=None))] if member.has_accepted_conduct else []),
        ]
    )


def coordinator_tab(
    member: Member,
    programme: Programme | None,
    *,
    set_up: SetUp,
    parts: Sequence[Block],
    now: datetime,
) -> dict[str, Any]:
    """For a coordinator: the checklist until the programme runs, then how it is going."""
    is_running = programme is not None and programme.state is ProgrammeState.RUNNING
    body = (
        [*_milestones(member.role, programme, now), *_under_way(programme, set_up, now)]
        if programme is not None and is_running
        else checklist(programme, set_up)
    )
    return home(
        [
            header(_title(programme, now)),
            *body,
            *parts[:MOST_PART_BLOCKS],
            divider(),
            *_help(programme),
        ]
    )


def checklist(programme: Programme | None, set_up: SetUp) -> list[Block]:
    """The steps up to the first day; each says whether it is done, and how to do it."""
    roster = button("Import a roster", "people.roster", style=_first(set_up.people == 0))
    blocks = [
        section("Five steps to the first day. You can come back to each of them."),
        section(f"*1. People.* {_people(set_up)}", accessory=roster),
    ]
    if programme is None:
        create = button("Set it up", "programme.edit", style=_first(set_up.people > 0))
        blocks.append(
            section("*2. Programme.* To do: choose how long it runs and when.", accessory=create)
        )
        blocks.append(section("*3. Contacts, 4. Code of conduct, 5. Groups* follow after that."))
        return blocks
    has_contacts = bool(programme.crisis_contact and programme.concern_contact)
    blocks += [
        section(
            f"*2. Programme.* Done: {escape(programme.name)}, {programme.weeks} weeks from "
            f"{weekday_and_day(programme.starts_on)}.",
            accessory=button("Change", "programme.edit", value=programme.id),
        ),
        section(
            f"*3. Contacts.* {_contacts(has_contacts)}",
            accessory=button(
                "Change" if has_contacts else "Name them",
                "programme.contacts",
                value=programme.id,
                style=_first(not has_contacts),
                spoken="Name the crisis contact and the contact for concerns",
            ),
        ),
        section(f"*4. Code of conduct.* {_acceptance(set_up)}", accessory=_ask(set_up)),
        section(
            "*5. Groups.* "
            + ("Done: approved." if set_up.groups else "To do, below, once people have accepted.")
        ),
    ]
    return blocks


def _under_way(programme: Programme, set_up: SetUp, now: datetime) -> list[Block]:
    away = f", {set_up.away} of them away" if set_up.away else ""
    where = f" in {_several(set_up.groups, 'mentoring group')}" if set_up.groups else ""
    over = (
        [section("Its last week has passed. *Next:* say goodbye to everybody, then close it.")]
        if rules.is_over(programme, now)
        else []
    )
    return [
        section(f"{_count(set_up)} take part{where}{away}."),
        *over,
        section(f"*Code of conduct.* {_acceptance(set_up)}", accessory=_ask(set_up)),
        actions(
            button("Import a roster", "people.roster"),
            button("Change the contacts", "programme.contacts", value=programme.id),
            close_button(programme),
        ),
    ]


def _title(programme: Programme | None, now: datetime) -> str:
    if programme is None:
        return "Mentoring"
    week = rules.week_of(programme, now)
    if programme.state is ProgrammeState.DRAFT or week < 1:
        return f"{programme.name}: from {day_and_month(programme.starts_on)}"
    if week > programme.weeks:
        return f"{programme.name}: coming to its close"
    return f"{programme.name}: week {week} of {programme.weeks}"


def _milestones(role: Role, programme: Programme | None, now: datetime) -> list[Block]:
    if programme is None:
        return [
            section(
                "No programme is running for you at the moment. You get a message here as soon as "
                "your group is formed; there is nothing you need to do until then."
            )
        ]
    found = rules.milestones_for(programme, role, rules.week_of(programme, now))
    if not found:
        return []
    return [section("*Now*\n" + "\n".join(f"• {escape(one.text)}" for one in found))]


def _away(member: Member, now: datetime) -> list[Block]:
    if member.state is not MemberState.PAUSED or not member.is_away(now):
        return []
    until = ""
    if member.paused_until is not None:
        until = f" until {weekday_and_day(local_date(member.paused_until, member.timezone))}"
    return [
        section(
            f"You are taking a break{until}. You get no messages from Cairn meanwhile.",
            accessory=button("Come back now", "people.resume", style="primary"),
        )
    ]


def _conduct_first() -> list[Block]:
    return [
        section(
            "*Next:* read the code of conduct and say whether you accept it. You can be placed in "
            "a group after that.",
            accessory=conduct_button(),
        )
    ]


def _left() -> list[Block]:
    return [
        header("Mentoring"),
        section(
            "You have left the programme and get no messages. You are welcome back at any time; "
            "your coordinator then finds a group for you.",
            accessory=button("Come back", "people.resume"),
        ),
        actions(erase_button()),
    ]


def _help(programme: Programme | None) -> list[Block]:
    """Whom to turn to. Always there, and never behind a button."""
    if programme is None or not (programme.crisis_contact and programme.concern_contact):
        return [context(NOT_MONITORED)]
    return [
        section(
            f"*In a crisis:* {escape(programme.crisis_contact)}\n"
            f"*With a concern about mentoring:* {escape(programme.concern_contact)}"
        ),
        context(f"{NOT_MONITORED} A concern does not go through your mentor."),
    ]


def _count(set_up: SetUp) -> str:
    peers = [_several(set_up.peer_mentors, "peer-mentor")] if set_up.peer_mentors else []
    parts = [
        _several(set_up.mentors, "mentor"),
        *peers,
        _several(set_up.mentees, "mentee"),
    ]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _several(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _people(set_up: SetUp) -> str:
    if not set_up.people:
        return "To do: import who takes part."
    return f"Done: {_count(set_up)}."


def _contacts(has_contacts: bool) -> str:
    if has_contacts:
        return "Done: members can read both on their Home tab."
    return "To do: the programme cannot start without a crisis contact and one for concerns."


def _acceptance(set_up: SetUp) -> str:
    if not set_up.people:
        return "Begins when people are imported."
    done = "Done: " if not set_up.to_accept else ""
    return f"{done}{set_up.accepted} of {set_up.people} have accepted."


def _ask(set_up: SetUp) -> Element | None:
    if not set_up.to_accept:
        return None
    others = "the others" if set_up.accepted else "everybody"
    return button(
        f"Ask {others}",
        "people.invite",
        spoken="Ask everybody who has not accepted the code of conduct",
    )


def _first(is_next: bool) -> str | None:
    return "primary" if is_next else None


def first_monday_after(today: date) -> date:
    """The Monday a week or more from `today`: a likely first day."""
    return date.fromordinal(today.toordinal() + 14 - today.weekday())
