"""How goals look: the part of Home, one goal, the forms, the lists."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.goals.model import GoalNote, GoalStatus, Progress
from bot.kinds import ToDoKind
from bot.todos import ToDo, Weight
from handlers.goals import form_views, views
from handlers.goals.views import GoalReaders
from tests.goals.test_goal_rules import GOAL, STARTED
from tests.support.cast import BOB
from tests.support.golden import Golden
from tests.support.limits import problems_of

TODAY = date(2026, 10, 12)
NOTES = tuple(
    GoalNote(number=n, at=STARTED + timedelta(weeks=n), confidence=figure, progress=progress)
    for n, figure, progress in (
        (1, 4, None),
        (2, None, Progress.STUCK),
        (3, 6, Progress.MOVED),
    )
)
WHOLE = replace(
    GOAL, title="I speak <!here> & up.", notes=NOTES, importance=4, due_on=date(2026, 11, 2)
)
DONE = replace(WHOLE, status=GoalStatus.DONE, ended_at=datetime(2026, 10, 9, tzinfo=UTC))
LOST = replace(GOAL, title="", next_step="", is_readable=False)


def test_goals_on_the_home_tab(golden: Golden) -> None:
    late = replace(GOAL, due_on=date(2026, 10, 1))
    blocks = views.home_mentee([WHOLE, late, LOST], ended=1, today=TODAY)
    golden("goal_home", {"type": "home", "blocks": blocks})
    golden(
        "goal_home_empty",
        {"type": "home", "blocks": views.home_mentee([], ended=0, today=TODAY)},
    )
    golden(
        "goal_home_mentor",
        {"type": "home", "blocks": views.home_mentor({"Bob <b>": 2, "Dana": 1})},
    )
    golden("goal_looking_back", {"type": "home", "blocks": views.looking_back([WHOLE, DONE])})


def test_one_goal_with_its_history_its_readers_and_its_buttons(golden: Golden) -> None:
    shown = [
        ("goal_one", replace(WHOLE, shared_at=None), GoalReaders(0, 1)),
        ("goal_one_shared", WHOLE, GoalReaders(1, 1)),
        ("goal_one_done", DONE, GoalReaders(0, 1)),
        ("goal_one_lost", LOST, GoalReaders(0, 0)),
    ]
    late = views.own_goal(WHOLE, GoalReaders(), tz="UTC", today=date(2026, 11, 3))
    assert "Its day was 2 November" in str(late)
    assert "New date" in str(late)
    for name, goal, readers in shown:
        golden(name, views.own_goal(goal, readers, tz="Europe/London", today=TODAY, note="Saved."))


def test_the_forms_of_goals_begin_with_their_question(golden: Golden) -> None:
    empty = form_views.form(can_share=True, crisis_contact="555")
    golden("goal_form", empty)
    golden(
        "goal_form_change",
        form_views.form(WHOLE.draft, confidence=6, crisis_contact=None, metadata="goal"),
    )
    step = form_views.step_form(WHOLE, crisis_contact="555")
    golden("goal_step_form", step)
    assert [one["blocks"][0]["type"] for one in (empty, step)] == ["input"] * 2


def test_the_lists(golden: Golden) -> None:
    golden("goal_past", views.past([DONE, replace(DONE, status=GoalStatus.LET_GO)], tz="UTC"))
    golden("goal_shared", views.shared([WHOLE, DONE, LOST], {BOB.id: "Bob"}, today=TODAY))
    golden("goal_shared_empty", views.shared([], {}, today=TODAY))


def test_a_title_with_marks_of_its_own_is_shown_as_it_was_written() -> None:
    marked = replace(WHOLE, title="أقدّم *one* patient <!channel>")

    for shown in (
        views.home_mentee([marked], ended=0, today=TODAY),
        views.own_goal(marked, GoalReaders(), tz="UTC", today=TODAY)["blocks"],
        views.past([replace(marked, status=GoalStatus.DONE)], tz="UTC")["blocks"],
    ):
        [said] = [each["text"]["text"] for each in shown if "patient" in str(each.get("text"))]
        assert said.startswith("أقدّم *one* patient &lt;!channel&gt;")


def test_the_longest_words_fit() -> None:
    long = replace(WHOLE, title="&" * 200, next_step="<" * 300)
    notes = tuple(
        GoalNote(number=n, at=STARTED, confidence=10, step_done="&" * 300) for n in range(1, 40)
    )
    every = [replace(long, member_id=f"member_{n}", notes=notes) for n in range(80)]  # type: ignore[arg-type]
    names = {one.member_id: "Name" for one in every}

    shown = [
        views.own_goal(every[0], GoalReaders(1, 2), tz="UTC", today=TODAY),
        views.shared(every, names, today=TODAY),
        views.past(every, tz="UTC"),
    ]

    assert [problems_of(one) for one in shown] == [[]] * len(shown)


def test_to_dos_name_no_words_and_carry_their_button() -> None:
    about = {"weight": Weight.IS_DUE, "since": STARTED}
    review = ToDo(kind=ToDoKind.REVIEW_GOAL, about="goal_x", what="2026-10-05", **about)  # type: ignore[arg-type]

    line = views.review_goal(review)

    assert line.sentence.startswith("One of your goals was for 5 October.")
    assert (line.button["action_id"], line.button["value"]) == ("goal.open", "goal_x")
    assert views.set_goal(review).button["action_id"] == "goal.new"


def test_a_meetings_agenda_counts_the_goals_that_are_shared_and_leads_to_them() -> None:
    line = views.goals_to_talk_about(3)

    assert line.count == 3
    assert line.button
    assert line.button["action_id"] == "goal.shared"


def test_a_goal_is_deleted(golden: Golden) -> None:
    golden("goal_deleted", views.deleted(is_cleared=True))
