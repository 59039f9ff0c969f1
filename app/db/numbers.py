"""Numbers that people can say on the phone: ``ORD-2026-000123``. They may have gaps."""

from __future__ import annotations

SEQUENCES = {
    "agreement": "AGR",
    "order": "ORD",
    "lot": "LOT",
    "shipment": "SHP",
    "goods_receipt": "BAST",
    "quote_request": "QRQ",
    "leg": "LEG",
    "claim": "CLM",
    "recall": "RCL",
}


def number_sql(name: str) -> str:
    """An SQL expression for the next number of a kind of object, in the year of Jakarta's day."""
    return f"btc_number('{SEQUENCES[name]}', nextval('{name}_number'))"
