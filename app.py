"""Cairn's command line, and the one place that reads settings and wires the parts together."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.kernel.errors import OperatorFacing

if TYPE_CHECKING:
    from bot.keys.hashicorp import VaultAccess
    from config.settings import Settings
    from runtime.commands.offline import OfflineReport
    from runtime.options import Options

app = typer.Typer(
    name="cairn",
    help="A Slack bot for mentoring groups in medical education.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

WIDE = 120
"""Columns for a table that is not read in a terminal, whose own width would be unknown."""
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")]


@app.command(epilog="Example: python app.py serve --http --port 3000")
def serve(
    http: Annotated[
        bool, typer.Option("--http", help="Receive requests over HTTP instead of Socket Mode.")
    ] = False,
    host: Annotated[str, typer.Option(help="The address to listen on, with --http.")] = "0.0.0.0",  # noqa: S104 - a container's port is opened on purpose
    port: Port = 3000,
) -> None:
    """Run the bot, over Socket Mode unless told otherwise."""
    from runtime.serve import serve_forever

    with failures_in_one_sentence():
        given = settings()
        several = given.slack_client_id is not None and given.slack_bot_token is None
        needed = (
            "SLACK_CLIENT_ID" if several else "SLACK_BOT_TOKEN",
            "SLACK_SIGNING_SECRET" if http or several else "SLACK_APP_TOKEN",
        )
        options = options_from(settings(needing=needed))
        asyncio.run(serve_forever(options, http=(host, port) if http else None))


@app.command(epilog="Example: python app.py demo --port 3300")
def demo(
    port: Port = 3300,
    http: Annotated[
        bool, typer.Option("--http", help="Let the bot receive over HTTP, to see that way too.")
    ] = False,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Start a local Slack workspace with a mentoring programme in it. Needs no Slack account."""
    from runtime.demo.run import run_demo
    from runtime.logs import set_up_logs

    set_up_logs("WARNING")
    with failures_in_one_sentence():
        asyncio.run(run_demo(port=port, over_http=http, open_browser=browser))


@app.command(epilog="Example: python app.py sandbox --port 3300")
def sandbox(port: Port = 3300) -> None:
    """Start the local Slack workspace alone, for any bot that sets SLACK_API_URL to it."""
    from runtime.demo.sandbox import become_the_sandbox

    with failures_in_one_sentence():
        become_the_sandbox(port)


@app.command(epilog="Example: python app.py migrate")
def migrate() -> None:
    """Bring the database up to date."""
    from runtime.commands.schema import migrate as bring_to

    with failures_in_one_sentence():
        asyncio.run(bring_to(settings().database_url))
    typer.echo("The database is up to date.")


@app.command(epilog="Example: python app.py backup cairn-2026-11-20.zip")
def backup(
    file: Annotated[Path, typer.Argument(help="A new file; only you will be able to read it.")],
) -> None:
    """Copy the whole database into one file, without the pulse's keys. Cairn may run meanwhile."""
    from runtime.commands.backup import back_up

    with failures_in_one_sentence():
        done = asyncio.run(back_up(settings().database_url, file, now=datetime.now(UTC)))
    typer.echo(f"{done.rows:,} rows of {done.tables} tables are in {file}. The keys are not.")


@app.command(epilog="Example: python app.py restore cairn-2026-11-20.zip --replace")
def restore(
    file: Annotated[Path, typer.Argument(help="What `backup` wrote, on either engine.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete what is in the database first.")
    ] = False,
) -> None:
    """Put a backup into an up-to-date, empty database: all of it, or nothing. Stop Cairn first."""
    from runtime.commands.backup import restore as put_back

    with failures_in_one_sentence():
        done = asyncio.run(put_back(settings().database_url, file, replace=replace))
    typer.echo(f"{done.rows:,} rows of {done.tables} tables are back.")


@app.command(
    "import-roster", epilog="Example: python app.py import-roster roster.csv --workspace T0123ABCD"
)
def import_roster(
    roster: Annotated[
        Path, typer.Argument(help="The roster as CSV; see docs/reference/roster.md.")
    ],
    workspace: Annotated[
        str | None, typer.Option(help="The Slack team id; asked of Slack when left out.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what would change.")] = False,
) -> None:
    """Read members from a CSV file: all rows, or none when one is wrong."""
    from runtime.commands.offline import import_roster_file

    with failures_in_one_sentence():
        is_known = workspace or check or settings().slack_client_id
        options = options_from(settings(needing=() if is_known else ("SLACK_BOT_TOKEN",)))
        report = asyncio.run(
            import_roster_file(options, roster, workspace=workspace, only_check=check)
        )
    tell(report)


@app.command(
    epilog="Example: python app.py match --roster roster.csv --out proposal.csv "
    "--report report.json"
)
def match(
    *,
    roster: Annotated[Path, typer.Option(help="Members, as for import-roster.")],
    out: Annotated[Path, typer.Option(help="Where the proposed matches go, as CSV.")],
    report: Annotated[Path, typer.Option(help="Where totals, bound and the unseated go, as JSON.")],
    scores: Annotated[
        Path | None, typer.Option(help="mentee,mentor,score; a missing pair is forbidden.")
    ] = None,
    capacity: Annotated[
        int | None, typer.Option(min=0, help="For mentors whose row names none.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result.")] = 0,
    template: Annotated[
        str | None,
        typer.Option(help="Compose groups as this programme template wishes, such as term_12."),
    ] = None,
) -> None:
    """Propose a mentor for every mentee: the most seated, then the best total, proven."""
    from runtime.commands.offline import match_files, progress

    with failures_in_one_sentence(), progress("Matching") as told:
        found = match_files(
            roster,
            scores=scores,
            capacity=capacity,
            seed=seed,
            template=template,
            config_folder=config_folder(),
            out=out,
            report=report,
            progress=told,
        )
    tell(found)


@app.command(
    epilog="Example: python app.py rotate --members members.csv --size 3 --rounds 7 "
    "--out rounds.csv --report report.json"
)
def rotate(
    *,
    members: Annotated[Path, typer.Option(help="A CSV with a column member.")],
    size: Annotated[int, typer.Option(min=2, max=6, help="How many meet at once.")],
    rounds: Annotated[int, typer.Option(min=1, help="How many rounds to plan.")],
    out: Annotated[Path, typer.Option(help="Where round,group,member goes, as CSV.")],
    report: Annotated[Path, typer.Option(help="Where repeats and their bound go, as JSON.")],
    history: Annotated[
        Path | None, typer.Option(help="Earlier rounds, in the shape of --out.")
    ] = None,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds.")] = 60,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result.")] = 0,
) -> None:
    """Plan peer rounds in which nobody meets the same person twice while that can be helped."""
    from runtime.commands.offline import progress, rotate_files

    with failures_in_one_sentence(), progress("Planning rounds") as told:
        found = rotate_files(
            members,
            size=size,
            rounds=rounds,
            history=history,
            time_limit_s=time_limit,
            seed=seed,
            out=out,
            report=report,
            progress=told,
        )
    tell(found)


@app.command(
    epilog="Example: python app.py rehearse --roster roster.csv --template term_12 "
    "--starts-on 2026-09-07 --out rehearsal.json"
)
def rehearse(
    *,
    roster: Annotated[Path, typer.Option(help="Members, as for import-roster.")],
    template: Annotated[
        str, typer.Option(help="A programme template by its id, or a .yaml file of your own.")
    ] = "term_12",
    starts_on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The first day; next Monday when left out."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same groups.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Every message as .csv, or the whole report as .json.")
    ] = None,
) -> None:
    """Play a whole programme before it starts: who would get what and when. Nothing is sent."""
    from rich.console import Console

    from runtime.commands.offline import progress
    from runtime.logs import set_up_logs
    from runtime.rehearsal import play, show

    set_up_logs("ERROR")
    with failures_in_one_sentence():
        show.refuse_other_files(out)
        plan = play.planned(
            roster,
            template=template,
            starts_on=starts_on.date() if starts_on else None,
            seed=seed,
            config_folder=config_folder(),
        )
        with progress("Rehearsing") as told:
            found = asyncio.run(play.rehearse(plan, told=told))
        if out is not None:
            show.write(found, out)
    show.show(found, Console(width=None if sys.stdout.isatty() else WIDE))


@app.command(epilog="Example: python app.py queue --resend all")
def queue(
    workspace: Annotated[
        str | None, typer.Option(help="Only this Slack team id; every workspace when left out.")
    ] = None,
    resend: Annotated[
        str | None, typer.Option(metavar="ID", help="Send a dead letter again, or `all`.")
    ] = None,
) -> None:
    """Show what waits to be sent, what could not be delivered and why, and send it again."""
    from runtime.commands.queue import look_at_queue

    with failures_in_one_sentence():
        options = options_from(settings())
        said = asyncio.run(look_at_queue(options, workspace=workspace, resend=resend))
    typer.echo(said)


@app.command(epilog="Example: python app.py keys")
def keys(
    start_anew: Annotated[
        bool,
        typer.Option(
            "--start-anew",
            help="Put keys here from now on. Open pulses whose keys are not here end without "
            "results, and members are told.",
        ),
    ] = False,
) -> None:
    """Say whether the keys of open pulses are where the settings say."""
    from runtime.commands.keys import look_at_keys

    with failures_in_one_sentence():
        options = options_from(settings())
        said = asyncio.run(look_at_keys(options, start_anew=start_anew, now=datetime.now(UTC)))
    typer.echo(said)


@app.command(epilog="Example: python app.py doctor")
def doctor(
    brief: Annotated[bool, typer.Option("--brief", help="Print only what is wrong.")] = False,
) -> None:
    """Check settings, database, key directory, Slack tokens and scopes, and the queue."""
    from runtime.commands.doctor import examine

    with failures_in_one_sentence():
        findings = asyncio.run(examine(options_from(settings())))
    for finding in findings:
        if not (brief and finding.is_well):
            typer.echo(f"{'ok  ' if finding.is_well else 'FIX '}  {finding.sentence}")
    raise typer.Exit(0 if all(finding.is_well for finding in findings) else 1)


def settings(*, needing: tuple[str, ...] = ()) -> "Settings":
    """This process's settings, with logging set up by them. Raises OperatorFacing."""
    from config.settings import load_settings
    from runtime.logs import set_up_logs

    found = load_settings(needing=needing)
    set_up_logs(found.log_level)
    return found


def config_folder() -> Path | None:
    """The operator's folder for a command that needs nothing else, whatever else is set."""
    from config.settings import load_settings

    return load_settings(only=("CONFIG_DIR",)).config_dir


def options_from(found: "Settings") -> "Options":
    """The settings as the running process takes them: plain values, no settings library."""
    from runtime.options import Options

    secrets = (
        found.slack_bot_token,
        found.slack_app_token,
        found.slack_signing_secret,
        found.slack_client_secret,
    )
    bot_token, app_token, signing_secret, client_secret = (
        secret.get_secret_value() if secret else None for secret in secrets
    )
    return Options(
        bot_token=bot_token,
        app_token=app_token,
        signing_secret=signing_secret,
        client_id=found.slack_client_id,
        client_secret=client_secret,
        api_url=found.slack_api_url,
        database_url=found.database_url,
        key_folder=found.key_dir,
        config_folder=found.config_dir,
        heartbeat_url=found.heartbeat_url,
        vault=vault_from(found),
    )


def vault_from(found: "Settings") -> "VaultAccess | None":
    """How to reach HashiCorp Vault, where one is set."""
    if found.vault_addr is None:
        return None
    from bot.keys.hashicorp import VaultAccess

    token, role_id, secret_id = (
        secret.get_secret_value() if secret else None
        for secret in (found.vault_token, found.vault_role_id, found.vault_secret_id)
    )
    return VaultAccess(
        address=found.vault_addr,
        mount=found.vault_mount.strip("/"),
        token=token,
        role_id=role_id,
        secret_id=secret_id,
    )


def tell(report: "OfflineReport") -> None:
    """Print what came of it, and what to look at on standard error."""
    for warning in report.warnings:
        typer.echo(warning, err=True)
    typer.echo(report.sentence)


@contextmanager
def failures_in_one_sentence() -> Iterator[None]:
    """End with exit code 1 and what to do on standard error, instead of a traceback."""
    try:
        yield
    except OperatorFacing as problem:
        typer.echo(problem.reason, err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


if __name__ == "__main__":
    app()
