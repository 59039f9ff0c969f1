"""What a trade holds, in every ledger: nothing of it may stay when the trade has ended."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app import reconcile
from tests import trade
from tests.api import Api, Party
from tests.shipments import story


@dataclass
class Deal:
    """A call-off under an agreement of its own, shared by sellers who confirmed their parts."""

    story: story.Story
    agreement: str

    @property
    def order_id(self) -> str:
        return self.story.order_id

    async def order(self) -> Any:
        """The order as its buyer sees it."""
        return await self.story.order()

    async def quota(self) -> tuple[str, str, str]:
        """Of the only period that is drawn on: reserved, consumed, left."""
        found = await trade.quota(self.story.market.api, self.agreement)
        return tuple(found[name]["value"] for name in ("reserved", "consumed", "left"))  # type: ignore[return-value]

    async def offered(self) -> list[tuple[Decimal, Decimal, Decimal]]:
        """Of each seller's only offer: reserved, committed, delivered."""
        return [await offered(seller) for seller in self.story.sellers]


async def offered(seller: Party) -> tuple[Decimal, Decimal, Decimal]:
    """Of a seller's only offer: what is reserved, committed and delivered of it."""
    (offer,) = (await seller.read("/v1/supply-offers"))["data"]
    reserved, committed, delivered = (
        Decimal(offer[name]["value"]) for name in ("reserved", "committed", "delivered")
    )
    return reserved, committed, delivered


async def deal(hub: Api, code: str, *shares: int, spare: int = 0, **line: Any) -> Deal:
    """A call-off of the sum of *shares* from 1 000 kg of quota; *line* is its agreement's line.

    One seller per share, who offers *spare* more than that. Nothing is weighed yet.
    """
    market, what = await trade.buyer(hub), await trade.goods(hub, code)
    agreed = await trade.agreement(hub, market, what, 1000, **line)
    farms = [await story.farm(hub) for _ in shares]
    for (seller, site), share in zip(farms, shares, strict=True):
        await trade.offer(seller, site, what, share + spare)
    placed = await trade.order(market, what, sum(shares), agreement_id=agreed)
    await hub.do(f"/v1/orders/{placed['id']}/confirm")
    await hub.do(f"/v1/orders/{placed['id']}/allocate")
    told = story.Story(
        hub,
        market,
        what,
        await hub.party("carrier"),
        placed["id"],
        [seller for seller, _ in farms],
        [site for _, site in farms],
    )
    for seller in told.sellers:
        (mine,) = (await seller.read("/v1/allocations"))["data"]
        told.allocations.append(await seller.do(f"/v1/allocations/{mine['id']}/confirm"))
    return Deal(told, agreed)


async def nothing_drifted(app: Any) -> None:
    """Every counter is the sum of what justifies it."""
    found = await reconcile.drifted(app.state.database)
    assert not any(found.values()), {name: rows for name, rows in found.items() if rows}
