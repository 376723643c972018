"""The forms, the pages and the notes of care."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.care.model import Block, Concern, ConcernId, Concerns, Reach, Route
from bot.kernel.ids import SlackUserId
from bot.kinds import ToDoKind
from bot.todos import ToDo, Weight
from handlers.blocks import home
from handlers.care import CAPABILITY, block_views, views
from tests.care.people_of_care import MONDAY, USUAL
from tests.support.cast import ALICE, BOB, CAROL, HERE, OKAFOR, PARK, PROGRAMME
from tests.support.golden import Golden
from tests.support.workspace import all_text

DAY = timedelta(days=1)
PEOPLE = {OKAFOR.id: OKAFOR, PARK.id: PARK}
WAYS = [USUAL, Route(OKAFOR.id, None), Route(PARK.id, None)]
REACH = Reach(routes=WAYS, people=PEOPLE, programme=PROGRAMME)
ASKED = Concern(
    id=ConcernId("concern_1"),
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    to_id=OKAFOR.id,
    deputy_id=PARK.id,
    asked_at=MONDAY,
    due_at=MONDAY + DAY,
    asked_last_at=MONDAY,
    by=BOB.slack_user_id,
    words="<!channel> I am afraid\nof the meetings",
)
LATE = replace(ASKED, deputy_asked_at=MONDAY + DAY)
SEEN = replace(LATE, seen_by=PARK.id, seen_at=MONDAY + DAY)
SOLVED = replace(SEEN, solved_at=MONDAY + DAY)
UNREADABLE = replace(ASKED, by=None, words="")


def test_the_form(golden: Golden) -> None:
    golden("care_form", views.form(REACH))
    alone = replace(REACH, routes=[Route(CAROL.id, None)], people={CAROL.id: CAROL})
    golden("care_form_coordinator", views.form(alone))
    away = replace(
        REACH,
        routes=[Route(CAROL.id, OKAFOR.id), *(Route(one, None) for one in (CAROL.id, OKAFOR.id))],
        people={**PEOPLE, CAROL.id: CAROL},
        away={OKAFOR.id, PARK.id},
        stand_ins=[CAROL.id],
    )
    golden("care_form_away", views.form(away))
    golden("care_form_nobody", views.nobody(replace(REACH, routes=[])))


def test_the_acknowledgement(golden: Golden) -> None:
    golden("care_asked", views.asked(ASKED, REACH))
    golden("care_asked_deputy", views.asked(LATE, replace(REACH, away={OKAFOR.id})))
    golden("care_asked_nobody", views.asked(LATE, replace(REACH, away={OKAFOR.id, PARK.id})))
    golden("care_asked_alone", views.asked(replace(ASKED, deputy_id=None), REACH))


def test_what_a_coordinator_reads_where_nobody_hears(golden: Golden) -> None:
    golden("care_nobody_hears", views.nobody_hears(PROGRAMME))


def test_an_author_reads_who_hears_it_instead() -> None:
    handed = replace(LATE, stand_ins=(CAROL.id,))
    found = Concerns(own=[handed], people={**PEOPLE, CAROL.id: CAROL})

    assert "are away, so Carol is asked in their place" in all_text(views.page(found, reader=None))


def test_the_page_of_who_was_asked(golden: Golden) -> None:
    asked = [ASKED, SEEN, SOLVED, UNREADABLE, replace(LATE, words="")]
    found = Concerns(asked=asked, people=PEOPLE)
    golden("care_page_contact", views.page(found, reader=PARK.id))
    golden("care_page_empty", views.page(Concerns(people={}), reader=None))


def test_the_page_of_the_author(golden: Golden) -> None:
    found = Concerns(own=[ASKED, LATE, SEEN, SOLVED], people=PEOPLE)
    golden("care_page_own", views.page(found, reader=BOB.id, note=views.HAVE_IT))


@pytest.mark.parametrize(
    ("concern", "away", "said"),
    [
        (ASKED, (), "Dr Okafor is asked. If there is no answer by"),
        (LATE, (), "Dr Okafor has not answered, so Owen Park was asked, too"),
        (LATE, (OKAFOR.id, PARK.id), "Neither Dr Okafor nor Owen Park can be told at the moment"),
        (replace(ASKED, deputy_id=None), (OKAFOR.id,), "Dr Okafor cannot be told now"),
        (SEEN, (), "Owen Park has seen this and gets in touch with you"),
        (replace(SEEN, seen_by=ALICE.id), (), "Somebody who was asked has seen this"),
        (SOLVED, (), "You said that it is solved"),
    ],
)
def test_how_it_stands_is_said_as_it_is(concern: Concern, away: tuple[str, ...], said: str) -> None:
    found = Concerns(own=[concern], people=PEOPLE, away=away)  # type: ignore[arg-type]

    assert said in views.state(concern, found)
    if concern is not SOLVED:
        assert said in all_text(views.foot(found))


def test_everybody_is_told_the_same(golden: Golden) -> None:
    golden("care_note", views.note())
    golden("care_earlier_wish", views.earlier_wish("U0BOB"))


def test_the_foot_of_home(golden: Golden) -> None:
    found = Concerns(own=[ASKED], people=PEOPLE)
    golden("care_foot", home(views.foot(found)))
    assert views.foot(Concerns(people={})) == []
    golden("care_foot_unreadable", home(views.unreadable()))


def test_the_form_of_blocks(golden: Golden) -> None:
    golden("block_form", block_views.block_form([ALICE], note=block_views.UNBLOCKED))
    golden("blocked", block_views.blocked(Block(ALICE, False, False)))
    golden("blocked_in_one_group", block_views.blocked(Block(ALICE, True, True)))
    golden("blocked_by_nobody", block_views.blocked(Block(ALICE, True, False)))


@pytest.mark.parametrize("kind", [ToDoKind.ANSWER_CONCERN, ToDoKind.NAME_CONTACT_PEOPLE])
def test_a_to_do_names_nobody_and_has_a_button(kind: ToDoKind) -> None:
    assert CAPABILITY.todos
    todo = ToDo(kind=kind, weight=Weight.PROTECTS_SOMEBODY, since=MONDAY, count=2, about="p")

    line = CAPABILITY.todos.say[kind](todo)

    assert line.button["action_id"] in {"care.page", "programme.contacts"}
    assert "<@" not in line.sentence


def test_a_to_do_says_since_when_somebody_waits_and_when_the_deputy_is_asked() -> None:
    todo = ToDo(
        kind=ToDoKind.ANSWER_CONCERN,
        weight=Weight.PROTECTS_SOMEBODY,
        since=MONDAY,
        what=(MONDAY + timedelta(days=1)).isoformat(),
    )

    said = views.answer_concern(todo).sentence

    assert "waited since <!date^" in said
    assert "Tuesday" in said.partition("that you have it.")[2]
    assert "deputy" not in views.answer_concern(replace(todo, what="")).sentence


def test_the_longest_page_fits_into_a_view() -> None:
    long = replace(ASKED, words="a\n" * 1_000, by=SlackUserId("U0BOB"))
    found = Concerns(asked=[long] * 30, own=[long] * 5, people=PEOPLE)

    view = views.page(found, reader=OKAFOR.id)

    assert "Only you can open this page" in all_text(view["blocks"][-1:])
