"""The forms of goals: a goal, the step after the one that is done, and a day that has passed."""

from bot.goals.model import Goal, GoalDraft
from bot.goals.rules import MAX_STEP_CHARS, MAX_TITLE_CHARS, MOST_CONFIDENCE, MOST_IMPORTANCE
from handlers import blocks as ui
from handlers.blocks import Block, View, escape
from handlers.free_text import care_notes
from handlers.goals.views import DOMAINS

IMPORTANCE = ("a little", "somewhat", "much", "very much", "more than anything else now")
WHO_SEES_THIS = (
    "*Who sees this:* only you, unless you share this goal with your mentor below; you can change "
    "that later. Coordinators read no goals."
)


def form(
    draft: GoalDraft | None = None,
    *,
    confidence: int | None = None,
    can_share: bool = False,
    crisis_contact: str | None,
    metadata: str = "",
) -> View:
    """Ask for a goal, or for other words for the one that `draft` is of."""
    due_on = draft.due_on if draft else None
    return ui.modal(
        callback_id="goal.form",
        title="Change a goal" if draft else "Set a goal",
        submit="Save",
        close="Not now",
        metadata=metadata,
        blocks=[
            _title_field(draft),
            ui.context(WHO_SEES_THIS, " ".join(care_notes(crisis_contact))),
            _step_field("What is your next step?", draft.next_step if draft else ""),
            _domain_field(draft),
            ui.field("due_on", "By when?", ui.date_field("due_on", initial=due_on)),
            _importance_field(draft),
            _confidence_field(confidence),
            *([] if draft else [_share_field(can_share=can_share)]),
        ],
    )


def _title_field(draft: GoalDraft | None) -> Block:
    hint = "As you would notice it: “I present a patient in three minutes, in good order.”"
    title = ui.text_field("text", max_chars=MAX_TITLE_CHARS, initial=draft.title if draft else None)
    return ui.field("title", "What will be different?", title, hint=hint)


def _domain_field(draft: GoalDraft | None) -> Block:
    chosen = draft.domain if draft else None
    menu = ui.select("domain", [*DOMAINS.items()], placeholder="Choose one", chosen=chosen)
    return ui.field("domain", "What is it about?", menu)


def _importance_field(draft: GoalDraft | None) -> Block:
    levels = [(str(n), f"{n}: {IMPORTANCE[n - 1]}") for n in range(1, MOST_IMPORTANCE + 1)]
    chosen = str(draft.importance) if draft and draft.importance else None
    menu = ui.select("importance", levels, placeholder="Leave out", chosen=chosen)
    return ui.field("importance", "How much does it matter to you?", menu, optional=True)


def _step_field(label: str, initial: str = "") -> Block:
    step = ui.text_field("text", max_chars=MAX_STEP_CHARS, initial=initial or None)
    return ui.field("next_step", label, step, hint="Small enough for the next two weeks.")


def _confidence_field(confidence: int | None) -> Block:
    scale = [(str(n), str(n)) for n in range(MOST_CONFIDENCE + 1)]
    chosen = None if confidence is None else str(confidence)
    return ui.field(
        "confidence",
        "How confident are you that you will get there? 0 is not at all, 10 is completely.",
        ui.select("confidence", scale, placeholder="Leave out", chosen=chosen),
        optional=True,
    )


def _share_field(*, can_share: bool) -> Block:
    choices = [("only_me", "Only me"), *([("mentor", "My mentor and I")] if can_share else [])]
    hint = None if can_share else "Once you have a mentor, you can share it with them."
    box = ui.radio("share", choices, chosen="only_me")
    return ui.field("share", "Who may read this goal?", box, hint=hint)


def step_form(goal: Goal, *, crisis_contact: str | None) -> View:
    """Ask for the step after the one that is done."""
    return ui.modal(
        callback_id="goal.step_form",
        title="Step done",
        submit="Save",
        close="Not now",
        metadata=goal.seen.pack(),
        blocks=[
            _step_field("What comes next?", ""),
            ui.context(
                "*Who sees this:* those who can read the goal.",
                " ".join(care_notes(crisis_contact)),
            ),
            ui.context(f"Done: {escape(goal.next_step)}"),
            _confidence_field(goal.confidences[-1] if goal.confidences else None),
        ],
    )
