"""A forty-week portfolio as a PDF, beside an empty one; and a letter."""

import statistics
import time
from collections.abc import Callable
from datetime import date

from bot.people.model import Role
from bot.portfolio.model import Chapter, Document, LetterFacts, Passage, Section
from bot.portfolio.typesetting import letter_pdf, portfolio_pdf
from config.catalogue import load_catalogue

NAME = "portfolio"
WEEKS, LENSES = 40, 3
MOST_S = 2.0
_SENTENCE = "On Tuesday I led the round for the first time and asked before I was asked. "


def run(*, quick: bool) -> list[dict[str, object]]:
    """Median seconds, and pages' bytes; the target for the long one is 2 s."""
    papers = load_catalogue().papers
    facts = LetterFacts(
        name="Alice Weiss",
        role=Role.MENTOR,
        programme="A mentoring year",
        first_on=date(2026, 1, 5),
        last_on=date(2026, 11, 1),
        groups=2,
        meetings=12,
        minutes=540,
    )
    cases: dict[str, Callable[[], bytes]] = {
        "portfolio, empty": lambda: portfolio_pdf(_portfolio(0, 0), papers).pdf,
        "portfolio, 40 check-ins of 3 x 300 characters": lambda: (
            portfolio_pdf(_portfolio(WEEKS, 300), papers).pdf
        ),
        "portfolio, 40 check-ins of 3 x 3,000 characters": lambda: (
            portfolio_pdf(_portfolio(WEEKS, 3000), papers).pdf
        ),
        "letter": lambda: letter_pdf(facts, papers),
    }
    rows: list[dict[str, object]] = []
    for what, make in cases.items():
        make()  # fonts are looked for once
        seconds = statistics.median(_timed(make) for _ in range(3 if quick else 9))
        base = rows[0]["seconds"] if rows else seconds
        assert isinstance(base, float)
        rows.append(
            {
                "what": what,
                "seconds": seconds,
                "ratio": seconds / base,
                "bytes": len(make()),
                "holds": seconds <= MOST_S,
            }
        )
    return rows


def _timed(make: Callable[[], bytes]) -> float:
    began = time.perf_counter()
    make()
    return time.perf_counter() - began


def _portfolio(checkins: int, characters: int) -> Document:
    words = (_SENTENCE * (characters // len(_SENTENCE) + 1))[:characters]
    passages = tuple(Passage(f"Question {n}?", words) for n in range(LENSES))
    sections = tuple(Section(f"Week {n}", "", passages) for n in range(checkins))
    return Document(
        title="Portfolio of Bob",
        subtitle="A mentoring year",
        note="A lens for reflection, not an assessment.",
        chapters=(Chapter("Reflections", sections),) if sections else (),
    )
