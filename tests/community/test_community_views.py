"""What a group's charter and the offer of the peer-mentor role look like."""

from dataclasses import replace

from bot.community.model import (
    Charter,
    CharterLine,
    CharterTopic,
    OfferAnswer,
    PeerTraining,
    Stance,
)
from bot.community.rules import MOST_LINES
from bot.kernel.ids import MemberId
from bot.kinds import ToDoKind
from bot.people.model import Role
from bot.todos import ToDo, Weight
from handlers import blocks as ui
from handlers.community import training_views, views
from tests.community.test_community_rules import NOW
from tests.support.cast import ALICE, BOB, CAROL, GROUP, HERE
from tests.support.golden import Golden
from tests.support.limits import problems_of

EMPTY = Charter(
    workspace_id=HERE,
    group_id=GROUP.id,
    group_name="Group of <Alice>",
    members=frozenset({ALICE.id, BOB.id}),
    is_running=True,
)
WRITTEN = replace(EMPTY, version=2, changed_at=NOW, line_count=2, stances={BOB.id: Stance.WITH_IT})
LINE = CharterLine(
    id="line_one",
    workspace_id=HERE,
    group_id=GROUP.id,
    topic=CharterTopic.SPEAKING,
    author_id=BOB.id,
    written_at=NOW,
    text="We let <!channel> & each other finish.",
)
OTHER = replace(LINE, id="line_two", author_id=ALICE.id, topic=CharterTopic.GOODBYE, text=None)
TRAINED = PeerTraining(
    workspace_id=HERE, member_id=BOB.id, trained_at=NOW, answer=None, answered_at=None
)


def test_every_question_has_an_example() -> None:
    assert set(views.QUESTIONS) == set(views.EXAMPLES) == set(CharterTopic)
    assert set(training_views.ANSWERED) == set(OfferAnswer)


def test_a_charter_as_its_members_read_it(golden: Golden) -> None:
    golden("charter_empty", views.charter_view(EMPTY, [], reader=BOB.id))
    golden("charter", views.charter_view(WRITTEN, [LINE, OTHER], reader=BOB.id))
    for_alice = views.charter_view(WRITTEN, [LINE, OTHER], reader=ALICE.id)
    golden("charter_for_another", for_alice)
    closed = replace(WRITTEN, is_running=False)
    golden("charter_closed", views.charter_view(closed, [LINE], reader=BOB.id))


def test_the_forms_for_lines(golden: Golden) -> None:
    golden("lines_form", views.lines_form(GROUP.id))
    golden("line_form", views.line_form(LINE))


def test_the_longest_charter_fits() -> None:
    line = replace(LINE, text="&" * 300)
    many = [replace(line, id=f"line_{number}") for number in range(MOST_LINES)]
    stranger = MemberId("member_gone")

    view = views.charter_view(replace(WRITTEN, line_count=30), many, reader=stranger)

    assert problems_of(view) == []


def test_home_and_to_dos_of_the_community(golden: Golden) -> None:
    two = replace(EMPTY, group_name="Group 2")
    todo = ToDo(
        kind=ToDoKind.READ_CHARTER, weight=Weight.IS_DUE, since=NOW, about=GROUP.id, what="Group 2"
    )
    says = (views.write_charter, views.read_charter, training_views.answer_offer)
    lines = [say(todo) for say in says]

    golden(
        "home",
        ui.home(
            [
                *views.home([WRITTEN]),
                *views.home([EMPTY, two]),
                *training_views.coordinator_home([TRAINED]),
                *training_views.offer_section(),
                *(ui.section(line.sentence, accessory=line.button) for line in lines),
            ]
        ),
    )


def test_the_training_and_the_offer(golden: Golden) -> None:
    yes, no = (
        replace(TRAINED, answer=one, answered_at=NOW) for one in (OfferAnswer.YES, OfferAnswer.NO)
    )
    mentors = replace(BOB, roles=frozenset({Role.MENTOR}))
    finished = replace(TRAINED, is_finished=True)
    trained = [(TRAINED, BOB), (finished, BOB), (yes, BOB), (no, BOB), (finished, mentors)]

    golden("training_form", training_views.training_form(trained))
    one_of_many = str(training_views.training_form(trained[:1], of=50))
    assert "Find one of them" in one_of_many
    assert "And 49 people more" in one_of_many
    golden("training_saved", training_views.training_saved([BOB], [CAROL]))
    golden("offer", training_views.offer_view())
    golden("offered", training_views.offered(BOB))
