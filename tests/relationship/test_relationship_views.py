from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.kernel.ids import MemberId
from bot.relationship.model import ITEMS, Domain, Partner, Rating, Side, Wave
from bot.todos import ToDo, Weight
from handlers.relationship import views
from tests.support.cast import ALICE, BOB, GROUP, HERE, PROGRAMME
from tests.support.golden import Golden
from tests.support.limits import problems_of
from tests.support.source import ROOT
from tests.support.workspace import all_text

AT = datetime(2026, 9, 16, 8, 30, tzinfo=UTC)
MENTOR = Partner(member_id=ALICE.id, name="Alice & <b>", group_id=GROUP.id, side=Side.MENTEE)
MENTEE = replace(MENTOR, member_id=BOB.id, name="Bob", side=Side.MENTOR)
RATED = Rating(
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    wave=Wave.T0,
    rater_id=BOB.id,
    other_id=ALICE.id,
    group_id=GROUP.id,
    side=Side.MENTEE,
    rated_at=AT,
    answers={Domain.TRUST: 6, Domain.OVERALL: 5},
)
LATER = replace(RATED, wave=Wave.T1, rated_at=AT + timedelta(weeks=10), answers={Domain.TRUST: 7})


def test_each_side_is_asked_in_its_own_words_beginning_with_a_question(golden: Golden) -> None:
    asked = views.form(
        MENTOR,
        title="How is it between you?",
        answers={},
        wave=Wave.T0,
        metadata="{}",
    )
    golden("relationship_form_of_mentee", asked)
    of_mentor = views.form(
        MENTEE,
        title=views.title_of(1, 2, Side.MENTOR),
        answers=LATER.answers,
        wave=Wave.T1,
        metadata="{}",
    )
    golden("relationship_form_of_mentor", of_mentor)
    assert asked["blocks"][0]["type"] == "input"


def test_ones_own_answers_stand_side_by_side(golden: Golden) -> None:
    shown = views.page(
        [RATED, LATER, replace(LATER, wave=Wave.T2, answers={}), replace(LATER, is_readable=False)],
        {ALICE.id: "Alice"},
        now_about=[MENTEE],
        tz="Europe/London",
    )
    golden("relationship_answers", shown)


def test_many_people_with_long_names_keep_slacks_limits() -> None:
    many = [
        replace(RATED, other_id=MemberId(f"member_{n}"), wave=wave)
        for n in range(60)
        for wave in Wave
    ]
    names = {one.other_id: "&" * 200 for one in many}
    about = [replace(MENTEE, member_id=one.other_id, name="&" * 200) for one in many[:8]]
    page = views.page(many, names, now_about=about, tz="Europe/London")
    form = views.form(
        about[0],
        title=views.title_of(8, 8, Side.MENTOR),
        answers={},
        wave=Wave.T3,
        metadata="{}",
    )

    assert problems_of(page) + problems_of(form) == []
    assert "more are kept" in all_text(page)


def test_a_to_do_names_a_few_and_counts_the_others() -> None:
    todo = ToDo(
        kind="rate",
        weight=Weight.IS_DUE,
        since=AT,
        about=BOB.id,
        names=tuple(f"Mentee {n}" for n in range(8)),
        what=Side.MENTOR,
    )

    assert "Mentee 0, Mentee 1, Mentee 2 and 5 more?" in views.rate(todo).sentence
    assert "you and Alice?" in views.rate(replace(todo, names=("Alice",), what="mentee")).sentence


def test_the_page_of_the_docs_says_each_item_as_it_is_asked() -> None:
    page = (ROOT / "docs/explanation/compass-and-relationship.md").read_text()

    assert "adapted, unvalidated" in page
    for domain in Domain:
        of_mentee, of_mentor = (ITEMS[side][domain] for side in (Side.MENTEE, Side.MENTOR))
        assert f"| {domain} | {of_mentee} | {of_mentor} |" in page


def test_the_answers_are_kept_or_put_off(golden: Golden) -> None:
    golden("relationship_saved", views.saved())
    golden("relationship_put_off", views.put_off())
