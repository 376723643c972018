"""Check-ins, what mentors write back, goals, claims and the pulse, as the demo's people do them."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.checkins import disclosure, prompts, rules
from bot.checkins.replies import reply
from bot.checkins.rules import (
    Answer,
    Audience,
    Blocker,
    GoalProgress,
    Reflection,
    ShownPrompt,
    Visibility,
)
from bot.checkins.store import writer_of
from bot.checkins.use_cases import CheckInForm, save
from bot.compass import use_cases as compass
from bot.compass.model import Occasion, Principle
from bot.flows import pulse_rounds as rounds
from bot.flows.pulse_actions import tell_what_was_done
from bot.goals import use_cases as goals
from bot.goals.model import Goal, GoalDraft, GoalStatus, Progress
from bot.kernel.clock import local_date
from bot.people.model import Member
from bot.programme.model import Use, in_use
from bot.pulse import actions
from bot.pulse import store as kept
from bot.pulse import use_cases as pulse
from bot.pulse.model import Item, RoundState
from bot.stages import changes as stages
from bot.stages import store as histories
from bot.stages.changes import MenteeStage, mentors_of
from bot.stages.rules import level_after, levels_to_claim, open_claim, waits_for_mentor
from runtime.demo import words
from runtime.demo.day import FRIDAY, MONDAY, THURSDAY, TUESDAY, Today

CLAIMS = {5: (0, 2), 9: (1, 3), 12: (0, 4), 16: (2,), 19: (0, 1, 3), 24: (4,), 28: (0, 2)}
"""By week, the groups in which somebody claims a stage on the Thursday."""


async def write_checkins(today: Today) -> None:
    """Let those write who were asked, each on a day of their own, and not every time."""
    for mentee in today.mentees:
        is_bob = today.is_first_mentee(mentee)
        day = TUESDAY if is_bob else int(4 * today.roll("day", mentee.slack_user_id, today.week))
        diligence = 1 if is_bob else 0.45 + today.roll("diligence", mentee.slack_user_id) / 2
        if today.weekday == day and today.roll("in", mentee.slack_user_id, today.week) < diligence:
            async with today.database.writing() as connection:
                await _write(today, connection, mentee)


async def _write(today: Today, connection: AsyncConnection, mentee: Member) -> None:
    who = await writer_of(connection, today.workspace_id, mentee.slack_user_id)
    seat = rules.writing_seat(who) if who else None
    if who is None or seat is None or rules.audience(who) is not Audience.WRITER:
        return
    if prompts.due_since(who.asks, written_at=None, now=today.now) is None:
        return
    framework = today.services.framework(seat.framework_id)
    level = level_after(framework, seat.moved_to, initial=who.initial_stage)
    ask, asked = prompts.current_ask(who, framework, level, now=today.now)
    form = CheckInForm(
        programme_id=seat.programme_id,
        group_id=seat.group_id,
        mentors=await mentors_of(connection, today.workspace_id, mentee.id),
        ask=ask,
    )
    own = await goals.open_goals(connection, today.workspace_id, mentee.id)
    entry = _reflection(today, mentee, asked, own, turn=who.turn)
    if entry.visibility not in rules.open_to(seat):
        return
    await save(
        connection,
        today.workspace_id,
        slack_user_id=mentee.slack_user_id,
        form=form,
        entry=entry,
        form_key=f"{mentee.slack_user_id}:{today.week}",
        now=today.now,
    )


def _reflection(
    today: Today, mentee: Member, asked: tuple[ShownPrompt, ...], own: list[Goal], *, turn: int
) -> Reflection:
    who = (mentee.slack_user_id, today.week)
    answers = tuple(
        Answer(one.lens, one.prompt, _in_turn(today, words.LENSES[one.lens], mentee, turn))
        for one in asked
        if today.is_first_mentee(mentee) or today.roll("lens", one.lens, *who) < 0.75
    )
    moved = [
        GoalProgress(
            one.id,
            one.title,
            today.chosen(
                (Progress.MOVED, Progress.MOVED, Progress.SAME, Progress.STUCK), one.title, *who
            ),
            one.shared_at is not None,
        )
        for one in own
    ]
    share = today.roll("share", *who)
    visibility = Visibility.MENTOR
    if not today.is_first_mentee(mentee) and share > 0.6:
        visibility = Visibility.GROUP if share > 0.88 else Visibility.ONLY_ME
    blocker = today.chosen((None, Blocker.NONE, Blocker.TEAM, Blocker.INSTITUTION), "bar", *who)
    return Reflection(
        answers=answers
        or (Answer(asked[0].lens, asked[0].prompt, words.LENSES[asked[0].lens][0]),),
        confidence=min(9, 4 + turn // 3 + int(3 * today.roll("sure", *who))),
        blocker=blocker,
        wish=_in_turn(today, words.WISHES, mentee, turn)
        if today.roll("wish", *who) < 0.3
        else None,
        goals=tuple(moved),
        visibility=visibility,
    )


def _in_turn(today: Today, texts: tuple[str, ...], mentee: Member, turn: int) -> str:
    """Choose another text each time, beginning where this person does."""
    first = int(today.roll("first", mentee.slack_user_id) * len(texts))
    return texts[(first + turn) % len(texts)]


async def write_back(today: Today) -> None:
    """Let mentors read what is shared with them, and write a word back to some of it."""
    if today.weekday not in (TUESDAY, FRIDAY):
        return
    for group in today.groups:
        mentor = today.mentor_of(group)
        if mentor is None or today.roll("reads", mentor.slack_user_id, today.week) < 0.2:
            continue
        async with today.database.writing() as connection:
            since = today.now - timedelta(days=8)
            shared = await disclosure.shown_to_mentor(
                connection, mentor, [group], since=since, until=today.now
            )
            for one in (each for each in shared if each.read_at is None):
                await disclosure.mark_read(connection, mentor, one, now=today.now)
                who = today.people[one.member_id].slack_user_id
                talks = today.roll("reply", who, today.week) < 0.5
                text = today.chosen(words.REPLIES, "word", who, today.week) if talks else ""
                await reply(connection, mentor, one.id, text=text, now=today.now)


async def set_goals(today: Today) -> None:
    """Let each mentee set a goal in the first weeks, another later, and finish the first."""
    if today.weekday != THURSDAY or not in_use(today.programme, Use.GOALS, today.now):
        return
    for mentee in today.mentees:
        who = mentee.slack_user_id
        first = 3 if today.is_first_mentee(mentee) else 3 + int(4 * today.roll("goal", who))
        if today.week in (first, first + 8):
            async with today.database.writing() as connection:
                await _set_goal(today, connection, mentee)
        elif today.week in (first + 5, first + 13):
            async with today.database.writing() as connection:
                own = await goals.open_goals(connection, today.workspace_id, mentee.id)
                if own and today.roll("reached", who, today.week) < 0.7:
                    await goals.finish(
                        connection, mentee, own[0].id, GoalStatus.DONE, now=today.now
                    )


async def _set_goal(today: Today, connection: AsyncConnection, mentee: Member) -> None:
    who = (mentee.slack_user_id, today.week)
    title, step, domain = today.chosen(words.GOALS, "which", *who)
    mentors = await mentors_of(connection, today.workspace_id, mentee.id)
    is_shared = mentors and (today.is_first_mentee(mentee) or today.roll("show", *who) < 0.6)
    due = local_date(today.now, mentee.timezone) + timedelta(weeks=6)
    await goals.set_goal(
        connection,
        mentee,
        GoalDraft(title=title, next_step=step, domain=domain, due_on=due, importance=4),
        confidence=4 + int(4 * today.roll("hope", *who)),
        share_with=mentors if is_shared else None,
        form_key=f"{mentee.slack_user_id}:{today.week}",
        now=today.now,
    )


async def claim_stages(today: Today) -> None:
    """Let mentees claim a stage now and then, and mentors answer the week after."""
    for number, group in enumerate(today.groups):
        if today.weekday == THURSDAY and number in CLAIMS.get(today.week, ()):
            async with today.database.writing() as connection:
                await _claim(today, connection, today.acting(group.mentees))
        mentor = today.mentor_of(group)
        if today.weekday == TUESDAY and mentor is not None:
            async with today.database.writing() as connection:
                await _answer(today, connection, mentor, today.acting(group.mentees))


async def _stages(
    today: Today, connection: AsyncConnection, mentees: list[Member]
) -> list[MenteeStage]:
    ids = [one.id for one in mentees]
    found = await histories.histories(connection, today.workspace_id, member_ids=ids)
    framework = today.services.framework(today.programme.framework_id)
    return [MenteeStage(one, today.programme, framework, found[one.id]) for one in mentees]


async def _claim(today: Today, connection: AsyncConnection, mentees: list[Member]) -> None:
    """Let one of the group claim the next stage: Bob in the middle of a term, others before."""
    for one in await _stages(today, connection, mentees):
        above = levels_to_claim(one.framework, one.current)
        is_early = today.is_first_mentee(one.member) and today.week < 12
        if is_early or one.history or not above:
            continue
        await stages.claim(
            connection,
            one,
            to_level=above[0].name,
            evidence=today.chosen(words.EVIDENCE, "shows", one.member.slack_user_id),
            met=one.current.exit_criteria[:2],
            now=today.now,
        )
        return


async def _answer(
    today: Today, connection: AsyncConnection, mentor: Member, mentees: list[Member]
) -> None:
    for one in await _stages(today, connection, mentees):
        claimed = waits_for_mentor(one.framework, one.history)
        if claimed is None or open_claim(one.framework, one.history) is None:
            continue
        confirms = today.roll("agrees", one.member.slack_user_id, claimed.number) < 0.75
        said = words.ANSWERS_TO_CLAIMS if confirms else words.TALKS
        await stages.answer(
            connection,
            one,
            claim_number=claimed.number,
            confirm=confirms,
            note=today.chosen(said, "says", one.member.slack_user_id),
            by=mentor.id,
            now=today.now,
        )


async def answer_pulse(today: Today) -> None:
    """Let most mentees answer the pulse that is open, each on a day of their own."""
    async with today.database.reading() as connection:
        its = (connection, today.workspace_id, today.programme.id)
        round_ = await kept.open_round_of(*its)
        cells = await kept.cells_of(connection, round_.id) if round_ else {}
    if round_ is None:
        return
    number = round_.opens_at.date().isocalendar().week
    instrument = today.services.catalogue.instruments[today.programme.template.instrument_id]
    items = [one for one in instrument.items if one.id in round_.items]
    for mentee in today.acting(cells):
        who = mentee.slack_user_id
        day = (
            MONDAY
            if today.weekday == MONDAY
            else TUESDAY + int(4 * today.roll("vote", who, number))
        )
        if today.weekday != day or today.roll("answers", who, number) > 0.88:
            continue
        mood = 0.5 + today.roll("mood", today.group_of(mentee), number) / 2
        await pulse.cast(
            today.database,
            today.services.vault,
            today.workspace_id,
            round_.id,
            member_id=mentee.id,
            account=mentee.slack_user_id,
            answers={one.id: _point(today, one, mood, who, number) for one in items},
            now=today.now,
        )


def _point(today: Today, item: Item, mood: float, *who: object) -> int:
    """Choose a point of the scale: mostly well, worse for hard things and in some groups."""
    hard = 0.18 if item.id in ("raise_issues", "mistakes") else 0.0
    luck = today.roll("point", item.id, *who)
    point = (
        5
        if luck < mood - 0.35 - hard
        else 4
        if luck < mood + 0.05 - hard
        else 3
        if luck < 0.9
        else 2
    )
    return 6 - point if item.reverse else point


async def say_what_was_done(today: Today) -> None:
    """Let the coordinator tell everybody, on the Thursday after a digest, what was done."""
    coordinator = next((one for one in today.people.values() if one.is_coordinator), None)
    if today.weekday != THURSDAY or not today.acts(coordinator):
        return
    async with today.database.reading() as connection:
        its = (connection, today.workspace_id, today.programme.id)
        past = [one for one in await kept.rounds_of(*its) if one.state is RoundState.RELEASED]
        if not past or await actions.action_on(connection, past[-1].id):
            return
    services = today.services
    means = rounds.PulseServices(services.database, services.vault, services.catalogue.instruments)
    text = words.DONE[(len(past) - 1) % len(words.DONE)]
    await tell_what_was_done(means, today.workspace_id, past[-1].id, text=text, now=today.now)


async def write_compass(today: Today) -> None:
    """Let Bob write his compass in the first week; what others write nobody could see."""
    bob = next((one for one in today.mentees if today.is_first_mentee(one)), None)
    if bob is None or not today.on(1, THURSDAY):
        return
    written = [Principle(number=n, text=text) for n, text in enumerate(words.PRINCIPLES, 1)]
    async with today.database.writing() as connection:
        await compass.save(
            connection,
            bob,
            today.programme.id,
            Occasion.START,
            written,
            form_key=bob.slack_user_id,
            now=today.now,
        )
