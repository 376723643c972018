import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checkins.reading import MentorsNow
from bot.checkins.rules import (
    Answer,
    Audience,
    Blocker,
    CheckIn,
    CheckInId,
    GoalLine,
    GoalProgress,
    ProgrammeSeat,
    Reflection,
    ShownPrompt,
    Topic,
    Visibility,
)
from bot.goals.model import Progress
from bot.kernel.ids import ProgrammeId
from bot.kernel.words import units
from bot.people.model import Role
from bot.stages.model import Lens, LensPrompts, Level
from handlers import blocks as ui
from handlers.checkins import checkin_views, form_views, page_views, views
from handlers.free_text import quoted
from tests.support.cast import ALICE, BOB, GROUP, HERE, PROGRAMME
from tests.support.golden import Golden
from tests.support.limits import problems_of
from tests.support.workspace import all_text

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
        shared_at=WRITTEN,
    )


FULL: dict[str, Any] = {
    "answers": (
        Answer(Lens.ACT, "What did you do?", f"I asked.\n{NASTY}"),
        Answer(Lens.FEEL, "How was it?", "Lighter than I thought."),
    ),
    "confidence": 7,
    "blocker": Blocker.INSTITUTION,
    "wish": "Half an hour on the rota",
    "goals": (GoalProgress("goal_1", f"Lead a round {NASTY}", Progress.STUCK, is_shared=True),),
    "wellbeing": 2,
    "visibility": Visibility.GROUP,
}


SEAT = ProgrammeSeat(
    programme_id=ProgrammeId("prg_1"),
    framework_id="miller_is",
    crisis_contact="Occupational Health & Co, 555",
    group_id=GROUP.id,
    seat_role=Role.MENTEE,
    moved_to=None,
)


def form(**changes: Any) -> dict[str, Any]:
    options: dict[str, Any] = {
        "goals": (GoalLine("goal_1", f"Lead a round {NASTY}", is_shared=True),),
        "stage": STAGE,
        "seat": SEAT,
        "metadata": "{}",
    }
    return form_views.form(ASKED, **(options | changes))


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
    ):
        assert words in said


def test_without_a_group_nobody_else_can_be_chosen() -> None:
    (block,) = (
        each
        for each in form(seat=replace(SEAT, group_id=None))["blocks"]
        if each.get("block_id") == "visibility"
    )

    assert [option["value"] for option in block["element"]["options"]] == ["only_me"]


@pytest.mark.parametrize("visibility", Visibility)
def test_after_saving_one_reads_who_can_read_it(golden: Golden, visibility: Visibility) -> None:
    mine = checkin(**FULL | {"visibility": visibility, "left_out": frozenset({Topic.FEEL})})

    shown = form_views.saved(mine, next_at=WRITTEN + timedelta(days=14), tz="Europe/London")

    golden(f"checkin_saved_{visibility}", shown)
    assert ("Nothing is shared" in str(shown)) is (visibility is Visibility.ONLY_ME)


def test_the_prompt(golden: Golden) -> None:
    golden("checkin_prompt", views.prompt("Bob & Co", question="What did you do?", number=3))


@pytest.mark.parametrize("audience", [each for each in Audience if each is not Audience.WRITER])
def test_each_of_the_others_is_told_what_fits_them(golden: Golden, audience: Audience) -> None:
    golden(f"checkin_refusal_{audience}", views.refusal(audience))


def test_help_and_what_was_not_understood(golden: Golden) -> None:
    golden("checkin_help", views.with_buttons(views.HELP))
    golden("checkin_not_understood", views.not_understood())


def test_the_list_of_ones_own(golden: Golden) -> None:
    found = [checkin(**FULL), replace(checkin(confidence=0), id=CheckInId("checkin_2"))]
    mentors = {one.id: MentorsNow() for one in found}

    golden("checkin_past", checkin_views.past(found, mentors, tz="Asia/Tokyo", has_more=True))
    golden("checkin_past_empty", checkin_views.past([], {}, tz="UTC", has_more=False))


def test_a_long_paragraph_in_the_list_shows_its_beginning() -> None:
    long = "I asked for help on the ward round and nobody minded at all. " * 9
    mine = checkin(answers=(Answer(Lens.THINK, "What?", long),))

    shown = all_text(checkin_views.past([mine], {mine.id: MentorsNow()}, tz="UTC", has_more=False))

    assert "I asked for help on the ward round and nobody minded at all. I asked for" in shown
    assert re.search(r"\w…", shown)


def test_one_of_ones_own(golden: Golden) -> None:
    golden("checkin_one", checkin_views.own(checkin(**FULL), MentorsNow(), tz="America/New_York"))


def test_what_only_the_writer_reads_cannot_be_shown_to_fewer() -> None:
    shown = checkin_views.own(checkin(wish="Time"), MentorsNow(), tz="UTC")

    buttons = [each["text"]["text"] for each in shown["blocks"][-1]["elements"]]
    assert buttons == ["Change it", "Delete"]
    read = checkin_views.own(replace(checkin(wish="Time"), read_at=WRITTEN), MentorsNow(), tz="UTC")
    assert "Read on Monday 5 October: its words stay as they are" in str(read)
    assert "Change it" not in str(read)


@pytest.mark.parametrize(
    ("mentors", "says", "offers"),
    [
        (MentorsNow(), "Your mentor can read it", False),
        (MentorsNow(can_read=False, some_cannot=True), "Only you can read it now", True),
        (MentorsNow(can_read=False), "Only you can read it now", False),
        (MentorsNow(can_read=True, some_cannot=True), "Your mentor of then can read it", True),
    ],
)
def test_one_reads_who_can_read_it_now_and_can_share_it_with_a_new_mentor(
    mentors: MentorsNow, says: str, offers: bool
) -> None:
    mine = checkin(**FULL | {"visibility": Visibility.MENTOR})

    shown, listed = (
        checkin_views.own(mine, mentors, tz="UTC"),
        checkin_views.past([mine], {mine.id: mentors}, tz="UTC", has_more=False),
    )

    assert says in str(shown)
    assert says in str(listed)
    assert ("checkin.share_again" in str(shown)) is offers


def test_the_message_to_the_group_has_a_button_and_no_word_of_it(golden: Golden) -> None:
    message = page_views.shared(checkin(**FULL), name="Bob")

    golden("checkin_shared", message)
    for words in ("I asked", "Lighter", "rota", "7", "institution"):
        assert words not in str(message)


def test_a_page_of_a_mentors_week(golden: Golden) -> None:
    page = partial(page_views.week_page, name="Bob", tz="UTC", reply=None, metadata="{}")

    golden("checkin_week_page", page(checkin(**FULL), number=2, of=3, gone=1))
    alone = page(checkin(**FULL), number=1, of=1, gone=0)
    assert "checkin.next" not in str(alone)
    assert "checkin.back" not in str(alone)
    golden("checkin_nothing_to_read", page_views.nothing_to_read())


LONGEST = ["&" * 3000, "\n" * 3000, "😀" * 3000, "मैंने मदद माँगी " * 187, "x" * 3000, "a\n<b> " * 500]


@given(st.lists(st.sampled_from(LONGEST), min_size=4, max_size=4))
def test_the_longest_check_in_is_read_whole_on_one_page(texts: list[str]) -> None:
    answers = tuple(
        Answer(lens, "What did you do?", text) for lens, text in zip(Lens, texts, strict=False)
    )
    long = checkin(**FULL | {"answers": answers, "wish": texts[3]})

    page = page_views.week_page(
        long, name="B" * 80, tz="UTC", number=2, of=3, gone=1, reply=None, metadata="{}"
    )

    assert problems_of(page) == []
    assert len(page["blocks"]) <= 100
    assert len(json.dumps(page)) <= 250_000
    sections = [one["text"]["text"] for one in page["blocks"] if one["type"] == "section"]
    assert all(units(one) <= 3000 for one in sections)
    shown = "".join(unescape("".join(sections)).replace(">", "").split())
    for text in texts:
        assert "".join(text.replace(">", "").split()) in shown


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


@pytest.mark.parametrize(
    ("said", "buttons"),
    [
        ("Close the form and use /checkin past to delete it.", ["checkin.past"]),
        ("Copy your text and open /checkin again.", ["checkin.open"]),
        ("Use /checkin past, then /checkin.", ["checkin.past", "checkin.open"]),
        ("Choose another day.", []),
    ],
)
def test_a_sentence_that_names_a_command_has_the_button_that_does_the_same(
    said: str, buttons: list[str]
) -> None:
    for blocks in (ui.notice(said)["blocks"], ui.notice_message(said).blocks):
        drawn = [one for block in blocks for one in block.get("elements", ())]
        assert [one["action_id"] for one in drawn] == buttons


def test_what_follows_a_saved_check_in(golden: Golden) -> None:
    written = checkin(**FULL | {"visibility": Visibility.MENTOR})

    golden("checkin_edit_form", form_views.edit_form(written, tz="UTC"))
    golden(
        "checkin_share_form",
        form_views.share_form(written, [ALICE.id], tz="UTC", left_out={Topic.WISH}),
    )
    golden("checkin_deleted", checkin_views.deleted())


def test_what_others_will_read_before_it_is_saved(golden: Golden) -> None:
    golden("checkin_preview", form_views.preview(Reflection(**FULL)))
    to_mentor = replace(Reflection(**FULL), visibility=Visibility.MENTOR)
    golden("checkin_preview_mentor", form_views.preview(to_mentor))
    golden("checkin_preview_only_me", form_views.preview(Reflection()))


def test_a_pause_straight_from_the_prompt(golden: Golden) -> None:
    golden("checkin_pause_form", views.pause_form("{}"))
