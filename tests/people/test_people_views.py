"""Forms and messages about membership and programmes, letter by letter."""

from datetime import date

import pytest

from bot.people.model import RosterImport
from config.catalogue import Catalogue, load_catalogue
from handlers.people import views as people
from handlers.programme import views as programme
from tests.support.cast import ALICE, BOB, CAROL, PROGRAMME, TEMPLATE
from tests.support.golden import Golden
from tests.support.workspace import all_text

NASTY = "<!channel> & <@U0X>"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_the_code_of_conduct(golden: Golden, catalogue: Catalogue) -> None:
    golden("people_conduct", people.conduct_modal(catalogue.conduct, accepted_on=None))
    accepted = people.conduct_modal(catalogue.conduct, accepted_on=date(2026, 9, 2))
    golden("people_conduct_accepted", accepted)


def test_messages(golden: Golden) -> None:
    golden("people_conduct_invitation", people.conduct_invitation(BOB))
    golden("people_welcome_back", people.welcome_back(BOB))


def test_a_break(golden: Golden) -> None:
    golden("people_pause", people.pause_modal())


def test_the_roster_form(golden: Golden) -> None:
    golden("people_roster", people.roster_modal())
    golden("people_roster_reading", people.reading_modal())
    golden("people_roster_refused", people.roster_refused(f"No {NASTY}."))


def test_what_an_import_did(golden: Golden) -> None:
    done = RosterImport(added=(ALICE, BOB), absent=(CAROL,), warnings=(f"Line 2: {NASTY}.",))

    golden("people_roster_done", people.roster_result(done))


def test_what_an_import_could_not_do(golden: Golden) -> None:
    done = RosterImport(problems=(f"Line 2: {NASTY}.",), warnings=("Line 3: look again.",))

    golden("people_roster_problems", people.roster_result(done))


def test_a_hundred_problems_are_cut_and_counted() -> None:
    done = RosterImport(problems=tuple(f"Line {line}: wrong." for line in range(2, 102)))

    shown = all_text(people.roster_result(done))

    assert "Line 21: wrong." in shown
    assert "Line 22: wrong." not in shown
    assert "And 80 more." in shown


def test_the_programme_form(golden: Golden) -> None:
    new = programme.programme_modal([TEMPLATE], draft=None, first_day=date(2026, 9, 14))
    golden("programme_new", new)
    draft = programme.programme_modal([TEMPLATE], draft=PROGRAMME, first_day=date(2026, 9, 14))
    golden("programme_draft", draft)


def test_the_contacts_form(golden: Golden) -> None:
    golden("programme_contacts", programme.contacts_modal(PROGRAMME))


def test_every_form_says_who_sees_it(catalogue: Catalogue) -> None:
    for form in (
        people.conduct_modal(catalogue.conduct, accepted_on=None),
        people.pause_modal(),
        people.roster_modal(),
        programme.programme_modal([TEMPLATE], draft=None, first_day=date(2026, 9, 14)),
        programme.contacts_modal(PROGRAMME),
    ):
        assert "*Who sees this:*" in all_text(form)
