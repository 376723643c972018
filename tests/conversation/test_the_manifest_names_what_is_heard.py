"""Cairn subscribes to what it listens to, and to nothing else."""

import yaml

from handlers.edge.dispatch import EVENT, Edge
from handlers.install.pages import WHAT_FOR
from handlers.register import CAPABILITIES
from runtime.tenancy import MANIFEST


def manifest() -> dict[str, dict[str, dict[str, list[str]]]]:
    found: dict[str, dict[str, dict[str, list[str]]]] = yaml.safe_load(MANIFEST.read_text())
    return found


def test_every_event_of_the_manifest_has_a_listener_and_every_listener_its_event() -> None:
    told = manifest()["settings"]["event_subscriptions"]["bot_events"]
    edge = Edge(services=None)  # type: ignore[arg-type]
    CAPABILITIES.listen(edge)
    listeners = {name for kind, name in edge.names if kind == EVENT}

    assert {name.partition(".")[0] for name in told} == {*CAPABILITIES.events, *listeners}
    assert len(told) == len(set(told))


def test_every_scope_is_named_with_its_reason() -> None:
    scopes = manifest()["oauth_config"]["scopes"]["bot"]
    lines = MANIFEST.read_text().splitlines()

    for scope in scopes:
        assert scope in WHAT_FOR, f"{scope} has no reason on the install page"
        assert any(line.strip().startswith(f"- {scope} #") for line in lines), scope
