"""What people read about comments, and that a comment looks the same wherever it stands."""

import contextlib
import json
from dataclasses import replace

from bot.flows.pulse_messages import sections_of
from bot.pulse.model import (
    Band,
    Paper,
    Published,
    RoundId,
    SealedPaper,
)
from bot.pulse.sealing import new_keys, sealed_bytes
from handlers.pulse import comment_views as comments
from handlers.pulse import form_views as views
from handlers.pulse import reader_views as readers
from handlers.pulse import result_views as results
from tests.pulse.published_pulse import ASKING, ROUND, A, digest, message, published, texts
from tests.support.golden import Golden


def test_room_for_a_comment_is_explained_where_it_is_and_nowhere_else() -> None:
    asking = replace(ASKING, round=replace(ROUND, comments=True), crisis_contact="<Ward> 5555")

    with_room, without = views.form(asking)["blocks"], views.form(ASKING)["blocks"]

    start = next(at for at, one in enumerate(with_room) if one["type"] == "input")
    after = texts(with_room[start:])
    assert comments.NO_HELP in after
    assert "&lt;Ward&gt; 5555" in after
    assert with_room[-2]["element"]["placeholder"]["text"] == "Prefer not to say"
    assert with_room[-2]["optional"]
    assert "initial_value" not in with_room[-2]["element"]
    assert "omment" not in texts(without)
    told = texts(readers.who_sees_this_view(asking.round, asking))
    assert comments.WHO_READS_COMMENTS[1] in told
    assert comments.EXAMPLE in told
    assert "omment" not in texts(readers.who_sees_this_view(ROUND, ASKING))


def told_with(*written: str) -> Published:
    now = published({A: Band.HIGH})
    return replace(
        now,
        round=replace(now.round, comments=True),
        results=replace(now.results, comments=written),
    )


def test_a_comment_looks_the_same_in_the_preview_and_the_list() -> None:
    words = "Less <!here> & *more* time"
    ballot = SealedPaper(replace(ROUND, comments=True), Paper({}, words), b"x" * 2074)

    shown = [
        comments.preview(ballot, hints=())["blocks"][1],
        comments.comments_view(told_with(words), page=0)["blocks"][1],
    ]

    assert shown[0] == shown[1]
    quoted = shown[0]["elements"][0]
    assert quoted == {"type": "rich_text_quote", "elements": [{"type": "text", "text": words}]}


def test_the_digest_says_that_there_are_comments_and_opens_them() -> None:
    shown = message(digest(told_with("Less time", "More coffee")))

    said = shown.text + texts(shown.blocks)
    assert "There are comments" in shown.text
    assert "Less time" not in said
    assert "More coffee" not in said
    assert "Read the comments" in said
    assert "Read the comments" not in texts(message(digest(told_with())).blocks)


def test_a_preview_carries_the_sealed_ballot_and_fits_into_slacks_metadata() -> None:
    round_ = replace(ROUND, id=RoundId("round_" + "a" * 20), comments=True)
    sealed = bytes(range(256)) * 4 + b"x" * (sealed_bytes(round_, new_keys()) - 1024)
    ballot = SealedPaper(round_, Paper({}, "Hello"), sealed)

    view = comments.preview(ballot, hints=())

    assert len(view["private_metadata"]) <= 3000
    assert comments.previewed(view["private_metadata"]) == (round_.id, sealed)
    for forged in ("", "round_1", "round_1 !!!", "round_1 ü"):
        with contextlib.suppress(ValueError):
            assert len(comments.previewed(forged)[1]) == 0


def test_no_comment_and_too_few_people_read_the_same() -> None:
    digest_text = message(digest(told_with())).text

    assert comments.NOTHING in digest_text
    assert comments.NOTHING in results.result_message(digest(told_with()), A).text
    assert comments.NOTHING not in message(digest(published({A: Band.HIGH}))).text


def test_many_long_comments_fit_into_slacks_limits() -> None:
    written = tuple(["&" * 250] * 130)

    pages = [comments.comments_view(told_with(*written), page=page) for page in range(3)]

    assert [len(page["blocks"]) for page in pages] == [62, 62, 12]
    assert comments.comments_view(told_with(*written), page=9_999) == pages[-1]
    assert all(len(json.dumps(page)) < 250_000 for page in pages)
    assert sections_of(told_with(*written).results) == ["short", "trend"]


def test_comments_before_and_after_the_close(golden: Golden) -> None:
    ballot = SealedPaper(replace(ROUND, comments=True), Paper({}, "More <!here> time."), b"x")

    golden("pulse_comment_preview", comments.preview(ballot, hints=()))
    golden("pulse_comments_read", comments.comments_view(told_with("More <!here> time."), page=0))
