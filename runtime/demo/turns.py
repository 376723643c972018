"""Breaks, late starts, concerns and wishes for another group, as the demo's people have them."""

from dataclasses import dataclass
from datetime import timedelta

from bot.care import store as concerns
from bot.care import use_cases as care
from bot.groups import upkeep
from bot.people import store as people
from bot.people import use_cases as members
from bot.people.model import Member
from bot.people.roster import read_roster
from bot.people.roster_import import apply, look_at
from bot.people.roster_text import read_table
from runtime.demo import words
from runtime.demo.day import FRIDAY, MONDAY, THURSDAY, Today

BREAKS = {
    (4, FRIDAY): (("mentor", 1, 3), ("mentee", 2, 4)),
    (18, THURSDAY): (("mentor", 3, 4), ("mentee", 2, 5)),
}
"""By week and weekday: who goes on a break, of which group, and for how many weeks."""
CONCERNS = {3: 1, 18: 2}
"""By week, the group in which somebody raises a concern on the Thursday."""
REMATCHES = {5: 2, 19: 1}
"""By week, the group in which somebody asks for another mentor on the Thursday."""
SOLVED_AFTER = timedelta(days=3)
JOINS_IN = 3
"""The week in which somebody joins late: imported on Thursday, and in by Friday."""


async def go_on_breaks(today: Today) -> None:
    """Let a mentor go on leave, and a mentee pause."""
    for who, number, weeks in BREAKS.get((today.week, today.weekday), ()):
        group = today.groups[number % len(today.groups)]
        found = today.acting(group.mentors if who == "mentor" else group.mentees)
        if found:
            async with today.database.writing() as connection:
                until = today.monday_in(weeks)
                await members.pause(connection, found[-1], until=until, now=today.now)


async def raise_concerns(today: Today) -> None:
    """Let somebody ask for a person to talk to, who answers on the next working day."""
    number = CONCERNS.get(today.week)
    if number is not None and today.weekday == THURSDAY:
        found = today.acting(today.groups[number % len(today.groups)].mentees)
        if found:
            await _raise(today, found[0])
    if today.weekday in (MONDAY, FRIDAY):
        await _answer(today)


async def _raise(today: Today, member: Member) -> None:
    who = member.slack_user_id
    async with today.database.writing() as connection:
        reach = await care.reach_of(connection, today.workspace_id, who, now=today.now)
        if reach.routes:
            await care.raise_concern(
                connection,
                today.workspace_id,
                by=who,
                route=reach.routes[0],
                words=words.CONCERN,
                form_key=f"{who}:{today.week}",
                now=today.now,
            )


async def _answer(today: Today) -> None:
    async with today.database.writing() as connection:
        for one in await concerns.opened(connection, today.workspace_id):
            asked = today.people.get(one.to_id)
            is_own = one.by is not None and one.by not in today.played
            if one.seen_at is None and asked is not None and today.acts(asked):
                await care.have(connection, asked, one.id, now=today.now)
            elif one.seen_at and one.by and is_own and today.now >= one.seen_at + SOLVED_AFTER:
                await care.solve(connection, today.workspace_id, one.id, by=one.by, now=today.now)


async def ask_for_another(today: Today) -> None:
    """Let a mentee ask for another mentor, with no reason."""
    number = REMATCHES.get(today.week)
    if number is None or today.weekday != THURSDAY:
        return
    found = today.acting(today.groups[number % len(today.groups)].mentees)
    if len(found) > 1:
        await upkeep.ask_rematch(
            today.database,
            today.workspace_id,
            today.programme.id,
            mentee=found[1].id,
            **today.services.for_matching(today.programme),
        )


@dataclass(frozen=True, slots=True)
class LateStart:
    """Somebody who joins when the others have begun: the lines of a roster that name them."""

    roster: str

    async def join(self, today: Today) -> None:
        """Let the coordinator bring them in, and them accept the code of conduct."""
        coordinator = next((one for one in today.people.values() if one.is_coordinator), None)
        if today.on(JOINS_IN, THURSDAY) and today.acts(coordinator):
            await self._bring_in(today)
        if today.on(JOINS_IN, FRIDAY):
            async with today.database.writing() as connection:
                for member, _ in await people.yet_to_accept(connection, today.workspace_id):
                    if today.acts(today.people.get(member)):
                        await members.accept_conduct(
                            connection, today.people[member], now=today.now
                        )

    async def _bring_in(self, today: Today) -> None:
        reading = read_roster(read_table(self.roster))
        async with today.database.writing() as connection:
            its = (connection, today.workspace_id)
            shown = await look_at(*its, reading)
            await apply(*its, shown, by="demo", now=today.now, barriers_confirmed=True)
            await members.invite_to_conduct(*its, now=today.now)
