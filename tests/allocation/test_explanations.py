"""A farmer asking why he got 40 kg, and why he got nothing: numbers, a sentence, what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from app.allocation.planning import Excluded
from app.allocation.rules import Limit
from app.allocation.schemas import Rule
from app.allocation.words import EXCLUDED, share_said
from tests.allocation.test_allocate import _uuid, confirmed, own, seller
from tests.allocation.test_consolidations import of
from tests.api import Api, Party, kg, money
from tests.trade import buyer, day, goods, offer

Unique = Callable[[str], str]


async def decisions(party: Party, **params: Any) -> list[dict[str, Any]]:
    """What was decided over the seller's oldest offer, newest first."""
    mine = (await party.read("/v1/supply-offers"))["data"][-1]["id"]
    found = await party.read(f"/v1/supply-offers/{mine}/decisions", **params)
    return list(found["data"])


async def test_the_numbers_behind_forty_kilograms(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    farmer = await seller(hub, what, 100)
    for _ in range(2):
        await seller(hub, what, 300)
    placed = await confirmed(hub, market, what, 120)
    await hub.do(f"/v1/orders/{placed['id']}/allocate")
    why = (await own(farmer))["why"]
    assert why["rule"] == "fair_share"
    assert why["limited_by"] == "level"
    assert why["level"] == kg("40")
    assert why["free"] == kg("100")
    assert why["needed"] == kg("120")
    assert why["supply"] == kg("700")
    assert why["sellers"] == 3
    assert why["had"] is None
    assert why["said"] == {
        "en": "Your fair share: with it you come to 40 kg, as everybody who can bring that much; "
        "120 kg was needed in all, 700 kg could be brought (sellers: 3), and your offer had "
        "100 kg left.",
        "id": "Bagian adil Anda: dengan ini Anda mencapai 40 kg, seperti semua yang sanggup "
        "sebanyak itu; seluruhnya dibutuhkan 120 kg, yang bisa dipenuhi 700 kg (penjual: 3), dan "
        "penawaran Anda masih 100 kg.",
    }


async def test_the_sentence_says_the_sellers_own_number_and_the_level_beside_it(
    hub: Api, unique: Unique
) -> None:
    """100 kg over three do not divide evenly: one of them has a gram more than the level."""
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    farmers = [await seller(hub, what, 300) for _ in range(3)]
    placed = await confirmed(hub, market, what, 100)
    await hub.do(f"/v1/orders/{placed['id']}/allocate")
    shares = [await own(farmer) for farmer in farmers]
    assert {share["why"]["level"]["value"] for share in shares} == {"33.333"}
    assert sorted(share["quantity"]["value"] for share in shares) == ["33.333", "33.333", "33.334"]
    for share in shares:
        number, said = share["quantity"]["value"], share["why"]["said"]
        assert f"with it you come to {number} kg" in said["en"]
        assert f"Anda mencapai {number.replace('.', ',')} kg" in said["id"]
        differs = number != "33.333"
        assert ("the common level is 33.333 kg" in said["en"]) is differs
        assert ("takaran bersama 33,333 kg" in said["id"]) is differs


async def test_what_a_seller_had_already_counts_and_is_told(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    farmer = await seller(hub, what, 30)
    placed = await confirmed(hub, market, what, 100)
    await hub.do(f"/v1/orders/{placed['id']}/allocate")
    await offer(farmer, await farmer.site(), what, 100)
    new = await seller(hub, what, 200)
    await hub.do(f"/v1/orders/{placed['id']}/allocate")
    second = (await farmer.read("/v1/allocations"))["data"][0]
    assert second["quantity"] == kg("20"), "with 30 from before he has as much as the other"
    assert second["why"]["had"] == kg("30")
    assert "besides the 30 kg asked of you before" in second["why"]["said"]["en"]
    assert "with it you come to 50 kg" in second["why"]["said"]["en"]
    assert (await own(new))["quantity"] == kg("50")


def _everything() -> list[tuple[Rule, Limit]]:
    planned = {
        Rule.FAIR_SHARE: Limit.LEVEL,
        Rule.PRO_RATA: Limit.PROPORTION,
        Rule.LOWEST_COST: Limit.PRICE,
        Rule.FEWEST_PICKUPS: Limit.PICKUPS,
    }
    return [
        (rule, limit)
        for rule, own in planned.items()
        for limit in (own, Limit.OFFERED, Limit.PACKS, Limit.MIN_PICKUP)
    ] + [(Rule.MANUAL, Limit.BY_HAND)]


@pytest.mark.parametrize(("rule", "limit"), _everything())
def test_every_rule_and_limit_has_a_whole_sentence(rule: Rule, limit: Limit) -> None:
    why = {"rule": rule, "limited_by": limit, "level": "40", "free": "100", "supply": "700"}
    why |= {"needed": "120", "sellers": 3, "pack_size": "15", "min_pickup": "30", "had": "5"}
    said = share_said(why, "kg")
    for text in said:
        assert "None" not in text
        assert "{" not in text
        assert text.endswith(".")
        assert "100 kg" in text
    old = {name: why[name] for name in ("rule", "limited_by", "level", "pack_size", "min_pickup")}
    assert "None" not in share_said(old, "kg").en


def test_every_reason_for_nothing_is_said() -> None:
    assert set(Excluded) <= set(EXCLUDED)
    assert all(text.endswith(".") for said in EXCLUDED.values() for text in said)


async def test_the_decisions_over_an_offer_newest_first(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    await _run(hub, market, what)  # before the offer was made: none of its business
    farmer = await seller(hub, what, 100)
    rival = await seller(hub, what, 300)
    for _ in range(3):
        await _run(hub, market, what)
    found = await decisions(farmer)
    assert [d["share"]["value"] for d in found] == ["15", "15", "15"]
    newest = found[0]
    assert newest["at"] > found[1]["at"]
    assert newest["deliver_on"] == day(1)
    assert newest["policy"] == "fair_share"
    assert (newest["needed"], newest["found"]) == (kg("30"), kg("30"))
    assert newest["why"]["limited_by"] == "level"
    assert newest["not_asked"] is None
    assert rival.id not in str(found)
    assert market.api.id not in str(found)
    mine = (await farmer.read("/v1/supply-offers"))["data"][0]["id"]
    path = f"/v1/supply-offers/{mine}/decisions"
    first = await farmer.read(path, limit=2)
    rest = await farmer.read(path, limit=2, cursor=first["next_cursor"])
    assert first["data"] + rest["data"] == found
    assert rest["next_cursor"] is None
    assert (await rival.get(path)).status_code == 404
    assert (await hub.read(path))["data"] == found
    assert (await farmer.get(path, cursor="abc")).json()["code"] == "bad_cursor"


async def _run(hub: Api, market: Any, what: Any, quantity: float = 30, **body: Any) -> Any:
    placed = await confirmed(hub, market, what, quantity)
    return await hub.do(f"/v1/orders/{placed['id']}/allocate", body)


async def test_why_an_offer_got_nothing_and_what_to_do(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    dear = await seller(hub, what, 100, floor_price=money(30000))
    large = await seller(hub, what, 900, min_pickup=kg(800))
    forecast = await seller(hub, what, 100, kind="forecast")
    late = await seller(hub, what, 100, available_from=day(2))
    paused, gone, used, other = [await seller(hub, what, 60) for _ in range(4)]
    ids = {p.id: (await p.read("/v1/supply-offers"))["data"][0]["id"] for p in (paused, gone)}
    await paused.do(f"/v1/supply-offers/{ids[paused.id]}/pause")
    await gone.do(f"/v1/supply-offers/{ids[gone.id]}/withdraw")
    await _run(hub, market, what, 120)
    await _run(hub, market, what, 120)
    await paused.do(f"/v1/supply-offers/{ids[paused.id]}/resume")

    async def reasons(party: Party) -> list[str | None]:
        return [d["not_asked"] and d["not_asked"]["reason"] for d in await decisions(party)]

    assert await reasons(dear) == ["floor_price"] * 2
    assert await reasons(large) == ["passed_over"] * 2
    assert await reasons(forecast) == ["forecast"] * 2
    assert await reasons(paused) == ["paused"] * 2
    assert await reasons(gone) == ["ended"] * 2
    assert await reasons(used) == ["nothing_left", None]
    assert await reasons(late) == [], "it is for other days"
    (told, _) = await decisions(dear)
    assert told["share"]["value"] == "0"
    assert "lower floor price" in told["not_asked"]["said"]["en"]
    assert "lebih rendah" in told["not_asked"]["said"]["id"]
    assert other.id not in str(told)


async def test_who_gave_back_is_told_so(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    farmer = await seller(hub, what, 100)
    await _run(hub, market, what)
    await farmer.do(f"/v1/allocations/{(await own(farmer))['id']}/decline", {"reason": "no_stock"})
    now, before = await decisions(farmer)
    assert now["not_asked"]["reason"] == "gave_back"
    assert before["share"] == kg("30")


async def test_lines_of_one_decision_keep_what_they_share_once(
    hub: Api, unique: Unique, owner: asyncpg.Connection
) -> None:
    """A reason stands with the first line of a kind; the others point to it, and all are told."""
    what = await goods(hub, unique("egg"))
    dear = await seller(hub, what, 100, floor_price=money(30000))
    farmer = await seller(hub, what, 100)
    for _ in range(3):
        await confirmed(hub, await buyer(hub), what, 20)
    run = await hub.do("/v1/consolidations", of(what))
    assert [x["excluded"] for x in run["lines"]] == [{"floor_price": 1}] * 3
    kept = await owner.fetch(
        "SELECT jsonb_typeof(offers) AS offers, excluded->'floor_price' ? 'like' AS like "
        "FROM allocation_run_lines WHERE run_id = $1 ORDER BY id",
        _uuid(run["id"]),
    )
    assert [row["offers"] for row in kept] == ["array", "object", "object"]
    assert [row["like"] for row in kept] == [False, True, True]
    (told,) = await decisions(dear)
    assert (told["not_asked"]["reason"], told["needed"]) == ("floor_price", kg("60"))
    (share,) = await decisions(farmer)
    assert share["share"] == kg("60")
    assert share["why"]["needed"] == kg("60")


async def test_a_desk_that_names_sellers_itself_is_told_of(hub: Api, unique: Unique) -> None:
    what, market = await goods(hub, unique("egg")), await buyer(hub)
    named, other = await seller(hub, what, 100), await seller(hub, what, 100)
    placed = await confirmed(hub, market, what, 20)
    share = {
        "line_id": placed["lines"][0]["id"],
        "offer_id": (await named.read("/v1/supply-offers"))["data"][0]["id"],
        "quantity": kg(20),
    }
    body = {"policy": "manual", "shares": [share]}
    await hub.do(f"/v1/orders/{placed['id']}/allocate", body)
    assert (await decisions(other))[0]["not_asked"]["reason"] == "not_named"
    assert (await decisions(named))[0]["share"] == kg("20")
