"""Mentors' training, as coordinators and mentors see it."""

from dataclasses import replace
from datetime import date

from bot.kernel.ids import MemberId
from bot.training.model import MentorTraining, TrainingId
from handlers import blocks as ui
from handlers.training import views
from tests.support.cast import ALICE, HERE
from tests.support.golden import Golden
from tests.support.workspace import all_text

NAMES = {ALICE.id: ALICE.name, **{MemberId(f"m{n}"): f"Mentor {n}" for n in range(6)}}
FEEDBACK = MentorTraining(
    workspace_id=HERE,
    id=TrainingId("feedback"),
    name="Giving feedback",
    held_on=date(2026, 10, 14),
    people=tuple(NAMES),
)
BOUNDARIES = replace(
    FEEDBACK,
    id=TrainingId("bounds"),
    name="Boundaries & duties of care",
    held_on=date(2026, 9, 2),
    people=(ALICE.id,),
)


def test_what_a_coordinator_sees(golden: Golden) -> None:
    golden("training_tools", ui.home(views.tool()))
    golden("training_page", views.page([FEEDBACK, BOUNDARIES], NAMES, of=2, said=views.SAVED))
    golden("training_page_empty", views.page([], {}, of=0))
    golden("training_form", views.form(None, ()))
    golden("training_form_correct", views.form(BOUNDARIES, [ALICE.slack_user_id]))


def test_what_a_mentor_sees_of_their_own(golden: Golden) -> None:
    golden("training_own", ui.home(views.own([FEEDBACK, BOUNDARIES])))
    assert views.own([]) == []


def test_a_page_of_many_says_where_it_stands_and_leads_on() -> None:
    page = views.page([FEEDBACK] * views.PAGE, NAMES, of=50, skipped=20)

    assert "21 to 40 of 50." in all_text(page)
    assert '"Earlier"' in str(page).replace("'", '"')
    assert '"Later"' in str(page).replace("'", '"')
    assert "Mentor 0, Mentor 1 and 4 more" in all_text(page)
