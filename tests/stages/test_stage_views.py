from dataclasses import replace
from datetime import UTC, datetime

from bot.kinds import ToDoKind
from bot.stages.model import Framework, Level, StageEvent, StageEventKind
from bot.todos import ToDo, Weight
from handlers.blocks import notice_message
from handlers.stages import form_views, views
from tests.support.cast import ALICE, BOB, HERE
from tests.support.golden import Golden
from tests.support.limits import problems_of

CRITERIA = (
    "You <ask> before you act.",
    "You have been watched at the everyday things more than once, and by more than one person.",
)
FRAMEWORK = Framework(
    id="small",
    name="Small",
    about="A lens for reflection, not an assessment.",
    levels=tuple(
        Level(
            name=name,
            summary=f"At {name}.",
            lenses=(),
            mentor_questions=(),
            exit_criteria=() if name == "High" else CRITERIA,
        )
        for name in ("Low", "Middle", "High")
    ),
)
LOW, MIDDLE, HIGH = FRAMEWORK.levels
CLAIMED = StageEventKind.CLAIMED


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
    assert "stage.back" not in str(views.path(FRAMEWORK, LOW))
    assert "stage.claim" not in str(home(HIGH))
    assert "stage.claim" in str(home(LOW))
    assert "stage.back" in str(views.path(FRAMEWORK, HIGH))


def test_the_forms_begin_with_their_question(golden: Golden) -> None:
    claim = form_views.claim_form(MIDDLE, [HIGH], crisis_contact="555")
    golden("stage_claim_form", claim)
    draft = form_views.ClaimDraft("High", CRITERIA[1:], "I led <!here>.")
    again = form_views.claim_form(LOW, [MIDDLE, HIGH], crisis_contact=None, draft=draft)
    golden("stage_claim_form_again", again)
    back = form_views.back_form([LOW])
    golden("stage_back_form", back)
    talk = form_views.talk_form("Bob", "Middle", crisis_contact=None, metadata="x")
    golden("stage_talk_form", talk)
    golden("stage_done", views.done("You are at Low now."))
    assert [one["blocks"][0]["type"] for one in (claim, again, back, talk)] == ["input"] * 4


def test_a_criterion_longer_than_a_label_is_shown_whole() -> None:
    (box,) = [
        one["element"]
        for one in form_views.claim_form(LOW, [MIDDLE], crisis_contact=None)["blocks"]
        if one.get("block_id") == "met"
    ]

    short, long = box["options"]
    assert (short["text"]["text"], short.get("description")) == (CRITERIA[0], None)
    assert f"{long['text']['text']} {long['description']['text']}" == CRITERIA[1]


def test_who_claims_the_stage_after_the_next_reads_what_both_ask_for() -> None:
    criteria = ("You lead a round.", "You teach it.")
    middle = replace(MIDDLE, exit_criteria=criteria)

    both = str(form_views.claim_form(LOW, [middle, HIGH], crisis_contact=None))
    one = str(form_views.claim_form(LOW, [middle], crisis_contact=None))

    assert all(each in both for each in ("If you claim High", *criteria))
    assert not any(each in one for each in criteria)


def test_a_claim_is_opened_with_its_evidence_and_its_buttons(golden: Golden) -> None:
    ticked = replace(event(), met=CRITERIA)
    golden("stage_claim", views.claim_view(views.OpenClaim("Bob", ticked, False, asked=3)))
    golden(
        "stage_claim_after_talk",
        views.claim_view(views.OpenClaim("Bob", event(), True, asked=2, passed_over=("Middle",))),
    )
    lost = replace(event(), note="", is_readable=False)
    shown = str(views.claim_view(views.OpenClaim("Bob", lost, False)))
    assert "cannot be read any more" in shown
    assert "stage.confirm" in shown


def test_a_history_shows_everything_that_happened(golden: Golden) -> None:
    history = tuple(
        replace(event(kind), number=number, met=CRITERIA if kind is CLAIMED else ())
        for number, kind in enumerate(StageEventKind, start=1)
    )
    golden("stage_history", views.history_view(history, {ALICE.id: "Alice <b>"}, tz="UTC"))
    golden("stage_history_empty", views.history_view((), {}, tz="UTC"))
    long = [replace(event(note="&" * 3000), number=number) for number in range(1, 60)]
    assert problems_of(views.history_view(long, {}, tz="UTC")) == []


def test_a_mentees_answer_to_a_mentor_who_asks_to_talk(golden: Golden) -> None:
    asked = event(StageEventKind.TALK_FIRST)
    golden("stage_answer", views.answer_view(asked))
    golden("stage_answer_waits", views.answer_view(asked, claim=event()))
    golden("stage_answer_without_words", views.answer_view(replace(asked, note=""), claim=event()))
    golden("stage_answer_gone", views.answer_view(None))


def test_to_dos_name_people_and_nobodys_words() -> None:
    about = {"weight": Weight.SOMEBODY_WAITS, "since": datetime(2026, 9, 8, tzinfo=UTC)}
    asked = ToDo(kind=ToDoKind.TALK_ABOUT_CLAIM, about="member_bob:4", what="High", **about)  # type: ignore[arg-type]
    alone = ToDo(
        kind=ToDoKind.CLAIM_UNANSWERED,
        about="programme",
        names=("Bob <b>", "Alice"),
        **about,  # type: ignore[arg-type]
    )

    talk, waits = views.talk_about_claim(asked), views.claim_unanswered(alone)

    assert (talk.button["action_id"], talk.button["value"]) == ("stage.answer", "member_bob:4")
    assert waits.sentence.startswith("Bob &lt;b&gt; has waited over a week")
    assert (waits.button["action_id"], waits.button["value"]) == (
        "pairing.choose_move",
        "programme",
    )


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
