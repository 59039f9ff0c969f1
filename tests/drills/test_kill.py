"""The fault drill (`make drill`): killed at any moment, the service has everything it acknowledged.

Eight clients place orders on one quota without pause. Meanwhile the service is killed without
warning, or its Postgres is; it comes back, and the clients repeat what was not answered with the
same Idempotency-Key. In the end every acknowledged order is there exactly once, and the quota's
counters are the sum of the orders. On Linux a killed service takes its Postgres with it.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import trade
from tests.api import Api, kg
from tests.cli.service import Service

pytestmark = pytest.mark.drill

CLIENTS = 8
ORDERS_EACH = 40
KILLS = 3


@pytest.fixture
def service() -> Iterator[Service]:
    folder = Path(tempfile.mkdtemp(prefix="btc drill "))
    folder.chmod(0o755)
    made = Service(folder / "data")
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


@dataclass
class Tally:
    """What the clients were told."""

    acknowledged: set[str] = field(default_factory=set)
    repeated: int = 0
    wrong: list[str] = field(default_factory=list)


async def client(n: int, service: Service, key: str, body: Any, tally: Tally) -> None:
    """Place orders one after the other; an unanswered one is sent again until it is answered."""
    async with httpx.AsyncClient(base_url=service.url, timeout=10) as http:
        for number in range(ORDERS_EACH):
            while not await _attempt(http, key, body, f"drill-{n}-{number}", tally):
                tally.repeated += 1
                await asyncio.sleep(0.05)


async def _attempt(http: httpx.AsyncClient, key: str, body: Any, name: str, tally: Tally) -> bool:
    headers = {"authorization": f"Bearer {key}", "idempotency-key": name}
    try:
        answer = await http.post("/v1/orders", json=body, headers=headers)
    except httpx.HTTPError:
        return False
    if answer.status_code == 201:
        tally.acknowledged.add(answer.json()["id"])
        return True
    if answer.status_code != 503:
        tally.wrong.append(f"{answer.status_code} {answer.text}")
        return True
    return False


async def _market(service: Service) -> tuple[str, trade.Buyer, str, Any]:
    key = service.run("keys", "create", "--operator").stdout.strip()
    async with httpx.AsyncClient(base_url=service.url, timeout=20) as http:
        hub = Api(http, key)
        market, eggs = await trade.buyer(hub), await trade.goods(hub, "drill_eggs")
        agreed = await trade.agreement(hub, market, eggs, CLIENTS * ORDERS_EACH)
        return key, market, agreed, trade.order_body(market, eggs, 1, agreement_id=agreed)


async def _drill(service: Service, kill: Any) -> Tally:
    _, market, agreed, body = await _market(service)
    tally = Tally()
    clients = [
        asyncio.create_task(client(n, service, str(market.api.key), body, tally))
        for n in range(CLIENTS)
    ]
    for _ in range(KILLS):
        await asyncio.sleep(0.3 + random.random())
        await asyncio.to_thread(kill, service)
    await asyncio.wait_for(asyncio.gather(*clients), 120)
    await _check(service, str(market.api.key), agreed, tally)
    return tally


async def _check(service: Service, key: str, agreed: str, tally: Tally) -> None:
    await asyncio.sleep(1)  # a last kill may have come just now
    async with httpx.AsyncClient(base_url=service.url, timeout=20) as http:
        api = Api(http, key)
        stored: list[str] = []
        cursor: str | None = None
        while True:
            page = await api.read("/v1/orders", limit=100, **({"cursor": cursor} if cursor else {}))
            stored += [order["id"] for order in page["data"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert not tally.wrong, tally.wrong[:3]
        assert len(stored) == len(set(stored)) == CLIENTS * ORDERS_EACH
        assert set(stored) == tally.acknowledged
        left = await trade.quota(api, agreed)
        assert (left["reserved"], left["left"]) == (kg(CLIENTS * ORDERS_EACH), kg(0))


def _kill_service(service: Service) -> None:
    service.end(signal.SIGKILL)
    service.start()


def _kill_postgres(service: Service) -> None:
    pid = (service.folder / "data" / "postmaster.pid").read_text().split("\n")[0]
    subprocess.run(["kill", "-9", pid], check=True)


async def test_the_service_is_killed_and_has_all_it_acknowledged(service: Service) -> None:
    tally = await _drill(service, _kill_service)
    assert tally.repeated, "no kill hit a request: the drill showed nothing"


async def test_postgres_is_killed_and_the_service_recovers_by_itself(service: Service) -> None:
    await _drill(service, _kill_postgres)
