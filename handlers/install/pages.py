"""The pages that somebody sees who installs Cairn: plain HTML that loads nothing from anywhere."""

import re
from collections.abc import Mapping
from html import escape

INSTALL_PATH = "/slack/install"
HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""The addresses carry a code and a state, which no other site is to learn."""

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{background:Canvas;color:CanvasText}"
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem}"
    "a.do{display:inline-block;padding:.6rem 1.2rem;border-radius:.4rem;background:#2f4f4f;"
    "color:#fff}"
)
WHAT_FOR: Mapping[str, str] = {
    "chat:write": "send check-in prompts, weekly nudges and digests",
    "commands": "answer /checkin",
    "im:write": "write to members directly",
    "users:read": "see names and time zones, and who administers the workspace",
    "groups:write": "make a private channel for each mentoring group",
    "groups:read": "find that channel again, and see who is in the channel for digests",
    "channels:read": "see who is in the channel for digests, where it is a public one",
    "files:write": "send a member the portfolio or the letter that they ask for",
    "files:read": "read the roster that a coordinator uploads",
    "im:history": "answer people who write to it (nothing of that is kept), and find out whether a "
    "direct message arrived when the connection broke",
    "groups:history": "find out the same in the channels of mentoring groups",
}
_PROBLEMS: Mapping[str, str] = {
    "access_denied": "Nothing was installed, because the permissions were not granted.",
    "invalid_browser": "Nothing was installed: this is not the browser in which the install began, "
    "or its address did not start with https://.",
    "invalid_state": "Nothing was installed: this took more than ten minutes, or the page was "
    "opened a second time.",
    "missing_code": "Nothing was installed, because Slack's answer was not whole.",
    "invalid_code": "Nothing was installed, because Slack's answer had run out.",
    "code_already_used": "Nothing more was installed, because Slack's answer was used before.",
    "bad_redirect_uri": "Nothing was installed: the redirect URL in the app's settings is not this "
    "page's address. An administrator can fix that.",
    "bad_client_secret": "Nothing was installed, because Slack does not know Cairn's client "
    "secret. An administrator can fix that.",
    "invalid_client_id": "Nothing was installed, because Slack does not know Cairn's client id. "
    "An administrator can fix that.",
    "enterprise_install": "Nothing was installed: Cairn is installed in one workspace at a time, "
    "not in a whole organisation.",
    "busy": "Nothing was installed, because others are being installed right now. Please try again "
    "in a minute.",
    "out_of_reach": "Nothing was installed, because Slack or Cairn's database did not answer.",
}
OF_WHOEVER_INSTALLS = frozenset({"busy", "invalid_code", "code_already_used", "invalid_state"})
"""Problems of which an administrator need not know."""


def begin(url: str, scopes: list[str]) -> str:
    """Begin: say what Cairn will be able to do, and lead to Slack's own page."""
    uses = "".join(f"<li>{escape(WHAT_FOR.get(one, one))}</li>" for one in scopes)
    return _page(
        "Install Cairn in a Slack workspace",
        "<p>Cairn helps mentoring groups: check-ins for mentees, one message a week for mentors, "
        "and an anonymous pulse. It asks Slack to let it</p>"
        f"<ul>{uses}</ul>"
        f'<p><a class="do" href="{escape(url)}">Choose a workspace in Slack</a></p>',
    )


def done(workspace: str, *, app_id: str, workspace_id: str) -> str:
    """End: say what to do next."""
    link = f"https://slack.com/app_redirect?app={app_id}&team={workspace_id}"
    return _page(
        f"Cairn is installed in {workspace}",
        "<p>Nobody there has been written to yet. Next:</p><ol>"
        f'<li><a href="{escape(link)}">Open Cairn in Slack</a> and choose its <b>Home</b> tab.</li>'
        "<li>Somebody who administers the workspace sees <b>Set up mentoring</b> there, and "
        "becomes its coordinator.</li>"
        "<li>Make a private channel for coordinators and invite Cairn to it: pulse digests go "
        "there.</li></ol><p>You can close this page.</p>",
    )


def problem(reason: str) -> str:
    """Say in a sentence what went wrong, and lead back to the start."""
    sentence = _PROBLEMS.get(reason, "Nothing was installed.")
    if reason not in _PROBLEMS and re.fullmatch("[a-z_]{1,80}", reason):  # a link's may be anything
        sentence += f" Slack said: {reason}."
    return _page(
        "Cairn was not installed",
        f'<p>{sentence}</p><p><a class="do" href="{INSTALL_PATH}">Start again</a></p>',
    )


def not_allowed(workspace_id: str = "") -> str:
    """Say that the workspace is not among those for which this Cairn runs, and whom to ask."""
    its_id = f" Its id is <b>{escape(workspace_id)}</b>." if workspace_id else ""
    return _page(
        "Cairn was not installed",
        "<p>This Cairn runs for workspaces that its operator has named, and yours is not among "
        f"them yet. Please ask whoever gave you this link to have it added.{its_id}</p>"
        "<p>Cairn keeps nothing of this visit. Should it be listed among your workspace's apps in "
        "Slack all the same, remove it there.</p>",
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
