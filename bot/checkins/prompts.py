"""Choose what a check-in asks: never one of the last eight again, nor what just went unanswered."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.checkins.rules import Ask, Asks, Came, ShownPrompt, Writer
from bot.kernel.ids import MemberId
from bot.stages.model import Framework, Level

NOT_WITHIN = 8
"""So many check-ins pass before a prompt comes again."""
ENOUGH = NOT_WITHIN + 2
"""So many prompts of a lens keep that: beside the spent ones, one that just went unanswered."""
REMEMBERED = 60
"""So many asks of a member are remembered: the longest ago is what was never shown."""
DUE_FOR = timedelta(days=7)
LEAVE = timedelta(days=7)
"""The shortest absence after which the next prompt asks about the return."""


class Circumstance(StrEnum):
    """The changes in a mentee's life after which the next prompt has a question of its own."""

    RETURN = "return"
    ROTATION = "rotation"
    MISSED_MEETING = "missed_meeting"


QUESTIONS = {
    Circumstance.RETURN: (
        "You have been away and are back. What would make these first days easier?",
        "After your time away: what feels different, and what would you like to pick up first?",
        "You are back. Whom would you like to tell how you are, and what would you tell them?",
        "While you were away, what became clearer about how you want to work?",
    ),
    Circumstance.ROTATION: (
        "You are somewhere new now. What surprised you in the first days there?",
        "A new department or site: what do you bring from the last one that helps here?",
        "In your new surroundings, whom can you ask when you are unsure?",
        "What did people do without a word in your last rotation that is done otherwise here?",
    ),
    Circumstance.MISSED_MEETING: (
        "Your last meeting did not take place. What would you have liked to talk about?",
        "Your meeting was not held. What can wait until the next one, and what cannot?",
        "Since you could not meet: what have you had to work out without your mentor?",
        "Your meeting did not happen. Which time or setting would make the next one easy to keep?",
    ),
}
"""Questions in Cairn's own words, in the place of the first lens's prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Facts about a member from which a circumstance is told; instants in UTC, None for never."""

    seen: str = ""
    away_from: datetime | None = None
    back_at: datetime | None = None
    missed_meeting_at: datetime | None = None


def digest(text: str) -> str:
    """Write a text down so shortly that it can be told from others, and not be read."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def seen_at(department: str, site: str) -> str:
    """Write down where a member works, for telling a rotation; empty where nothing is known."""
    return digest(f"{department}|{site}") if department or site else ""


def circumstance(facts: Circumstances, asks: Asks) -> Circumstance | None:
    """Say what has changed since a member was last asked: a return before all, a meeting last."""
    last = asks[-1] if asks else None
    was_away = facts.back_at and facts.away_from and facts.back_at - facts.away_from >= LEAVE
    if last and was_away and facts.back_at and facts.back_at > last.at:
        return Circumstance.RETURN
    if last and last.seen and facts.seen and last.seen != facts.seen:
        return Circumstance.ROTATION
    missed_at = facts.missed_meeting_at
    if missed_at and (last is None or missed_at > last.at):
        return Circumstance.MISSED_MEETING
    return None


def choose(
    level: Level, member_id: MemberId, asks: Asks, *, about: Circumstance | None = None
) -> tuple[ShownPrompt, ...]:
    """Give a prompt for each lens of the level; a circumstance's question takes the first's place.

    Pure: the same asks give the same prompts.
    """
    asked = []
    for each in level.lenses:
        seed = f"{member_id}|{level.name}|{each.lens}"
        by_age = _by_age(each.prompts, asks, seed=seed)
        prompt = next(iter(_fresh(by_age, asks) or _not_unanswered(by_age, asks) or by_age))
        asked.append(ShownPrompt(each.lens, prompt))
    if about is not None and (questions := _about(about, member_id, asks)):
        asked[0] = replace(asked[0], prompt=questions[0])
    return tuple(asked)


def _about(about: Circumstance, member_id: MemberId, asks: Asks) -> list[str]:
    """List a circumstance's questions that may come now; none once all of them came lately."""
    return _fresh(_by_age(QUESTIONS[about], asks, seed=f"{member_id}|{about}"), asks)


def _by_age(prompts: Iterable[str], asks: Asks, *, seed: str) -> list[str]:
    """Order prompts: first those never shown, in an order of the member's own; then the oldest."""
    shown = {prompt: number for number, ask in enumerate(asks) for prompt in ask.prompts}
    return sorted(prompts, key=lambda p: (shown.get(digest(p), -1), digest(f"{seed}|{p}")))


def _fresh(prompts: Iterable[str], asks: Asks) -> list[str]:
    written = [ask for ask in asks if ask.came is Came.WRITTEN]
    spent = {prompt for ask in written[-NOT_WITHIN:] for prompt in ask.prompts}
    return _not_unanswered([p for p in prompts if digest(p) not in spent], asks)


def _not_unanswered(prompts: Iterable[str], asks: Asks) -> list[str]:
    last = asks[-1] if asks else None
    unanswered = last.prompts if last and last.came is not Came.WRITTEN else ()
    return [prompt for prompt in prompts if digest(prompt) not in unanswered]


def unanswered(asks: Asks, *, before: datetime) -> int:
    """Count the prompts in a row, sent before an instant, that came to nothing."""
    sent = [ask for ask in asks if ask.was_sent and ask.at < before]
    done = (n for n, ask in enumerate(reversed(sent)) if ask.came is not Came.OPEN)
    return next(done, len(sent))


def open_ask(asks: Asks, framework_id: str, level: Level) -> Ask | None:
    """Find the ask whose prompts a form shows now: the last, until it is answered or skipped.

    One that was only opened in a form counts no more at another stage.
    """
    last = asks[-1] if asks else None
    if last is None or last.came is not Came.OPEN or last.framework_id != framework_id:
        return None
    return last if last.was_sent or last.stage == level.name else None


def shown(level: Level, prompts: Sequence[str]) -> tuple[ShownPrompt, ...] | None:
    """Find the prompts of these digests, one for each lens; None once one is not there any more."""
    own = [question for some in QUESTIONS.values() for question in some]
    found = []
    for each, name in zip(level.lenses, prompts, strict=False):
        texts = {digest(text): text for text in (*own, *each.prompts)}
        if name in texts:
            found.append(ShownPrompt(each.lens, texts[name]))
    return tuple(found) if len(found) == len(level.lenses) == len(prompts) else None


def next_ask(
    who: Writer,
    framework_id: str,
    level: Level,
    *,
    now: datetime,
    was_sent: bool = False,
    missed_meeting_at: datetime | None = None,
) -> tuple[Ask, tuple[ShownPrompt, ...]]:
    """Choose what a member is asked next, at this level and after what has changed for them."""
    facts = Circumstances(
        seen=seen_at(who.department, who.site),
        away_from=who.away_from,
        back_at=who.back_at,
        missed_meeting_at=missed_meeting_at,
    )
    about = circumstance(facts, who.asks)
    asked = choose(level, who.member_id, who.asks, about=about)
    ask = Ask(
        number=who.asks[-1].number + 1 if who.asks else 1,
        framework_id=framework_id,
        stage=level.name,
        prompts=tuple(digest(each.prompt) for each in asked),
        at=now,
        was_sent=was_sent,
        seen=facts.seen,
    )
    return ask, asked


def current_ask(
    who: Writer, framework: Framework, level: Level, *, now: datetime
) -> tuple[Ask, tuple[ShownPrompt, ...]]:
    """Give what messages and forms show now: the ask that is open, else the next one."""
    ask = open_ask(who.asks, framework.id, level)
    asked_at = framework.level(ask.stage) if ask else None
    asked = shown(asked_at, ask.prompts) if ask and asked_at else None
    return (ask, asked) if ask and asked else next_ask(who, framework.id, level, now=now)


def with_ask(asks: Asks, ask: Ask) -> Asks:
    """Add an ask or put it over that of its number; the oldest are forgotten."""
    others = [one for one in asks if one.number != ask.number]
    return tuple(sorted([*others, ask], key=lambda one: one.number)[-REMEMBERED:])


def answered(asks: Asks, ask: Ask) -> Asks:
    """Note that a check-in was written from this ask, as it was noted when it was shown."""
    noted = next((one for one in asks if one.number == ask.number), ask)
    return with_ask(asks, replace(noted, came=Came.WRITTEN))


def asks_about_rhythm(ignored: int) -> bool:
    """Say whether the next prompt asks about the rhythm: the third ignored in a row, and so on."""
    return ignored % 3 == 2


def due_since(asks: Asks, *, written_at: datetime | None, now: datetime) -> datetime | None:
    """Say since when a check-in is due: asked for within the week, not written and not skipped."""
    sent = [ask for ask in asks if ask.was_sent]
    if not sent or sent[-1].came is not Came.OPEN or now >= sent[-1].at + DUE_FOR:
        return None
    is_written = written_at is not None and written_at >= sent[-1].at
    return None if is_written or sent[-1].at > now else sent[-1].at
