"""The pulse as members and coordinators meet it: invitation, form, what was done, Home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.kernel.ports import Message
from bot.kernel.words import cut, plural
from bot.pulse.model import (
    WHOLE_PROGRAMME,
    Action,
    Band,
    CellFate,
    CellId,
    CellLevel,
    Fate,
    Item,
    Published,
    Release,
    Results,
    Round,
    RoundState,
)
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, ToDoLine, View, escape, person, quote, when
from handlers.pulse.comment_views import (
    EXAMPLE,
    WHO_READS_COMMENTS,
    comment_fields,
    comments_note,
    read_button,
)
from handlers.pulse.result_views import (
    Digest,
    cell_line,
    has_legend,
    own_list,
    tell_button,
    whole_list,
)

DECLINE = "none"
MOST_ACTION_CHARS = 2000
NAMES_SHOWN = 40

WHO_SEES_THIS: tuple[tuple[str, str], ...] = (
    (
        "Your group and your mentor",
        (
            "Low, Mixed or High for each statement, once five people answered. Even somebody who "
            "knows their own answer cannot work out yours for certain."
        ),
    ),
    ("Your coordinator", "The same, and the list of people who were asked."),
    (
        "The people who run the server, while the pulse is open",
        (
            "How many answers lie in the box, and when they arrive if they keep watching. Somebody "
            "who takes both the database and the key directory can read this pulse's answers."
        ),
    ),
    (
        "The people who run the server, after the close",
        "Nothing more than your coordinator. The key is destroyed, so no backup can be opened.",
    ),
    ("Slack", "Your answers, on their way, as with everything you write in Slack."),
)
"""The people and what each of them learns, from the closest to the farthest."""

WHEN_EVERYBODY_IS_COUNTED_TOGETHER = (
    "Everybody in the programme",
    (
        "For each statement, how many of all answers spoke for the space, to the next ten per "
        "cent. No group has a result of its own. Even somebody who knows their own answer cannot "
        "work out yours for certain."
    ),
)
"""The first of these, in a programme that is reported as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """The facts in the form about a round: `asked` are the Slack ids of the group's mentees."""

    round: Round
    programme: str
    group: str
    asked: Sequence[str]
    crisis_contact: str | None = None


def form(asking: Asking) -> View:
    """Ask for the answers. The metadata is the round's id; no earlier answer is ever shown."""
    round_ = asking.round
    items = [item for item_id in round_.items if (item := round_.instrument.item(item_id))]
    learns = "\n".join(f"• *{who}:* {what}" for who, what in _who_learns_what(round_))
    return ui.modal(
        callback_id="pulse.form",
        title="Pulse",
        blocks=[
            ui.section(escape(round_.instrument.purpose)),
            ui.section(f"*Who is asked*\n{_who_is_asked(asking)}"),
            ui.section(f"*Who sees this*\n{learns}"),
            ui.section(f"*What your coordinator will read, as an example*\n{preview(asking)}"),
            ui.context(
                f"You can change your answers until {when(round_.closes_at)}: open this form again "
                "and answer everything anew. Cairn shows nobody whether you answered.",
                f"Statements: {escape(round_.instrument.note)}.",
            ),
            ui.divider(),
            *(_question(item, round_) for item in items),
            *(comment_fields(asking.crisis_contact) if round_.comments else []),
        ],
        submit="Put in the box",
        close="Not now",
        metadata=round_.id,
    )


def _who_is_asked(asking: Asking) -> str:
    names = [person(slack_id) for slack_id in asking.asked[:NAMES_SHOWN]]
    more = len(asking.asked) - len(names)
    listed = ", ".join(names) + (f" and {more} more" if more else "")
    return (
        f"The mentees of every mentoring group in {escape(asking.programme)}. "
        f"In {escape(asking.group)}: {listed}."
    )


def _who_learns_what(round_: Round | None) -> list[tuple[str, str]]:
    whole = round_ is not None and round_.cell_level is CellLevel.PROGRAMME
    first, *others = WHO_SEES_THIS
    told = [WHEN_EVERYBODY_IS_COUNTED_TOGETHER if whole else first, *others]
    return [*told, WHO_READS_COMMENTS] if round_ is not None and round_.comments else told


def _question(item: Item, round_: Round) -> Block:
    choices = [(str(point), label) for point, label in enumerate(round_.instrument.scale, 1)]
    choices.append((DECLINE, round_.instrument.decline))
    return ui.field(item.id, item.text, ui.radio("pulse.point", choices), optional=True)


def preview(asking: Asking) -> str:
    """Show what the digest would say, made by the same code from invented results."""
    whole = asking.round.cell_level is CellLevel.PROGRAMME
    cell, other = WHOLE_PROGRAMME if whole else CellId("this"), CellId("other")
    bands = (Band.SHARE_7, Band.SHARE_4) if whole else (Band.HIGH, Band.LOW, Band.NOT_ENOUGH)
    releases = tuple(
        Release(cell, item_id, bands[number % len(bands)])
        for number, item_id in enumerate(asking.round.items)
    )
    fates = [CellFate(cell, Fate.RELEASED)]
    if not whole:
        fates.append(CellFate(other, Fate.TOO_FEW))
    published = Published(
        round=replace(asking.round, state=RoundState.RELEASED),
        released_on=date(2000, 1, 1),
        results=Results(tuple(fates), releases),
    )
    names = {cell: asking.group, other: "Another group"}
    digest = Digest(programme=asking.programme, now=published, names=names)
    lines = [*(f">{cell_line(digest, fate)}" for fate in fates), f"_{digest.legend}_"]
    if asking.round.comments:
        lines += ["And, behind a button, comments of all groups together:", f">{EXAMPLE}"]
    return "\n".join(lines)


def thanks(round_: Round) -> View:
    """Thank everybody in the same words, however often they answer and whatever they say.

    Closing it closes the form beneath, where there is one.
    """
    view = ui.modal(
        callback_id="pulse.thanks",
        title="Pulse",
        blocks=[
            ui.section("*It is in the box.* Thank you."),
            ui.section(
                f"You can change it until {when(round_.closes_at)}. After that the box is opened "
                "once, by Cairn alone, and the answers are destroyed. You will hear the result, "
                "and then what is being done about it."
            ),
        ],
    )
    return view | {"clear_on_close": True}


def who_sees_this_view(round_: Round | None) -> View:
    """Show the same table as on the form, to read at any time."""
    blocks = [ui.section(f"*{who}*\n{what}") for who, what in _who_learns_what(round_)]
    return ui.modal(callback_id="pulse.who", title="Who sees a pulse", blocks=blocks)


def invitation(round_: Round, programme: str, *, again: bool = False) -> Message:
    """Ask everybody when a round opens, and again, in the same words for all."""
    title = "A pulse is open" if not again else "A pulse is still open"
    ignore = " Ignore this if you have answered: Cairn does not tell who has." if again else ""
    text = (
        f"*{title}.* {len(round_.items)} short statements about how safe mentoring in "
        f"{escape(programme)} feels, in less than a minute. Nobody is shown your answers. "
        f"Open until {when(round_.closes_at)}.{ignore}"
    )
    return ui.paragraph(text, _answer_buttons(round_))


def _answer_buttons(round_: Round) -> Block:
    return ui.actions(
        ui.button("Answer the pulse", "pulse.open", value=round_.id, style="primary"),
        ui.button("Who sees this?", "pulse.who", value=round_.id),
    )


def void_message(programme: str) -> Message:
    """Tell members and coordinators that a round ended without results."""
    return ui.paragraph(
        f"*The last pulse of {escape(programme)} has no results.* It was ended before they could "
        "be counted, and all answers were destroyed unread. You need not do anything; the next "
        "pulse comes as planned."
    )


def held_message(round_id: str, programme: str) -> Message:
    """Say why the next pulse waits, and what lets it go."""
    return ui.paragraph(
        f"*The next pulse of {escape(programme)} is due and waits for you.* Members answer when "
        "they see that it changes something. Say what was done about the last one, and the next "
        "opens at once.",
        ui.actions(tell_button(round_id)),
    )


def say_what_was_done(todo: ToDo) -> ToDoLine:
    """Ask a coordinator what was done about the last pulse."""
    waits = " The next pulse is due and waits for it." if todo.what else ""
    return ToDoLine(
        f"Members have not heard what was done about the last pulse.{waits}",
        tell_button(todo.about),
    )


def tell_form(round_id: str) -> View:
    """Ask the coordinator what was done about a round."""
    said = ui.text_field("pulse.said", multiline=True, max_chars=MOST_ACTION_CHARS)
    return ui.modal(
        callback_id="pulse.tell_form",
        title="What was done",
        blocks=[
            ui.section(
                "Members read this word for word. Say what you heard and what changes, or why "
                "something cannot change."
            ),
            ui.field("said", "You said, we did", said),
            ui.context(
                "*Who sees this:* every mentee who was asked, with your words as you write them. "
                "It can be sent once."
            ),
        ],
        submit="Send to members",
        close="Not now",
        metadata=round_id,
    )


def action_message(action: Action, programme: str) -> Message:
    """Tell members what the coordinator said was done."""
    title = f"*You said, we did.* Your coordinator on the last pulse of {escape(programme)}:"
    words = quote(action.text)
    return Message(f"{title}\n{cut(words, 3000)}", (ui.section(title), ui.section(words)))


def mentee_home(rounds: Sequence[Round], told: Sequence[Block]) -> list[Block]:
    """Show a mentee what is open and was said. The button stays, so that it tells nothing."""
    open_now = [
        block
        for round_ in rounds
        for block in (
            ui.section(
                f"A pulse is open until {when(round_.closes_at)}. You can answer it, or change "
                "your answers, as often as you like."
            ),
            _answer_buttons(round_),
        )
    ]
    blocks = [*open_now, *told]
    return [ui.header("Pulse"), *blocks] if blocks else []


def told_blocks(
    digest: Digest, cell: CellId | None, action: Action | None, *, was_asked: bool
) -> list[Block]:
    """Show the last result as its group reads it, and what was done about it.

    The comments are for those who were asked.
    """
    lines = own_list(digest, cell) or ["The last pulse has no result for your group."]
    blocks = [ui.section("*The last pulse*"), *_few(lines, whose=OWN)]
    blocks += [ui.context(digest.legend)] if has_legend(digest, cell) else []
    if was_asked:
        blocks += _comments(digest)
    if action is not None:
        blocks += [ui.section("*What was done about it*"), ui.section(quote(action.text))]
    return blocks


def _comments(digest: Digest) -> list[Block]:
    notes, read = comments_note(digest.now), read_button(digest.now)
    return [*(ui.section(note) for note in notes), *([ui.actions(*read)] if read else [])]


def coordinator_home(
    *, open_round: Round | None, digest: Digest | None, switch: Sequence[Block] = ()
) -> list[Block]:
    """Show a coordinator what is open and was said. No count of answers, ever."""
    blocks: list[Block] = []
    if open_round is not None:
        question = ui.confirm(
            "Cancel this pulse?",
            "All answers are destroyed unread and members are told.",
            yes="Cancel the pulse",
            no="Keep it open",
        )
        value = open_round.id
        cancel = ui.button(
            "Cancel the pulse", "pulse.cancel", value=value, style="danger", confirm=question
        )
        blocks += [
            ui.section(
                f"A pulse is open until {when(open_round.closes_at)}. Results come after that; "
                "until then Cairn shows neither who nor how many have answered."
            ),
            ui.actions(cancel),
        ]
    if digest is not None:
        blocks += [
            ui.section("*The last pulse*"),
            *_few(whole_list(digest) if digest.has_result else [], whose=ALL),
        ]
        legend = [ui.context(digest.legend)] if digest.has_result else []
        blocks += [*legend, *_comments(digest)]
    blocks += switch
    return [ui.header("Pulse"), *blocks] if blocks else []


HOME_LINES = 5
"""So many lines of a result stand on Home; the form has them all."""
ALL, OWN = "all", "own"


def _few(lines: Sequence[str], *, whose: str) -> list[Block]:
    """The first lines of a result, and the button to the others."""
    if not lines:
        return [ui.section("The last pulse had no result to show.")]
    blocks = [ui.section("\n".join(lines[:HOME_LINES]))]
    if len(lines) > HOME_LINES:
        button = ui.button("Read all", "pulse.read", value=whose, spoken="Read all of the result")
        blocks.append(ui.actions(button))
    return blocks


def whole_form(digest: Digest, lines: Sequence[str], *, left: int = 0) -> View:
    """Show a whole result in lists of short lines."""
    starts = range(0, len(lines), LINES_TOGETHER)
    blocks = [ui.section("\n".join(lines[at : at + LINES_TOGETHER])) for at in starts]
    if left:
        groups = plural(left, "more group stands", "more groups stand")
        blocks.append(ui.section(f"{groups} in the digest that was sent to the coordinators."))
    notes = [ui.context(digest.legend)] if digest.has_result else []
    return ui.modal(callback_id="pulse.read", title="The last pulse", blocks=[*blocks, *notes])


LINES_TOGETHER = 12


def answers_from(choices: Mapping[str, str | None]) -> dict[str, object]:
    """Read item id to point from the choices made; left out and declined items do not appear.

    A value that is no number is passed on as it is, to be refused.
    """
    return {
        item_id: int(chosen) if chosen.isascii() and chosen.isdigit() else chosen
        for item_id, chosen in choices.items()
        if chosen is not None and chosen != DECLINE
    }
