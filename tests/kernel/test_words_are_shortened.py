"""Where words are shortened their beginning shows, whatever they are and however short."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.kernel.words import SHORTEST, cut, units, utf8_bytes
from handlers.blocks import escape, quote, quoted_units
from handlers.free_text import quoted

WORDS = [
    "ward",
    "मैंने",
    "पूछा",
    "नमस्ते",
    "👩🏽‍⚕️",
    "🇮🇳🇬🇧",
    "é" * 9,
    "R&D",
    "<b>",
    "word," * 30,
    "x" * 50,
]
PROSE = st.lists(st.sampled_from([*WORDS, " ", "  ", "\n"]), max_size=60).map(" ".join)
ANY = st.one_of(st.text(max_size=400), PROSE)
LIMITS = st.integers(min_value=SHORTEST, max_value=300)
MEASURES = st.sampled_from([len, units, utf8_bytes, quoted_units])


def unquoted(shown: str) -> str:
    return html.unescape("\n".join(line.removeprefix(">") for line in shown.split("\n")))


@given(ANY, LIMITS, MEASURES)
def test_what_is_shortened_keeps_to_its_limit_and_shows_the_beginning(text, limit, measure) -> None:  # type: ignore[no-untyped-def]
    shown = cut(text, limit, measure=measure)

    assert measure(shown) <= limit
    if shown != text:
        assert shown == text.strip() or text.strip().startswith(shown.removesuffix("…"))
        assert shown != "…"


@given(PROSE, LIMITS)
def test_it_is_cut_between_words_unless_one_word_fills_half_of_it(text: str, limit: int) -> None:
    shown = cut(text, limit, measure=len)

    if shown.endswith("…") and shown != text:
        kept = shown.removesuffix("…")
        rest = text.strip()[len(kept) :]
        last_word = text.strip()[: limit - 1].split()[-1]
        assert rest[0].isspace() or len(last_word) >= limit // 2 - 1


@given(ANY, LIMITS)
def test_no_escaped_sign_is_cut_in_two(text: str, limit: int) -> None:
    shown = cut(escape(text), limit)

    assert html.escape(html.unescape(shown), quote=False) == shown or "&" in text


@given(ANY, LIMITS)
def test_a_quotation_keeps_to_its_limit_and_shows_the_beginning(text: str, limit: int) -> None:
    shown = quote(text, limit=limit)

    assert units(shown) <= limit
    assert text.strip().startswith(unquoted(shown).removesuffix("…").strip())
    assert shown != ">…"


@given(st.one_of(ANY, PROSE.map(lambda text: text * 40)))
def test_a_quotation_in_pieces_loses_nothing_but_spaces_where_it_is_folded(text: str) -> None:
    pieces = quoted(text)

    assert all(units(piece) <= 3000 for piece in pieces)
    back = "".join(unquoted(piece) for piece in pieces)
    assert "".join(back.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("I asked for help on the ward round", 24, "I asked for help on the…"),
        ("A & B " * 9, 21, "A & B A & B A & B A…"),
        ("x" * 40, 12, "x" * 11 + "…"),
        ("मैंने वार्ड में मदद माँगी", 16, "मैंने वार्ड में…"),
        ("\n\n   The first line\nand more of it", 16, "The first line…"),
        ("Hello <@U0CAROL> of the ward", 14, "Hello…"),
    ],
)
def test_a_text_of_one_paragraph_is_cut_at_a_word(text: str, limit: int, shown: str) -> None:
    assert cut(text, limit) == shown


def test_a_person_of_several_signs_stays_whole() -> None:
    assert cut("👩🏽‍⚕️" * 9, SHORTEST) == "👩🏽‍⚕️…"
    assert cut("🇮🇳" * 9, SHORTEST) == "🇮🇳🇮🇳…"
