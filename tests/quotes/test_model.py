"""Both sides do whatever they like in any order: a slow model and the service agree throughout."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.quotes.commands import expire
from tests import trade
from tests.api import Api
from tests.quotes.negotiating import NO, Talk, orders_of, post, talk
from tests.worker import at

Action = tuple[str, str, int]
VERBS = ["name", "name", "name", "accept", "decline", "withdraw", "end", "wait"]
actions = st.lists(
    st.tuples(st.sampled_from(VERBS), st.sampled_from(["hub", "buyer"]), st.integers(0, 3)),
    min_size=3,
    max_size=12,
)
OTHER = {"hub": "buyer", "buyer": "hub"}


@dataclass
class Model:
    """What a negotiation is: quotes as (maker, status), whether it is open, and how long it took."""

    status: str = "open"
    waited: timedelta = timedelta(0)
    quotes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def waiting_for(self) -> str | None:
        """Whose word is awaited."""
        if self.status != "open":
            return None
        if not self.quotes:
            return "hub"
        maker, status = self.quotes[-1]
        return OTHER[maker] if status == "pending" else maker

    def set_last(self, status: str) -> bool:
        """The pending quote becomes *status*; whether there was one."""
        if not self.quotes or self.quotes[-1][1] != "pending":
            return False
        self.quotes[-1] = (self.quotes[-1][0], status)
        return True

    def may(self, verb: str, side: str, n: int) -> bool:
        """Whether *side* may do *verb* with the *n*-th quote."""
        maker, status = self.quotes[n]
        return status == "pending" and (maker == side) == (verb == "withdraw")


async def act(model: Model, action: Action, talked: Talk, app: Any) -> None:
    """Do *action* in the service and in the model; their answers must agree."""
    verb, side, which = action
    api: Api = talked.hub if side == "hub" else talked.market.api
    if verb == "name":
        answer = await api.post(f"{talked.path}/quotes", talked.terms((100, 29000)))
        assert answer.status_code == (201 if model.status == "open" else 409), answer.text
        if model.status == "open":
            model.set_last("superseded")
            model.quotes.append((side, "pending"))
    elif verb == "end":
        ending = "close" if side == "hub" else "cancel"
        answer = await api.post(f"{talked.path}/{ending}", {"reason": "other"})
        assert answer.status_code == (200 if model.status == "open" else 409), answer.text
        if model.status == "open":
            model.set_last("superseded")
            model.status = {"close": "closed", "cancel": "cancelled"}[ending]
    elif verb == "wait":
        model.waited += timedelta(days=30)
        while await at(app, model.waited, expire):
            pass  # others of this database are overdue too
        if model.status == "open" and not model.set_last("expired"):
            model.status = "expired"
    elif model.quotes:
        n = which % len(model.quotes)
        await _answer(model, verb, side, n, api, await talked.now())


async def _answer(model: Model, verb: str, side: str, n: int, api: Api, seen: Any) -> None:
    answer = await post(api, seen["quotes"][n], verb, NO if verb == "decline" else {})
    possible = model.may(verb, side, n)
    assert answer.status_code == (200 if possible else 409), answer.text
    if possible:
        model.set_last({"accept": "accepted", "decline": "declined"}.get(verb, "withdrawn"))
        if verb == "accept":
            model.status = "closed"


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(sequence=actions)
async def test_a_negotiation_is_what_the_model_says(
    sequence: list[Action], hub: Api, app: Any
) -> None:
    # Far enough ahead that a quote may expire several times, each time giving two days more.
    talked = await talk(hub, f"eggs-{uuid4().hex[:12]}", deliver_on=trade.day(399))
    model = Model()
    for action in sequence:
        await act(model, action, talked, app)
        seen = await talked.now()
        assert [(q["made_by"], q["status"]) for q in seen["quotes"]] == model.quotes, sequence
        assert (seen["status"], seen["waiting_for"]) == (model.status, model.waiting_for), sequence
        assert seen["rounds"] == len(model.quotes)
        accepted = [quote for quote in seen["quotes"] if quote["status"] == "accepted"]
        orders = await orders_of(talked)
        assert [order["id"] for order in orders] == [quote["order_id"] for quote in accepted]
