"""Figures are named in one table, say nothing of anybody, and are what the reference says."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.kernel.figures import Figure
from handlers.edge.dispatch import Edge
from handlers.register import CAPABILITIES
from runtime.health import Fault
from runtime.metrics import METRICS, STOCKED, MetricType
from tests.support.source import ROOT

NAMES = {one.name for one in METRICS}
PRIVATE = ("pulse.", "care.", "relationship.", "conversation.contact")


def test_each_figure_that_is_counted_is_a_metric_of_that_type() -> None:
    counted = {one.name for one in METRICS if one.type is not MetricType.GAUGE}

    assert counted == set(Figure)
    assert NAMES - counted > STOCKED


def test_names_carry_the_prefix_and_base_units_and_each_says_what_it_is() -> None:
    for one in METRICS:
        assert re.fullmatch(r"cairn_[a-z_]+", one.name)
        assert (one.type is MetricType.COUNTER) == one.name.endswith("_total")
        assert (one.type is MetricType.HISTOGRAM) <= one.name.endswith("_seconds")
        assert not re.search(r"_(ms|minutes|hours)(_|$)", one.name)
        assert one.text.endswith(".")


def test_no_label_can_name_a_workspace_a_member_or_a_message() -> None:
    labels = {label for one in METRICS for label in one.labels}

    assert labels == {
        *("engine", "mode", "fault", "outcome", "kind", "lane", "state", "reason", "want"),
        *("which", "socket", "failure", "listener"),
    }


def test_nothing_of_private_capabilities_is_counted() -> None:
    edge = Edge(services=None)  # type: ignore[arg-type]
    CAPABILITIES.listen(edge)
    private = {name for _, name in edge.names if name.startswith(PRIVATE)}
    counted = {name for _, name in edge.counted}

    assert len(private) > 20
    assert counted & private == set()
    assert {"/checkin", "checkin.form"} <= counted


DEPLOYED = ROOT / "deploy/monitoring"
RUNBOOK = ROOT / "docs/how-to/when-an-alert-fires.md"
PROCESS = {
    *("process_resident_memory_bytes", "process_cpu_seconds_total"),
    *("process_open_fds", "process_max_fds"),
}


def metrics_in(file: Path) -> set[str]:
    """Every name in a file that is a metric's, or looks like one."""
    return set(re.findall(r"\b(?:cairn|process)_[a-z_]+\b", file.read_text()))


def test_what_alerts_and_the_dashboard_ask_for_is_there() -> None:
    series = {name for one in METRICS for name in one.series} | PROCESS

    for name in ("cairn-alerts.yaml", "cairn-dashboard.json"):
        asked = metrics_in(DEPLOYED / name)
        assert len(asked) > 10
        assert asked <= series, name


def test_every_alert_says_what_to_do_and_has_a_heading_where_it_sends_people() -> None:
    (group,) = yaml.safe_load((DEPLOYED / "cairn-alerts.yaml").read_text())["groups"]
    headings = re.findall(r"^## (\w+)$", RUNBOOK.read_text(), re.MULTILINE)

    assert [rule["alert"] for rule in group["rules"]] == headings
    for rule in group["rules"]:
        said = rule["annotations"]
        assert said["summary"].endswith(".")
        assert said["description"].endswith(".")
        assert said["runbook_url"].endswith(f"when-an-alert-fires.md#{rule['alert'].lower()}")
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}


def test_every_fault_has_an_alert_and_a_word_in_the_runbook() -> None:
    page, rules = RUNBOOK.read_text(), (DEPLOYED / "cairn-alerts.yaml").read_text()
    own = {Fault.DATABASE}  # which is seen at each scrape, before the fault is

    assert [fault for fault in Fault if f"`{fault}`" not in page] == []
    assert [one for one in Fault if f'fault="{one}"' not in rules and one not in own] == []


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs Prometheus's own promtool")
def test_prometheus_takes_the_rules() -> None:
    command = ["promtool", "check", "rules", str(DEPLOYED / "cairn-alerts.yaml")]

    assert subprocess.run(command, check=False).returncode == 0


def test_the_dashboard_asks_each_query_of_the_source_that_is_chosen() -> None:
    board = json.loads((DEPLOYED / "cairn-dashboard.json").read_text())

    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids)) > 20
    for panel in board["panels"]:
        assert panel["datasource"]["uid"] == "${source}"
        assert all(
            target["expr"].count("(") == target["expr"].count(")") for target in panel["targets"]
        )
