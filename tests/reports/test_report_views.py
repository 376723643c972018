"""The form for a report, and the line among the tools, letter by letter."""

from dataclasses import replace

from bot.kernel.ids import ProgrammeId
from bot.programme.model import ProgrammeState
from handlers.blocks import modal
from handlers.reports import views
from tests.support.cast import PROGRAMME
from tests.support.golden import Golden

CLOSED = replace(PROGRAMME, id=ProgrammeId("before"), name="x" * 75, state=ProgrammeState.CLOSED)


def test_reports_among_the_tools(golden: Golden) -> None:
    golden("reports_tool", modal(callback_id="tools", title="Tools", blocks=views.tool()))


def test_the_form_for_a_report(golden: Golden) -> None:
    golden("reports_form", views.form([PROGRAMME, CLOSED]))


def test_a_report_that_was_sent(golden: Golden) -> None:
    golden("reports_sent", views.report_sent(is_whole=True))
    golden("reports_sent_with_gaps", views.report_sent(is_whole=False))
    assert "missing" in views.sent(is_whole=False)
    assert "missing" not in views.sent(is_whole=True)


def test_a_hundred_programmes_can_be_chosen_from(golden: Golden) -> None:
    many = [replace(PROGRAMME, id=ProgrammeId(f"p{n}")) for n in range(150)]
    golden("reports_form_of_many", views.form(many))
