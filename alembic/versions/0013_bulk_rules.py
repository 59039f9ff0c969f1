"""What is told elsewhere now goes; what may be is what the machines and tables say now.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

AMOUNT = "numeric(14, 3)"
# Offers keep counters per period, agreements' lines keep terms, runs keep lines.
DROPPED = {
    "agreement_lines": {
        "quota": AMOUNT,
        "entered_value": AMOUNT,
        "entered_unit": "text",
        "unit_factor": "numeric",
        "under_tolerance_pct": "numeric(5, 2)",
        "price_amount": "numeric(18, 2)",
        "price_currency": "text DEFAULT 'IDR'",
        "price_per_value": AMOUNT,
        "price_per_unit": "text",
        "price_per": "numeric",
    },
    "allocation_runs": {"order_id": "uuid", "inputs": "jsonb", "result": "jsonb"},
    "offer_movements": {"offer_id": "uuid"},
    "supply_offers": dict.fromkeys(("reserved", "committed", "delivered"), f"{AMOUNT} DEFAULT '0'"),
}
GOODS = """
num_nulls(commodity_id, variant_id) = 1 AND (commodity_id IS NULL) = (grade IS NULL)
AND (variant_id IS NULL) = (title IS NULL) AND num_nulls(variant_id, offer_id) = 1
AND (variant_id IS NOT NULL OR site_id IS NOT NULL)
"""
# (table, constraint): what it says now, what it said before.
CHECKS = {
    ("agreements", "status"): (
        """
status IN ('draft', 'proposed', 'active', 'suspended', 'rejected', 'withdrawn', 'completed',
  'expired', 'terminated')
""",
        "status IN ('draft', 'proposed', 'active', 'suspended', 'terminated')",
    ),
    ("allocation_runs", "policy"): (
        "policy IN ('fair_share', 'pro_rata', 'lowest_cost', 'fewest_pickups', 'manual')",
        "policy IN ('fair_share')",
    ),
    ("allocations", "goods"): (
        f"{GOODS} AND (offer_id IS NULL) = (offer_period_id IS NULL)",
        GOODS,
    ),
    ("order_lines", "allocated"): (
        "allocated BETWEEN 0 AND coalesce(confirmed, 0) + over - short_closed",
        "allocated BETWEEN 0 AND coalesce(confirmed, 0)",
    ),
    ("quota_movements", "cause"): (
        "(kind IN ('reserve', 'release', 'consume')) = (order_line_id IS NOT NULL)",
        None,
    ),
    ("quota_periods", "balance"): (
        """
quota >= 0 AND overdraw >= 0 AND carried_in >= 0 AND carried_out >= 0 AND released >= 0
  AND reserved >= 0 AND consumed >= 0
  AND reserved + consumed + carried_out <= quota + carried_in + overdraw
""",
        "reserved >= 0 AND consumed >= 0 AND reserved + consumed <= quota",
    ),
    ("supply_offers", "status"): (
        "status IN ('open', 'paused', 'withdrawn', 'expired')",
        "status IN ('open', 'withdrawn', 'expired')",
    ),
}
# What went with the columns, for going back.
BACK = (
    ("allocation_runs", "order_id", "orders"),
    ("offer_movements", "offer_id", "supply_offers"),
)
CHECKS_BACK = (
    ("agreement_lines", "quota", "quota > 0"),
    ("agreement_lines", "tolerance", "under_tolerance_pct BETWEEN 0 AND 100"),
    (
        "supply_offers",
        "balance",
        """
reserved >= 0 AND committed >= 0 AND delivered >= 0
  AND reserved + committed + delivered <= offered
""",
    ),
)
ENDING = "CREATE INDEX ix_supply_offers_ending ON supply_offers (available_until) WHERE "
RECEIVED = (
    "CREATE INDEX ix_order_lines_received ON order_lines (order_id) "
    "WHERE done_at IS NULL AND (accepted + downgraded > 0{rest})"
)
# Every step that a machine knows, as action:from:to.
TRANSITIONS = {
    "agreement": """
create:new:draft link:draft:draft propose:draft:proposed confirm:proposed:active
reject:proposed:rejected withdraw:proposed:withdrawn suspend:active:suspended
resume:suspended:active amend:active:active amend:suspended:suspended
complete:active:completed complete:suspended:completed expire:active:expired
expire:proposed:expired expire:suspended:expired terminate:active:terminated
terminate:draft:terminated terminate:proposed:terminated terminate:suspended:terminated
""",
    "agreement_amendment": """
create:new:proposed confirm:proposed:confirmed reject:proposed:rejected
withdraw:proposed:withdrawn expire:proposed:expired
""",
    "allocation": """
offer:new:offered confirm:offered:confirmed reduce:offered:confirmed decline:offered:declined
time_out:offered:timed_out release:confirmed:released release:offered:released
release:picked:released shorten:confirmed:confirmed shorten:offered:offered
shorten:picked:picked shorten:shipped:shipped pick:confirmed:picked ship:picked:shipped
""",
    "closure": """
create:new:announced cancel:announced:cancelled
""",
    "goods_receipt": """
post:new:posted sign:posted:signed deem_signed:posted:deemed_signed
""",
    "import": """
create:new:validating validate:validating:failed validate:validating:ready
apply:ready:applying finish:applying:done finish:applying:failed finish:applying:partly_failed
cancel:ready:cancelled cancel:validating:cancelled
""",
    "licence": """
create:new:in_process verify:in_process:rejected verify:in_process:under_coaching
verify:in_process:valid verify:under_coaching:rejected verify:under_coaching:under_coaching
verify:under_coaching:valid verify:valid:rejected verify:valid:under_coaching
verify:valid:valid warn:valid:valid lapse:valid:valid
""",
    "listing": """
create:new:draft edit:approved:approved edit:changes_requested:changes_requested
edit:draft:draft edit:paused:paused edit:published:published
submit:changes_requested:submitted submit:draft:submitted approve:submitted:approved
request_changes:submitted:changes_requested reject:submitted:rejected
publish:approved:published publish:paused:published pause:published:paused
archive:approved:archived archive:changes_requested:archived archive:draft:archived
archive:paused:archived archive:published:archived archive:rejected:archived
archive:submitted:archived block:approved:approved block:paused:paused
block:published:published unblock:approved:approved unblock:paused:paused
unblock:published:published
""",
    "listing_change": """
create:new:submitted revise:changes_requested:submitted revise:submitted:submitted
request_changes:submitted:changes_requested approve:submitted:approved
reject:submitted:rejected withdraw:changes_requested:withdrawn withdraw:submitted:withdrawn
""",
    "lot": """
create:new:available load:available:depleted unload:depleted:available
give_back:available:depleted
""",
    "order": """
place:new:placed confirm:placed:confirmed confirm:placed:partly_confirmed
decline:placed:declined expire:placed:expired allocate:confirmed:confirmed
allocate:in_progress:in_progress allocate:partly_confirmed:partly_confirmed
amend:confirmed:confirmed amend:in_progress:in_progress
amend:partly_confirmed:partly_confirmed short_close:confirmed:confirmed
short_close:in_progress:in_progress short_close:partly_confirmed:partly_confirmed
start:confirmed:in_progress start:partly_confirmed:in_progress complete:in_progress:completed
cancel:confirmed:cancelled cancel:partly_confirmed:cancelled cancel:placed:cancelled
""",
    "order_amendment": """
create:new:proposed confirm:proposed:confirmed reject:proposed:rejected
withdraw:proposed:withdrawn expire:proposed:expired
""",
    "party": """
create:new:active suspend:active:suspended resume:suspended:active
""",
    "quote": """
create:new:pending accept:pending:accepted decline:pending:declined withdraw:pending:withdrawn
supersede:pending:superseded expire:pending:expired
""",
    "quote_request": """
create:new:open close:open:closed cancel:open:cancelled expire:open:expired
""",
    "shipment": """
create:new:planned dispatch:planned:dispatched move:dispatched:in_transit
track:arrived:arrived track:delivered:delivered track:dispatched:dispatched
track:in_transit:in_transit track:planned:planned arrive:dispatched:arrived
arrive:in_transit:arrived deliver:arrived:delivered deliver:dispatched:delivered
deliver:in_transit:delivered cancel:planned:cancelled
""",
    "supply_offer": """
create:new:open pause:open:paused resume:paused:open commit:open:open commit:paused:paused
adjust:open:open adjust:paused:paused withdraw:open:withdrawn withdraw:paused:withdrawn
expire:open:expired expire:paused:expired
""",
    "variant": """
create:new:active edit:active:active receive:active:active adjust:active:active
retire:active:retired
""",
}
TRANSITIONS_BEFORE = """
CASE object
  WHEN 'agreement' THEN (action, from_status, to_status) IN (('create', 'new', 'draft'), ('propose', 'draft', 'proposed'), ('confirm', 'proposed', 'active'), ('suspend', 'active', 'suspended'), ('resume', 'suspended', 'active'), ('terminate', 'active', 'terminated'), ('terminate', 'draft', 'terminated'), ('terminate', 'proposed', 'terminated'), ('terminate', 'suspended', 'terminated'))
  WHEN 'allocation' THEN (action, from_status, to_status) IN (('offer', 'new', 'offered'), ('confirm', 'offered', 'confirmed'), ('reduce', 'offered', 'confirmed'), ('decline', 'offered', 'declined'), ('time_out', 'offered', 'timed_out'), ('release', 'confirmed', 'released'), ('release', 'offered', 'released'), ('release', 'picked', 'released'), ('shorten', 'picked', 'picked'), ('shorten', 'shipped', 'shipped'), ('pick', 'confirmed', 'picked'), ('ship', 'picked', 'shipped'))
  WHEN 'closure' THEN (action, from_status, to_status) IN (('create', 'new', 'announced'), ('cancel', 'announced', 'cancelled'))
  WHEN 'goods_receipt' THEN (action, from_status, to_status) IN (('post', 'new', 'posted'), ('sign', 'posted', 'signed'), ('deem_signed', 'posted', 'deemed_signed'))
  WHEN 'import' THEN (action, from_status, to_status) IN (('create', 'new', 'validating'), ('validate', 'validating', 'failed'), ('validate', 'validating', 'ready'), ('apply', 'ready', 'applying'), ('finish', 'applying', 'done'), ('finish', 'applying', 'failed'), ('finish', 'applying', 'partly_failed'), ('cancel', 'ready', 'cancelled'), ('cancel', 'validating', 'cancelled'))
  WHEN 'licence' THEN (action, from_status, to_status) IN (('create', 'new', 'in_process'), ('verify', 'in_process', 'rejected'), ('verify', 'in_process', 'under_coaching'), ('verify', 'in_process', 'valid'), ('verify', 'under_coaching', 'rejected'), ('verify', 'under_coaching', 'under_coaching'), ('verify', 'under_coaching', 'valid'), ('verify', 'valid', 'rejected'), ('verify', 'valid', 'under_coaching'), ('verify', 'valid', 'valid'), ('warn', 'valid', 'valid'), ('lapse', 'valid', 'valid'))
  WHEN 'listing' THEN (action, from_status, to_status) IN (('create', 'new', 'draft'), ('edit', 'approved', 'approved'), ('edit', 'changes_requested', 'changes_requested'), ('edit', 'draft', 'draft'), ('edit', 'paused', 'paused'), ('edit', 'published', 'published'), ('submit', 'changes_requested', 'submitted'), ('submit', 'draft', 'submitted'), ('approve', 'submitted', 'approved'), ('request_changes', 'submitted', 'changes_requested'), ('reject', 'submitted', 'rejected'), ('publish', 'approved', 'published'), ('publish', 'paused', 'published'), ('pause', 'published', 'paused'), ('archive', 'approved', 'archived'), ('archive', 'changes_requested', 'archived'), ('archive', 'draft', 'archived'), ('archive', 'paused', 'archived'), ('archive', 'published', 'archived'), ('archive', 'rejected', 'archived'), ('archive', 'submitted', 'archived'), ('block', 'approved', 'approved'), ('block', 'paused', 'paused'), ('block', 'published', 'published'), ('unblock', 'approved', 'approved'), ('unblock', 'paused', 'paused'), ('unblock', 'published', 'published'))
  WHEN 'listing_change' THEN (action, from_status, to_status) IN (('create', 'new', 'submitted'), ('revise', 'changes_requested', 'submitted'), ('revise', 'submitted', 'submitted'), ('request_changes', 'submitted', 'changes_requested'), ('approve', 'submitted', 'approved'), ('reject', 'submitted', 'rejected'), ('withdraw', 'changes_requested', 'withdrawn'), ('withdraw', 'submitted', 'withdrawn'))
  WHEN 'lot' THEN (action, from_status, to_status) IN (('create', 'new', 'available'), ('load', 'available', 'depleted'), ('unload', 'depleted', 'available'), ('give_back', 'available', 'depleted'))
  WHEN 'order' THEN (action, from_status, to_status) IN (('place', 'new', 'placed'), ('confirm', 'placed', 'confirmed'), ('confirm', 'placed', 'partly_confirmed'), ('decline', 'placed', 'declined'), ('expire', 'placed', 'expired'), ('allocate', 'confirmed', 'confirmed'), ('allocate', 'in_progress', 'in_progress'), ('allocate', 'partly_confirmed', 'partly_confirmed'), ('start', 'confirmed', 'in_progress'), ('start', 'partly_confirmed', 'in_progress'), ('complete', 'in_progress', 'completed'), ('cancel', 'confirmed', 'cancelled'), ('cancel', 'partly_confirmed', 'cancelled'), ('cancel', 'placed', 'cancelled'))
  WHEN 'party' THEN (action, from_status, to_status) IN (('create', 'new', 'active'), ('suspend', 'active', 'suspended'), ('resume', 'suspended', 'active'))
  WHEN 'shipment' THEN (action, from_status, to_status) IN (('create', 'new', 'planned'), ('dispatch', 'planned', 'dispatched'), ('move', 'dispatched', 'in_transit'), ('track', 'arrived', 'arrived'), ('track', 'delivered', 'delivered'), ('track', 'dispatched', 'dispatched'), ('track', 'in_transit', 'in_transit'), ('track', 'planned', 'planned'), ('arrive', 'dispatched', 'arrived'), ('arrive', 'in_transit', 'arrived'), ('deliver', 'arrived', 'delivered'), ('deliver', 'dispatched', 'delivered'), ('deliver', 'in_transit', 'delivered'), ('cancel', 'planned', 'cancelled'))
  WHEN 'supply_offer' THEN (action, from_status, to_status) IN (('create', 'new', 'open'), ('withdraw', 'open', 'withdrawn'), ('expire', 'open', 'expired'))
  WHEN 'variant' THEN (action, from_status, to_status) IN (('create', 'new', 'active'), ('edit', 'active', 'active'), ('receive', 'active', 'active'), ('adjust', 'active', 'active'), ('retire', 'active', 'retired'))
  ELSE false END
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    # Nothing serves between this and the version before: both are of one release.
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE allocations DROP CONSTRAINT fk_allocations_offer_id_seller_id_livemode"
    )
    for table, columns in DROPPED.items():
        dropped = ", ".join(f"DROP COLUMN {column}" for column in columns)
        op.execute(f"-- squawk-ignore ban-drop-column\nALTER TABLE {table} {dropped}")
    for (table, name), (rule, before) in CHECKS.items():
        _check(table, f"ck_{table}_{name}", rule, replaces=before is not None)
    op.execute(
        "-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_supply_offers_ending"
    )
    op.execute(
        f"-- squawk-ignore require-concurrent-index-creation\n{ENDING} status IN ('open', 'paused')"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX ix_order_lines_received"
    )
    received = RECEIVED.format(rest=" OR short_closed_at IS NOT NULL")
    op.execute(f"-- squawk-ignore require-concurrent-index-creation\n{received}")
    _transitions()


def _transitions() -> None:
    """The history takes what stands in a table: to look it up is quicker than to check a long rule."""
    columns = ("object", "action", "from_status", "to_status")
    names = ", ".join(columns)
    op.execute(
        f"CREATE TABLE transitions ({', '.join(f'{c} text NOT NULL' for c in columns)}, "
        f"CONSTRAINT pk_transitions PRIMARY KEY ({names}))"
    )
    rows = [
        f"('{machine}', '{step.replace(':', chr(39) + ', ' + chr(39))}')"
        for machine, steps in TRANSITIONS.items()
        for step in steps.split()
    ]
    op.execute(f"INSERT INTO transitions ({names}) VALUES {', '.join(rows)}")
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE history DROP CONSTRAINT ck_history_transition"
    )
    op.execute(
        "-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid\n"
        f"ALTER TABLE history ADD CONSTRAINT fk_history_transition FOREIGN KEY ({names}) "
        f"REFERENCES transitions ({names})"
    )
    op.execute("GRANT SELECT ON transitions TO btc_service")


def _check(table: str, name: str, rule: str, *, replaces: bool) -> None:
    if replaces:
        op.execute(
            f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}"
        )
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})"
    )


def downgrade() -> None:
    """Only on a database without trade: counters and terms are not moved back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE history DROP CONSTRAINT fk_history_transition")
    op.execute("DROP TABLE transitions")
    op.execute(
        f"ALTER TABLE history ADD CONSTRAINT ck_history_transition CHECK ({TRANSITIONS_BEFORE})"
    )
    op.execute("DROP INDEX ix_supply_offers_ending")
    op.execute(f"{ENDING} status = 'open'")
    op.execute("DROP INDEX ix_order_lines_received")
    op.execute(RECEIVED.format(rest=""))
    for table, columns in DROPPED.items():
        added = ", ".join(f"ADD COLUMN {c} {kind}" for c, kind in columns.items())
        op.execute(f"ALTER TABLE {table} {added}")
        required = ", ".join(f"ALTER COLUMN {column} SET NOT NULL" for column in columns)
        op.execute(f"ALTER TABLE {table} {required}")
    for (table, name), (_, before) in CHECKS.items():
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
        if before is not None:
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({before})")
    for table, column, there in BACK:
        op.execute(f"CREATE INDEX ix_{table}_{column} ON {table} ({column})")
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_{column} "
            f"FOREIGN KEY ({column}) REFERENCES {there} (id)"
        )
    for table, name, rule in CHECKS_BACK:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule})")
    op.execute(
        "ALTER TABLE allocations ADD CONSTRAINT fk_allocations_offer_id_seller_id_livemode "
        "FOREIGN KEY (offer_id, seller_id, livemode) REFERENCES supply_offers (id, seller_id, livemode)"
    )
