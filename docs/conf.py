"""Make a site of these pages, by Sphinx: `script/docs`.

The pages are plain Markdown, which reads as well where the repository is read. A page that leads to
others has them in lists; the menu of the site is made of these lists, so that there is no second.
"""

import re
from pathlib import Path
from posixpath import relpath

from sphinx.application import Sphinx

project = "Cairn"
author = "The people who make Cairn"
html_title = "Cairn"
html_theme = "furo"
html_show_copyright = False
html_show_sourcelink = False
html_show_sphinx = False
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["pages.css"]
extensions = ["myst_parser"]
myst_heading_anchors = 4
smartquotes = False
suppress_warnings = ["misc.highlighting_failure"]  # what psql knows besides SQL

_ROOT = Path(__file__).parents[1]
_BESIDE = {
    "changes": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "security": "SECURITY.md",
    "sandbox": "sandbox/README.md",
    "how-to/use-the-sandbox": "sandbox/docs/how-to/use-the-sandbox.md",
    "reference/sandbox-control": "sandbox/docs/reference/control.md",
    "how-to/try-your-own-bolt-app": "sandbox/docs/how-to/try-your-own-bolt-app.md",
}
"""Where the text of a page lies that is not in this folder; there, the page only leads to it."""
_MENUS = {
    "index", "for-coordinators", "for-members", "for-operators", "for-developers",
    "reference/index", "explanation/index", "adr/index",
}  # fmt: skip
_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)(#[^)]*)?\)")
_LISTED = re.compile(r"^- .*?\]\(([^)#:]+)\.md\)", re.MULTILINE)


def with_links(text: str, *, written_in: str, shown_as: str) -> str:
    """Let links lead from where the text is shown to where their page is; a folder has none."""

    def follow(found: re.Match[str]) -> str:
        target = (_ROOT / written_in).parent.joinpath(found[1]).resolve()
        if target.is_dir():
            return "]"
        named = target.relative_to(_ROOT).as_posix()
        page = next((f"{one}.md" for one, source in _BESIDE.items() if source == named), None)
        leads_to = page or relpath(named, "docs")
        return f"]({relpath(leads_to, Path(shown_as).parent.as_posix())}{found[2] or ''})"

    return _LINK.sub(follow, text)


def with_targets(text: str) -> str:
    """Let links lead to what is anchored by HTML, which Sphinx does not look into."""
    return re.sub(r'<a id="([^"]+)"></a>\n+', r"(\1)=\n", text)


def with_menu(text: str) -> str:
    """Append the pages of the lists in `text` as a hidden table of contents, in their order."""
    return "\n".join([text, "", "```{toctree}", ":hidden:", "", *_LISTED.findall(text), "```", ""])


def _read(_app: Sphinx, page: str, source: list[str]) -> None:
    written_in = _BESIDE.get(page, f"docs/{page}.md")
    text = (_ROOT / written_in).read_text(encoding="utf-8")
    text = with_targets(with_links(text, written_in=written_in, shown_as=page))
    source[0] = with_menu(text) if page in _MENUS else text


def setup(app: Sphinx) -> None:
    """Let Sphinx read the pages so."""
    app.connect("source-read", _read)
