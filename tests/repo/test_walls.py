"""The database's own walls, read from its catalogue and tried as the service's role."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.db.embedded import Cluster

pytestmark = pytest.mark.anyio

PARTY_COLUMNS = {"party_id", "seller_id", "buyer_id", "carrier_id", "created_by"}
SHARED = {
    "regions",
    "commodities",
    "grades",
    "price_series",
    "price_readings",
    "alembic_version",
    "search_vocabulary",
    "shelf_words",
    "transitions",
}
"""Tables without a party: what everybody may read. The words of the shelf: see ADR 6."""

APPEND_ONLY = [
    "offer_movements",
    "stock_movements",
    "quota_movements",
    "lot_movements",
    "history",
    "events",
    "event_audience",
    "allocation_runs",
    "allocation_run_lines",
    "agreement_terms",
    "price_readings",
    "quote_lines",
    "quote_request_lines",
    "supply_requests",
    "tracking_events",
    "shipment_lots",
    "goods_receipt_lines",
    "deductions",
    "documents",
    "epcis_events",
    "epcis_names",
    "epcis_captures",
    "telemetry",
]
DEFINERS = {
    "btc_document": "what a signed link opens; that it was signed is checked before it is asked",
    "btc_enter": "checks a key before anybody has entered",
    "btc_telemetry_make": "makes the partition of a day; the service may make no tables",
    "btc_telemetry_forget": "drops partitions of days that are over",
    "btc_news": "says how far a shipment has come, to whoever has its code",
    "btc_track": "shows a shipment to whoever has its code, and nothing of its parties",
}
DELETED = {
    "evidence": "photos that nothing has named for a week",
    "goods_receipt_lines": "of drafts, when they are written anew",
    "idempotency_keys": "once they are older than they are kept",
    "import_files": "of uploads that never became an import, and once their import keeps them",
    "leg_loads": "of legs that are only planned, when they are planned anew",
    "leg_stops": "of legs that are only planned, when they are planned anew",
    "photo_files": "of uploads that never became a photo",
    "search_vocabulary": "words that no title says any more",
    "shipment_lots": "of shipments that are only planned, when they are planned anew",
    "shelf_words": "of what has left the shelf: kept true by the database itself",
}
PUBLIC_READS = {
    "alembic_version": {"*"},
    "regions": {"*"},
    "commodities": {"*"},
    "grades": {"*"},
    "shelf_words": {"*"},
    "search_vocabulary": {"*"},
    "shelf": {
        "listing_id",
        "livemode",
        "card",
        "version",
        "seller_id",
        "department",
        "category",
        "region_code",
        "price",
        "price_cents",
        "licences",
        "photo_ids",
        "sellable",
        "title",
        "title_words",
        "all_words",
        "xid",
        "seq",
        "changed_at",
    },
    "variants": {
        "id",
        "listing_id",
        "status",
        "position",
        "availability",
        "capacity",
        "capacity_period",
        "lead_days",
        "livemode",
    },
    "stock_pools": {
        "id",
        "variant_id",
        "period_start",
        "period_end",
        "stock",
        "reserved",
        "livemode",
    },
    "closures": {"id", "seller_id", "starts_on", "ends_on", "status", "livemode"},
    "photos": {"id", "listing_id", "sha256", "width", "height"},
}


@pytest.fixture
async def service(cluster: Cluster) -> AsyncIterator[asyncpg.Connection]:
    """The service's own role, as it connects."""
    connection = await asyncpg.connect(cluster.url("btc_service"))
    yield connection
    await connection.close()


async def test_every_table_is_behind_row_level_security_that_binds_its_owner_too(
    owner: asyncpg.Connection,
) -> None:
    rows = await owner.fetch(
        "SELECT relname, relrowsecurity AND relforcerowsecurity AS walled, "
        "  (SELECT array_agg(attname::text) FROM pg_attribute a "
        "   WHERE a.attrelid = c.oid AND attnum > 0) AS columns "
        "FROM pg_class c WHERE relkind IN ('r', 'p', 'v', 'm') "
        "AND relnamespace = 'public'::regnamespace"
    )
    assert len(rows) > 25
    open_ones = {row["relname"] for row in rows if not row["walled"]}
    assert open_ones == SHARED
    for row in rows:
        if row["relname"] in SHARED:
            assert not PARTY_COLUMNS & set(row["columns"])


async def test_the_services_role_is_bound_by_it(owner: asyncpg.Connection) -> None:
    role = await owner.fetchrow("SELECT * FROM pg_roles WHERE rolname = 'btc_service'")
    assert role is not None
    assert not (role["rolsuper"] or role["rolbypassrls"] or role["rolcreaterole"])
    owned = await owner.fetchval(
        "SELECT count(*) FROM pg_class WHERE relowner IN "
        "(SELECT oid FROM pg_roles WHERE rolname IN ('btc_service', 'btc_public'))"
    )
    assert owned == 0
    member_of = await owner.fetch(
        "SELECT roleid::regrole::text AS name FROM pg_auth_members "
        "WHERE member = 'btc_service'::regrole"
    )
    assert [row["name"] for row in member_of] == ["btc_public"]


async def test_without_entering_the_service_sees_nothing(
    service: asyncpg.Connection, owner: asyncpg.Connection
) -> None:
    """Fail closed: a request that forgot to enter finds empty tables, whatever it asks."""
    tables = await owner.fetch("SELECT relname FROM pg_class WHERE relrowsecurity")
    for (table,) in tables:
        assert await service.fetchval(f"SELECT count(*) FROM {table}") == 0, table


# What of plans and drafts may be deleted is in DELETED; the database looks at their state.
FORBIDDEN = [
    (verb, table)
    for verb in ("UPDATE", "DELETE", "TRUNCATE")
    for table in APPEND_ONLY
    if (verb, table) not in {("DELETE", deleted) for deleted in DELETED}
]


@pytest.mark.parametrize(("verb", "table"), FORBIDDEN)
async def test_what_was_written_stays(service: asyncpg.Connection, table: str, verb: str) -> None:
    column = await service.fetchval(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1", table
    )
    statement = {
        "UPDATE": f"UPDATE {table} SET {column} = {column}",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table}",
    }[verb]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute(statement)


async def test_nothing_is_ever_deleted_but_what_is_reviewed(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT c.relname, p FROM pg_class c, unnest(ARRAY['DELETE', 'TRUNCATE', 'REFERENCES', "
        "'TRIGGER']) AS p WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
        "AND has_table_privilege('btc_service', c.oid, p)"
    )
    assert {tuple(row) for row in rows} == {(table, "DELETE") for table in DELETED}


async def test_the_public_role_reads_what_is_meant_for_anybody_and_no_more(
    owner: asyncpg.Connection,
) -> None:
    whole = await owner.fetch(
        "SELECT c.relname, p FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', "
        "'DELETE', 'TRUNCATE']) AS p WHERE c.relkind IN ('r', 'v') "
        "AND c.relnamespace = 'public'::regnamespace "
        "AND has_table_privilege('btc_public', c.oid, p)"
    )
    granted = {(row["relname"], row["p"]) for row in whole}
    assert granted == {(t, "SELECT") for t, columns in PUBLIC_READS.items() if columns == {"*"}}
    columns = await owner.fetch(
        "SELECT c.relname, a.attname, p FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, "
        "unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS p WHERE c.relkind IN ('r', 'v') "
        "AND c.relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped "
        "AND has_column_privilege('btc_public', c.oid, attnum, p) "
        "AND NOT has_table_privilege('btc_public', c.oid, p)"
    )
    found = {(row["relname"], row["attname"], row["p"]) for row in columns}
    assert found == {
        (t, column, "SELECT") for t, wanted in PUBLIC_READS.items() for column in wanted - {"*"}
    }


async def test_the_public_role_sees_the_shelf_and_what_belongs_to_it(
    owner: asyncpg.Connection,
) -> None:
    rows = await owner.fetch(
        "SELECT tablename, qual FROM pg_policies WHERE 'btc_public' = ANY (roles)"
    )
    said = {row["tablename"]: row["qual"] for row in rows}
    assert set(said) == {"shelf", "variants", "stock_pools", "closures", "photos"}
    for table in ("shelf", "variants", "stock_pools", "closures"):
        assert "livemode" in said[table], table
    for table in ("variants", "photos"):
        assert "shelf" in said[table], "only what belongs to what stands there"
    assert "variants" in said["stock_pools"]


async def test_functions_that_step_over_the_wall_are_reviewed(owner: asyncpg.Connection) -> None:
    rows = await owner.fetch(
        "SELECT proname, proconfig, has_function_privilege('public', oid, 'EXECUTE') AS anybody "
        "FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    assert {row["proname"] for row in rows} == set(DEFINERS)
    for row in rows:
        assert row["proconfig"] == ["search_path=public, pg_temp"]  # nobody slips a table in
        assert not row["anybody"]


async def test_composite_keys_carry_the_party(owner: asyncpg.Connection) -> None:
    """A foreign key by id alone is not bound by the wall and would take a stranger's row."""
    rows = await owner.fetch(
        "SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent, "
        "pg_get_constraintdef(oid) AS said FROM pg_constraint "
        "WHERE contype = 'f' AND conrelid::regclass::text IN ('orders', 'order_lines', "
        "'agreement_lines', 'supply_offers', 'shipment_lots', 'goods_receipts', 'allocations', "
        "'agreement_terms', 'agreement_amendments', 'offer_periods', 'order_amendments', "
        "'quote_requests', 'quotes', 'quote_lines')"
    )
    wanted = {
        ("agreement_lines", "agreements"),
        ("orders", "agreements"),
        ("order_lines", "orders"),
        ("supply_offers", "sites"),
        ("orders", "sites"),
        ("allocations", "offer_periods"),
        ("allocations", "supply_requests"),
        ("agreement_terms", "agreement_lines"),
        ("agreement_amendments", "agreements"),
        ("offer_periods", "supply_offers"),
        ("order_amendments", "orders"),
        ("order_lines", "sites"),
        ("quote_requests", "sites"),
        ("quotes", "quote_requests"),
        ("quote_lines", "quotes"),
        ("shipment_lots", "shipments"),
        ("shipment_lots", "lots"),
        ("goods_receipts", "shipments"),
    }
    carrying = {
        (row["child"], row["parent"])
        for row in rows
        if any(f"{c})" in row["said"] or f"{c}," in row["said"] for c in ("buyer_id", "seller_id"))
    }
    assert wanted <= carrying
