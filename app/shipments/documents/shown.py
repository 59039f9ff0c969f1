"""From a frozen content to what the templates print: finished words, in their order.

Templates (``templates/*.typ``) only place things; what is said, and how, is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from app.catalog.curation.words import day_name
from app.shipments.documents import words as w
from app.shipments.documents.contents import (
    Amount,
    AnyContent,
    Bast,
    Content,
    Label,
    LoadList,
    LotLabel,
    SuratJalan,
    Verdict,
)
from app.shipments.documents.load_lists import load_list
from app.shipments.documents.parts import Qr, place_fact, sums_of, vehicle_facts
from app.shipments.documents.words import NONE, Tongue

_VERDICTS: tuple[Callable[[Verdict], Decimal], ...] = (
    lambda line: line.shipped,
    lambda line: line.received,
    lambda line: line.accepted,
    lambda line: line.downgraded,
    lambda line: line.rejected,
    lambda line: line.short,
)
_NUMBER_SIZES = ((18, 18), (24, 13), (36, 9), (10**6, 7))
_GOODS_SIZES = ((34, 13), (80, 10), (120, 8), (10**6, 6))


def shown(number: str, content: AnyContent) -> dict[str, Any]:
    """What the template of *content*'s kind prints."""
    say = Tongue(content.language)
    common = _common(content, say) | {"number": number, "title": say(w.TITLES[content.kind])}
    match content:
        case SuratJalan():
            return common | _surat_jalan(content, say)
        case LoadList():
            return common | load_list(content, say)
        case LotLabel():
            return common | {"labels": [_label(one, say) for one in content.labels]}
        case Bast():
            return common | _bast(content, say)


def _common(content: Content, say: Tongue) -> dict[str, Any]:
    return {
        "language": content.language,
        "hub": content.hub,
        "mark": None if content.livemode else say(w.MARK),
        "dated": say(w.DATED, day=say.day(content.issued_at)),
        "replaces": content.replaces and say(w.REPLACES, number=content.replaces),
        "footer": say(w.FOOTER, hub=content.hub, at=say.time(content.issued_at)),
        "page": say(w.PAGE),
        "of": say(w.OF),
        "sign_here": say(w.SIGN_HERE),
    }


def _surat_jalan(content: SuratJalan, say: Tongue) -> dict[str, Any]:
    lots = content.lots
    keep = _temperature(content.temperature, say)
    return {
        "qr": Qr(content.tracking_url),
        "tracking_code": content.tracking_code,
        "follow": say(w.FOLLOW),
        "facts": [
            [say(w.SENDER), content.hub, content.origin],
            place_fact(say(w.RECEIVER), content.receiver, content.destination),
            *vehicle_facts(content.vehicle, say),
            [say(w.SHIPMENT), content.shipment],
            *([[say(w.KEEP), keep]] if keep else []),
        ],
        "head": [
            *map(say, (w.NUMBER, w.LOT, w.GOODS, w.GRADE, w.COUNT)),
            say.net(lot.quantity for lot in lots),
        ],
        "rows": [
            [
                str(n),
                lot.number,
                lot.goods,
                lot.grade or NONE,
                say.count(lot.count),
                say.amount(lot.quantity.value, lot.quantity.unit),
            ]
            for n, lot in enumerate(lots, 1)
        ],
        "totals": _totals([(lot.quantity, lot.count) for lot in lots], say),
        "remarks": [say(w.CHECK_ON_ARRIVAL)],
        "boxes": [
            [say(w.SENDER), content.hub, ""],
            [say(w.DRIVER), content.vehicle.driver or content.vehicle.carrier, ""],
            [say(w.RECEIVER), content.receiver, ""],
        ],
    }


def _totals(lots: Sequence[tuple[Amount, int | None]], say: Tongue) -> list[list[str]]:
    """The last rows of a list of lots: a sum for each unit, all counts in the first."""
    counted = [count for _, count in lots if count is not None]
    sums = sums_of((amount.unit, amount.value) for amount, _ in lots)
    rows = [["", "", "", "", "", say.amount(value, unit)] for unit, value in sums.items()]
    rows[0][1:3] = say(w.TOTAL), say(w.LOTS, count=say.number(len(lots)))
    rows[0][4] = say.number(sum(counted)) if counted else ""
    return rows


def _temperature(limits: tuple[Decimal | None, Decimal | None], say: Tongue) -> str | None:
    low, high = (None if limit is None else say.number(limit) for limit in limits)
    if low is None and high is None:
        return None
    if low is None:
        return say(w.KEEP_BELOW, high=high)
    return say(w.KEEP_ABOVE, low=low) if high is None else say(w.KEEP_BETWEEN, low=low, high=high)


def _label(label: Label, say: Tongue) -> dict[str, Any]:
    days = [(w.PRODUCED, label.produced_on), (w.BEST_BEFORE, label.best_before_on)]
    return {
        "number": label.number,
        "number_size": _size(label.number, _NUMBER_SIZES),
        "goods": label.goods,
        "goods_size": _size(label.goods, _GOODS_SIZES),
        "grade": f"{say(w.GRADE)}: {label.grade}" if label.grade else "",
        "facts": [
            [say.net([label.quantity]), say.amount(label.quantity.value, label.quantity.unit)],
            [say(w.COUNT), say.count(label.count)],
            *([say(name), day_name(on).say(say.language)] for name, on in days if on),
        ],
        "origin": say(w.ORIGIN, region=label.origin) if label.origin else "",
        "qr": Qr(label.qr),
    }


def _size(text: str, sizes: Iterable[tuple[int, int]]) -> int:
    """Points in which *text* fits: smaller for longer ones."""
    return next(points for longest, points in sizes if len(text) <= longest)


def _bast(content: Bast, say: Tongue) -> dict[str, Any]:
    handed = content.delivered_at or content.posted_at
    said = _signature(content, say)
    return {
        "opening": say(
            w.OPENING,
            day=say.day(handed),
            hub=content.hub,
            receiver=content.receiver,
            place=content.destination.name,
            shipment=content.shipment,
        ),
        "facts": [
            [say(w.RECEIPT), content.receipt],
            [say(w.SHIPMENT), content.shipment],
            [say(w.SENDER), content.hub, content.origin],
            place_fact(say(w.RECEIVER), content.receiver, content.destination),
            *vehicle_facts(content.vehicle, say),
            [say(w.POSTED), say.time(content.posted_at)],
            [say(w.SIGNATURE), *said],
        ],
        "head": [
            *map(say, (w.NUMBER, w.LOT, w.GOODS, w.UNIT, w.SHIPPED, w.RECEIVED, w.ACCEPTED)),
            *map(say, (w.DOWNGRADED, w.REJECTED, w.SHORT, w.WHY)),
        ],
        "rows": [_verdict(n, line, say) for n, line in enumerate(content.lines, 1)],
        "totals": _verdict_sums(content.lines, say),
        "remarks": [],
        "boxes": [
            [say(w.HANDED_OVER), content.hub, ""],
            [say(w.DRIVER), content.vehicle.driver or content.vehicle.carrier, ""],
            [
                say(w.TAKEN_OVER),
                content.receiver,
                "" if content.signed == "no" else ", ".join(said),
            ],
        ],
    }


def _signature(content: Bast, say: Tongue) -> list[str]:
    if content.signed == "no" or content.signed_at is None:
        return [say(w.NOT_SIGNED), say(w.SIGN_BY, at=say.time(content.sign_by))]
    if content.signed == "signed":
        return [say(w.SIGNED), say.time(content.signed_at)]
    return [say(w.DEEMED), say.time(content.signed_at), say(w.DEEMED_WHY)]


def _verdict(n: int, line: Verdict, say: Tongue) -> list[str]:
    reason = w.REASONS[line.reason].say(say.language) if line.reason else None
    return [
        str(n),
        line.number,
        line.goods if line.grade is None else f"{line.goods}, {line.grade}",
        line.unit,
        *(say.number(part(line)) for part in _VERDICTS),
        ": ".join(filter(None, (reason, line.note))),
    ]


def _verdict_sums(lines: Sequence[Verdict], say: Tongue) -> list[list[str]]:
    sums = [sums_of((line.unit, part(line)) for line in lines) for part in _VERDICTS]
    return [
        ["", say(w.TOTAL), "", unit, *(say.number(of[unit]) for of in sums), ""] for unit in sums[0]
    ]
