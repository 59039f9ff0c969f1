"""Gathering: what is true of a subject now, as the content of a document about it.

Everything is read with the hub's eyes: what a document tells whom was decided with its kind (see
`contents`), not by who asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from app.core.ids import encode
from app.core.quantity import UNITS
from app.core.text import Language
from app.db.tx import Tx
from app.shipments.documents import queries, rules
from app.shipments.documents.contents import (
    Amount,
    Bast,
    Label,
    Load,
    LoadList,
    Lot,
    LotLabel,
    Place,
    Stop,
    SuratJalan,
    Vehicle,
    Verdict,
)
from app.shipments.legs import queries as legs
from app.shipments.states import GoodsReceiptStatus

_SIGNED = {GoodsReceiptStatus.SIGNED: "signed", GoodsReceiptStatus.DEEMED_SIGNED: "deemed_signed"}


class Asked(NamedTuple):
    """What is the same in every document of one request."""

    language: Language
    replaces: str | None
    address: str
    """where people reach the service: what a QR code leads to"""


def _common(tx: Tx, asked: Asked, hub: str) -> dict[str, Any]:
    return {
        "issued_at": tx.now,
        "language": asked.language,
        "livemode": tx.actor.livemode,
        "hub": hub,
        "replaces": asked.replaces,
    }


async def surat_jalan(tx: Tx, asked: Asked, shipment_id: UUID) -> SuratJalan:
    """The delivery note of a shipment."""
    row = await queries.shipment(tx, shipment_id)
    return SuratJalan(
        **_common(tx, asked, row["hub"]),
        shipment=row["number"],
        tracking_code=row["tracking_code"],
        tracking_url=_tracked(asked, row["tracking_code"]),
        origin=row["from_region"],
        receiver=row["receiver"],
        destination=Place(name=row["to_name"], region=row["to_region"]),
        vehicle=_vehicle(row),
        temperature=(row["temperature_min"], row["temperature_max"]),
        lots=[_lot(lot) for lot in await queries.shipped(tx, shipment_id, asked.language)],
    )


async def list_of_shipment(tx: Tx, asked: Asked, shipment_id: UUID) -> LoadList:
    """The load list of a shipment: all of it in at one place, and out at the other."""
    row = await queries.shipment(tx, shipment_id)
    lots = await queries.shipped(tx, shipment_id, asked.language)
    loads = [_of_lot(lot) for lot in lots]
    ways = [(row["from_place"], loads, []), (f"{row['to_name']}, {row['to_region']}", [], loads)]
    return LoadList(
        **_common(tx, asked, row["hub"]),
        about=row["number"],
        vehicle=_vehicle(row),
        capacity=None,
        depart_at=None,
        stops=[
            Stop(
                place=Place(name=place, region=None),
                arrive=(None, None),
                note=None,
                loads=loaded,
                unloads=unloaded,
            )
            for place, loaded, unloaded in ways
        ],
    )


async def list_of_leg(tx: Tx, asked: Asked, leg_id: UUID) -> LoadList:
    """The load list of a leg, stop by stop. What does not come after all is not on it."""
    row = await queries.leg(tx, leg_id)
    riding = [load for load in await legs.loads(tx, [leg_id]) if not load["gone"]]
    farms = {load["allocation_id"] for load in riding} - {None}
    collected = await queries.collected(tx, farms)
    loads = [(load, _riding(load, collected, asked.language)) for load in riding]
    return LoadList(
        **_common(tx, asked, row["hub"]),
        about=row["number"],
        vehicle=_vehicle(row),
        capacity=row["capacity_kg"],
        depart_at=row["depart_at"],
        stops=[
            Stop(
                place=Place(name=stop["place"], region=None),
                arrive=(stop["window_from"], stop["window_until"]),
                note=stop["note"],
                loads=[said for load, said in loads if load["from_position"] == stop["position"]],
                unloads=[said for load, said in loads if load["to_position"] == stop["position"]],
            )
            for stop in await legs.stops(tx, leg_id)
        ],
    )


def _riding(load: Any, collected: Mapping[UUID, Any], language: Language) -> Load:
    """A share of an order to collect, or a shipment, which is loaded as a whole."""
    name = "name_id" if language == "id" else "name"
    known = collected.get(load["allocation_id"])
    sorts = dict.fromkeys(goods[name] for goods in load["goods"] or [])
    return Load(
        reference=known["number"] if known else load["number"],
        goods=load[name] if known else ", ".join(sorts),
        grade=known["grade"] if known else None,
        quantity=_amount(load["quantity"], load["unit"]),
        lots=load["lots"],
        kilograms=None if load["unweighed"] else load["kg"],
    )


async def labels(tx: Tx, asked: Asked, lot_ids: list[UUID]) -> LotLabel:
    """A label for each of some lots. Raises NotPossible for goods that must not go out, or have."""
    rows = await queries.labelled(tx, lot_ids, asked.language)
    rules.check_labels(rows)
    return LotLabel(
        **_common(tx, asked, rows[0]["hub"]),
        labels=[
            Label(
                **_lot(row).model_dump(),
                produced_on=row["produced_on"],
                best_before_on=row["best_before_on"],
                origin=row["origin"],
                qr=_followed(asked, row, follows=tx.actor.hub),
            )
            for row in rows
        ],
    )


async def bast(tx: Tx, asked: Asked, receipt: Row[Any]) -> Bast:
    """The hand-over that a goods receipt records."""
    row = await queries.shipment(tx, receipt.shipment_id)
    lines = await queries.judged(tx, receipt.id, asked.language)
    return Bast(
        **_common(tx, asked, row["hub"]),
        receipt=receipt.number,
        shipment=row["number"],
        origin=row["from_region"],
        receiver=row["receiver"],
        destination=Place(name=row["to_name"], region=row["to_region"]),
        vehicle=_vehicle(row),
        delivered_at=row["delivered_at"],
        posted_at=receipt.posted_at,
        sign_by=receipt.sign_by,
        signed=_SIGNED.get(receipt.status, "no"),
        signed_at=receipt.signed_at,
        lines=[_verdict(line) for line in lines],
    )


def _tracked(asked: Asked, code: str) -> str:
    return f"{asked.address}/t/{code}"


def _followed(asked: Asked, lot: Any, *, follows: bool) -> str:
    """Where the code on a label leads: to the way of the goods, or, before it, to the lot.

    A seller that prints a label again is not told of the buyer's shipment by it.
    """
    if follows and lot["tracking_code"] is not None:
        return _tracked(asked, lot["tracking_code"])
    return f"{asked.address}/v1/lots/{encode('lot', lot['id'])}"


def _vehicle(row: Any) -> Vehicle:
    return Vehicle(
        carrier=row["carrier"] or row["hub"],
        plate=row["vehicle_plate"],
        kind=row["vehicle_kind"],
        driver=row["driver_name"],
    )


def _amount(value: Decimal | None, unit: str | None) -> Amount | None:
    return None if value is None or unit is None else Amount(value=value, unit=unit)


def _lot(row: Any) -> Lot:
    return Lot(
        number=row["number"],
        goods=row["goods"],
        grade=row["grade"],
        quantity=Amount(value=row["quantity"], unit=row["base_unit"]),
        count=row["count"],
    )


def _of_lot(row: Any) -> Load:
    weighed = UNITS[row["base_unit"]].in_kg
    return Load(
        reference=row["number"],
        goods=row["goods"],
        grade=row["grade"],
        quantity=_amount(row["quantity"], row["base_unit"]),
        lots=None,
        kilograms=None if weighed is None else row["quantity"] * weighed,
    )


def _verdict(row: Any) -> Verdict:
    said = dict(row.items())
    return Verdict(unit=said.pop("base_unit"), **said)
