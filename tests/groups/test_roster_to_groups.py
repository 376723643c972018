"""The whole way of a coordinator: a roster of sixty with conflicts becomes groups that last."""

import csv
import io
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.groups import store as seated
from bot.kernel.ids import SlackUserId, WorkspaceId
from bot.matching import store
from bot.matching.model import ProposalVersion
from bot.people import store as people
from bot.people import use_cases as members
from bot.people.model import Member
from bot.programme.use_cases import current_programme
from runtime.demo.cast import made_up_cast
from tests.support.bringing_in import BringingIn
from tests.support.members import as_member
from tests.support.tables import with_all_tables
from tests.support.transactions import write
from tests.support.workspace import SlackWorkspace, all_text, slack_workspace, texts

START = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
MADE_UP = made_up_cast(mentors=9, mentees=50)
BLAME = ("because", "complain", "quit", "left", "reason", "unhappy", "fault", "sorry")


def sixty() -> str:
    """The made-up roster, in which every mentor has room for eight."""
    rows = list(csv.DictReader(io.StringIO(MADE_UP.roster)))
    for row in rows:
        row["capacity"] = "8" if row["role"] == "mentor" else ""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


CAST = replace(MADE_UP, roster=sixty())
CAROL, ALICE, BOB = CAST.coordinator, CAST.mentors[0], CAST.mentees[0]
NAMES = {one: name for one, name, *_ in CAST.people}


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackWorkspace]:
    address = f"sqlite:///{tmp_path / 'cairn.db'}"
    await with_all_tables(address)
    async with slack_workspace(address, tmp_path / "keys", start=START, cast=CAST) as workspace:
        yield workspace


async def test_a_roster_of_sixty_becomes_groups_that_survive_a_mentor_leaving(
    slack: SlackWorkspace,
) -> None:
    await set_up(slack)
    wish = (await rows_of_roster(slack))[BOB].prefers[0]
    await record_conflict(slack, senior=wish, junior=BOB)

    proposal = all_text(await propose(slack))
    assert "50 of 50 mentees have a mentor" in proposal
    kept = await the_proposal(slack)
    assert all(m.reason for m in kept.proposal.matches)
    assert "No better grouping exists: that is proven." in proposal
    assert kept.proposal.gap < 10
    await no_conflict_is_seated(slack, kept, barred={(BOB, wish)})

    one, other = await two_to_swap(slack, kept)
    swapped = await swap(slack, one, other)
    assert "Version 1: 50 seated" in swapped
    await slack.press(CAROL, "Approve…", modal=True)
    await slack.press(CAROL, "Approve", modal=True)
    await slack.advance(days=1, minutes=6)
    assert "The groups are approved" in all_text(await slack.view(CAROL))
    before = await mentors_by_mentee(slack)
    after_swap = {m.mentee: m.mentor for m in (await the_proposal(slack)).proposal.matches}
    assert before == await by_slack_id(slack, after_swap)
    proposed = await by_slack_id(slack, {m.mentee: m.mentor for m in kept.proposal.matches})
    assert (before[one], before[other]) == (proposed[other], proposed[one])
    sizes = Counter(before.values())
    assert 4 <= min(sizes.values()) <= max(sizes.values()) <= 8
    welcomed = [m for m in await all_channel_messages(slack) if "Welcome to" in m]
    assert len(welcomed) == len(sizes)

    gone = before[BOB]
    theirs = [mentee for mentee, mentor in before.items() if mentor == gone]
    old_channel = await channel_of(slack, NAMES[gone])
    await slack.press(gone, "Leave the programme", settings=True)
    await slack.advance(days=1, minutes=10)

    after = await mentors_by_mentee(slack)
    assert set(after) == set(before)
    assert gone not in after.values()
    assert {m: after[m] for m in after if m not in theirs} == {
        m: before[m] for m in before if m not in theirs
    }
    await everybody_was_told(slack, theirs, gone=gone, after=after)
    assert not {*theirs, gone} & set(await members_of(slack, old_channel))


async def everybody_was_told(
    slack: SlackWorkspace, theirs: list[str], *, gone: str, after: dict[str, str]
) -> None:
    """Each mentee and their new group in neutral words, the coordinator in one message."""
    joined = [m for m in await all_channel_messages(slack) if " joins " in m]
    for mentee in theirs:
        [told] = [t for t in texts(await slack.messages(user=mentee)) if "You have a seat" in t]
        assert NAMES[after[mentee]] in told
        [said] = [t for t in joined if NAMES[mentee] in t]
        for text in (told, said):
            assert NAMES[gone] not in text
            assert not any(word in text.casefold() for word in BLAME)
    [report] = [
        t
        for t in texts(await slack.messages(user=CAROL))
        if f"{NAMES[gone]} no longer takes part as a mentor" in t
    ]
    assert all(NAMES[mentee] in report for mentee in theirs)


async def set_up(slack: SlackWorkspace) -> None:
    """Begin, upload the roster, make and name a programme; everybody accepts the code."""
    await press(slack, "people.begin")
    steps = BringingIn(slack, CAROL)
    await steps.hand_in("roster.csv", CAST.roster.encode())
    assert "*59* brought in, *1* changed" in all_text(await steps.apply())
    await slack.close(CAROL)
    await press(slack, "programme.edit")
    details = {"template": "term_12", "name": "Autumn mentoring", "starts_on": "2026-09-07"}
    details["channel"] = await slack.private_channel("mentoring-coordinators")
    await slack.submit(CAROL, (await slack.view(CAROL))["id"], details)
    await press(slack, "programme.contacts")
    contacts = {"crisis": "Dial 5555", "concern": "Dr Amsel", "hours": "24"}
    contacts |= {"person": CAST.contacts[0][0], "deputy": CAST.contacts[1][0]}
    await slack.submit(CAROL, (await slack.view(CAROL))["id"], contacts)
    for one in (*CAST.mentors, *CAST.mentees):
        await write(
            slack.cairn.database,
            as_member,
            members.accept_conduct,
            WorkspaceId(slack.cairn.workspace_id),
            slack_user_id=SlackUserId(one),
            now=slack.clock.now(),
        )


async def press(slack: SlackWorkspace, action_id: str) -> None:
    view = await slack.home(CAROL)
    await slack.click(CAROL, action_id, view_id=view["id"])


async def record_conflict(slack: SlackWorkspace, *, senior: str, junior: str) -> None:
    await slack.press(CAROL, "Record a conflict")
    form = await slack.view(CAROL)
    answers = {"senior": senior, "kind": "evaluates", "junior": junior, "starts": "2026-09-01"}
    await slack.submit(CAROL, form["id"], answers)
    await slack.close(CAROL)


async def propose(slack: SlackWorkspace) -> dict[str, Any]:
    await slack.press(CAROL, "Propose groups")
    return await slack.view(CAROL)


async def swap(slack: SlackWorkspace, one: str, other: str) -> str:
    """Let two change places as a coordinator does: a row's menu, then the other's button."""
    first = await row(slack, one)
    value = next(o["value"] for o in first["accessory"]["options"] if o["value"].startswith("swap"))
    view = await slack.view(CAROL)
    await slack.click(CAROL, first["accessory"]["action_id"], view_id=view["id"], value=value)
    second = await row(slack, other)
    view = await slack.view(CAROL)
    pressed = second["accessory"]
    await slack.click(CAROL, pressed["action_id"], view_id=view["id"], value=pressed["value"])
    return all_text(await slack.view(CAROL))


async def row(slack: SlackWorkspace, mentee: str) -> dict[str, Any]:
    """The row of this mentee on the page that is shown."""
    view = await slack.view(CAROL)
    found: dict[str, Any] = next(
        b for b in view["blocks"] if all_text(b).startswith(f"*{NAMES[mentee]}*")
    )
    return found


async def two_to_swap(slack: SlackWorkspace, kept: ProposalVersion) -> tuple[str, str]:
    """Two mentees of the first page, of different groups, who may change places."""
    roster = await rows_of_roster(slack)
    sits = await by_slack_id(slack, {m.mentee: m.mentor for m in kept.proposal.matches})
    view = await slack.view(CAROL)
    shown = [
        mentee
        for mentee in sits
        if any(all_text(b).startswith(f"*{NAMES[mentee]}*") for b in view["blocks"])
    ]
    return next(
        (one, other)
        for one in shown
        for other in shown
        if sits[one] != sits[other]
        and BOB not in (one, other)
        and not {sits[other]} & set(roster[one].supervised_by)
        and not {sits[one]} & set(roster[other].supervised_by)
    )


async def no_conflict_is_seated(
    slack: SlackWorkspace, kept: ProposalVersion, *, barred: set[tuple[str, str]]
) -> None:
    sits = await by_slack_id(slack, {m.mentee: m.mentor for m in kept.proposal.matches})
    roster = await rows_of_roster(slack)
    supervised = {(m.slack_user_id, boss) for m in roster.values() for boss in m.supervised_by}
    assert len(supervised) == 10
    assert not (supervised | barred) & set(sits.items())


async def rows_of_roster(slack: SlackWorkspace) -> dict[str, Member]:
    async with slack.cairn.database.reading() as connection:
        found = await people.members(connection, WorkspaceId(slack.cairn.workspace_id))
    return {one.slack_user_id: one for one in found}


async def by_slack_id(slack: SlackWorkspace, ids: dict[str, str]) -> dict[str, str]:
    names = {one.id: slack_id for slack_id, one in (await rows_of_roster(slack)).items()}
    return {names[a]: names[b] for a, b in ids.items()}  # type: ignore[index]


async def the_proposal(slack: SlackWorkspace) -> ProposalVersion:
    workspace_id = WorkspaceId(slack.cairn.workspace_id)
    async with slack.cairn.database.reading() as connection:
        programme = await current_programme(connection, workspace_id)
        assert programme
        kept = await store.current_proposal(connection, workspace_id, programme.id)
    assert kept
    return kept


async def mentors_by_mentee(slack: SlackWorkspace) -> dict[str, str]:
    workspace_id = WorkspaceId(slack.cairn.workspace_id)
    async with slack.cairn.database.reading() as connection:
        programme = await current_programme(connection, workspace_id)
        assert programme
        found = await seated.pairings(connection, workspace_id, programme.id)
    return await by_slack_id(slack, {p.mentee_id: p.mentor_id for p in found})


async def all_channel_messages(slack: SlackWorkspace) -> list[str]:
    channels = [c["id"] for c in (await slack.state())["channels"] if c["name"].startswith("group")]
    return [t for one in channels for t in texts(await slack.messages(channel=one))]


async def channel_of(slack: SlackWorkspace, mentor: str) -> dict[str, Any]:
    words = mentor.lower().replace(" ", "-")
    found: dict[str, Any] = next(
        c for c in (await slack.state())["channels"] if c["name"].startswith(f"group-of-{words}-")
    )
    return found


async def members_of(slack: SlackWorkspace, channel: dict[str, Any]) -> list[str]:
    found = next(c for c in (await slack.state())["channels"] if c["id"] == channel["id"])
    return [str(one) for one in found["members"]]
