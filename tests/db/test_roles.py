"""What ``roles.sql`` promises: three roles with no power they do not need, one guarded database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import asyncpg
import pytest

from app.db.embedded import Cluster
from app.db.embedded.bootstrap import ensure_roles
from app.db.embedded.credentials import Endpoint, Role, load
from tests.db.clusters import ask

ROLES = ("btc_owner", "btc_service", "btc_public")


@pytest.fixture(scope="module")
def cluster(open_folder: Path) -> Iterator[Cluster]:
    """As in production: durable."""
    with Cluster(open_folder / "durable") as cluster:
        yield cluster


def allowed(cluster: Cluster, role: Role, sql: str, database: str = "btc") -> bool:
    try:
        ask(cluster.url(role, database), sql)
    except asyncpg.InsufficientPrivilegeError:
        return False
    return True


@pytest.mark.parametrize("role", ROLES)
def test_no_role_has_a_power_it_does_not_need(cluster: Cluster, role: str) -> None:
    powers = ask(
        cluster.url("postgres"),
        "SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication "
        f"FROM pg_roles WHERE rolname = '{role}'",
    )
    assert powers is False


def test_only_owner_and_service_log_in(cluster: Cluster) -> None:
    login = ask(
        cluster.url("postgres"),
        "SELECT array_agg(rolname::text ORDER BY rolname) FROM pg_roles "
        "WHERE rolcanlogin AND rolname LIKE 'btc%'",
    )
    assert login == ["btc_owner", "btc_service"]


def test_owner_owns_database_and_schema(cluster: Cluster) -> None:
    owners = ask(
        cluster.url("postgres"),
        "SELECT array[pg_get_userbyid(datdba)::text, (SELECT nspowner::regrole::text "
        "FROM pg_namespace WHERE nspname = 'public')] FROM pg_database WHERE datname = 'btc'",
    )
    assert owners == ["btc_owner", "btc_owner"]


@pytest.mark.parametrize("sql", ["CREATE TABLE t ()", "CREATE SCHEMA s", "CREATE TEMP TABLE t ()"])
def test_service_creates_nothing(cluster: Cluster, sql: str) -> None:
    assert not allowed(cluster, "btc_service", sql)


@pytest.mark.parametrize("extension", ["pg_trgm", "btree_gist", "unaccent", "citext"])
def test_owner_can_bring_in_the_extensions_that_migrations_use(
    cluster: Cluster, extension: str
) -> None:
    assert allowed(cluster, "btc_owner", f"CREATE EXTENSION {extension}")


def test_service_can_step_down_to_the_public_reader(cluster: Cluster) -> None:
    assert allowed(cluster, "btc_service", "SET ROLE btc_public")
    assert not allowed(cluster, "btc_service", "SET ROLE btc_owner")


@pytest.mark.parametrize("role", ["btc_owner", "btc_service"])
@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_other_databases_are_closed(cluster: Cluster, role: Role, database: str) -> None:
    assert not allowed(cluster, role, "SELECT 1", database)


def test_wrong_password_is_refused(cluster: Cluster) -> None:
    wrong = Endpoint(cluster.port, {"btc_service": "wrong"}).url("btc_service")
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(wrong, "SELECT 1")


def test_changed_role_is_brought_back(cluster: Cluster) -> None:
    ask(cluster.url("postgres"), "ALTER ROLE btc_service SUPERUSER PASSWORD 'other'")
    passwords = load(cluster.root)
    assert passwords is not None
    ensure_roles(Endpoint(cluster.port, passwords))
    assert ask(cluster.url("btc_service"), "SHOW is_superuser") == "off"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", "127.0.0.1"),
        ("unix_socket_directories", ""),
        ("password_encryption", "scram-sha-256"),
        ("server_encoding", "UTF8"),
        ("jit", "off"),
        ("TimeZone", "UTC"),
    ],
)
def test_server_runs_with_the_promised_settings(cluster: Cluster, setting: str, value: str) -> None:
    assert ask(cluster.url("postgres"), f"SHOW {setting}") == value


def test_text_sorts_the_same_everywhere(cluster: Cluster) -> None:
    provider = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'btc'"
    assert ask(cluster.url("btc_service"), provider) == "bC.UTF-8"


def test_passwords_stay_out_of_the_log_even_when_the_sql_fails(cluster: Cluster) -> None:
    from app.db.embedded.bootstrap import PASSWORD_SETTINGS

    sql = files("app.db").joinpath("roles.sql").read_text()

    async def fail() -> None:
        connection = await asyncpg.connect(cluster.url("postgres"))
        try:
            for name in PASSWORD_SETTINGS:
                await connection.execute("SELECT set_config($1, 'hush-hush', false)", name)
            await connection.execute(sql.replace("NOREPLICATION PASSWORD", "NOREPLICATION WRONG"))
        finally:
            await connection.close()

    with pytest.raises(asyncpg.PostgresSyntaxError):
        asyncio.run(fail())
    assert "hush-hush" not in (cluster.root / "postgres.log").read_text()
