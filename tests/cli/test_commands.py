"""`btc` commands that need no running service: what they print, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.db import migrate
from tests.cli.service import Service


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """Not started; its folder cannot be used by root's database, nor needs to be."""
    return Service(tmp_path / "data")


def refused(service: Service, *arguments: str, **variables: str) -> str:
    """The one sentence that an operator reads; never a traceback, always exit code 1."""
    done = service.run(*arguments, **variables)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.strip().splitlines()) == 1
    return done.stderr


def test_openapi_prints_the_document_only(service: Service) -> None:
    done = service.run("openapi")
    document = json.loads(done.stdout)
    assert document["openapi"].startswith("3.1")
    assert document["paths"]
    assert not service.folder.exists()


def test_wrong_variable_is_named_and_its_value_is_not(service: Service) -> None:
    said = refused(service, "serve", BTC_PORT="eighty", BTC_SECRET="too-short-secret")
    assert "BTC_PORT" in said
    assert "BTC_SECRET" in said
    assert "too-short-secret" not in said


def test_own_database_needs_a_secret(service: Service) -> None:
    assert "BTC_SECRET is not set" in refused(service, "serve", BTC_DATABASE_URL="postgresql://x")


def test_migrating_needs_the_owner(service: Service) -> None:
    said = refused(service, "migrate", BTC_DATABASE_URL="postgresql://x")
    assert "BTC_MIGRATE_DATABASE_URL" in said


def test_worker_without_own_database_says_who_does_its_work(service: Service) -> None:
    assert "`btc serve` runs it" in refused(service, "worker")


def test_doctor_names_what_is_wrong_and_the_remedy(service: Service) -> None:
    done = service.run("doctor", BTC_POSTGRES_BIN="/nowhere")
    assert done.returncode == 1
    assert "PROBLEM  postgres programs" in done.stdout
    assert "-> BTC_POSTGRES_BIN=/nowhere" in done.stdout
    assert not service.folder.exists()


def test_doctor_sees_a_database_that_is_away(service: Service) -> None:
    away = f"postgresql://btc_service:secret-word@127.0.0.1:{service.port}/btc"
    done = service.run("doctor", BTC_DATABASE_URL=away)
    assert done.returncode == 1
    assert "PROBLEM  database: not reachable" in done.stdout
    assert "PROBLEM  secret: BTC_SECRET is not set" in done.stdout
    assert "secret-word" not in done.stdout + done.stderr


def test_sql_of_the_migrations_can_be_read_beforehand(service: Service) -> None:
    done = service.run("migrate", "--sql")
    assert f"'{migrate.head()}'" in done.stdout, done.stderr
    assert "SET LOCAL lock_timeout" in done.stdout
