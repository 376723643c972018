"""Text that tries to break out, and a reader that tells whether it did."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from hypothesis import strategies as st

FRAGMENTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "<javascript:alert(1)|click>",
    '<https://a.example/" onclick="x|l>',
    "[x](javascript:alert(1))",
    "![x](data:text/html,<script>)",
    '![x"](https://a.example/"onerror=x)',
    "[![x](https://a.example/i)](https://a.example)",
    "[x]()",
    "\n\n|<b>|\n|:-:|\n|**x|\n",
    "\n- [x] <b>",
    "\n# ",
    "\n> ",
    "</textarea><script>",
    "</template><script>",
    "&lt;script&gt;",
    "<!channel>",
    "<@U1|<b>>",
    "<#C1|<b>>",
    "<!date^1^{date}^javascript:alert(1)|x>",
    "*_~`",
    "```",
    "\x00",
    "\u202e",
    "{{ 7 * 7 }}",
    "java\nscript:alert(1)",
)
texts = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=12)), max_size=6).map(
    "".join
)
values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["type", "text", "elements", "url", "value", "options", "style", "title", "rows"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)

_TAGS = frozenset(
    "a blockquote br button caption circle code details div em fieldset figcaption figure h2 h3 "  # noqa: SIM905
    "hr img input label legend li line ol optgroup option p path pre rect s select span strong "
    "summary svg table tbody td template text textarea th thead time tr u ul".split()
)
_VOID = frozenset({"br", "hr", "img", "input"})


class Reader(HTMLParser):
    """Collects what is wrong with a piece of HTML: strange tags, handlers, unsafe addresses."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check a tag and its attributes."""
        if tag not in _TAGS:
            self.wrong.append(f"tag {tag}")
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc", "formaction"):
                self.wrong.append(f"attribute {name}")
            address = (value or "").strip().lower()
            if name in ("href", "src") and not address.startswith(
                ("http://", "https://", "mailto:", "tel:", "slack:", "/")
            ):
                self.wrong.append(f"{name}={value}")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that what closes was open last."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"closing {tag}")

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        """There are no comments."""
        self.wrong.append(f"comment {data}")


def faults_of(html: str) -> list[str]:
    """Return what is wrong with a piece of HTML; empty when it is safe and well nested."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.wrong + [f"left open: {tag}" for tag in reader.open]


def text_of(html: str) -> str:
    """Return the text that a person reads in a piece of HTML."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.text)
