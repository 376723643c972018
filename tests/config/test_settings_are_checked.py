"""Settings: where they come from, and the one sentence for each thing that is wrong."""

from pathlib import Path

import certifi
import pytest
from pydantic import ValidationError

from bot.kernel.errors import OperatorFacing
from config.misspelt import misspelt
from config.settings import NAMES, Settings, load_settings

GOOD = {
    "VAULT_ADDR": "https://vault.example.org:8200",
    "VAULT_MOUNT": "kv",
    "VAULT_TOKEN": "hvs.hush",
    "VAULT_ROLE_ID": "role",
    "VAULT_SECRET_ID": "hush",
    "SLACK_BOT_TOKEN": "xoxb-123-abc",
    "SLACK_APP_TOKEN": "xapp-1-A0-abc",
    "SLACK_SIGNING_SECRET": "0123456789abcdef",
    "SLACK_API_URL": "http://127.0.0.1:8080/api",
    "SLACK_CLIENT_ID": "12.34",
    "SLACK_CLIENT_SECRET": "fedcba98",
    "ALLOWED_WORKSPACES": "T0CAIRN, E0ORG",
    "DATABASE_URL": "postgresql://cairn:hush@db/cairn",
    "KEY_DIR": "/keys",
    "CONFIG_DIR": str(Path(__file__).parent),
    "PUBLIC_URL": "https://cairn.example.org/",
    "MONITOR_PORT": "9464",
    "MONITOR_HOST": "0.0.0.0",
    "HTTPS_PROXY": "http://cairn:hush@proxy.example.org:3128",
    "NO_PROXY": "vault.example.org,10.0.0.0/8",
    "CA_FILE": certifi.where(),
    "HEARTBEAT_URL": "https://hc.example.org/ping/uuid",
    "LOG_LEVEL": "debug",
    "KEEP_DEPARTED_DAYS": "730",
    "KEEP_UNINSTALLED_DAYS": "30",
}


def load(**environ: str) -> Settings:
    return load_settings(environ, env_file=None)


def problems(environ: dict[str, str], *needing: str) -> list[str]:
    with pytest.raises(OperatorFacing) as caught:
        load_settings(environ, env_file=None, needing=needing)
    assert caught.value.permanent
    return caught.value.reason.split("\n")


def test_nothing_set_gives_the_defaults() -> None:
    settings = load()

    assert settings.slack_bot_token is None
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.database_url == "sqlite:///var/data/cairn.db"
    assert settings.key_dir == Path("var/keys")
    assert settings.log_level == "INFO"


def test_every_variable_is_read() -> None:
    settings = load(**GOOD)

    assert settings.slack_bot_token is not None
    assert settings.slack_app_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-123-abc"
    assert settings.slack_app_token.get_secret_value() == "xapp-1-A0-abc"
    assert settings.slack_api_url == "http://127.0.0.1:8080/api/"
    assert settings.slack_client_id == "12.34"
    assert settings.database_url == "postgresql://cairn:hush@db/cairn"
    assert settings.key_dir == Path("/keys")
    assert settings.config_dir == Path(__file__).parent
    assert settings.heartbeat_url == "https://hc.example.org/ping/uuid"
    assert settings.https_proxy == "http://cairn:hush@proxy.example.org:3128"
    assert settings.log_level == "DEBUG"
    assert settings.vault_addr == "https://vault.example.org:8200"
    assert settings.vault_token is not None
    assert settings.vault_token.get_secret_value() == "hvs.hush"
    assert (settings.monitor_host, settings.monitor_port) == ("0.0.0.0", 9464)
    assert (settings.keep_departed_days, settings.keep_uninstalled_days) == (730, 30)
    assert set(GOOD) == set(NAMES)


def test_nothing_secret_is_shown() -> None:
    shown = repr(load(**GOOD)) + str(load(**GOOD))

    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "HEARTBEAT_URL"):
        assert GOOD[name] not in shown
    assert "hush" not in shown
    assert "fedcba98" not in shown


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load().log_level = "ERROR"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", "xapp-1-secret", "SLACK_BOT_TOKEN holds an app-level token (xapp-…); "),
        ("SLACK_BOT_TOKEN", "xoxp-1-secret", "SLACK_BOT_TOKEN holds a user's token (xoxp-…); "),
        ("SLACK_BOT_TOKEN", "secret", "SLACK_BOT_TOKEN is not a bot token; copy the whole one"),
        ("SLACK_BOT_TOKEN", "xoxb-", "SLACK_BOT_TOKEN is not a bot token; copy the whole one"),
        ("SLACK_BOT_TOKEN", "xoxb-a secret", "SLACK_BOT_TOKEN is not a bot token; copy the"),
        ("SLACK_APP_TOKEN", "xoxb-1-secret", "SLACK_APP_TOKEN holds a bot token (xoxb-…); that"),
        ("SLACK_APP_TOKEN", "secret", "SLACK_APP_TOKEN is not an app-level token; copy the whole"),
        ("SLACK_SIGNING_SECRET", "xoxb-1-secret", "SLACK_SIGNING_SECRET holds a token; copy the"),
        ("SLACK_SIGNING_SECRET", "secret", "SLACK_SIGNING_SECRET is too short or has spaces; "),
        ("MONITOR_PORT", "secret", "MONITOR_PORT is not a port; write a number from 0 (any free"),
        ("MONITOR_PORT", "65536", "MONITOR_PORT is not a port; write a number from 0 (any free"),
        ("MONITOR_PORT", "-1", "MONITOR_PORT is not a port; write a number from 0 (any free"),
        ("KEEP_DEPARTED_DAYS", "13", "KEEP_DEPARTED_DAYS is not a number of days; write one"),
        ("KEEP_UNINSTALLED_DAYS", "soon secret", "KEEP_UNINSTALLED_DAYS is not a number of"),
        ("MONITOR_HOST", "a secret", "MONITOR_HOST is not an address to listen on; write one"),
        ("SLACK_API_URL", "secret", "SLACK_API_URL is not a web address; write one that starts"),
        ("SLACK_API_URL", "http://[secret", "SLACK_API_URL is not a web address; write one that"),
        ("SLACK_API_URL", "http://slack.com/api/", "SLACK_API_URL would send tokens to Slack"),
        ("ALLOWED_WORKSPACES", "T0CAIRN,secret", "ALLOWED_WORKSPACES holds what is no id of a"),
        ("ALLOWED_WORKSPACES", "T0CAIRN, *", "ALLOWED_WORKSPACES holds what is no id of a"),
        ("ALLOWED_WORKSPACES", " , ", "ALLOWED_WORKSPACES names no workspace; write ids such as"),
        ("DATABASE_URL", "mysql://a:secret@b/c", "DATABASE_URL names 'mysql'; Cairn runs on"),
        ("DATABASE_URL", "secret", "DATABASE_URL is not a database address; write sqlite:///"),
        ("PUBLIC_URL", "http://cairn.example.org", "PUBLIC_URL would let what is private travel"),
        ("PUBLIC_URL", "https://secret/path", "PUBLIC_URL has more than a host in it; write one"),
        ("HTTPS_PROXY", "proxy:3128", "HTTPS_PROXY is not a web address; write one that"),
        ("CA_FILE", __file__, f"CA_FILE names {__file__}, which holds no certificate; give one"),
        ("CA_FILE", "/nowhere.pem", "CA_FILE names /nowhere.pem, which cannot be read: No such"),
        ("HEARTBEAT_URL", "ftp://secret", "HEARTBEAT_URL is not a web address; write one that"),
        ("LOG_LEVEL", "secret", "LOG_LEVEL is unknown; write DEBUG, INFO, WARNING, ERROR or"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_does_not_repeat_it(
    name: str, value: str, said: str
) -> None:
    (sentence,) = problems({name: value})

    assert sentence.startswith(said)
    assert sentence.endswith(".")
    assert "secret" not in sentence


def test_every_problem_is_told_at_once() -> None:
    found = problems({"SLACK_BOT_TOKEN": "x", "LOG_LEVEL": "y", "SLACK_CLIENT_ID": "1 2"})

    assert [sentence.split()[0] for sentence in found] == [
        "SLACK_BOT_TOKEN",
        "SLACK_CLIENT_ID",
        "LOG_LEVEL",
        "SLACK_CLIENT_SECRET",
    ]


def test_a_key_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("not a folder")

    (sentence,) = problems({"KEY_DIR": str(path)})

    assert sentence.startswith("KEY_DIR names ")


def test_a_client_id_without_its_secret_is_refused() -> None:
    (sentence,) = problems({"SLACK_CLIENT_ID": "12.34"})

    assert sentence.startswith("SLACK_CLIENT_SECRET is not set")


def test_what_a_command_needs_is_asked_for_with_where_to_get_it() -> None:
    needed = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "HEARTBEAT_URL")

    bot, app, heartbeat = problems({"SLACK_BOT_TOKEN": " "}, *needed)

    assert bot.startswith("SLACK_BOT_TOKEN is not set; copy the Bot User OAuth Token from ")
    assert app.startswith("SLACK_APP_TOKEN is not set; make an app-level token with ")
    assert heartbeat == "HEARTBEAT_URL is not set; set it in the environment or in .env."


@pytest.mark.parametrize("name", sorted(GOOD))
def test_every_variable_may_stand_in_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "value"
    path.write_text(GOOD[name] + "\n")
    rest = {other: value for other, value in GOOD.items() if other != name}

    settings = load(**rest, **{f"{name}_FILE": str(path)})

    assert settings == load(**GOOD)


def test_a_credential_of_systemd_is_taken_unless_something_else_is_said(tmp_path: Path) -> None:
    for name in ("SLACK_BOT_TOKEN", "LOG_LEVEL", "KEY_DIR"):
        (tmp_path / f"cairn_{name}").write_text(GOOD[name] + "\n")
    here = {"CREDENTIALS_DIRECTORY": str(tmp_path)}

    found = load(**here, LOG_LEVEL="ERROR", KEY_DIR="/other")

    assert found.slack_bot_token is not None
    assert found.slack_bot_token.get_secret_value() == GOOD["SLACK_BOT_TOKEN"]
    assert (found.log_level, found.key_dir) == ("ERROR", Path("/other"))
    assert load(CREDENTIALS_DIRECTORY="/nowhere") == load()


def test_a_file_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "token"
    setting = {"SLACK_BOT_TOKEN_FILE": str(path)}
    assert problems(setting) == [
        (
            "SLACK_BOT_TOKEN_FILE names a file that cannot be read; check that it is there and "
            "that Cairn may read it."
        )
    ]

    path.write_bytes(b"\xff\xfe")
    assert "is not in UTF-8" in problems(setting)[0]

    path.write_text("\n")
    assert "names an empty file" in problems(setting)[0]

    both = setting | {"SLACK_BOT_TOKEN": "xoxb-1"}
    assert problems(both) == [
        "SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both set; keep one of them."
    ]


def test_the_environment_goes_before_the_env_file(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("LOG_LEVEL=warning\nKEY_DIR='/from file'\n# note\nUNRELATED=1\n")

    settings = load_settings({"LOG_LEVEL": "ERROR"}, env_file=path)

    assert (settings.log_level, settings.key_dir) == ("ERROR", Path("/from file"))


def test_an_env_file_that_is_not_text_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"LOG_LEVEL=\xff\xfe\x00")

    with pytest.raises(OperatorFacing, match="is not in UTF-8; save it again"):
        load_settings({}, env_file=path)


def test_a_vault_needs_a_way_in() -> None:
    address = {"VAULT_ADDR": "https://vault.example.org"}

    (half,) = problems({**address, "VAULT_ROLE_ID": "role"})
    (none,) = problems(address)

    assert "VAULT_SECRET_ID is not set" in half
    assert "VAULT_ADDR needs VAULT_TOKEN" in none


@pytest.mark.parametrize(
    ("given", "in_file", "sentences"),
    [
        ({"SLACK_TOKEN": "x"}, "", ["SLACK_TOKEN is set", "is it SLACK_BOT_TOKEN?"]),
        ({"slack_bot_token": "x"}, "", ["slack_bot_token is set", "is it SLACK_BOT_TOKEN?"]),
        ({}, "DATABASE_URI=x\n", ["DATABASE_URI is set", "is it DATABASE_URL?"]),
        ({"KEYS_DIR_FILE": "x"}, "", ["KEYS_DIR_FILE is set", "is it KEY_DIR_FILE?"]),
        ({}, "SLACK_TEAM=x\n", ["SLACK_TEAM stands in", "reads no such variable."]),
        ({"DATABASE_URI": "x", "DATABASE_URL": "sqlite:///x"}, "", []),
        ({"DATABASE_URI": "x"}, "DATABASE_URL=sqlite:///x\n", []),
        ({"SLACK_TEAM": "of another program"}, "", []),
        ({"HTTP_PROXY": "x", "no_proxy": "x", "https_proxy": "x"}, "", []),
        ({"VAULT_NAMESPACE": "x", "VAULT_AGENT_ADDR": "x", "VAULT_CACERT": "x"}, "", []),
        ({"XDG_CONFIG_DIRS": "x", "HOSTNAME": "x", "LOGNAME": "x"}, "POSTGRES_DB=x\n", []),
        ({"KEYDIR": " "}, "", []),
    ],
    ids=lambda one: "-".join(one) if isinstance(one, dict) else "",
)
def test_a_name_that_is_nearly_a_settings_is_told(
    tmp_path: Path, given: dict[str, str], in_file: str, sentences: list[str]
) -> None:
    path = tmp_path / ".env"
    path.write_text(in_file)

    said = misspelt(given, env_file=path)

    assert len(said) == bool(sentences), said
    assert all(words in said[0] for words in sentences)
