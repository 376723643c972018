from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checkins.rules import (
    Answer,
    Audience,
    Blocker,
    CheckIn,
    CheckInId,
    Hint,
    Reflection,
    ShownPrompt,
    Visibility,
)
from bot.stages.model import Lens, LensPrompts, Level
from handlers.blocks import paragraph
from handlers.checkins import views
from handlers.free_text import quoted
from tests.support.cast import BOB, GROUP, HERE, PROGRAMME
from tests.support.golden import Golden
from tests.support.limits import problems_of

NASTY = "<!channel> <@U0ALICE> & *all* of <https://evil.example|you>"
STAGE = Level(
    name="Shows how",
    summary="You do it while somebody watches.",
    lenses=(LensPrompts(Lens.ACT, ("What did you do?",)),),
    mentor_questions=(),
)
ASKED = (
    ShownPrompt(Lens.ACT, "What did you do?"),
    ShownPrompt(Lens.THINK, "What did you think?"),
    ShownPrompt(Lens.FEEL, "How was it?"),
)
WRITTEN = datetime(2026, 10, 5, 23, 30, tzinfo=UTC)


def checkin(**entry: Any) -> CheckIn:
    return CheckIn(
        id=CheckInId("checkin_1"),
        workspace_id=HERE,
        member_id=BOB.id,
        programme_id=PROGRAMME.id,
        group_id=GROUP.id,
        framework_id="miller_is",
        stage="Shows how",
        entry=Reflection(**entry),
        written_at=WRITTEN,
    )


FULL: dict[str, Any] = {
    "answers": (
        Answer(Lens.ACT, "What did you do?", f"I asked.\n{NASTY}"),
        Answer(Lens.FEEL, "How was it?", "Lighter than I thought."),
    ),
    "confidence": 7,
    "blocker": Blocker.INSTITUTION,
    "wish": "Half an hour on the rota",
    "visibility": Visibility.GROUP,
}


def form(**changes: Any) -> dict[str, Any]:
    options: dict[str, Any] = {
        "stage": STAGE,
        "allowed": tuple(Visibility),
        "crisis_contact": "Occupational Health & Co, 555",
        "metadata": "{}",
    }
    return views.form(ASKED, **(options | changes))


def test_the_form(golden: Golden) -> None:
    golden("checkin_form", form())


def test_the_form_says_what_must_be_known_before_writing() -> None:
    said = str(form())

    for words in (
        "Who sees this",
        "Not monitored; not for emergencies",
        "Occupational Health &amp; Co, 555",
        "patient",
        "duty to report",
        "Leave out whatever you like",
    ):
        assert words in said


def test_the_form_that_comes_back_with_a_hint_keeps_what_was_filled_in(golden: Golden) -> None:
    shown = form(entry=Reflection(**FULL), hints=tuple(Hint))

    golden("checkin_form_with_hints", shown)
    blocks = {block.get("block_id"): block for block in shown["blocks"]}
    assert blocks["lens_act"]["element"]["initial_value"] == f"I asked.\n{NASTY}"
    assert "initial_value" not in blocks["lens_think"]["element"]
    assert blocks["visibility"]["element"]["initial_option"]["value"] == "group"
    assert blocks["save_anyway"]["optional"]


def test_the_form_keeps_its_block_ids_when_it_comes_back() -> None:
    ids = [block["block_id"] for block in form()["blocks"] if block["type"] == "input"]
    again = form(hints=(Hint.RECORD_NUMBER,))["blocks"]

    assert [b["block_id"] for b in again if b["type"] == "input"] == ["save_anyway", *ids]


def test_without_a_group_nobody_else_can_be_chosen() -> None:
    (block,) = (
        each
        for each in form(allowed=(Visibility.ONLY_ME,))["blocks"]
        if each.get("block_id") == "visibility"
    )

    assert [option["value"] for option in block["element"]["options"]] == ["only_me"]


@pytest.mark.parametrize("visibility", Visibility)
def test_after_saving_one_reads_who_can_read_it(golden: Golden, visibility: Visibility) -> None:
    golden(f"checkin_saved_{visibility}", views.saved(visibility))


def test_the_prompt(golden: Golden) -> None:
    golden("checkin_prompt", views.prompt("Bob & Co", question="What did you do?"))


@pytest.mark.parametrize("audience", [each for each in Audience if each is not Audience.WRITER])
def test_each_of_the_others_is_told_what_fits_them(golden: Golden, audience: Audience) -> None:
    golden(f"checkin_refusal_{audience}", paragraph(views.REFUSALS[audience]))


def test_help_and_what_was_not_understood(golden: Golden) -> None:
    golden("checkin_help", paragraph(views.HELP))
    golden("checkin_not_understood", paragraph(views.NOT_UNDERSTOOD))


def test_the_list_of_ones_own(golden: Golden) -> None:
    found = [checkin(**FULL), checkin(confidence=0)]

    golden("checkin_past", views.past(found, tz="Asia/Tokyo", has_more=True))
    golden("checkin_past_empty", views.past([], tz="UTC", has_more=False))


def test_one_of_ones_own(golden: Golden) -> None:
    golden("checkin_one", views.own(checkin(**FULL), tz="America/New_York"))


def test_what_only_the_writer_reads_cannot_be_shown_to_fewer() -> None:
    shown = views.own(checkin(wish="Time"), tz="UTC")

    buttons = [each["text"]["text"] for each in shown["blocks"][-1]["elements"]]
    assert buttons == ["Delete"]


def test_the_message_to_the_group(golden: Golden) -> None:
    message = views.shared(checkin(**FULL), name="Bob")

    golden("checkin_shared", message)
    assert "<!channel>" not in str(message)
    assert "<@U0ALICE>" not in str(message)


def test_the_message_to_the_group_without_a_word_gives_the_figures() -> None:
    message = views.shared(checkin(confidence=3, visibility=Visibility.GROUP), name="Bob")

    assert "Confidence: 3 of 10" in message.text


def test_three_thousand_characters_arrive_whole() -> None:
    long = "<word> " * 428

    message = views.shared(checkin(answers=(Answer(Lens.THINK, "What?", long),)), name="Bob")

    shown = "".join(str(dict(block)) for block in message.blocks)
    assert shown.count("&lt;word&gt;") == 428
    assert problems_of({"text": message.text, "blocks": list(message.blocks)}) == []


def test_a_post_longer_than_slack_takes_is_shortened_and_says_so() -> None:
    long = "&<word> " * 375
    answers = tuple(Answer(lens, "What?", long) for lens in Lens)

    message = views.shared(checkin(answers=answers, wish=long), name="Bob")

    shown = "".join(str(dict(block)) for block in message.blocks)
    assert len(shown) < 11_000
    assert "Shortened" in shown
    assert problems_of({"text": message.text, "blocks": list(message.blocks)}) == []


@given(st.text(alphabet="a&<> \n", max_size=3000))
def test_quoting_loses_nothing_but_spaces_at_a_fold(text: str) -> None:
    pieces = quoted(text)

    back = "\n".join(pieces).replace("\n>", "\n").removeprefix(">")
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        back = back.replace(entity, sign)
    assert all(len(piece) <= 3000 for piece in pieces)
    assert "".join(back.split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["x" * 3000, "&" * 3000, "\n" * 3000, "a b " * 750, "é" * 2999])
def test_even_odd_texts_fit_their_sections(text: str) -> None:
    assert all(0 < len(piece) <= 3000 for piece in quoted(text))


def test_the_home_tab_of_a_mentee(golden: Golden) -> None:
    blocks = views.home_mentee(
        last_on=WRITTEN, next_at=WRITTEN + timedelta(days=14), tz="Europe/London", is_away=False
    )
    golden("checkin_home", {"type": "home", "blocks": blocks})
    never, due = (
        str(
            views.home_mentee(last_on=None, next_at=WRITTEN, tz="UTC", is_away=False, is_due=is_due)
        )
        for is_due in (False, True)
    )
    assert "I will ask on " in never
    assert "I will ask again on " in due
    away = views.home_mentee(last_on=None, next_at=None, tz="UTC", is_away=True)
    golden("checkin_home_paused", {"type": "home", "blocks": away})
