"""Chapter: home entrepreneurs show what they make, and a curator looks at it first."""

from __future__ import annotations

from app.demo.book import Doc, page
from app.demo.calls import together
from app.demo.people import Somebody
from app.demo.screen import rupiah
from app.demo.stage import Stage

SHOWN = 5
"""So many listings are named on the screen."""


async def tell(stage: Stage) -> None:
    """Register the sellers; their listings are written, curated and published."""
    screen = stage.screen
    screen.chapter("UMKM products come onto the shelf (produk tayang)")
    with screen.step("registering home kitchens and workshops") as step:
        sellers = await stage.people.meet(page("sellers")["sellers"], step.tick)
        licences = sum(len(seller.licences) for seller in sellers)
        step.done(
            f"{len(sellers)} UMKM of Kota Blitar registered, each with its own key and site; "
            f"{licences} licences (izin) verified"
        )
    sent_back = {each["listing"]: each for each in page("curation")["sent_back"]}
    reviews: dict[str, Doc] = {}
    with screen.step("writing, curating and publishing listings") as step:

        async def one(entry: Doc) -> Doc:
            owner = stage.people[entry["seller"]]
            case = sent_back.get(entry["external_reference"])
            found = await _publish(stage, owner, entry, case, reviews)
            step.tick()
            return found

        shown = await together(one(entry) for entry in page("listings")["listings"])
        missing = [listing["title"] for listing in shown if listing["status"] != "published"]
        stage.expect("published listings", not missing, f"without {', '.join(missing)}")
        step.done(
            f"{len(shown)} listings published after curation (kurasi); the curator first sent "
            f"{len(reviews)} back, their sellers corrected them"
        )
    _name_some(stage, shown, reviews)
    await _find(stage)


TYPED = ("kripik blimbing", "sambel pecel", "kaos")
"""What customers type, as they type it."""


async def _find(stage: Stage) -> None:
    """Look for goods as a customer does, and fill an outlet's shop."""
    for typed in TYPED:
        page = await stage.anybody.get("/v1/listings", q=typed, limit=3)
        titles = [listing["title"] for listing in page["data"]]
        stage.expect(f"finding {typed!r}", bool(titles), "nothing was found")
        meant = f" (read as {page['corrected']!r})" if page["corrected"] else ""
        stage.screen.detail(f"a customer types {typed!r}{meant}: {', '.join(titles)}")


def _name_some(stage: Stage, shown: list[Doc], reviews: dict[str, Doc]) -> None:
    for listing in shown:
        review = reviews.get(listing["id"])
        if review:
            stage.screen.detail(f'sent back: {listing["title"]} - "{review["review_note"]}"')
    for listing in shown[:: len(shown) // SHOWN]:
        price = listing["price"]
        stage.screen.detail(
            f"on the shelf: {listing['title']}, {rupiah(price['amount'])} "
            f"per {price['per']['unit']} - {listing['seller']['name']}"
        )


async def _publish(
    stage: Stage, owner: Somebody, entry: Doc, sent_back: Doc | None, reviews: dict[str, Doc]
) -> Doc:
    """One listing from the draft to the shelf; into *reviews* what the curator objected to."""
    name = entry["external_reference"]
    final = {key: value for key, value in entry.items() if key not in ("seller", "source")}
    draft = final | sent_back["first"] if sent_back else final
    made = await owner.api.post(f"listing {name}", "/v1/listings", draft)
    path = f"/v1/listings/{made['id']}"
    await owner.api.post(f"submit {name}", f"{path}/submit")
    if sent_back:
        reviews[made["id"]] = await stage.hub.post(
            f"send back {name}",
            f"{path}/request-changes",
            {"reason": sent_back["reason"], "note": sent_back["note"]},
        )
        await _correct(owner, path, {field: final[field] for field in sent_back["first"]})
        await owner.api.post(f"submit again {name}", f"{path}/submit")
    await stage.hub.post(f"approve {name}", f"{path}/approve")
    await owner.api.post(f"publish {name}", f"{path}/publish")
    return await owner.api.get(path)


async def _correct(owner: Somebody, path: str, fields: Doc) -> None:
    """Correct a listing, unless an earlier telling has done so."""
    now = await owner.api.get(path)
    if now["status"] == "changes_requested" and any(now[f] != v for f, v in fields.items()):
        await owner.api.patch(f"correct {now['title']}", path, fields, now["version"])
