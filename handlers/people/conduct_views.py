"""The code of conduct as members read it, as coordinators write it, and how it is asked for."""

from collections.abc import Iterable
from datetime import date

from bot.delivery.model import Arrival
from bot.kernel.ports import Message
from bot.kernel.words import agree, plural, weekday_and_day
from bot.people.conduct import MOST_INTRODUCTION_CHARS
from bot.people.model import CodeOfConduct, Member
from bot.programme.model import Programme, ProgrammeState
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, ToDoLine, View, escape
from handlers.people.views import read_button
from handlers.preview import buttons_below, when_it_comes

TITLE = "Code of conduct"
WHO_SEES_ACCEPTANCE = (
    "*Who sees this:* your coordinator sees that you accepted and when. It is part of nothing else."
)
WHO_SEES_TEXT = (
    "*Who sees this:* everybody who is asked to accept it. What stands under *What you should "
    "know*, who sees what and the crisis contact are Cairn's own lines: they always stay beside it."
)


def _words(code: CodeOfConduct) -> list[Block]:
    return [
        ui.section(escape(code.introduction)),
        ui.section(listed(code.promises)),
        ui.divider(),
        *_limits(code),
    ]


def _limits(code: CodeOfConduct) -> list[Block]:
    return [ui.section(f"*What you should know*\n{listed(code.limits)}")]


def listed(lines: Iterable[str]) -> str:
    """Write what somebody wrote as a list, escaped."""
    return "\n".join(f"• {escape(line)}" for line in lines)


def conduct_modal(
    code: CodeOfConduct,
    *,
    accepted_on: date | None,
    has_changed: bool = False,
    may_read_accepted: bool = False,
) -> View:
    """Show the code of conduct, with a box to tick while these words are not accepted."""
    is_open = accepted_on is None or has_changed
    box = ui.checkboxes("people.agree", [("yes", "I have read this and will hold to it")])
    return ui.modal(
        callback_id="people.conduct_form",
        title=TITLE,
        blocks=[
            *(_changed(accepted_on, may_read=may_read_accepted) if has_changed else []),
            *_words(code),
            ui.context(WHO_SEES_ACCEPTANCE),
            ui.field("agree", "Your answer", box)
            if is_open
            else ui.context(f"You accepted this on {_day(accepted_on)}."),
        ],
        submit="Accept" if is_open else None,
        close="Not now" if is_open else "Close",
        metadata=code.digest,
    )


def _day(day: date | None) -> str:
    return weekday_and_day(day) if day else "an earlier day"


def _changed(accepted_on: date | None, *, may_read: bool) -> list[Block]:
    """Say to somebody that they accepted other words, which still hold for them."""
    read = ui.button("Read what I accepted", "people.conduct_accepted") if may_read else None
    said = (
        f"*The words have changed since you accepted them on {_day(accepted_on)}.* What you "
        "accepted stays, and so does your seat. You may accept these words, too."
    )
    return [ui.section(said, accessory=read), ui.divider()]


def accepted_modal(code: CodeOfConduct) -> View:
    """Show a member the words that they accepted."""
    blocks = [ui.context("These are the words that you accepted."), *_words(code)]
    return ui.modal(callback_id="people.accepted", title="What I accepted", blocks=blocks)


def conduct_invitation(member: Member, *, with_profile: bool = False) -> Message:
    """Invite a member to accept the code of conduct, and to write their profile where it counts."""
    text = (
        f"Hello {escape(member.name)}, you are invited to a mentoring programme. Before groups "
        "are formed, please read the code of conduct and accept it. It takes two minutes."
    )
    after = "Without it you get no seat in a group. If mentoring is not for you, you may leave."
    if with_profile:
        text += " Then say a few words about yourself, and whom you would like to be with."
    profile = [ui.button("My profile", "profiles.open")] if with_profile else []
    return ui.paragraph(text, ui.actions(read_button(), *profile), ui.context(after))


def conduct_changed(member: Member, programme: Programme) -> Message:
    """Ask somebody who accepted other words to read those of now."""
    text = (
        f"Hello {escape(member.name)}, the code of conduct of {escape(programme.name)} has new "
        "words. Please read them and say whether you accept them."
    )
    after = "What you accepted before stays, and so does your seat. There you find both wordings."
    return ui.paragraph(text, ui.actions(read_button()), ui.context(after))


def accept_conduct(todo: ToDo) -> ToDoLine:
    """Ask a member for the code of conduct, for the first time or once more."""
    if todo.what:
        said = "The code of conduct has new words. Read them and say whether you accept them."
        return ToDoLine(said, read_button())
    return ToDoLine(
        "Read the code of conduct and say whether you accept it. You can have a seat in a "
        "group after that.",
        read_button(),
    )


def text_form(code: CodeOfConduct, programme: Programme) -> View:
    """Let a coordinator read the code of conduct, and change what is not Cairn's own."""
    promises = "\n".join(code.promises)
    return ui.modal(
        callback_id="people.conduct_text_form",
        title=TITLE,
        submit="Save",
        close="Leave it so",
        metadata=f"{programme.id} {code.digest}",
        blocks=[
            ui.field(
                "introduction",
                "What stands at the top",
                ui.text_field(
                    "people.introduction",
                    multiline=True,
                    max_chars=MOST_INTRODUCTION_CHARS,
                    initial=code.introduction,
                ),
            ),
            ui.context(WHO_SEES_TEXT),
            ui.field(
                "promises",
                "What everybody promises",
                ui.text_field(
                    "people.promises",
                    multiline=True,
                    max_chars=ui.SECTION_CHARS,
                    initial=promises[: ui.SECTION_CHARS],
                ),
                hint="Each promise on a line of its own.",
            ),
            *_limits(code),
            ui.context(_in_a_crisis(programme), "Saving asks nobody and sends nothing."),
        ],
    )


def _in_a_crisis(programme: Programme) -> str:
    contact = escape(programme.crisis_contact or "not named yet: see Contacts")
    return f"*In a crisis*, on everybody's Home: {contact}"


def text_page(code: CodeOfConduct, programme: Programme, *, others: int) -> View:
    """Show a coordinator the text as members read it, and what can be done about it."""
    own = programme.conduct_text is not None
    is_closed = programme.state is ProgrammeState.CLOSED
    said = "This is this programme's own text." if own else "This is the usual text."
    change = ui.button("Change", "people.conduct_text", spoken="Change the code of conduct")
    usual = ui.button(
        "Back to the usual text",
        "people.conduct_usual",
        value=programme.id,
        confirm=ui.confirm(
            "Back to the usual text?",
            "Your own words are not shown any more. Who accepted them keeps what they accepted.",
            yes="Back to the usual",
            no="Keep ours",
        ),
    )
    buttons = [] if is_closed else [change, *([usual] if own else [])]
    return ui.modal(
        callback_id="people.conduct_page",
        title=TITLE,
        blocks=[
            ui.section(f"*{said}* Members read it so:"),
            ui.divider(),
            *_words(code),
            ui.context(_in_a_crisis(programme), WHO_SEES_ACCEPTANCE),
            ui.divider(),
            *_others(others),
            *([ui.actions(*buttons)] if buttons else []),
        ],
    )


def _others(count: int) -> list[Block]:
    if not count:
        return []
    who, have = plural(count, "person", "people"), agree(count, "has", "have")
    ask = ui.button("Ask them again", "people.conduct_again")
    said = f"{who} {have} accepted other words. What they accepted stays until they accept these."
    return [ui.section(said, accessory=ask)]


def again_modal(example: Member, programme: Programme, comes: Arrival, *, digest: str) -> View:
    """Show what is sent, to how many and when, before those who accepted other words are asked."""
    message = conduct_changed(example, programme)
    return _preview(
        message,
        comes,
        callback_id="people.conduct_again_form",
        metadata=f"{programme.id} {digest}",
        leaves_out="People who accepted these words, are away or were asked today get nothing.",
    )


def ask_modal(example: Member, comes: Arrival, *, with_profile: bool = False) -> View:
    """Show what is sent, to how many and when, before a coordinator asks them."""
    return _preview(
        conduct_invitation(example, with_profile=with_profile),
        comes,
        callback_id="people.invite_form",
        metadata=str(comes.people),
        leaves_out="People who accepted, are away or were asked today get nothing.",
    )


def _preview(
    message: Message, comes: Arrival, *, callback_id: str, metadata: str, leaves_out: str
) -> View:
    count = comes.people
    return ui.modal(
        callback_id=callback_id,
        title=TITLE,
        submit=f"Ask {plural(count, 'person', 'people')}",
        close="Cancel",
        metadata=metadata,
        blocks=[
            ui.section(
                f"*{plural(count, 'person', 'people')} {agree(count, 'gets', 'get')} this "
                "message*, each with their own name. Nothing was sent so far."
            ),
            ui.divider(),
            *[block for block in message.blocks if block["type"] != "actions"],
            *buttons_below(message),
            ui.divider(),
            ui.section(when_it_comes(comes)),
            ui.context(leaves_out),
        ],
    )


def nobody_to_ask(*, has_everybody_accepted: bool) -> View:
    """Say that nobody is asked now, and why."""
    why = (
        "Everybody has accepted the code of conduct."
        if has_everybody_accepted
        else "Everybody who has not accepted was asked today already, or is away."
    )
    return ui.notice(why, title=TITLE)


def asked_modal(count: int) -> View:
    """Say how many people were really asked."""
    people, are = plural(count, "person", "people"), agree(count, "is", "are")
    after = "Open the Home tab again later to see how many have accepted."
    if count:
        return ui.notice(f"{people} {are} asked. {after}", title="Asked")
    return ui.notice(f"Everybody was asked today already. {after}", title="Asked")


def asked_again(count: int) -> View:
    """Say how many people were asked to accept other words."""
    people, are = plural(count, "person", "people"), agree(count, "is", "are")
    said = f"{people} {are} asked. What they accepted before stays until they answer."
    return ui.notice(said if count else "Everybody was asked today already.", title="Asked")
