"""Search: the words of the shelf, kept by the database beside it (docs/adr/0006-search.md).

Two tables follow the shelf by themselves: which listings hold a stem, and which words titles are
written with. They hold words and ids and nothing else, and stand outside row-level security on
purpose: behind a policy the planner may not use the index of slips, since `array &&` is not
leakproof. Every query names its world, and the shelf's own wall stands behind each hit.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op
from app.db.ddl import share

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a person types and what a listing says are folded alike; app/catalog/search/language.py says
# the same in Python and a test holds the two equal. Accents are looked for only where a text has
# any: translate() costs more than all the rest.
FOLD = r"""
CREATE FUNCTION search_fold(said text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
  regexp_replace(
    regexp_replace(
      regexp_replace(
        replace(lower((CASE WHEN octet_length(said) = length(said) THEN said ELSE
          translate(said,
            'àáâãäåèéêëìíîïòóôõöùúûüñçÀÁÂÃÄÅÈÉÊËÌÍÎÏÒÓÔÕÖÙÚÛÜÑÇ’‘ʼ',
            'aaaaaaeeeeiiiiooooouuuuncAAAAAAEEEEIIIIOOOOOUUUUNC') END) COLLATE "C"), '''', ''),
        '([a-z]{3})2(?![0-9a-z])', '\1', 'g'),
      '([0-9])([a-z])', '\1 \2', 'g'),
    '[^a-z0-9]+', ' ', 'g')
"""
# The stems of a text, without words that say nothing (as stems: 'ada' is that of 'adalah').
WORDS = """
CREATE FUNCTION search_words(said text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
  strip(ts_delete(to_tsvector('indonesian'::regconfig, search_fold(said)), ARRAY[
    'dan', 'yang', 'yg', 'di', 'ke', 'dari', 'untuk', 'utk', 'dengan', 'dgn', 'atau', 'ini', 'itu',
    'pada', 'dalam', 'ada', 'juga', 'serta', 'the', 'and', 'of', 'for']))
"""
# A word, and what is left of it when one letter is taken away (of 7 to 14 letters also two). Words
# that share one of these are a slip or two of the finger apart: a letter too many, too few, wrong,
# or two swapped. Exact, and cheaper than trigrams, which miss swapped letters in short words.
SLIPS = """
CREATE FUNCTION search_slips(word text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN ARRAY(
  SELECT word
  UNION SELECT overlay(word placing '' from n for 1) FROM generate_series(1, length(word)) n
  UNION SELECT overlay(overlay(word placing '' from n for 1) placing '' from m for 1)
        FROM generate_series(2, length(word)) n, generate_series(1, n - 1) m
        WHERE length(word) BETWEEN 7 AND 14)
"""
# Under row-level security an index is only searched by comparisons that are leakproof: those of
# bigint are, those of numeric are not. Hence the cents.
# The table was made by the migration before this one and is empty: nothing is rewritten or locked.
COLUMNS = (
    "title_words tsvector NOT NULL GENERATED ALWAYS AS (search_words(title)) STORED",
    "all_words tsvector NOT NULL",
    "price_cents bigint NOT NULL GENERATED ALWAYS AS ((price * 100)::bigint) STORED",
)
# Who writes all_words must not forget the title: what stands only there would not be found.
CHECK = """
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE shelf ADD CONSTRAINT ck_shelf_words
  CHECK (tsvector_to_array(all_words) @> tsvector_to_array(title_words))
"""
TABLES = {
    "shelf_words": """
CREATE TABLE shelf_words (
  word text COLLATE "C" NOT NULL,
  livemode boolean NOT NULL,
  in_title boolean NOT NULL,
  listing_id uuid NOT NULL,
  CONSTRAINT pk_shelf_words PRIMARY KEY (word, livemode, in_title, listing_id)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05)
""",
    # Who writes listings only ever inserts here (no hot rows); how many titles hold the stem is
    # counted now and then by the worker.
    "search_vocabulary": """
CREATE TABLE search_vocabulary (
  livemode boolean NOT NULL,
  word text COLLATE "C" NOT NULL,
  stem text NOT NULL,
  listings integer DEFAULT 1 NOT NULL,
  CONSTRAINT pk_search_vocabulary PRIMARY KEY (livemode, word)
)
""",
}
STANDS = "WHERE card IS NOT NULL"
INDEXES = (
    "CREATE INDEX ix_search_vocabulary_slips ON search_vocabulary USING gin (search_slips(word))",
    f"CREATE INDEX ix_shelf_region ON shelf (livemode, region_code, listing_id) {STANDS}",
    f"CREATE INDEX ix_shelf_price ON shelf (livemode, price_cents, listing_id) {STANDS}",
)
ADDED = """
CREATE FUNCTION search_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO shelf_words (word, livemode, in_title, listing_id)
  SELECT h.word, n.livemode, h.word = ANY (t.title), n.listing_id
  FROM news n, tsvector_to_array(n.title_words) t (title),
    unnest(tsvector_to_array(n.all_words)) h (word)
  WHERE n.card IS NOT NULL
  ON CONFLICT DO NOTHING;
  INSERT INTO search_vocabulary (livemode, word, stem)
  SELECT v.livemode, v.word, s.stem[1]
  FROM (SELECT DISTINCT n.livemode, h.word
        FROM news n, string_to_table(search_fold(n.title), ' ') h (word)
        WHERE n.card IS NOT NULL AND h.word ~ '^[a-z0-9]{2,40}$' AND h.word ~ '[a-z]') v,
    tsvector_to_array(search_words(v.word)) s (stem)
  WHERE s.stem <> '{}' AND NOT EXISTS (
    SELECT FROM search_vocabulary k WHERE (k.livemode, k.word) = (v.livemode, v.word))
  ORDER BY 1, 2  -- two writers of the same words never wait in a circle
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$
"""
REMOVED = """
CREATE FUNCTION search_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM shelf_words w USING (
    SELECT h.word, o.livemode, h.word = ANY (t.title) AS in_title, o.listing_id
    FROM olds o, tsvector_to_array(o.title_words) t (title),
      unnest(tsvector_to_array(o.all_words)) h (word)
    WHERE o.card IS NOT NULL) gone
  WHERE w.word = gone.word AND w.livemode = gone.livemode
    AND w.in_title = gone.in_title AND w.listing_id = gone.listing_id;
  RETURN NULL;
END $$
"""
CHANGED = """
CREATE FUNCTION search_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- A change of price or stock changes no words: then there is nothing to do. EXCEPT over text is
  -- hashed; a join of the two would be done by a nested loop, quadratic in a large statement.
  IF NOT EXISTS (
    SELECT listing_id, card IS NULL, livemode, title_words::text, all_words::text FROM olds
    EXCEPT SELECT listing_id, card IS NULL, livemode, title_words::text, all_words::text FROM news
  ) THEN
    RETURN NULL;
  END IF;
  WITH before AS (
    SELECT h.word, o.livemode, h.word = ANY (t.title) AS in_title, o.listing_id
    FROM olds o, tsvector_to_array(o.title_words) t (title),
      unnest(tsvector_to_array(o.all_words)) h (word)
    WHERE o.card IS NOT NULL
  ), after AS (
    SELECT h.word, n.livemode, h.word = ANY (t.title) AS in_title, n.listing_id
    FROM news n, tsvector_to_array(n.title_words) t (title),
      unnest(tsvector_to_array(n.all_words)) h (word)
    WHERE n.card IS NOT NULL
  ), gone AS (
    DELETE FROM shelf_words w USING (SELECT * FROM before EXCEPT SELECT * FROM after) b
    WHERE w.word = b.word AND w.livemode = b.livemode
      AND w.in_title = b.in_title AND w.listing_id = b.listing_id
  )
  INSERT INTO shelf_words (word, livemode, in_title, listing_id)
  SELECT * FROM after EXCEPT SELECT * FROM before
  ON CONFLICT DO NOTHING;
  INSERT INTO search_vocabulary (livemode, word, stem)
  SELECT v.livemode, v.word, s.stem[1]
  FROM (SELECT DISTINCT n.livemode, h.word
        FROM news n, string_to_table(search_fold(n.title), ' ') h (word)
        WHERE n.card IS NOT NULL AND h.word ~ '^[a-z0-9]{2,40}$' AND h.word ~ '[a-z]') v,
    tsvector_to_array(search_words(v.word)) s (stem)
  WHERE s.stem <> '{}' AND NOT EXISTS (
    SELECT FROM search_vocabulary k WHERE (k.livemode, k.word) = (v.livemode, v.word))
  ORDER BY 1, 2
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$
"""
TRIGGERS = {
    "search_added": "AFTER INSERT ON shelf REFERENCING NEW TABLE AS news",
    "search_changed": "AFTER UPDATE ON shelf REFERENCING OLD TABLE AS olds NEW TABLE AS news",
    "search_removed": "AFTER DELETE ON shelf REFERENCING OLD TABLE AS olds",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for statement in (FOLD, WORDS, SLIPS):
        _run(statement)
    for column in COLUMNS:
        ignored = "adding-field-with-default, adding-required-field"
        _run(f"-- squawk-ignore {ignored}\nALTER TABLE shelf ADD COLUMN {column}")
    _run(CHECK)
    for table in TABLES.values():
        _run(table)
    for index in INDEXES:
        _run(f"-- squawk-ignore require-concurrent-index-creation\n{index}")
    for function in (ADDED, REMOVED, CHANGED):
        _run(function)
    for name, when in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {when} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")
    for statement in (
        *share("shelf_words", writes="INSERT, DELETE"),  # the triggers run as the writer
        *share("search_vocabulary", writes="INSERT, UPDATE, DELETE"),  # counted anew by the worker
    ):
        op.execute(statement)


def _run(statement: str) -> None:
    op.execute(statement.replace(":", "\\:").replace("\\:\\:", "::"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON shelf")
        op.execute(f"DROP FUNCTION {name}()")
    op.execute("ALTER TABLE shelf DROP CONSTRAINT ck_shelf_words")
    for index in ("ix_shelf_region", "ix_shelf_price"):
        op.execute(f"DROP INDEX {index}")
    for column in ("title_words", "all_words", "price_cents"):
        op.execute(f"ALTER TABLE shelf DROP COLUMN {column}")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    for function in ("search_slips(text)", "search_words(text)", "search_fold(text)"):
        op.execute(f"DROP FUNCTION {function}")
