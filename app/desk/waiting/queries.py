"""The SELECT of everything that waits: all sections in one round trip, a few rows of each.

A section is a source of rows and what they say in the desk's columns; a column it does not name is
null. Sources start from what is small: what waits (partial indexes), open orders, a week's days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from app.agreements.states import BINDING
from app.db.tx import Tx
from app.desk.waiting.sections import SectionCode as C
from app.orders.states import OPEN
from app.shipments.lots.states import LotStatus

SHOWN = 5
"""How many of a section are shown: those nearest to their deadlines."""

FULLEST = 10
"""How many quotas are shown."""

UNALLOCATED_DAYS = 7
ENDING_DAYS = 30
STALE_DAYS = 14

_COLUMNS = {
    "kind": "text",
    "id": "uuid",
    "parent_id": "uuid",
    "number": "text",
    "party_id": "uuid",
    "respond_by": "timestamptz",
    "due_on": "date",
    "quantity": "numeric",
    "unit": "text",
    "used": "numeric",
    "overdue": "boolean",
}


@dataclass(frozen=True)
class Source:
    """Where a section's rows come from, and what stands in their columns."""

    rows: str
    columns: dict[str, str]
    shown: int = SHOWN


def _amendments(ours: str) -> Source:
    kinds = (
        ("order_amendment", "order_amendments", "orders", "order_id"),
        ("agreement_amendment", "agreement_amendments", "agreements", "agreement_id"),
    )
    return Source(
        "("
        + " UNION ALL ".join(
            f"SELECT '{kind}' AS kind, a.id, o.id AS parent_id, o.number, a.buyer_id, a.respond_by "
            f"FROM {table} a JOIN {parents} o ON o.id = a.{parent} "
            f"WHERE a.livemode = $1 AND a.status = 'proposed' AND a.proposed_by {ours} a.buyer_id"
            for kind, table, parents, parent in kinds
        )
        + ") x",
        {
            "kind": "x.kind",
            "id": "x.id",
            "parent_id": "x.parent_id",
            "number": "x.number",
            "party_id": "x.buyer_id",
            "respond_by": "x.respond_by",
            "overdue": "x.respond_by < $2",
        },
    )


def _requests(turn: str) -> Source:
    """Open requests; whose turn it is reads as in `quotes.queries`."""
    return Source(
        f"""quote_requests r LEFT JOIN LATERAL (
  SELECT (q.status = 'pending') <> (q.made_by = r.buyer_id) AS buyers FROM quotes q
  WHERE q.request_id = r.id ORDER BY q.round DESC LIMIT 1) turn ON true
WHERE r.livemode = $1 AND r.status = 'open' AND turn.buyers IS {turn} TRUE""",
        {
            "kind": "'quote_request'",
            "id": "r.id",
            "number": "r.number",
            "party_id": "r.buyer_id",
            "respond_by": "r.respond_by",
            "overdue": "r.respond_by < $2",
        },
    )


def _lots(status: LotStatus) -> Source:
    """Lots that must not ride and of which something is still on hand."""
    return Source(
        f"lots l WHERE l.livemode = $1 AND l.status = '{status}' AND l.balance > 0",
        {
            "kind": "'lot'",
            "id": "l.id",
            "number": "l.number",
            "party_id": "l.buyer_id",
            "due_on": "l.best_before_on",
            "quantity": "l.balance",
            "unit": "l.base_unit",
            "overdue": "l.best_before_on < $3",
        },
    )


def _one_of(statuses: set[str]) -> str:
    return ", ".join(f"'{status}'" for status in sorted(statuses))


_IS_OPEN = f"o.status IN ({_one_of({*OPEN})})"
_AGREEMENT = {"kind": "'agreement'", "id": "a.id", "number": "a.number", "party_id": "a.buyer_id"}
_ORDER = {"kind": "'order'", "id": "o.id", "number": "o.number", "party_id": "o.buyer_id"}
_CLAIM = {"kind": "'claim'", "id": "k.id", "number": "k.number", "party_id": "k.buyer_id"}

SOURCES: dict[C, Source] = {
    C.ORDERS_TO_ANSWER: Source(
        "orders o WHERE o.livemode = $1 AND o.status = 'placed'",
        _ORDER | {"respond_by": "o.respond_by", "overdue": "o.respond_by < $2"},
    ),
    C.QUOTE_REQUESTS_TO_ANSWER: _requests("NOT"),
    C.AMENDMENTS_TO_ANSWER: _amendments("="),
    C.CLAIMS_TO_ANSWER: Source(
        "claims k WHERE k.livemode = $1 AND k.status IN ('opened', 'under_review')",
        _CLAIM | {"respond_by": "k.answer_by", "overdue": "k.answer_by < $2"},
    ),
    C.CLAIMS_TO_RESOLVE: Source(
        "claims k WHERE k.livemode = $1 "
        "AND k.status IN ('accepted', 'partly_accepted', 'deemed_accepted')",
        _CLAIM,
    ),
    C.SHIPMENTS_REFUSED: Source(
        "shipments s WHERE s.livemode = $1 AND s.status = 'refused'",
        {
            "kind": "'shipment'",
            "id": "s.id",
            "number": "s.number",
            "party_id": "s.buyer_id",
            "due_on": "s.promised_on",
            "overdue": "s.promised_on < $3",
        },
    ),
    C.LOTS_QUARANTINED: _lots(LotStatus.QUARANTINED),
    C.LOTS_EXPIRED: _lots(LotStatus.EXPIRED),
    C.LOTS_RECALLED: _lots(LotStatus.RECALLED),
    C.LINES_UNALLOCATED: Source(
        f"""order_lines l JOIN orders o ON o.id = l.order_id
WHERE l.livemode = $1 AND l.deliver_on BETWEEN $3 AND $3 + {UNALLOCATED_DAYS} AND {_IS_OPEN}
  AND l.done_at IS NULL AND l.confirmed + l.over - l.short_closed > l.allocated""",
        _ORDER
        | {
            "kind": "'order_line'",
            "id": "l.id",
            "parent_id": "o.id",
            "due_on": "l.deliver_on",
            "quantity": "l.confirmed + l.over - l.short_closed - l.allocated",
            "unit": "l.base_unit",
        },
    ),
    C.ORDERS_LATE: Source(
        f"""orders o CROSS JOIN LATERAL (
  SELECT min(l.deliver_on) AS due_on FROM order_lines l
  WHERE l.order_id = o.id AND l.done_at IS NULL AND l.confirmed > 0 AND l.deliver_on < $3) late
WHERE o.livemode = $1 AND {_IS_OPEN} AND late.due_on IS NOT NULL""",
        _ORDER | {"due_on": "late.due_on", "overdue": "true"},
    ),
    C.ALLOCATIONS_AT_SELLERS: Source(
        """allocations a JOIN orders o ON o.id = a.order_id
WHERE a.livemode = $1 AND a.status = 'offered'""",
        {
            "kind": "'allocation'",
            "id": "a.id",
            "parent_id": "a.order_id",
            "number": "o.number",
            "party_id": "a.seller_id",
            "respond_by": "a.respond_by",
            "due_on": "a.deliver_on",
            "quantity": "a.quantity",
            "unit": "a.base_unit",
            "overdue": "a.respond_by < $2",
        },
    ),
    C.QUOTE_REQUESTS_AT_BUYERS: _requests(""),
    C.AMENDMENTS_AT_BUYERS: _amendments("<>"),
    C.AGREEMENTS_AT_BUYERS: Source(
        "agreements a WHERE a.livemode = $1 AND a.status = 'proposed'",
        _AGREEMENT | {"respond_by": "a.respond_by", "overdue": "a.respond_by < $2"},
    ),
    C.AGREEMENTS_ENDING: Source(
        f"""agreements a WHERE a.livemode = $1 AND a.status IN ({_one_of({*BINDING})})
AND a.ends_on <= $3::date + {ENDING_DAYS}""",
        _AGREEMENT | {"due_on": "a.ends_on"},
    ),
    C.QUOTA_FULLEST: Source(
        """agreements a JOIN agreement_lines g ON g.agreement_id = a.id
JOIN commodities c ON c.id = g.commodity_id
JOIN quota_periods p ON p.line_id = g.id AND $3 BETWEEN p.period_start AND p.period_end
CROSS JOIN LATERAL (SELECT p.quota + p.overdraw + p.carried_in - p.carried_out AS whole) q
WHERE a.livemode = $1 AND a.status = 'active' AND q.whole > 0""",
        _AGREEMENT
        | {
            "kind": "'agreement_line'",
            "id": "g.id",
            "parent_id": "a.id",
            "due_on": "p.period_end",
            "quantity": "q.whole - p.reserved - p.consumed",
            "unit": "c.base_unit",
            "used": "round((p.reserved + p.consumed) / q.whole, 4)",
        },
        FULLEST,
    ),
    C.PRICES_STALE: Source(
        f"""price_series s LEFT JOIN LATERAL (
  SELECT r.read_on FROM price_readings r WHERE r.series_id = s.id
  ORDER BY r.read_on DESC LIMIT 1) newest ON true
WHERE (newest.read_on IS NULL OR newest.read_on < $3::date - {STALE_DAYS}) AND s.id IN (
  SELECT t.series_id FROM agreements a JOIN agreement_terms t ON t.agreement_id = a.id
  WHERE a.livemode = $1 AND a.status = 'active' AND NOT EXISTS (
    SELECT FROM agreement_terms n
    WHERE n.line_id = t.line_id AND n.version > t.version AND n.valid_from <= $3))""",
        {
            "kind": "'price_series'",
            "id": "s.id",
            "number": "s.code",
            "due_on": f"newest.read_on + {STALE_DAYS}",
            "overdue": "true",
        },
    ),
}


def _section(code: C, source: Source) -> str:
    said = ", ".join(
        f"({source.columns.get(name, 'NULL')})::{kind} AS {name}" for name, kind in _COLUMNS.items()
    )
    return f"""(SELECT '{code}' AS section, count(*) OVER () AS count,
  count(*) FILTER (WHERE x.overdue) OVER () AS overdue_count, x.*
FROM (SELECT {said} FROM {source.rows}) x
ORDER BY x.used DESC, x.respond_by, x.due_on NULLS FIRST, x.id LIMIT {source.shown})"""


_ALL = f"""
SELECT w.*, p.name AS party FROM (
{" UNION ALL ".join(_section(code, source) for code, source in SOURCES.items())}
) w LEFT JOIN parties p ON p.id = w.party_id
ORDER BY w.section, w.used DESC, w.respond_by, w.due_on NULLS FIRST, w.id
"""


async def waiting(tx: Tx) -> Sequence[asyncpg.Record]:
    """The most urgent rows of each section; each row says how many its section has.

    A section without rows has nothing in it.
    """
    return await tx.sql(_ALL, tx.actor.livemode, tx.now, tx.today)
