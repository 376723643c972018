"""The demo has lived, lives on and says what to try; nobody acts for whoever looks."""

from pathlib import Path

import pytest

from bot.checkins import store as checkins
from bot.kernel.errors import OperatorFacing
from bot.kernel.scope import one_workspace
from bot.meetings import store as meetings
from bot.people import store as people
from config.catalogue import load_catalogue
from runtime.demo.past import check_week, demo_cast
from runtime.demo.run import run_demo
from tests.support.lived import LivedDemo, lived_demo


async def written_by(demo: LivedDemo, user: str) -> int:
    """Count the check-ins of somebody."""
    cairn = demo.cairn
    with one_workspace(cairn.workspace_id):
        async with cairn.database.reading() as connection:
            its = (connection, cairn.workspace_id)
            member = next(one for one in await people.members(*its) if one.slack_user_id == user)
            return len(await checkins.latest_of(*its, member.id, limit=100))


@pytest.mark.slow
async def test_the_same_seed_gives_the_same_world_and_another_seed_another(tmp_path: Path) -> None:
    worlds = []
    folders = [tmp_path / name for name in ("first", "again", "another")]
    for folder in folders:
        folder.mkdir()
    for folder, seed in zip(folders, (1, 1, 2), strict=True):
        async with lived_demo(folder, week=3, seed=seed) as demo:
            worlds.append(await demo.said())

    assert worlds[0] == worlds[1]
    assert worlds[0] != worlds[2]


@pytest.mark.slow
async def test_people_act_when_the_clock_moves_and_nobody_acts_for_the_visitor(
    tmp_path: Path,
) -> None:
    async with lived_demo(tmp_path, week=3) as demo:
        bob, *others = demo.people.cast.mentees
        before = {who: await written_by(demo, who) for who in (bob, *others[:-1])}
        await demo.be(bob)
        await demo.move(advance_s=7 * 24 * 3600)
        after = {who: await written_by(demo, who) for who in before}
        with one_workspace(demo.cairn.workspace_id):
            async with demo.cairn.database.reading() as connection:
                held = await meetings.meetings(connection, demo.cairn.workspace_id)

    assert before[bob] == after[bob] == 1
    assert sum(after.values()) > sum(before.values())
    assert held


@pytest.mark.slow
async def test_what_is_proposed_fits_the_week_and_every_link_leads_somewhere(
    tmp_path: Path,
) -> None:
    async with lived_demo(tmp_path, week=6) as demo:
        hinting = demo.hinting
        await hinting.tell()
        found = {who: await demo.sandbox.get("hints", user=who) for who in hinting.people.values()}
        for who, told in found.items():
            for place in filter(None, told["places"]):
                address = f"/client/T0CAIRN/{who}/{place}"
                assert (await demo.sandbox.http.get(address)).status_code == 200
        said = "\n".join((await demo.said())["mentoring-digests"])

    for told in found.values():
        assert 3 <= len(told["hints"]) <= 4
        assert [bool(one["place"]) for one in told["hints"]] == [bool(p) for p in told["places"]]
    assert "is away for a week or longer" in str(found[demo.people.cast.coordinator]["hints"])
    assert said.count("Pulse of Autumn mentoring") == 2


def test_bob_is_to_be_with_alice_and_somebody_joins_late() -> None:
    made = demo_cast()

    row = next(line for line in made.cast.roster.splitlines() if made.cast.mentees[0] in line)
    assert made.cast.mentors[0] in row
    assert made.cast.mentees[-1] not in made.cast.roster
    assert made.cast.mentees[-1] in made.late_roster
    assert made.cast == demo_cast().cast


@pytest.mark.parametrize("week", [0, -1, 41, 1000])
def test_a_week_that_there_is_not_is_refused_with_those_that_there_are(week: int) -> None:
    with pytest.raises(OperatorFacing, match="from 1 to 40"):
        check_week(week, load_catalogue())


async def test_an_empty_workspace_has_no_week() -> None:
    with pytest.raises(OperatorFacing, match="--empty"):
        await run_demo(port=0, over_http=False, open_browser=False, week=6, empty=True)
