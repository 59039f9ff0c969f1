"""A mother follows her snacks to Jakarta on a cheap phone: the public page in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from app.shipments.shipments.codes import new_code
from tests.api import Api
from tests.browser.conftest import Phone
from tests.shipments import story

Unique = Callable[[str], str]

LIGHT = 30_000


class Road:
    """A shipment on its way, and what is heard of it."""

    def __init__(self, tale: story.Story, shipment: Any) -> None:
        self.tale = tale
        self.path = f"/v1/shipments/{shipment['id']}"
        self.code = shipment["tracking_code"]
        self.ahead = 0

    async def hear(self, status: str = "in_transit", **fields: Any) -> None:
        """A fact from the road, newer than all before it."""
        self.ahead += 1
        at = datetime.now(UTC) + timedelta(seconds=self.ahead)
        fact = {"status": status, "occurred_at": at.isoformat()} | fields
        await self.tale.carrier.do(f"{self.path}/events", fact)

    async def deliver(self) -> None:
        """It is handed over."""
        await self.tale.carrier.do(f"{self.path}/deliver")


@pytest.fixture
async def road(hub: Api, unique: Unique) -> Road:
    tale = await story.confirmed(hub, unique("eggs"), 100)
    shipment = await tale.planned(await tale.lot())
    return Road(tale, await tale.carrier.do(f"/v1/shipments/{shipment['id']}/dispatch"))


async def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    wide: int = await page.evaluate("document.documentElement.scrollWidth")
    return wide <= 360


async def faults(page: Page) -> list[str]:
    """What keeps people from reading or using the page, as axe finds it."""
    found = (await Axe().run(page)).response
    assert found["passes"]
    broken = found["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in broken for node in rule["nodes"]]


async def test_it_reads_right_without_script(phone: Phone, road: Road, tmp_path: Path) -> None:
    await road.hear("on_hold", place="Gerbang Tol Ngawi", reason="road_blocked")
    page = await phone.open(f"/lacak/{road.code}", script=False)
    await page.screenshot(path=tmp_path / "without-script.png", full_page=True)
    await expect(page.get_by_role("heading", level=1)).to_have_text(
        "Tertahan dalam perjalanan ke Kota Jakarta Timur."
    )
    await expect(page.get_by_text("Sebab: jalan macet atau terputus.")).to_be_visible()
    await expect(page.get_by_role("listitem").first).to_contain_text("Gerbang Tol Ngawi")
    await expect(page.get_by_role("img", name=re.compile("Peta sketsa"))).to_be_visible()
    assert phone.asked == [f"{phone.site}/lacak/{road.code}"]
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_text("Reason: the road is blocked or jammed.")).to_be_visible()
    await page.get_by_label("Follow another delivery").fill(road.code.lower())
    await page.get_by_role("button", name="Follow").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("held up")


async def test_two_hundred_events_are_light_and_can_all_be_read(phone: Phone, road: Road) -> None:
    for n in range(200):
        await road.hear(place=f"Tol Trans-Jawa, gerbang ke-{n}, arah Jakarta")
    page = await phone.open(f"/t/{road.code}")
    await expect(page.get_by_role("listitem")).to_have_count(30)
    await expect(page.get_by_role("listitem").first).to_contain_text("gerbang ke-199,")
    assert await phone.loaded() <= LIGHT
    while await page.get_by_role("link", name="Kabar sebelumnya").count():
        await page.get_by_role("link", name="Kabar sebelumnya").click()
        await page.wait_for_load_state()
    await expect(page.get_by_role("listitem").last).to_contain_text("Berangkat")


async def test_names_as_long_as_they_may_be_do_not_break_it(phone: Phone, road: Road) -> None:
    await road.hear(place="Gerbang" + "Tol" * 60)
    assert await fits(await phone.open(f"/t/{road.code}"))


@pytest.mark.parametrize(("language", "dark"), [("id", False), ("en", True)], ids=["light", "dark"])
async def test_anybody_can_use_it(
    phone: Phone, road: Road, language: str, dark: bool, tmp_path: Path
) -> None:
    await road.hear("delivery_failed", place="Pasar Induk", reason="receiver_closed")
    for n in range(31):
        await road.hear(place=f"Tol {n}")
    await road.hear("on_hold", place="Cikopo", reason="vehicle_trouble")
    for name, path in (
        ("shipment", f"/t/{road.code}?lang={language}"),
        ("older", f"/t/{road.code}?lang={language}&page=2"),
        ("unknown", f"/t/{new_code()}?lang={language}"),
        ("lookup", f"/lacak?lang={language}"),
    ):
        page = await phone.open(path, dark=dark, slower=1)
        await page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        assert await faults(page) == [], name
        assert await fits(page), name


async def test_news_shows_up_by_itself_without_the_stream(phone: Phone, road: Road) -> None:
    """A network that lets no stream through: the page looks once a minute."""
    page = await phone.open(f"/lacak/{road.code}", stream=False)
    state = page.locator("#state")
    await expect(state).to_have_text("Terputus. Sedang mencoba lagi.")
    await page.evaluate("window.same = true")
    await road.hear(place="Rest area Saradan")
    await page.clock.run_for(60_000)
    await expect(page.get_by_role("listitem").first).to_contain_text("Rest area Saradan")
    await expect(state).to_have_text("Dicek setiap menit.")
    assert await page.evaluate("window.same")
    await road.deliver()
    await page.clock.run_for(60_000)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Sudah diterima")
    await expect(page.locator("#said")).to_contain_text("Sudah diterima")
    before = len(phone.asked)
    await page.clock.run_for(600_000)
    assert len(phone.asked) == before  # it is over: nothing is looked up any more


async def test_news_shows_up_by_itself(phone: Phone, road: Road) -> None:
    page = await phone.open(f"/lacak/{road.code}")
    state = page.locator("#state")
    await expect(state).to_have_text("Terhubung: kabar baru muncul sendiri.")
    await page.evaluate("window.same = true")
    await road.hear(place="Rest area Saradan")
    await expect(page.get_by_role("listitem").first).to_contain_text("Rest area Saradan")
    assert await page.evaluate("window.same")
    assert phone.said == []


async def test_after_a_lost_connection_it_catches_up(phone: Phone, road: Road) -> None:
    page = await phone.open(f"/lacak/{road.code}")
    state = page.locator("#state")
    await expect(state).to_have_text("Terhubung: kabar baru muncul sendiri.")
    await page.context.set_offline(True)
    await expect(state).to_have_text("Terputus. Sedang mencoba lagi.")
    await road.hear(place="Rest area Saradan")
    await page.context.set_offline(False)
    await expect(page.get_by_role("listitem").first).to_contain_text("Rest area Saradan")
    await expect(state).to_have_text("Terhubung: kabar baru muncul sendiri.")
