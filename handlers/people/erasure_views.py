"""What a member reads before and after everything about them is deleted."""

from typing import Any

from handlers.blocks import Element, button, context, modal, section

GOES = (
    "your profile, your wishes and your place in groups",
    "your check-ins, goals, stages and meetings, and what you wrote in them",
    "messages that wait for you",
    "your answers in a pulse that is open, unread",
)
STAYS = (
    "results of pulses that have closed: they are about groups and hold nobody's answers",
    "that somebody was asked in them, without a name",
    "what was sent in Slack before, and what you shared with your group there",
    "copies in backups, until your organisation deletes those",
)


def erase_button() -> Element:
    """Opens the question."""
    return button("Delete what Cairn knows about me", "erasure.ask")


def question() -> dict[str, Any]:
    """Says what goes and what stays, and asks."""
    return modal(
        callback_id="erasure.form",
        title="Delete what is known",
        blocks=[
            section(f"*This is deleted at once and cannot be brought back*\n{_listed(GOES)}"),
            section(f"*This stays*\n{_listed(STAYS)}"),
            section("You also leave the programme. To come back, ask your coordinator."),
            context(
                "*Who sees this:* your mentor and your coordinator see that you are not in the "
                "programme any more. You are not asked for a reason."
            ),
        ],
        submit="Delete it all",
        close="Keep it",
    )


def under_way() -> dict[str, Any]:
    """Stands there while it takes a moment."""
    return modal(
        callback_id="erasure.under_way",
        title="Delete what is known",
        blocks=[section("It is being deleted. You may close this window.")],
    )


def promised() -> dict[str, Any]:
    """Says that it is on its way, where something was in its way just now."""
    return modal(
        callback_id="erasure.promised",
        title="Delete what is known",
        blocks=[
            section(
                "Cairn could not delete it just now. You need not do anything: it is noted and "
                "tried again every few minutes until it is done. Your Home tab then says that you "
                "are not in the programme."
            )
        ],
    )


def done() -> dict[str, Any]:
    """Says that nothing is left."""
    return modal(
        callback_id="erasure.done",
        title="Deleted",
        blocks=[section("Cairn knows nothing about you any more. Take care.")],
    )


def _listed(lines: tuple[str, ...]) -> str:
    return "\n".join(f"• {line}" for line in lines)
