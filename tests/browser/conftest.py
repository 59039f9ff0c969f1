"""The service over a real socket, and a browser on a cheap phone that looks at it."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Request, async_playwright, expect

FLAGS = [
    "--no-sandbox",  # also root may test
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A busy machine is not a broken page.
expect.set_options(timeout=30_000)

SLOWER = 4
"""How many times slower than this machine the phone is."""


@pytest.fixture(scope="session")
def program() -> str:
    """A browser of this machine; without one these tests are skipped (CI installs one)."""
    finder = Path(__file__).parents[2] / "tools" / "find-browser"
    found = subprocess.run([finder], capture_output=True, text=True)
    if found.returncode:
        pytest.skip(found.stderr)
    return found.stdout.strip()


@pytest.fixture(scope="session")
async def browser(program: str) -> AsyncIterator[Browser]:
    """The browser, started."""
    async with async_playwright() as driver:
        started = await driver.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        await started.close()


@dataclass
class Phone:
    """Opens pages as a cheap phone does, and notes what they load."""

    browser: Browser
    site: str
    pages: list[Page] = field(default_factory=list)
    finished: list[Request] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def open(
        self,
        path: str,
        *,
        script: bool = True,
        dark: bool = False,
        stream: bool = True,
        slower: int = SLOWER,
    ) -> Page:
        """The page at *path*.

        Without *stream* the network lets none through, and the page's clock is the test's to move.
        """
        page = await self.browser.new_page(
            viewport={"width": 360, "height": 740},
            device_scale_factor=2,
            is_mobile=True,
            has_touch=True,
            locale="id-ID",
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        )
        self.pages.append(page)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfinished", self._note)
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        if not stream:
            await page.route("**/stream", lambda route: route.abort())
            await page.clock.install()
        cdp = await page.context.new_cdp_session(page)
        await cdp.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        await page.goto(self.site + path)
        return page

    def _note(self, request: Request) -> None:
        self.finished.append(request)

    async def loaded(self) -> int:
        """Bytes of all that was loaded, uncompressed; a stream goes on and is none of it."""
        answers = [await request.response() for request in self.finished]
        return sum([len(await answer.body()) for answer in answers if answer])


@pytest.fixture
async def phone(browser: Browser, site: str) -> AsyncIterator[Phone]:
    """A phone; it must not have asked anybody but us for anything."""
    made = Phone(browser, site)
    yield made
    for page in made.pages:
        await page.context.close()
    elsewhere = [url for url in made.asked if not url.startswith((site + "/", "data:"))]
    assert not elsewhere
