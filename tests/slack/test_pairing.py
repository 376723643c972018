"""A coordinator decides on groups in Slack, and their members read what came of it."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.pairing import proposing, seated, store
from bot.people import store as people
from bot.people import use_cases as members
from bot.people.importing import import_roster
from bot.people.model import Role
from bot.programme import store as programmes
from bot.programme import use_cases
from bot.programme.model import Programme
from runtime.cast import Cast, made_up_cast
from tests.workspace import SlackWorkspace, all_text, slack_workspace

START = datetime(2026, 9, 9, 8, 0, tzinfo=UTC)
"""A Wednesday of the programme's first week."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A sandbox with people who have accepted the code, and a programme without groups."""

    slack: SlackWorkspace
    cast: Cast
    programme: Programme

    @property
    def carol(self) -> str:
        return self.cast.coordinator

    @property
    def workspace_id(self) -> WorkspaceId:
        return WorkspaceId(self.slack.cairn.workspace_id)

    async def propose(self) -> dict[str, Any]:
        """Press the first button; the modal that comes of it."""
        await self.slack.press(self.carol, "Propose groups")
        return await self.slack.view(self.carol)

    async def approve(self) -> dict[str, Any]:
        await self.propose()
        await self.slack.press(self.carol, "Approve", modal=True)
        return await self.slack.view(self.carol)

    async def row(self, mentee: str, verb: str) -> dict[str, Any]:
        """Choose `verb` from the menu of this mentee's row; the modal as it is then."""
        view = await self.slack.view(self.carol)
        name = self.name(mentee)
        block = next(b for b in view["blocks"] if all_text(b).startswith(f"*{name}*"))
        action = block["accessory"]
        values = [o["value"] for o in action.get("options", [])] or [action.get("value")]
        value = next(v for v in values if v.split(" ")[0] == verb or verb == "press")
        chosen = {"value": value} if action["type"] == "overflow" else {}
        await self.slack.click(self.carol, action["action_id"], view_id=view["id"], **chosen)
        return await self.slack.view(self.carol)

    def name(self, slack_user_id: str) -> str:
        return next(name for one, name, *_ in self.cast.people if one == slack_user_id)

    async def mentor_of(self, mentee: str) -> str:
        """The Slack id of this mentee's mentor in the database."""
        cairn = self.slack.cairn
        async with cairn.database.reading() as connection:
            everybody = await people.members(connection, self.workspace_id)
            slack_ids = {one.id: one.slack_user_id for one in everybody}
            found = await seated.pairings(connection, self.workspace_id, self.programme.id)
        return next(slack_ids[p.mentor_id] for p in found if slack_ids[p.mentee_id] == mentee)

    async def change_roster(self, slack_user_id: str, **changes: object) -> None:
        """Change one member as a new roster would."""
        cairn = self.slack.cairn
        async with cairn.database.writing() as connection:
            found = await people.member_by_slack_id(
                connection, self.workspace_id, SlackUserId(slack_user_id)
            )
            assert found
            changed = replace(found, **changes)  # type: ignore[arg-type]
            await people.put_members(connection, self.workspace_id, [changed])

    async def channels(self) -> dict[str, str]:
        """Slack channels of the groups by group name."""
        cairn = self.slack.cairn
        async with cairn.database.reading() as connection:
            found = await programmes.groups(connection, self.workspace_id, self.programme.id)
        return {one.name: one.slack_channel for one in found if one.slack_channel}


@pytest.fixture
async def here(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path
) -> AsyncIterator[Draft]:
    size = getattr(request, "param", {"mentors": 2, "mentees": 6})
    cast = made_up_cast(**size)
    database = tmp_path / "cairn.db"
    shutil.copy(sqlite_template, database)
    async with slack_workspace(
        f"sqlite:///{database}", tmp_path / "keys", start=START, cast=cast
    ) as slack:
        yield Draft(slack, cast, await set_up(slack, cast))


async def set_up(slack: SlackWorkspace, cast: Cast) -> Programme:
    cairn, now = slack.cairn, slack.clock.now()
    workspace_id = WorkspaceId(cairn.workspace_id)
    await import_roster(cairn.database, workspace_id, cast.roster, now=now)
    for one, *_ in cast.people:
        await members.accept_conduct(
            cairn.database, workspace_id, slack_user_id=SlackUserId(one), now=now
        )
    draft = await use_cases.create_programme(
        cairn.database,
        workspace_id,
        template=cairn.services.catalogue.templates["term_12"],
        name="Autumn mentoring",
        starts_on=date(2026, 9, 7),
        timezone="Europe/London",
        now=now,
    )
    return await use_cases.set_contacts(
        cairn.database,
        workspace_id,
        draft.id,
        crisis_contact="Dial 5555",
        concern_contact="Dr Amsel",
    )


async def test_a_coordinator_goes_from_a_roster_to_groups_that_meet(here: Draft) -> None:
    shown = all_text(await here.propose())
    assert "6 of 6 mentees have a mentor" in shown
    assert "it is proven that no other proposal has more" in shown
    assert "choice" in shown
    assert "Who sees this: coordinators" in shown

    await here.slack.press(here.carol, "Approve", modal=True)

    assert "The groups are approved" in all_text(await here.slack.view(here.carol))
    assert await here.channels() == {}
    await here.slack.advance(minutes=6)
    channels = await here.channels()
    assert channels
    for name, channel in channels.items():
        [welcome] = [
            m for m in await here.slack.messages(channel=channel) if "Welcome to" in m["text"]
        ]
        assert name in welcome["text"]
        body = all_text(welcome["blocks"])
        assert "48 hours" in body
        assert "For your first meeting" in body
        assert "Dial 5555" in body
    bob = here.cast.mentees[0]
    home = all_text(await here.slack.home(bob))
    assert f"<@{await here.mentor_of(bob)}>" in home
    assert "Ask for another mentor" in home
    assert f"<@{bob}>" in all_text(await here.slack.home(await here.mentor_of(bob)))


async def test_an_approval_is_undone_before_anybody_is_told(here: Draft) -> None:
    await here.approve()

    await here.slack.press(here.carol, "Undo the approval", modal=True)
    await here.slack.advance(hours=1)

    assert "6 of 6 mentees have a mentor" in all_text(await here.slack.view(here.carol))
    assert await here.channels() == {}
    for one in (*here.cast.mentors, *here.cast.mentees):
        assert "Welcome to" not in str(await here.slack.messages(user=one))
    assert "not approved yet" in all_text(await here.slack.home(here.carol))


async def test_introductions_go_at_once_when_the_coordinator_says_so(here: Draft) -> None:
    await here.approve()

    await here.slack.press(here.carol, "Introduce them now", modal=True)

    assert await here.channels()
    assert "Undo" not in all_text(await here.slack.home(here.carol))


async def test_two_mentees_are_swapped_row_by_row_and_totals_compare(here: Draft) -> None:
    view = await here.propose()
    rows = [b for b in view["blocks"] if b.get("accessory", {}).get("type") == "overflow"]
    first = here.cast.mentees[0]
    own = next(all_text(b) for b in rows if all_text(b).startswith(f"*{here.name(first)}*"))
    other = next(
        one
        for one in here.cast.mentees[1:]
        if all(
            here.name(mentor) not in own
            for mentor in here.cast.mentors
            if any(
                all_text(b).startswith(f"*{here.name(one)}* with *{here.name(mentor)}*")
                for b in rows
            )
        )
    )

    choosing = await here.row(first, "swap")
    assert "Choose who changes places" in all_text(choosing)
    swapped = all_text(await here.row(other, "press"))

    assert "version 2" in swapped
    assert "Version 1: 6 seated" in swapped
    assert swapped.count(":lock: locked") == 2
    await here.slack.press(here.carol, "Run again around the locks", modal=True)
    again = all_text(await here.slack.view(here.carol))
    assert "version 3" in again
    assert again.count(":lock: locked") == 2


async def test_a_match_is_locked_unlocked_and_forbidden(here: Draft) -> None:
    await here.propose()
    bob = here.cast.mentees[0]

    assert ":lock: locked" in all_text(await here.row(bob, "lock"))
    assert ":lock: locked" not in all_text(await here.row(bob, "unlock"))
    assert "forbidden, gone at the next run" in all_text(await here.row(bob, "forbid"))


async def test_nobody_but_a_coordinator_decides(here: Draft) -> None:
    await here.propose()
    home = await here.slack.home(here.cast.mentees[0])

    assert "pairing.propose" not in str(home)
    view = await here.slack.view(here.carol)
    await here.change_roster(here.carol, role=Role.MENTEE)
    approve = next(
        e
        for b in view["blocks"]
        if b["type"] == "actions"
        for e in b["elements"]
        if e["action_id"] == "pairing.approve"
    )
    await here.slack.click(here.carol, approve["action_id"], view_id=view["id"])

    assert "Only coordinators" in all_text(await here.slack.view(here.carol))
    assert await here.channels() == {}


async def test_a_rematch_needs_no_reason_and_says_nothing_about_the_mentor(here: Draft) -> None:
    await here.approve()
    await here.slack.advance(minutes=6)
    bob = here.cast.mentees[0]
    before = await here.mentor_of(bob)
    for mentor in here.cast.mentors:
        await here.change_roster(mentor, capacity=4)

    await here.slack.press(bob, "Ask for another mentor")
    form = await here.slack.view(bob)
    assert "Nobody asks for a reason, and none is kept" in all_text(form)
    await here.slack.submit(bob, form["id"], {})
    await here.slack.advance(minutes=1)

    assert await here.mentor_of(bob) != before
    assert any("You have a place in" in m["text"] for m in await here.slack.messages(user=bob))
    [told] = [
        m["text"]
        for m in await here.slack.messages(user=before)
        if "another mentoring group" in m["text"]
    ]
    assert here.name(bob) in told
    assert "asked" not in told
    assert "reason" not in told


@pytest.mark.parametrize("here", [{"mentors": 20, "mentees": 120}], indirect=True)
async def test_a_proposal_of_120_is_shown_page_by_page(here: Draft) -> None:
    first = await here.propose()
    assert len(first["blocks"]) <= 100
    seen = {all_text(b) for b in first["blocks"] if b.get("accessory", {}).get("options")}

    for _ in range(2):
        await here.slack.press(here.carol, "Next page", modal=True)
        page = await here.slack.view(here.carol)
        seen |= {all_text(b) for b in page["blocks"] if b.get("accessory", {}).get("options")}

    assert len(seen) == 120
    assert "Page 3 of 3" in all_text(page)


async def test_a_mentee_without_a_place_reads_why_and_gets_the_next_one(here: Draft) -> None:
    await here.change_roster(here.cast.mentors[0], capacity=2)
    proposal = all_text(await here.propose())
    assert "5 of 6 mentees have a mentor" in proposal
    assert "What would help" in proposal
    await here.slack.press(here.carol, "Approve", modal=True)
    await here.slack.advance(minutes=6)
    notices = {
        one: [m["text"] for m in await here.slack.messages(user=one) if "waitlist" in m["text"]]
        for one in here.cast.mentees
    }
    [left] = [one for one, said in notices.items() if said]
    assert "it says nothing about you" in notices[left][0]
    assert "You are on the waitlist" in all_text(await here.slack.home(left))

    await here.change_roster(here.cast.mentors[0], capacity=3)
    await here.slack.advance(days=1)

    assert await here.mentor_of(left) == here.cast.mentors[0]
    assert any("You have a place in" in m["text"] for m in await here.slack.messages(user=left))
    channels = await here.channels()
    assert len(channels) == 2
    joined = [
        m["text"]
        for channel in channels.values()
        for m in await here.slack.messages(channel=channel)
        if "joins" in m["text"]
    ]
    assert any(here.name(left) in text for text in joined)


async def test_a_mentor_leaves_and_their_mentees_have_another(here: Draft) -> None:
    await here.approve()
    await here.slack.advance(minutes=6)
    gone, staying = here.cast.mentors
    theirs = [one for one in here.cast.mentees if await here.mentor_of(one) == gone]
    await here.change_roster(staying, capacity=8)

    await members.leave(
        here.slack.cairn.database,
        here.workspace_id,
        slack_user_id=SlackUserId(gone),
        now=here.slack.clock.now(),
    )
    await here.slack.advance(days=1)

    assert theirs
    assert {await here.mentor_of(one) for one in theirs} == {staying}
    [told] = [
        m["text"]
        for m in await here.slack.messages(user=here.carol)
        if "no longer takes part as a mentor" in m["text"]
    ]
    assert all(here.name(one) in told for one in theirs)
    assert not any("no longer" in m["text"] for m in await here.slack.messages(user=gone))


async def test_a_wish_given_in_confidence_binds_and_is_shown_to_its_author_alone(
    here: Draft,
) -> None:
    bob, alice = here.cast.mentees[0], here.cast.mentors[0]
    await here.slack.press(bob, "Rather not with…")
    form = await here.slack.view(bob)
    assert "Who sees this:* you alone" in all_text(form)
    await here.slack.submit(bob, form["id"], {"people": [alice]})
    await here.slack.close(bob)

    await here.approve()

    assert await here.mentor_of(bob) != alice
    assert "confidence" not in all_text(await here.slack.home(here.carol))
    await here.slack.advance(minutes=6)
    assert "confidence" not in str(await here.slack.messages(user=here.carol))


async def test_a_conflict_of_a_new_rotation_is_told_and_mended(here: Draft) -> None:
    await here.approve()
    await here.slack.advance(minutes=6)
    await here.slack.close(here.carol)
    bob = here.cast.mentees[0]
    before = await here.mentor_of(bob)
    for mentor in here.cast.mentors:
        await here.change_roster(mentor, capacity=4)

    await here.slack.press(here.carol, "Record a conflict")
    form = await here.slack.view(here.carol)
    answers = {"senior": before, "kind": "evaluates", "junior": bob, "starts": "2026-09-01"}
    await here.slack.submit(here.carol, form["id"], answers)
    await here.slack.advance(minutes=1)
    [told] = [m for m in await here.slack.messages(user=here.carol) if "should not be" in m["text"]]
    await here.slack.press(here.carol, f"Find another place for {here.name(bob)}", message=told)

    assert await here.mentor_of(bob) != before


async def test_a_conflict_that_cannot_be_is_refused_with_what_to_mend(here: Draft) -> None:
    bob, alice = here.cast.mentees[0], here.cast.mentors[0]
    await here.slack.press(here.carol, "Record a conflict")
    form = await here.slack.view(here.carol)
    wrong = {"senior": alice, "kind": "manages", "junior": bob}

    for answers, sentence in (
        (wrong | {"senior": bob}, "two different people"),
        (wrong | {"starts": "2026-10-02", "ends": "2026-10-01"}, "The last day is before"),
    ):
        answer = await here.slack.submit(here.carol, form["id"], answers)
        assert sentence in str(answer)


async def test_a_proposal_replaced_meanwhile_is_not_approved(here: Draft) -> None:
    await here.propose()
    async with here.slack.cairn.database.reading() as connection:
        kept = await store.current_proposal(connection, here.workspace_id, here.programme.id)
    assert kept
    await proposing.run_again(
        here.slack.cairn.database,
        here.workspace_id,
        kept.id,
        by=kept.made_by,
        now=here.slack.clock.now(),
    )

    await here.slack.press(here.carol, "Approve", modal=True)

    assert "newer version" in all_text(await here.slack.view(here.carol))
    assert await here.channels() == {}
