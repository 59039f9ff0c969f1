"""How alembic reaches the database: called by `app.db.migrate`, never on its own.

Migrators queue on an advisory lock, so that two of them never work on one schema at the same time.
"""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection, make_url, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.models import metadata

# Any number will do, so long as all migrators use the same one.
MIGRATORS = 7_248_110_352
# The queue may move slowly; a lock on a table in use may not: its waiters block everybody else.
QUEUE_PATIENCE = "120s"
TABLE_PATIENCE = "5s"


def offline() -> None:
    """Print the SQL instead of running it."""
    context.configure(
        dialect_name="postgresql",
        target_metadata=metadata,
        literal_binds=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def online(connection: Connection) -> None:
    """Run what is missing, one transaction for each migration."""
    connection.execute(text(f"SET lock_timeout = '{QUEUE_PATIENCE}'"))
    connection.execute(text(f"SELECT pg_advisory_lock({MIGRATORS})"))
    connection.execute(text(f"SET lock_timeout = '{TABLE_PATIENCE}'"))
    connection.commit()  # the lock and the setting are the session's and stay
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    # The service may see which version it stands on; /readyz and `btc doctor` compare it.
    connection.execute(text("GRANT SELECT ON alembic_version TO btc_service, btc_public"))
    connection.commit()


async def connect() -> None:
    """One connection for the whole run; closing it lets the next migrator in."""
    url = make_url(context.config.attributes["url"]).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=pool.NullPool, connect_args={"timeout": 10})
    try:
        async with engine.connect() as connection:
            await connection.run_sync(online)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    offline()
else:
    asyncio.run(connect())
