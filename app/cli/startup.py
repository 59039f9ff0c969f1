"""What has to stand before a command can work: settings, a database, a secret."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import SecretStr, ValidationError

from app.settings import Settings

if TYPE_CHECKING:
    from app.db.embedded import Cluster

SECRET_BYTES = 48
STARTING_PATIENCE = 30.0
"""Seconds to wait for another process that has just begun to start the database."""


class Problem(click.ClickException):
    """Something the operator can mend; printed as one sentence, exit code 1."""


def load_settings() -> Settings:
    """The settings of this process; a wrong variable is named, its value never printed."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [
            f"BTC_{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False)
        ]
        raise Problem("Wrong setting. " + "; ".join(wrong) + ". Correct or unset it.") from None


@contextmanager
def started(
    settings: Settings, cluster: Callable[[Cluster], None] | None = None
) -> Iterator[Settings]:
    """A migrated database and a secret: yields the settings that name them.

    In embedded mode starts the server, tells ``cluster`` about it, and stops it when the block
    ends. With BTC_DATABASE_URL nothing is started or migrated: that is the deployment's task.
    """
    if not settings.embedded:
        _require_secret(settings)
        yield settings
        return
    from app.db.embedded import Cluster, ClusterError

    own = Cluster(settings.data_dir, binaries=settings.postgres_bin)
    try:
        own.start()
    except ClusterError as error:
        raise Problem(str(error)) from error
    try:
        bound = _bind(settings, own.url("btc_service"), own.url("btc_owner"), own.root)
        migrate_now(bound)
        if cluster is not None:
            cluster(own)
        yield bound
    finally:
        own.stop()


@contextmanager
def borrowed(settings: Settings) -> Iterator[Settings]:
    """Like `started`, but also content with a database that a running service has started."""
    bound = _attached(settings)
    if bound is not None:
        migrate_now(bound)  # waits when the service is just doing it
        yield bound
        return
    with started(settings) as bound:
        if not settings.embedded and settings.migrate_database_url is not None:
            migrate_now(bound)
        yield bound


def _attached(settings: Settings) -> Settings | None:
    """The running service's database, waiting for one that is being started; None if none runs."""
    if not settings.embedded:
        return None
    from app.db.embedded import ClusterError, attach
    from app.db.embedded.lock import holder

    root = settings.data_dir.absolute().resolve()
    deadline = time.monotonic() + STARTING_PATIENCE
    try:
        while (found := attach(root)) is None:
            if holder(root) is None or time.monotonic() > deadline:
                return None
            time.sleep(0.05)
    except ClusterError as error:
        raise Problem(str(error)) from error
    except OSError as error:
        raise Problem(
            f"The data folder {root} cannot be used: {error}. Run this as the user who runs the "
            "service."
        ) from error
    return _bind(settings, found.url("btc_service"), found.url("btc_owner"), root)


def migrate_now(settings: Settings) -> None:
    """Migrate as the owner; an embedded server that is not running is started for it."""
    import sqlalchemy.exc

    from app.db import migrate

    if settings.embedded and settings.database_url is None:
        with borrowed(settings):
            return
    if settings.migrate_database_url is None:
        raise Problem(
            "BTC_MIGRATE_DATABASE_URL is not set. Set it to the postgresql:// URL of the owner's "
            "role (btc_owner); the service's own role may not change the schema."
        )
    try:
        migrate.upgrade(settings.migrate_database_url.get_secret_value())
    except migrate.MigrationsMissing as error:
        raise Problem(str(error)) from error
    except (OSError, sqlalchemy.exc.DBAPIError) as error:
        raise Problem(f"The schema could not be migrated: {error}") from error


def _bind(settings: Settings, service_url: str, owner_url: str, root: Path) -> Settings:
    if settings.secret is not None:
        secret = settings.secret.get_secret_value()
    else:
        secret = _stored_secret(root / "secret", owner_url)
    return settings.bound(service_url=service_url, owner_url=owner_url, secret=secret)


def _stored_secret(path: Path, owner_url: str) -> str:
    """The secret kept beside the data that it protects; made for a database that is still empty."""
    from app.db.private_file import write_private

    if not path.exists():
        if asyncio.run(_has_schema(owner_url)):
            # A new one would silently make every key and every encrypted field worthless.
            raise Problem(
                f"{path} is missing, but there is data that depends on it. Restore it from a "
                "backup, or set BTC_SECRET to the secret that was used before."
            )
        write_private(path, secrets.token_urlsafe(SECRET_BYTES))
    return path.read_text(encoding="utf-8").strip()


async def _has_schema(url: str) -> bool:
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"))
    finally:
        await connection.close()


def secret_of(settings: Settings) -> str:
    """The secret as text; commands run inside `started`, where it is always there."""
    return _require_secret(settings).get_secret_value()


def _require_secret(settings: Settings) -> SecretStr:
    if settings.secret is None:
        raise Problem(
            "BTC_SECRET is not set; with BTC_DATABASE_URL it must be. Keys and encrypted fields "
            "depend on it, so make one of at least 32 characters and keep it for good."
        )
    return settings.secret
