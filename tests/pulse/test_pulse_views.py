"""What people read of the pulse: the same for all, in words, without a count."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest

from bot.pulse.model import (
    SMALL_GROUPS,
    WHOLE_PROGRAMME,
    Action,
    Band,
    CellFate,
    CellId,
    CellLevel,
    Fate,
    Published,
    Release,
    Results,
    RoundId,
    RoundState,
)
from handlers.pulse import form_views as views
from handlers.pulse import result_views as results
from handlers.pulse import trend_views as trend
from tests.pulse.papers import INSTRUMENT
from tests.pulse.published_pulse import (
    ASKING,
    OPENS,
    ROUND,
    A,
    B,
    C,
    block,
    digest,
    message,
    published,
    texts,
)


def test_what_was_said_is_shown_as_a_quotation_and_calls_nobody() -> None:
    action = Action(RoundId("round_1"), "We met <!channel> & talked", OPENS)

    shown = views.action_message(action, "The year")

    assert "&lt;!channel&gt; &amp; talked" in shown.text
    assert "<!channel>" not in texts(shown.blocks)


def test_the_digest_has_a_table_and_says_the_same_in_its_text() -> None:
    shown = message(digest(published({A: Band.HIGH, B: Band.LOW, SMALL_GROUPS: Band.MIXED})))
    rows = [[cell["text"] for cell in row] for row in block(shown, "table")["rows"]]

    assert rows[0] == ["Statement", "Anchor", "Harbour", "Smaller groups together"]
    assert [row[1] for row in rows[1:]] == ["●○○ Low"] * 3
    for line in ("Anchor (5 or more responses): speak: Low", "Harbour (5 or more", "Smaller"):
        assert line in shown.text


def test_the_programme_is_told_in_counts_of_bands() -> None:
    shown = message(digest(published({A: Band.HIGH, B: Band.HIGH, C: Band.LOW})))

    assert "speak: High in 2, Low in 1 of 3 results." in shown.text


def test_a_single_result_is_told_once() -> None:
    shown = message(digest(published({A: Band.HIGH})))

    assert "results" not in shown.text
    assert shown.text.count("speak:") == 1
    home = views.coordinator_home(open_round=None, digest=digest(published({A: Band.HIGH})))
    assert "*Harbour* (5 or more responses)\\n• speak: High\\n• mistakes: High" in texts(home)
    assert "Low, Mixed and High say" in texts(home)


def test_home_shows_a_few_lines_and_a_button_to_all_of_them() -> None:
    found = digest(published({A: Band.HIGH, B: Band.LOW}))
    home = views.coordinator_home(open_round=None, digest=found)

    shown = next(one for one in home if "Across the programme" in texts(one))
    assert len(dict(shown)["text"]["text"].splitlines()) == 1 + views.HOME_LINES
    assert "pulse.read" in texts(home)
    whole = texts(views.whole_form(found, results.whole_list(found), left=2))
    for line in ("*Anchor*", "*Harbour*", "• speak: Low", "2 more groups stand in the digest"):
        assert line in whole


@pytest.mark.parametrize("lost", [(), (A,)])
def test_there_is_no_legend_without_a_result(lost: tuple[CellId, ...]) -> None:
    found = digest(published({}, lost=lost))

    for shown in (message(found).text, results.result_message(found, A).text):
        assert results.LEGEND not in shown
    assert results.LEGEND not in texts(views.told_blocks(found, A, None, was_asked=False))


def asked(items: dict[str, Band], *, on: date) -> Published:
    """A release of one group in which only `items` were asked."""
    every = (*INSTRUMENT.items, *(replace(INSTRUMENT.items[0], id=one, label=one) for one in items))
    kept = {item.id: item for item in reversed(every)}
    told = published({A: Band.HIGH}, on=on)
    instrument = replace(INSTRUMENT, items=tuple(kept.values()))
    round_ = replace(told.round, items=tuple(items), instrument=instrument)
    releases = tuple(Release(A, item, band) for item, band in items.items())
    return replace(told, round=round_, results=replace(told.results, releases=releases))


def test_home_shows_what_all_groups_said_where_none_of_them_is_read() -> None:
    found = published({A: Band.HIGH, B: Band.LOW})
    counts = {item: found.count_of(item) for item in found.round.items}
    nobodys = replace(found.results, fates=(), releases=())
    in_short = replace(found, results=nobodys, counts=counts)

    home = views.coordinator_home(open_round=None, digest=digest(in_short))

    assert "Across the programme" in texts(home)
    assert "no result to show" not in texts(home)


def test_the_trend_has_every_statement_with_two_results_and_says_what_changed() -> None:
    history = [
        asked({"a": Band.LOW, "b": Band.HIGH, "once": Band.LOW}, on=date(2026, 8, 1)),
        asked({"a": Band.HIGH, "c": Band.LOW}, on=date(2026, 9, 1)),
        asked({"a": Band.HIGH, "b": Band.LOW, "c": Band.HIGH}, on=date(2026, 10, 1)),
    ]

    shown = trend.trend_message("The year", history)

    assert shown is not None
    rows = [[cell["text"] for cell in row] for row in block(shown, "table")["rows"]]
    assert [row[0] for row in rows] == ["Statement", "1 a", "2 b", "3 c"]
    assert rows[2][1:] == ["100 %", "no result", "0 %"]
    said = "Since the result before: higher: 3 c; lower: 2 b; as before: 1 statement."
    assert said in shown.text
    assert "The chart draws 1 a; the table has all shown." in shown.text
    assert "once" not in shown.text


def test_a_trend_of_too_many_statements_shows_those_that_changed_and_says_so() -> None:
    names = [f"s{number}" for number in range(trend.MOST_STATEMENTS + 2)]
    first = asked(dict.fromkeys(names, Band.LOW), on=date(2026, 8, 1))
    second = asked(dict.fromkeys(names, Band.LOW) | {"s4": Band.HIGH}, on=date(2026, 9, 1))

    shown = trend.trend_message("The year", [first, second])

    assert shown is not None
    assert len(block(shown, "table")["rows"]) == 2
    assert "Shown are 1 statement that changed; 31 statements are left out." in shown.text


def test_home_explains_no_bands_after_a_pulse_without_a_result() -> None:
    home = views.coordinator_home(open_round=None, digest=digest(published({}, lost=(A,))))

    assert "had no result to show" in texts(home)
    assert "Low, Mixed and High say" not in texts(home)


@pytest.mark.parametrize(
    ("bands", "lost", "said"),
    [
        ({A: Band.HIGH}, (), "closed: 1 group has a result."),
        ({A: Band.HIGH, B: Band.LOW}, (C,), "closed: 2 groups have a result and 1 group has none."),
        ({}, (A,), "closed without a result."),
    ],
)
def test_the_digests_text_begins_with_what_a_coordinator_needs(
    bands: dict[CellId, Band], lost: tuple[CellId, ...], said: str
) -> None:
    shown = message(digest(published(bands, lost=lost)))

    first = shown.text.splitlines()[0]
    assert said in first
    waits = "The next one opens when you have said what was done" in first
    assert waits == bool(bands)


def test_small_groups_are_told_to_have_a_result_together() -> None:
    now = published({A: Band.HIGH})
    fates = (
        *now.results.fates,
        CellFate(B, Fate.POOLED),
        CellFate(C, Fate.POOLED),
        CellFate(SMALL_GROUPS, Fate.RELEASED, (B, C)),
    )
    found = digest(replace(now, results=replace(now.results, fates=fates)))

    assert results.in_short(found).endswith(
        "closed: 1 group has a result and the smaller groups have one together."
    )


def whole(band: Band, *, on: date = date(2026, 9, 14)) -> Published:
    told = published({WHOLE_PROGRAMME: band}, on=on)
    return replace(told, round=replace(told.round, cell_level=CellLevel.PROGRAMME))


def test_a_programme_as_a_whole_reads_a_share_and_no_group() -> None:
    found = digest(whole(Band.SHARE_7), whole(Band.SHARE_6, on=date(2026, 8, 1)))

    shown = message(found)

    line = "Everybody (5 or more responses): speak: 70–80 % (band up)"
    assert line in shown.text
    assert line in results.result_message(found, A).text
    assert results.SHARES_LEGEND in shown.text
    assert results.LEGEND not in shown.text
    assert "Harbour" not in texts(shown.blocks)


def test_the_trend_of_a_programme_as_a_whole_draws_the_lower_end_of_its_shares() -> None:
    history = [whole(Band.SHARE_4, on=date(2026, 8, 1)), whole(Band.SHARE_7)]

    shown = trend.trend_message("The year", history)

    assert shown is not None
    chart = block(shown, "data_visualization")["chart"]
    assert [point["value"] for point in chart["series"][0]["data"]] == [40, 70]


@pytest.mark.parametrize(
    ("before", "word", "mark"),
    [(Band.LOW, "band up", "↑"), (Band.HIGH, "same", "→"), (None, None, None)],
)
def test_a_change_is_told_as_band_up_same_or_down(
    before: Band | None, word: str | None, mark: str | None
) -> None:
    earlier = published({A: before}, on=date(2026, 8, 1)) if before else None

    shown = message(digest(published({A: Band.HIGH}), earlier))

    assert ("(" + word + ")" in shown.text) if word else ("(band" not in shown.text)
    cell = block(shown, "table")["rows"][1][1]["text"]
    assert cell == f"●●● High {mark}" if mark else cell == "●●● High"


def test_a_withheld_group_reads_the_same_whatever_the_reason() -> None:
    lines = [
        results.cell_line(digest(published({})), CellFate(A, fate))
        for fate in (Fate.CHANGED, Fate.POOLED, Fate.TOO_FEW)
    ]

    assert len(set(lines)) == 1
    assert results.WHY_WITHHELD in message(digest(published({}, lost=(A,)))).text


def test_no_digest_tells_how_many_people_answered() -> None:
    shown = message(digest(published({A: Band.HIGH, B: Band.NOT_ENOUGH}, lost=(C,))))

    numbers = set(re.findall(r"\d+", shown.text)) - {"14", "2026", "5"}

    assert numbers == {"1", "2"}  # groups with and without a result


def test_groups_stand_by_name_and_never_by_result() -> None:
    orders = []
    for bands in ((Band.HIGH, Band.LOW), (Band.LOW, Band.HIGH)):
        shown = message(digest(published({A: bands[0], B: bands[1]})))
        orders.append([row[0]["text"] for row in block(shown, "table")["rows"]])

    assert orders[0] == orders[1]


def test_members_read_their_own_line_in_the_words_of_the_coordinator() -> None:
    found = digest(published({A: Band.HIGH, B: Band.LOW}))

    shown = results.result_message(found, A).text

    line = results.cell_line(found, CellFate(A, Fate.RELEASED))
    assert line in shown
    assert line in message(found).text
    assert "Anchor" not in shown


def test_a_trend_is_drawn_from_two_releases_on() -> None:
    first = published({A: Band.LOW, B: Band.HIGH}, on=date(2026, 8, 1))
    second = published({A: Band.HIGH, B: Band.HIGH})

    assert trend.trend_message("The year", [first]) is None
    shown = trend.trend_message("The year", [first, second])

    assert shown is not None
    chart = block(shown, "data_visualization")["chart"]
    assert chart["axis_config"]["categories"] == ["1 Aug 2026", "14 Sep 2026"]
    assert [point["value"] for point in chart["series"][0]["data"]] == [50, 100]
    assert len(chart["series"]) == 3
    assert "1 speak: 1 Aug 2026 50 %, 14 Sep 2026 100 %." in shown.text
    assert block(shown, "table")["rows"][1][1]["text"] == "50 %"


def test_a_release_without_results_is_left_out_of_the_trend() -> None:
    told = [published({A: Band.LOW}, on=date(2026, 8, day)) for day in (1, 2)]
    empty = published({}, lost=(A,), on=date(2026, 8, 3))

    shown = trend.trend_message("The year", [*told, empty])

    assert shown is not None
    assert "3 Aug" not in shown.text


def test_thanks_and_reminders_are_the_same_for_everybody() -> None:
    assert "It is in the box" in texts(views.thanks(ROUND))
    assert (
        "Ignore this if you have answered" in views.invitation(ROUND, "The year", again=True).text
    )


def test_home_shows_the_button_and_never_a_count() -> None:
    home = views.mentee_home([ROUND], [])
    coordinator = views.coordinator_home(open_round=ROUND, digest=None)

    assert "pulse.open" in texts(home)
    assert "neither who nor how many" in texts(coordinator)
    assert views.mentee_home([], []) == []


def test_every_message_fits_slacks_limits_with_forty_groups_and_fifteen_items() -> None:
    items = tuple(
        replace(INSTRUMENT.items[0], id=f"i{n}", label=f"{n} {'x' * 36}") for n in range(15)
    )
    round_ = replace(
        ROUND,
        state=RoundState.RELEASED,
        instrument=replace(INSTRUMENT, items=items),
        items=tuple(item.id for item in items),
    )
    cells = [CellId(f"g{n}") for n in range(40)]
    found = Results(
        tuple(CellFate(cell, Fate.RELEASED) for cell in cells),
        tuple(Release(cell, item.id, Band.HIGH) for cell in cells for item in items),
    )
    now = Published(round=round_, released_on=date(2026, 9, 14), results=found)
    names = dict.fromkeys(cells, "n" * 75)

    shown = message(results.Digest(programme="The year", now=now, names=names))

    assert len(shown.text) <= 40_000
    assert len(shown.blocks) <= 50
    assert len(block(shown, "table")["rows"]) == 41
    assert all(
        len(dict(one)["text"]["text"]) <= 3000 for one in shown.blocks if one["type"] == "section"
    )
    form = views.form(replace(ASKING, round=replace(round_, state=RoundState.OPEN)))
    assert len(form["blocks"]) <= 100
    assert len(json.dumps(form)) < 250_000
