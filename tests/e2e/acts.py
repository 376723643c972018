"""What people of a mentoring year do beside their to-dos."""

import csv
import io
from datetime import datetime
from typing import Any

from bot.kernel.csv_text import as_csv
from bot.kinds import ToDoKind
from tests.e2e.year import Away, Year
from tests.support.bringing_in import BringingIn


def _value_of(view: dict[str, Any], block_id: str, label: str) -> str:
    """The value of the option with this label in a block of a form."""
    [value] = [
        one["value"]
        for block in view["blocks"]
        if block.get("block_id") == block_id
        for one in block["element"]["options"]
        if one["text"]["text"] == label
    ]
    return str(value)


async def control(year: Year, what: str, body: dict[str, Any]) -> None:
    """Do something to Slack itself."""
    assert (await year.slack.http.post(f"/_sandbox/{what}", json=body)).status_code == 200


async def looks_into(year: Year, who: str, label: str, *, then: str = "", **where: Any) -> None:
    """Press a button of Home, or of a message, and read what opens, and `then` behind that."""
    await (year.slack.press(who, label, **where) if where else year.press_own(who, label))
    await year.look(who)
    if then:
        await year.slack.press(who, then, modal=True)
    await year.slack.close(who)


async def previews_a_check_in(year: Year, who: str) -> None:
    """Begin a check-in, see what the mentor would read of it, and save nothing."""
    await year.slack.slash(who)
    view = await year.slack.view(who)
    boxes = [one["block_id"] for one in view["blocks"] if one["type"] == "input"]
    for box in [*(one for one in boxes if one.startswith("lens_")), "visibility"]:
        [block] = [one for one in view["blocks"] if one.get("block_id") == box]
        value = "mentor" if box == "visibility" else year.words(who, "checkin.preview", box, {})
        where = {"view_id": view["id"], "block_id": box}
        await year.slack.click(who, block["element"]["action_id"], value=value, **where)
    await looks_into_more(year, who, "See what they will read")


async def looks_into_more(year: Year, who: str, label: str) -> None:
    """Press a button of the form on top, and read what opens."""
    await year.slack.press(who, label, modal=True)
    await year.look(who)
    await year.slack.close(who)


async def offer_times(year: Year, mentor: str, *, since: datetime) -> None:
    """Offer two times, from a day on, to the group that bears the mentor's name."""
    await year.press_own(mentor, "Find a time")
    group = _value_of(await year.slack.view(mentor), "group", "Group of Alice Weiss")
    await year.fill(mentor, since=since.date().isoformat(), group=group)
    view = await year.slack.view(mentor)
    [times] = [one for one in view["blocks"] if one.get("block_id") == "times"]
    await year.fill(mentor, times=[one["value"] for one in times["element"]["options"][:2]])
    await year.slack.close(mentor)


async def read_what_was_shared(year: Year, mentor: str) -> None:
    """Read from the weekly message, say so, and write a word back."""
    told = [one for one in await year.messages(mentor) if "shared with you" in one["text"]]
    await year.slack.press(mentor, "Read", message=told[-1])
    await year.look(mentor)
    await year.slack.press(mentor, "I have read this", modal=True)
    while await year.opens(mentor, "Next"):
        if await year.opens(mentor, "Write back"):
            await year.fill(mentor)
    await year.slack.close(mentor)


async def claim(year: Year, mentee: str) -> None:
    """Claim the next stage."""
    await year.press_own(mentee, "Claim a stage")
    await year.fill(mentee)
    await year.slack.close(mentee)


async def talk_first(year: Year, mentor: str, mentee: str) -> None:
    """Ask to talk about the claim of a mentee before answering it."""
    name = next(name for who, name, *_ in year.cast.people if who == mentee)
    [line] = [
        one
        for one in await year.now_of(mentor)
        if one.kind == ToDoKind.ANSWER_CLAIM and name in one.sentence
    ]
    await year.press_line(mentor, line)
    await year.slack.press(mentor, "Talk first", modal=True)
    await year.fill(mentor)
    await year.slack.close(mentor)


async def thank(year: Year, who: str, whom: str) -> None:
    """Thank one person, who reads it."""
    await year.press_own(who, "Thank one person")
    name = next(name for one, name, *_ in year.cast.people if one == whom)
    to = _value_of(await year.slack.view(who), "to", name)
    await year.fill(who, to=to)
    await year.slack.close(who)
    await year.slack.advance(minutes=5)
    [thanks] = [one for one in await year.messages(whom) if "of thanks" in one["text"]]
    await looks_into(year, whom, "Read it", message=thanks)
    await year.slack.close(whom)


async def change_roster(year: Year, who: str, **cells: str) -> None:
    """Bring the roster in again, with other facts about one person."""
    rows = list(csv.DictReader(io.StringIO(year.cast.roster)))
    changed = [row | cells for row in rows if row["slack_id"] == who]
    text = as_csv(tuple(rows[0]), ([*row.values()] for row in changed))
    carol = year.cast.coordinator
    steps = BringingIn(year.slack, carol)
    await steps.hand_in("change.csv", text.encode())
    await steps.apply()
    await year.slack.close(carol)


async def goes_on_a_break(year: Year, person: str, until: datetime) -> None:
    """Take a break by the button on Home, until a day."""
    await year.press_own(person, "Take a break")
    await year.fill(person, until=until.date().isoformat())
    await year.slack.close(person)
    year.breaks.append(Away(person, year.slack.clock.now(), until))
