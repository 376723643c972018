import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.goals.model import Goal, GoalDomain, GoalId, GoalNote, GoalStatus
from bot.kernel.errors import UserFacing
from bot.kernel.ids import GroupId, MemberId, ProgrammeId, WorkspaceId
from bot.meetings.model import Length, Meeting, MeetingId
from bot.people.model import Role
from bot.portfolio import rules
from bot.portfolio.model import Chapter, Document, LetterFacts, Passage, Section
from bot.portfolio.typesetting import letter_pdf, portfolio_pdf
from bot.stages.model import StageEvent, StageEventKind
from config.catalogue import load_catalogue

PAPERS = load_catalogue().papers
IN_NO_FONT = "\U0010fffd"
"""The last sign for private use: wherever this runs, no font has it."""
FACTS = LetterFacts(
    name="Zoë Ångström-Łukasz O'Neill",
    role=Role.PEER_MENTOR,
    programme="The year of #care [2026]",
    first_on=date(2026, 1, 5),
    last_on=date(2026, 11, 1),
    groups=2,
    meetings=12,
    minutes=550,
)


def document(words: str) -> Document:
    passage = Passage(words, words)
    return Document(
        title=words,
        subtitle=words,
        note=words,
        chapters=(Chapter(words, (Section(words, words, (passage,)),)),),
    )


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


def test_a_letter_says_what_the_log_says_and_nothing_is_taken_for_markup() -> None:
    said = words_of(letter_pdf(FACTS, PAPERS))

    assert "Zoë Ångström-Łukasz O'Neill" in said.replace("’", "'")
    assert "a peer mentor in The year of #care [2026]" in said
    assert "two mentoring groups and 12 meetings, 9 hours in all" in said


def test_screen_readers_find_language_title_and_structure_in_either_paper() -> None:
    for pdf in (letter_pdf(FACTS, PAPERS), portfolio_pdf(document("Words"), PAPERS).pdf):
        found = read(pdf)
        root = str(found.trailer["/Root"])
        assert "'/Lang': 'en'" in root
        assert "'/Marked': True" in root
        assert "/StructTreeRoot" in root
        assert found.metadata is not None
        assert found.metadata.title


def test_an_operators_words_and_logo_are_on_the_letter() -> None:
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        b'<rect width="9" height="9"/></svg>'
    )
    wording = replace(
        PAPERS.wording,
        organisation="Faculty of Medicine",
        signed_by=("Carol Berg", "Dean"),
        logo="logo.svg",
        logo_alt="A cairn",
    )

    pdf = letter_pdf(FACTS, replace(PAPERS, wording=wording, logo=drawing))

    for words in ("Faculty of Medicine", "Carol Berg", "Dean"):
        assert words in words_of(pdf)
    assert len(pdf) != len(letter_pdf(FACTS, replace(PAPERS, wording=replace(wording, logo=None))))


def test_a_name_that_no_font_has_is_refused_rather_than_left_blank() -> None:
    with pytest.raises(UserFacing, match="No font here"):
        letter_pdf(replace(FACTS, name=f"{IN_NO_FONT} Zoë"), PAPERS)


def test_a_portfolio_with_a_sign_that_no_font_has_is_made_and_says_that_it_has_gaps() -> None:
    page = portfolio_pdf(document(f"I did it {IN_NO_FONT} at last"), PAPERS)

    assert not page.is_whole
    assert "at last" in words_of(page.pdf)
    assert portfolio_pdf(document("Łódź, Ελληνικά, Кириллица"), PAPERS).is_whole


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=80))
def test_no_words_become_marks_links_or_headings_in_markdown(words: str) -> None:
    made = rules.markdown(document(words))

    kinds = {
        token.type
        for outer in MarkdownIt("commonmark").parse(made)
        for token in (outer, *(outer.children or ()))
    }
    assert kinds <= {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text"),
        *("blockquote_open", "blockquote_close", "strong_open", "strong_close", "text_special"),
        *("em_open", "em_close", "softbreak"),
    }


def test_stages_are_told_with_the_evidence_of_the_claim_that_was_confirmed() -> None:
    def event(number: int, kind: StageEventKind, to: str, note: str = "") -> StageEvent:
        return StageEvent(
            workspace_id=WorkspaceId("T1"),
            member_id=MemberId("bob"),
            number=number,
            framework_id="miller_is",
            kind=kind,
            from_level="Knows",
            to_level=to,
            note=note,
            by=MemberId("bob"),
            at=datetime(2026, 10, 5, tzinfo=UTC),
        )

    history = [
        event(1, StageEventKind.CLAIMED, "Knows how", "taken back"),
        event(2, StageEventKind.WITHDRAWN, "Knows how"),
        event(3, StageEventKind.CLAIMED, "Knows how", "I led the round"),
        event(4, StageEventKind.CONFIRMED, "Knows how", "Well done, from my mentor"),
        event(5, StageEventKind.STEPPED_BACK, "Knows"),
    ]

    up, down = rules.stages_chapter(history, tz="UTC").entries

    assert up.title == "Knows how"
    assert up.passages == (Passage("What showed it", "I led the round"),)
    assert down.facts.startswith("Stepped back")
    assert down.passages == ()


def met(length: Length | None = None, minutes: int | None = None) -> Meeting:
    return Meeting(
        id=MeetingId("meeting"),
        workspace_id=WorkspaceId("T1"),
        programme_id=ProgrammeId("programme"),
        group_id=GroupId("group"),
        held_on=date(2026, 10, 5),
        mode=None,
        length=length,
        minutes=minutes,
        mentees=frozenset(),
        recorded_by=MemberId("alice"),
        recorded_at=datetime(2026, 10, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ((), "no meetings"),
        ((met(),), "one meeting"),
        ((met(Length.UNDER_30),), "one meeting, 20 minutes in all"),
        ((met(minutes=25), met(Length.UNDER_30)), "two meetings, 1 hour in all"),
        (
            (met(Length.OVER_60), met(Length.FROM_30_TO_60), met()),
            "three meetings, 2 hours in all",
        ),
    ],
)
def test_hours_are_counted_from_what_was_noted(held: tuple[Meeting, ...], said: str) -> None:
    facts = replace(FACTS, meetings=len(held), minutes=rules.minutes_of(held))

    assert rules.log_of(facts) == said


def test_goals_are_told_with_what_came_of_them_and_their_steps() -> None:
    at = datetime(2026, 10, 5, tzinfo=UTC)
    goal = Goal(
        id=GoalId("goal"),
        workspace_id=WorkspaceId("T1"),
        member_id=MemberId("bob"),
        programme_id=ProgrammeId("programme"),
        status=GoalStatus.DONE,
        due_on=date(2026, 11, 1),
        set_at=at,
        ended_at=at,
        title="Lead a round",
        next_step="Nothing more",
        domain=GoalDomain.PRACTICE,
        notes=(
            GoalNote(number=1, at=at, confidence=3, step_done="Watched Alice"),
            GoalNote(number=2, at=at, confidence=8),
        ),
    )

    [told] = rules.goals_chapter([goal], tz="UTC").entries

    assert told.title == "Lead a round"
    assert told.facts == "Done on 5 October 2026. Confidence: 3, 8 of 10."
    assert told.passages == (Passage("Steps", "Watched Alice"),)
