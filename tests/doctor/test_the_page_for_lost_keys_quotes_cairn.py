"""Whoever reads the page in distress finds there what Cairn has just told them, word for word."""

import re
from pathlib import Path

from bot.keys.vault import KeysAway
from bot.matching.exclusions import WishesUnreadable
from handlers.checkins.checkin_views import UNREADABLE
from handlers.pulse.form_views import void_message
from runtime.commands.keys import WISHES
from runtime.doctor.keys import _lost as lost

ROOT = Path(__file__).parents[2]
PAGE = " ".join((ROOT / "docs/how-to/when-keys-are-lost.md").read_text().split())
KEYS = (ROOT / "runtime/commands/keys.py").read_text()


def test_every_sentence_of_the_page_is_one_that_cairn_says() -> None:
    away = KeysAway("the key directory …").reason
    missing = lost({"checkin": 40, "pairing_wish": 2}, ["words-…"])
    altered = lost({"checkin": 40}, []).replace("check-ins (40)", "…")
    void = str(void_message("…")).partition("*")[2].partition("*")[0]
    for said in (
        away.partition(" Mount it")[0],
        missing.partition(". Put")[0],
        altered.partition(" Put")[0],
        WishesUnreadable().sentence.partition(" Tell")[0],
        re.sub("_|,.*", "", UNREADABLE),
        void,
        WISHES[1],
    ):
        assert said
        assert said in PAGE, said
    words = re.sub(r'"\s*f?"', "", KEYS)
    for fragment in (
        "This gives up ",
        " for good, whose keys are not in ",
        " had theirs elsewhere and ended without results.",
        " could not be read and are deleted: ask all members to give them again before you match.",
        "--start-anew --sure",
    ):
        assert fragment in PAGE, fragment
        assert fragment.strip() in words, fragment
