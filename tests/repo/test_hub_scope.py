"""Who steps over the wall between parties, and why. A new caller is a decision, made here."""

from __future__ import annotations

import ast
from pathlib import Path

APP = Path(__file__).parents[2] / "app"

REVIEWED = {
    "agreements.amendments.commands.confirm": "the other side consents; the quota that changes is "
    "the hub's promise, which a buyer may not write for itself",
    "agreements.commands.turn.confirm": "the buyer consents; the quota it opens is the hub's "
    "promise, which a buyer may not write for itself",
    "agreements.commands.write.create_agreed": "the buyer accepts a quote; the quota it opens is "
    "the hub's promise",
    "allocation.commands.answer._held": "what a seller gives back goes to other sellers' offers, "
    "for an order that is the buyer's",
    "allocation.decisions.router.supply_offer_decisions": "a seller reads why its own offer was "
    "asked or not; runs are the hub's, and of others only sums leave",
    "allocation.supply_requests.commands.answer": "what a seller gives back goes to other sellers' "
    "offers, for orders that are buyers'",
    "desk.reciprocal.router.agreement_reciprocal": "what a linked agreement came to is shown to both "
    "buyers, who consented to the link: sums, and no orders",
    "orders.amendments.commands._planned": "what an amendment of an order would do is shown and done "
    "to sellers' shares of it, and to the stock of listings it names",
    "orders.progress.settle": "a receipt that completes a line frees what sellers still hold "
    "for it",
    "orders.commands.listed.listed_lines": "an order names goods of other parties' listings and "
    "reserves their stock",
    "catalog.variants.router.listing_availability": "what stands on the shelf can be had by "
    "whoever asks, whoever sells it",
    "orders.commands.end.cancel": "what an ended order held lies in sellers' offers and lots",
    "shipments.documents.commands.issue": "a document names the hub, the buyer, the carrier and the "
    "goods; what it tells whom is decided by its kind, and its number follows one it may not see",
    "shipments.lots.commands.weigh.create": "weighing moves the buyer's order line and the hub's run",
    "shipments.shipments.commands.ends.refuse": "a carrier cannot refuse what its buyer has received, "
    "and may not see that receipt",
    "shipments.telemetry.commands.record": "all shipments of a batch were found among those that the "
    "caller carries; to ask again for each of ten thousand readings would cost more than storing them",
    "shipments.recalls.shown.read": "how much of a buyer's goods is recalled follows from sellers' "
    "shares; only its own shipments and sums are shown",
    "shipments.trace.router.lot_trace": "the way of goods leads through lots of other sellers; of "
    "those a seller is shown nothing, and a buyer no names",
    "shipments.legs.driving._held": "a driver moves the shipments of many buyers on its truck, "
    "their orders and the sellers' allocations",
    "shipments.legs.shown.read": "a load list names goods of many sellers and shipments of many "
    "buyers; what its reader may not know is left out",
    "shipments.shipments.commands.road.dispatch": "the carrier sets the buyer's order and the sellers' "
    "allocations going",
}


def callers() -> set[str]:
    found = set()
    for file in sorted(APP.rglob("*.py")):
        module = ".".join(file.relative_to(APP).with_suffix("").parts)
        for function in ast.walk(ast.parse(file.read_text())):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if any(
                isinstance(node, ast.Attribute) and node.attr == "as_hub"
                for node in ast.walk(function)
            ):
                found.add(f"{module}.{function.name}")
    return found


def test_every_crossing_of_parties_is_reviewed() -> None:
    assert callers() == set(REVIEWED)


def test_nobody_sets_the_scope_by_hand() -> None:
    """`as_hub` and entering are the only places where the wall's settings are written."""
    writers = {
        str(file.relative_to(APP)) for file in APP.rglob("*.py") if "btc.scope" in file.read_text()
    }
    assert writers == {"access/enter.py", "db/tx.py"}
