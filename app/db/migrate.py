"""Bringing the schema to the version this code expects.

Migrations are run by the owner's role, before the service starts and never by it. Two migrators do
not collide: the second waits for the first and then finds nothing to do.
"""

from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import app

if TYPE_CHECKING:
    from alembic.config import Config


class MigrationsMissing(Exception):
    """The folder with the migration scripts is not where this installation should have it."""


def scripts() -> Path:
    """The folder ``alembic/``: beside ``app/`` in a checkout, under share/btc when installed."""
    candidates = (
        Path(app.__file__).resolve().parents[1] / "alembic",
        Path(sys.prefix) / "share" / "btc" / "alembic",
    )
    for folder in candidates:
        # env.py tells ours from the library of the same name, which sits beside an installed app/.
        if (folder / "env.py").is_file():
            return folder
    raise MigrationsMissing(
        f"The migration scripts were not found in {' or '.join(map(str, candidates))}. Install the "
        "service again from its source."
    )


def configuration(url: str | None = None, output: io.StringIO | None = None) -> Config:
    """Alembic's settings, made here: there is no ini file to find or to keep in step."""
    from alembic.config import Config  # a fifth of a second that most commands need not pay

    config = Config(output_buffer=output)
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Migrate the database at ``url`` (``postgresql://…``, the owner's role) to the newest schema.

    Each migration commits by itself; a failed one leaves the earlier ones in place and can be run
    again. Blocks, also inside a running event loop.
    """
    from alembic import command

    _aside(partial(command.upgrade, configuration(url), "head"))


def downgrade(url: str, revision: str = "base") -> None:
    """Go back to ``revision``. For tests of the migrations; production only goes forward."""
    from alembic import command

    _aside(partial(command.downgrade, configuration(url), revision))


def sql(revisions: str = "head") -> str:
    """The SQL that `upgrade` would run for ``revisions`` (``from:to``), for people to review."""
    from alembic import command

    output = io.StringIO()
    command.upgrade(configuration(output=output), revisions, sql=True)
    return output.getvalue()


def head() -> str | None:
    """The revision that this code expects; None while there are no migrations."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(configuration()).get_current_head()


def _aside(work: partial[None]) -> None:
    # The scripts run an event loop of their own, which cannot nest inside the caller's.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(work).result()
