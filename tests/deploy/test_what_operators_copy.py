"""The files of deploy/ agree with the code: paths, ports, users, variables, commands, roles."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from app import app
from config.settings import NAMES, load_settings
from runtime.limits import Limits
from tests.support.image import DOCKERFILE
from tests.support.postgres import ROLES
from tests.support.source import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())
HTTP = yaml.safe_load((DEPLOY / "compose/compose.http.yaml").read_text())
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def kubernetes() -> list[dict[str, Any]]:
    files = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    return [one for file in files for one in yaml.safe_load_all(file.read_text())]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [one for one in kubernetes() if one["kind"] == kind]


def pods() -> list[dict[str, Any]]:
    nightly = [one["spec"]["jobTemplate"] for one in of_kind("CronJob")]
    every = (*of_kind("Deployment"), *of_kind("Job"), *nightly)
    return [one["spec"]["template"]["spec"] for one in every]


def containers() -> list[dict[str, Any]]:
    return [one for pod in pods() for one in pod["containers"]]


def cairns() -> list[dict[str, Any]]:
    """The services of compose that run Cairn."""
    return [one for name, one in COMPOSE["services"].items() if name != "postgres"]


def unknown_options(command: list[str]) -> set[str]:
    known = get_command(app).commands[command[0]]  # type: ignore[attr-defined]
    options = {option for parameter in known.params for option in parameter.opts}
    named = {word for word in command[1:] if word.startswith("--")}
    return named - options


def commands() -> Iterator[list[str]]:
    yield from (one["command"] for one in (*cairns(), HTTP["services"]["cairn"]))
    yield from (one["args"] for one in containers())
    for unit in UNITS:
        [line] = re.findall(r"^ExecStart=\S+ app\.py (.+)$", unit.read_text(), re.MULTILINE)
        yield [word for word in line.split() if not word.startswith("$")]
    [options] = re.findall(r"SERVE_OPTIONS=(.+)", (DEPLOY / "systemd/cairn.env").read_text())
    yield ["serve", *options.split()]
    yield ["health", *re.findall(r'CMD \["python", "app.py", "health"(.*)\]', DOCKERFILE)[:-1]]


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_every_command_that_is_run_exists(command: list[str]) -> None:
    assert unknown_options(command) == set()


def test_every_variable_is_one_that_cairn_reads() -> None:
    named = {name for one in cairns() for name in one.get("environment", {})}
    named |= set(HTTP["services"]["cairn"]["environment"])
    named |= {one["name"] for container in containers() for one in container["env"]}
    named |= {name for one in of_kind("Secret") for name in one["stringData"]}
    for file in (*UNITS, DEPLOY / "systemd/cairn.env", DEPLOY / "systemd/cairn"):
        lines = re.findall(
            r"^(?:#?|Environment=.*|.*--setenv=)\b([A-Z_]{6,})=", file.read_text(), re.MULTILINE
        )
        named |= set(lines) - {"PYTHONDONTWRITEBYTECODE", "SERVE_OPTIONS", "BACKUP_OPTIONS"}

    assert "ALLOWED_WORKSPACES" in named
    assert named - {*NAMES, *(f"{name}_FILE" for name in NAMES)} == set()


def test_the_settings_that_are_printed_are_taken(tmp_path: Path) -> None:
    text = (DEPLOY / "systemd/cairn.env").read_text().replace("/etc/cairn/ca.pem", "")
    lines = [line.removeprefix("#") for line in text.splitlines()]
    (tmp_path / "cairn.env").write_text("\n".join(line for line in lines if line[:1].isupper()))

    found = load_settings({}, env_file=tmp_path / "cairn.env")

    assert found.monitor_port == 9464
    assert found.allowed_workspaces == frozenset({"T0123ABCD"})


def test_users_ports_and_folders_are_those_of_the_image() -> None:
    [user] = re.findall(r"^USER (\d+):\1$", DOCKERFILE, re.MULTILINE)
    ports = {int(port) for port in re.findall(r"^EXPOSE (\d+) (\d+)$", DOCKERFILE, re.MULTILINE)[0]}
    [folders] = re.findall(r'^VOLUME \["(.+)", "(.+)"\]$', DOCKERFILE, re.MULTILINE)

    for pod in pods():
        its = pod["securityContext"]
        assert {its[name] for name in ("runAsUser", "runAsGroup", "fsGroup")} == {int(user)}
        assert its["runAsNonRoot"] is True
        assert its["seccompProfile"] == {"type": "RuntimeDefault"}
    for one in containers():
        assert re.fullmatch(r"registry\.example\.org/cairn:\d+\.\d+\.\d+", one["image"])
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        mounts = {mount["mountPath"] for mount in one["volumeMounts"]}
        assert mounts == {folders[1], "/tmp", "/run/secrets/cairn"}
    [bot] = [one for one in containers() if "ports" in one]
    assert {port["containerPort"] for port in bot["ports"]} == ports
    for one in cairns():
        assert {volume.partition(":")[2] for volume in one["volumes"]} <= set(folders)
    assert len({one["image"] for one in containers()}) == 1


def test_no_container_of_compose_may_do_more_than_it_needs() -> None:
    for one in COMPOSE["services"].values():
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in one
    assert [name for name, one in COMPOSE["services"].items() if "ports" in one] == []
    assert HTTP["services"]["cairn"]["ports"] == ["127.0.0.1:3000:3000"]
    assert "keys" not in str(COMPOSE["services"]["backup"]["volumes"])


def test_what_is_referred_to_is_there() -> None:
    secrets = COMPOSE["secrets"] | HTTP["secrets"]
    for one in (*COMPOSE["services"].values(), HTTP["services"]["cairn"]):
        used = set(one.get("secrets", ()))
        assert used <= set(secrets)
        files = [
            path for path in map(str, one.get("environment", {}).values()) if "/run/secrets" in path
        ]
        assert {Path(path).name for path in files} <= used
        assert {volume.partition(":")[0] for volume in one.get("volumes", ())} <= {
            *COMPOSE["volumes"],
            "./make-roles.sh",
        }
    for pod in pods():
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        mounted = {mount["name"] for one in pod["containers"] for mount in one["volumeMounts"]}
        assert mounted == set(volumes)
        [held] = [
            one
            for one in of_kind("Secret")
            if one["metadata"]["name"] == volumes["secrets"]["secret"]["secretName"]
        ]
        for variable in (one for container in pod["containers"] for one in container["env"]):
            if variable["value"].startswith("/run/secrets/cairn/"):
                assert Path(variable["value"]).name in held["stringData"]
    [bot] = of_kind("Deployment")
    labels = bot["spec"]["template"]["metadata"]["labels"].items()
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        spec = of_kind(kind)[0]["spec"]
        selector = spec.get("podSelector", spec.get("selector"))
        assert selector.get("matchLabels", selector).items() <= labels


def test_the_script_makes_the_roles_of_the_page() -> None:
    script = (DEPLOY / "compose/make-roles.sh").read_text()
    made = re.search(r"<<'SQL'\n(.*)SQL\n", script, re.DOTALL)

    assert made is not None
    with_secrets = re.sub(r":'(owners|runs)_secret'", r"'\1-secret'", made[1])
    assert with_secrets == ROLES


def test_secrets_are_made_once_and_fit_what_reads_them(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets.sh"
    shutil.copy(DEPLOY / "compose/make-secrets.sh", script)

    def made() -> dict[str, str]:
        subprocess.run(["sh", script], check=True, capture_output=True)
        return {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}

    first, second = made(), made()

    assert first == second
    assert set(first) == set(COMPOSE["secrets"] | HTTP["secrets"])
    assert f"cairn_run:{first['run_password']}@postgres/cairn" in first["database_url_run"]
    assert len(first["run_password"]) == 48
    assert len(set(first.values()) - {""}) == 5
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    load_settings({"DATABASE_URL": first["database_url_run"]}, env_file=None)


def test_a_proxy_lets_through_what_cairn_takes() -> None:
    megabytes = Limits().body_bytes // 1_000_000

    assert f"client_max_body_size {megabytes}m;" in (DEPLOY / "nginx/cairn.conf").read_text()
    assert f"max_size {megabytes}MB" in (DEPLOY / "caddy/Caddyfile").read_text()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_understands_the_units_and_calls_them_well_protected(tmp_path: Path) -> None:
    for path in (DEPLOY / "systemd").glob("*.*"):
        text = re.sub(r"/opt/cairn/\.venv/bin/python", "/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text)
    names = [path.name for path in tmp_path.iterdir() if path.suffix in {".service", ".timer"}]

    said = subprocess.run(
        ["systemd-analyze", "verify", *names],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    bound = ["systemd-analyze", "security", "--offline=true", "--threshold=20"]

    assert (said.returncode, said.stderr) == (0, "")
    for name in names:
        if name.endswith(".service"):
            subprocess.run([*bound, f"./{name}"], check=True, cwd=tmp_path, capture_output=True)


PAGES = (
    *("install-in-slack", "install-on-a-server", "install-over-http", "run-in-a-container"),
    *("run-on-kubernetes", "run-with-postgres"),
)
BLOCK = re.compile(r"^ *```\w*\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
CALL = re.compile(
    r"(?:app\.py|^(?:CAIRN_SECRETS=\S+ )?cairn|&& cairn|cairn:[\d.]+|[ -]keys cairn) ([a-z].*)$"
)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_on_the_pages_exists(page: str) -> None:
    text = (ROOT / f"docs/how-to/{page}.md").read_text()
    lines = [line.strip() for block in BLOCK.findall(text) for line in block.splitlines()]
    lines += re.findall(r"`((?:python app\.py|cairn) [^`]+)`", text)
    found = [match[1].split() for line in lines if (match := CALL.search(line))]

    assert found != []
    assert [" ".join(one) for one in found if unknown_options(one)] == []
    kept = {Path(name) for name in re.findall(r"\bdeploy/[\w./-]+", " ".join(lines))}
    assert [str(one) for one in kept if not (ROOT / one).exists()] == []
