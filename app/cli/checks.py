"""What a database must be like for this service to keep its promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MAJOR = 18
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True)
class Check:
    """One thing looked at: what was found, and what to do when it is not as it should be."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


def good(name: str, found: str) -> Check:
    """A check that passed."""
    return Check(name, True, found)


def wrong(name: str, found: str, remedy: str) -> Check:
    """A check that failed, with the way to mend it."""
    return Check(name, False, found, remedy)


async def database(url: str) -> list[Check]:
    """Look at the database behind ``url`` (the service's role) without changing anything."""
    import asyncpg

    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
        remedy = "Check BTC_DATABASE_URL and that the server runs and lets this machine in."
        return [wrong("database", f"not reachable: {error}", remedy)]
    try:
        return [
            _version(connection.get_server_version().major),
            _role(
                await connection.fetchrow(
                    "SELECT r.rolname, r.rolsuper, r.rolbypassrls, EXISTS (SELECT FROM pg_database "
                    "WHERE datname = current_database() AND datdba = r.oid) AS owner "
                    "FROM pg_roles r WHERE r.rolname = current_user"
                )
            ),
            *[_durable(name, await connection.fetchval(f"SHOW {name}")) for name in DURABLE],
            await _migrations(connection),
        ]
    finally:
        await connection.close()


def _version(major: int) -> Check:
    if major >= MAJOR:
        return good("database", f"reachable, Postgres {major}")
    return wrong("database", f"Postgres {major}", f"Upgrade the server to Postgres {MAJOR}.")


def _role(role: Any) -> Check:
    bad = [
        label
        for column, label in (
            ("rolsuper", "a superuser"),
            ("rolbypassrls", "exempt from row-level security"),
            ("owner", "the owner of the database"),
        )
        if role[column]
    ]
    if not bad:
        return good("role", f"{role['rolname']} has no power it does not need")
    remedy = "Connect as btc_service, which app/db/roles.sql makes; parties see each other's data."
    return wrong("role", f"{role['rolname']} is {' and '.join(bad)}", remedy)


def _durable(name: str, value: str) -> Check:
    # remote_apply, remote_write and local also wait for this server's own disk
    if value != "off":
        return good(name, value)
    remedy = f"Set {name} = on in the server's configuration; a power cut would lose what was sold."
    return wrong(name, value, remedy)


async def ledgers(url: str) -> Check:
    """Whether every stored counter is the sum of its movements, and of what it counts."""
    from app import reconcile
    from app.db.engine import Database

    pools = Database(url, size=1, public_size=1)
    try:
        drifted = await reconcile.drifted(pools)
    finally:
        await pools.close()
    wrong_rows = {table: len(rows) for table, rows in drifted.items() if rows}
    if not wrong_rows:
        return good("ledgers", f"{', '.join(drifted)} are the sums they should be")
    found = ", ".join(f"{count} rows of {table}" for table, count in wrong_rows.items())
    remedy = "A counter is not the sum of its parts: a defect. Keep the log and report it."
    return wrong("ledgers", f"{found} are not the sums they should be", remedy)


async def _migrations(connection: Any) -> Check:
    import asyncpg

    from app.db import migrate

    try:
        expected = migrate.head()
        current = await connection.fetchval("SELECT version_num FROM alembic_version")
    except migrate.MigrationsMissing as error:
        return wrong("migrations", "not found", str(error))
    except asyncpg.UndefinedTableError:
        current = None
    except asyncpg.InsufficientPrivilegeError:
        remedy = "GRANT SELECT ON alembic_version TO btc_service, as the owner."
        return wrong("migrations", "the service may not read which ones have run", remedy)
    if current == expected:
        return good("migrations", f"at {current or 'none: there are none yet'}")
    remedy = "Run `btc migrate`; if the database is newer, install the service of that version."
    return wrong("migrations", f"at {current or 'none'}, this version needs {expected}", remedy)
