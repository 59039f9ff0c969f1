"""Products as they are sold: variants, stock, changes under curation, photos, closures, imports.

A listing that is there gets one variant without a price of its own and an empty pool. The public
keeps reading `listings.card` until the next migration gives it the shelf.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op
from app.db.ddl import LIVE, protect, whose

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = {
    "closures": """
CREATE TABLE closures (
  id UUID NOT NULL,
  version INTEGER DEFAULT '1' NOT NULL,
  status TEXT NOT NULL,
  seller_id UUID NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  note TEXT,
  livemode BOOLEAN NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_closures PRIMARY KEY (id),
  CONSTRAINT ck_closures_status CHECK (status IN ('announced', 'cancelled')),
  CONSTRAINT ck_closures_days CHECK (ends_on >= starts_on),
  CONSTRAINT fk_closures_seller_id FOREIGN KEY(seller_id) REFERENCES parties (id)
)
""",
    "seller_days": """
CREATE TABLE seller_days (
  seller_id UUID NOT NULL,
  livemode BOOLEAN NOT NULL,
  checked_on DATE NOT NULL,
  CONSTRAINT pk_seller_days PRIMARY KEY (seller_id, livemode),
  CONSTRAINT fk_seller_days_seller_id FOREIGN KEY(seller_id) REFERENCES parties (id)
)
""",
    "listing_changes": """
CREATE TABLE listing_changes (
  id UUID NOT NULL,
  version INTEGER DEFAULT '1' NOT NULL,
  status TEXT NOT NULL,
  listing_id UUID NOT NULL,
  seller_id UUID NOT NULL,
  before JSONB NOT NULL,
  after JSONB NOT NULL,
  review_reason TEXT,
  review_note TEXT,
  livemode BOOLEAN NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_listing_changes PRIMARY KEY (id),
  CONSTRAINT ck_listing_changes_status CHECK (status IN ('submitted', 'changes_requested', 'approved', 'rejected', 'withdrawn')),
  CONSTRAINT fk_listing_changes_listing_id_seller_id_livemode FOREIGN KEY(listing_id, seller_id, livemode) REFERENCES listings (id, seller_id, livemode)
)
""",
    "photo_files": """
CREATE TABLE photo_files (
  seller_id UUID NOT NULL,
  livemode BOOLEAN NOT NULL,
  sha256 BYTEA NOT NULL,
  width INTEGER,
  height INTEGER,
  asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_photo_files PRIMARY KEY (seller_id, livemode, sha256),
  CONSTRAINT ck_photo_files_size CHECK (num_nulls(width, height) IN (0, 2)),
  CONSTRAINT fk_photo_files_seller_id FOREIGN KEY(seller_id) REFERENCES parties (id)
)
""",
    "photos": """
CREATE TABLE photos (
  id UUID NOT NULL,
  listing_id UUID NOT NULL,
  seller_id UUID NOT NULL,
  sha256 BYTEA NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  livemode BOOLEAN NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_photos PRIMARY KEY (id),
  CONSTRAINT fk_photos_listing_id_seller_id_livemode FOREIGN KEY(listing_id, seller_id, livemode) REFERENCES listings (id, seller_id, livemode),
  CONSTRAINT fk_photos_seller_id_livemode_sha256 FOREIGN KEY(seller_id, livemode, sha256) REFERENCES photo_files (seller_id, livemode, sha256),
  CONSTRAINT uq_photos_listing_id_sha256 UNIQUE (listing_id, sha256),
  CONSTRAINT ck_photos_size CHECK (width > 0 AND height > 0)
)
""",
    "shelf": """
CREATE TABLE shelf (
  listing_id UUID NOT NULL,
  livemode BOOLEAN NOT NULL,
  card TEXT,
  version INTEGER NOT NULL,
  seller_id UUID NOT NULL,
  department TEXT NOT NULL,
  category TEXT NOT NULL,
  region_code TEXT NOT NULL,
  price NUMERIC NOT NULL,
  licences TEXT[] NOT NULL,
  photo_ids UUID[] NOT NULL,
  sellable BOOLEAN NOT NULL,
  title TEXT NOT NULL,
  xid xid8 NOT NULL,
  seq BIGINT NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_shelf PRIMARY KEY (listing_id),
  CONSTRAINT fk_shelf_listing_id FOREIGN KEY(listing_id) REFERENCES listings (id)
)
""",
    "variants": """
CREATE TABLE variants (
  id UUID NOT NULL,
  version INTEGER DEFAULT '1' NOT NULL,
  status TEXT NOT NULL,
  listing_id UUID NOT NULL,
  seller_id UUID NOT NULL,
  position INTEGER NOT NULL,
  sku TEXT,
  gtin TEXT,
  size TEXT,
  colour TEXT,
  flavour TEXT,
  pack TEXT,
  price_amount NUMERIC(18, 2),
  price_currency TEXT,
  price_per_value NUMERIC(14, 3),
  price_per_unit TEXT,
  price_per NUMERIC,
  price_tiers JSONB DEFAULT '[]' NOT NULL,
  net_weight_g NUMERIC(14, 3),
  gross_weight_g NUMERIC(14, 3),
  availability TEXT NOT NULL,
  capacity NUMERIC(14, 3),
  capacity_period TEXT,
  lead_days INTEGER,
  low_stock_at NUMERIC(14, 3),
  livemode BOOLEAN NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_variants PRIMARY KEY (id),
  CONSTRAINT ck_variants_status CHECK (status IN ('active', 'retired')),
  CONSTRAINT ck_variants_availability CHECK (availability IN ('stock', 'made_to_order')),
  CONSTRAINT ck_variants_capacity_period CHECK (capacity_period IN ('day', 'week')),
  CONSTRAINT fk_variants_listing_id_seller_id_livemode FOREIGN KEY(listing_id, seller_id, livemode) REFERENCES listings (id, seller_id, livemode),
  CONSTRAINT uq_variants_id_seller_id_livemode UNIQUE (id, seller_id, livemode),
  CONSTRAINT uq_variants_seller_id_livemode_sku UNIQUE (seller_id, livemode, sku),
  CONSTRAINT ck_variants_price CHECK (num_nulls(price_amount, price_currency, price_per_value, price_per_unit, price_per) IN (0, 5) AND price_amount <= price_per * 1000000000000),
  CONSTRAINT ck_variants_capacity CHECK ((availability = 'made_to_order') = (capacity IS NOT NULL) AND num_nulls(capacity, capacity_period, lead_days) IN (0, 3)),
  CONSTRAINT ck_variants_lead CHECK (lead_days BETWEEN 0 AND 365),
  CONSTRAINT ck_variants_weight CHECK (net_weight_g > 0 AND gross_weight_g >= net_weight_g),
  CONSTRAINT ck_variants_gtin CHECK (gtin ~ '^([0-9]{8}|[0-9]{12,14})$')
)
""",
    "stock_pools": """
CREATE TABLE stock_pools (
  id UUID NOT NULL,
  variant_id UUID NOT NULL,
  seller_id UUID NOT NULL,
  period_start DATE,
  period_end DATE,
  stock NUMERIC(14, 3) DEFAULT '0' NOT NULL,
  reserved NUMERIC(14, 3) DEFAULT '0' NOT NULL,
  livemode BOOLEAN NOT NULL,
  CONSTRAINT pk_stock_pools PRIMARY KEY (id),
  CONSTRAINT fk_stock_pools_variant_id_seller_id_livemode FOREIGN KEY(variant_id, seller_id, livemode) REFERENCES variants (id, seller_id, livemode),
  CONSTRAINT ck_stock_pools_balance CHECK (reserved >= 0 AND reserved <= stock),
  CONSTRAINT ck_stock_pools_period CHECK ((period_start IS NULL) = (period_end IS NULL))
)
""",
    "stock_movements": """
CREATE TABLE stock_movements (
  id UUID NOT NULL,
  pool_id UUID NOT NULL,
  seller_id UUID NOT NULL,
  order_line_id UUID,
  kind TEXT NOT NULL,
  quantity NUMERIC(14, 3) NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  livemode BOOLEAN NOT NULL,
  CONSTRAINT pk_stock_movements PRIMARY KEY (id),
  CONSTRAINT ck_stock_movements_kind CHECK (kind IN ('receive', 'add', 'remove', 'reserve', 'release', 'sell')),
  CONSTRAINT ck_stock_movements_quantity CHECK (quantity > 0),
  CONSTRAINT ck_stock_movements_cause CHECK ((kind IN ('reserve', 'release', 'sell')) = (order_line_id IS NOT NULL)),
  CONSTRAINT fk_stock_movements_pool_id FOREIGN KEY(pool_id) REFERENCES stock_pools (id)
)
""",
    "imports": """
CREATE TABLE imports (
  id UUID NOT NULL,
  version INTEGER DEFAULT '1' NOT NULL,
  status TEXT NOT NULL,
  seller_id UUID NOT NULL,
  created_by UUID NOT NULL,
  key_id UUID,
  file TEXT NOT NULL,
  filename TEXT,
  format TEXT NOT NULL,
  sha256 BYTEA NOT NULL,
  on_error TEXT NOT NULL,
  submit BOOLEAN NOT NULL,
  dry_run BOOLEAN NOT NULL,
  rows INTEGER,
  read INTEGER DEFAULT '0' NOT NULL,
  fields TEXT[] DEFAULT '{}' NOT NULL,
  invalid INTEGER DEFAULT '0' NOT NULL,
  held INTEGER DEFAULT '0' NOT NULL,
  creates INTEGER DEFAULT '0' NOT NULL,
  updates INTEGER DEFAULT '0' NOT NULL,
  unchanged INTEGER DEFAULT '0' NOT NULL,
  applied INTEGER DEFAULT '0' NOT NULL,
  submitted INTEGER DEFAULT '0' NOT NULL,
  lacking JSONB DEFAULT '[]' NOT NULL,
  problem JSONB,
  livemode BOOLEAN NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  finished_at TIMESTAMP WITH TIME ZONE,
  claimed_until TIMESTAMP WITH TIME ZONE,
  attempts INTEGER DEFAULT '0' NOT NULL,
  forgotten_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_imports PRIMARY KEY (id),
  CONSTRAINT ck_imports_status CHECK (status IN ('validating', 'ready', 'applying', 'done', 'partly_failed', 'failed', 'cancelled')),
  CONSTRAINT ck_imports_format CHECK (format IN ('csv', 'xlsx', 'ndjson')),
  CONSTRAINT ck_imports_on_error CHECK (on_error IN ('abort', 'skip')),
  CONSTRAINT uq_imports_id_seller_id_livemode UNIQUE (id, seller_id, livemode),
  CONSTRAINT ck_imports_counts CHECK (read >= 0 AND invalid >= 0 AND held >= 0 AND applied >= 0),
  CONSTRAINT fk_imports_seller_id FOREIGN KEY(seller_id) REFERENCES parties (id)
)
""",
    "import_files": """
CREATE TABLE import_files (
  name TEXT NOT NULL,
  seller_id UUID NOT NULL,
  livemode BOOLEAN NOT NULL,
  asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_import_files PRIMARY KEY (name),
  CONSTRAINT fk_import_files_seller_id FOREIGN KEY(seller_id) REFERENCES parties (id)
)
""",
    "import_problems": """
CREATE TABLE import_problems (
  import_id UUID NOT NULL,
  row INTEGER NOT NULL,
  seller_id UUID NOT NULL,
  cells JSONB NOT NULL,
  errors JSONB NOT NULL,
  livemode BOOLEAN NOT NULL,
  CONSTRAINT pk_import_problems PRIMARY KEY (import_id, row),
  CONSTRAINT fk_import_problems_import_id_seller_id_livemode FOREIGN KEY(import_id, seller_id, livemode) REFERENCES imports (id, seller_id, livemode)
)
""",
}

INDEXES = (
    """CREATE INDEX ix_closures_seller ON closures (seller_id, ends_on)""",
    """CREATE INDEX ix_seller_days_checked_on ON seller_days (checked_on)""",
    """CREATE INDEX ix_listing_changes_queue ON listing_changes (status, id)""",
    """CREATE INDEX ix_listing_changes_seller ON listing_changes (seller_id, id)""",
    """CREATE UNIQUE INDEX uq_listing_changes_open ON listing_changes (listing_id) WHERE status IN ('submitted', 'changes_requested')""",
    """CREATE UNIQUE INDEX uq_variants_options ON variants (listing_id, size, colour, flavour, pack) NULLS NOT DISTINCT WHERE status = 'active'""",
    """CREATE UNIQUE INDEX uq_stock_pools_period ON stock_pools (variant_id, period_start) NULLS NOT DISTINCT""",
    """CREATE INDEX ix_stock_movements_pool_id ON stock_movements (pool_id)""",
    """CREATE INDEX ix_photo_files_unused ON photo_files (asked_at) WHERE width IS NULL""",
    """CREATE INDEX ix_photos_files ON photos (seller_id, livemode, sha256)""",
    """CREATE INDEX ix_imports_seller ON imports (seller_id, id)""",
    """CREATE INDEX ix_imports_work ON imports (status, id)""",
    """CREATE INDEX ix_imports_file ON imports (file)""",
    """CREATE INDEX ix_import_files_asked_at ON import_files (asked_at)""",
)

# What the machines allow now; the history takes nothing else.
TRANSITIONS = """
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
CATEGORIES = """'processed_food', 'processed_food.sauces', 'processed_food.meat', 'processed_food.fish',
'processed_food.soy', 'processed_food.noodles', 'processed_food.sugar', 'processed_food.bread',
'processed_food.frozen', 'snacks', 'snacks.chips', 'snacks.crackers', 'snacks.sweets',
'snacks.nuts', 'snacks.cookies', 'drinks', 'drinks.coffee', 'drinks.tea', 'drinks.herbal',
'drinks.juice', 'drinks.cocoa', 'clothing', 'clothing.batik', 'clothing.wear', 'clothing.kids',
'clothing.accessories', 'household', 'household.kitchenware', 'household.furniture',
'household.cleaning', 'household.decor', 'crafts', 'crafts.wood', 'crafts.bamboo',
'crafts.pottery', 'crafts.souvenirs', 'fresh', 'fresh.eggs', 'fresh.chicken', 'fresh.fruit',
'fresh.vegetables', 'fresh.staples', 'fresh.spices', 'plants_fish', 'plants_fish.koi',
'plants_fish.ornamental', 'plants_fish.fry', 'plants_fish.plants'"""
DEPARTMENTS = "'processed_food', 'snacks', 'drinks', 'clothing', 'household', 'crafts', 'fresh', 'plants_fish'"
TRANSITIONS_BEFORE = """
CASE object
  WHEN 'agreement' THEN (action, from_status, to_status) IN (('create', 'new', 'draft'), ('propose', 'draft', 'proposed'), ('confirm', 'proposed', 'active'), ('suspend', 'active', 'suspended'), ('resume', 'suspended', 'active'), ('terminate', 'active', 'terminated'), ('terminate', 'draft', 'terminated'), ('terminate', 'proposed', 'terminated'), ('terminate', 'suspended', 'terminated'))
  WHEN 'allocation' THEN (action, from_status, to_status) IN (('offer', 'new', 'offered'), ('confirm', 'offered', 'confirmed'), ('reduce', 'offered', 'confirmed'), ('decline', 'offered', 'declined'), ('time_out', 'offered', 'timed_out'), ('release', 'confirmed', 'released'), ('release', 'offered', 'released'), ('release', 'picked', 'released'), ('shorten', 'picked', 'picked'), ('shorten', 'shipped', 'shipped'), ('pick', 'confirmed', 'picked'), ('ship', 'picked', 'shipped'))
  WHEN 'goods_receipt' THEN (action, from_status, to_status) IN (('post', 'new', 'posted'), ('sign', 'posted', 'signed'), ('deem_signed', 'posted', 'deemed_signed'))
  WHEN 'licence' THEN (action, from_status, to_status) IN (('create', 'new', 'in_process'), ('verify', 'in_process', 'rejected'), ('verify', 'in_process', 'under_coaching'), ('verify', 'in_process', 'valid'), ('verify', 'under_coaching', 'rejected'), ('verify', 'under_coaching', 'under_coaching'), ('verify', 'under_coaching', 'valid'), ('verify', 'valid', 'rejected'), ('verify', 'valid', 'under_coaching'), ('verify', 'valid', 'valid'))
  WHEN 'listing' THEN (action, from_status, to_status) IN (('create', 'new', 'draft'), ('edit', 'approved', 'approved'), ('edit', 'changes_requested', 'changes_requested'), ('edit', 'draft', 'draft'), ('edit', 'paused', 'paused'), ('edit', 'published', 'published'), ('submit', 'changes_requested', 'submitted'), ('submit', 'draft', 'submitted'), ('approve', 'submitted', 'approved'), ('request_changes', 'submitted', 'changes_requested'), ('reject', 'submitted', 'rejected'), ('publish', 'approved', 'published'), ('publish', 'paused', 'published'), ('pause', 'published', 'paused'), ('archive', 'approved', 'archived'), ('archive', 'changes_requested', 'archived'), ('archive', 'draft', 'archived'), ('archive', 'paused', 'archived'), ('archive', 'published', 'archived'), ('archive', 'rejected', 'archived'), ('archive', 'submitted', 'archived'))
  WHEN 'lot' THEN (action, from_status, to_status) IN (('create', 'new', 'available'), ('load', 'available', 'depleted'), ('unload', 'depleted', 'available'), ('give_back', 'available', 'depleted'))
  WHEN 'order' THEN (action, from_status, to_status) IN (('place', 'new', 'placed'), ('confirm', 'placed', 'confirmed'), ('confirm', 'placed', 'partly_confirmed'), ('decline', 'placed', 'declined'), ('expire', 'placed', 'expired'), ('allocate', 'confirmed', 'confirmed'), ('allocate', 'in_progress', 'in_progress'), ('allocate', 'partly_confirmed', 'partly_confirmed'), ('start', 'confirmed', 'in_progress'), ('start', 'partly_confirmed', 'in_progress'), ('complete', 'in_progress', 'completed'), ('cancel', 'confirmed', 'cancelled'), ('cancel', 'partly_confirmed', 'cancelled'), ('cancel', 'placed', 'cancelled'))
  WHEN 'party' THEN (action, from_status, to_status) IN (('create', 'new', 'active'), ('suspend', 'active', 'suspended'), ('resume', 'suspended', 'active'))
  WHEN 'shipment' THEN (action, from_status, to_status) IN (('create', 'new', 'planned'), ('dispatch', 'planned', 'dispatched'), ('move', 'dispatched', 'in_transit'), ('track', 'arrived', 'arrived'), ('track', 'delivered', 'delivered'), ('track', 'dispatched', 'dispatched'), ('track', 'in_transit', 'in_transit'), ('track', 'planned', 'planned'), ('arrive', 'dispatched', 'arrived'), ('arrive', 'in_transit', 'arrived'), ('deliver', 'arrived', 'delivered'), ('deliver', 'dispatched', 'delivered'), ('deliver', 'in_transit', 'delivered'), ('cancel', 'planned', 'cancelled'))
  WHEN 'supply_offer' THEN (action, from_status, to_status) IN (('create', 'new', 'open'), ('withdraw', 'open', 'withdrawn'), ('expire', 'open', 'expired'))
  ELSE false END
"""

SELLERS = (
    "closures",
    "seller_days",
    "listing_changes",
    "photo_files",
    "photos",
    "variants",
    "stock_pools",
    "imports",
    "import_files",
    "import_problems",
)

COLUMNS = """
  ADD COLUMN title_en text, ADD COLUMN description_en text, ADD COLUMN ingredients text,
  ADD COLUMN shelf_life_days integer, ADD COLUMN storage text, ADD COLUMN story text,
  ADD COLUMN hs_code text, ADD COLUMN min_order numeric(14, 3), ADD COLUMN order_step numeric(14, 3),
  ADD COLUMN photo_ids uuid[] DEFAULT '{}' NOT NULL, ADD COLUMN blocked jsonb DEFAULT '[]' NOT NULL,
  ADD COLUMN licences text[] DEFAULT '{}' NOT NULL, ADD COLUMN price_per numeric
"""
CHECKS = {
    "category": f"category IN ({CATEGORIES})",
    "price": "price_amount > 0 AND price_per_value > 0 AND price_per > 0 "
    "AND price_amount <= price_per * 1000000000000",
    "steps": "min_order > 0 AND order_step > 0",
    "shelf_life": "shelf_life_days > 0",
    "photos": "cardinality(photo_ids) <= 12",
    "storage": "storage IN ('ambient', 'chilled', 'frozen')",
}
# Until now a price was for a quantity in the listing's own unit, or in another unit of mass.
PRICE_PER = """
UPDATE listings SET price_per = price_per_value * CASE WHEN price_per_unit = unit THEN 1 ELSE
  coalesce((ARRAY[1, 0.001, 100, 1000])[array_position(ARRAY['kg','g','kuintal','ton'], price_per_unit)]
    / (ARRAY[1, 0.001, 100, 1000])[array_position(ARRAY['kg','g','kuintal','ton'], unit)], 1) END
"""
VARIANT = """
WITH made AS (
  INSERT INTO variants (id, status, listing_id, seller_id, position, availability, livemode)
  SELECT uuidv7(), 'active', id, seller_id, 1, 'stock', livemode FROM listings RETURNING *)
INSERT INTO stock_pools (id, variant_id, seller_id, livemode)
SELECT uuidv7(), id, seller_id, livemode FROM made
"""
# Sellers who sell already are due for the daily look: it says what blocks their goods.
LOOKED_AT = """
INSERT INTO seller_days (seller_id, livemode, checked_on)
SELECT DISTINCT seller_id, livemode, current_date - 1 FROM listings
WHERE status IN ('approved', 'published', 'paused')
"""
LICENCE_DAYS = "ADD COLUMN warned_on date, ADD COLUMN lapsed_on date"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute(f"ALTER TABLE listings {COLUMNS}")
    op.execute(f"ALTER TABLE licences {LICENCE_DAYS}")
    for livemode in ("on", "off"):  # the owner is bound by the policies too
        _enter(livemode)
        op.execute(PRICE_PER)
    # Small tables before the first release: what these checks lock, nobody waits for.
    op.execute("COMMENT ON COLUMN listings.price_per IS 'what the price is for, in the base unit'")
    op.execute(
        "-- squawk-ignore adding-not-nullable-field\nALTER TABLE listings ALTER COLUMN price_per SET NOT NULL"
    )
    for name, rule in CHECKS.items():
        op.execute(
            "-- squawk-ignore ban-drop-constraint\n"
            f"ALTER TABLE listings DROP CONSTRAINT IF EXISTS ck_listings_{name}"
        )
        _check("listings", f"ck_listings_{name}", rule)
    op.execute(
        "-- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid\n"
        "ALTER TABLE listings ADD CONSTRAINT uq_listings_id_seller_id_livemode "
        "UNIQUE (id, seller_id, livemode)"
    )
    _transitions(TRANSITIONS)
    for table in TABLES.values():
        op.execute(table)
    for index in INDEXES:
        op.execute(index)
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "CREATE INDEX ix_licences_ending ON licences (valid_to) WHERE lapsed_on IS NULL"
    )
    _walls()
    for livemode in ("on", "off"):
        _enter(livemode)
        op.execute(VARIANT)
        op.execute(LOOKED_AT)
    for setting in ("scope", "livemode"):
        op.execute(f"SELECT set_config('btc.{setting}', '', true)")


def _enter(livemode: str) -> None:
    op.execute(
        f"SELECT set_config('btc.scope', 'hub', true), set_config('btc.livemode', '{livemode}', true)"
    )


def _check(table: str, name: str, rule: str) -> None:
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule})"
    )


def _transitions(rule: str) -> None:
    # A wider rule takes its place at once, in the same transaction.
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE history DROP CONSTRAINT ck_history_transition"
    )
    _check("history", "ck_history_transition", rule)


def _walls() -> None:
    for table in SELLERS:
        for statement in protect(table, whose("seller_id")):
            op.execute(statement)
    for statement in protect("stock_movements", whose("seller_id"), append_only=True):
        op.execute(statement)
    # Files that no photo or import uses are deleted, and the row that remembers them.
    op.execute("GRANT DELETE ON photo_files, import_files TO btc_service")
    # Everybody reads the shelf of their world; only what belongs to the caller is put there.
    op.execute("ALTER TABLE shelf ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE shelf FORCE ROW LEVEL SECURITY")
    mine = whose("seller_id")
    everybody = "TO btc_service, btc_owner"
    op.execute(f"CREATE POLICY shelf_read ON shelf FOR SELECT {everybody} USING ({LIVE})")
    op.execute(f"CREATE POLICY shelf_put ON shelf FOR INSERT {everybody} WITH CHECK ({mine})")
    op.execute(
        f"CREATE POLICY shelf_change ON shelf FOR UPDATE {everybody} USING ({mine}) WITH CHECK ({mine})"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON shelf TO btc_service")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed([*TABLES]):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP INDEX ix_licences_ending")
    op.execute("ALTER TABLE licences DROP COLUMN warned_on, DROP COLUMN lapsed_on")
    op.execute("ALTER TABLE listings DROP CONSTRAINT uq_listings_id_seller_id_livemode")
    for name in CHECKS:
        op.execute(f"ALTER TABLE listings DROP CONSTRAINT ck_listings_{name}")
    for column in COLUMNS.replace("\n", " ").split("ADD COLUMN ")[1:]:
        op.execute(f"ALTER TABLE listings DROP COLUMN {column.split()[0]}")
    _check("listings", "ck_listings_category", f"category IN ({DEPARTMENTS})")
    _check("listings", "ck_listings_price", "price_amount > 0 AND price_per_value > 0")
    _transitions(TRANSITIONS_BEFORE)
