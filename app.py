"""Cairn's command line, and the one place that reads settings and wires the parts together."""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

try:
    import typer
    from typer import Argument, Option
except ModuleNotFoundError:
    sys.exit("Packages are not installed for this Python: use .venv/bin/python app.py …")

from bot.people.model import Role
from runtime.commands.database import add_database
from runtime.commands.doctor import add_doctor, warn_at_start
from runtime.commands.installing import add_installing
from runtime.commands.planning import ColumnFields, add_planning
from runtime.commands.report import add_report
from runtime.commands.retention import add_retention
from runtime.commands.terminal import CommandReport, add_command

if TYPE_CHECKING:
    from pydantic import SecretStr

    from bot.keys.hashicorp import VaultAccess
    from config.settings import Settings
    from runtime.tenancy import Options

app = typer.Typer(
    name="cairn",
    help="A Slack bot for mentoring groups in medical education.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
command = partial(add_command, app)

Port = Annotated[int, Option(min=0, max=65535, help="0 takes any free port.")]
Hosts = Annotated[
    list[str] | None,
    Option(
        "--allow-host",
        metavar="NAME",
        help="A name under which browsers reach the page, besides localhost; may be repeated.",
    ),
]


def say_version(is_wanted: bool) -> None:
    """Name the version and the newest migration that it knows, and end."""
    from runtime.commands.schema import newest_revision
    from runtime.version import VERSION

    if is_wanted:
        typer.echo(f"Cairn {VERSION}, schema {newest_revision()}")
        raise typer.Exit


@app.callback()
def cairn(
    version: Annotated[
        bool,
        Option("--version", callback=say_version, is_eager=True, help="Name the version and end."),
    ] = False,
) -> None:
    """Take what is said before a command."""


@command("serve --http --port 3000")
def serve(
    http: Annotated[
        bool, Option("--http", help="Receive requests over HTTP instead of Socket Mode.")
    ] = False,
    host: Annotated[str, Option(help="The address to listen on, with --http.")] = "0.0.0.0",  # noqa: S104 - a container's port is opened on purpose
    port: Port = 3000,
) -> None:
    """Run the bot, over Socket Mode unless told otherwise."""
    from runtime.memory import overwrite_what_is_freed

    overwrite_what_is_freed()
    from runtime.serving import serve_forever

    given = settings()
    several = given.slack_client_id is not None and given.slack_bot_token is None
    needed = (
        "SLACK_CLIENT_ID" if several else "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET" if http or several else "SLACK_APP_TOKEN",
    )
    chosen = options(needing=needed)
    warn_at_start(chosen, misspelt())
    asyncio.run(serve_forever(chosen, http=(host, port) if http else None))


@command("demo --week 6")
def demo(
    *,
    port: Port = 3300,
    http: Annotated[
        bool, Option("--http", help="Let the bot receive over HTTP, to see that way too.")
    ] = False,
    week: Annotated[
        int | None,
        Option(help="Open in this week of the programme, from 1 to 40; 3 without it."),
    ] = None,
    empty: Annotated[
        bool, Option("--empty", help="Start with nothing set up, to do it yourself.")
    ] = False,
    browser: Annotated[bool, Option(help="Open the page in a browser.")] = True,
    hosts: Hosts = None,
) -> None:
    """Start a local Slack workspace with a mentoring programme in it. Needs no Slack account."""
    refuse_without_demo()
    from runtime.demo.run import run_demo
    from runtime.logs import set_up_logs

    leave_proxies_to_the_settings()
    set_up_logs("ERROR")  # what cannot be delivered there, is so on purpose
    asyncio.run(
        run_demo(
            port=port,
            over_http=http,
            open_browser=browser,
            week=week,
            empty=empty,
            hosts=hosts or (),
        )
    )


@command("sandbox --port 3300")
def sandbox(port: Port = 3300, hosts: Hosts = None) -> None:
    """Start the local Slack workspace alone, for any bot that sets SLACK_API_URL to it."""
    refuse_without_demo()
    from runtime.demo.sandbox import become_the_sandbox

    become_the_sandbox(port, hosts or ())


@command("import-roster roster.csv --workspace T0123ABCD")
def import_roster(
    *,
    roster: Annotated[Path, Argument(help="The list of people; see docs/reference/roster.md.")],
    workspace: Annotated[
        str | None, Option(help="The Slack team id; asked of Slack when left out.")
    ] = None,
    check: Annotated[bool, Option("--check", help="Only say what would change.")] = False,
    column: ColumnFields = None,
    role: Annotated[
        Role | None, Option(help="For new people of whom the file does not say it.")
    ] = None,
    confirm_barriers: Annotated[
        bool, Option("--confirm-barriers", help="Change who must never be matched, too.")
    ] = False,
) -> CommandReport:
    """Import people from a CSV or .xlsx file: all rows, or none when one is wrong."""
    from runtime.commands.import_roster import import_roster_file

    is_known = workspace or check or settings().slack_client_id
    given = options(needing=() if is_known else ("SLACK_BOT_TOKEN",))
    return asyncio.run(
        import_roster_file(
            given,
            roster,
            workspace=workspace,
            only_check=check,
            columns=column or (),
            role=role,
            barriers_confirmed=confirm_barriers,
        )
    )


@command("export --workspace T0123ABCD --programme programme_1a2b3c --out export.zip")
def export(
    *,
    workspace: Annotated[str, Option(help="The Slack team id.")],
    programme: Annotated[
        str | None, Option(help="Its name or id; may be left out where there is only one.")
    ] = None,
    out: Annotated[Path, Option(help="A new file; only you will be able to read it.")],
) -> str:
    """Write the file for research: figures of members who agreed, without names."""
    from runtime.commands.export import export_file

    now = datetime.now(UTC)
    return asyncio.run(
        export_file(options(), workspace=workspace, programme=programme, out=out, now=now)
    )


@command("queue --resend all")
def queue(
    workspace: Annotated[
        str | None, Option(help="Only this Slack team id; every workspace when left out.")
    ] = None,
    resend: Annotated[
        str | None, Option(metavar="ID", help="Send a dead letter again, or `all`.")
    ] = None,
    retry: Annotated[
        bool, Option("--retry", help="Try at once what waits because Slack refused it.")
    ] = False,
) -> str:
    """Show what waits to be sent, what could not be delivered and why, and send it again."""
    from runtime.commands.queue import look_at_queue

    given = options()
    return asyncio.run(look_at_queue(given, workspace=workspace, resend=resend, retry=retry))


@command("keys")
def keys(
    start_anew: Annotated[
        bool, Option("--start-anew", help="Keep keys here; pulses that lost theirs end.")
    ] = False,
    sure: Annotated[
        bool, Option("--sure", help="Give up for good what is named without it.")
    ] = False,
    rotate: Annotated[bool, Option("--rotate", help="Seal everything with new keys.")] = False,
    destroy_spare: Annotated[
        bool, Option("--destroy-spare", help="Destroy keys that no row needs, only old backups.")
    ] = False,
) -> str:
    """Say which keys there are and what they are for; rotate the long-lived ones."""
    from runtime.commands import keys as commands

    wanted = {"start_anew": start_anew, "rotate": rotate, "destroy_spare": destroy_spare}
    names = [name for name, is_wanted in wanted.items() if is_wanted]
    return asyncio.run(commands.do(options(), names, now=datetime.now(UTC), sure=sure))


def refuse_without_demo() -> None:
    """Raise OperatorFacing where the demo was left out, as in the image."""
    if find_spec("runtime.demo") is None:
        from bot.kernel.errors import OperatorFacing

        raise OperatorFacing(
            "The demo is not in this image; run script/demo in a copy of Cairn's folder",
            permanent=True,
        )


def settings(*, needing: tuple[str, ...] = ()) -> "Settings":
    """Read this process's settings, and set up logging by them. Raises OperatorFacing."""
    from config.settings import load_settings
    from runtime.logs import set_up_logs

    found = load_settings(needing=needing)
    set_up_logs(found.log_level)
    return found


def misspelt() -> list[str]:
    """Say which variables of this process have a name that is nearly a setting's."""
    from config.misspelt import misspelt as found

    return found()


def config_folder() -> Path | None:
    """Read the operator's folder for a command that needs nothing else, whatever else is set."""
    from config.settings import load_settings

    return load_settings(only=("CONFIG_DIR",)).config_dir


def monitor() -> tuple[str, int | None]:
    """Read where this machine's Cairn is asked how it is, whatever else is set."""
    from config.settings import load_settings

    found = load_settings(only=("MONITOR_HOST", "MONITOR_PORT"))
    return found.monitor_host, found.monitor_port


def public_address(text: str) -> str:
    """Check an address of --url as PUBLIC_URL is checked. Raises OperatorFacing."""
    from bot.kernel.errors import OperatorFacing
    from config.settings import load_settings

    name = "PUBLIC_URL"
    try:
        return load_settings({name: text}, env_file=None, only=(name,)).public_url or ""
    except OperatorFacing as problem:
        raise OperatorFacing(problem.reason.replace(name, "--url"), permanent=True) from None


add_planning(command, config_folder=config_folder)


def options(*, needing: tuple[str, ...] = ()) -> "Options":
    """Read the settings as plain values, as the running process takes them."""
    from bot.kernel.network import Network
    from runtime.tenancy import Options

    found = settings(needing=needing)
    leave_proxies_to_the_settings()
    return Options(
        bot_token=_plain(found.slack_bot_token),
        app_token=_plain(found.slack_app_token),
        signing_secret=_plain(found.slack_signing_secret),
        client_id=found.slack_client_id,
        client_secret=_plain(found.slack_client_secret),
        api_url=found.slack_api_url,
        database_url=found.database_url,
        key_folder=found.key_dir,
        config_folder=found.config_dir,
        allowed_workspaces=found.allowed_workspaces or frozenset(),
        heartbeat_url=found.heartbeat_url,
        network=Network(
            proxy=found.https_proxy, around=found.no_proxy or "", ca_file=found.ca_file
        ),
        vault=_vault(found),
        public_url=found.public_url,
        keep_departed=timedelta(days=found.keep_departed_days),
        keep_uninstalled=timedelta(days=found.keep_uninstalled_days),
        monitor=None if found.monitor_port is None else (found.monitor_host, found.monitor_port),
    )


def leave_proxies_to_the_settings() -> None:
    """Take away what Slack's SDK would follow by itself, for addresses of this machine too."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        os.environ.pop(name, None)


add_database(command, options=options)
add_doctor(command, options=options, misspelt=misspelt)
add_report(command, options=options)
add_installing(command, options=options, monitor=monitor, address=public_address)
add_retention(command, options=options)


def _vault(found: "Settings") -> "VaultAccess | None":
    if found.vault_addr is None:
        return None
    from bot.keys.hashicorp import VaultAccess

    return VaultAccess(
        address=found.vault_addr,
        mount=found.vault_mount.strip("/"),
        token=_plain(found.vault_token),
        role_id=_plain(found.vault_role_id),
        secret_id=_plain(found.vault_secret_id),
    )


def _plain(secret: "SecretStr | None") -> str | None:
    return secret.get_secret_value() if secret else None


if __name__ == "__main__":
    from runtime.logs import log_crashes

    log_crashes()
    typer.main.get_command(app)()  # `app()` itself would print tracebacks, with values in them
