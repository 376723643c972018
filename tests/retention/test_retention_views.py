"""What is kept and until when, as coordinators and members see it."""

from dataclasses import replace
from datetime import UTC, date, datetime

from bot.retention.model import RetentionPlan
from handlers import blocks as ui
from handlers.retention import views
from tests.support.cast import HERE, PROGRAMME
from tests.support.golden import Golden

BEFORE = RetentionPlan(
    workspace_id=HERE, programme_id=PROGRAMME.id, words_days=90, names_days=365, notice_days=14
)
AT = datetime(2027, 9, 1, tzinfo=UTC)
TOLD_ON = date(2027, 8, 29)
TOLD = replace(BEFORE, closed_on=date(2027, 6, 14), told_on=TOLD_ON)
COUNTS = {"checkin": 340, "goal": 61, "charter": 1, "nudge": 12}
GONE = replace(TOLD, words_gone_at=AT, counts=COUNTS)


def test_what_a_coordinator_sees(golden: Golden) -> None:
    golden("retention_form", views.page(PROGRAMME, BEFORE))
    golden("retention_page", views.page(PROGRAMME, TOLD))
    golden("retention_page_gone", views.page(PROGRAMME, replace(GONE, failed_at=AT)))
    golden("retention_saved", views.saved())
    every = [BEFORE, TOLD, GONE, replace(GONE, names_gone_at=AT)]
    lines = [b for one in every for b in views.tools_line(PROGRAMME, one, today=TOLD_ON)]
    golden("retention_tools", ui.home([lines[1]]))
    assert len({block["text"]["text"] for block in lines}) == 4


def test_what_goes_within_thirty_days_is_said_loudly() -> None:
    def line(today: date) -> str:
        [block] = views.tools_line(PROGRAMME, TOLD, today=today)
        return str(block["text"]["text"])

    assert "The next goes" not in line(date(2027, 8, 12))
    assert "*The next goes in 30 days.*" in line(date(2027, 8, 13))
    assert "*The next goes in 1 day.*" in line(date(2027, 9, 11))
    assert "*The next goes today.*" in line(date(2027, 9, 14))


def test_what_a_member_sees(golden: Golden) -> None:
    golden("retention_home", ui.home(views.home(TOLD)))
    golden("retention_home_gone", ui.home(views.home(GONE)))
    golden("retention_notice", views.notice_before(PROGRAMME, TOLD, is_mentee=True))
    golden("retention_notice_mentor", views.notice_before(PROGRAMME, TOLD, is_mentee=False))
    assert views.home(BEFORE) == []


def test_what_coordinators_are_told(golden: Golden) -> None:
    golden("retention_news", views.news(PROGRAMME, TOLD))
    golden("retention_news_begun", views.news(PROGRAMME, replace(TOLD, told_on=None)))
    golden("retention_news_gone", views.news(PROGRAMME, GONE))
    golden("retention_news_failed", views.news(PROGRAMME, replace(TOLD, failed_at=AT)))
