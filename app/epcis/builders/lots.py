"""What happens to lots: made, received, divided and joined, looked at, held, given back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg

from app.core.ids import decode
from app.epcis.builders.said import (
    Builder,
    Fed,
    Said,
    Withdrawn,
    gone,
    goods,
    home,
    hub_place,
    whereabouts,
)
from app.epcis.facts import Facts, Lot
from app.epcis.story import Goods, Happened, plain_number

_STEPS = {"downgrade": "inspecting", "reject": "inspecting", "hold": "inspecting"}
"""The business step of goods that go from lot to lot; of all others `repackaging`."""
_JUDGED = {
    "hold": ("holding", "non_sellable_other"),
    "reject": ("inspecting", "non_conformant"),
}
"""Step and disposition of goods that do not go on."""
_FREED = {
    "expected": ("inspecting", "conformant"),
    "available": ("inspecting", "conformant"),
    "depleted": ("inspecting", "conformant"),
    "quarantined": ("holding", "non_sellable_other"),
}
"""The same of goods whose recall was lifted, by what the lot is then; of others nothing is new."""


def commissioned(fed: Fed, facts: Facts) -> Iterator[Said]:
    """Goods became a lot: this much, made on that day."""
    lot = facts.lots[fed.object_id]
    place = hub_place(facts) if lot.made_at == "hub" else home(facts, lot)
    ilmd: dict[str, Any] = {
        "cbvmda:lotNumber": lot.number,
        "btc:goods": lot.name,
        "btc:producedOn": lot.produced_on.isoformat(),
    }
    if lot.grade:
        ilmd["btc:grade"] = lot.grade
    if lot.best_before_on:
        ilmd["cbvmda:bestBeforeDate"] = lot.best_before_on.isoformat()
    if lot.count:
        ilmd["btc:pieces"] = lot.count
    yield Happened(
        kind="ObjectEvent",
        at=fed.at,
        step="commissioning",
        action="ADD",
        disposition="active",
        fact_id=lot.id,
        buyer_id=lot.buyer_id,
        told_buyer=gone(lot, fed.at),
        goods=(goods(facts, lot, Decimal(fed.data["quantity"])),),
        read_point=place,
        location=place,
        ilmd=ilmd,
    )


def observed(
    fed: Fed, facts: Facts, *, step: str, disposition: str, action: str = "OBSERVE"
) -> Iterator[Said]:
    """A lot as it stands changes its disposition."""
    lot = facts.lots[fed.object_id]
    yield _seen(fed, facts, lot, step, disposition, action=action)


def _seen(fed: Fed, facts: Facts, lot: Lot, step: str, disposition: str, **more: Any) -> Happened:
    quantity = more.pop("quantity", facts.balances.get((lot.id, fed.at)))
    fields: dict[str, Any] = {"action": "OBSERVE", "fact_id": lot.id} | more
    place = None if gone(lot, fed.at) else whereabouts(facts, lot, fed.at)
    return Happened(
        kind="ObjectEvent",
        at=fed.at,
        step=step,
        disposition=disposition,
        buyer_id=lot.buyer_id,
        told_buyer=gone(lot, fed.at),
        goods=(goods(facts, lot, quantity),),
        read_point=place,
        location=place,
        **fields,
    )


def inspected(fed: Fed, facts: Facts) -> Iterator[Said]:
    """A sample was taken: conformant if all was accepted, not if nothing was."""
    found = facts.inspections.get((fed.object_id, fed.at))
    if found is None:
        return
    lot = facts.lots[fed.object_id]
    accepted = {line.get("verdict") == "accept" for line in found["verdict"]}
    disposition = "in_progress"
    if len(accepted) == 1:
        disposition = "conformant" if accepted.pop() else "non_conformant"
    more = {"sample": plain_number(found["sample"]), "sampleUnit": found["sample_unit"]}
    yield _seen(
        fed,
        facts,
        lot,
        "inspecting",
        disposition,
        fact_id=found["id"],
        quantity=facts.balances.get((lot.id, fed.at)),
        more=more,
    )


def worked(fed: Fed, facts: Facts) -> Iterator[Said]:
    """What was done to goods of this lot, told once though several lots took part in it."""
    named = fed.data.get("event_id")
    event = facts.done.pop(decode("lev", named), None) if named else None
    if event is not None:
        yield from _worked(fed, facts, event)


def _worked(fed: Fed, facts: Facts, event: asyncpg.Record) -> Iterator[Said]:
    if event["kind"] == "undo":
        yield Withdrawn(event["undoes"], event["at"], "did_not_occur")
        return
    links = [row for row in facts.links.get(event["id"], ()) if row["parent_lot_id"]]
    made = _sums(facts, (row for row in links if row["child_lot_id"]), "child_lot_id")
    if made:
        yield _transformed(facts, event, links, made)
    about = [(one.lot_id, one.quantity) for one in made]
    if not made:
        about = [(fed.object_id, facts.balances.get((fed.object_id, fed.at)))]
    more: dict[str, Any] = {"more": {"reason": event["reason"]}} if event["reason"] else {}
    more["fact_id"] = event["id"]
    match event["kind"]:
        case "hold" | "reject" as kind:
            words = _JUDGED[kind]
            for lot_id, quantity in about:
                yield _seen(fed, facts, facts.lots[lot_id], *words, quantity=quantity, **more)
        case "receive" | "adjust" | "shrink" as kind:
            yield _weighed(fed, facts, event["id"], kind, more)


def _transformed(
    facts: Facts, event: asyncpg.Record, links: list[asyncpg.Record], outputs: tuple[Goods, ...]
) -> Happened:
    """Goods of some lots are in other lots now; what is lost is in none."""
    inputs = _sums(facts, links, "parent_lot_id")
    lost = _sums(facts, (row for row in links if not row["child_lot_id"]), "parent_lot_id")
    made = facts.lots[outputs[0].lot_id]
    place = whereabouts(facts, made, event["at"])
    return Happened(
        kind="TransformationEvent",
        at=event["at"],
        step=_STEPS.get(event["kind"], "repackaging"),
        disposition="in_progress",
        fact_id=event["id"],
        buyer_id=made.buyer_id,
        told_buyer=gone(made, event["at"]),
        goods=inputs,
        outputs=outputs,
        read_point=place,
        location=place,
        goods_more={"loss": lost} if lost else {},
        more={"reason": event["reason"]} if event["reason"] else {},
    )


def _sums(facts: Facts, links: Iterable[asyncpg.Record], side: str) -> tuple[Goods, ...]:
    """Of each lot on one side what went, and whose it is."""
    parts: dict[UUID, dict[UUID, Decimal]] = {}
    for row in links:
        of = parts.setdefault(row[side], {})
        of[row["seller_id"]] = of.get(row["seller_id"], Decimal(0)) + row["quantity"]
    found = []
    for lot_id, whose in sorted(parts.items()):
        lot = facts.lots[lot_id]
        uri = facts.refer.lot(lot.item, lot.number)
        found.append(Goods(lot_id, uri, lot.unit, sum(whose.values(), Decimal(0)), dict(whose)))
    return tuple(found)


def _weighed(fed: Fed, facts: Facts, event_id: UUID, kind: str, more: dict[str, Any]) -> Happened:
    """A lot on the scale again: what there is now, and what is missing of it."""
    lot = facts.lots[fed.object_id]
    moved = facts.moved.get(event_id, ())
    lost = sum((row["quantity"] for row in moved if row["kind"] == "lose"), Decimal(0))
    if kind == "shrink" and lost:
        gone_for_good = {"action": "DELETE", "quantity": lost}
        return _seen(fed, facts, lot, "decommissioning", "inactive", **gone_for_good, **more)
    step = "receiving" if kind == "receive" else "cycle_counting"
    missing = {"goods_more": {"loss": (goods(facts, lot, lost),)}} if lost else {}
    return _seen(fed, facts, lot, step, "in_progress", **missing, **more)


def received(fed: Fed, facts: Facts) -> Iterator[Said]:
    """A lot has come in from its collection leg and was weighed."""
    if "event_id" in fed.data:
        yield from worked(fed, facts)
    else:
        yield from observed(fed, facts, step="receiving", disposition="in_progress")


def held(fed: Fed, facts: Facts) -> Iterator[Said]:
    """A lot, or a part of it, waits for a decision."""
    if "event_id" in fed.data:
        yield from worked(fed, facts)
    else:
        yield from observed(fed, facts, step="holding", disposition="non_sellable_other")


def recalled(fed: Fed, facts: Facts) -> Iterator[Said]:
    """Goods must not be eaten, wherever they are now."""
    for row in facts.recalled.get(fed.object_id, ()):
        more = {"recall": row["number"], "reason": row["reason"]}
        yield _of_recall(fed, facts, row, "holding", "recalled", more)


def lifted(fed: Fed, facts: Facts) -> Iterator[Said]:
    """Goods are again what they were; what another recall holds, or may not go on, is not told."""
    for row in facts.recalled.get(fed.object_id, ()):
        words = _FREED.get(facts.lifted.get((fed.object_id, row["lot_id"]), ""))
        if words is not None:
            yield _of_recall(fed, facts, row, *words, {"recall": row["number"]})


def _of_recall(
    fed: Fed, facts: Facts, row: Any, step: str, disposition: str, more: dict[str, Any]
) -> Happened:
    lot = facts.lots[row["lot_id"]]
    of = Fed(fed.type, lot.id, fed.at, {})
    said: dict[str, Any] = {"fact_id": fed.object_id, "quantity": row["quantity"], "more": more}
    return _seen(of, facts, lot, step, disposition, **said)


BUILDERS: dict[str, Builder] = {
    **dict.fromkeys(
        (
            "lot.merged",
            "lot.split",
            "lot.repacked",
            "lot.downgraded",
            "lot.rejected",
            "lot.shrunk",
            "lot.adjusted",
            "lot.made",
            "lot.undone",
        ),
        worked,
    ),
    "lot.created": commissioned,
    "lot.received": received,
    "lot.inspected": inspected,
    "lot.held": held,
    "lot.cleared": partial(observed, step="inspecting", disposition="conformant"),
    "lot.expired": partial(observed, step="holding", disposition="expired"),
    "lot.given_back": partial(observed, step="shipping", disposition="returned"),
    "recall.created": recalled,
    "recall.lifted": lifted,
}
