"""Who may do what, by role and state."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.kernel.errors import UserFacing
from bot.people import permissions
from bot.people.model import Member, MemberState, Role
from tests.support.cast import ALICE, BOB, CAROL

ROOT = Path(__file__).parents[2]
THERE = {MemberState.ACTIVE, MemberState.PAUSED}


def somebody(role: Role, state: MemberState) -> Member:
    return replace(BOB, roles=frozenset({role}), state=state)


@pytest.mark.parametrize("state", MemberState)
@pytest.mark.parametrize("role", Role)
def test_only_coordinators_who_have_not_left_coordinate(role: Role, state: MemberState) -> None:
    member = somebody(role, state)
    may = role is Role.COORDINATOR and state in THERE

    assert permissions.coordinates(member) is may
    assert permissions.may_read_comments(member, was_asked=False) is may
    assert permissions.may_read_comments(member, was_asked=True)
    if may:
        assert permissions.coordinator(member) == member
    else:
        with pytest.raises(UserFacing) as refused:
            permissions.coordinator(member)
        assert refused.value.sentence == permissions.ONLY_COORDINATORS


@pytest.mark.parametrize("state", MemberState)
@pytest.mark.parametrize("role", Role)
def test_whoever_is_known_may_change_what_is_their_own(role: Role, state: MemberState) -> None:
    assert permissions.known(somebody(role, state)).roles == {role}


def test_strangers_may_nothing_and_read_one_sentence() -> None:
    assert not permissions.coordinates(None)
    for check in (permissions.known, permissions.coordinator):
        with pytest.raises(UserFacing) as refused:
            check(None)
        assert refused.value.sentence in {permissions.STRANGER, permissions.ONLY_COORDINATORS}


@pytest.mark.parametrize("role", Role)
def test_only_a_mentor_of_the_group_answers_a_claim_and_never_ones_own(role: Role) -> None:
    by = replace(ALICE, roles=frozenset({role})).id

    assert permissions.may_answer_claim({by}, claimant=BOB.id, by=by)
    assert not permissions.may_answer_claim({by}, claimant=by, by=by)
    assert not permissions.may_answer_claim(set(), claimant=BOB.id, by=by)


@pytest.mark.parametrize(
    ("others", "may"),
    [
        ([], False),
        ([replace(ALICE, roles=frozenset({Role.COORDINATOR}))], True),
        ([replace(ALICE, roles=frozenset({Role.COORDINATOR}), state=MemberState.LEFT)], False),
    ],
)
def test_the_last_coordinator_stays(others: list[Member], may: bool) -> None:
    assert permissions.may_be_erased(CAROL, [CAROL, *others]) is may
    assert permissions.may_be_erased(BOB, [CAROL])


@pytest.mark.parametrize("role", Role)
def test_mentoring_is_set_up_by_who_comes_first(role: Role) -> None:
    first = replace(BOB, roles=frozenset({role}))

    assert permissions.may_set_up(None, [])
    assert permissions.may_set_up(first, [first])
    assert permissions.may_set_up(CAROL, [CAROL, first])
    assert permissions.may_set_up(first, [CAROL, first]) is (role is Role.COORDINATOR)


def test_nobody_else_decides_who_coordinates() -> None:
    by_hand = re.compile(
        r"(?:\.is_coordinator|Role\.COORDINATOR (?:not )?in \S+) (?:and|or)[^\n]*takes_part"
    )
    sentence = re.compile("Only (a )?coordinators? can|I do not know you")

    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for folder in ("bot", "handlers", "runtime")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "permissions.py"
        for pattern in (by_hand, sentence)
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]

    assert found == []
