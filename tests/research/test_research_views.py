"""The question of research and the page of the export, letter by letter."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.kinds import ToDoKind
from bot.research.model import ConsentAnswer, Turnout
from bot.todos import ToDo, Weight
from config.catalogue import load_catalogue
from handlers import blocks as ui
from handlers.research import views
from tests.support.cast import BOB, HERE, PROGRAMME
from tests.support.golden import Golden

TEXT = load_catalogue().consent
AT = datetime(2026, 10, 5, 9, tzinfo=UTC)
YES = ConsentAnswer(
    workspace_id=HERE,
    member_id=BOB.id,
    number=1,
    is_yes=True,
    version=TEXT.version,
    text=TEXT.digest,
    answered_at=AT,
)


def test_the_question(golden: Golden) -> None:
    golden("research_question", views.question(TEXT, None))
    golden("research_question_again", views.question(TEXT, YES))
    golden("research_saved_yes", views.saved(is_yes=True))
    golden("research_saved_no", views.saved(is_yes=False))
    todo = ToDo(kind=ToDoKind.DECIDE_ABOUT_RESEARCH, weight=Weight.CAN_WAIT, since=AT)
    line = views.decide(todo)
    golden("research_todo", ui.home([ui.section(line.sentence, accessory=line.button)]))
    both = [
        *views.settings(None),
        *views.settings(YES),
        *views.settings(replace(YES, is_yes=False)),
    ]
    golden("research_settings", ui.home(both))


def test_a_coordinator_reads_and_writes_the_question(golden: Golden) -> None:
    golden("research_text", views.text_form(TEXT, PROGRAMME, None))
    own = replace(TEXT, version=1001, introduction="<!channel> A study of Dr Amsel & others.")
    golden("research_text_own", views.text_form(own, PROGRAMME, Turnout(31, 40)))
    golden("research_text_saved", views.text_saved(has_changed=True))


def test_the_export(golden: Golden) -> None:
    other = replace(PROGRAMME, name="Mentoring & more 2025")
    page = views.export_page([PROGRAMME, other], [Turnout(31, 43), Turnout(4, 40)])
    golden("research_export", page)
    golden("research_export_too_few", views.export_page([PROGRAMME], [Turnout(4, 43)]))
    golden("research_tools", ui.home(views.tools_line()))
    golden("research_sent", views.export_sent())
    assert "4 of" not in str(page)


def test_a_no_is_as_near_as_a_yes() -> None:
    [block] = [one for one in views.question(TEXT, None)["blocks"] if one["type"] == "actions"]
    yes, no = block["elements"]

    assert yes.keys() == no.keys()
    assert "style" not in yes
