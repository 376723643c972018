from datetime import UTC, datetime

from bot.kinds import ToDoKind
from bot.stages.model import Framework, Level, StageEvent, StageEventKind
from bot.todos import ToDo, Weight
from handlers.blocks import notice_message
from handlers.stages import views
from tests.support.cast import ALICE, BOB, HERE
from tests.support.golden import Golden

FRAMEWORK = Framework(
    id="small",
    name="Small",
    about="A lens for reflection, not an assessment.",
    levels=tuple(
        Level(name=name, summary=f"At {name}.", lenses=(), mentor_questions=())
        for name in ("Low", "Middle", "High")
    ),
)
LOW, MIDDLE, HIGH = FRAMEWORK.levels


def event(
    kind: StageEventKind = StageEventKind.CLAIMED, note: str = "I led <!here> & asked."
) -> StageEvent:
    return StageEvent(
        workspace_id=HERE,
        member_id=BOB.id,
        number=3,
        framework_id="small",
        kind=kind,
        from_level="Low",
        to_level="Middle",
        note=note,
        by=ALICE.id,
        at=datetime(2026, 10, 5, tzinfo=UTC),
    )


def home(current: Level, claim: StageEvent | None = None, *, talk: bool = False) -> object:
    blocks = views.home_mentee(FRAMEWORK, current, claim=claim, wants_talk=talk)
    return {"type": "home", "blocks": blocks}


def test_a_mentees_stage_on_the_home_tab(golden: Golden) -> None:
    golden("stage_home", home(MIDDLE))
    golden("stage_home_claimed", home(MIDDLE, event(), talk=True))


def test_the_first_stage_has_no_step_back_and_the_last_no_claim() -> None:
    assert "stage.back" not in str(home(LOW))
    assert "stage.claim" not in str(home(HIGH))
    assert "stage.claim" in str(home(LOW))
    assert "stage.back" in str(home(HIGH))


def test_the_forms(golden: Golden) -> None:
    golden(
        "stage_claim_form",
        views.claim_form([MIDDLE, HIGH], crisis_contact="555"),
    )
    golden("stage_back_form", views.back_form([LOW]))
    golden("stage_talk_form", views.talk_form("Bob", "Middle", crisis_contact=None, metadata="x"))
    golden("stage_done", views.done("You are at Low now."))


def test_a_claim_is_opened_with_its_evidence_and_its_buttons(golden: Golden) -> None:
    for name, wants_talk in (("stage_claim", False), ("stage_claim_after_talk", True)):
        golden(name, views.claim_view(views.OpenClaim("Bob", event(), wants_talk)))


def test_a_waiting_claim_is_one_line_with_the_button_that_answers_it() -> None:
    todo = ToDo(
        kind=ToDoKind.ANSWER_CLAIM,
        weight=Weight.SOMEBODY_WAITS,
        since=datetime(2026, 9, 8, tzinfo=UTC),
        about="member_bob:3",
        names=("Bob <b>",),
        what="High",
    )

    line = views.answer_claim(todo)

    assert line.sentence == "Bob &lt;b&gt; claims *High* and waits for your answer."
    assert (line.button["action_id"], line.button["value"]) == ("stage.read", "member_bob:3")


def test_the_messages(golden: Golden) -> None:
    golden("stage_claimed", views.claimed(event(), name="Bob"))
    golden("stage_confirmed", views.answered(event(StageEventKind.CONFIRMED, ""), mentor="Alice"))
    golden("stage_talk_first", views.answered(event(StageEventKind.TALK_FIRST), mentor="Alice"))
    golden("stage_answered_in_place", notice_message("Confirmed: Bob & Co."))
