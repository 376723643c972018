"""What members read before they answer: a promise, statements, and all the rest behind a button."""

import re
from dataclasses import replace

import pytest

from bot.pulse.model import Action, Band, CellFate, CellLevel, Ending, Fate
from handlers.pulse import form_views as views
from handlers.pulse import reader_views as readers
from handlers.pulse import result_views as results
from tests.pulse.papers import INSTRUMENT
from tests.pulse.published_pulse import (
    ASKING,
    OPENS,
    ROUND,
    A,
    B,
    C,
    digest,
    message,
    published,
    texts,
)
from tests.support.golden import Golden


def test_the_form_promises_in_one_sentence_and_begins_with_the_statements() -> None:
    blocks = views.form(replace(ASKING, crisis_contact="the <ward>"))["blocks"]
    first = next(at for at, one in enumerate(blocks) if one["type"] == "input")
    before = texts(blocks[:first])

    for said in (views.PROMISE, views.ON_THE_SERVER, "In a crisis, turn to the &lt;ward&gt;."):
        assert said in before
    assert views.PROMISE.count(".") == 1
    assert len(re.findall(r"[a-z]+", " ".join([views.PROMISE, views.ON_THE_SERVER]))) < 50
    assert '"action_id": "pulse.who"' in before
    assert [one["block_id"] for one in blocks[first:]] == list(ROUND.items)


def test_all_that_there_is_to_know_stands_behind_a_button() -> None:
    told = texts(readers.who_sees_this_view(ROUND, ASKING))

    for said in (
        INSTRUMENT.purpose,
        "Who is asked",
        "<@U0BOB>",
        "database and the key directory",
        "your coordinator will read",
        readers.NOT_CERTAIN,
        "You can change your answers until",
        INSTRUMENT.note,
    ):
        assert said in told


def test_somebody_who_was_not_asked_reads_who_learns_what_and_no_name() -> None:
    told = texts(readers.who_sees_this_view(ROUND, None))

    assert "Your group and your mentor" in told
    assert "<@" not in told


@pytest.mark.parametrize(("statements", "said"), [(5, "a minute"), (11, "two minutes")])
def test_the_invitation_says_how_long_it_takes(statements: int, said: str) -> None:
    round_ = replace(ROUND, items=tuple(map(str, range(statements))))

    assert f"in less than {said}." in views.invitation(round_, "The year").text


def test_the_form_offers_five_points_and_not_to_say() -> None:
    question = views.form(ASKING)["blocks"][-1]

    values = [option["value"] for option in question["element"]["options"]]

    assert values == ["1", "2", "3", "4", "5", "none"]
    assert question["optional"]
    assert "initial_option" not in question["element"]


def test_the_preview_is_made_of_the_sentences_of_the_digest() -> None:
    now = published({A: Band.HIGH}, lost=(B,))
    shown = readers.preview(ASKING)

    def shape(line: str) -> str:
        return re.sub(r"Low|Mixed|High|not enough answers", "BAND", line)

    real = results.cell_line(
        replace(digest(now), names={A: "Harbour & Co"}), CellFate(A, Fate.RELEASED)
    )
    assert shape(f">{real}") in shape(shown)
    assert results.WITHHELD in shown
    assert results.LEGEND in shown


def test_names_of_groups_and_programmes_cannot_call_anybody() -> None:
    everything = texts([views.form(ASKING), readers.who_sees_this_view(ROUND, ASKING)])

    assert "Harbour &amp; Co" in everything
    assert "Year <1>" not in everything


def test_the_form_of_a_programme_as_a_whole_shows_what_will_be_read() -> None:
    asking = replace(ASKING, round=replace(ROUND, cell_level=CellLevel.PROGRAMME))

    shown = texts(readers.who_sees_this_view(asking.round, asking))

    assert "Everybody (5 or more responses): speak: 70–80 %" in shown
    assert "No group has a result of its own" in shown
    assert "Low, Mixed or High for each" not in shown


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"a": "4", "b": "none", "c": None}, {"a": 4}),
        ({"a": "9", "b": "x", "c": "²"}, {"a": 9, "b": "x", "c": "²"}),
    ],
)
def test_choices_become_points_and_what_is_none_is_left_to_be_refused(
    choices: dict[str, str | None], expected: dict[str, object]
) -> None:
    assert views.answers_from(choices) == expected


def test_what_members_and_coordinators_are_told(golden: Golden) -> None:
    now = published({A: Band.HIGH, B: Band.LOW}, lost=(C,))
    golden("pulse_invitation", views.invitation(ROUND, "The year"))
    golden("pulse_reminder", views.invitation(ROUND, "The year", again=True))
    golden("pulse_digest", message(digest(now)))
    golden("pulse_result", results.result_message(digest(now), A))
    golden("pulse_result_none", results.result_message(digest(now), C))
    golden("pulse_void", views.void_message("The year", Ending.KEYS_LOST))
    golden("pulse_held", views.held_message(ROUND.id, "The year"))
    golden("pulse_action", views.action_message(Action(ROUND.id, "Rounds end at 5.", OPENS), "A"))
    golden("pulse_form", views.form(ASKING))
    golden("pulse_thanks", views.thanks(ROUND))
    golden("pulse_who_sees_this", readers.who_sees_this_view(ROUND, ASKING))
    golden("pulse_tell_form", views.tell_form(ROUND.id))


def test_a_whole_result(golden: Golden) -> None:
    now = digest(published({A: Band.HIGH, B: Band.LOW}, lost=(C,)))

    golden("pulse_whole_result", views.whole_form(now, ["speak: High", "mistakes: Low"], left=2))
