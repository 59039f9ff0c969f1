"""The first key: with it the hub makes every other one through the API."""

from __future__ import annotations

import asyncio
import contextlib
import sys

from app.cli.startup import borrowed, secret_of
from app.settings import Settings


def create_operator_key(settings: Settings) -> str:
    """A fresh live key of the hub, which is made if it is not there yet.

    Whatever is printed or logged on the way goes to stderr: a script reads our stdout.
    """
    with contextlib.redirect_stdout(sys.stderr), borrowed(settings) as bound:
        return asyncio.run(operator_key(bound))


async def operator_key(settings: Settings) -> str:
    """As above, on a database that is already there and migrated."""
    from app.parties import bootstrap

    url = settings.migrate_database_url or settings.database_url
    assert url is not None, "inside `borrowed` there is always a database"
    return await bootstrap.operator_key(url.get_secret_value(), secret_of(settings))
