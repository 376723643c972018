"""How the training of peer-mentors looks to a coordinator, and the offer to a mentee."""

from collections.abc import Mapping, Sequence

from bot.community.model import OfferAnswer, PeerTraining
from bot.kernel.ports import Message
from bot.kernel.words import cut, listed, plural
from bot.people.model import Member, Role
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, ToDoLine, View, escape

MOST_LISTED = 40
MOST_AT_ONCE = 50
WHO_SEES_TRAINING = (
    "*Who sees this:* coordinators. A mentee sees the offer once their programme has closed. Of "
    "the answer you see yes or declined, and no reason."
)
WHO_SEES_ANSWER = (
    "*Who sees this:* coordinators see yes or declined, and no reason. Nobody sees “not now”."
)
READ = ui.button("Read the offer", "peer.offer", style="primary")


def training_form(trained: Sequence[tuple[PeerTraining, Member]], *, of: int = 0) -> View:
    """Ask a coordinator who has done the training, and show what came of it.

    `of` counts all who are trained, where only some of them are shown.
    """
    listed_ones = [_trained(one, member) for one, member in trained[:MOST_LISTED]]
    more = max(of, len(trained)) - len(listed_ones)
    pick = ui.person_field("peer.training:find")
    find = ui.actions({**pick, "placeholder": ui.plain("Find one of them", 150)})
    return ui.modal(
        callback_id="peer.training_form",
        title="Peer-mentors",
        submit="Save",
        blocks=[
            ui.field(
                "trained",
                "Which mentees have done the training for peer-mentors?",
                ui.people_field("peer.trained", placeholder="Choose mentees", most=MOST_AT_ONCE),
                hint="Once their programme has closed they are offered the role. They decide.",
            ),
            ui.context(WHO_SEES_TRAINING),
            *([find] if more > 0 else []),
            *listed_ones,
            *([ui.context(f"And {plural(more, 'person', 'people')} more.")] if more > 0 else []),
        ],
    )


def _trained(one: PeerTraining, member: Member) -> Block:
    said = f"*{escape(cut(member.name, 80))}:* {_outcome(one, member)}"
    if one.answer in (OfferAnswer.YES, OfferAnswer.NO):
        return ui.section(said)
    spoken = f"Take back that {cut(member.name, 40)} is trained"
    take_back = ui.button("Take back", "peer.untick", value=one.member_id, spoken=spoken)
    return ui.section(said, accessory=take_back)


def _outcome(one: PeerTraining, member: Member) -> str:
    if one.answer is OfferAnswer.YES:
        return "said yes."
    if one.answer is OfferAnswer.NO:
        return "declined."
    if {Role.PEER_MENTOR, Role.MENTOR} & member.roles:
        return "mentors already."
    return "is offered the role." if one.is_finished else "is offered it when they have finished."


def training_saved(counted: Sequence[Member], left: Sequence[Member]) -> View:
    """Say who counts as trained now, and who has declined and is not asked again."""
    said = f"*Saved.* Trained: {escape(listed(one.name for one in counted))}." if counted else ""
    if left:
        names = escape(listed(one.name for one in left))
        said += f" Declined within the last year, so not asked again: {names}."
    again = ui.button("Peer-mentors", "peer.training")
    return ui.modal(
        callback_id="peer.training_saved",
        title="Saved",
        blocks=[ui.section(said.strip()), ui.actions(again)],
    )


def coordinator_home(trained: Sequence[PeerTraining]) -> list[Block]:
    """Show a coordinator how many mentees are trained and said yes, with the way to note it."""
    yes = sum(one.answer is OfferAnswer.YES for one in trained)
    said = f"*Peer-mentors.* {plural(len(trained), 'mentee')} trained; {yes} said yes."
    button = ui.button("Note training", "peer.training", spoken="Note training of peer-mentors")
    return [ui.section(said, accessory=button)]


def offer_view() -> View:
    """Offer a mentee the peer-mentor role, with three answers of the same weight."""
    answers: Mapping[OfferAnswer, str] = {
        OfferAnswer.YES: "Yes, I would like to",
        OfferAnswer.LATER: "Not now",
        OfferAnswer.NO: "No, thanks",
    }
    return ui.modal(
        callback_id="peer.offer",
        title="Peer-mentor",
        blocks=[
            ui.section(
                "You have been a mentee to the end, and you did the training. Would you like to be "
                "a peer-mentor in the next groups: somebody who was a mentee not long ago, beside "
                "the mentor? You may be a mentee in another group at the same time."
            ),
            ui.actions(
                *(
                    ui.button(label, f"peer.answer:{answer}", value=answer)
                    for answer, label in answers.items()
                )
            ),
            ui.context(
                "*Yes* makes you a peer-mentor from the next groups on. After *not now* you find "
                "the offer here again in four weeks. After *no* nobody asks you again this year."
            ),
            ui.context(WHO_SEES_ANSWER),
        ],
    )


ANSWERED: Mapping[OfferAnswer, str] = {
    OfferAnswer.YES: (
        "Thank you. You are a peer-mentor from the next groups on; your coordinator sees it, and "
        "you hear from me when there is a group for you."
    ),
    OfferAnswer.LATER: "All right. You find the offer on Home again in four weeks.",
    OfferAnswer.NO: "All right, and thank you for the time as a mentee. Nobody asks you again.",
}


def offer_section() -> list[Block]:
    """Show somebody whose programme has ended that the role is offered to them."""
    return [ui.section("Would you like to be a peer-mentor next time?", accessory=READ)]


def answer_offer(_todo: ToDo) -> ToDoLine:
    """Ask a mentee what they say to the offer."""
    return ToDoLine("Would you like to be a peer-mentor in the next groups? You decide.", READ)


def offered(member: Member) -> Message:
    """Tell a mentee once that the role is offered to them."""
    return ui.paragraph(
        f"Hello {escape(cut(member.name, 80))}, your programme is over, and your coordinator noted "
        "that you did the training for peer-mentors. If you like, you can be one in the next "
        "groups. Read what it is, and say yes, not now or no: nothing happens by itself.",
        ui.actions(READ),
    )
