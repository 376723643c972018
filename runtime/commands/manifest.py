"""Fill in the manifest for an installation over HTTP."""

from typing import Any

import yaml

from bot.kernel.errors import OperatorFacing
from handlers.install.flow import REDIRECT_PATH
from runtime.http_mode import EVENTS_PATH
from runtime.tenancy import MANIFEST

SEVERAL_NEEDS_URL = "--several needs --url, because Slack sends people back to a web page"


def filled_manifest(url: str | None, *, several: bool) -> str:
    """Give the manifest to paste at api.slack.com, as YAML: as it is for Socket Mode, or for `url`.

    `several` adds the page to which people come back who install Cairn in their workspace. Raises
    OperatorFacing for that without a `url`.
    """
    if url is None:
        if several:
            raise OperatorFacing(SEVERAL_NEEDS_URL, permanent=True)
        return MANIFEST.read_text().rstrip()
    manifest: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    address = f"{url}{EVENTS_PATH}"
    settings = manifest["settings"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"] = {"request_url": address, **settings["event_subscriptions"]}
    settings["interactivity"] |= {"request_url": address, "message_menu_options_url": address}
    for one in manifest["features"]["slash_commands"]:
        one["url"] = address
    if several:
        redirect = [f"{url}{REDIRECT_PATH}"]
        manifest["oauth_config"] = {"redirect_urls": redirect, **manifest["oauth_config"]}
    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True).rstrip()
