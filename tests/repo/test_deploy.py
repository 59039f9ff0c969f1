"""The files that deploy the service agree with the service: a renamed variable, command or path
breaks a test here and not a deployment."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from app.cli import main
from app.db.embedded.bootstrap import PASSWORD_SETTINGS
from app.db.embedded.credentials import DATABASE
from app.settings import Settings

REPOSITORY = Path(__file__).parents[2]
VARIABLES = {f"BTC_{name.upper()}" for name in Settings.model_fields}
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "app", "worker")
BUCKET = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"}
"""What the client of a bucket reads by itself."""


def instructions(word: str) -> list[str]:
    """The arguments of every such instruction in the Dockerfile, continued lines joined."""
    text = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.split(maxsplit=1)[1] for line in text.splitlines() if line.startswith(f"{word} ")]


def image_environment() -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(instructions("ENV"))))


def default(value: str) -> str:
    """What compose makes of ``${NAME:-default}`` when NAME is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


@pytest.mark.parametrize("service", OURS)
def test_compose_sets_only_variables_that_the_service_reads(service: str) -> None:
    assert set(SERVICES[service]["environment"]) <= VARIABLES | BUCKET


@pytest.mark.parametrize("service", OURS)
def test_compose_calls_commands_that_exist(service: str) -> None:
    assert SERVICES[service]["command"][0] in main.commands


def test_image_runs_a_command_that_exists_as_nobody_special() -> None:
    assert json.loads(instructions("ENTRYPOINT")[-1]) == ["btc"]
    assert json.loads(instructions("CMD")[-1])[0] in main.commands
    assert instructions("USER")[-1] not in {"root", "0"}


def test_image_sets_only_variables_that_the_service_reads() -> None:
    names = {name for name in image_environment() if name.startswith("BTC_")}
    assert names <= VARIABLES
    assert names


def test_port_is_the_same_everywhere() -> None:
    port = image_environment()["BTC_PORT"]
    assert instructions("EXPOSE") == [port]
    assert [default(entry) for entry in SERVICES["app"]["ports"]] == [f"{port}:{port}"]
    assert "BTC_PORT" not in SERVICES["app"]["environment"]


def test_image_is_checked_at_a_path_that_the_service_has() -> None:
    from app import health

    path = re.search(r"\}(/\w+)", " ".join(instructions("HEALTHCHECK")))
    assert path is not None
    assert path[1] in {getattr(route, "path", None) for route in health.router.routes}


def test_image_is_built_from_files_that_exist_and_that_docker_may_see() -> None:
    let_in = {
        line.removeprefix("!")
        for line in (REPOSITORY / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = {
        name
        for arguments in instructions("COPY")
        if not arguments.startswith("--from")
        for name in arguments.split()[:-1]
    }
    assert copied == let_in
    assert all((REPOSITORY / name).exists() for name in copied)


def test_image_installs_the_locked_runtime_only() -> None:
    locks = re.findall(r"requirements\S*", " ".join(instructions("RUN")))
    assert locks == ["requirements.lock"]
    locked = (REPOSITORY / "requirements.lock").read_text()
    assert "\npytest==" not in locked
    assert "\nsetuptools==" in locked  # builds the project itself


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_pin_by_hash_and_name_no_index(name: str) -> None:
    text = (REPOSITORY / name).read_text()
    packages = re.findall(r"^[\w.-]+==.*(?:\n    --hash=\S+( \\)?)+", text, re.MULTILINE)
    assert len(packages) == len(re.findall("==", re.sub(r"#.*|;.*", "", text)))
    assert "://" not in text


@pytest.mark.parametrize("service", OURS)
def test_roles_are_used_for_what_they_are_made_for(service: str) -> None:
    environment = SERVICES[service]["environment"]
    url = urlsplit(re.sub(r"\$\{.*?\}", "password", environment["BTC_DATABASE_URL"]))
    assert (url.username, url.hostname, url.path) == ("btc_service", "db", f"/{DATABASE}")
    if service == "migrate":
        url = urlsplit(re.sub(r"\$\{.*?\}", "password", environment["BTC_MIGRATE_DATABASE_URL"]))
        assert (url.username, url.path) == ("btc_owner", f"/{DATABASE}")
    else:
        assert "BTC_MIGRATE_DATABASE_URL" not in environment  # serving needs no such power


def test_every_secret_must_be_given_and_is_in_the_example() -> None:
    text = (REPOSITORY / "docker-compose.yml").read_text()
    secrets = {
        name for name in re.findall(r"\$\{(\w+)", text) if re.search("PASSWORD|SECRET", name)
    }
    assert secrets == set(re.findall(r"\$\{(\w+):\?", text))
    example = (REPOSITORY / "deploy" / "env.example").read_text()
    assert secrets <= set(re.findall(r"^(\w+)=$", example, re.MULTILINE))


def test_database_is_made_as_the_embedded_one_is() -> None:
    database = SERVICES["db"]
    assert database["image"] == "postgres:18"
    assert database["environment"]["POSTGRES_DB"] == DATABASE
    for option in (
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--encoding=UTF8",
        "--data-checksums",
    ):
        assert option in database["environment"]["POSTGRES_INITDB_ARGS"]


def test_init_script_hands_every_password_to_roles_sql() -> None:
    script = (REPOSITORY / "deploy" / "init-roles.sh").read_text()
    given = re.findall(r"\\getenv \w+ (\w+)", script)
    assert set(given) <= set(SERVICES["db"]["environment"])
    assert set(re.findall(r"set_config\('([\w.]+)'", script)) == set(PASSWORD_SETTINGS)
    included = re.findall(r"\\i (\S+)", script)
    mounts = [volume.split(":")[:2] for volume in SERVICES["db"]["volumes"]]
    assert [inside for outside, inside in mounts if outside == "./app/db/roles.sql"] == included
    assert all((REPOSITORY / source).exists() for source, _ in mounts if source.startswith("."))
    assert subprocess.run(["sh", "-n", "deploy/init-roles.sh"], cwd=REPOSITORY).returncode == 0


def test_nothing_serves_before_the_migrations_have_run() -> None:
    for service in ("app", "worker"):
        waits = SERVICES[service]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
        assert waits["db"]["condition"] == "service_healthy"


def test_service_and_worker_keep_files_in_the_same_place() -> None:
    """A volume over the folder that the image gives its user, or a bucket that both are told of."""
    home = instructions("VOLUME")[0]
    places = set()
    for service in ("app", "worker"):
        environment = SERVICES[service]["environment"]
        (volume, inside) = SERVICES[service]["volumes"][0].split(":")
        assert volume in COMPOSE["volumes"]
        assert inside == home == image_environment()["BTC_DATA_DIR"]
        store = default(environment["BTC_FILE_STORE"])
        assert Settings(file_store=store).file_store == store
        assert urlsplit(store).path.startswith(f"{home}/")
        assert all(environment[name] is None for name in BUCKET), "passed on as they are, or not"
        places.add((volume, store))
    assert len(places) == 1


def test_readme_names_only_variables_that_exist() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    assert set(re.findall(r"\bBTC_[A-Z_]+\b", readme)) <= VARIABLES
