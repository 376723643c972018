"""Proposals, introductions and notices: letter by letter, within the limits of Slack."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.delivery.model import Arrival
from bot.kernel.ids import GroupId, MemberId, SlackUserId
from bot.matching.model import (
    WISHES_TO_MOVE,
    Bar,
    Composition,
    Conflict,
    Match,
    Proposal,
    ProposalState,
    ProposalVersion,
    Totals,
    Unseated,
    Waiting,
)
from bot.people.model import Member, MemberState
from bot.programme.model import ProgrammeState
from handlers.blocks import home
from handlers.groups import mentor_views, preview_views
from handlers.groups import views as member_views
from handlers.groups.approval_views import BeforeApproval, before_approval
from handlers.groups.views import GroupShown
from handlers.matching import proposal_views as proposals
from handlers.matching import views
from handlers.matching.proposal_views import Position, Shown
from handlers.matching.views import ApprovedGroups
from tests.support.cast import ALICE, BOB, CAROL, GROUP, HERE, PROGRAMME
from tests.support.golden import Golden
from tests.support.limits import problems_of

AT = datetime(2026, 9, 2, 8, 0, tzinfo=UTC)
EVIL = "Eve <!channel> & <@U0CAROL>"
DRAFT = replace(PROGRAMME, state=ProgrammeState.DRAFT)
NAMES = {ALICE.id: "Alice", BOB.id: "Bob", "member_eve": EVIL, "member_dan": "Dan"}
FOUND = Proposal(
    matches=(
        Match(mentee=BOB.id, mentors=(ALICE.id,), score=61.5, reason="The mentee's first choice"),
        Match(
            mentee="member_eve",
            mentors=(ALICE.id,),
            score=20,
            reason="Both speak <French> & German",
            locked=True,
        ),
    ),
    unseated=(
        Unseated(
            mentee="member_dan",
            reason="Alice is full, and the other seats could not be freed.",
            smallest_change="Capacity 3 instead of 2 for Alice, or one more mentor at North.",
        ),
    ),
    total=81.5,
    balance_penalty=0,
    upper_bound=91.75,
    gap=10.25,
    most_seats=2,
    worst=20,
    seed=7,
    advice=("One more seat is needed, for example Alice from 2 to 3.",),
    notes=(f"{EVIL} has not accepted the code of conduct.",),
)
KEPT = ProposalVersion(
    id="proposal_1",
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    version=2,
    state=ProposalState.OPEN,
    proposal=FOUND,
    made_by=CAROL.id,
    made_at=AT,
)
SHOWN = Shown(
    kept=KEPT,
    programme=DRAFT,
    names=NAMES,
    totals=(Totals(2, 2, 81.5, 10.25), Totals(1, 2, 91.75, 0)),
    forbidden=frozenset({(str(BOB.id), str(ALICE.id))}),
)
POSITION = Position(proposal_id=KEPT.id)
EVE = replace(BOB, id=MemberId("member_eve"), slack_user_id=SlackUserId("U0EVE"), name=EVIL)
ALICES = GroupShown(
    group=replace(GROUP, name="Group of Alice", slack_channel="C0GROUP"),
    programme=PROGRAMME,
    mentors=(ALICE,),
    mentees=(BOB, EVE),
)
UNSEATED_WAIT = Waiting(member_id=BOB.id, since=AT, reason="Alice is full.")
MOVING = Waiting(
    member_id=BOB.id, since=AT, reason=WISHES_TO_MOVE, keeps_group=GroupId("group_one")
)


def of_size(matches: int, unseated: int) -> Shown:
    reason = "Shared interest in <everything> & more; " * 10
    found = replace(
        FOUND,
        matches=tuple(
            Match(mentee=f"m{n}", mentors=(f"mentor{n // 8}",), score=n, reason=reason)
            for n in range(matches)
        ),
        unseated=tuple(
            Unseated(mentee=f"u{n}", reason=reason, smallest_change=reason) for n in range(unseated)
        ),
        notes=tuple(f"Note {n}: {EVIL}" for n in range(50)),
    )
    return replace(SHOWN, kept=replace(KEPT, proposal=found))


def test_a_proposal_with_a_lock_a_forbid_and_somebody_left_over(golden: Golden) -> None:
    golden("pairing_review", proposals.review(SHOWN, POSITION))


@pytest.mark.parametrize(
    ("exceptions", "fewest", "few", "value", "said"),
    [
        (
            0,
            0,
            0,
            90.0,
            "no exceptions to the programme's wishes.",
        ),
        (1, 1, 0, 90.0, "1 exception to the programme's wishes (fewer are not possible)."),
        (3, 1, 0, 81.5, "3 exceptions to the programme's wishes (1 may be possible); 81.5 points"),
        (0, 0, 2, 90.0, "2 exceptions to the programme's wishes, as mentors have fewer seats than"),
        (1, 1, 2, 90.0, "3 exceptions to the programme's wishes, 2 of them as mentors have"),
        (0, 0, 0, 81.5, "at most 90.0 are possible."),
    ],
)
def test_a_proposal_says_how_far_its_groups_are_from_the_best(
    exceptions: int, fewest: int, few: int, value: float, said: str
) -> None:
    groups = Composition(
        exceptions=exceptions,
        fewest_exceptions=fewest,
        few_seats=few,
        value=value,
        upper_bound=90.0,
    )

    found = replace(FOUND, composition=groups)
    review = proposals.review(replace(SHOWN, kept=replace(KEPT, proposal=found)), POSITION)
    is_proven = value == groups.upper_bound and exceptions <= fewest

    assert said in str(review["blocks"])
    assert ("that is proven" in proposals.summary(found)) is is_proven


def test_versions_are_compared_by_their_exceptions_too() -> None:
    totals = (Totals(2, 2, 81.5, 10.25, 3), Totals(1, 2, 91.75, 0, 1))

    assert "2 seated, 91.8 points, 1 exception in the groups. Version 2" in str(
        proposals.review(replace(SHOWN, totals=totals), POSITION)
    )


def test_choosing_whom_to_swap_with(golden: Golden) -> None:
    golden("pairing_swap", proposals.review(SHOWN, replace(POSITION, swapping=BOB.id)))


def test_an_approved_proposal_with_its_way_back(golden: Golden) -> None:
    approved = replace(SHOWN, kept=replace(KEPT, state=ProposalState.APPROVED))
    golden("pairing_approved", proposals.approved(approved, undo_until=AT))


def test_home_for_a_coordinator_at_each_step(golden: Golden) -> None:
    approved = replace(SHOWN, kept=replace(KEPT, state=ProposalState.APPROVED))
    running = replace(approved, programme=PROGRAMME)
    golden("pairing_home_none", home(views.coordinator_home(None, DRAFT)))
    golden("pairing_home_open", home(views.coordinator_home(SHOWN, DRAFT)))
    golden(
        "pairing_home_approved",
        home(views.coordinator_home(approved, DRAFT, ApprovedGroups(undo_until=AT))),
    )
    golden(
        "pairing_home_waiting",
        home(
            views.coordinator_home(
                running, PROGRAMME, ApprovedGroups(waiting=(UNSEATED_WAIT, MOVING), waiting_count=2)
            )
        ),
    )


def test_home_tells_a_coordinator_which_groups_have_not_met(golden: Golden) -> None:
    running = replace(SHOWN, kept=replace(KEPT, state=ProposalState.APPROVED), programme=PROGRAMME)
    met, silent = (
        views.GroupSummary(group=replace(GROUP, name=name), mentees=3, last_met=on)
        for name, on in (("Group of Alice", date(2026, 9, 14)), (EVIL, None))
    )

    golden(
        "pairing_home_running",
        home(
            views.coordinator_home(
                running, PROGRAMME, ApprovedGroups(groups=[met, silent], group_count=2)
            )
        ),
    )


def test_home_stays_calm_with_714_groups_and_41_who_wait(golden: Golden) -> None:
    running = replace(SHOWN, kept=replace(KEPT, state=ProposalState.APPROVED), programme=PROGRAMME)
    many = ApprovedGroups(group_count=714, waiting_count=41, lacks_mentor=True)

    golden("pairing_home_large", home(views.coordinator_home(running, PROGRAMME, many)))
    shown = str(views.coordinator_home(of_size(900, 20), DRAFT))
    assert "no mentor yet" not in shown
    assert "Propose again" in shown


def test_a_menu_of_714_groups_is_looked_through(golden: Golden) -> None:
    groups = [
        (replace(GROUP, id=GroupId(f"group_{at}"), name=f"Ward {at}"), 7) for at in range(714)
    ]

    golden("pairing_mentor_form_large", mentor_views.form(PROGRAMME.id, groups))


def test_home_for_members(golden: Golden) -> None:
    golden("pairing_home_before", home(member_views.before_groups()))
    seated = member_views.mentee_home(ALICES, None, with_profiles=True)
    golden("pairing_home_mentee", home(seated))
    golden("pairing_settings", home([*member_views.settings("p1"), *member_views.settings(None)]))
    declined = member_views.mentee_home(ALICES, None, keeps_apart=True)
    golden("pairing_home_declined", home(declined))
    golden("pairing_home_moving", home(member_views.mentee_home(ALICES, MOVING)))
    golden("pairing_home_unseated", home(member_views.mentee_home(None, UNSEATED_WAIT)))
    to_accept = member_views.mentee_home(None, UNSEATED_WAIT, has_accepted=False)
    golden("pairing_home_seat_waits", home([*to_accept, *member_views.no_seat_yet()]))
    golden("pairing_home_mentor", home(member_views.mentor_home([ALICES])))
    accepted = replace(ALICE, conduct_accepted_at=AT)
    golden("pairing_home_no_group", home(mentor_views.mentor_without_group(accepted)))
    golden("pairing_home_not_accepted", home(mentor_views.mentor_without_group(ALICE)))
    takes_none = mentor_views.mentor_without_group(replace(ALICE, capacity=0))
    golden("pairing_home_takes_none", home(takes_none))


def test_home_tells_a_coordinator_of_groups_that_nobody_is_in(golden: Golden) -> None:
    running = replace(SHOWN, kept=replace(KEPT, state=ProposalState.APPROVED), programme=PROGRAMME)
    empty = [replace(GROUP, name=f"Group of {number}") for number in range(12)]

    shown = views.coordinator_home(running, PROGRAMME, ApprovedGroups(empty=empty))

    golden("pairing_home_empty_groups", home(shown))


def test_what_groups_and_members_are_told(golden: Golden) -> None:
    told: dict[str, Any] = {"until": AT, "keeps_apart": False}
    golden("pairing_preview", preview_views.seat_preview(ALICES, ALICES.mentees[0], **told))
    kept = told | {"keeps_apart": True}
    golden("pairing_preview_kept", preview_views.seat_preview(ALICES, ALICE, **kept))
    golden("pairing_introduction", member_views.introduction(ALICES))
    golden(
        "pairing_introduction_with_profiles",
        member_views.introduction(ALICES, with_profiles=True, with_meetings=True),
    )
    golden("pairing_unmatched", member_views.unmatched(PROGRAMME))
    golden("pairing_seat_waits", member_views.seat_waits(PROGRAMME))
    golden("pairing_seat_found", preview_views.seat_found(ALICES, **told))
    golden("pairing_joined", member_views.joined(EVE, ALICES))
    golden("pairing_moved", member_views.moved(EVE))
    golden("pairing_mentor_missing", member_views.mentor_missing(replace(ALICES, mentors=[])))
    golden("pairing_mentor_found", preview_views.mentor_found(ALICES, **told))
    golden("pairing_conflict", member_views.conflict(EVE, ALICE, pairing_id="pairing_1"))
    golden(
        "pairing_mentor_left",
        member_views.mentor_left(
            "Alice", seated=["Bob", "Dan"], waiting=[EVIL], programme_id=PROGRAMME.id
        ),
    )


def test_an_approval_is_shown_before_it_is_sent(golden: Golden) -> None:
    comes = Arrival(at_once=40, later=6, last_at=AT)
    found = BeforeApproval(
        first=ALICES, groups=6, without=2, to_accept=1, comes=comes, told_at=AT, introduced_at=AT
    )
    shown = before_approval(found, metadata="[]")
    golden("pairing_before_approval", shown)
    assert "rematch" not in str(shown)


def test_the_forms_say_who_sees_them(golden: Golden) -> None:
    golden("pairing_rematch", member_views.rematch_form(PROGRAMME.id))
    golden("pairing_decline", member_views.rematch_form(PROGRAMME.id, is_private=True))
    golden("pairing_move_form", member_views.move_form(PROGRAMME.id, [(GROUP, 3)]))
    golden("pairing_mentor_form", mentor_views.form(PROGRAMME.id, [(GROUP, 3)]))
    golden("pairing_wishes", views.wishes_form(["U0ALICE"]))
    names: dict[str, str] = {ALICE.id: "Alice", BOB.id: EVIL}
    ends = date(2026, 10, 3)
    clash = Conflict(senior_id=ALICE.id, junior_id=BOB.id, bar=Bar.EVALUATES, ends=ends)
    never = (PROGRAMME.id, BOB.id, ALICE.id)
    found = views.OnRecord(
        conflicts=[clash], forbidden=[never], names=names, programmes={PROGRAMME.id: "Autumn"}
    )
    golden("pairing_conflict_form", views.conflict_form(views.OnRecord()))
    golden("pairing_conflict_form_on_record", views.conflict_form(found))


@pytest.mark.parametrize(("matches", "unseated"), [(0, 0), (1, 0), (40, 0), (41, 1), (5000, 900)])
def test_every_page_of_any_proposal_keeps_slacks_limits(matches: int, unseated: int) -> None:
    shown = of_size(matches, unseated)
    last = max(1, -(-(matches + unseated) // proposals.ROWS_A_PAGE)) - 1

    for page in {0, last // 2, last, last + 9, -1}:
        view = proposals.review(shown, replace(POSITION, page=page))
        assert problems_of(view) == []
        assert Position.from_text(view["private_metadata"]).page in range(last + 1)
    assert problems_of(home(views.coordinator_home(shown, DRAFT))) == []


def test_nothing_that_a_member_wrote_calls_a_channel() -> None:
    everything = [
        proposals.review(SHOWN, POSITION),
        *views.coordinator_home(SHOWN, DRAFT),
        member_views.introduction(ALICES),
        member_views.joined(EVE, ALICES),
        member_views.moved(EVE),
        member_views.mentor_left(EVIL, seated=[EVIL], waiting=[EVIL], programme_id="p"),
        member_views.conflict(EVE, EVE, pairing_id="p"),
    ]

    for one in everything:
        spoken = mrkdwn_of(one)
        assert "<!channel>" not in spoken
        assert "<@U0CAROL>" not in spoken


def mrkdwn_of(shown: object) -> str:
    """All text that Slack reads as markup."""
    if isinstance(shown, dict):
        if shown.get("type") == "plain_text":
            return ""
        return " ".join(map(mrkdwn_of, shown.values()))
    if isinstance(shown, list | tuple):
        return " ".join(map(mrkdwn_of, shown))
    if hasattr(shown, "blocks"):
        return f"{shown.text} {mrkdwn_of(shown.blocks)}"  # type: ignore[attr-defined]
    return str(shown)


@pytest.mark.parametrize("text", ["", "null", "[]", '["p", "0", ""]', "{}", "old"])
def test_a_position_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Position.from_text(text)


def test_the_moved_message_says_neither_who_wished_it_nor_why() -> None:
    text = member_views.moved(BOB).text

    for word in ("asked", "wish", "request", "because", "fault", "reason"):
        assert word not in text


def test_home_says_what_keeps_somebody_waiting_now() -> None:
    def limit(member: Member, mentees: int) -> str:
        most = PROGRAMME.template.mentees_per_group_max
        groups = [views.GroupSummary(group=GROUP, mentees=most - mentees)]
        return views.waiting_limit(member, groups, PROGRAMME, now=AT)

    bob = replace(BOB, conduct_accepted_at=AT)
    away = replace(bob, state=MemberState.PAUSED, paused_until=datetime(2026, 9, 20, 8, tzinfo=UTC))

    most = PROGRAMME.template.mentees_per_group_max
    assert limit(bob, 0) == f"All groups are full: {most} of {most} by the template."
    assert limit(bob, 1) == ""
    assert "code of conduct" in limit(replace(bob, conduct_accepted_at=None), 0)
    assert limit(away, 0) == "On a break until 20 September."
    waiting = ApprovedGroups(
        waiting=[UNSEATED_WAIT], waiting_count=1, limits={BOB.id: limit(away, 0)}
    )
    shown = replace(SHOWN, kept=replace(KEPT, state=ProposalState.APPROVED))
    assert "On a break until" in str(views.coordinator_home(shown, PROGRAMME, waiting))
    assert "people.invite" not in str(views.coordinator_home(shown, PROGRAMME, waiting))
    asked = replace(waiting, limits={BOB.id: limit(replace(bob, conduct_accepted_at=None), 0)})
    assert "people.invite" in str(views.coordinator_home(shown, PROGRAMME, asked))


def test_news_of_a_start_that_is_held_back(golden: Golden) -> None:
    golden("pairing_start_held", member_views.start_held(PROGRAMME))
