"""Making a fresh server the service's own: its database, its roles, their rights.

The rights stand in ``app/db/roles.sql``, which a production server is initialised with too; here it
is only carried out.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

from app.db.embedded.credentials import DATABASE, Endpoint, Role

# The session settings from which roles.sql takes the passwords.
PASSWORD_SETTINGS: dict[str, Role] = {
    "btc.owner_password": "btc_owner",
    "btc.service_password": "btc_service",
}

# template0 and the builtin provider: the same order and the same letters on every machine, whatever
# the C library thinks today (an index sorted by another collation is a corrupt index).
CREATE_DATABASE = (
    f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8' "
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
)


def ensure_roles(endpoint: Endpoint) -> None:
    """Make the database and the roles, or bring them back to what they should be. Repeatable."""
    # A thread of its own: `asyncio.run` refuses inside a running loop, where a test may call us.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, _ensure_roles(endpoint)).result()


async def _ensure_roles(endpoint: Endpoint) -> None:
    import asyncpg  # here, because whoever only attaches need not load it

    try:
        connection = await asyncpg.connect(endpoint.url("postgres"), ssl=False)
    except asyncpg.InvalidCatalogNameError:
        admin = await asyncpg.connect(endpoint.url("postgres", "postgres"), ssl=False)
        try:
            await admin.execute(CREATE_DATABASE)
        finally:
            await admin.close()
        connection = await asyncpg.connect(endpoint.url("postgres"), ssl=False)
    try:
        for setting, role in PASSWORD_SETTINGS.items():
            await connection.execute(
                "SELECT set_config($1, $2, false)", setting, endpoint.passwords[role]
            )
        sql = files("app.db").joinpath("roles.sql").read_text(encoding="utf-8")
        await connection.execute(sql)  # one implicit transaction: all of it or nothing
    finally:
        await connection.close()
