"""Who takes part: registers the book's parties, gives each its own key, sites and licences.

The hub registers a party and verifies its licences. Everything else a party does with its own key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.demo.book import Doc
from app.demo.calls import Caller, Unexpected, together
from app.demo.days import Days
from app.demo.memory import Memory


@dataclass
class Somebody:
    """One party of the story, and the API as it uses it."""

    reference: str
    id: str
    name: str
    api: Caller
    key: str
    sites: dict[str, str] = field(default_factory=dict)
    licences: list[str] = field(default_factory=list)

    def site(self, name: str) -> str:
        """The id of the site of this name."""
        return self.sites[name]


class People:
    """Everybody met so far, by reference and by id."""

    def __init__(self, hub: Caller, memory: Memory, days: Days) -> None:
        self._hub = hub
        self._memory = memory
        self._days = days
        self._met: dict[str, Somebody] = {}
        self._by_id: dict[str, Somebody] = {}

    def __getitem__(self, reference: str) -> Somebody:
        return self._met[reference]

    def by_id(self, party_id: str) -> Somebody:
        """The party with this id. Raises Unexpected for one that is not of the story."""
        if party_id not in self._by_id:
            raise Unexpected(
                "asking sellers",
                f"{party_id} is asked, who is not of this story: it can only be told where nobody "
                "else offers the same goods.",
            )
        return self._by_id[party_id]

    async def meet(self, entries: Iterable[Doc], tick: Callable[[], None]) -> list[Somebody]:
        """Register everybody in *entries* of the book; who was met before gets what is new."""

        async def one(entry: Doc) -> Somebody:
            found = await self._meet(entry)
            tick()
            return found

        return await together(one(entry) for entry in entries)

    async def _meet(self, entry: Doc) -> Somebody:
        reference = entry["external_reference"]
        who = self._met.get(reference) or await self._register(entry)
        self._met[reference] = self._by_id[who.id] = who
        if "site" in entry:
            site = entry["site"]
            step = f"site {reference} {site['name']}"
            made = await who.api.post(step, f"/v1/parties/{who.id}/sites", site)
            who.sites[made["name"]] = made["id"]
        for licence in entry.get("licences", ()):
            await self._license(who, licence)
        return who

    async def _register(self, entry: Doc) -> Somebody:
        reference = entry["external_reference"]
        body = {
            "name": entry["name"],
            "roles": entry.get("roles", ["seller"]),
            "external_reference": reference,
        }
        # A cooperative that also buys is one party; its second entry may leave out what it sells.
        if "seller_kind" in entry:
            body["seller_kind"] = entry["seller_kind"]
        made = await self._hub.post(f"party {reference}", "/v1/parties", body)
        key = self._memory.keys.get(reference)
        if key is None:
            key = await self._hub.new_key(made["id"])
            self._memory.keep(reference, key)
        return Somebody(reference, made["id"], made["name"], Caller(self._hub.line, key), key)

    async def _license(self, who: Somebody, licence: Doc) -> None:
        ends = licence["valid_to_day"]
        path = f"/v1/parties/{who.id}/licences"
        body = {
            "kind": licence["kind"],
            "number": licence["number"],
            "valid_from": self._days.after(licence["valid_from_day"]),
            "valid_to": None if ends is None else self._days.after(ends),
        }
        made = await who.api.post(f"licence {licence['number']}", path, body)
        verdict = {"outcome": licence["outcome"]}
        step = f"verify {licence['number']}"
        verified = await self._hub.post(step, f"{path}/{made['id']}/verify", verdict)
        who.licences.append(verified["status"])
