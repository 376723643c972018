"""What happens in a mentoring year of two groups, week by week."""

import csv
import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from bot.kernel.csv_text import as_csv
from bot.kinds import ToDoKind as Do
from runtime.demo.cast import Cast, made_up_cast
from tests.e2e.acts import (
    change_roster,
    claim,
    control,
    goes_on_a_break,
    looks_into,
    offer_times,
    previews_a_check_in,
    read_what_was_shared,
    talk_first,
    thank,
)
from tests.e2e.story import CONCERN, CRISIS, FIRST_DAY, monday
from tests.e2e.year import Year


def year_cast() -> Cast:
    """Two mentors and six mentees, of whom nobody supervises anybody yet."""
    cast = made_up_cast(mentors=2, mentees=6)
    rows = [row | {"supervised_by": ""} for row in csv.DictReader(io.StringIO(cast.roster))]
    return replace(cast, roster=as_csv(tuple(rows[0]), ([*row.values()] for row in rows)))


async def prologue(year: Year) -> None:
    """Set the programme up, from nobody to introduced groups, by what Home asks for."""
    slack, carol = year.slack, year.cast.coordinator
    await slack.press(carol, "Set up mentoring")
    await year.do(Do.IMPORT_PEOPLE, carol)
    await year.do(
        Do.SET_UP_PROGRAMME,
        carol,
        template="year_40",
        name="A year together",
        starts_on=FIRST_DAY,
        channel=await slack.private_channel("mentoring-coordinators"),
    )
    (person, *_), (deputy, *_) = year.cast.contacts
    contacts = {"crisis": CRISIS, "concern": CONCERN, "hours": "24"}
    await year.do(Do.NAME_CONTACTS, carol, **contacts, person=person, deputy=deputy)
    await year.do(Do.ASK_FOR_CONDUCT, carol)
    await year.do(Do.ACCEPT_CONDUCT, *year.cast.mentors, *year.cast.mentees, agree=["yes"])
    await year.do(Do.WRITE_PROFILE, year.alice, year.bob)
    await rather_not(year, year.bob, year.elif_)
    await year.do(Do.PROPOSE_GROUPS, carol)
    await year.do(Do.APPROVE_PROPOSAL, carol)
    await give_both_groups_to_alice(year)
    await slack.advance(days=1, minutes=10)
    await year.look_at_groups()


async def rather_not(year: Year, who: str, other: str) -> None:
    """Name somebody in confidence whom one would rather not be with."""
    await year.press_own(who, "Rather not with…")
    view = await year.slack.view(who)
    [block] = [one["block_id"] for one in view["blocks"] if one["type"] == "input"]
    await year.slack.submit(who, view["id"], {block: [other]})
    await year.slack.close(who)


async def give_both_groups_to_alice(year: Year) -> None:
    """Let Alice mentor the second group, too, since Viktor leaves before it has met.

    He comes back, and is there when somebody asks for another mentor.
    """
    slack, carol = year.slack, year.cast.coordinator
    await year.press_own(year.viktor, "Leave the programme")
    await slack.advance(minutes=1)
    await slack.press(carol, "Give the group a mentor")
    await year.fill(carol, mentor=year.alice, agreed=["yes"])
    await slack.close(carol)
    await year.press_own(year.viktor, "Come back")


async def week_1(year: Year) -> None:
    """The first compass, and a time for the first meeting."""
    await year.look_at_home(year.bob, "home-week-1")
    await year.do(Do.WRITE_COMPASS, year.bob, year.elif_)
    await offer_times(year, year.alice, since=monday(2) + timedelta(days=3))
    await year.do(Do.ANSWER_TIMES, year.elif_, year.liam)
    await year.do(Do.FIX_TIME, year.alice)


async def week_2(year: Year) -> None:
    """How it begins, and the agenda of the first meeting."""
    await year.do(Do.RATE_RELATIONSHIPS, year.bob)
    await year.do(Do.RATE_RELATIONSHIPS, year.alice)
    await year.slack.go_to(monday(2) + timedelta(days=2, hours=6))
    await looks_into(year, year.alice, "Agenda", message=(await year.messages(year.alice))[-1])


async def week_3(year: Year) -> None:
    """A meeting that one remembers otherwise, and what each expects."""
    await year.do(Do.SAY_IF_MET, year.alice)
    await year.press_own(year.elif_, "That is not how it was")
    await year.do(Do.CHECK_MEETING, year.alice)
    await year.do(Do.FILL_AGREEMENT, year.bob, year.elif_, frequency="weekly")
    await looks_into(year, year.alice, "My agreements")
    year.expect_unread("agreement.side_form")
    await year.do(Do.FILL_AGREEMENT, year.alice, frequency="monthly")
    await year.do(Do.COMPARE_ANSWERS, year.bob)
    await year.do(Do.COMPARE_ANSWERS, year.alice)
    await year.do(Do.CONFIRM_AGREEMENT, year.elif_)
    await year.do(Do.CONFIRM_AGREEMENT, year.alice)


async def week_4(year: Year) -> None:
    """The first goals."""
    await year.do(Do.SET_GOAL, year.bob, share="mentor")
    await year.do(Do.SET_GOAL, year.elif_)


async def bob_checks_in(year: Year) -> None:
    """Bob keeps it to himself; his confidence goes up and down."""
    confidence = str((5, 4, 6, 3, 5, 7)[len(year.asked[year.bob]) % 6])
    own = {"wellbeing": "2", "blocker": "self", "confidence": confidence}
    await year.do(Do.WRITE_CHECKIN, year.bob, **own)


async def check_in(year: Year) -> None:
    """Bob keeps it to himself, and Elif shares all but a feeling."""
    await bob_checks_in(year)
    shared = {"visibility": "mentor", "left_out": ["feel"], "blocker": "society"}
    await year.do(Do.WRITE_CHECKIN, year.elif_, **shared)


async def week_5(year: Year) -> None:
    """The first pulse."""
    await year.slack.advance(days=1, hours=3)
    for mentee in year.cast.mentees:
        assert (await year.answer_the_pulse(mentee, 5))["error"] is None


async def week_6(year: Year) -> None:
    """The first check-ins; Liam tells the group. And what was done about the pulse."""
    await year.look_at_message(year.elif_, "checkin-prompt", "time for a check-in")
    await previews_a_check_in(year, year.elif_)
    await check_in(year)
    await year.do(Do.WRITE_CHECKIN, year.liam, visibility="group")
    await looks_into(year, year.elif_, "My past check-ins", then="Open")
    await year.slack.advance(hours=2)
    await year.do(Do.SAY_WHAT_WAS_DONE, year.cast.coordinator)


async def week_7(year: Year) -> None:
    """The charters, what was shared, and a concern, which goes past the mentor."""
    lines = dict.fromkeys(("disagreeing", "leaving"))
    await year.do(Do.WRITE_CHARTER, year.bob, year.elif_, **lines)
    await year.do(Do.READ_CHARTER, year.alice, year.liam)
    await read_what_was_shared(year, year.alice)
    await year.press_own(year.hassan, "A concern, or: please contact me")
    await year.fill(year.hassan)
    await year.slack.close(year.hassan)
    await year.slack.advance(hours=1)
    await year.do(Do.ANSWER_CONCERN, year.ruth)
    await year.slack.advance(minutes=5)
    [*_, note] = await year.messages(year.hassan)
    await looks_into(year, year.hassan, "Open", message=note)


async def week_8(year: Year) -> None:
    """Wanda asks for another mentor, and Slack does not let her into the new channel at first."""
    await check_in(year)
    await year.do(Do.DECIDE_ABOUT_RESEARCH, year.bob)
    fault = {
        "kind": "error",
        "error": "cant_invite",
        "on": "conversations.invite",
        "when": "before",
    }
    await control(year, "faults", fault)
    await year.press_own(year.wanda, "Ask for another mentor")
    await year.fill(year.wanda)
    await year.slack.close(year.wanda)
    await year.slack.advance(days=1, hours=2)
    await control(year, "faults", {"clear": True})
    await year.do(Do.INVITE_BY_HAND, year.cast.coordinator)
    await year.slack.advance(hours=1)
    await year.look_at_groups()


async def week_9(year: Year) -> None:
    """A month of working together; and Alice reads the goals that are shared with her."""
    await year.do(Do.REVIEW_AGREEMENT, year.bob, year.elif_, year.alice)
    home = await year.slack.home(year.alice)
    await year.slack.click(year.alice, "goal.shared", view_id=home["id"])
    await year.slack.close(year.alice)


async def week_10(year: Year) -> None:
    """Somebody who hears of concerns leaves."""
    await bob_checks_in(year)
    await control(year, "user", {"user": year.owen, "deleted": True})
    await year.slack.advance(hours=1)
    await year.do(Do.NAME_CONTACT_PEOPLE, year.cast.coordinator, deputy="U0OWNER")


async def week_11(year: Year) -> None:
    await year.do(Do.REVIEW_GOAL, year.bob, year.elif_)


async def week_12(year: Year) -> None:
    """Two claims."""
    await bob_checks_in(year)
    await year.look_at_home(year.bob, "home-week-12")
    for mentee in (year.bob, year.elif_):
        await claim(year, mentee)
    await year.do(Do.RATE_RELATIONSHIPS, year.bob)


async def week_13(year: Year) -> None:
    """Alice confirms one claim from her weekly message, and talks about the other first."""
    await year.look_at_message(year.alice, "nudge-busy", "Your mentoring week")
    await year.do_from_message(Do.ANSWER_CLAIM, year.alice, year.bob)
    await year.look_at_message(year.alice, "nudge-after", "Your mentoring week")
    await talk_first(year, year.alice, year.elif_)
    await year.do(Do.TALK_ABOUT_CLAIM, year.elif_)
    await year.do(Do.ANSWER_CLAIM, year.alice)


async def week_14(year: Year) -> None:
    """A check-in, and a message that cannot be delivered next."""
    await bob_checks_in(year)
    fault = {"kind": "error", "error": "channel_not_found", "on": "chat.postMessage"}
    await control(year, "faults", fault | {"when": "before", "count": 1})


async def week_15(year: Year) -> None:
    await year.do(Do.SEND_AGAIN, year.cast.coordinator)


async def week_16(year: Year) -> None:
    """Alice goes on leave, and a claim waits for her."""
    await bob_checks_in(year)
    await claim(year, year.liam)
    await goes_on_a_break(year, year.alice, monday(20))


async def week_18(year: Year) -> None:
    """The claim has waited too long: the coordinator finds Liam another group."""
    await bob_checks_in(year)
    await year.do(Do.CLAIM_UNANSWERED, year.cast.coordinator, mentee=year.liam, to=None)
    await year.slack.advance(days=1, hours=2)
    await year.look_at_groups()
    await year.do(Do.CHOOSE_HANDOVER, year.liam)


async def week_20(year: Year) -> None:
    """Half way."""
    await bob_checks_in(year)
    other = year.words(year.bob, "compass.form", "principle_2", {})
    changed = {"movements_1": ["stronger"], "principle_2": other}
    await year.do(Do.LOOK_AT_COMPASS_AGAIN, year.bob, **changed)
    await year.do(Do.RATE_RELATIONSHIPS, year.bob)
    for label in ("My compass", "My answers", "My past check-ins"):
        await looks_into(year, year.bob, label)


async def week_22(year: Year) -> None:
    """Bob steps back a stage."""
    await bob_checks_in(year)
    await year.press_own(year.bob, "My path")
    await year.slack.press(year.bob, "Step back", modal=True)
    await year.fill(year.bob)
    await year.slack.close(year.bob)
    await looks_into(year, year.bob, "My path")


async def week_24(year: Year) -> None:
    """Bob changes to another department."""
    await bob_checks_in(year)
    await change_roster(year, year.bob, department="Psychiatry", site="South")


async def week_26(year: Year) -> None:
    """A question about the new place; Lucia takes a break."""
    await bob_checks_in(year)
    await goes_on_a_break(year, year.lucia, monday(30))


async def week_28(year: Year) -> None:
    """Alice is to grade Hassan, who can be in her group no longer."""
    carol = year.cast.coordinator
    await year.press_own(carol, "Record a conflict")
    days = {"starts": monday(28).date().isoformat(), "ends": None}
    await year.fill(carol, senior=year.alice, kind="evaluates", junior=year.hassan, **days)
    await year.slack.close(carol)
    await year.slack.advance(minutes=1)
    await year.look_at_home(carol, "home-coordinator")
    await year.do(Do.RESOLVE_CONFLICT, carol)
    await year.slack.advance(days=1, hours=2)
    await year.look_at_groups()


async def week_32(year: Year) -> None:
    """A check-in after two that were not written."""
    await bob_checks_in(year)


async def week_37(year: Year) -> None:
    """Who did the training is noted."""
    carol = year.cast.coordinator
    await year.press_own(carol, "Note training")
    await year.fill(carol, trained=[year.elif_, year.bob])
    await year.slack.close(carol)


async def week_38(year: Year) -> None:
    """The close begins."""
    await year.look_at_home(year.bob, "home-week-38")
    await bob_checks_in(year)
    await year.do(Do.LOOK_AT_COMPASS_AGAIN, year.bob)
    await year.do(Do.RATE_RELATIONSHIPS, year.bob)
    await year.do(Do.LOOK_BACK, year.bob, year.elif_)
    await thank(year, year.bob, year.alice)
    for who, label in ((year.bob, "Make my portfolio"), (year.alice, "Make my letter")):
        await year.press_own(who, label)
        await year.fill(who)
        await year.slack.close(who)


async def week_40(year: Year) -> None:
    """The end, and an offer to those who finished and did the training."""
    await year.do(Do.CLOSE_PROGRAMME, year.cast.coordinator, next="close", sure=["yes"])
    await year.slack.advance(days=1, minutes=10)
    [offer] = [one for one in await year.messages(year.elif_) if "training" in one["text"]]
    await year.slack.press(year.elif_, "Read the offer", message=offer)
    await year.look(year.elif_)
    await year.slack.press(year.elif_, "Yes, I would like to", modal=True)
    await year.slack.close(year.elif_)
    await year.press_own(year.elif_, "My profile")
    await year.fill(year.elif_, capacity="3")
    await year.slack.close(year.elif_)


async def week_42(year: Year) -> None:
    """The next programme begins: Elif mentors peers there, and Bob hears of the offer again."""
    carol = year.cast.coordinator
    await year.do(
        Do.SET_UP_PROGRAMME,
        carol,
        template="year_40",
        name="The next year",
        starts_on=monday(43).date().isoformat(),
        channel=await year.slack.channel_id("mentoring-coordinators"),
    )
    (person, *_), *_ = year.cast.contacts
    contacts = {"crisis": CRISIS, "concern": CONCERN, "hours": "24"}
    await year.do(Do.NAME_CONTACTS, carol, **contacts, person=person, deputy="U0OWNER")
    for mentor in year.cast.mentors:  # so that some mentees need a peer-mentor
        await year.press_own(mentor, "My profile")
        await year.fill(mentor, capacity="2")
        await year.slack.close(mentor)
    await year.do(Do.PROPOSE_GROUPS, carol)
    await year.do(Do.APPROVE_PROPOSAL, carol)
    await year.slack.go_to(monday(43))
    await year.look_at_groups()


async def week_49(year: Year) -> None:
    """The seventh week of the next year, in which community comes: Bob answers the offer, too."""
    await year.do(Do.ANSWER_OFFER, year.bob)


WEEKS: dict[int, Callable[[Year], Awaitable[None]]] = {
    number: globals()[f"week_{number}"] for number in range(1, 50) if f"week_{number}" in globals()
}


async def live(year: Year) -> None:
    """Live through the whole year, from nobody to the next one.

    Mondays are lived hour by hour; of the other days only what the plot needs.
    """
    await prologue(year)
    for week in [*range(1, 41), 42, 49]:
        await year.slack.skip_to(monday(week) - timedelta(hours=12))
        await year.slack.go_to(monday(week))
        if week in WEEKS:
            await WEEKS[week](year)
