"""What a charter asks of whom, and when the peer-mentor role is offered."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.community import rules
from bot.community.model import Charter, OfferAnswer, PeerTraining, Stance
from bot.kernel.ids import MemberId
from bot.kinds import ToDoKind
from bot.people.model import Role
from tests.support.cast import ALICE, BOB, GROUP, HERE

NOW = datetime(2027, 7, 1, 12, 0, tzinfo=UTC)
PEOPLE = (ALICE.id, BOB.id, MemberId("member_dana"))

charters = st.builds(
    Charter,
    workspace_id=st.just(HERE),
    group_id=st.just(GROUP.id),
    group_name=st.just(GROUP.name),
    members=st.just(frozenset(PEOPLE)),
    is_running=st.booleans(),
    version=st.integers(0, 9),
    line_count=st.integers(0, 30),
    stances=st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(Stance)),
)
trainings = st.builds(
    PeerTraining,
    workspace_id=st.just(HERE),
    member_id=st.just(BOB.id),
    trained_at=st.just(NOW - timedelta(days=400)),
    answer=st.none() | st.sampled_from(OfferAnswer),
    answered_at=st.integers(0, 400).map(lambda days: NOW - timedelta(days=days)),
    is_finished=st.booleans(),
)
roles = st.frozensets(st.sampled_from(Role), min_size=1)


@given(charters, st.sampled_from(PEOPLE))
def test_whoever_has_said_something_to_a_version_is_not_asked_again(
    charter: Charter, member: MemberId
) -> None:
    asked = rules.asks(charter, member)

    assert (asked is None) == (member in charter.stances or not charter.is_running)
    if asked:
        assert (asked is ToDoKind.READ_CHARTER) == (charter.line_count > 0)
    assert charter.with_it <= len(charter.members)


@given(trainings, roles)
def test_the_role_is_offered_to_the_finished_and_trained_alone(
    training: PeerTraining, held: frozenset[Role]
) -> None:
    is_offered = rules.is_offered(training, held, now=NOW)

    if is_offered:
        assert training.is_finished
        assert not {Role.MENTOR, Role.PEER_MENTOR} & held
        assert training.answer not in (OfferAnswer.YES, OfferAnswer.NO)
    if training.answer is OfferAnswer.LATER and training.answered_at:
        assert not (is_offered and NOW - training.answered_at < rules.AGAIN_AFTER)


@given(trainings)
def test_a_refusal_holds_for_a_year_whatever_is_ticked(training: PeerTraining) -> None:
    assert training.answered_at is not None
    is_recent = NOW - training.answered_at < rules.FINAL_FOR
    is_refused = training.answer is OfferAnswer.NO and is_recent

    assert rules.may_be_ticked(training, now=NOW) == (not is_refused)


@given(st.text(max_size=400))
def test_a_line_is_one_line(text: str) -> None:
    if len(" ".join(text.split())) <= rules.MOST_CHARS:
        assert len(rules.one_line(text).splitlines()) <= 1
