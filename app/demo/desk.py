"""Chapter: what the hub's desk looks at: what is short, who was served, who is waited for."""

from __future__ import annotations

from decimal import Decimal

from app.demo.screen import day, kg
from app.demo.stage import Stage
from app.demo.trade import value

GOODS = {"commodity": "eggs", "grade": "medium"}


async def tell(stage: Stage) -> None:
    """Three views, read only."""
    stage.screen.chapter("The hub's desk")
    await _balance(stage)
    await _fairness(stage)
    await _waiting(stage)


async def _balance(stage: Stage) -> None:
    days = {"from": stage.days.in_quota_month(1), "to": stage.days.end_of_quota_month()}
    found = await stage.hub.get("/v1/balance", **GOODS, **days)
    (grade,) = found["grades"]
    stage.screen.say(
        f"   Balance of {stage.product('eggs')}, grade {grade['grade']}, "
        f"{stage.days.quota_month:%B %Y} (neraca komoditas)"
    )
    names = ("ordered", "committed", "unallocated", "covered", "short")
    rows = [
        (day(each["date"]), *(kg(each[name]) for name in names))
        for each in grade["days"]
        if value(each["ordered"])
    ]
    rows.append(("together", *(kg(grade["total"][name]) for name in names)))
    heads = ("", "ordered", "sellers said yes", "no seller yet", "can be covered", "short")
    stage.screen.table(heads, rows, right={1, 2, 3, 4, 5})
    stage.screen.say()


async def _fairness(stage: Stage) -> None:
    """How the trial and the truck-day were divided over farms and kelurahan."""
    days = {"from": stage.days.after(0), "to": stage.days.after(4)}
    with stage.screen.step("how fair it was") as step:
        sellers = await stage.hub.get("/v1/fairness", **GOODS, **days, by="seller")
        places = await stage.hub.get("/v1/fairness", **GOODS, **days, by="kelurahan")
        step.done(
            f"{sellers['served']} of {sellers['served'] + sellers['not_served']} farms in "
            f"{places['served']} villages (desa) bring {kg(sellers['total']['quantity'])}; Gini "
            f"{sellers['gini']} (0 is equal; of what they offered {sellers['gini_offered']}); "
            f"nobody has more than {share(sellers['largest_share'])}"
        )


async def _waiting(stage: Stage) -> None:
    found = await stage.hub.get("/v1/desk")
    rows = [
        (section["code"].replace("_", " "), str(section["count"]), str(section["overdue"]))
        for section in found["sections"]
        if section["count"]
    ]
    stage.screen.say()
    stage.screen.table(("waits for a look now", "count", "overdue"), rows, right={1, 2})


def share(part: str) -> str:
    """``0.0416`` as ``4.2 %``."""
    return f"{Decimal(part) * 100:.1f} %"
