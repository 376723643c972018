"""Files and settings made to hurt: each is refused in one sentence, at once, and no traceback."""

import os
import re
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from bot.kernel.errors import OperatorFacing
from config.catalogue import SHIPPED, load_catalogue
from config.settings import load_settings

WITHIN_S = 20
MOST_BYTES = 4_000_000_000
LONGEST_SENTENCE = 400
WHOLE = (SHIPPED / "frameworks" / "dreyfus.yaml").read_text(encoding="utf-8")
BOMB = "a: &a [x, x]\n" + "".join(
    f"{here}: &{here} [*{before}, *{before}]\n"
    for before, here in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz", strict=True)
)


@contextmanager
def in_time() -> Iterator[None]:
    """Raise TimeoutError or MemoryError where something takes longer or more than it may."""

    def too_late(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, too_late)
    memory = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, memory[1]))
    signal.alarm(WITHIN_S)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, memory)
        signal.signal(signal.SIGALRM, before)


def is_a_sentence(text: str) -> bool:
    return (
        0 < len(text) <= LONGEST_SENTENCE
        and "Traceback" not in text
        and not re.search(r"[\x00-\x1f\x7f]", text)
    )


def refused(own: Path) -> list[str]:
    with in_time(), pytest.raises(OperatorFacing) as caught:
        load_catalogue(own=own)
    return caught.value.reason.split("\n")


def named(value: str) -> bytes:
    """A whole framework, but for its name."""
    return re.sub(r"(?m)^name:.*$", lambda _: f"name: {value}", WHOLE, count=1).encode()


CONTENTS: dict[str, bytes] = {
    "an alias bomb": BOMB.encode(),
    "an alias bomb in a whole framework": (WHOLE + BOMB).encode(),
    "something that contains itself": b"&a [*a]",
    "a key that contains itself": b"&a ? *a\n: x",
    "a plain alias": b"id: &a one\nname: *a\n",
    "lists within lists": b"[" * 5_000 + b"]" * 5_000,
    "so many lists that a parser overflows": b"[" * 200_000 + b"]" * 200_000,
    "mappings within mappings": b"\n".join(b" " * n + b"a:" for n in range(2_000)),
    "a day that does not exist": named("2026-02-30"),
    "a month that does not exist": named("2026-13-01"),
    "a time that does not exist": named("2026-01-01 25:61:61"),
    "an hour of no zone": named("2026-01-01T00:00:00+99:99"),
    "infinity": named(".inf"),
    "a number beyond all": named("1.0e+999"),
    "no number": named(".nan"),
    "a number of 5,000 digits": named("9" * 5_000),
    "a number of 5,000 octal digits": named("0o" + "7" * 5_000),
    "a number in base sixty": named("190:20:30:" + "59:" * 3_000 + "59"),
    "an object of Python": b"!!python/object/apply:os.system ['true']\n",
    "an object of Python as a name": named("!!python/name:os.system x"),
    "a tag of its own": named("!secret x"),
    "bytes": named("!!binary aGVsbG8="),
    "bytes that are none": named("!!binary ***"),
    "a set": named("!!set {a, b}"),
    "an omap": named("!!omap [a: b]"),
    "a key twice": WHOLE.encode() + b"\nname: Another\n",
    "a key twice, deep": b"levels:\n  - name: a\n    name: b\n",
    "a list for a key": b"? [a, b]\n: c\n",
    "a mapping for a key": b"? {a: b}\n: c\n",
    "a number for a key": b"1: x\n",
    "a date for a key": b"2026-01-01: x\n",
    "nothing for a key": b"~: x\n",
    "a merge": b"<<: {id: x}\nname: y\n",
    "a merge of what is no mapping": b"<<: x\nname: y\n",
    "an equals sign": named("="),
    "tabs": b"id: x\n\tname: y\n",
    "UTF-16": WHOLE.encode("utf-16"),
    "UTF-32": WHOLE.encode("utf-32"),
    "Latin-1": "id: é".encode("latin-1"),
    "NUL": WHOLE.encode().replace(b"name:", b"na\0me:", 1),
    "a time that is none": named("!!timestamp x"),
    "a control character": named('"\\x1b[31m"') + b"\n\x07: x\n",
    "a line break in a key": b'"a\\nb": c\n"a\\nb": c\n',
    "random bytes": bytes(range(256)) * 100,
    "half a character": b"id: \xc3",
    "half a surrogate": named('"\\ud800"'),
    "nothing": b"",
    "white space": b" \n\n ",
    "a comment": b"# nothing\n",
    "null": b"~",
    "a BOM alone": b"\xef\xbb\xbf",
    "two documents": WHOLE.encode() + b"\n---\n" + WHOLE.encode(),
    "a document that is begun": b"---\n...\n---\n",
    "a key of 100,000 letters": b"k" * 100_000 + b": x\n",
    "a key of 1,000 letters twice": (b"k" * 1_000 + b": x\n") * 2,
    "an unknown version": b"%YAML 9.9\n---\nid: x\n",
    "a directive of its own": b"%TAG ! tag:example.org,2026:\n---\n!x y\n",
    "20 megabytes": b"id: x\n" + b"# filler\n" * 2_300_000,
    "a list of 400,000": b"id: [" + b"x," * 400_000 + b"]",
    "a million unclosed quotes": b'"' * 1_000_001,
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_a_file_made_to_hurt_is_one_sentence_about_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "frameworks" / "own.yaml"
    path.parent.mkdir()
    path.write_bytes(content)

    said = refused(tmp_path)

    assert all(is_a_sentence(line) and line.startswith(str(path)) for line in said), said
    if b"name" not in content:
        assert len(said) <= 12, said


HUGE = {
    "hexadecimal": "0x" + "f" * 5_000,
    "octal": "0" + "7" * 9_000,
    "binary": "-0b" + "1" * 20_000,
    "in base sixty": "1" + ":59" * 3_000,
    "in a list": "[0x" + "f" * 5_000 + "]",
}


@pytest.mark.parametrize("number", HUGE.values(), ids=HUGE.keys())
@pytest.mark.parametrize("weight", ["mentee_choice", "ranks_counted", "load_balance"])
def test_a_weight_beyond_all_is_one_sentence(tmp_path: Path, weight: str, number: str) -> None:
    (tmp_path / "matching.yaml").write_text(f"{weight}: {number}\n")

    [said] = refused(tmp_path)

    assert is_a_sentence(said)


@pytest.mark.parametrize("name", ["frameworks/a\n\x1b[31mb.yaml", "stray\r\x1b[31m.yaml"])
def test_the_name_of_a_file_is_told_as_far_as_it_can_be_seen(tmp_path: Path, name: str) -> None:
    (tmp_path / "frameworks").mkdir()
    (tmp_path / name).write_text("x")

    [said] = refused(tmp_path)

    assert is_a_sentence(said)


@pytest.mark.parametrize("name", ["frameworks", "instruments", "programmes"])
def test_a_folder_that_cannot_be_read_is_not_left_out(tmp_path: Path, name: str) -> None:
    (tmp_path / "conduct.yaml").write_text((SHIPPED / "conduct.yaml").read_text())
    (tmp_path / name).symlink_to(name)

    [said] = refused(tmp_path)

    assert is_a_sentence(said)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _never_ends(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _folder(path: Path) -> None:
    path.mkdir()


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _nowhere(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def _too_long(path: Path) -> None:
    path.symlink_to("x/" * 2_000)


def _terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


KINDS = (_fifo, _never_ends, _folder, _loop, _nowhere, _too_long, _terminal)


@pytest.mark.parametrize(
    "name", ["frameworks/own.yaml", "conduct.yaml", "consent.yaml", "matching.yaml"]
)
@pytest.mark.parametrize("make", KINDS)
def test_what_is_no_file_is_one_sentence(
    tmp_path: Path, make: Callable[[Path], None], name: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    make(path)

    said = refused(tmp_path)

    assert all(is_a_sentence(line) and line.startswith(str(path)) for line in said), said


LONG = "x" * 5_000
NO_HOSTS = ("a..b", "a" * 70, "999.1.1.1", "xn--a", "٣.٣.٣.٣", "１２７.0.0.1", "-", ".")
SETTINGS: dict[str, dict[str, str]] = {
    "a long key folder": {"KEY_DIR": f"/tmp/{LONG}"},
    "a deep key folder": {"KEY_DIR": "/tmp" + "/x" * 3_000},
    "NUL in the key folder": {"KEY_DIR": "/tmp/a\0b"},
    "a key folder below a file": {"KEY_DIR": "/etc/passwd/keys"},
    "a long configuration folder": {"CONFIG_DIR": f"/tmp/{LONG}"},
    "NUL in the configuration folder": {"CONFIG_DIR": "/tmp/a\0b"},
    "a long database file": {"DATABASE_URL": f"sqlite:////tmp/{LONG}.db"},
    "a database that is a folder": {"DATABASE_URL": "sqlite:////tmp"},
    "NUL in the database file": {"DATABASE_URL": "sqlite:////tmp/a\0b.db"},
    "a line break in the database": {"DATABASE_URL": "postgresql://u:p@h/n\nx"},
    "an escape in the database": {"DATABASE_URL": "postgresql://u:p@h\x1b[31m/n"},
    "a port beyond": {"DATABASE_URL": "postgresql://u:p@h:70000/n"},
    "port nought": {"DATABASE_URL": "postgresql://u:p@h:0/n"},
    "a port of words": {"DATABASE_URL": "postgresql://u:p@h:port/n"},
    "a port of 5,000 digits": {"DATABASE_URL": f"postgresql://u:p@h:{'9' * 5_000}/n"},
    "a broken IPv6 host": {"DATABASE_URL": "postgresql://u:p@[::1/n"},
    "a driver that is code": {"DATABASE_URL": "os+system://u:p@h/n"},
    "an option nobody knows": {"DATABASE_URL": "postgresql://u:p@h/n?cairn=1"},
    "a web address with a port beyond": {"SLACK_API_URL": "https://h:70000/api/"},
    "a web address with other digits": {"SLACK_API_URL": "https://h:８０/api/"},
    "a web address with a control character": {"SLACK_API_URL": "https://h/\x07api/"},
    "a web address with a line break": {"HEARTBEAT_URL": "https://h/a\nb"},
    "a web address without end": {"HEARTBEAT_URL": f"https://{'h' * 100_000}/"},
    "a web address of no host": {"VAULT_ADDR": "https://:80/", "VAULT_TOKEN": "x"},
    "a broken IPv6 address": {"VAULT_ADDR": "https://[::1/", "VAULT_TOKEN": "x"},
    "a web address with words beside": {"HEARTBEAT_URL": "see https://h/"},
    "a web address with a dotless host": {"HEARTBEAT_URL": "https://../"},
    "a level of another alphabet": {"LOG_LEVEL": "İNFO"},
    "a level that is a number": {"LOG_LEVEL": "10"},
    "a mount that leads out": {"VAULT_MOUNT": "a/../b"},
    "a mount with a line break": {"VAULT_MOUNT": "a\nb"},
    "a token with a line break": {"SLACK_BOT_TOKEN": "xoxb-1\nx"},
    "a token in other letters": {"SLACK_BOT_TOKEN": "xoxb-１２３"},
    "a token without end": {"SLACK_BOT_TOKEN": "xoxb-" + "é" * 1_000_000},
    "a secret with NUL": {"SLACK_SIGNING_SECRET": "12345678\0"},
    "a secret from a folder": {"SLACK_SIGNING_SECRET_FILE": "/tmp"},
    "a secret from nowhere": {"SLACK_SIGNING_SECRET_FILE": f"/tmp/{LONG}"},
    "a secret from a NUL path": {"SLACK_SIGNING_SECRET_FILE": "/tmp/a\0b"},
    "a secret that never ends": {"SLACK_SIGNING_SECRET_FILE": "/dev/zero"},
    "a secret from an empty file": {"SLACK_SIGNING_SECRET_FILE": "/dev/null"},
    "Slack unencrypted": {"SLACK_API_URL": "http://SLACK.COM./api/"},
    "a token that no header can hold": {"VAULT_TOKEN": "é"},
    "a file with a host": {"DATABASE_URL": "sqlite://host/x.db"},
    "a file with options": {"DATABASE_URL": "sqlite:///x.db?a=b"},
    "a file that others may read": {"DATABASE_URL": "sqlite:///file:x.db"},
    **{
        f"the host {host[:9]} in {name}": {name: address.format(host), "VAULT_TOKEN": "x"}
        for host in NO_HOSTS
        for name, address in {
            "VAULT_ADDR": "https://{}/",
            "SLACK_API_URL": "https://{}/api/",
            "HEARTBEAT_URL": "https://{}:80/",
            "MONITOR_HOST": "{}",
            "DATABASE_URL": "postgresql://u:p@{}/n",
        }.items()
    },
}


@pytest.mark.parametrize("environ", SETTINGS.values(), ids=SETTINGS.keys())
def test_a_setting_made_to_hurt_is_one_sentence(environ: dict[str, str]) -> None:
    with in_time(), pytest.raises(OperatorFacing) as caught:
        load_settings(environ, env_file=None)

    [said] = caught.value.reason.split("\n")
    assert is_a_sentence(said)
    assert said.startswith(next(iter(environ)).removesuffix("_FILE"))


def test_hosts_that_there_may_be_are_taken() -> None:
    for host in ("db1", "h.example.org", "127.0.0.1", "[::1]", "bücher.example", "a_b"):
        given = {"DATABASE_URL": f"postgresql://u:p@{host}/n", "HEARTBEAT_URL": f"https://{host}"}
        assert load_settings(given, env_file=None).heartbeat_url == f"https://{host}"


@pytest.mark.parametrize("make", KINDS)
def test_an_env_file_or_a_secret_that_is_no_file_is_one_sentence(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / ".env"
    make(path)

    with in_time(), pytest.raises(OperatorFacing) as caught:
        load_settings({"SLACK_APP_TOKEN_FILE": str(path)}, env_file=None)
    assert is_a_sentence(caught.value.reason)
    with in_time(), pytest.raises(OperatorFacing) as caught:
        load_settings({}, env_file=path)
    assert is_a_sentence(caught.value.reason)


ENV_FILES: dict[str, bytes] = {
    "NUL": b"KEY_DIR=/tmp/a\0b\n",
    "UTF-16": "LOG_LEVEL=INFO\n".encode("utf-16"),
    "random bytes": bytes(range(256)) * 20,
    "20 megabytes": b"# filler\n" * 2_300_000,
    "words that expand without end": b"".join(
        f"A{n + 1}=${{A{n}}}${{A{n}}}${{A{n}}}${{A{n}}}\n".encode() for n in range(20)
    ).replace(b"${A0}", b"xxxx")
    + b"LOG_LEVEL=${A20}\n",
}


@pytest.mark.parametrize("content", ENV_FILES.values(), ids=ENV_FILES.keys())
def test_an_env_file_made_to_hurt_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ".env"
    path.write_bytes(content)

    with in_time(), pytest.raises(OperatorFacing) as caught:
        load_settings({}, env_file=path)

    assert is_a_sentence(caught.value.reason)
