"""Commands about how Cairn is installed: `manifest`, `installations` and `health`."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from typer import Option

from runtime.commands.planning import Added

if TYPE_CHECKING:
    from runtime.tenancy import Options


def add_installing(
    command: Callable[[str], Added],
    *,
    options: "Callable[[], Options]",
    monitor: Callable[[], tuple[str, int | None]],
    address: Callable[[str], str],
) -> None:
    """Add the commands. `options` reads this process's settings, `monitor` those of its port alone.

    `address` checks a public address. Raises OperatorFacing for what is none.
    """

    @command("manifest --url https://cairn.example.org")
    def manifest(
        url: Annotated[
            str | None, Option(help="Where Slack reaches Cairn over HTTP; without it, Socket Mode.")
        ] = None,
        several: Annotated[
            bool, Option("--several", help="Let several workspaces install it by themselves.")
        ] = False,
    ) -> str:
        """Print the manifest to paste at api.slack.com/apps, with your address filled in."""
        from runtime.commands.manifest import filled_manifest

        return filled_manifest(address(url) if url else None, several=several)

    @command("installations")
    def installations() -> str:
        """List the workspaces that have Cairn: since when, in which state, what they lack."""
        from runtime.commands.installations import list_installations

        return asyncio.run(list_installations(options()))

    @command("health")
    def health() -> str:
        """Ask the process that runs on this machine whether it is ready: for health checks."""
        from runtime.commands.health import ask_health

        return ask_health(*monitor())
