from bot.flows.sealed_words import SEALED
from bot.kernel.row_security import CLEARED
from bot.keys.keyring import WORDS
from runtime.doctor.keys import SEALED_AS


def test_the_doctor_has_a_word_for_everything_that_is_sealed() -> None:
    assert {each.table.name for each in SEALED} == set(SEALED_AS)


def test_what_is_left_of_deleted_words_is_cleared_in_every_table_that_holds_some() -> None:
    words = {each.table.name for each in SEALED if each.kind == WORDS}

    assert set(CLEARED) == words | {"pulse_ballot"}
