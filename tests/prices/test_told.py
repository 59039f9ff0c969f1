"""What is told about prices is true: the page in docs, and the series the demo brings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.core.money import line_amount
from app.prices.rules import priced
from app.prices.schemas import PriceIndex
from app.prices.terms import price_columns
from tests.api import Api
from tests.prices.sending import days, record, series
from tests.prices.test_entered import ruled
from tests.prices.test_rules import term

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs/prices.md").read_text(encoding="utf-8")
DEMO = REPOSITORY / "app/demo/data"
SERIES = json.loads((DEMO / "price_series.json").read_text(encoding="utf-8"))["series"]


def test_the_pages_example_comes_out() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    rule = ruled(price_rule="indexed", price_index=json.loads(block))
    stored = price_columns(rule, "kg", "")["price_index"]
    usual = priced(term(stored, reading_amount=Decimal(26500)), Decimal(1200))
    cost = line_amount(Decimal(1200), usual.amount, Decimal(1))
    high = priced(term(stored, reading_amount=Decimal(29000)), Decimal(1200))
    assert high.inputs is not None
    assert high.inputs["limited_by"] == "ceiling"
    said = (
        f"**Rp {usual.amount:,}** per kg",
        f"1,200 kg costs Rp {cost:,}.",
        f"gives {Decimal(high.inputs['before_limits']):,} (30,025 rounded)",
        f"makes it Rp {high.amount:,}.",
    )
    flowing = " ".join(PAGE.split())
    assert [sentence for sentence in said if sentence not in flowing] == []


def test_the_page_names_every_part_of_an_index() -> None:
    assert [name for name in PriceIndex.model_fields if f"`{name}`" not in PAGE] == ["series_id"]


def test_the_demos_series_are_of_its_goods_and_end_at_the_published_prices() -> None:
    story = json.loads((DEMO / "story.json").read_text(encoding="utf-8"))
    published = {item["commodity"]: item for item in story["reference_prices"]["items"]}
    newest = {one["commodity"]: one["readings"][-1]["amount"] for one in SERIES}
    assert newest == {
        "eggs": published["eggs"]["producer"][0],
        "chicken": published["chicken"]["consumer"][0],
        "corn": published["corn"]["producer"][0],
    }
    for one in SERIES:
        read_on = [reading["read_on"] for reading in one["readings"]]
        assert all(before < after for before, after in pairwise(read_on))


@pytest.mark.anyio
@pytest.mark.parametrize("told", SERIES, ids=lambda one: str(one["code"]))
async def test_the_demos_series_are_taken_as_they_are(
    hub: Api, unique: Callable[[str], str], told: dict[str, Any]
) -> None:
    said = {name: told[name] for name in ("name", "source", "per")}
    made = await series(hub, **said, code=unique(told["code"]))
    readings = [(r["read_on"], r["amount"], r["note"]) for r in told["readings"]]
    answer = await record(hub, made["id"], *readings)
    assert answer.json()["recorded"] == len(readings)
    assert (await days(hub, made["id"]))[0][0] == readings[-1][0]
