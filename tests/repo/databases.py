"""Databases of a test's own beside the service's, and what stands in a catalogue."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import asyncpg

from app.db.embedded import Cluster

# One line for everything that a migration can make; two schemas are equal when their lines are.
_LINES = """
SELECT format('column %s.%s %s %s default=%s generated=%s', c.relname, a.attname,
    format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,
    pg_get_expr(d.adbin, d.adrelid), a.attgenerated)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r'
UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname,
    pg_get_constraintdef(oid)) FROM pg_constraint
  WHERE connamespace = $1::regnamespace AND contype <> 'n'
UNION ALL SELECT format('index %s', pg_get_indexdef(indexrelid)) FROM pg_index
  JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = $1::regnamespace
"""
_WALLS = """
SELECT format('table %s rls=%s forced=%s owner=%s acl=%s', relname, relrowsecurity,
    relforcerowsecurity, relowner::regrole, relacl) FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
UNION ALL SELECT format('column grant %s.%s %s', attrelid::regclass, attname, attacl)
  FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
  WHERE c.relnamespace = 'public'::regnamespace AND attacl IS NOT NULL
UNION ALL SELECT format('policy %s', p) FROM pg_policies p WHERE schemaname = 'public'
UNION ALL SELECT format('function %s acl=%s', pg_get_functiondef(oid), proacl) FROM pg_proc
  WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM pg_trigger t
  WHERE NOT tgisinternal
"""


@contextlib.asynccontextmanager
async def own_database(cluster: Cluster, name: str) -> AsyncIterator[str]:
    """The owner's URL of an empty database called *name*, made as `roles.sql` would; then gone."""
    admin = await asyncpg.connect(cluster.url("postgres", "postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} OWNER btc_owner TEMPLATE template0")
        inside = await asyncpg.connect(cluster.url("postgres", name))
        await inside.execute(
            "ALTER SCHEMA public OWNER TO btc_owner; REVOKE ALL ON SCHEMA public FROM PUBLIC; "
            "GRANT USAGE ON SCHEMA public TO btc_service, btc_public; "
            f"GRANT CONNECT ON DATABASE {name} TO btc_service"
        )
        await inside.close()
        yield cluster.url("btc_owner", name)
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()


async def schema(connection: asyncpg.Connection, name: str = "public") -> set[str]:
    """Columns, constraints and indexes of the schema *name*, without the schema's name."""
    await connection.execute(f"SET search_path = {name}")
    rows = await connection.fetch(_LINES, name)
    return {row[0].replace(f"{name}.", "").replace("public.", "") for row in rows}


async def walls(connection: asyncpg.Connection) -> set[str]:
    """Ownership, grants, policies, functions and triggers of the service's schema."""
    await connection.execute("SET search_path = public")
    return {row[0] for row in await connection.fetch(_WALLS)}
