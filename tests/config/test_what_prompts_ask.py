"""What ships in config/frameworks: enough to ask, nothing twice, and nothing that should not be."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations

import pytest

from bot.checkins.prompts import ENOUGH
from bot.stages.model import Framework, Lens, Level
from config.catalogue import load_catalogue
from config.entries import MAX_PROMPT_CHARS

LEAST_QUESTIONS = 10
"""A nudge never repeats one of the last eight, even if its question is for one mentee each week."""

FRAMEWORKS = load_catalogue().frameworks
each_framework = pytest.mark.parametrize("framework", FRAMEWORKS.values(), ids=FRAMEWORKS)

JARGON = re.compile(
    r"\b(?:reflect\w*|competenc\w+|milestones?|resilien\w+|empower\w*|leverag\w+|stakeholders?|"
    r"journeys?|holistic\w*|paradigms?|identity|entrust\w*|epas?|self-care|wellness|mindful\w*|"
    r"debrief\w*|metacognit\w*|outcomes?|domains?|utili[sz]\w*|facilitat\w*|optimi[sz]\w*|"
    r"impact\w*|takeaways?|learners?|learnings|mindset|framework|lens)\b",
    re.IGNORECASE,
)
BLAME = re.compile(
    r"why (?:did|do|have|are|were)(?:n't| you)\b|should(?:n't| not)? have\b|\bfault\b|\bblame\w*|"
    r"\bfail(?:ed|ure)? to\b",
    re.IGNORECASE,
)
ABOUT_PATIENTS = re.compile(
    r"\b(?:patients?|diagnos\w+|symptoms?|cases?|beds?|treatments?|families)\b", re.IGNORECASE
)
YES_OR_NO = re.compile(
    r"^(?:and |or )?(?:do|does|did|is|are|was|were|have|has|had|can|could|will|would|should|may)\b",
    re.IGNORECASE,
)
OPEN_WORD = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|to whom)\b", re.IGNORECASE
)
COMMON = re.compile(
    r"\b(?:a|an|and|are|as|at|be|been|before|but|by|can|could|did|do|does|for|"
    r"from|had|has|have|how|i|if|in|is|it|its|lately|like|me|more|my|not|of|"
    r"on|or|other|others|out|own|part|so|somebody|someone|something|that|the|"
    r"their|them|there|they|thing|things|this|to|up|was|week|were|what|when|"
    r"where|which|who|whom|whose|why|will|with|would|you|your|yourself)\b"
)
"""Words that say nothing of what is asked."""


def prompts_of(framework: Framework) -> Iterator[str]:
    for level in framework.levels:
        for each in level.lenses:
            yield from each.prompts


def questions_of(framework: Framework) -> list[str]:
    """All that a mentee or their mentor may be asked: it may come to one person in one week."""
    of_mentors = [question for level in framework.levels for question in level.mentor_questions]
    return [*prompts_of(framework), *of_mentors]


@cache
def words_of(question: str) -> frozenset[str]:
    """The words that carry a question, without their endings."""
    found = re.findall(r"[a-z]+", COMMON.sub("", question.casefold()))
    return frozenset(re.sub(r"(?:ing|e?d|e?s|ly|e)$", "", each) for each in found)


def asks_the_same(one: str, other: str) -> bool:
    """Say whether two questions share so many words that somebody would call them one."""
    mine, theirs = words_of(one), words_of(other)
    return len(mine & theirs) >= 0.6 * len(mine | theirs)


def alike(questions: Sequence[str]) -> list[tuple[str, str]]:
    return [pair for pair in combinations(questions, 2) if asks_the_same(*pair)]


@each_framework
def test_there_is_enough_to_ask_at_each_stage(framework: Framework) -> None:
    for level in framework.levels:
        counts = {each.lens: len(each.prompts) for each in level.lenses}
        assert set(counts) == set(Lens), level.name
        assert min(counts.values()) >= ENOUGH, (level.name, counts)
        assert len(level.mentor_questions) >= LEAST_QUESTIONS, level.name


@each_framework
def test_no_two_questions_of_a_framework_ask_the_same(framework: Framework) -> None:
    assert alike(questions_of(framework)) == []


@each_framework
def test_a_question_is_short_plain_and_properly_ended(framework: Framework) -> None:
    for question in questions_of(framework):
        assert len(question) <= MAX_PROMPT_CHARS, question
        assert re.search(r"[a-z\"]\?$|[a-z]\.$", question), question
        assert re.match(r"[A-Z\"]", question), question
        assert not re.search(r"[\u2013\u2014;!]|\s{2}|\.\.", question), question
        assert not JARGON.search(question), question


@each_framework
def test_a_question_blames_nobody_and_asks_about_no_patient(framework: Framework) -> None:
    for question in questions_of(framework):
        assert not BLAME.search(question), question
        assert not ABOUT_PATIENTS.search(question), question


@each_framework
def test_no_question_can_be_answered_with_yes_or_no(framework: Framework) -> None:
    for question in questions_of(framework):
        assert OPEN_WORD.search(question), question
        for sentence in re.findall(r"[^.?]+\?", question):
            assert not YES_OR_NO.match(sentence.strip()), question


@each_framework
def test_exit_criteria_are_short_statements_and_none_stands_twice(framework: Framework) -> None:
    said = [one for level in framework.levels for one in level.exit_criteria]

    assert alike(said) == []
    for one in said:
        assert len(one) <= MAX_PROMPT_CHARS, one
        assert one.endswith("."), one
        assert not JARGON.search(one), one


@each_framework
def test_a_stage_keeps_the_order_in_which_it_asks(framework: Framework) -> None:
    def order(level: Level) -> str:
        return "".join(each.lens[0] for each in level.lenses)

    assert [order(level) for level in framework.levels] == ORDERS[framework.id]


ORDERS = {
    "acgme": ["taf", "taf", "atf", "aft", "atf"],
    "dreyfus": ["taf", "taf", "taf", "fta", "atf"],
    "epa": ["taf", "aft", "taf", "aft", "taf"],
    "miller_is": ["taf", "taf", "atf", "aft", "fta"],
    "rcpsc_cbd": ["fta", "atf", "tfa", "aft"],
    "research_project": ["taf", "taf", "aft", "taf", "aft", "fta"],
    "rime": ["atf", "tfa", "atf", "aft"],
}
"""The first letters of think, feel and act, stage by stage."""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("What did you teach this week?", "What did you teach this week, and to whom?", True),
        ("Which rule helped you lately?", "Which rule was helping you this week?", True),
        ("Which rule helped you lately?", "Which colleague helped you lately?", False),
        ("Whom did you thank?", "What did you finish?", False),
    ],
)
def test_questions_that_are_nearly_one_are_seen_as_one(one: str, other: str, same: bool) -> None:
    assert asks_the_same(one, other) is same
