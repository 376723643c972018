"""What the two sides of an agreement are shown."""

from dataclasses import replace
from datetime import date, timedelta

from bot.agreements.model import Aspect, PairProgress, PairSide
from bot.agreements.rules import MOST_CHARS, OPTIONS, WORDS
from bot.kinds import ToDoKind
from bot.todos import ToDo, Weight
from handlers import blocks as ui
from handlers.agreements import form_views, views
from handlers.agreements.form_views import Prefilled
from handlers.blocks import View
from tests.agreements.test_agreement_rules import NOW, PAIR, SAID, version
from tests.support.golden import Golden
from tests.support.limits import problems_of

BOTH = dict.fromkeys(PairSide, NOW)
THEIRS = SAID | {
    Aspect.GOALS: "Listen <first>.",
    Aspect.FREQUENCY: "monthly",
    Aspect.WHERE: "video",
}


def test_every_choice_has_its_words() -> None:
    assert {one: tuple(said) for one, said in form_views.SAID.items()} == dict(OPTIONS)
    assert set(form_views.LABELS) == set(form_views.SHORT) == set(views.TALK) == set(Aspect)


def test_the_form_for_one_side(golden: Golden) -> None:
    before = Prefilled(SAID, of="Dana")
    form = form_views.side_form(
        "Bob", "pairing_one", before=before, also=[("pairing_two", "Eve")], ends_on=date(2027, 6, 6)
    )

    golden("side_form", form)


def test_the_form_for_the_text_of_both(golden: Golden) -> None:
    text = form_views.text_form((SAID, THEIRS), ("Bob", "Alice"), SAID, metadata="pairing_one|0|0")

    golden("text_form", text)


def test_two_answers_side_by_side(golden: Golden) -> None:
    progress = PairProgress(pair=PAIR, filled=BOTH)

    golden("comparison", views.comparison(progress, PairSide.MENTEE, SAID, THEIRS))


def test_an_agreement_with_an_earlier_version(golden: Golden) -> None:
    agreed = replace(version(1, agreed_at=NOW - timedelta(days=31)))
    progress = PairProgress(pair=PAIR, filled=BOTH, versions=(agreed, version(2)))
    shown = views.OpenVersion(progress.versions[1], SAID)

    view = views.agreement_view(progress, PairSide.MENTOR, shown, tz="Europe/London", now=NOW)

    golden("agreement", view)


def test_home_and_to_dos(golden: Golden) -> None:
    nobody = PairProgress(pair=PAIR)
    agreed = PairProgress(pair=PAIR, filled=BOTH, versions=(version(1, agreed_at=NOW),))
    of_two = [(agreed, PairSide.MENTEE), (nobody, PairSide.MENTOR)]
    names = ("Bob", "Dana", "Eve", "Finn")
    fill = ToDo(kind=ToDoKind.FILL_AGREEMENT, weight=Weight.IS_DUE, since=NOW, names=names, count=4)
    one = replace(fill, names=("Bob",), count=1, about="pairing_one")
    says = (views.compare_answers, views.confirm_agreement, views.review_agreement)
    lines = [views.fill_agreement(fill), views.fill_agreement(one), *(say(one) for say in says)]

    golden(
        "home",
        ui.home(
            [
                *views.home([(nobody, PairSide.MENTOR)], tz="Europe/London", now=NOW),
                *views.home(of_two, tz="Europe/London", now=NOW),
                *views.coordinator_home(agreed=1, pairs=2),
                *(ui.section(line.sentence, accessory=line.button) for line in lines),
            ]
        ),
    )
    golden("list", views.the_list(of_two, tz="Europe/London", now=NOW))


def fits(view: View) -> None:
    assert problems_of(view) == []


def test_the_longest_words_fit() -> None:
    said = {one: OPTIONS[one][0] for one in OPTIONS} | dict.fromkeys(WORDS, "<&>" * 333)
    long = dict.fromkeys(WORDS, "<&>\n" * 500)
    progress = PairProgress(pair=PAIR, filled=BOTH, versions=(version(1),))

    assert len(said[Aspect.GOALS]) <= MOST_CHARS
    fits(views.comparison(progress, PairSide.MENTEE, said, said | {Aspect.GOALS: "&" * 1000}))
    shown = views.OpenVersion(progress.versions[0], said | long)
    fits(views.agreement_view(progress, PairSide.MENTOR, shown, tz="UTC", now=NOW))
    fits(form_views.text_form((said, said), ("B" * 80, "A" * 80), said | long, metadata="x"))


def test_a_meetings_agenda_names_with_whom_there_is_no_agreement_and_nothing_of_what() -> None:
    line = views.agreement_to_talk_about(["Bob", "Dana <!here>"])

    assert line.title.startswith("No agreement yet with Bob and Dana &lt;!here&gt;")
    assert line.button == views.MINE


def test_what_a_side_sees_before_the_other_has_answered(golden: Golden) -> None:
    progress = PairProgress(pair=PAIR, filled={PairSide.MENTEE: NOW})

    golden("own_answers", views.own_answers(progress, PairSide.MENTEE, SAID))
    golden("saved_for_several", views.saved_for_several(["Bob", "Eve <b>"]))


def test_what_a_side_sees_when_answers_cannot_be_read(golden: Golden) -> None:
    progress = PairProgress(pair=PAIR, filled=BOTH)

    golden("lost_answers_own", views.lost_answers(progress, PairSide.MENTEE, is_own=True))
    golden("lost_answers_theirs", views.lost_answers(progress, PairSide.MENTEE, is_own=False))
