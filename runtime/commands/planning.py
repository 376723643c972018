"""The commands that plan and need neither database nor Slack: match, rotate and rehearse."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from typer import Option

from runtime.commands.terminal import CommandReport, progress

RosterFile = Annotated[Path, Option(help="Members, as for import-roster.")]
ColumnFields = Annotated[
    list[str] | None,
    Option("--column", metavar="HEAD=FIELD", help="What a column holds whose head is not known."),
]
Seed = Annotated[int, Option(help="The same seed gives the same result.")]


Added = Callable[[Callable[..., CommandReport | str | None]], Callable[..., None]]
"""Adds a function to the command line, as `add_command` gives it."""


def add_planning(
    command: Callable[[str], Added], *, config_folder: Callable[[], Path | None]
) -> None:
    """Add the commands; `config_folder` reads where an operator's own configuration is."""

    @command("match --roster roster.csv --out proposal.csv --report report.json")
    def match(
        *,
        roster: RosterFile,
        out: Annotated[Path, Option(help="Where the proposed matches go, as CSV.")],
        report: Annotated[Path, Option(help="Where totals, bound and the unseated go, as JSON.")],
        scores: Annotated[
            Path | None, Option(help="mentee,mentor,score; a missing pair is forbidden.")
        ] = None,
        capacity: Annotated[
            int | None, Option(min=0, help="For mentors whose row names none.")
        ] = None,
        column: ColumnFields = None,
        seed: Seed = 0,
        template: Annotated[
            str | None,
            Option(help="Compose groups as this programme template wishes, such as term_12."),
        ] = None,
    ) -> CommandReport:
        """Propose a mentor for every mentee: the most seated, then the best total, proven."""
        from runtime.commands.matching_commands import match_outcome, run_match, yardstick

        with progress("Matching") as told:
            answer = run_match(
                roster,
                out=out,
                report=report,
                starts=datetime.now(UTC),
                scores=scores,
                capacity=capacity,
                columns=column or (),
                seed=seed,
                progress=told,
                by=yardstick(template, config_folder()),
            )
        return match_outcome(answer, out=out, report=report)

    @command(
        "rotate --members members.csv --size 3 --rounds 7 --out rounds.csv --report report.json"
    )
    def rotate(
        *,
        members: Annotated[Path, Option(help="A CSV with a column member.")],
        size: Annotated[int, Option(min=2, max=6, help="How many meet at once.")],
        rounds: Annotated[int, Option(min=1, max=1000, help="How many rounds to plan.")],
        out: Annotated[Path, Option(help="Where round,group,member goes, as CSV.")],
        report: Annotated[Path, Option(help="Where repeats and their bound go, as JSON.")],
        history: Annotated[
            Path | None, Option(help="Earlier rounds, in the shape of --out.")
        ] = None,
        time_limit: Annotated[float, Option(min=0.1, help="Seconds.")] = 60,
        seed: Seed = 0,
    ) -> CommandReport:
        """Plan peer rounds in which nobody meets the same person twice while that can be helped."""
        from runtime.commands.matching_commands import rotate_outcome, run_rotate

        with progress("Planning rounds") as told:
            answer = run_rotate(
                members,
                size=size,
                rounds=rounds,
                out=out,
                report=report,
                history=history,
                time_limit_s=time_limit,
                seed=seed,
                progress=told,
            )
        return rotate_outcome(answer, out=out, report=report)

    @command(
        "rehearse --roster roster.csv --template term_12 --starts-on 2026-09-07 --out plan.json"
    )
    def rehearse(
        *,
        roster: Annotated[
            Path | None, Option(help="Members, as for import-roster; or else --people.")
        ] = None,
        people: Annotated[
            int | None, Option(help="Make so many people up, in place of a roster.")
        ] = None,
        template: Annotated[
            str, Option(help="A programme template by its id, or a .yaml file of your own.")
        ] = "term_12",
        column: ColumnFields = None,
        starts_on: Annotated[
            datetime | None,
            Option(formats=["%Y-%m-%d"], help="The first day; next Monday when left out."),
        ] = None,
        response: Annotated[
            int | None,
            Option(help="How many of a hundred do what they are asked; 70 when left out."),
        ] = None,
        rate: Annotated[
            list[str] | None,
            Option(
                "--rate",
                metavar="NAME=40",
                help="Another rate for conduct, checkins, meetings, claims, mentors, pulse or "
                "action (what was done); may be repeated.",
            ),
        ] = None,
        seed: Annotated[int, Option(help="The same seed gives the same groups and people.")] = 0,
        holidays: Annotated[
            str | None,
            Option(help="A country and region, as DE-BE; the coordinator's when left out."),
        ] = None,
        pause: Annotated[
            list[str] | None,
            Option(
                "--break", metavar="FIRST..LAST", help="A break of the programme; may be repeated."
            ),
        ] = None,
        out: Annotated[
            Path | None,
            Option(help="A report as .html, every message as .csv, or all of it as .json."),
        ] = None,
    ) -> None:
        """Play a whole programme before it starts: who would get what and when. Nothing is sent."""
        from rich.console import Console

        from runtime.logs import set_up_logs
        from runtime.rehearsal import plan as planning
        from runtime.rehearsal import play, report, tables

        set_up_logs("ERROR")
        report.refuse_other_files(out)
        first_day = starts_on.date() if starts_on else None
        plan = planning.planned(
            roster,
            people=people,
            rates=planning.rates_of(response, rate or ()),
            template=template,
            starts_on=first_day,
            seed=seed,
            columns=column or (),
            country=holidays,
            breaks=pause or (),
            config_folder=config_folder(),
        )
        with progress("Rehearsing") as told:
            found = asyncio.run(play.rehearse(plan, told=told))
        if out is not None:
            report.write(found, out)
        tables.show(found, Console(width=None if sys.stdout.isatty() else 120))
