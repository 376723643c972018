"""The page of what coordinators did, letter by letter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.audit.model import Act, AuditEntry, AuditId
from handlers import blocks as ui
from handlers.audit import views
from tests.support.cast import ALICE, BOB, CAROL, HERE
from tests.support.golden import Golden

NOW = datetime(2026, 9, 7, 22, 30, tzinfo=UTC)
NAMES = {ALICE.id: "Alice <!here>", BOB.id: "Bob & Co", CAROL.id: "Carol"}
MOVED = AuditEntry(
    id=AuditId("audit_1"),
    workspace_id=HERE,
    at=NOW,
    act=Act.CONFLICT_RECORDED,
    by=CAROL.id,
    about=(ALICE.id, BOB.id),
)
EXTENDED = replace(
    MOVED, at=NOW - timedelta(days=3), act=Act.PROGRAMME_EXTENDED, about=(), what="2 weeks"
)
IMPORTED = replace(EXTENDED, by=None, act=Act.PEOPLE_IMPORTED, what="12")


def test_the_page(golden: Golden) -> None:
    shown = views.ActsShown(
        entries=[MOVED, EXTENDED, IMPORTED], names=NAMES, tz="Europe/London", earlier="2026"
    )
    golden("audit_page", views.page(shown))
    golden("audit_line", ui.modal(callback_id="x", title="x", blocks=[views.tools_line()]))


def test_a_page_with_nothing_on_it(golden: Golden) -> None:
    golden("audit_empty", views.page(views.ActsShown(entries=[], names={}, tz="UTC")))


def test_each_act_has_a_sentence() -> None:
    said = [act for acts in views.SAID.values() for act in acts]

    assert sorted(said) == sorted(Act)


def test_of_many_people_the_first_are_named() -> None:
    many = replace(MOVED, act=Act.TRAINING_NOTED, about=(ALICE.id, BOB.id, CAROL.id, BOB.id))
    gone = replace(MOVED, act=Act.TRAINING_NOTED, about=())

    assert views.sentence(many, NAMES).endswith("Alice <!here>, Bob & Co, Carol and 1 more")
    assert views.sentence(gone, NAMES).endswith(views.GONE)
