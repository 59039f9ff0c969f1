"""What the desk looks at: each section with its sentence, and where its whole list is."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from app.core.text import Text


class SectionCode(StrEnum):
    """The sections in their order: what waits for the hub first."""

    ORDERS_TO_ANSWER = "orders_to_answer"
    QUOTE_REQUESTS_TO_ANSWER = "quote_requests_to_answer"
    AMENDMENTS_TO_ANSWER = "amendments_to_answer"
    CLAIMS_TO_ANSWER = "claims_to_answer"
    CLAIMS_TO_RESOLVE = "claims_to_resolve"
    SHIPMENTS_REFUSED = "shipments_refused"
    LOTS_QUARANTINED = "lots_quarantined"
    LOTS_EXPIRED = "lots_expired"
    LOTS_RECALLED = "lots_recalled"
    LINES_UNALLOCATED = "lines_unallocated"
    ORDERS_LATE = "orders_late"
    ALLOCATIONS_AT_SELLERS = "allocations_at_sellers"
    QUOTE_REQUESTS_AT_BUYERS = "quote_requests_at_buyers"
    AMENDMENTS_AT_BUYERS = "amendments_at_buyers"
    AGREEMENTS_AT_BUYERS = "agreements_at_buyers"
    AGREEMENTS_ENDING = "agreements_ending"
    QUOTA_FULLEST = "quota_fullest"
    PRICES_STALE = "prices_stale"


C = SectionCode


class Said(NamedTuple):
    """A section's sentence, with ``{count}``, and the path of its list, if there is one."""

    text: Text
    link: str | None


SECTIONS: dict[SectionCode, Said] = {
    C.ORDERS_TO_ANSWER: Said(
        Text(
            "Orders that wait for the hub's answer: {count}. Without one they expire.",
            "{count} pesanan menunggu jawaban BTC. Tanpa jawaban, pesanan kedaluwarsa.",
        ),
        "/v1/orders?status=placed",
    ),
    C.QUOTE_REQUESTS_TO_ANSWER: Said(
        Text(
            "Quote requests where it is the hub's turn: {count}.",
            "{count} permintaan penawaran menunggu giliran BTC.",
        ),
        "/v1/quote-requests?waiting_for=hub",
    ),
    C.AMENDMENTS_TO_ANSWER: Said(
        Text(
            "Amendments that buyers proposed and the hub has to answer: {count}.",
            "{count} usulan perubahan dari pembeli menunggu jawaban BTC.",
        ),
        None,
    ),
    C.CLAIMS_TO_ANSWER: Said(
        Text(
            "Claims that wait for the hub's answer: {count}. Without one all is granted, and the "
            "hub bears it.",
            "{count} klaim menunggu jawaban BTC. Tanpa jawaban, semuanya dikabulkan dan ditanggung "
            "BTC.",
        ),
        None,
    ),
    C.CLAIMS_TO_RESOLVE: Said(
        Text(
            "Claims of which the hub has to do what was granted: {count}.",
            "{count} klaim sudah dikabulkan dan menunggu diselesaikan BTC.",
        ),
        None,
    ),
    C.SHIPMENTS_REFUSED: Said(
        Text(
            "Shipments that were refused and have to come back or be written off: {count}.",
            "{count} pengiriman ditolak dan menunggu dikembalikan atau dinyatakan hilang.",
        ),
        "/v1/shipments?status=refused",
    ),
    C.LOTS_QUARANTINED: Said(
        Text(
            "Lots in quarantine: {count}. Clear them, inspect them or reject them.",
            "{count} lot dikarantina. Loloskan, periksa, atau tolak.",
        ),
        "/v1/lots?status=quarantined",
    ),
    C.LOTS_EXPIRED: Said(
        Text(
            "Lots past their best-before day that still lie in the store: {count}.",
            "{count} lot lewat tanggal baik digunakan dan masih ada di gudang.",
        ),
        "/v1/lots?status=expired",
    ),
    C.LOTS_RECALLED: Said(
        Text(
            "Lots that were called back and still lie in the store: {count}.",
            "{count} lot ditarik dan masih ada di gudang.",
        ),
        "/v1/lots?status=recalled",
    ),
    C.LINES_UNALLOCATED: Said(
        Text(
            "Order lines for delivery within 7 days that lack sellers: {count}.",
            "{count} baris pesanan untuk 7 hari ke depan belum lengkap penjualnya.",
        ),
        "/v1/orders?unallocated=true",
    ),
    C.ORDERS_LATE: Said(
        Text(
            "Orders whose day is over and that are not done: {count}. Close short what will not "
            "come.",
            "{count} pesanan lewat hari kirimnya dan belum selesai. Tutup sisa yang tidak akan "
            "datang.",
        ),
        "/v1/orders?overdue=true",
    ),
    C.ALLOCATIONS_AT_SELLERS: Said(
        Text(
            "Shares that wait for their sellers' answer: {count}.",
            "{count} bagian menunggu jawaban penjual.",
        ),
        "/v1/allocations?status=offered",
    ),
    C.QUOTE_REQUESTS_AT_BUYERS: Said(
        Text(
            "Quote requests where it is the buyer's turn: {count}.",
            "{count} permintaan penawaran menunggu giliran pembeli.",
        ),
        "/v1/quote-requests?waiting_for=buyer",
    ),
    C.AMENDMENTS_AT_BUYERS: Said(
        Text(
            "Amendments that the hub proposed and buyers have to answer: {count}.",
            "{count} usulan perubahan dari BTC menunggu jawaban pembeli.",
        ),
        None,
    ),
    C.AGREEMENTS_AT_BUYERS: Said(
        Text(
            "Agreements that wait for their buyers' consent: {count}.",
            "{count} kontrak menunggu persetujuan pembeli.",
        ),
        "/v1/agreements?status=proposed",
    ),
    C.AGREEMENTS_ENDING: Said(
        Text(
            "Agreements that end within 30 days: {count}. Extend them, or let them run out.",
            "{count} kontrak berakhir dalam 30 hari. Perpanjang, atau biarkan selesai.",
        ),
        "/v1/agreements?status=active",
    ),
    C.QUOTA_FULLEST: Said(
        Text(
            "Quotas of active agreements in their present period: {count}; the fullest first.",
            "{count} kuota kontrak aktif pada periode ini, yang paling penuh lebih dulu.",
        ),
        "/v1/agreements?status=active",
    ),
    C.PRICES_STALE: Said(
        Text(
            "Reference prices of active agreements without a reading for 14 days: {count}.",
            "{count} harga acuan kontrak aktif belum diperbarui selama 14 hari.",
        ),
        "/v1/price-series",
    ),
}
