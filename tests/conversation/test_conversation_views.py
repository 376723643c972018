"""Answers to people who write to Cairn, letter by letter."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.conversation.model import Correspondent
from bot.conversation.rules import Verb
from bot.people.model import MemberState
from handlers.conversation import views
from tests.support.cast import ALICE, BOB, CAROL, PROGRAMME
from tests.support.golden import Golden

NOW = datetime(2026, 9, 8, 8, tzinfo=UTC)
SEEN = Correspondent(
    slack_user_id=BOB.slack_user_id, member=BOB, programme=PROGRAMME, present=[CAROL]
)


def test_the_answers_to_somebody_who_writes(golden: Golden) -> None:
    stranger = replace(SEEN, member=None, programme=None)
    gone = replace(SEEN, member=replace(BOB, state=MemberState.LEFT))
    golden("conversation_answer", views.answer(SEEN, now=NOW))
    golden("conversation_answer_mentor", views.answer(replace(SEEN, member=ALICE), now=NOW))
    golden("conversation_answer_stranger", views.answer(stranger, now=NOW))
    golden("conversation_answer_gone", views.answer(gone, now=NOW))


def test_the_words_after_the_command(golden: Golden) -> None:
    for verb in (Verb.STOP, Verb.SKIP, Verb.RESUME, Verb.ERASE, Verb.CONTACT):
        golden(f"conversation_word_{verb.value}", views.lead_to(verb, SEEN, now=NOW))
    golden("conversation_back", views.back())
