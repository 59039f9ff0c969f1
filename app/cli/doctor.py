"""`btc doctor`: what is wrong with this installation, and how to mend it.

It changes nothing: a database that is not running is started only when it exists already, and
stopped again; nothing is migrated and no secret is made.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.cli.checks import Check, good, wrong
from app.cli.listening import answers, url_of
from app.settings import Settings

OLDEST_PYTHON = (3, 11)


def report(settings: Settings) -> bool:
    """Print one line for each check, with a remedy where it failed; True when all are well."""
    healthy = True
    for check in _all(settings):
        healthy = healthy and check.ok
        click.echo(f"{'ok' if check.ok else 'PROBLEM':8} {check.name}: {check.found}")
        if not check.ok:
            click.echo(f"         -> {check.remedy}")
    click.echo("All is well." if healthy else "There are problems; see the arrows above.")
    return healthy


def _all(settings: Settings) -> Iterator[Check]:
    yield _python()
    if settings.embedded:
        yield _binaries(settings)
        folder = _data_folder(settings)
        yield folder
        yield _port(settings)
        yield _stored_secret(settings)
        if folder.ok:
            yield from _embedded_database(settings)
        return
    yield _port(settings)
    yield (
        good("secret", "BTC_SECRET is set")
        if settings.secret
        else wrong("secret", "BTC_SECRET is not set", "Set it to at least 32 random characters.")
    )
    assert settings.database_url is not None, "not embedded means that it is set"
    yield from _database(settings.database_url.get_secret_value())


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        return good("python", found)
    return wrong("python", found, "Install Python 3.11 or newer and run make again.")


def _binaries(settings: Settings) -> Check:
    from app.db.embedded import ClusterError, binaries

    try:
        folder = binaries.find(settings.postgres_bin)
    except ClusterError as error:
        return wrong("postgres programs", "none that fit", str(error))
    return good("postgres programs", f"version {binaries.version(folder)} in {folder}")


def _data_folder(settings: Settings) -> Check:
    from app.db.embedded import ClusterError, account
    from app.db.embedded.lock import holder

    root = settings.data_dir.absolute().resolve()
    name = "data folder"
    try:
        if not root.exists():
            return _place_for(root, name)
        who = account.choose(root / "data")
        if not os.access(root, os.W_OK | os.X_OK):
            return wrong(name, f"{root} is not writable", _ELSEWHERE)
        if not who.can_enter(root):
            return wrong(name, f"{root} cannot be entered by {who.name}", _ELSEWHERE)
        pid = holder(root)
    except ClusterError as error:
        return wrong(name, str(root), str(error))
    except OSError as error:
        return wrong(name, f"{root}: {error}", _ELSEWHERE)
    return good(name, f"{root}, {'not in use' if pid is None else f'in use by process {pid}'}")


_ELSEWHERE = "Run as the user who owns it, or set BTC_DATA_DIR to a folder that is yours."


def _place_for(root: Path, name: str) -> Check:
    """A folder that is still to be made: its nearest existing parent must let us."""
    from app.db.embedded import account

    parent = next(folder for folder in root.parents if folder.exists())
    who = account.choose(root / "data")
    if not os.access(parent, os.W_OK | os.X_OK):
        return wrong(name, f"{root} cannot be made: {parent} is not writable", _ELSEWHERE)
    if not who.can_enter(parent):
        found = f"{root} would be out of reach: {who.name} cannot enter {parent}"
        return wrong(name, found, _ELSEWHERE)
    return good(name, f"{root} will be made at the first start")


def _port(settings: Settings) -> Check:
    place = url_of(settings.host, settings.port)
    if answers(settings.host, settings.port):
        return good("port", f"a service answers at {place}")
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            remedy = "Stop the program that uses it, or set BTC_PORT (BTC_HOST) to another."
            return wrong("port", f"{place}: {error.strerror or error}", remedy)
    return good("port", f"{place} is free")


def _stored_secret(settings: Settings) -> Check:
    path = settings.data_dir / "secret"
    if settings.secret is not None:
        return good("secret", "BTC_SECRET is set")
    if path.exists():
        return good("secret", str(path))
    if (settings.data_dir / "data").exists():
        remedy = "Restore it from a backup, or set BTC_SECRET to the one used before."
        return wrong("secret", f"{path} is missing although there is data", remedy)
    return good("secret", f"{path} will be made at the first start")


def _embedded_database(settings: Settings) -> Iterator[Check]:
    from app.db.embedded import ClusterError

    if not (settings.data_dir / "data").exists():
        yield good("database", "will be made at the first start")
        return
    try:
        with _service_url(settings) as url:
            yield from _database(url)
    except ClusterError as error:
        yield wrong("database", "cannot be started", str(error))


@contextmanager
def _service_url(settings: Settings) -> Iterator[str]:
    from app.db.embedded import Cluster, attach

    found = attach(settings.data_dir)
    if found is not None:
        yield found.url("btc_service")
        return
    with Cluster(settings.data_dir, binaries=settings.postgres_bin) as cluster:
        yield cluster.url("btc_service")


def _database(url: str) -> list[Check]:
    from app.cli.checks import database, ledgers

    found = asyncio.run(database(url))
    # Ledgers can be read only where the schema is the one that this version knows.
    return [*found, asyncio.run(ledgers(url))] if all(check.ok for check in found) else found
