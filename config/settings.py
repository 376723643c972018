"""Read the settings: once, checked whole, frozen. Only app.py imports this file.

Each variable may also be given as the path of a file that holds its value, under its name and
`_FILE`, as Docker and Kubernetes hand out secrets, or as a credential of systemd. The environment
goes before `.env`.
"""

import os
import re
import ssl
from collections.abc import Callable, Collection, Mapping
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from bot.kernel.database import database_url
from bot.kernel.errors import OperatorFacing
from config.environment import credentials, usual_proxies
from config.files import UnreadableFile, read_text

SLACK_API_URL = "https://slack.com/api/"
MOST_BYTES, MOST_CHARS = 100_000, 2_000
"""Of a file with settings or with one value, and of a value."""
LONGEST_NAME_BYTES = 255
"""Of a file or folder, in every file system there is."""

_WHAT_TOKENS_ARE = {
    "xoxb-": ("a bot token", "SLACK_BOT_TOKEN"),
    "xapp-": ("an app-level token", "SLACK_APP_TOKEN"),
    "xoxp-": ("a user's token", None),
}


def _token(prefix: str) -> Callable[[SecretStr], SecretStr]:
    def check(token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        what, _ = _WHAT_TOKENS_ARE[prefix]
        for other, (name, belongs_to) in _WHAT_TOKENS_ARE.items():
            if other != prefix and text.startswith(other):
                advice = f"that one belongs into {belongs_to}" if belongs_to else "Cairn needs none"
                raise ValueError(f"holds {name} ({other}…); {advice}, and here {what} is needed")
        if not re.fullmatch(rf"{prefix}[A-Za-z0-9.-]+", text):
            raise ValueError(f"is not {what}; copy the whole one that starts with {prefix}")
        return token

    return check


def _signing_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if text.startswith(tuple(_WHAT_TOKENS_ARE)):
        raise ValueError("holds a token; copy the Signing Secret from the app's Basic Information")
    if not re.fullmatch(r"\S{8,}", text):
        raise ValueError("is too short or has spaces; copy it whole from Basic Information")
    return secret


def _one_word(text: str) -> str:
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError(
            "has spaces or letters beyond ASCII; copy it again from the app's Basic Information"
        )
    return text


def _secret_word(secret: SecretStr) -> SecretStr:
    _one_word(secret.get_secret_value())
    return secret


def _workspaces(text: object) -> frozenset[str]:
    """Read ids that are separated by commas; `*` alone is everybody."""
    ids = frozenset(filter(None, re.split(r"[\s,]+", str(text))))
    if ids == {"*"}:
        return ids
    for one in sorted(ids):
        if not re.fullmatch(r"[TE][A-Z0-9]{2,31}", one, re.ASCII):
            raise ValueError(
                "holds what is no id of a workspace (T…) or an organisation (E…); write ids such "
                "as T0123ABCD with commas between them, or * alone for every workspace"
            )
    if not ids:
        raise ValueError("names no workspace; write ids such as T0123ABCD, or leave it out")
    return ids


def _port(text: object) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", str(text), re.ASCII) or int(str(text)) > 65_535:
        raise ValueError("is not a port; write a number from 0 (any free one) to 65535")
    return int(str(text))


def _days(text: object) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", str(text), re.ASCII) or not 14 <= int(str(text)) <= 3650:
        raise ValueError("is not a number of days; write one from 14 to 3650")
    return int(str(text))


def _is_host(text: str) -> bool:
    """Say whether a machine can be called so: by a name, or an address of IPv4 or IPv6."""
    try:
        text.encode("idna").decode("idna")
        if re.search(r":|(^|\.)\d+\.?$", text):
            return "%" not in text and bool(ip_address(text))
    except ValueError:
        return False
    return re.fullmatch(r"\w[\w.-]*", text) is not None


def _host(text: str) -> str:
    if ":" in text or not _is_host(text):
        raise ValueError("is not an address to listen on; write one such as 127.0.0.1 or 0.0.0.0")
    return text


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_address = (
            parts.scheme in ("http", "https") and _is_host(parts.hostname or "") and parts.port != 0
        )
    except ValueError:
        is_address = False
    if not is_address or re.search(r"\s", text):
        raise ValueError("is not a web address; write one that starts with https://")
    return text


def _public_address(text: str) -> str:
    parts = urlsplit(_web_address(text))
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
        raise ValueError("would let what is private travel unencrypted; write https://")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("has more than a host in it; write one such as https://cairn.example.org")
    return text.rstrip("/")


def _api_address(text: str) -> str:
    parts = urlsplit(_web_address(text))
    if parts.scheme == "http" and (parts.hostname or "").rstrip(".").endswith("slack.com"):
        raise ValueError(
            "would send tokens to Slack unencrypted; write https:// instead of http://"
        )
    return text if text.endswith("/") else f"{text}/"


def _database_address(text: str) -> str:
    try:
        url = database_url(text)
        if url.host and not _is_host(url.host):
            raise ValueError("names a host that cannot be one; correct it")
        if url.drivername.startswith("sqlite") and url.database:
            file = Path(url.database)
            _can_be(file)
            if file.is_dir():
                raise ValueError("names a folder; write the name of a file in it")
    except OperatorFacing as problem:
        raise ValueError(problem.reason.removeprefix("DATABASE_URL ")) from None
    return text


def _can_be(path: Path) -> None:
    if any(len(os.fsencode(part)) > LONGEST_NAME_BYTES for part in path.parts):
        raise ValueError(f"has a name of more than {LONGEST_NAME_BYTES} characters; shorten it")


def _folder(path: Path) -> Path:
    _can_be(path)
    there = next(one for one in (path, *path.absolute().parents) if one.exists())
    if not there.is_dir():
        raise ValueError(f"names {path}, which is a file; name a folder of its own for the keys")
    return path


def _certificates(path: Path) -> Path:
    if path.exists() and not path.is_file():
        raise ValueError(f"names {path}, which is no file; name a file of certificates in PEM")
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise ValueError(
            f"names {path}, which holds no certificate; give one that begins with "
            "-----BEGIN CERTIFICATE-----"
        ) from None
    except OSError as failure:
        raise ValueError(f"names {path}, which cannot be read: {failure.strerror}") from None
    return path


def _folder_that_is_there(path: Path) -> Path:
    _can_be(path)
    if not path.is_dir():
        raise ValueError(f"names {path}, where no folder is; make it or correct the path")
    return path


class Settings(BaseModel):
    """All that can be set from outside. Tokens and addresses with passwords are never shown."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    slack_bot_token: Annotated[SecretStr, AfterValidator(_token("xoxb-"))] | None = Field(
        None, description="The bot token of one workspace, from OAuth & Permissions."
    )
    slack_app_token: Annotated[SecretStr, AfterValidator(_token("xapp-"))] | None = Field(
        None, description="The app-level token for Socket Mode, with connections:write."
    )
    slack_signing_secret: Annotated[SecretStr, AfterValidator(_signing_secret)] | None = Field(
        None, description="Proves that a request over HTTP comes from Slack."
    )
    slack_api_url: Annotated[str, AfterValidator(_api_address)] = Field(
        SLACK_API_URL, description="Where Slack's Web API answers; the sandbox has its own."
    )
    slack_client_id: Annotated[str, AfterValidator(_one_word)] | None = Field(
        None, description="The app's client id, for installing into several workspaces."
    )
    slack_client_secret: Annotated[SecretStr, AfterValidator(_secret_word)] | None = Field(
        None, description="The secret that belongs to the client id."
    )
    allowed_workspaces: Annotated[frozenset[str], BeforeValidator(_workspaces)] | None = Field(
        None, description="Team or organisation ids that may install it, with commas; or `*`."
    )
    database_url: Annotated[str, AfterValidator(_database_address)] = Field(
        "sqlite:///var/data/cairn.db", repr=False, description="Where everything but keys is kept."
    )
    key_dir: Annotated[Path, AfterValidator(_folder)] = Field(
        Path("var/keys"), description="Where keys are kept, outside the database and its backups."
    )
    config_dir: Annotated[Path, AfterValidator(_folder_that_is_there)] | None = Field(
        None, description="Frameworks, instruments, programmes, weights and letters of your own."
    )
    vault_addr: Annotated[str, AfterValidator(_web_address)] | None = Field(
        None, description="A HashiCorp Vault that keeps the keys instead of KEY_DIR."
    )
    vault_mount: str = Field(
        "secret", pattern=r"^[\w/-]+$", description="Where its KV version 2 engine is mounted."
    )
    vault_token: Annotated[SecretStr, AfterValidator(_secret_word)] | None = Field(
        None, description="A token for it; or else an AppRole:"
    )
    vault_role_id: Annotated[SecretStr, AfterValidator(_secret_word)] | None = Field(
        None, description="The role id of Cairn's AppRole."
    )
    vault_secret_id: Annotated[SecretStr, AfterValidator(_secret_word)] | None = Field(
        None, description="The secret id that belongs to the role id."
    )
    public_url: Annotated[str, AfterValidator(_public_address)] | None = Field(
        None,
        description="Where calendars reach Cairn over HTTP, such as https://cairn.example.org.",
    )
    monitor_port: Annotated[int, BeforeValidator(_port)] | None = Field(
        None, description="The port of /metrics, /readyz and /healthz; none is opened without it."
    )
    monitor_host: Annotated[str, AfterValidator(_host)] = Field(
        "127.0.0.1", description="The address on which that port is opened."
    )
    https_proxy: Annotated[str, AfterValidator(_web_address)] | None = Field(
        None,
        repr=False,
        description="The proxy to all https addresses outside, such as http://proxy:3128.",
    )
    no_proxy: str | None = Field(
        None, description="Names reached without it, with commas, such as .example.org."
    )
    ca_file: Annotated[Path, AfterValidator(_certificates)] | None = Field(
        None, description="Certificates (PEM) that count beside those the machine trusts."
    )
    heartbeat_url: Annotated[str, AfterValidator(_web_address)] | None = Field(
        None, repr=False, description="Called every half minute while Cairn is well."
    )
    keep_departed_days: Annotated[int, BeforeValidator(_days)] = Field(
        365, description="After so many days `purge` deletes people who left and are in nothing."
    )
    keep_uninstalled_days: Annotated[int, BeforeValidator(_days)] = Field(
        90, description="After so many days `purge` deletes workspaces that took Cairn out."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="How much is logged: DEBUG, INFO, WARNING, ERROR or CRITICAL."
    )


NAMES = tuple(name.upper() for name in Settings.model_fields)


def load_settings(
    environ: Mapping[str, str] | None = None,
    *,
    env_file: Path | None = Path(".env"),
    needing: Collection[str] = (),
    only: Collection[str] = NAMES,
) -> Settings:
    """Read the settings of this process, or of `environ` where one is given.

    `needing` names the variables without which the command at hand cannot work;
    what is not in `only` is neither read nor checked. Raises OperatorFacing (permanent), whose
    reason has one line for each problem: the variable and what to do about it. No secret is ever
    repeated there.
    """
    own = os.environ if environ is None else environ
    given = {**from_file(env_file), **usual_proxies(own), **own}
    given |= credentials(given, NAMES)
    values, problems = _gather(given, only)
    try:
        settings = Settings.model_validate({name.lower(): value for name, value in values.items()})
    except ValidationError as error:
        problems += [_sentence(str(one["loc"][0]).upper(), one["msg"]) for one in error.errors()]
    problems += [
        f"{name} is not set; {_how_to_get(name)}." for name in needing if name not in values
    ]
    problems += _half_a_pair(values, "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")
    problems += _half_a_pair(values, "VAULT_ROLE_ID", "VAULT_SECRET_ID")
    if "VAULT_ADDR" in values and not values.keys() & {"VAULT_TOKEN", "VAULT_ROLE_ID"}:
        problems.append("VAULT_ADDR needs VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID.")
    if problems:
        raise OperatorFacing("\n".join(problems), permanent=True)
    return settings


def from_file(env_file: Path | None) -> dict[str, str]:
    """Read `.env`, if it is there. Raises OperatorFacing for what is no text."""
    if env_file is None or not os.path.lexists(env_file):
        return {}
    try:
        text = read_text(env_file, most_bytes=MOST_BYTES)
    except UnreadableFile as problem:
        raise OperatorFacing(f"{env_file} {problem}.", permanent=True) from None
    found = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name.upper(): value for name, value in found.items() if value is not None}


def _gather(given: Mapping[str, str], names: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Gather each variable that has a value, directly or through its `_FILE`, and problems."""
    values: dict[str, str] = {}
    problems: list[str] = []
    for name in names:
        value, path = given.get(name, "").strip(), given.get(f"{name}_FILE", "").strip()
        if value and path:
            problems.append(f"{name} and {name}_FILE are both set; keep one of them.")
        elif path:
            try:
                value = read_text(Path(path), most_bytes=MOST_BYTES).strip()
            except UnreadableFile as problem:
                problems.append(f"{name}_FILE names a file that {problem}.")
                continue
            if not value:
                problems.append(f"{name}_FILE names an empty file; write the value into it.")
        if len(value) > MOST_CHARS:
            problems.append(f"{name} is longer than {MOST_CHARS:,} characters; correct it.")
        elif not value.isprintable():
            problems.append(f"{name} holds a character that cannot be seen; write it anew.")
        elif value:
            values[name] = value.upper() if name == "LOG_LEVEL" else value
    return values, problems


def _half_a_pair(values: Mapping[str, str], one: str, other: str) -> list[str]:
    if len(missing := [name for name in (one, other) if name not in values]) != 1:
        return []
    return [f"{missing[0]} is not set; {one} and {other} go together."]


def _sentence(name: str, message: str) -> str:
    if name == "LOG_LEVEL":
        return "LOG_LEVEL is unknown; write DEBUG, INFO, WARNING, ERROR or CRITICAL."
    return f"{name} {message.removeprefix('Value error, ')}."


def _how_to_get(name: str) -> str:
    advice = {
        "SLACK_BOT_TOKEN": "copy the Bot User OAuth Token from OAuth & Permissions of your app, "
        "or set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET to let several workspaces install it",
        "SLACK_APP_TOKEN": "make an app-level token with connections:write in Basic Information",
        "SLACK_SIGNING_SECRET": "copy the Signing Secret from Basic Information of your app",
    }
    return advice.get(name, "set it in the environment or in .env")
