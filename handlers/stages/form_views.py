"""The forms of stages: a claim, a step back, and what a mentor would like to talk about first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.kernel.words import cut
from bot.stages.model import Level
from bot.stages.rules import MAX_NOTE_CHARS
from handlers import blocks as ui
from handlers.blocks import Block, View, escape
from handlers.free_text import care_notes


def _level_field(label: str, levels: Sequence[Level], chosen: str | None = None) -> Block:
    choices = [(level.name, level.name) for level in levels]
    wanted = chosen if chosen in dict(choices) else choices[0][0]
    menu = ui.select("level", choices, placeholder="Choose a stage", chosen=wanted)
    return ui.field("level", label, menu)


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """A claim as it was filled in before: the stage, the criteria that are met, the evidence."""

    level: str | None = None
    met: tuple[str, ...] = ()
    evidence: str = ""


def claim_form(
    current: Level,
    levels: Sequence[Level],
    *,
    crisis_contact: str | None,
    draft: ClaimDraft = ClaimDraft(),
) -> View:
    """Ask a mentee for a claim of one of `levels`; filled in with `draft`."""
    words = ui.text_field(
        "text", multiline=True, max_chars=MAX_NOTE_CHARS, initial=draft.evidence or None
    )
    return ui.modal(
        callback_id="stage.claim_form",
        title="Claim a stage",
        blocks=[
            _level_field("Which stage are you at?", levels, draft.level),
            ui.context(
                "*Who sees this:* you and the mentors of your group. They confirm your claim or "
                "ask to talk about it first. It is a reflection, not an assessment.",
                " ".join(care_notes(crisis_contact)),
            ),
            *_criteria_field(current, draft.met),
            *_criteria_after(levels),
            ui.field(
                "evidence",
                "What shows it? Two or three things you did, or that others said.",
                words,
            ),
        ],
        submit="Send to my mentor",
        close="Not now",
    )


def _criteria_after(levels: Sequence[Level]) -> list[Block]:
    """Say what is asked besides of somebody who claims the stage after the next."""
    if len(levels) < 2 or not levels[0].exit_criteria:
        return []
    following, later = levels[:2]
    asked = "\n".join(f"• {escape(one)}" for one in following.exit_criteria)
    said = f"If you claim {escape(later.name)}, what is asked after {escape(following.name)}, too:"
    return [ui.context(f"{said}\n{asked}")]


def _criteria_field(current: Level, met: Collection[str]) -> list[Block]:
    """Let a mentee tick which of the present stage's exit criteria are met; none need be."""
    if not current.exit_criteria:
        return []
    texts = {str(number): one for number, one in enumerate(current.exit_criteria)}
    box = ui.long_checkboxes(
        "met", [*texts.items()], chosen=[number for number, one in texts.items() if one in met]
    )
    label = f"Which of these can you say of yourself, after {current.name}?"
    hint = "None of them has to be ticked. Your mentor reads which are."
    return [ui.field("met", label, box, hint=hint, optional=True)]


def back_form(levels: Sequence[Level]) -> View:
    """Ask a mentee to which stage they step back."""
    return ui.modal(
        callback_id="stage.back_form",
        title="Step back",
        blocks=[
            _level_field("Which stage fits you now?", levels),
            ui.context(
                "*Who sees this:* your mentor sees the stage you are at. Nobody is sent a message "
                "about it, and no coordinator is told."
            ),
            ui.section(
                "Going back to an earlier stage is part of the way: after a break, in a new place, "
                "or because you see more than before. You need no reason, and it counts at once."
            ),
        ],
        submit="Step back",
        close="Stay here",
    )


def talk_form(
    name: str,
    level: str,
    *,
    crisis_contact: str | None,
    metadata: str,
) -> View:
    """Ask a mentor what they would like to talk about first."""
    words = ui.text_field("text", multiline=True, max_chars=MAX_NOTE_CHARS)
    return ui.modal(
        callback_id="stage.talk_form",
        title="Talk first",
        blocks=[
            ui.field(
                "note",
                "What would you like to talk about?",
                words,
                hint="Begin with what you have seen them do well.",
                optional=True,
            ),
            ui.context(
                "*Who sees this:* you and your mentee. The message says only that you wrote.",
                " ".join(care_notes(crisis_contact)),
            ),
            ui.section(
                f"{escape(cut(name, 80))} reads that you would like to talk about "
                f"*{escape(level)}* before you confirm it. The claim waits with them: after you "
                "have talked, they send it again or take it back."
            ),
        ],
        submit="Send",
        close="Not now",
        metadata=metadata,
    )
