"""The quota through any life of orders: a slow model and the service agree after every action.

Promise: quota = left + reserved (+ consumed), whatever is placed, confirmed in part, declined,
cancelled or refused, in any order; and counters equal movements.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import reconcile
from tests import trade
from tests.api import Api, kg

QUOTA = 1000

Action = tuple[str, int, int]
actions = st.lists(
    st.tuples(
        st.sampled_from(["place", "place", "place", "confirm", "decline", "cancel"]),
        st.integers(0, 7),  # which order, among those there are
        st.integers(1, 400),
    ),
    min_size=4,
    max_size=14,
)


@dataclass
class Model:
    """What every order holds, and what state it is in."""

    held: dict[str, int] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)

    @property
    def reserved(self) -> int:
        """All that is held."""
        return sum(self.held.values())


async def act(model: Model, action: Action, hub: Api, market: trade.Buyer, body: Any) -> None:
    """Do *action* in the service and in the model; their answers must agree."""
    verb, which, amount = action
    if verb == "place":
        await place(model, amount, market, body)
        return
    if not model.held:
        return
    order_id = sorted(model.held)[which % len(model.held)]
    before = model.status[order_id]
    if verb == "confirm":
        promised = min(amount, model.held[order_id])
        line = (await hub.read(f"/v1/orders/{order_id}"))["lines"][0]["id"]
        said = {"line_id": line, "quantity": kg(promised), "reason": "no_supply"}
        answer = await hub.post(f"/v1/orders/{order_id}/confirm", {"lines": [said]})
        possible, after, held = before == "placed", "confirmed", promised
    elif verb == "decline":
        answer = await hub.post(f"/v1/orders/{order_id}/decline", {"reason": "other"})
        possible, after, held = before == "placed", "declined", 0
    else:
        answer = await market.api.post(f"/v1/orders/{order_id}/cancel", {"reason": "other"})
        possible, after, held = before in ("placed", "confirmed"), "cancelled", 0
    assert answer.status_code == (200 if possible else 409), (action, before, answer.text)
    if possible:
        model.status[order_id], model.held[order_id] = after, held


async def place(model: Model, amount: int, market: trade.Buyer, body: Any) -> None:
    """Place an order of two lines of the same goods; refused if and only if it does not fit."""
    split = [amount - amount // 3, amount // 3] if amount >= 3 else [amount]
    lines = [body["lines"][0] | {"quantity": kg(part)} for part in split]
    answer = await market.api.post("/v1/orders", body | {"lines": lines})
    fits = model.reserved + amount <= QUOTA
    assert answer.status_code == (201 if fits else 409), answer.text
    if not fits:
        assert answer.json()["left"][0]["left"] == kg(QUOTA - model.reserved)
        return
    order = answer.json()
    if len(split) == 1:
        model.held[order["id"]], model.status[order["id"]] = amount, "placed"
    else:  # only orders of one line are answered line by line here; this one simply stays placed
        await market.api.do(f"/v1/orders/{order['id']}/cancel", {"reason": "other"})


@settings(max_examples=8, suppress_health_check=list(HealthCheck), deadline=None)
@given(sequence=actions)
async def test_quota_is_conserved(sequence: list[Action], hub: Api, app: Any) -> None:
    market = await trade.buyer(hub)
    eggs = await trade.goods(hub, f"eggs-{uuid4().hex[:12]}")
    agreed = await trade.agreement(hub, market, eggs, QUOTA, months=1)
    body = trade.order_body(market, eggs, 1, agreement_id=agreed)
    model = Model()
    for action in sequence:
        await act(model, action, hub, market, body)
        seen = await trade.quota(market.api, agreed)
        assert seen["reserved"] == kg(model.reserved), (action, sequence)
        assert seen["left"] == kg(QUOTA - model.reserved)
    assert not any((await reconcile.drifted(app.state.database)).values())
