"""Decide which stage a member is at, and what may be said next. People decide; time does not."""

from bot.kernel.errors import UserFacing
from bot.stages.model import Framework, History, Level, StageEvent, StageEventKind

MAX_NOTE_CHARS = 3000
"""Slack's own limit for a plain text input."""

MOVES = frozenset({StageEventKind.CONFIRMED, StageEventKind.STEPPED_BACK})
"""The events after which a member is at another stage."""
_ANSWERS_A_CLAIM = {StageEventKind.CONFIRMED, StageEventKind.WITHDRAWN, StageEventKind.STEPPED_BACK}


def current_level(framework: Framework, history: History, *, initial: str | None) -> Level:
    """Find the last level confirmed or stepped back to; else the roster's; else the first."""
    moves = (
        e.to_level for e in reversed(history) if e.kind in MOVES and e.framework_id == framework.id
    )
    return level_after(framework, next(moves, None), initial=initial)


def level_after(framework: Framework, moved_to: str | None, *, initial: str | None) -> Level:
    """Give the stage after a move to `moved_to`, else the roster's; unknown names do not count."""
    return framework.level(moved_to) or framework.level(initial) or framework.levels[0]


def open_claim(framework: Framework, history: History) -> StageEvent | None:
    """Give the member's claim that waits for a mentor, or None. A talk leaves it open."""
    for event in reversed(history):
        if event.framework_id != framework.id or event.kind in _ANSWERS_A_CLAIM:
            return None
        if event.kind is StageEventKind.CLAIMED:
            return event
    return None


def wants_talk(history: History) -> bool:
    """Say whether a mentor asked to talk about the claim that is open."""
    return bool(history) and history[-1].kind is StageEventKind.TALK_FIRST


def waits_for_mentor(framework: Framework, history: History) -> StageEvent | None:
    """Give the claim that a mentor has not answered yet; one to be talked about is its author's."""
    return None if wants_talk(history) else open_claim(framework, history)


def levels_to_claim(framework: Framework, current: Level) -> tuple[Level, ...]:
    """Give the levels above `current`, nearest first."""
    return framework.levels[framework.position(current.name) + 1 :]


def passed_over(framework: Framework, claim: StageEvent) -> tuple[str, ...]:
    """Name the stages between the one at which a claim was made and the one that it claims."""
    start, end = framework.level(claim.from_level), framework.level(claim.to_level)
    if start is None or end is None:
        return ()
    above = levels_to_claim(framework, start)
    return tuple(one.name for one in above[: above.index(end)]) if end in above else ()


def levels_to_step_back_to(framework: Framework, current: Level) -> tuple[Level, ...]:
    """Give the levels below `current`, nearest first."""
    return tuple(reversed(framework.levels[: framework.position(current.name)]))


def check_claim(
    framework: Framework, history: History, *, initial: str | None, to_level: str, evidence: str
) -> Level:
    """Find the level to claim. Raises UserFacing when this claim cannot be made now."""
    current = current_level(framework, history, initial=initial)
    if waits_for_mentor(framework, history):
        raise UserFacing(
            "You already have a claim that waits for your mentor. Withdraw it first if you would "
            "like to change it."
        )
    level = framework.level(to_level)
    if level is None or level not in levels_to_claim(framework, current):
        raise UserFacing(f"You are at {current.name}. Choose a stage above it.")
    if not evidence.strip():
        raise UserFacing("Describe in a sentence or two what shows that you are there.")
    if len(evidence) > MAX_NOTE_CHARS:
        raise UserFacing(f"Please keep it under {MAX_NOTE_CHARS:,} characters.")
    return level


def check_answer(framework: Framework, history: History, *, claim_number: int) -> StageEvent:
    """Find the open claim that is being answered. Raises UserFacing when it is not open."""
    claim = open_claim(framework, history)
    if claim is None or claim.number != claim_number:
        raise UserFacing(
            "This claim is not open any more: it was confirmed, withdrawn or replaced. "
            "Open the Home tab to see where things stand."
        )
    return claim


def check_step_back(
    framework: Framework, history: History, *, initial: str | None, to_level: str
) -> Level:
    """Find the level to step back to. Raises UserFacing when it is not below the member's."""
    current = current_level(framework, history, initial=initial)
    level = framework.level(to_level)
    if level is None or level not in levels_to_step_back_to(framework, current):
        raise UserFacing(f"You are at {current.name}. Choose a stage before it.")
    return level
