"""The markdown block as HTML: the part of Markdown that Slack shows.

https://docs.slack.dev/reference/block-kit/blocks/markdown-block
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from slack_sandbox.page import mrkdwn
from slack_sandbox.page.markup import attributes, link_attributes, safe_image, safe_link, tag

_TASK = re.compile(r"\[([ xX])\]\s+")
_TABLE = {"class": "table-wrap", "tabindex": "0", "role": "region", "aria-label": "Table"}
# Slack's reference knows neither of these; what is written so is shown as typed.
_UNKNOWN = ["code", "html_block", "html_inline", "lheading", "reference"]


def render(text: str) -> Markup:
    """Return the HTML of a Markdown text; raw HTML in it is shown as typed."""
    # The renderer below escapes every text and attribute, so this is Markup.
    return tag("div", {"class": "rich"}, Markup(_PARSER.render(text)))  # noqa: S704


class _Parser(MarkdownIt):
    """Takes for a link what the page takes for one; any other is shown as typed."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        """Say whether an address may be followed."""
        return safe_link(url) is not None


class _Html(RendererHTML):
    """Writes tokens as the page's own elements, with nothing between them."""

    def renderToken(  # noqa: N802 - the library's name
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Write an opening or closing tag."""
        token = tokens[idx]
        if token.hidden:
            return ""
        name = token.tag
        return f"</{name}>" if token.nesting < 0 else f"<{name}{attributes(token.attrs)}>"

    def text(self, tokens: Sequence[Token], idx: int, _: OptionsDict, __: EnvType) -> str:
        """Write a text with the emoji in it."""
        return mrkdwn.with_emoji(tokens[idx].content)

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Write a link to the picture, or its alternative text where no link can be."""
        address = safe_image(tokens[idx].attrGet("src"))
        alternative = self.renderInlineAsText(tokens[idx].children, options, env)
        inside_a_link = sum(one.nesting for one in tokens[:idx] if one.tag == "a") > 0
        if address is None or inside_a_link:
            return mrkdwn.with_emoji(alternative)
        return tag("a", link_attributes(address), alternative or address)


def _as_on_the_page(state: StateCore) -> None:
    """Give each token the tag and the attributes that the page's style sheet knows."""
    before = None
    for token in state.tokens:
        if token.type.startswith("paragraph"):
            token.tag, token.attrs = "div", {"class": "para"}
        elif token.type.startswith("heading"):
            # The page has headings of its own down to the third level.
            level = min(6, int(token.tag[1]) + 3)
            token.tag, token.attrs = "div", {"class": f"h h{level}"}
        elif token.type in ("th_open", "td_open"):
            token.attrs = {"scope": "col"} if token.tag == "th" else {}
        elif token.type == "inline":
            _mark_inline(token.children or [], is_item=before == "list_item_open")
        if not token.type.startswith("paragraph"):
            before = token.type


def _mark_inline(tokens: list[Token], *, is_item: bool) -> None:
    for token in tokens:
        if token.type == "link_open":
            token.attrs = dict(link_attributes(token.attrGet("href")))
    task = _TASK.match(tokens[0].content) if is_item and tokens else None
    if task:
        done = task[1] != " "
        mark = {"role": "img", "aria-label": "done" if done else "open"}
        shown = tag("span", mark, "☑" if done else "☐")
        tokens[0].content = tokens[0].content[task.end() :]
        tokens.insert(0, Token("html_inline", "", 0, content=f"{shown} "))


def _parser() -> MarkdownIt:
    parser = _Parser("js-default", {"breaks": True, "linkify": True}, renderer_cls=_Html)
    parser.disable(_UNKNOWN)
    if parser.linkify:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    parser.core.ruler.push("as_on_the_page", _as_on_the_page)
    parser.add_render_rule("table_open", _open_table)
    parser.add_render_rule("table_close", _close_table)
    return parser


def _open_table(*_: object) -> str:
    return f"<div{attributes(_TABLE)}><table>"


def _close_table(*_: object) -> str:
    return "</table></div>"


_PARSER = _parser()
