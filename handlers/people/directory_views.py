"""How Cairn says whom Slack's directory does not fit."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from bot.kernel.ports import Message
from bot.kernel.words import cut, listed, plural
from bot.people.directory import Finding, Misfit
from handlers import blocks as ui
from handlers.blocks import Block, View, escape

NAMED_AT_MOST = 10
"""So many people of one kind are named in a sentence; a form names all."""
PEOPLE_IN_A_FORM = 60

_SAYINGS: Mapping[Misfit, tuple[str, str]] = {
    Misfit.LEFT: ("person in your list has left Slack", "people in your list have left Slack"),
    Misfit.BOT: ("member of your list is an app", "members of your list are apps"),
    Misfit.MISSING: (
        "person in your list was not found in this Slack workspace",
        "people in your list were not found in this Slack workspace",
    ),
    Misfit.GUEST: (
        "person in your list is a guest in Slack",
        "people in your list are guests in Slack",
    ),
    Misfit.SINGLE_CHANNEL_GUEST: (
        "person in your list is a guest of one channel only",
        "people in your list are guests of one channel only",
    ),
    Misfit.OUTSIDER: (
        "person in your list belongs to another organisation",
        "people in your list belong to another organisation",
    ),
}
"""For one, and for several."""
REMEDIES: Mapping[Misfit, str] = {
    Misfit.LEFT: """Nothing is sent to them any more, and their groups are brought in order. They \
come back by themselves when their account is opened again.""",
    Misfit.BOT: """An app cannot be mentored. Press *People* on the Home tab, then *Change*, and \
take it out of the programme.""",
    Misfit.MISSING: """Check who is meant, and bring the right person in.""",
    Misfit.GUEST: """A guest sees only the channels that they were added to. If Cairn cannot add \
them to their group's channel, ask an administrator to do it.""",
    Misfit.SINGLE_CHANNEL_GUEST: """They cannot join their group's channel. Ask an administrator \
to make them a guest of several channels, or a full member.""",
    Misfit.OUTSIDER: """Cairn cannot add them to a private channel here. Ask an administrator for \
an account in this workspace.""",
}


def saying_of(reason: Misfit, names: Sequence[str]) -> str:
    """Say by name whom something does not fit, as a sentence of Slack markup."""
    shown = [escape(one) for one in names[:NAMED_AT_MOST]]
    more = len(names) - len(shown)
    named = listed([*shown, *([f"{more} more"] if more > 0 else [])])
    return f"{plural(len(names), *_SAYINGS[reason])}: {named}."


def _by_reason(findings: Iterable[Finding]) -> list[tuple[Misfit, list[str]]]:
    ordered = sorted(findings, key=lambda one: list(Misfit).index(one.reason))
    return [
        (reason, [one.member.name for one in some])
        for reason, some in groupby(ordered, key=lambda one: one.reason)
    ]


def news(findings: Sequence[Finding]) -> Message:
    """Tell a coordinator whom the last reading of Slack's directory found not to fit."""
    sentences = [saying_of(reason, names) for reason, names in _by_reason(findings)]
    text = "Cairn read this morning who is in Slack. " + " ".join(sentences)
    button = ui.button("See what to do", "people.misfits")
    return Message(
        cut(f"{text} Cairn's Home tab shows what to do.", 3000),
        (ui.section(cut(text, ui.SECTION_CHARS)), ui.actions(button)),
    )


def home_lines(findings: Sequence[Finding]) -> list[Block]:
    """Show a coordinator on Home whom the directory does not fit, and the button to more."""
    if not findings:
        return []
    sentences = [f"• {saying_of(reason, names)}" for reason, names in _by_reason(findings)]
    return [
        ui.section("*People and Slack*\n" + "\n".join(sentences)),
        ui.actions(ui.button("See what to do", "people.misfits")),
    ]


def misfits_modal(findings: Sequence[Finding]) -> View:
    """Say of everybody whom the directory does not fit what to do."""
    blocks: list[Block] = []
    for reason, names in _by_reason(findings):
        shown = names[:PEOPLE_IN_A_FORM]
        more = [f"and {len(names) - len(shown)} more"] if len(names) > len(shown) else []
        blocks += [
            ui.section(f"*{plural(len(names), *_SAYINGS[reason])}*"),
            ui.section(", ".join(map(escape, [*shown, *more]))),
            ui.context(REMEDIES[reason]),
        ]
    blocks = blocks or [ui.section("Everybody in your list has an account in Slack.")]
    return ui.modal(callback_id="people.misfits", title="People and Slack", blocks=blocks)
