"""Faults that the sandbox commits on purpose, drawn from a seed so that a run can be repeated."""

from __future__ import annotations

import fnmatch
import itertools
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from slack_sandbox.problems import Problem

# In a Web API call: what happens to the call or to its answer.
CALL_KINDS = frozenset({"drop", "delay", "status", "error", "ratelimit", "hang"})
# On the way to the app: what happens to a payload.
PAYLOAD_KINDS = frozenset({"duplicate", "reorder", "lose"})
# At once, when it is posted.
INSTANT_KINDS = frozenset({"kill_socket", "refresh_socket", "deaf", "hear", "skew"})
# When a trigger id is made.
TRIGGER_KINDS = frozenset({"expire_trigger"})
KINDS = CALL_KINDS | PAYLOAD_KINDS | INSTANT_KINDS | TRIGGER_KINDS

FIRED_KEPT = 1000
_FIELDS = frozenset(
    {
        "kind",
        "on",
        "probability",
        "count",
        "skip",
        "script",
        "when",
        "status",
        "error",
        "delay_s",
        "retry_after_s",
        "clock",
        "seconds",
        "sockets",
    }
)


@dataclass(slots=True, kw_only=True)
class Fault:
    """A rule for when to fail, and how.

    ``on`` is a pattern over method names (``chat.*``) or payload names (``app_home_opened``,
    ``/checkin``, ``view_submission``). ``count`` None means without end; ``skip`` lets that
    many pass first. ``when`` says whether Slack takes the call before it fails.
    """

    id: int
    kind: str
    on: str = "*"
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    when: str = "after"
    status: int = 500
    error: str = "fatal_error"
    delay_s: float = 1.0
    retry_after_s: int = 30
    clock: str = "real"
    seconds: float = 0.0
    sockets: str = "all"
    script: list[Fault | None] = field(default_factory=list)


class Faults:
    """The faults in force, and a log of those that struck."""

    def __init__(self, seed: int = 0) -> None:
        self._ids = itertools.count(1)
        self._random = random.Random(seed)  # noqa: S311 - chance that can be repeated
        self.rules: list[Fault] = []
        self.fired: deque[dict[str, Any]] = deque(maxlen=FIRED_KEPT)

    def reseed(self, seed: int) -> None:
        """Start the dice again from ``seed``."""
        self._random.seed(seed)

    def clear(self) -> None:
        """Take every fault back."""
        self.rules.clear()

    def add(self, wanted: object) -> Fault:
        """Put a fault in force; Problem names the field that makes no sense."""
        fault = self._parse(wanted, "")
        if fault.kind not in INSTANT_KINDS:
            self.rules.append(fault)
        return fault

    def draw(self, name: str, kinds: frozenset[str]) -> Fault | None:
        """Return the fault that strikes ``name`` now, or None. Uses up counts and scripts."""
        if not self.rules:
            return None
        for rule in self.rules:
            if not self._applies(rule, name, kinds):
                continue
            struck = self._strike(rule)
            if struck and struck.kind in kinds:
                self.fired.append({"kind": struck.kind, "on": name, "fault": rule.id})
                return struck
        return None

    def _applies(self, rule: Fault, name: str, kinds: frozenset[str]) -> bool:
        if rule.kind == "script":
            fits = bool(rule.script) and any(one and one.kind in kinds for one in rule.script)
        else:
            fits = rule.kind in kinds
        return fits and fnmatch.fnmatchcase(name, rule.on)

    def _strike(self, rule: Fault) -> Fault | None:
        if rule.kind == "script":
            struck = rule.script.pop(0)
            if not rule.script:
                self.rules.remove(rule)
            return struck
        if rule.skip:
            rule.skip -= 1
            return None
        if rule.probability < 1 and self._random.random() >= rule.probability:
            return None
        if rule.count is not None:
            rule.count -= 1
            if rule.count <= 0:
                self.rules.remove(rule)
        return rule

    def _parse(self, wanted: object, path: str) -> Fault:
        if not isinstance(wanted, dict):
            raise Problem(path or "fault", "A fault is an object with a kind.")
        for name in wanted:
            if name not in _FIELDS:
                raise Problem(f"{path}{name}", f"A fault has no field {name!r}.")
        if "script" in wanted:
            return self._parse_script(wanted, path)
        kind = wanted.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise Problem(f"{path}kind", f"There is no fault {kind!r}; there are {_listed()}.")
        fault = Fault(id=next(self._ids), kind=kind)
        for name, value in wanted.items():
            _check(f"{path}{name}", name, value)
            setattr(fault, name, value)
        return fault

    def _parse_script(self, wanted: dict[str, Any], path: str) -> Fault:
        steps = wanted["script"]
        if not isinstance(steps, list) or not steps:
            raise Problem(f"{path}script", "A script is a list of faults, null where none is.")
        rule = Fault(id=next(self._ids), kind="script", on=str(wanted.get("on", "*")))
        for number, step in enumerate(steps):
            rule.script.append(
                None if step is None else self._parse(step, f"{path}script[{number}].")
            )
        return rule


def as_json(fault: Fault) -> dict[str, Any]:
    """Return a fault as the control API shows it."""
    return {
        "id": fault.id,
        "kind": fault.kind,
        "on": fault.on,
        "probability": fault.probability,
        "count": fault.count,
        "skip": fault.skip,
        "when": fault.when,
        "script": [None if step is None else step.kind for step in fault.script],
    }


def _listed() -> str:
    return ", ".join(sorted(KINDS))


def _check(path: str, name: str, value: Any) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    number = whole or isinstance(value, float)
    sentences = {
        "probability": (number and 0 < value <= 1, "A probability is above 0 and at most 1."),
        "count": (value is None or (whole and value > 0), "A count is a whole number above 0."),
        "skip": (whole and value >= 0, "Skip is a whole number from 0."),
        "when": (value in ("before", "after"), "When is before or after."),
        "clock": (value in ("real", "virtual"), "The clock is real or virtual."),
        "status": (whole and 400 <= value <= 599, "A status is from 400 to 599."),
        "delay_s": (number and value >= 0, "A delay is a number of seconds from 0."),
        "retry_after_s": (whole and value > 0, "Retry-After is a whole number above 0."),
        "seconds": (number, "Give a number of seconds."),
        "sockets": (value in ("all", "one"), "Sockets is all or one."),
        "on": (isinstance(value, str) and value, "On is a pattern such as chat.*."),
        "error": (isinstance(value, str) and value, "An error is one of Slack's words."),
    }
    good, sentence = sentences.get(name, (True, ""))
    if not good:
        raise Problem(path, sentence)
