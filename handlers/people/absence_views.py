"""How absence looks to those whom others ask: the form, what comes of it, what stand-ins read."""

from datetime import datetime

from bot.kernel.clock import local_date
from bot.kernel.ports import Message
from bot.kernel.words import weekday_and_day
from bot.people.delegation import Delegation
from bot.people.model import Member
from handlers import blocks as ui
from handlers.blocks import Block, View, escape

TITLE = "Away for a while"
BACK = "Noted: you are here. What comes in from now on reaches you again."
ALONE = (
    "*Nobody else coordinates here.* What coordinators are asked waits until you are back, or "
    "until you come to Home. Make somebody else coordinator first if it must not wait: choose "
    "*People* on Home."
)


def line() -> list[Block]:
    """Lead a coordinator or contact person to the form."""
    button = ui.button(
        "Say that I am away", "people.pause", spoken="Say that I am away, and who stands in"
    )
    return [
        ui.section(
            "*Away for a while?* Say until when, and who stands in for you.", accessory=button
        )
    ]


def form(
    member: Member, announced: Delegation | None, stand_in: Member | None, *, hears: bool
) -> View:
    """Ask from when to when, and who stands in; what was announced stands there."""
    tz = member.timezone
    first = local_date(announced.begins_at, tz) if announced else None
    last = local_date(announced.ends_at, tz) if announced and announced.ends_at else None
    back = ui.button("I am here after all", "people.absence_back")
    chosen = ui.person_field(
        "people.stand_in", initial=stand_in.slack_user_id if stand_in else None
    )
    return ui.modal(
        callback_id="people.absence_form",
        title=TITLE,
        blocks=[
            *(
                [ui.section(f"*Announced.* {_span(announced, tz)}", accessory=back)]
                if announced
                else []
            ),
            ui.field(
                "from",
                "Your first day away",
                ui.date_field("people.from", initial=first),
                hint="Left out, you are away from now on.",
                optional=True,
            ),
            ui.context(
                "*Who sees this:* who stands in for you, and coordinators. Members read that you "
                "are away only where they asked you. You are not asked for a reason."
            ),
            ui.field(
                "until",
                "The day you come back",
                ui.date_field("people.until", initial=last),
                hint="Without a day you come back when you like, with a button on the Home tab.",
                optional=True,
            ),
            ui.field(
                "stand_in", "Who stands in for you?", chosen, hint=_who(member), optional=True
            ),
            ui.context(_what_happens(hears=hears)),
        ],
        submit="Announce it",
        close="Not now",
    )


def _who(member: Member) -> str:
    if member.is_coordinator:
        return "Another coordinator. They are told."
    return "Somebody who neither mentors nor is mentored. They are told."


def _what_happens(*, hears: bool) -> str:
    said = "While you are away you get no messages from Cairn: they go to the other coordinators."
    if hears:
        said += (
            " Who asks to hear from a person reaches your deputy at once; if both of you are away, "
            "who stands in, if they may hear concerns, and else the coordinators who may. What you "
            "have in hand is asked of them, too, unless it is solved."
        )
    return said


def noted(
    member: Member,
    announced: Delegation,
    stand_in: Member | None,
    *,
    is_alone: bool,
    passes_concerns: bool,
    hears: bool,
) -> View:
    """Say what happens now."""
    blocks = [ui.section(f"*Noted.* {_span(announced, member.timezone)}")]
    if stand_in is not None:
        blocks.append(ui.section(f"{escape(stand_in.name)} stands in for you, and is told."))
        if hears and not passes_concerns:
            blocks.append(
                ui.section(
                    f"{escape(stand_in.name)} mentors or is mentored, and so hears no concern in "
                    "your place: these go to your deputy and to coordinators who do neither."
                )
            )
    if is_alone:
        blocks.append(ui.section(ALONE))
    return ui.modal(callback_id="people.absence_said", title=TITLE, blocks=blocks)


def _span(announced: Delegation, tz: str) -> str:
    since = f"You are away from {_day(announced.begins_at, tz)}"
    if announced.ends_at is None:
        return f"{since} until you come back by yourself."
    return f"{since}, and back on {_day(announced.ends_at, tz)}."


def _day(at: datetime, tz: str) -> str:
    return weekday_and_day(local_date(at, tz))


def stands_in(absent: Member, announced: Delegation, reader: Member, *, hears: bool) -> Message:
    """Tell somebody that they stand in, from when to when, and what may come to them."""
    tz, name = reader.timezone, escape(absent.name)
    until = f" to {_day(announced.ends_at, tz)}" if announced.ends_at else " until they are back"
    text = f"You stand in for {name} from {_day(announced.begins_at, tz)}{until}."
    if absent.is_coordinator:
        text += " What coordinators are asked meanwhile comes to you: look at Home now and then."
    if hears:
        text += (
            " If somebody asks to hear from a person and nobody who is named is there, you are "
            "told, and read it in Cairn alone."
        )
    then = ui.context(f"If you cannot, please tell {name}, who can choose somebody else.")
    return ui.paragraph(text, then)


def stands_in_no_more(absent: Member) -> Message:
    """Tell somebody that they stand in no more; what they have in hand stays with them."""
    return ui.paragraph(
        f"You do not stand in for {escape(absent.name)} any more. What you have in hand stays with "
        "you; please tell them what they should know."
    )
