"""Options of a process that never talks to Slack, such as most commands."""

from pathlib import Path

from runtime.tenancy import Options


def offline(database_url: str, keys: Path) -> Options:
    """Give the options of a command on this database, whose keys are in `keys`."""
    return Options(
        bot_token=None,
        app_token=None,
        signing_secret=None,
        api_url="",
        database_url=database_url,
        key_folder=keys,
    )
