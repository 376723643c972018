"""The pulse as members and coordinators meet it: invitation, form, what was done, Home."""

from collections.abc import Mapping, Sequence

from bot.kernel.ports import Message
from bot.kernel.words import cut, plural
from bot.programme.model import Template
from bot.pulse.model import Action, CellId, CellLevel, Ending, Item, Round
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape, quote, when
from handlers.pulse.comment_views import comment_fields, comments_note, in_a_crisis, read_button
from handlers.pulse.reader_views import Asking, who_button
from handlers.pulse.result_views import Digest, has_legend, own_list, tell_button, whole_list

DECLINE = "none"
MOST_ACTION_CHARS = 2000
PROMISE = (
    "*From the result nobody can be certain what you answered*, not even a colleague who knows "
    "their own answer; two who compare theirs sometimes can."
)
ON_THE_SERVER = (
    "Until the close, somebody who takes the server's database and keys could read your answers."
)


def form(asking: Asking) -> View:
    """Ask for the answers. The metadata is the round's id; no earlier answer is ever shown.

    The first statement stands on the first screen of a phone: what else there is to know lies
    behind the button.
    """
    round_ = asking.round
    items = [item for item_id in round_.items if (item := round_.instrument.item(item_id))]
    return ui.modal(
        callback_id="pulse.form",
        title="Pulse",
        blocks=[
            ui.section(PROMISE, accessory=who_button(round_)),
            ui.context(f"{ON_THE_SERVER}{in_a_crisis(asking.crisis_contact)}"),
            *(_question(item, round_) for item in items),
            *(comment_fields(asking.crisis_contact) if round_.comments else []),
        ],
        submit="Put in the box",
        close="Not now",
        metadata=round_.id,
    )


def _question(item: Item, round_: Round) -> Block:
    choices = [(str(point), label) for point, label in enumerate(round_.instrument.scale, 1)]
    choices.append((DECLINE, round_.instrument.decline))
    return ui.field(item.id, item.text, ui.radio("pulse.point", choices), optional=True)


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


def invitation(round_: Round, programme: str, *, again: bool = False) -> Message:
    """Ask everybody when a round opens, and again, in the same words for all."""
    title = "A pulse is open" if not again else "A pulse is still open"
    ignore = " Ignore this if you have answered: Cairn does not tell who has." if again else ""
    text = (
        f"*{title}.* {len(round_.items)} short statements about how safe mentoring in "
        f"{escape(programme)} feels, in {_time_for(round_)}. Nobody is shown your answers. "
        f"Open until {when(round_.closes_at)}.{ignore}"
    )
    return ui.paragraph(text, _answer_buttons(round_, ui.CARE))


def _time_for(round_: Round) -> str:
    """Say how long the statements take at most, at 7.5 s to read and answer one."""
    return "less than a minute" if len(round_.items) <= 8 else "less than two minutes"


def _answer_buttons(round_: Round, *more: Element) -> Block:
    return ui.actions(
        ui.button("Answer the pulse", "pulse.open", value=round_.id, style="primary"),
        who_button(round_),
        *more,
    )


ENDINGS: Mapping[str, str] = {
    Ending.KEYS_LOST: "The keys that open the answers are lost",
    Ending.ALTERED: "Its data in the database was changed by something other than Cairn",
    Ending.FAILED: "Its data could not be counted",
}


def void_message(programme: str, ending: str | None = None) -> Message:
    """Tell members and coordinators that a round ended without results, and why."""
    why = ENDINGS.get(ending or "", "It was ended before they could be counted")
    return ui.paragraph(
        f"*The last pulse of {escape(programme)} has no results.* {why}, and all answers were "
        "destroyed unread. You need not do anything; the next pulse comes as planned."
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
            ui.field(
                "said",
                "You said, we did",
                said,
                hint="What you heard and what changes, or why something cannot change.",
            ),
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
                f"*A pulse is open* until {when(round_.closes_at)}. You can answer it, or change "
                "your answers, as often as you like."
            ),
            _answer_buttons(round_),
        )
    ]
    return [*open_now, *told]


def told_blocks(
    digest: Digest, cell: CellId | None, action: Action | None, *, was_asked: bool
) -> list[Block]:
    """Show the last result as its group reads it, and what was done about it.

    The comments are for those who were asked.
    """
    lines = own_list(digest, cell) or ["The last pulse has no result for your group."]
    blocks = _few(lines, whose=OWN)
    blocks += [ui.context(digest.legend)] if has_legend(digest, cell) else []
    if was_asked:
        blocks += _comments(digest)
    if action is not None:
        blocks.append(ui.section(f"*What was done about it*\n{quote(action.text, limit=2900)}"))
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
            *_few(whole_list(digest) if digest.has_result else [], whose=ALL),
        ]
        legend = [ui.context(digest.legend)] if digest.has_result else []
        blocks += [*legend, *_comments(digest)]
    blocks += switch
    return [ui.header("Pulse"), *blocks] if blocks else []


def before_the_start(template: Template) -> list[Block]:
    """Tell a coordinator, while groups can still be planned, which of them will have a result."""
    if template.pulse_cell_level == CellLevel.PROGRAMME:
        rule = (
            "Everybody is counted together and no group has a result of its own. There is none at "
            "all when fewer than six people are asked or fewer than five answer."
        )
    else:
        least, most = template.mentees_per_group_min, template.mentees_per_group_max
        rule = (
            "*A group of fewer than six mentees gets no result of its own*, whoever answers: small "
            f"groups are counted together. Groups are planned with {least} to {most} mentees."
        )
    return [
        ui.header("Pulse"),
        ui.section(f"{rule} Answers cannot be shown safely for fewer people."),
    ]


HOME_LINES = 5
"""So many lines of a result stand on Home; the form has them all."""
ALL, OWN = "all", "own"


def _few(lines: Sequence[str], *, whose: str) -> list[Block]:
    """The first lines of a result, and the button to the others."""
    if not lines:
        return [ui.section("*The last pulse.* It had no result to show.")]
    button = ui.button("Read all", "pulse.read", value=whose, spoken="Read all of the result")
    shown = "\n".join(lines[:HOME_LINES])
    has_more = len(lines) > HOME_LINES
    return [ui.section(f"*The last pulse*\n{shown}", accessory=button if has_more else None)]


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

    A value that is no short number is passed on as it is, to be refused.
    """
    return {
        item_id: int(chosen)
        if chosen.isascii() and chosen.isdigit() and len(chosen) < 3
        else chosen
        for item_id, chosen in choices.items()
        if chosen is not None and chosen != DECLINE
    }
