"""mrkdwn, Markdown and rich text as HTML."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from sandbox_support.hostile import faults_of, text_of, texts, values
from slack_sandbox.page import markdown, mrkdwn, richtext
from slack_sandbox.page.directory import Directory

NAMES = Directory(
    users={"U1": "Alice", "U2": "Bob"},
    channels={"C1": "general"},
    groups={"S1": "mentors"},
    viewer="U1",
    base="/client/T1/U1",
    zone="Europe/Berlin",
    now=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold*", "<strong>bold</strong>"),
        ("_italic_ ~gone~", "<em>italic</em> <s>gone</s>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("`a *b* &lt;c&gt;`", "<code>a *b* &lt;c&gt;</code>"),
        ("Q&amp;A &lt;now&gt;", "Q&amp;A &lt;now&gt;"),
        ("a & b < c", "a &amp; b &lt; c"),
        ("one\ntwo", "one<br>two"),
        (":tada:", '<span role="img" aria-label="tada" class="emoji">🎉</span>'),
        ("at 10:30:15 :nosuchemoji:", "at 10:30:15 :nosuchemoji:"),
    ],
)
def test_formatting_reads_as_in_slack(text: str, html: str) -> None:
    shown = mrkdwn.render(text, NAMES)

    assert shown == f'<div class="para">{html}</div>'


def test_a_mention_shows_the_name_and_ones_own_stands_out() -> None:
    shown = mrkdwn.render("<@U1> and <@U2> and <@U9|somebody>", NAMES)

    assert text_of(shown) == "@Alice and @Bob and @somebody"
    assert 'class="mention mention-me" data-user-id="U1"' in shown
    assert 'class="mention" data-user-id="U2"' in shown


def test_a_channel_leads_there_and_a_hidden_one_keeps_its_name() -> None:
    shown = mrkdwn.render("<#C1> <#C9|>", NAMES)

    assert '<a class="mention" href="/client/T1/U1/C1">#general</a>' in shown
    assert "a private channel" in shown


@pytest.mark.parametrize(("scope", "read"), [("here", "@here"), ("channel", "@channel")])
def test_a_broadcast_is_shown_as_one(scope: str, read: str) -> None:
    assert text_of(mrkdwn.render(f"<!{scope}>", NAMES)) == read


def test_an_escaped_broadcast_is_only_text() -> None:
    shown = mrkdwn.render("&lt;!channel&gt;", NAMES)

    assert text_of(shown) == "<!channel>"
    assert "mention" not in shown


def test_a_user_group_shows_its_handle() -> None:
    assert text_of(mrkdwn.render("<!subteam^S1>", NAMES)) == "@mentors"


@pytest.mark.parametrize(
    ("template", "read"),
    [
        ("{date_long} at {time}", "Monday 2 March 2026 at 10:00"),
        ("{date_short_pretty}", "Today"),
        ("{date_num} {time_secs}", "2026-03-02 10:00:00"),
        ("{ago}", "in 1 hour"),
        ("{unknown}", "{unknown}"),
    ],
)
def test_a_date_is_shown_in_the_readers_zone(template: str, read: str) -> None:
    moment_s = int(datetime(2026, 3, 2, 9, 0, tzinfo=UTC).timestamp())

    assert text_of(mrkdwn.render(f"<!date^{moment_s}^{template}|then>", NAMES)) == read


def test_a_date_out_of_the_calendar_falls_back_to_its_text() -> None:
    assert text_of(mrkdwn.render("<!date^999999999999^{date}|long ago>", NAMES)) == "long ago"


def test_links_open_elsewhere_and_only_safe_schemes_are_links() -> None:
    good = mrkdwn.render("<https://a.example/?x=1&amp;y=2|read>", NAMES)
    bad = mrkdwn.render("<javascript:alert(1)|read>", NAMES)

    assert 'href="https://a.example/?x=1&amp;y=2" target="_blank"' in good
    assert "<a" not in bad
    assert text_of(bad) == "<javascript:alert(1)|read>"


def test_a_bare_address_becomes_a_link_without_its_full_stop() -> None:
    shown = mrkdwn.render("See https://a.example/x.", NAMES)

    assert ">https://a.example/x</a>." in shown


def test_quotes_lists_and_code_are_blocks() -> None:
    shown = mrkdwn.render("&gt; said\n> more\n• one\n• two\n```\ncode *x*\n```", NAMES)

    assert shown == (
        "<blockquote>said<br>more</blockquote><ul><li>one</li><li>two</li></ul>"
        "<pre><code>code *x*</code></pre>"
    )


def test_plain_text_keeps_its_asterisks() -> None:
    assert mrkdwn.plain("*not bold* &amp; :tada:\nnext").startswith("*not bold* &amp; <span")


def test_text_for_titles_has_no_markup() -> None:
    said = mrkdwn.as_text("*Hi* <@U2>, see <https://a.example|this> :wave:", NAMES)

    assert said == "Hi @Bob, see this 👋"


def test_markdown_shows_headings_lists_tables_and_links() -> None:
    text = (
        "# Title\n- one\n  - two\n\n1. first\n\n|a|b|\n|-|-|\n|1|**2**|\n\n[x](https://a.example)"
    )

    shown = markdown.render(text)

    assert '<div class="h h4">Title</div>' in shown
    assert "<ul><li>one<ul><li>two</li></ul></li></ul>" in shown
    assert "<ol><li>first</li></ol>" in shown
    assert "<td>1</td><td><strong>2</strong></td>" in shown
    assert 'href="https://a.example"' in shown


def test_markdown_marks_tasks_and_shows_pictures_as_links() -> None:
    text = "- [x] **done**\n- [ ] open\n\n![Map](https://a.example/map.png) :tada:"

    shown = markdown.render(text)

    assert '<span role="img" aria-label="done">☑</span> <strong>done</strong>' in shown
    assert '<span role="img" aria-label="open">☐</span> open' in shown
    assert text_of(shown).endswith("Map 🎉")
    assert 'href="https://a.example/map.png"' in shown
    assert "<img" not in shown


def test_markdown_links_lead_only_to_safe_addresses() -> None:
    shown = markdown.render("[a](javascript:x) [b](ftp://a.example) https://a.example/x. <b>")

    assert shown.count("<a") == 1
    assert ">https://a.example/x</a>. &lt;b&gt;" in shown
    assert text_of(shown).startswith("[a](javascript:x) [b](ftp://a.example)")


@pytest.mark.parametrize(
    ("name", "character"),
    [
        ("+1", "👍"),
        ("white_check_mark", "✅"),
        ("large_green_circle", "🟢"),
        ("large_blue_circle", "🔵"),
        ("female-doctor", "👩‍⚕️"),
        ("octagonal_sign", "🛑"),
        ("wave::skin-tone-3", "👋"),
    ],
)
def test_emoji_go_by_the_names_that_slack_gives_them(name: str, character: str) -> None:
    assert text_of(mrkdwn.render(f":{name}:", NAMES)) == character


def test_rich_text_nests_its_lists_by_indent() -> None:
    def listed(text: str, indent: int) -> dict[str, object]:
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
        return {
            "type": "rich_text_list",
            "style": "bullet",
            "indent": indent,
            "elements": [section],
        }

    shown = richtext.render({"elements": [listed("a", 0), listed("b", 1), listed("c", 0)]}, NAMES)

    assert "<ul><li>a<ul><li>b</li></ul></li></ul><ul><li>c</li></ul>" in shown


def test_rich_text_styles_and_mentions() -> None:
    pieces = [
        {"type": "text", "text": "a", "style": {"bold": True, "code": True}},
        {"type": "user", "user_id": "U2"},
        {"type": "link", "url": "javascript:x", "text": "no"},
        {"type": "date", "timestamp": 1772442000, "format": "{time}", "fallback": "f"},
    ]

    block = {"elements": [{"type": "rich_text_section", "elements": pieces}]}
    shown = richtext.render(block, NAMES)

    assert "<strong><code>a</code></strong>" in shown
    assert "@Bob" in shown
    assert "<a" not in shown
    assert "10:00" in shown


@settings(deadline=None)
@given(texts)
def test_no_text_breaks_out_of_mrkdwn(text: str) -> None:
    assert faults_of(mrkdwn.render(text, NAMES)) == []


@settings(deadline=None)
@given(texts)
def test_no_text_breaks_out_of_markdown(text: str) -> None:
    assert faults_of(markdown.render(text)) == []


@settings(deadline=None)
@given(values)
def test_no_value_breaks_out_of_rich_text(value: object) -> None:
    section = {"type": "rich_text_section", "elements": [value]}

    assert faults_of(richtext.render({"elements": [section, value]}, NAMES)) == []


@pytest.mark.parametrize(
    "text",
    ["*" * 40_000, " *a" * 13_000, "**a " * 3_000, "[" * 40_000, "*" * 5_999 + "a" + "*" * 6_000],
    ids=lambda text: text[:4],
)
def test_long_hostile_text_is_rendered_at_once(text: str) -> None:
    # A pattern that backtracks would take minutes here; the test's own time limit is the check.
    assert faults_of(mrkdwn.render(text, NAMES) + markdown.render(text[:12_000])) == []
