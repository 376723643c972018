from bot.flows.sealed_words import SEALED
from runtime.commands.doctor import SEALED_AS


def test_the_doctor_has_a_word_for_everything_that_is_sealed() -> None:
    assert {each.table.name for each in SEALED} == set(SEALED_AS)
