"""Messages, forms and pages of peer rounds, letter by letter."""

from dataclasses import replace
from datetime import date

from bot.kernel.ids import MemberId, SlackUserId
from bot.peers.model import (
    OwnPeers,
    Peer,
    PeerComing,
    PeerMeetingId,
    PeerReach,
    PeerRound,
    PeerRoundId,
    PeerRoundState,
    PeerSeries,
    RoundSums,
    SeriesId,
    SeriesOutlook,
    SeriesPlan,
    SeriesState,
)
from bot.people.model import Role
from handlers import blocks as ui
from handlers.peers import form_views, views
from tests.support.cast import BOB, HERE, PROGRAMME
from tests.support.golden import Golden

MONDAYS = (date(2026, 10, 5), date(2026, 10, 19), date(2026, 11, 2))
NEXT = MONDAYS[1]
QUESTION = "What do you still look up every time, and how do you feel about that?"
ROUND = PeerRound(
    id=PeerRoundId("peer_round_1"),
    workspace_id=HERE,
    series_id=SeriesId("peers_1"),
    number=1,
    begins_on=MONDAYS[0],
    state=PeerRoundState.OPEN,
    seed=7,
)
ROSA = Peer(
    member_id=MemberId("member_rosa"),
    slack_user_id=SlackUserId("U0003ROSA"),
    name="Rosa & Co",
    coming=PeerComing.COMES,
)
LIAM = replace(ROSA, member_id=MemberId("member_liam"), slack_user_id=SlackUserId("U0005LIAM"))
LIAM = replace(LIAM, name="Liam <!here>")
OWN = OwnPeers(
    round=ROUND,
    own_id=BOB.id,
    meeting_id=PeerMeetingId("peer_meeting_1"),
    programme_id=PROGRAMME.id,
    reach=PeerReach.GROUP,
    about="",
    coming=PeerComing.COMES,
    others=(ROSA,),
)
ALONE = replace(OWN, others=(replace(ROSA, coming=PeerComing.SKIPS),))
PLAN = SeriesPlan(
    roles=frozenset({Role.MENTEE}),
    reach=PeerReach.GROUP,
    size=2,
    every_weeks=2,
    first_on=MONDAYS[0],
    rounds=3,
)
OUTLOOK = SeriesOutlook(
    dates=MONDAYS,
    people=45,
    sizes={2: 18, 3: 3},
    first_repeat=2,
    pools_repeating=3,
    pools=9,
    alone=1,
    away=2,
    unclear=0,
)
SERIES = PeerSeries(
    id=SeriesId("peers_1"),
    workspace_id=HERE,
    programme_id=PROGRAMME.id,
    plan=PLAN,
    state=SeriesState.ACTIVE,
    seed=7,
)


def test_messages_to_peers(golden: Golden) -> None:
    said = views.Said(question=QUESTION, next_on=NEXT)
    trio = replace(OWN, others=(LIAM, ROSA), reach=PeerReach.INTEREST)

    golden("announced", views.announced(OWN, **said))
    golden("announced_trio", views.announced(trio, **said))
    golden("announced_nobody", views.announced(ALONE, **said))
    golden("changed", views.changed(OWN, **said))
    golden("changed_nobody", views.changed(ALONE, **said))
    golden("asked", views.asked(trio))
    golden("answered_met", views.answered(replace(OWN, was_held=True)))
    golden("answered_not_met", views.answered(replace(OWN, said_met=False)))
    golden("skipped", ui.paragraph(views.skipped(NEXT)))


def test_home_of_a_peer(golden: Golden) -> None:
    golden("home", ui.home(views.home([OWN], asks=False)))
    golden("home_asks", ui.home(views.home([OWN], asks=True)))
    golden("home_alone", ui.home(views.home([ALONE], asks=False)))
    golden("home_met", ui.home(views.home([replace(OWN, was_held=True)], asks=True)))
    golden("home_skips", ui.home(views.home([replace(OWN, coming=PeerComing.SKIPS)], asks=False)))


def test_setting_peer_rounds_up(golden: Golden) -> None:
    golden("form", form_views.form(PROGRAMME, PLAN))
    golden("preview", form_views.preview(PLAN, OUTLOOK, question=QUESTION, metadata="plan"))
    none = replace(OUTLOOK, people=0, sizes={}, pools=0, alone=1)
    golden("preview_empty", form_views.preview(PLAN, none, question=QUESTION, metadata="plan"))


def test_pages_of_coordinators(golden: Golden) -> None:
    held = RoundSums(round=ROUND, people=45, meetings=21, met=17, called_off=2, skipped=3)
    skipped = replace(ROUND, number=2, begins_on=NEXT, state=PeerRoundState.SKIPPED)
    sums = [
        held,
        replace(held, round=skipped),
        replace(held, people=4, round=replace(ROUND, number=3, begins_on=MONDAYS[2])),
    ]

    golden("page", form_views.page(PROGRAMME, [(SERIES, MONDAYS)]))
    golden("page_empty", form_views.page(PROGRAMME, []))
    golden("series", form_views.series_page(SERIES, sums, MONDAYS[1:]))
    ended = replace(SERIES, state=SeriesState.ENDED)
    golden("series_ended", form_views.series_page(ended, sums[:1], [], note="*Ended.*"))
