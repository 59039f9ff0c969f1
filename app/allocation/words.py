"""Why a share has its size, and why an offer brought nothing: said so that a farmer understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.allocation.planning import Excluded
from app.allocation.rules import Limit
from app.core.text import Text

_OFFERED = Text(
    "You were asked for all that your offer could give",
    "Anda diminta semua yang bisa diberikan penawaran Anda",
)
_MIN_PICKUP = Text(
    "You were asked for your smallest pick-up of {min_pickup}, because the order needed it",
    "Anda diminta sebanyak jemputan terkecil Anda, {min_pickup}, karena pesanan membutuhkannya",
)
_BY_RULE: dict[str, dict[Limit, Text]] = {
    "fair_share": {
        Limit.LEVEL: Text(
            "Your fair share: with it you come to {total}, as everybody who can bring that much",
            "Bagian adil Anda: dengan ini Anda mencapai {total}, seperti semua yang sanggup "
            "sebanyak itu",
        ),
        Limit.PACKS: Text(
            "Your fair share, in whole packs of {pack_size}",
            "Bagian adil Anda, dalam kemasan utuh {pack_size}",
        ),
    },
    "pro_rata": {
        Limit.PROPORTION: Text(
            "Everybody was asked for the same part of what they had left",
            "Semua diminta bagian yang sebanding dengan sisa penawarannya",
        ),
        Limit.PACKS: Text(
            "Everybody was asked for the same part of what they had left, you in whole packs of "
            "{pack_size}",
            "Semua diminta bagian yang sebanding dengan sisa penawarannya, Anda dalam kemasan utuh "
            "{pack_size}",
        ),
    },
    "lowest_cost": {
        Limit.PRICE: Text(
            "The cheapest offers came first, and of yours this much was still needed",
            "Penawaran termurah didahulukan, dan dari Anda masih dibutuhkan sebanyak ini",
        ),
        Limit.PACKS: Text(
            "The cheapest offers came first, and of yours this much was still needed, in whole "
            "packs of {pack_size}",
            "Penawaran termurah didahulukan, dan dari Anda masih dibutuhkan sebanyak ini, dalam "
            "kemasan utuh {pack_size}",
        ),
    },
    "fewest_pickups": {
        Limit.PICKUPS: Text(
            "As few places as possible are driven to, and of yours this much was needed",
            "Jemputan dibuat sesedikit mungkin, dan dari Anda dibutuhkan sebanyak ini",
        ),
        Limit.PACKS: Text(
            "As few places as possible are driven to, and of yours this much was needed, in whole "
            "packs of {pack_size}",
            "Jemputan dibuat sesedikit mungkin, dan dari Anda dibutuhkan sebanyak ini, dalam "
            "kemasan utuh {pack_size}",
        ),
    },
    "manual": {
        Limit.BY_HAND: Text(
            "The hub's desk named this quantity itself",
            "Jumlah ini ditentukan langsung oleh petugas BTC",
        ),
    },
}
_LISTING = Text(
    "These are goods of your own listing: you were asked for all that was ordered.",
    "Ini produk tayang Anda sendiri: Anda diminta semua yang dipesan.",
)
_NEAR_LEVEL = Text(
    "Your fair share: with it you come to {total}; the common level is {level}, and what does not "
    "divide evenly makes the difference",
    "Bagian adil Anda: dengan ini Anda mencapai {total}; takaran bersama {level}, selisihnya "
    "karena sisa yang tidak habis dibagi rata",
)
_CONTEXT = Text(
    "; {needed} was needed in all, {supply} could be brought (sellers: {sellers}), and your offer "
    "had {free} left",
    "; seluruhnya dibutuhkan {needed}, yang bisa dipenuhi {supply} (penjual: {sellers}), dan "
    "penawaran Anda masih {free}",
)
_HAD = Text(
    ", besides the {had} asked of you before", ", di luar {had} yang sudah diminta dari Anda"
)
_QUANTITIES = ("level", "total", "free", "pack_size", "min_pickup", "had", "supply", "needed")


def share_said(why: Mapping[str, Any], unit: str) -> Text:
    """Why a share (its stored *why*, in *unit*) has its size: one sentence."""
    if why["limited_by"] is None:
        return _LISTING
    limit = Limit(why["limited_by"])
    said = {Limit.OFFERED: _OFFERED, Limit.MIN_PICKUP: _MIN_PICKUP} | _BY_RULE[why["rule"]]
    level = why.get("level")
    total = why.get("total", level)  # what was decided before totals were kept has none
    near = limit is Limit.LEVEL and total != level
    parts = [_NEAR_LEVEL if near else said[limit]]
    if "needed" in why:  # what was decided before these numbers were kept has none
        parts.append(_CONTEXT)
        if why.get("had"):
            parts.append(_HAD)
    parts.append(Text(".", "."))
    known = {**why, "total": total}
    numbers = {name: f"{known.get(name)} {unit}" for name in _QUANTITIES}
    whole = Text("".join(part.en for part in parts), "".join(part.id for part in parts))
    return whole.filled(sellers=why.get("sellers"), **numbers)


EXCLUDED: dict[str, Text] = {
    Excluded.NOT_AVAILABLE_THEN: Text(
        "Your offer was not for that day; offer that day, too, if you have goods then.",
        "Penawaran Anda tidak untuk hari itu; tawarkan juga hari itu bila barangnya ada.",
    ),
    Excluded.CLOSED_THEN: Text(
        "You had announced a closure for that day; cancel it if you can bring goods after all.",
        "Anda mengumumkan libur untuk hari itu; batalkan liburnya bila ternyata bisa membawa "
        "barang.",
    ),
    Excluded.NOTHING_LEFT: Text(
        "Nothing was left of your offer; make another one if you have more.",
        "Penawaran Anda sudah habis; buat penawaran baru bila barang masih ada.",
    ),
    Excluded.FLOOR_PRICE: Text(
        "Your floor price is above the price of the orders; make an offer with a lower floor "
        "price, or none, to be asked.",
        "Harga terendah Anda di atas harga pesanan; buat penawaran dengan harga terendah yang "
        "lebih rendah, atau tanpa harga terendah, agar ikut diminta.",
    ),
    Excluded.LICENCE_MISSING: Text(
        "You had no valid licence for these goods; renew it and have the hub verify it.",
        "Izin Anda untuk barang ini belum ada atau sudah tidak berlaku; perbarui dan minta BTC "
        "memeriksanya.",
    ),
    Excluded.SELLER_SUSPENDED: Text(
        "Your account was suspended then; ask the hub why.",
        "Akun Anda sedang dibekukan saat itu; tanyakan alasannya kepada BTC.",
    ),
    Excluded.GAVE_BACK: Text(
        "You had given back a share of the same order, so it went to others; confirm what you can "
        "bring and you are asked again next time.",
        "Anda pernah mengembalikan bagian dari pesanan yang sama sehingga dialihkan ke penjual "
        "lain; sanggupi yang bisa Anda bawa agar diminta lagi berikutnya.",
    ),
    Excluded.TOO_LITTLE_LEFT: Text(
        "Less was left of your offer than one pack or your smallest pick-up; offer more, or in "
        "smaller packs.",
        "Sisa penawaran Anda kurang dari satu kemasan atau jemputan terkecil Anda; tawarkan lebih "
        "banyak atau kemasan lebih kecil.",
    ),
    Excluded.PASSED_OVER: Text(
        "Your smallest pick-up or your pack is more than your share would have been; with a "
        "smaller one you would be asked.",
        "Jemputan terkecil atau kemasan Anda lebih besar daripada bagian Anda; bila lebih kecil, "
        "Anda akan ikut diminta.",
    ),
    Excluded.SELLER_AT_LEVEL: Text(
        "You had as much as your fair share already, from earlier or from another offer of yours.",
        "Anda sudah mendapat bagian adil Anda, dari sebelumnya atau dari penawaran Anda yang lain.",
    ),
    Excluded.OTHERS_CHEAPER: Text(
        "Cheaper offers could bring all of it; a lower floor price would put yours before them.",
        "Penawaran yang lebih murah sudah mencukupi; harga terendah yang lebih rendah akan "
        "mendahulukan penawaran Anda.",
    ),
    Excluded.NO_PICKUP_NEEDED: Text(
        "Fewer pick-ups elsewhere brought all of it; a larger offer at one place is asked sooner.",
        "Jemputan yang lebih sedikit di tempat lain sudah mencukupi; penawaran lebih besar dari "
        "satu tempat lebih dulu diminta.",
    ),
    Excluded.FOR_OTHER_LINES: Text(
        "Your offer was asked for other orders of the same decision.",
        "Penawaran Anda diminta untuk pesanan lain dalam keputusan yang sama.",
    ),
    "paused": Text(
        "Your offer was paused then; resume it to be asked.",
        "Penawaran Anda sedang dijeda saat itu; lanjutkan agar ikut diminta.",
    ),
    "forecast": Text(
        "Your offer was only a forecast then; commit to it to be asked.",
        "Penawaran Anda baru perkiraan saat itu; pastikan agar ikut diminta.",
    ),
    "ended": Text(
        "Your offer had been withdrawn or was over; make a new one to be asked.",
        "Penawaran Anda sudah ditarik atau berakhir; buat yang baru agar ikut diminta.",
    ),
    "not_named": Text(
        "The hub's desk named the sellers itself, and not you, this time.",
        "Kali ini petugas BTC menentukan sendiri penjualnya, dan Anda belum termasuk.",
    ),
}
"""Why an offer brought nothing, and what its seller can do; beside the rule's own reasons, those of
offers that no rule ever looked at."""
