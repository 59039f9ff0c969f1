"""What arrives: the load is received and unpacked, its goods are accepted or not."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import asyncpg

from app.epcis.builders.said import Builder, Fed, Said, Withdrawn, goods, transaction
from app.epcis.builders.shipments import aggregated, end, of_unit, orders_of
from app.epcis.facts import Facts
from app.epcis.story import Goods, Happened


def posted(fed: Fed, facts: Facts) -> Iterator[Said]:
    """The receipt says what arrived: all of it or less, and what of that was accepted."""
    receipt = facts.receipts[fed.object_id]
    shipment = facts.shipments[receipt["shipment_id"]]
    lines = facts.received.get(receipt["id"], [])
    place = end(facts, shipment)
    here = {"fact_id": receipt["id"], "read_point": place, "location": place, "told_buyer": True}
    short = _of(facts, lines, "short")
    papers = (
        *orders_of(facts, shipment),
        transaction(facts, "desadv", shipment["number"]),
        transaction(facts, "recadv", receipt["number"]),
    )
    arrived = of_unit(
        facts,
        shipment,
        fed.at,
        "receiving",
        disposition="in_progress",
        persistent="mismatch_quantity" if short else "completeness_verified",
        transactions=papers,
        goods_more={"short": short} if short else {},
        **here,
    )
    came = _of(facts, lines, "received")
    unpacked = aggregated(facts, shipment, fed.at, "DELETE", **(here | {"goods": came}))
    found = [arrived, unpacked if came else None]
    accepted = _of(facts, lines, "accepted")
    for step, disposition, about in (
        ("accepting", "conformant", accepted),
        ("inspecting", "mismatch_class", _of(facts, lines, "downgraded")),
        ("inspecting", "non_conformant", _of(facts, lines, "rejected")),
    ):
        judged = {"goods": about, "epc": None, "lots": (), "transactions": papers[-1:]}
        found.append(
            of_unit(facts, shipment, fed.at, step, disposition=disposition, **(here | judged))
            if about
            else None
        )
    yield from (one for one in found if isinstance(one, Happened))


def _of(facts: Facts, lines: list[asyncpg.Record], column: str) -> tuple[Goods, ...]:
    """What the receipt's lines say in one column, where they say more than nothing."""
    return tuple(
        goods(facts, facts.lots[line["lot_id"]], line[column])
        for line in lines
        if line[column] > Decimal(0)
    )


def reversed_(fed: Fed, facts: Facts) -> Iterator[Said]:  # noqa: ARG001 - all builders are alike
    """The receipt was wrong; another one takes over."""
    yield Withdrawn(fed.object_id, fed.at, "incorrect_data")


BUILDERS: dict[str, Builder] = {"goods_receipt.posted": posted, "goods_receipt.reversed": reversed_}
