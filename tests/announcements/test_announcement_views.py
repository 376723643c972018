"""Announcements letter by letter: form, preview, message, confirmation, list."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.announcements.model import (
    MAX_CHARS,
    Addressees,
    Announcement,
    AnnouncementId,
    AnnouncementProgress,
    AnnouncementReach,
    AnnouncementState,
    Suggestion,
)
from handlers import blocks as ui
from handlers.announcements import form_views, views
from handlers.announcements.form_views import FilledIn
from handlers.announcements.texts import TEXTS
from tests.support.cast import ALICE, BOB, CAROL, HERE, PROGRAMME
from tests.support.golden import Golden
from tests.support.limits import problems_of

NOW = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
SENT = Announcement(
    id=AnnouncementId("note_1"),
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    by=CAROL.id,
    written_at=NOW,
    audience=Addressees.MENTORS,
    text="The workshop is on <!channel> & moves to *Friday*.\nBring your diaries.",
    send_at=NOW + timedelta(hours=3),
    state=AnnouncementState.SENT,
    count=12,
)
TAKEN = replace(
    SENT,
    id=AnnouncementId("note_2"),
    by=BOB.id,
    audience=Addressees.PEOPLE,
    text="Never mind.",
    send_at=NOW,
    state=AnnouncementState.TAKEN_BACK,
    count=2,
)
REACH = AnnouncementReach(there=(ALICE,), away=(BOB,), crowded=1, last_at=NOW + timedelta(days=1))
GROUPS = [("group_1", "Group of Alice"), ("group_2", "Group of Mia")]


def test_the_form(golden: Golden) -> None:
    golden("announcement_form", form_views.form(GROUPS, FilledIn()))
    suggested = FilledIn(
        text=TEXTS[Suggestion.FIRST_MEETING],
        audience=Addressees.PEOPLE,
        people=[ALICE.slack_user_id],
    )
    golden("announcement_form_suggested", form_views.form(GROUPS, suggested))


def test_what_its_author_sees_first(golden: Golden) -> None:
    golden("announcement_preview", form_views.preview(SENT, REACH, CAROL, "Mentoring 2026"))
    changed = form_views.preview(SENT, REACH, CAROL, "Mentoring 2026", changed="It has changed.")
    golden("announcement_preview_changed", changed)


def test_the_message(golden: Golden) -> None:
    golden("announcement", form_views.message(SENT, CAROL, "Mentoring & more"))


def test_what_comes_after(golden: Golden) -> None:
    golden("announcement_done", views.confirmation(SENT, now=NOW))
    golden("announcement_taken_back", views.taken_back(AnnouncementProgress(sent=2, waiting=10)))
    golden("announcement_line", ui.modal(callback_id="x", title="x", blocks=[views.tools_line()]))


def test_the_list(golden: Golden) -> None:
    progress = {
        SENT.id: AnnouncementProgress(sent=3, waiting=8, failed=1),
        TAKEN.id: AnnouncementProgress(sent=1),
    }
    golden("announcement_list", views.page([SENT, TAKEN], progress, {CAROL.id: "Carol"}))
    golden("announcement_list_empty", views.page([], {}, {}))


def test_every_suggestion_has_a_text_that_fits_and_blames_nobody() -> None:
    assert set(TEXTS) == set(Suggestion)
    for text in TEXTS.values():
        assert len(text) <= MAX_CHARS
        assert not any(word in text.lower() for word in ("must", "failed", "overdue", "should"))


def test_714_groups_fit_into_the_form() -> None:
    groups = [(f"group_{n:020}", f"Group of Doctor Number {n}") for n in range(714)]

    view = form_views.form(groups, FilledIn(groups=["group_00000000000000000713"]))

    assert problems_of(view) == []
    assert len(str(view)) < 250_000


def test_the_longest_text_of_signs_that_are_escaped_is_shown_whole() -> None:
    message = form_views.message(replace(SENT, text="&" * MAX_CHARS), CAROL, "Mentoring")

    assert problems_of({"text": message.text, "blocks": list(message.blocks)}) == []
    shown = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
    assert sum(text.count("&amp;") for text in shown) == MAX_CHARS
