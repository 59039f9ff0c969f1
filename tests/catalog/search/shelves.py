"""A shelf of one's own, in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import asyncpg

from app.access.doors import ANYBODY
from app.catalog.search import queries, understanding, vocabulary
from app.catalog.search.wanted import Place, Wanted
from app.db.engine import Connection
from app.db.tx import Tx

SELLERS = [UUID(int=n) for n in (1, 2)]


@dataclass(frozen=True)
class Goods:
    """One listing of the shelf; the rest of its columns is alike for all."""

    title: str
    description: str = ""
    category: str = "snacks.chips"
    price: str = "10000"
    seller: int = 0
    region: str = "35.72.02.1005"
    licences: tuple[str, ...] = ()
    sellable: bool = True
    livemode: bool = True


def listing_id(number: int) -> UUID:
    """The id of the listing put there as number *number*: later ones are newer."""
    return UUID(int=(0x019B << 112) | (number << 80) | (7 << 76) | (1 << 63))


class Shelf:
    """The shelf as one caller searches it."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.tx = Tx(Connection(None, connection), ANYBODY)

    async def put(self, goods: Iterable[Goods]) -> None:
        """Put *goods* there, the last the newest, and count the words."""
        rows = [
            (
                listing_id(n),
                g.livemode,
                f'{{"title":"{n}"}}',
                SELLERS[g.seller],
                g.category.split(".", maxsplit=1)[0],
                g.category,
                g.region,
                Decimal(g.price),
                list(g.licences),
                g.sellable,
                g.title,
                f"{g.title} {g.description}",
            )
            for n, g in enumerate(goods, 1)
        ]
        await self.connection.executemany(
            "INSERT INTO shelf (listing_id, livemode, card, version, seller_id, department, category,"
            " region_code, price, licences, sellable, title, all_words, photo_ids, xid, seq, changed_at) VALUES"
            " ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, search_words($12), '{}',"
            " pg_current_xact_id(), 1, now())",
            rows,
        )
        await vocabulary.recount(self.tx)

    async def find(
        self, q: str | None, *, limit: int = 20, livemode: bool = True, **filters: object
    ) -> list[str]:
        """The titles of the first page."""
        wanted = Wanted(q, **filters)  # type: ignore[arg-type]
        meant = await understanding.understand(self.tx, q, livemode=livemode)
        found, _ = await queries.page(self.tx, meant, wanted, livemode=livemode, limit=limit)
        return [one.title for one in found]

    async def all_pages(self, q: str | None, limit: int) -> list[list[str]]:
        """The titles page by page, to the end."""
        meant = await understanding.understand(self.tx, q, livemode=True)
        after: Place | None = None
        pages: list[list[str]] = []
        while True:
            found, after = await queries.page(
                self.tx, meant, Wanted(q), livemode=True, limit=limit, after=after
            )
            pages.append([one.title for one in found])
            if after is None:
                return pages
