"""`manifest` and `health`: what an operator pastes at Slack, and what a container asks."""

import re
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from typer.testing import CliRunner

from app import app
from bot.kernel.errors import OperatorFacing
from handlers.install.flow import REDIRECT_PATH
from runtime.commands.health import ask_health
from runtime.http_mode import EVENTS_PATH
from runtime.tenancy import MANIFEST


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.stdout, done.stderr


def test_the_manifest_is_filled_in_for_http_and_leaves_everything_else() -> None:
    _, printed, _ = run("manifest", "--url", "https://cairn.example.org/", "--several")
    kept, filled = yaml.safe_load(MANIFEST.read_text()), yaml.safe_load(printed)

    addresses = re.findall(r"https://\S+", printed)
    events = f"https://cairn.example.org{EVENTS_PATH}"
    assert sorted(addresses) == sorted([*[events] * 4, f"https://cairn.example.org{REDIRECT_PATH}"])
    assert filled["settings"]["event_subscriptions"].pop("request_url") == events
    assert filled["settings"]["interactivity"].pop("request_url") == events
    assert filled["settings"]["interactivity"].pop("message_menu_options_url") == events
    assert filled["features"]["slash_commands"][0].pop("url") == events
    assert filled["settings"]["socket_mode_enabled"] is False
    filled["settings"]["socket_mode_enabled"] = True
    del filled["oauth_config"]["redirect_urls"]
    assert filled == kept


def test_without_an_address_the_manifest_is_the_file() -> None:
    assert run("manifest")[:2] == (0, MANIFEST.read_text())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--several"], "--several needs --url"),
        (["--url", "http://cairn.example.org"], "--url would let what is private travel"),
        (["--url", "https://cairn.example.org/bot"], "--url has more than a host in it"),
        (["--url", "cairn.example.org"], "--url is not a web address"),
    ],
)
def test_an_address_that_slack_could_not_reach_is_one_sentence(
    arguments: list[str], said: str
) -> None:
    code, printed, problem = run("manifest", *arguments)

    assert (code, printed) == (1, "")
    assert problem.startswith(said)
    assert problem.count("\n") == 1


class Answering(BaseHTTPRequestHandler):
    """Answers as the process does, or as another server would."""

    status, said = 200, b"ready"

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/readyz" else 404)
        self.end_headers()
        self.wfile.write(self.said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_health_is_what_the_running_process_says_of_itself() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(HTTPServer(("127.0.0.1", 0), Answering))
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        stack.callback(server.shutdown)
        port = server.server_port

        assert ask_health("0.0.0.0", port) == "Cairn is ready."
        Answering.said = b"ready, but something is wrong: Slack takes nothing of Cairn here."
        assert ask_health("0.0.0.0", port) == (
            "Cairn is ready, but something is wrong: Slack takes nothing of Cairn here."
        )
        Answering.status, Answering.said = 503, b"the database does not answer"
        with pytest.raises(OperatorFacing, match="not ready: the database does not answer"):
            ask_health("127.0.0.1", port)

    with pytest.raises(OperatorFacing, match=f"does not answer on 127.0.0.1:{port} "):
        ask_health("127.0.0.1", port)


def test_health_needs_a_port_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "wrong")

    code, _, problem = run("health")

    assert code == 1
    assert problem.startswith("Nothing can be asked, because MONITOR_PORT is not set")
