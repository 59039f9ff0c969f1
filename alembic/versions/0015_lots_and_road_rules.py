"""What lots, shipments, facts and receipts say from now on, filled for those there are.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import context, op

from app.db.ddl import HUB, through

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PLACE = "numeric(9, 6)"
DEGREES = "numeric(5, 2)"
ADDED = {
    "commodities": {"shelf_life_days": "integer"},
    "goods_receipt_lines": {"photo_ids": "uuid[] DEFAULT '{}' NOT NULL"},
    "goods_receipts": {
        "posted_at": "timestamptz",
        "posted_by_rule": "boolean DEFAULT false NOT NULL",
        "claim_by": "timestamptz",
        "reversed_at": "timestamptz",
        "reason": "text",
        "note": "text",
    },
    "lot_movements": {"event_id": "uuid", "count": "integer"},
    "lots": {
        "leg_id": "uuid",
        "made_at": "text",
        "count_balance": "integer",
        "best_before_on": "date",
    },
    "shipment_lots": {"count": "integer"},
    "shipments": {
        "ended_at": "timestamptz",
        "photo_ids": "uuid[] DEFAULT '{}' NOT NULL",
        "waybill": "text",
        "promised_on": "date",
        "last_n": "integer DEFAULT 0 NOT NULL",
        "heard_at": "timestamptz",
        "eta_at": "timestamptz",
        "eta_revision": "integer DEFAULT 0 NOT NULL",
        "delayed_since": "timestamptz",
        "delay_rule": "text",
        "temperature_min": DEGREES,
        "temperature_max": DEGREES,
        "position_latitude": PLACE,
        "position_longitude": PLACE,
        "position_at": "timestamptz",
        "temperature_c": DEGREES,
    },
    "tracking_events": {
        "n": "integer",
        "source": "text",
        "device": "text",
        "carrier_status": "text",
        "latitude": PLACE,
        "longitude": PLACE,
    },
}
# In each world: the owner is bound by the policies too.
FILL = (
    """
UPDATE lots SET made_at = 'farm', count_balance = CASE WHEN balance > 0 THEN count
  WHEN count IS NOT NULL THEN 0 END
""",
    """
INSERT INTO lot_shares (lot_id, allocation_id, seller_id, quantity, balance, livemode)
SELECT id, allocation_id, seller_id, quantity, CASE WHEN EXISTS (
    SELECT FROM lot_movements m WHERE m.lot_id = lots.id AND m.kind = 'give_back')
  THEN 0 ELSE quantity END, livemode FROM lots
""",
    "UPDATE shipment_lots c SET count = l.count FROM lots l WHERE l.id = c.lot_id",
    """
UPDATE tracking_events e SET n = k.n,
  source = CASE WHEN e.party_id = s.carrier_id THEN 'carrier' ELSE 'staff' END
FROM (SELECT id, row_number() OVER (PARTITION BY shipment_id ORDER BY recorded_at, id) AS n
      FROM tracking_events) k, shipments s WHERE k.id = e.id AND s.id = e.shipment_id
""",
    """
UPDATE shipments s SET last_n = k.n, heard_at = k.at
FROM (SELECT shipment_id, max(n) AS n, max(recorded_at) AS at FROM tracking_events
      GROUP BY shipment_id) k WHERE k.shipment_id = s.id
""",
    """
UPDATE shipments s SET promised_on = k.day
FROM (SELECT c.shipment_id, min(o.deliver_on) AS day FROM shipment_lots c
      JOIN lots l ON l.id = c.lot_id JOIN order_lines o ON o.id = l.order_line_id
      GROUP BY c.shipment_id) k WHERE k.shipment_id = s.id
""",
    """
UPDATE goods_receipts SET posted_at = created_at, claim_by = created_at + interval '7 days'
""",
)
# SNI 3926 on eggs for eating: two weeks from laying where they are kept at room temperature.
SHELF_LIFE = "UPDATE commodities SET shelf_life_days = 14 WHERE code = 'eggs'"
REQUIRED = (("lots", "made_at"), ("tracking_events", "n"), ("tracking_events", "source"))
RELAXED = (
    ("goods_receipts", "sign_by"),
    ("lot_movements", "seller_id"),
    ("lots", "allocation_id"),
    ("lots", "seller_id"),
)
SOURCES = "source IN ('staff', 'carrier', 'device', 'webhook', 'system')"
# (table, constraint): what it says now, what it said before.
CHECKS = {
    ("commodities", "shelf_life"): ("shelf_life_days > 0", None),
    ("goods_receipts", "status"): (
        "status IN ('draft', 'posted', 'signed', 'deemed_signed', 'reversed')",
        "status IN ('posted', 'signed', 'deemed_signed')",
    ),
    ("goods_receipts", "posted"): (
        (
            "status IN ('draft', 'reversed') OR (sign_by IS NOT NULL "
            "AND claim_by IS NOT NULL AND posted_at IS NOT NULL)"
        ),
        None,
    ),
    ("lot_movements", "kind"): (
        "kind IN ('create', 'load', 'unload', 'give_back', 'take', 'make', 'lose', 'find')",
        "kind IN ('create', 'load', 'unload', 'give_back')",
    ),
    ("lot_movements", "count"): ("count >= 0", None),
    ("lot_movements", "quantity"): (
        "quantity > 0 OR (quantity = 0 AND count > 0)",
        "quantity > 0",
    ),
    ("lots", "status"): (
        (
            "status IN ('expected', 'available', 'quarantined', 'rejected', 'expired', 'recalled', "
            "'depleted')"
        ),
        "status IN ('available', 'depleted')",
    ),
    ("lots", "made_at"): ("made_at IN ('farm', 'hub')", None),
    ("lots", "goods"): (
        (
            "num_nulls(commodity_id, variant_id) = 1 AND (commodity_id IS NULL) = (grade IS NULL) "
            "AND (variant_id IS NULL) = (title IS NULL) AND num_nonnulls(variant_id, offer_id) <= 1 "
            "AND (offer_id IS NULL OR site_id IS NOT NULL)"
        ),
        (
            "num_nulls(commodity_id, variant_id) = 1 AND (commodity_id IS NULL) = (grade IS NULL) "
            "AND (variant_id IS NULL) = (title IS NULL) AND num_nulls(variant_id, offer_id) = 1 "
            "AND (variant_id IS NOT NULL OR site_id IS NOT NULL)"
        ),
    ),
    ("lots", "pooled"): (
        (
            "(allocation_id IS NULL OR seller_id IS NOT NULL) "
            "AND (offer_id IS NULL OR allocation_id IS NOT NULL)"
        ),
        None,
    ),
    ("lots", "count"): (
        (
            "count > 0 AND count_balance BETWEEN 0 AND count "
            "AND (count IS NULL) = (count_balance IS NULL)"
        ),
        "count > 0",
    ),
    ("lots", "best_before"): ("best_before_on >= produced_on", None),
    ("offer_movements", "kind"): (
        "kind IN ('reserve', 'release', 'commit', 'uncommit', 'deliver', 'undeliver')",
        "kind IN ('reserve', 'release', 'commit', 'uncommit', 'deliver')",
    ),
    ("stock_movements", "kind"): (
        "kind IN ('receive', 'add', 'remove', 'reserve', 'release', 'sell', 'unsell')",
        "kind IN ('receive', 'add', 'remove', 'reserve', 'release', 'sell')",
    ),
    ("stock_movements", "cause"): (
        "(kind IN ('reserve', 'release', 'sell', 'unsell')) = (order_line_id IS NOT NULL)",
        "(kind IN ('reserve', 'release', 'sell')) = (order_line_id IS NOT NULL)",
    ),
    ("shipments", "status"): (
        (
            "status IN ('planned', 'loading', 'dispatched', 'in_transit', 'arrived', 'delivered', "
            "'refused', 'returned', 'lost', 'closed', 'cancelled')"
        ),
        "status IN ('planned', 'dispatched', 'in_transit', 'arrived', 'delivered', 'cancelled')",
    ),
    ("shipments", "delay_rule"): ("delay_rule IN ('promise_missed', 'overdue', 'silent')", None),
    ("shipments", "delayed"): ("(delayed_since IS NULL) = (delay_rule IS NULL)", None),
    ("shipments", "temperature"): ("temperature_min <= temperature_max", None),
    ("shipments", "position"): (
        (
            "(position_latitude IS NULL) = (position_longitude IS NULL) "
            "AND position_latitude BETWEEN -90 AND 90 AND position_longitude BETWEEN -180 AND 180"
        ),
        None,
    ),
    ("tracking_events", "source"): (SOURCES, None),
}
REFERS = (("lot_movements", "event_id", "lot_events (id)"), ("lots", "leg_id", "legs (id)"))
DROPPED = (("goods_receipt_lines", "lot_id"), ("goods_receipts", "shipment_id"))
UNIQUE = (("shipments", "carrier_id, livemode, waybill"), ("tracking_events", "shipment_id, n"))
INDEXES = {
    "ix_goods_receipt_lines_lot": "INDEX {name} ON goods_receipt_lines (lot_id)",
    "ix_goods_receipts_shipment": "INDEX {name} ON goods_receipts (shipment_id)",
    "uq_goods_receipts_live": "UNIQUE INDEX {name} ON goods_receipts (shipment_id) "
    "WHERE status <> 'reversed'",
    "ix_lot_movements_event_id": "INDEX {name} ON lot_movements (event_id)",
    "ix_lots_best_before": "INDEX {name} ON lots (best_before_on) "
    "WHERE status IN ('expected', 'available', 'quarantined')",
    "ix_lots_set_aside": "INDEX {name} ON lots (status, id) "
    "WHERE status IN ('quarantined', 'expired', 'recalled') AND balance > 0",
    "ix_lots_leg": "INDEX {name} ON lots (leg_id) WHERE leg_id IS NOT NULL",
    "ix_shipments_delivered": "INDEX {name} ON shipments (delivered_at) WHERE status = 'delivered'",
    "ix_shipments_refused": "INDEX {name} ON shipments (id) WHERE status = 'refused'",
    "ix_shipments_underway": "INDEX {name} ON shipments (eta_at) "
    "WHERE status IN ('dispatched', 'in_transit')",
}
# What is only a plan, or a draft, may be written anew; nothing else may be taken out of them.
ERASABLE = {
    "leg_stops": "SELECT 1 FROM legs p WHERE p.id = leg_id AND p.status = 'planned'",
    "leg_loads": "SELECT 1 FROM legs p WHERE p.id = leg_id AND p.status = 'planned'",
    "shipment_lots": "SELECT 1 FROM shipments p WHERE p.id = shipment_id AND p.status = 'planned'",
    "goods_receipt_lines": "SELECT 1 FROM goods_receipts p "
    "WHERE p.id = receipt_id AND p.status = 'draft'",
}
# The steps that the machines know besides, as action/from/to.
STEPS = {
    "allocation": """
lengthen/picked/picked lengthen/shipped/shipped restore/released/picked
unship/shipped/picked
""",
    "claim": """
answer/opened/accepted answer/opened/partly_accepted answer/opened/rejected
answer/under_review/accepted answer/under_review/partly_accepted answer/under_review/rejected
close/rejected/closed close/resolved/closed create/new/opened deem_accepted/opened/deemed_accepted
deem_accepted/under_review/deemed_accepted resolve/accepted/resolved
resolve/deemed_accepted/resolved resolve/partly_accepted/resolved review/opened/under_review
withdraw/opened/withdrawn withdraw/under_review/withdrawn
""",
    "goods_receipt": """
create/new/draft edit/draft/draft post/draft/posted reverse/draft/reversed reverse/posted/reversed
""",
    "leg": """
cancel/planned/cancelled complete/underway/completed create/new/planned leave/completed/completed
leave/underway/underway reach/completed/completed reach/underway/underway replan/planned/planned
start/planned/underway
""",
    "lot": """
adjust/available/available adjust/available/depleted adjust/available/quarantined
adjust/quarantined/available adjust/quarantined/depleted adjust/quarantined/quarantined
clear/quarantined/available create/new/expected downgrade/available/available
downgrade/available/depleted downgrade/available/quarantined downgrade/quarantined/available
downgrade/quarantined/depleted downgrade/quarantined/quarantined expire/available/expired
expire/expected/expired expire/quarantined/expired give_back/expected/depleted
give_back/expired/depleted give_back/quarantined/depleted give_back/recalled/depleted
hold/available/available hold/available/depleted hold/available/quarantined
hold/quarantined/available hold/quarantined/depleted hold/quarantined/quarantined
inspect/available/available inspect/quarantined/quarantined lift/recalled/available
lift/recalled/expected lift/recalled/expired lift/recalled/quarantined make/new/available
make/new/quarantined make/new/rejected merge/available/depleted recall/available/recalled
recall/expected/recalled recall/expired/recalled recall/quarantined/recalled
receive/expected/available receive/expected/depleted reject/available/available
reject/available/expected reject/available/expired reject/available/quarantined
reject/available/recalled reject/available/rejected reject/expected/available
reject/expected/expected reject/expected/expired reject/expected/quarantined
reject/expected/recalled reject/expected/rejected reject/expired/available reject/expired/expected
reject/expired/expired reject/expired/quarantined reject/expired/recalled reject/expired/rejected
reject/quarantined/available reject/quarantined/expected reject/quarantined/expired
reject/quarantined/quarantined reject/quarantined/recalled reject/quarantined/rejected
reject/recalled/available reject/recalled/expected reject/recalled/expired
reject/recalled/quarantined reject/recalled/recalled reject/recalled/rejected
repack/available/available repack/available/depleted shrink/available/available
shrink/available/depleted shrink/available/expired shrink/available/quarantined
shrink/available/recalled shrink/expired/available shrink/expired/depleted shrink/expired/expired
shrink/expired/quarantined shrink/expired/recalled shrink/quarantined/available
shrink/quarantined/depleted shrink/quarantined/expired shrink/quarantined/quarantined
shrink/quarantined/recalled shrink/recalled/available shrink/recalled/depleted
shrink/recalled/expired shrink/recalled/quarantined shrink/recalled/recalled
split/available/available split/available/depleted split/available/quarantined
split/quarantined/available split/quarantined/depleted split/quarantined/quarantined
undo/available/available undo/available/depleted undo/available/expected undo/available/expired
undo/available/quarantined undo/available/recalled undo/available/rejected undo/depleted/available
undo/depleted/depleted undo/depleted/expected undo/depleted/expired undo/depleted/quarantined
undo/depleted/recalled undo/depleted/rejected undo/expected/available undo/expected/depleted
undo/expected/expected undo/expected/expired undo/expected/quarantined undo/expected/recalled
undo/expected/rejected undo/expired/available undo/expired/depleted undo/expired/expected
undo/expired/expired undo/expired/quarantined undo/expired/recalled undo/expired/rejected
undo/quarantined/available undo/quarantined/depleted undo/quarantined/expected
undo/quarantined/expired undo/quarantined/quarantined undo/quarantined/recalled
undo/quarantined/rejected undo/recalled/available undo/recalled/depleted undo/recalled/expected
undo/recalled/expired undo/recalled/quarantined undo/recalled/recalled undo/recalled/rejected
undo/rejected/available undo/rejected/depleted undo/rejected/expected undo/rejected/expired
undo/rejected/quarantined undo/rejected/recalled undo/rejected/rejected unload/depleted/expired
unload/depleted/quarantined unload/depleted/recalled
""",
    "recall": """
close/open/closed create/new/open lift/open/lifted
""",
    "shipment": """
breach/arrived/arrived breach/dispatched/dispatched breach/in_transit/in_transit
breach/loading/loading breach/refused/refused cancel/loading/cancelled close/arrived/closed close/delivered/closed
delay/dispatched/dispatched delay/in_transit/in_transit delay/loading/loading
delay/planned/planned dispatch/loading/dispatched estimate/dispatched/dispatched
estimate/in_transit/in_transit estimate/loading/loading estimate/planned/planned
load/planned/loading lose/dispatched/lost lose/in_transit/lost lose/refused/lost
recover/arrived/arrived recover/closed/closed recover/delivered/delivered
recover/dispatched/dispatched recover/in_transit/in_transit recover/loading/loading
recover/lost/lost recover/refused/refused recover/returned/returned refuse/arrived/refused
refuse/dispatched/refused refuse/in_transit/refused replan/planned/planned return/arrived/returned
return/dispatched/returned return/in_transit/returned return/refused/returned track/closed/closed
track/loading/loading track/lost/lost track/refused/refused track/returned/returned
""",
}


# What anybody may know of a shipment whose code they have. It runs as the owner, who is bound by the
# policies too: hence the hub scope while it looks, in each world, and the caller's own settings
# again when it is done. What it names is public; nothing else of a shipment is.
SEEN = """
CREATE FUNCTION {name} RETURNS {returns}
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  scope text := current_setting('btc.scope', true);
  world text := current_setting('btc.livemode', true);
  live text;
  found json;
BEGIN
  PERFORM set_config('btc.scope', 'hub', true);
  FOREACH live IN ARRAY ARRAY['on', 'off'] LOOP
    PERFORM set_config('btc.livemode', live, true);
{look}
  END LOOP;
  PERFORM set_config('btc.scope', coalesce(scope, ''), true),
          set_config('btc.livemode', coalesce(world, ''), true);
{answer}
END $$
"""
TRACK = SEEN.format(
    name="btc_track(code text, since integer DEFAULT NULL)",
    returns="json",
    look="""
    SELECT json_build_object(
        'number', s.number, 'tracking_code', s.tracking_code, 'status', s.status,
        'tracking_status', s.tracking_status, 'from_region', s.from_region,
        'to_region', s.to_region, 'dispatched_at', s.dispatched_at, 'arrived_at', s.arrived_at,
        'delivered_at', s.delivered_at, 'promised_on', s.promised_on, 'eta_at', s.eta_at,
        'eta_revision', s.eta_revision, 'eta_reason', (
          SELECT t.reason FROM shipment_etas t
          WHERE t.shipment_id = s.id AND t.revision = s.eta_revision), 'delayed_since', s.delayed_since,
        'delay_rule', s.delay_rule, 'livemode', s.livemode, 'last_n', s.last_n,
        'position', CASE WHEN s.position_at IS NOT NULL THEN json_build_object(
          'latitude', round(s.position_latitude * 20) / 20,
          'longitude', round(s.position_longitude * 20) / 20, 'at', s.position_at) END,
        'goods', (
          SELECT coalesce(json_agg(json_build_object('name', g.name, 'name_id', g.name_id,
            'quantity', json_build_object('value', trim_scale(g.quantity)::text, 'unit', g.unit))
            ORDER BY g.name), '[]'::json)
          FROM (SELECT coalesce(c.name, l.title) AS name, c.name_id, l.base_unit AS unit,
                  sum(k.quantity) AS quantity
                FROM shipment_lots k JOIN lots l ON l.id = k.lot_id
                LEFT JOIN commodities c ON c.id = l.commodity_id
                WHERE k.shipment_id = s.id GROUP BY 1, 2, 3) g),
        'events', coalesce((
          SELECT json_agg(json_build_object('n', e.n, 'status', e.status,
              'occurred_at', e.occurred_at, 'place', e.place, 'reason', e.reason)
            ORDER BY e.occurred_at DESC, e.n DESC)
          FROM (SELECT * FROM tracking_events t
                WHERE t.shipment_id = s.id AND (since IS NULL OR t.n - since BETWEEN 1 AND 500)
                ORDER BY t.occurred_at DESC, t.n DESC LIMIT 500) e), '[]'::json))
      INTO found FROM shipments s WHERE s.tracking_code = code;
    EXIT WHEN found IS NOT NULL;""",
    answer="  RETURN found;",
)
NEWS = SEEN.format(
    name="btc_news(codes text[])",
    returns='TABLE (code text, n integer, version integer, "position" integer)',
    look="""
    RETURN QUERY SELECT s.tracking_code, s.last_n, s.version,
      coalesce(extract(epoch FROM s.position_at)::integer, 0)
    FROM shipments s WHERE s.tracking_code = ANY (codes);""",
    answer="  RETURN;",
).replace("  found json;\n", "")
OF_SHIPMENTS = ("tracking_events", "shipment_etas")
FUNCTIONS = {"btc_track(text, integer)": TRACK, "btc_news(text[])": NEWS}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table, columns in ADDED.items():
        wanted = ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in columns.items())
        op.execute(f"ALTER TABLE {table} {wanted}")
    for table, column in RELAXED:
        op.execute(
            "-- squawk-ignore ban-drop-not-null\n"
            f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL"
        )
    _in_each_world(FILL)
    op.execute(SHELF_LIFE)
    # Small tables before the first release: what these lock, nobody waits for.
    for table, column in REQUIRED:
        op.execute(
            "-- squawk-ignore adding-not-nullable-field\n"
            f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL"
        )
    _hold()
    for name, what in INDEXES.items():
        op.execute(
            f"-- squawk-ignore require-concurrent-index-creation\nCREATE {what.format(name=name)}"
        )
    for table, rule in ERASABLE.items():
        op.execute(f"GRANT DELETE ON {table} TO btc_service")
        op.execute(
            f"CREATE POLICY {table}_erasable ON {table} AS RESTRICTIVE FOR DELETE "
            f"TO btc_service USING (EXISTS ({rule}))"
        )
    # Who asks for one shipment's facts as the hub must not pay for all shipments there are.
    for table in OF_SHIPMENTS:
        rule = f"{HUB} OR {through('shipments', 'shipment_id')}"
        op.execute(f"ALTER POLICY {table}_scope ON {table} USING ({rule}) WITH CHECK ({rule})")
    op.execute("-- squawk-ignore ban-drop-function\nDROP FUNCTION btc_track(text)")
    for name, function in FUNCTIONS.items():
        op.execute(function.replace(":", "\\:"))
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO btc_public, btc_service")
    op.execute(
        f"INSERT INTO transitions (object, action, from_status, to_status) VALUES {_steps()}"
    )


def _hold() -> None:
    """What the tables let stand from now on."""
    for (table, name), (now, before) in CHECKS.items():
        if before is not None:
            _drop_constraint(table, f"ck_{table}_{name}")
        _constraint(table, f"ck_{table}_{name}", f"CHECK ({now})", "constraint-missing-not-valid")
    for table, column in DROPPED:
        _drop_constraint(table, f"uq_{table}_{column}")
    for table, columns in UNIQUE:
        known = "disallowed-unique-constraint, constraint-missing-not-valid"
        _constraint(table, f"uq_{table}_{columns.replace(', ', '_')}", f"UNIQUE ({columns})", known)
    for table, column, there in REFERS:
        known = "adding-foreign-key-constraint, constraint-missing-not-valid"
        rule = f"FOREIGN KEY ({column}) REFERENCES {there}"
        _constraint(table, f"fk_{table}_{column}", rule, known)


def _in_each_world(statements: Sequence[str]) -> None:
    for livemode in ("on", "off"):
        op.execute(
            "SELECT set_config('btc.scope', 'hub', true), "
            f"set_config('btc.livemode', '{livemode}', true)"
        )
        for statement in statements:
            op.execute(statement)
    for setting in ("scope", "livemode"):
        op.execute(f"SELECT set_config('btc.{setting}', '', true)")


def _steps() -> str:
    return ", ".join(
        f"('{name}', '{action}', '{before}', '{after}')"
        for name, steps in STEPS.items()
        for action, before, after in (step.split("/") for step in steps.split())
    )


def _constraint(table: str, name: str, rule: str, known: str) -> None:
    op.execute(f"-- squawk-ignore {known}\nALTER TABLE {table} ADD CONSTRAINT {name} {rule}")


def _drop_constraint(table: str, name: str) -> None:
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}")


def downgrade() -> None:
    """Back, where nothing stands yet that the version before cannot say."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "DELETE FROM transitions WHERE (object, action, from_status, to_status) "
        f"IN (VALUES {_steps()})"
    )
    _see_as_before()
    for table in ERASABLE:
        op.execute(f"DROP POLICY {table}_erasable ON {table}")
        op.execute(f"REVOKE DELETE ON {table} FROM btc_service")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")
    for table, column, _ in REFERS:
        _drop_constraint(table, f"fk_{table}_{column}")
    for table, columns in UNIQUE:
        _drop_constraint(table, f"uq_{table}_{columns.replace(', ', '_')}")
    for table, column in DROPPED:
        op.execute(
            "-- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid\n"
            f"ALTER TABLE {table} ADD CONSTRAINT uq_{table}_{column} UNIQUE ({column})"
        )
    for (table, name), (_, before) in CHECKS.items():
        _drop_constraint(table, f"ck_{table}_{name}")
        if before is not None:
            _constraint(
                table, f"ck_{table}_{name}", f"CHECK ({before})", "constraint-missing-not-valid"
            )
    for table, column in RELAXED:
        op.execute(
            "-- squawk-ignore adding-not-nullable-field\n"
            f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL"
        )
    for table, columns in ADDED.items():
        gone = ", ".join(f"DROP COLUMN {name}" for name in columns)
        op.execute(f"-- squawk-ignore ban-drop-column\nALTER TABLE {table} {gone}")


def _see_as_before() -> None:
    for table in OF_SHIPMENTS:
        rule = through("shipments", "shipment_id")
        op.execute(f"ALTER POLICY {table}_scope ON {table} USING ({rule}) WITH CHECK ({rule})")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    before = context.script.get_revision("0005").module
    op.execute(before.TRACK.replace(":", "\\:"))
    op.execute("REVOKE ALL ON FUNCTION btc_track(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION btc_track(text) TO btc_public, btc_service")
