from dataclasses import replace
from datetime import UTC, date, datetime

from bot.kernel.ids import MemberId
from bot.nudges.rules import Line, Met, Nudge, NudgeId, Question, Shared, Turn
from handlers.blocks import ToDoLine, button
from handlers.free_text import SharedWeek
from handlers.nudges import views
from tests.support.golden import Golden
from tests.support.limits import problems_of

DANA = MemberId("member_dana")
AT = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)


def line(name: str, turn: Turn, at: datetime | None) -> Line:
    return Line(name, turn, at, MemberId(f"member_{name}"))


SHARED = Shared(name="Bob <b>", member_id=MemberId("member_bob"), shared_at=AT, with_group=True)
EVE = line("Eve", Turn.WAITING, AT)
NUDGE = Nudge(
    id=NudgeId("nudge_1"),
    lines=(
        line("Bob", Turn.DUE, AT),
        line("Dana <&>", Turn.DUE, AT),
        EVE,
        line("Finn", Turn.WRITTEN, AT),
        line("Gus", Turn.LATER, None),
        line("Hal", Turn.AWAY, None),
    ),
    shared=(SHARED, replace(SHARED, name="Dana", member_id=DANA, with_group=False)),
    shared_since=None,
    shared_until=AT,
    question=Question("Bob", "Knows how", "Where did you hesitate?"),
    met=(Met("Group 1", date(2026, 9, 21)),),
)
WEEK = SharedWeek(None, AT, 2)
WAITING = (
    ToDoLine("*Bob* says that they have grown into *Does*.", button("Answer", "stage.open")),
    ToDoLine("Your agreement with *Dana* waits for you.", button("Open", "agreement.open")),
)


def as_json(message: object) -> dict[str, object]:
    return {"text": message.text, "blocks": list(message.blocks)}  # type: ignore[attr-defined]


def test_the_weekly_nudge(golden: Golden) -> None:
    golden("nudge", views.nudge(NUDGE, WAITING, tz="Europe/London"))


def test_a_week_in_which_some_have_gone_quiet(golden: Golden) -> None:
    long_ago = Met("Group 1", None, 9)
    quiet = replace(
        NUDGE, shared=(), question=None, met=(long_ago,), unmet=(long_ago,), quiet=(EVE,)
    )

    golden("nudge_quiet", views.nudge(quiet, (), tz="Europe/London"))


def test_who_is_named_as_quiet_is_not_named_again_and_equal_names_stay_two_people() -> None:
    quiet = line("Anna Ng", Turn.WAITING, AT)
    due = replace(line("Anna Ng", Turn.DUE, AT), member_id=DANA)
    both = (
        replace(SHARED, name="Anna Ng"),
        replace(SHARED, name="Anna Ng", member_id=DANA, with_group=False),
    )
    found = replace(NUDGE, lines=(due, quiet), quiet=(quiet,), shared=both, met=())

    text = views.nudge(found, (), tz="UTC").text
    blocks = str(views.nudge(found, (), tz="UTC").blocks)

    for shown in (text, blocks):
        assert "Anna Ng (5 October, with the group too); Anna Ng (5 October)" in shown
        assert "Check-in due this week: Anna Ng (5 October)" in shown
        assert "No check-in since" not in shown
    assert "Quiet lately: Anna Ng." in text


def test_who_is_quiet_and_not_shown_as_such_stays_in_the_small_line() -> None:
    many = tuple(line(f"Mentee {n:02}", Turn.WAITING, AT) for n in range(views.NAMES_SHOWN + 1))

    text = views.nudge(replace(NUDGE, lines=many, quiet=many), (), tz="UTC").text

    assert "No check-in since they were asked: Mentee 20" in text


def test_a_week_in_which_nothing_waits(golden: Golden) -> None:
    calm = replace(NUDGE, shared=())

    golden("nudge_calm", views.calm_week(calm, is_silent=False))
    golden("nudge_silent", views.calm_week(calm, is_silent=True))


def test_the_text_alone_says_everything_that_matters() -> None:
    text = views.nudge(NUDGE, WAITING, tz="Europe/London").text

    for words in (
        "Check-in due this week: Bob and Dana &lt;&amp;&gt; (both 5 October)",
        "Bob says that they have grown into Does.",
        "No check-in since they were asked: Eve",
        "Paused: Hal",
        "2 check-ins shared with you: Bob &lt;b&gt; (5 October, with the group too); Dana (5 Oct",
        "Where did you hesitate?",
        "Last meeting noted: 21 September",
    ):
        assert words in text


def test_each_of_several_groups_is_named_with_its_latest_meeting() -> None:
    met = (Met("Group <1>", date(2026, 9, 21)), Met("Group 2", None))

    text = views.nudge(replace(NUDGE, met=met), (), tz="UTC").text

    assert "Group &lt;1&gt;: 21 September; Group 2: none yet" in text


def test_a_long_week_is_summarised_honestly() -> None:
    lines = tuple(line(f"Mentee {n}", Turn.DUE, AT) for n in range(60))
    shared = tuple(replace(SHARED, name=f"Mentee {n}") for n in range(60))

    message = views.nudge(replace(NUDGE, lines=lines, shared=shared), WAITING * 9, tz="UTC")

    assert problems_of(as_json(message)) == []
    assert "15 more on my Home tab" in message.text
    assert "and 40 more" in message.text
    assert "Mentee 19 (5 October, with the group too) and 40 more" in str(message.blocks)
    assert "60 check-ins shared with you" in message.text
    assert "nudge.met" in str(message.blocks)


def test_long_names_do_not_break_the_message() -> None:
    lines = tuple(line("&" * 300, turn, AT) for turn in Turn for _ in range(30))
    shared = tuple(replace(SHARED, name=f"{n}{'&' * 300}") for n in range(20))

    message = views.nudge(replace(NUDGE, lines=lines, shared=shared), WAITING * 9, tz="UTC")

    assert problems_of(as_json(message)) == []
    assert len(message.text.encode()) <= 3500


def test_what_is_said_after_the_buttons(golden: Golden) -> None:
    golden("nudge_snoozed", views.snoozed_until(date(2026, 10, 6), "09:00"))
    golden("nudge_put_off", views.put_off_until_next_week())
    golden("nudge_silence_on", views.silence_chosen(silent=True))
    golden("nudge_silence_off", views.silence_chosen(silent=False))
    golden("nudge_out_of_date", views.out_of_date())


def test_the_home_tab_of_a_mentor(golden: Golden) -> None:
    blocks = views.home_mentor(NUDGE.lines, [SHARED], WEEK, tz="Europe/London")

    golden("nudge_home", {"type": "home", "blocks": blocks})
