"""The messages of an approval, as people would get them, before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.model import Arrival
from bot.kernel.ports import Message
from bot.kernel.words import agree, plural
from handlers import blocks as ui
from handlers.blocks import Block, View
from handlers.groups.preview_views import seat_preview
from handlers.groups.views import GroupShown, introduction, seat_waits, unmatched
from handlers.preview import buttons_below, when_it_comes


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeApproval:
    """The messages of an approval: the `first` group as an example, and how many get what when.

    `without` counts mentees for whom there is no mentor, `to_accept` those without a seat who are
    still to accept the code of conduct, `comes` those who are told of a seat from `told_at` on.
    """

    first: GroupShown
    groups: int
    without: int
    to_accept: int = 0
    comes: Arrival
    told_at: datetime
    introduced_at: datetime
    with_profiles: bool = False
    with_meetings: bool = False


def before_approval(found: BeforeApproval, *, metadata: str) -> View:
    """Show each message with the people of the first group, and ask for the approval."""
    buttons = [
        ui.button("Approve", "pairing.approve", style="primary"),
        ui.button("Back to the proposal", "pairing.page:back", value="0"),
    ]
    return ui.modal(
        callback_id="group.before_approval",
        title="Before it is sent",
        close="Not now",
        metadata=metadata,
        blocks=[
            ui.section(
                "*Nothing was sent so far.* When you approve, nobody hears of it for five minutes, "
                "in which you can undo it. Then this goes out:"
            ),
            *_to_each(found),
            *_to_groups(found),
            *_to_others(found),
            ui.divider(),
            ui.actions(*buttons),
        ],
    )


def _to_each(found: BeforeApproval) -> list[Block]:
    """Show what a mentee and a mentor read alone."""
    count, until = found.comes.people, found.introduced_at
    who = f"{plural(count, 'person', 'people')} {agree(count, 'gets', 'get')}"
    shown = [*found.first.mentees[:1], *found.first.mentors[:1]]
    messages = [seat_preview(found.first, one, until=until, keeps_apart=False) for one in shown]
    return [
        ui.divider(),
        ui.section(f"*1. {who} a message alone*, a mentee and a mentor so:"),
        *(block for one in messages for block in _quoted(one)),
        ui.context(when_it_comes(found.comes)),
    ]


def _to_groups(found: BeforeApproval) -> list[Block]:
    each = plural(found.groups, "group gets", "groups each get")
    its = {"with_profiles": found.with_profiles, "with_meetings": found.with_meetings}
    at = ui.when(found.introduced_at)
    return [
        ui.divider(),
        ui.section(f"*2. A day later {each} a private channel and an introduction:*"),
        *_quoted(introduction(found.first, **its)),
        ui.context(f"*When:* from {at} on, not in quiet hours and not on a day off."),
    ]


def _to_others(found: BeforeApproval) -> list[Block]:
    """Show what those without a seat read: for whom no mentor is, and who is still to accept."""
    late = f"who {agree(found.to_accept, 'has', 'have')} not accepted the code of conduct"
    others = [
        (found.without, "for whom there is no mentor", unmatched),
        (found.to_accept, late, seat_waits),
    ]
    told = [one for one in others if one[0]]
    shown: list[Block] = []
    for number, (count, why, write) in enumerate(told, start=3):
        said = f"*{number}. {plural(count, 'mentee')} {why} {agree(count, 'reads', 'read')} then:*"
        shown += [ui.divider(), ui.section(said), *_quoted(write(found.first.programme))]
    return shown


def _quoted(message: Message) -> Sequence[Block]:
    """Show a message without its buttons, which would act here; they are named below it."""
    return [*(one for one in message.blocks if one["type"] != "actions"), *buttons_below(message)]
