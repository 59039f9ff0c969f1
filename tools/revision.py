"""Draft a migration: what the models say now against what the migrations make.

Works on a throw-away database, so that nobody's data has to be at hand or at head. A draft is to be
read: row-level security, grants and CHECKs are not seen by the comparison.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from alembic import command

from app.db import migrate
from app.db.embedded import Cluster


def main(message: str) -> None:
    """Write ``alembic/versions/<id>_<message>.py``."""
    folder = Path(tempfile.mkdtemp(prefix="btc-revision-"))
    try:
        with Cluster(folder, durable=False) as cluster:
            url = cluster.url("btc_owner")
            migrate.upgrade(url)
            command.revision(migrate.configuration(url), message, autogenerate=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1])
