"""Licences and suspensions take goods off the shelf and put them back, by the calendar and at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from app.catalog import licences
from app.catalog.licences import LicenceRule
from app.catalog.shelf.gate import hold_daily
from app.core import clock
from app.parties.calendar import lapse, warn_of_expiry
from tests import trade
from tests.api import Api, Party
from tests.catalog.listing_helpers import in_test_world, licensed, listing
from tests.worker import at

pytestmark = pytest.mark.anyio

CHIPS = {"category": "snacks.chips"}


async def days_pass(app: Any, days: float) -> None:
    """The worker's look at the catalogue, *days* from now, in both worlds."""
    for livemode in (True, False):
        for deadline in (lapse, hold_daily, warn_of_expiry):
            while await at(app, timedelta(days=days), deadline, livemode=livemode):
                pass


async def verified(
    hub: Api, seller: Party, kind: str, until: int | None, outcome: str = "valid", since: int = -60
) -> str:
    """A licence of *seller*, good until so many days from now; the path of its verification."""
    body = {"kind": kind, "number": f"CONTOH-{kind}", "valid_from": trade.day(since)}
    if until is not None:
        body["valid_to"] = trade.day(until)
    made = await seller.do(f"/v1/parties/{seller.id}/licences", body)
    path = f"/v1/parties/{seller.id}/licences/{made['id']}/verify"
    await hub.do(path, {"outcome": outcome})
    return path


async def types(seller: Api, *kinds: str) -> list[str]:
    """The types of the seller's events about *kinds* of objects, oldest first."""
    events = (await seller.read("/v1/events", limit="100"))["data"]
    return [e["type"] for e in events if e["type"].partition(".")[0] in kinds]


async def shown(api: Api, made: dict[str, Any]) -> bool:
    """Whether the public sees it, by its id and in its seller's list: both must agree."""
    status = (await api.get(f"/v1/listings/{made['id']}")).status_code
    listed = (await api.read("/v1/listings", seller_id=made["seller"]["id"]))["data"]
    assert (made["id"] in [row["id"] for row in listed]) == (status == 200)
    return bool(status == 200)


async def test_a_licence_that_ends_warns_once_then_blocks_and_its_renewal_unblocks(
    hub: Api, api: Api, app: Any
) -> None:
    seller = await hub.party("seller")
    await licensed(hub, seller, "halal")
    await verified(hub, seller, "pirt", 40)
    made = await listing(seller, hub, "published", **CHIPS)
    craft = await listing(seller, hub, "published", category="crafts")

    await days_pass(app, 9)
    assert (await types(seller, "licence"))[-1] == "licence.verified"
    await days_pass(app, 10)  # 30 days before its last
    await days_pass(app, 11)
    events = (await seller.read("/v1/events", limit="100"))["data"]
    warnings = [e for e in events if e["type"] == "licence.expiring"]
    assert [w["data"]["valid_to"] for w in warnings] == [trade.day(40)]

    await days_pass(app, 40)  # its last day: still good
    assert await shown(api, made)
    assert (await types(seller, "licence"))[-1] == "licence.expiring"
    await days_pass(app, 41)
    assert not await shown(api, made) and await shown(api, craft)
    assert (await types(seller, "licence"))[-2:] == ["licence.expiring", "licence.expired"]
    assert (await types(seller, "listing"))[-1] == "listing.blocked"
    own = await seller.read(f"/v1/listings/{made['id']}")
    assert own["blocked"] == [{"code": "licence_missing", "one_of": ["bpom_md", "pirt"]}]
    assert own["status"] == "published" and not own["sellable"]

    await days_pass(app, 42)  # nothing more to say
    assert (await types(seller, "listing"))[-1] == "listing.blocked"
    assert (await types(seller, "listing")).count("listing.blocked") == 1
    await verified(hub, seller, "bpom_md", None)
    assert await shown(api, made)
    assert (await types(seller, "listing"))[-1] == "listing.unblocked"


async def test_one_licence_takes_over_from_another_without_a_day_off_the_shelf(
    hub: Api, api: Api, app: Any
) -> None:
    seller = await hub.party("seller")
    await licensed(hub, seller, "halal")
    await verified(hub, seller, "pirt", 5)
    await verified(hub, seller, "bpom_md", None, since=6)
    made = await listing(seller, hub, "published", **CHIPS)
    for day in (5, 6, 7):
        await days_pass(app, day)
        assert await shown(api, made)
    assert "listing.blocked" not in await types(seller, "listing")


async def test_a_licence_that_the_hub_withdraws_blocks_at_once_and_crafts_never(
    hub: Api, api: Api
) -> None:
    seller = await hub.party("seller")
    await licensed(hub, seller, "halal")
    path = await verified(hub, seller, "pirt", None)
    chips = await listing(seller, hub, "published", **CHIPS)
    craft = await listing(seller, hub, "published", category="crafts.wood")
    await hub.do(path, {"outcome": "rejected"})
    assert not await shown(api, chips) and await shown(api, craft)


async def test_eggs_may_be_sold_on_the_way_to_an_nkv(hub: Api, api: Api) -> None:
    seller = await hub.party("seller")
    path = await verified(hub, seller, "nkv", None, "under_coaching")
    eggs = await listing(seller, hub, "published", category="fresh.eggs")
    assert await shown(api, eggs)
    await hub.do(path, {"outcome": "rejected"})
    assert not await shown(api, eggs)


async def test_coaching_counts_for_nothing_but_an_nkv(hub: Api) -> None:
    seller = await hub.party("seller")
    await licensed(hub, seller, "halal")
    await verified(hub, seller, "pirt", None, "under_coaching")
    made = await listing(seller, hub, **CHIPS)
    answer = await seller.post(f"/v1/listings/{made['id']}/submit")
    assert answer.status_code == 409 and answer.json()["code"] == "licence_missing"


async def test_a_suspended_seller_leaves_the_shelf_and_comes_back(
    hub: Api, api: Api, app: Any
) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published", category="crafts")
    await hub.do(f"/v1/parties/{seller.id}/suspend")
    assert not await shown(api, made)
    own = await hub.read(f"/v1/listings/{made['id']}")
    assert own["blocked"] == [{"code": "seller_suspended", "one_of": []}]
    await days_pass(app, 1)
    assert not await shown(api, made)
    await hub.do(f"/v1/parties/{seller.id}/resume")
    assert await shown(api, made)
    assert (await types(seller, "listing"))[-2:] == ["listing.blocked", "listing.unblocked"]


async def test_staff_may_publish_for_a_suspended_seller_but_it_is_not_shown(
    hub: Api, api: Api
) -> None:
    seller = await hub.party("seller")
    made = await listing(seller, hub, "submitted", category="crafts")
    await hub.do(f"/v1/parties/{seller.id}/suspend")
    for action in ("approve", "publish"):
        own = await hub.do(f"/v1/listings/{made['id']}/{action}")
    assert own["blocked"] == [{"code": "seller_suspended", "one_of": []}]
    assert not await shown(api, made)
    await hub.do(f"/v1/parties/{seller.id}/resume")
    assert await shown(api, made)


async def test_a_rule_begins_at_midnight_in_jakarta(
    hub: Api, api: Api, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = clock.day(clock.now()) + timedelta(days=2)
    rules_are(monkeypatch, [*licences.licence_rules(), halal_from(begins, "crafts.pottery")])
    seller = await hub.party("seller")
    made = await listing(seller, hub, "published", category="crafts.pottery")
    midnight = datetime.combine(begins, time(), clock.JAKARTA) - clock.now()
    for moment, wanted in ((-timedelta(minutes=5), True), (timedelta(minutes=5), False)):
        while await at(app, midnight + moment, hold_daily):
            pass
        assert await shown(api, made) is wanted
    await verified(hub, seller, "halal", None)
    assert await shown(api, made)


def halal_from(day: date, category: str) -> LicenceRule:
    return LicenceRule(frozenset({category}), frozenset({"halal"}), day)


def rules_are(monkeypatch: pytest.MonkeyPatch, rules: Iterable[LicenceRule]) -> None:
    """Have the service go by *rules*."""
    in_force = tuple(rules)
    monkeypatch.setattr(licences, "licence_rules", lambda: in_force)


async def test_the_test_world_follows_with_the_workers_next_look(hub: Api, app: Any) -> None:
    seller = await hub.party("seller")
    trial = await in_test_world(hub, seller)
    path = await verified(hub, seller, "nkv", None)
    desk = await hub.do("/v1/parties", {"name": "Meja uji", "roles": ["operator"]})
    key = await hub.do("/v1/api-keys", {"party_id": desk["id"], "livemode": False})
    made = await listing(trial, Api(hub.client, key["key"]), "published", category="fresh.eggs")
    await days_pass(app, 0)
    await hub.do(path, {"outcome": "rejected"})
    assert (await trial.read(f"/v1/listings/{made['id']}"))["blocked"] == []
    await days_pass(app, 0)
    blocked = (await trial.read(f"/v1/listings/{made['id']}"))["blocked"]
    assert blocked == [{"code": "licence_missing", "one_of": ["nkv"]}]
    assert (await types(trial, "listing"))[-1] == "listing.blocked"
    assert await types(seller, "listing") == []


async def test_licences_belong_to_both_worlds_and_are_looked_at_once(hub: Api, app: Any) -> None:
    seller = await hub.party("seller")
    await verified(hub, seller, "pirt", 3)
    assert await at(app, timedelta(0), warn_of_expiry, livemode=False) == 0
    assert await at(app, timedelta(days=9), lapse, livemode=False) == 0
    await days_pass(app, 0)
    assert (await types(seller, "licence"))[-1] == "licence.expiring"


async def test_who_verifies_again_is_warned_again(hub: Api, app: Any) -> None:
    seller = await hub.party("seller")
    path = await verified(hub, seller, "pirt", 3)
    await days_pass(app, 0)
    await hub.do(path, {"outcome": "valid"})
    await days_pass(app, 0)
    assert (await types(seller, "licence"))[-3:] == [
        "licence.expiring",
        "licence.verified",
        "licence.expiring",
    ]
