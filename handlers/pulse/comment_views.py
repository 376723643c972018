"""Comments of a pulse: where one is written, how it will appear, and how all of them are read.

A comment looks the same wherever it stands, since `comment_block` alone shows it: letter by letter,
without a mention, a link or bold type.
"""

import base64
from collections.abc import Sequence

from bot.checkins.rules import Hint
from bot.kernel.ids import ProgrammeId
from bot.kernel.words import listed
from bot.pulse.comment_text import MOST_CHARS
from bot.pulse.model import Published, SealedPaper
from bot.pulse.rules import LEAST_GROUPS, LEAST_PEOPLE
from handlers import blocks as ui
from handlers.blocks import Block, Element, View, escape, when
from handlers.free_text import HINT_WORDS
from handlers.pages import nearest_page

COMMENT = "comment-text"
"""The block of the form. No item of an instrument has such an id."""
PER_PAGE = 60

WHO_READS_COMMENTS = (
    "A comment, if you write one",
    (
        "Everybody who was asked, in all groups, and your coordinators read it word for word, "
        f"without a name, once {LEAST_PEOPLE} people from {LEAST_GROUPS} groups answered. With "
        "fewer it is destroyed unread. Cairn shows it to no mentor; its readers may."
    ),
)
STYLE = (
    "*How you write can give you away.* Leave out names, places, dates and what only few people "
    "know, and write as others do."
)
NO_HELP = (
    "Not monitored, not for emergencies. Nobody can answer you or send help, because nobody knows "
    "who wrote this. The foot of Cairn's Home tab has the button that reaches a person."
)
NOTHING = (
    "There is no comment to show: nobody wrote one, or fewer than "
    f"{LEAST_PEOPLE} people from {LEAST_GROUPS} groups answered."
)
EXAMPLE = "An example of a comment."


def comment_block(comment: str) -> Block:
    """Show a comment as everybody reads it: its words, and nothing beside them.

    Rich text takes them literally: docs.slack.dev/reference/block-kit/blocks/rich-text-block
    """
    words = {"type": "rich_text_quote", "elements": [{"type": "text", "text": comment}]}
    return {"type": "rich_text", "elements": [words]}


def comment_fields(crisis_contact: str | None) -> list[Block]:
    """Ask for a comment; empty means that somebody prefers not to."""
    box = ui.text_field(
        "pulse.comment", multiline=True, max_chars=MOST_CHARS, placeholder="Prefer not to say"
    )
    return [
        ui.field(COMMENT, "A comment for everybody, if you like", box, hint=NO_HELP, optional=True),
        ui.context(
            f"{STYLE} You see how it will appear before it goes into the box."
            f"{in_a_crisis(crisis_contact)}"
        ),
    ]


def in_a_crisis(contact: str | None) -> str:
    """Name the crisis contact in a sentence that follows another."""
    return f" In a crisis, turn to {escape(contact)}." if contact else ""


def preview(ballot: SealedPaper, *, hints: Sequence[Hint]) -> View:
    """Show the comment as everybody will read it, before it is put into the box.

    What is put there is sealed already, and only the round's key can open it: the form beneath
    is not asked again, so it is this comment and no other.
    """
    looks = listed(HINT_WORDS[hint] for hint in hints)
    seems = f"\n*It seems to hold {looks}.* Take out what points to a person." if looks else ""
    return ui.modal(
        callback_id="pulse.preview",
        title="Your comment",
        blocks=[
            ui.section("*This is how it will appear*, among all others in alphabetical order:"),
            comment_block(ballot.paper.comment),
            ui.section(f"{STYLE}{seems}"),
            ui.context(
                f"*{WHO_READS_COMMENTS[0]}:* {WHO_READS_COMMENTS[1]}",
                NO_HELP,
                "Nothing is in the box yet. You can change your mind until "
                f"{when(ballot.round.closes_at)}. After that nobody can take a comment back, since "
                "nobody knows whose it is.",
            ),
        ],
        submit="Put in the box",
        close="Change it",
        metadata=f"{ballot.round.id} {base64.urlsafe_b64encode(ballot.sealed).decode()}",
    )


def previewed(metadata: str) -> tuple[str, bytes]:
    """Read the round's id and the sealed ballot that a preview carried. Raises ValueError."""
    round_id, _, sealed = metadata.partition(" ")
    return round_id, base64.b64decode(sealed.encode("ascii"), altchars=b"-_", validate=True)


def comments_note(published: Published) -> list[str]:
    """Say that there are comments or none; nothing where nobody was asked for any."""
    if not published.round.comments:
        return []
    if not published.results.comments:
        return [NOTHING]
    return ["There are comments, of all groups together, in alphabetical order."]


def read_button(published: Published) -> list[Element]:
    """Draw the button that opens the comments of a round, if it published any."""
    if not published.results.comments:
        return []
    return [ui.button("Read the comments", "pulse.comments", value=f"{published.round.id}:0")]


def comments_view(published: Published, *, page: int) -> View:
    """Show all comments of a round, some at once. Pages count from 0."""
    comments = published.results.comments
    page = nearest_page(page, len(comments), PER_PAGE)
    start = page * PER_PAGE
    shown = [comment_block(one) for one in comments[start : start + PER_PAGE]]
    turns = [("Earlier ones", page - 1)] if page else []
    turns += [("More", page + 1)] if start + PER_PAGE < len(comments) else []
    pages = [
        ui.button(label, f"pulse.comments:{to}", value=f"{published.round.id}:{to}")
        for label, to in turns
    ]
    return ui.modal(
        callback_id="pulse.comments_read",
        title="Comments",
        blocks=[
            ui.section("Of all groups together, in alphabetical order, without names."),
            *(shown or [ui.section(NOTHING)]),
            *([ui.actions(*pages)] if pages else []),
        ],
    )


def switch(programme_id: ProgrammeId, *, allowed: bool, is_open: bool) -> list[Block]:
    """Let a coordinator allow comments from the next pulse on, or end them."""
    stays = " The pulse that is open stays as it is." if is_open else ""
    if allowed:
        said = f"*Comments are on.* The next pulse has room for one from each member.{stays}"
        off = ui.button("No more comments", "pulse.allow_comments", value=f"{programme_id}:off")
        return [ui.section(said), ui.actions(off)]
    question = ui.confirm(
        "Allow comments?",
        "From the next pulse on. Everybody who is asked, and you, read all of them word for word "
        "and without names, bitter ones too. Nobody can answer an author or send help.",
        yes="Allow comments",
        no="Leave them off",
        danger=False,
    )
    on = ui.button(
        "Allow comments", "pulse.allow_comments", value=f"{programme_id}:on", confirm=question
    )
    return [ui.section(f"*Comments are off.* A pulse has statements only.{stays}"), ui.actions(on)]
