"""Words for migrations: row-level security, append-only tables, grants.

Row-level security is the second wall behind `visible_to`: a query that forgets its filter finds
nothing of a stranger's. Policies read the transaction's settings through functions wrapped in a
sub-select, so that they are evaluated once per statement and not once per row.
"""

from __future__ import annotations

from collections.abc import Iterator

HUB = "(select btc_hub())"
PARTY = "(select btc_party())"
LIVE = "livemode = (select btc_live())"


def whose(*columns: str, live: bool = True) -> str:
    """The row belongs to the caller's party through one of *columns*, or the caller is the hub."""
    owned = " OR ".join([HUB, *(f"{column} = {PARTY}" for column in columns)])
    return f"{LIVE} AND ({owned})" if live else f"({owned})"


def through(parent: str, child_column: str) -> str:
    """The row may be seen by whoever may see its row of *parent* (whose policy applies)."""
    return f"EXISTS (SELECT 1 FROM {parent} p WHERE p.id = {child_column})"


def protect(table: str, rule: str, *, append_only: bool = False) -> Iterator[str]:
    """Statements that put *table* behind *rule* and give the service what it needs, no more."""
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield (
        f"CREATE POLICY {table}_scope ON {table} TO btc_service, btc_owner "
        f"USING ({rule}) WITH CHECK ({rule})"
    )
    yield f"GRANT SELECT, INSERT{'' if append_only else ', UPDATE'} ON {table} TO btc_service"


def publish(table: str, rule: str, columns: str) -> Iterator[str]:
    """Statements that let anybody read *columns* of the rows of *table* that match *rule*."""
    yield f"CREATE POLICY {table}_public ON {table} FOR SELECT TO btc_public USING ({rule})"
    yield f"GRANT SELECT ({columns}) ON {table} TO btc_public"


def share(table: str, *, writes: str = "") -> Iterator[str]:
    """Statements for reference data: everybody reads; the service may also *writes* (INSERT…)."""
    yield f"GRANT SELECT ON {table} TO btc_public"
    yield f"GRANT SELECT{', ' + writes if writes else ''} ON {table} TO btc_service"
