from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bot.compass.model import Compass, CompassId, Movement, Occasion, Principle, Ring
from bot.compass.rules import MAX_NOTE_CHARS, MAX_PRINCIPLE_CHARS, MOST
from bot.todos import ToDo, Weight
from handlers.compass import views
from tests.support.cast import BOB, HERE, PROGRAMME
from tests.support.golden import Golden
from tests.support.limits import problems_of
from tests.support.workspace import all_text

AT = datetime(2026, 9, 9, 8, 30, tzinfo=UTC)
START = Compass(
    id=CompassId("compass_1"),
    workspace_id=HERE,
    member_id=BOB.id,
    programme_id=PROGRAMME.id,
    phase=Occasion.START,
    written_at=AT,
    principles=(
        Principle(number=1, text="I ask before I assume.", ring=Ring.INDIVIDUAL),
        Principle(number=2, text="Nobody is <!channel> & a case."),
        Principle(number=3, text="Rest is part of the work."),
    ),
)
MIDDLE = replace(
    START,
    id=CompassId("compass_2"),
    phase=Occasion.MIDDLE,
    written_at=AT + timedelta(weeks=19),
    principles=(
        replace(
            START.principles[0],
            movements=(Movement.STRONGER, Movement.PULLED),
            note="The round leaves no time.",
        ),
        replace(START.principles[1], text="Nobody is a bed number.", ring=Ring.SOCIETAL),
        Principle(number=4, text="I leave room for others."),
    ),
)
form = partial(views.form, metadata="{}", is_due=True, crisis_contact="Dial 1", tz="Europe/London")
page = partial(views.page, tz="Europe/London", may_write=True, may_look_again=True)


def test_the_form_opens_with_its_first_question(golden: Golden) -> None:
    empty = form(None, phase=Occasion.START)

    assert empty["blocks"][0]["block_id"] == "principle_1"
    golden("compass_form", empty)
    golden("compass_looked_at_again", form(START, phase=Occasion.MIDDLE))


def test_versions_stand_side_by_side(golden: Golden) -> None:
    golden("compass_side_by_side", page([START, MIDDLE], START, note="Saved."))
    golden("compass_page", page([START], START, may_write=False, may_look_again=False))


def test_a_version_whose_key_is_lost_says_so_and_the_others_are_read() -> None:
    lost = replace(START, principles=(), is_readable=False)

    shown = all_text(page([lost, MIDDLE], lost))
    assert "cannot be read any more" in shown
    assert "Nobody is a bed number." in shown
    assert "cannot be read any more" in all_text(
        page([START, replace(lost, id=CompassId("c"))], START)
    )


def test_everything_keeps_slacks_limits_however_much_is_written() -> None:
    for sign in ("&", "🦉", "ש"):
        most = tuple(
            Principle(
                number=number,
                text=sign * MAX_PRINCIPLE_CHARS,
                ring=Ring.INNATE,
                movements=tuple(Movement),
                note=sign * MAX_NOTE_CHARS,
            )
            for number in range(1, MOST + 1)
        )
        before = [
            replace(START, id=CompassId(f"c{n}"), principles=tuple(reversed(most[n % 2 :])))
            for n in range(150)
        ]
        newest = replace(MIDDLE, principles=most)
        shown: list[dict[str, Any]] = [
            form(newest, phase=Occasion.CLOSE),
            page([*before, newest], before[149]),
            page([newest], newest),
        ]
        assert [problem for view in shown for problem in problems_of(view)] == []
        assert len(str(shown[1]).encode()) < 250_000


def test_neither_home_nor_a_to_do_holds_a_word_of_it() -> None:
    assert "9 September" in all_text(views.home_line(AT, tz="Europe/London"))
    for phase, says in ((Occasion.MIDDLE, "Half of it is behind you"), (Occasion.CLOSE, "close")):
        todo = ToDo(kind="look", weight=Weight.IS_DUE, since=AT, about=phase)
        assert says in views.look_again(todo).sentence
