"""An event as a row: its body, and the columns that the standard's queries ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from app.core.ids import new_id
from app.db.tx import Tx
from app.epcis import vocabulary as words
from app.epcis.canonical import canonical

Body = Mapping[str, Any]

COLUMNS = (
    "id, party_id, captured, event_id, declared, kind, action, event_time, record_time, biz_step, "
    "disposition, persistent_set, persistent_unset, read_point, biz_location, transformation_id, "
    "parent_id, epcs, input_epcs, output_epcs, epc_classes, input_classes, output_classes, "
    "quantities, transactions, sources, destinations, error_time, error_reason, corrective_ids, "
    "fact_id, lot_ids, body, livemode"
)
NAMES = """
epcs || input_epcs || output_epcs || epc_classes || input_classes || output_classes || transactions
  || array_remove(ARRAY[parent_id], NULL) || ARRAY(SELECT 'lot|' || l FROM unnest(lot_ids) AS l)
"""
"""What a row is found by in `epcis_names`."""

_INSERT = f"""
WITH said AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS e(id uuid, party_id uuid, captured boolean,
  event_id text, declared boolean, kind text, action text, event_time timestamptz,
  record_time timestamptz, biz_step text, disposition text, persistent_set text[],
  persistent_unset text[], read_point text, biz_location text, transformation_id text,
  parent_id text, epcs text[], input_epcs text[], output_epcs text[], epc_classes text[],
  input_classes text[], output_classes text[], quantities numeric[],
  transactions text[], sources text[], destinations text[], error_time timestamptz,
  error_reason text, corrective_ids text[], fact_id uuid, lot_ids uuid[], body jsonb,
  livemode boolean)
), kept AS (
  INSERT INTO epcis_events ({COLUMNS}) SELECT {COLUMNS} FROM said
  ON CONFLICT DO NOTHING RETURNING id
), named AS (
  INSERT INTO epcis_names (name, row_id, party_id, livemode)
  SELECT DISTINCT name, id, party_id, livemode
  FROM said JOIN kept USING (id), unnest({NAMES}) AS name
)
SELECT id FROM kept
"""


async def store(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Store *rows*; the ids of those that were not there already."""
    if not rows:
        return set()
    found = await tx.sql(_INSERT, orjson.dumps(rows, default=str).decode())
    return {row["id"] for row in found}


def row(
    body: Body,
    *,
    party_id: UUID | None,
    captured: bool,
    now: datetime,
    livemode: bool,
    fact_id: UUID | None = None,
    lot_ids: Sequence[UUID] = (),
) -> dict[str, Any]:
    """The row of an event that names itself (`eventID`), as told to *party_id*."""
    error = body.get("errorDeclaration", {})
    return _searched(body) | {
        "id": new_id(),
        "party_id": party_id,
        "captured": captured,
        "event_id": body["eventID"],
        "declared": bool(error),
        "kind": body["type"],
        "action": body.get("action"),
        "event_time": body["eventTime"],
        "record_time": now,
        "transformation_id": body.get("transformationID"),
        "error_time": error.get("declarationTime"),
        "error_reason": error_reason(error["reason"]) if "reason" in error else None,
        "corrective_ids": error.get("correctiveEventIDs", []),
        "fact_id": fact_id,
        "lot_ids": list(lot_ids),
        "body": dict(body),
        "livemode": livemode,
    }


def _searched(body: Body) -> dict[str, Any]:
    persistent = body.get("persistentDisposition", {})
    epcs = keys_of(body.get("epcList", []) + body.get("childEPCs", []))
    inputs, outputs = keys_of(body.get("inputEPCList", [])), keys_of(body.get("outputEPCList", []))
    classes = _classes(body, "quantityList", "childQuantityList")
    in_classes, out_classes = (
        _classes(body, "inputQuantityList"),
        _classes(body, "outputQuantityList"),
    )
    return {
        "biz_step": step(body["bizStep"]) if "bizStep" in body else None,
        "disposition": disposition(body["disposition"]) if "disposition" in body else None,
        "persistent_set": [disposition(one) for one in persistent.get("set", [])],
        "persistent_unset": [disposition(one) for one in persistent.get("unset", [])],
        "read_point": canonical(body["readPoint"]["id"]) if "readPoint" in body else None,
        "biz_location": canonical(body["bizLocation"]["id"]) if "bizLocation" in body else None,
        "parent_id": canonical(body["parentID"]) if "parentID" in body else None,
        "epcs": epcs,
        "input_epcs": inputs,
        "output_epcs": outputs,
        "epc_classes": classes,
        "input_classes": in_classes,
        "output_classes": out_classes,
        "quantities": [str(quantity) for quantity in quantities(body)],
        "transactions": [
            typed(transaction_type(one.get("type", "")), one["bizTransaction"])
            for one in body.get("bizTransactionList", [])
        ],
        "sources": _parties(body, "source"),
        "destinations": _parties(body, "destination"),
    }


_QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


def quantities(body: Body) -> list[Decimal]:
    """Every quantity that an event says."""
    return [
        Decimal(str(one["quantity"]))
        for name in _QUANTITIES
        for one in body.get(name, [])
        if "quantity" in one
    ]


def keys_of(uris: Iterable[str]) -> list[str]:
    """What *uris* are found by: their canonical form, and the trade item of lots and pieces."""
    found: set[str] = set()
    for uri in map(canonical, uris):
        found |= {uri, item_of(uri)}
    return sorted(found)


def item_of(uri: str) -> str:
    """The trade item of a lot or a piece of it; anything else is what it is."""
    for finer in ("/10/", "/21/"):
        if uri.startswith("https://id.gs1.org/01/") and finer in uri:
            return uri.partition(finer)[0]
    return uri


def _classes(body: Body, *names: str) -> list[str]:
    return keys_of(one["epcClass"] for name in names for one in body.get(name, []))


def _parties(body: Body, side: str) -> list[str]:
    return [typed(source_type(one["type"]), one[side]) for one in body.get(f"{side}List", [])]


def typed(kind: str, uri: str) -> str:
    """A transaction, source or destination as it is looked for: type and what is of it."""
    return f"{kind}|{canonical(uri)}"


def step(text: str) -> str:
    """A business step's bare word."""
    return words.bare(text, words.BIZ_STEPS, words.STEP)


def disposition(text: str) -> str:
    """A disposition's bare word."""
    return words.bare(text, words.DISPOSITIONS, words.DISPOSITION)


def transaction_type(text: str) -> str:
    """A transaction type's bare word."""
    return words.bare(text, words.TRANSACTIONS, words.TRANSACTION)


def source_type(text: str) -> str:
    """The bare word of a source's or destination's type."""
    return words.bare(text, words.SOURCES, words.SOURCE)


def error_reason(text: str) -> str:
    """The bare word of why an event is declared an error."""
    return words.bare(text, words.ERROR_REASONS, words.ERROR)
