"""What a seller's overview says: the codes of what to do, and their sentences."""

from __future__ import annotations

from enum import StrEnum

from app.catalog.curation.gaps import Cause
from app.catalog.listings.schemas import ReviewReason
from app.core.text import Text
from app.parties.states import LicenceStatus


class ToDoCode(StrEnum):
    """What to do, the most urgent first."""

    BLOCKED = "blocked"
    LICENCE_MISSING = "licence_missing"
    LICENCE_REJECTED = "licence_rejected"
    LICENCE_WAITS = "licence_waits"
    CHANGES_REQUESTED = "changes_requested"
    CHANGE_NEEDS_WORK = "change_needs_work"
    REJECTED = "rejected"
    CHANGE_REJECTED = "change_rejected"
    LICENCE_ENDING = "licence_ending"
    LICENCE_NEEDED_SOON = "licence_needed_soon"
    SOLD_OUT = "sold_out"
    LOW_STOCK = "low_stock"
    CLOSURE = "closure"
    NOT_PUBLISHED = "not_published"
    DRAFT_LEFT = "draft_left"
    DRAFTS = "drafts"


T = ToDoCode
REASONS: dict[str, Text] = {
    ReviewReason.INCOMPLETE: Text("something is not filled in", "ada isian yang belum lengkap"),
    ReviewReason.WRONG_CATEGORY: Text("the category is not right", "kategorinya kurang tepat"),
    ReviewReason.MISLEADING_CLAIM: Text("a claim is not backed", "ada klaim yang belum terbukti"),
    ReviewReason.PRICE_UNCLEAR: Text("the price is not clear", "harganya belum jelas"),
    ReviewReason.POOR_PHOTO: Text("the photo is not good enough", "fotonya kurang jelas"),
    ReviewReason.NOT_FROM_BLITAR: Text(
        "it does not come from Blitar", "barangnya bukan dari Blitar"
    ),
    ReviewReason.LICENCE_IN_DOUBT: Text("a licence is in doubt", "izinnya masih diragukan"),
    ReviewReason.PROHIBITED_GOODS: Text(
        "these goods may not be sold here", "barang ini tidak boleh dijual di sini"
    ),
    ReviewReason.DUPLICATE: Text("it is there already", "produk ini sudah ada"),
    ReviewReason.OTHER: Text("see the curator's note", "lihat catatan kurator"),
}
BLOCKS: dict[str, Text] = {
    "licence_missing": Text(
        "“{title}” is off the shelf: it needs a valid {names}.",
        "“{title}” tidak tampil: perlu {names} yang berlaku.",
    ),
    "seller_suspended": Text(
        "“{title}” is off the shelf: your account is suspended. Ask the hub.",
        "“{title}” tidak tampil: akun Anda sedang ditangguhkan. Hubungi BTC.",
    ),
}
TEXTS: dict[str, Text] = {
    T.CHANGES_REQUESTED: Text(
        "Correct “{title}”, then submit it again: {why}.",
        "Perbaiki “{title}” lalu ajukan lagi: {why}.",
    ),
    T.CHANGE_NEEDS_WORK: Text(
        "Correct your change of “{title}”: {why}. Until then the old version is shown.",
        "Perbaiki usulan perubahan “{title}”: {why}. Sementara itu versi lama tetap tampil.",
    ),
    T.REJECTED: Text(
        "“{title}” was refused: {why}. Archive it, or write a new one.",
        "“{title}” ditolak: {why}. Arsipkan, atau buat produk baru.",
    ),
    T.CHANGE_REJECTED: Text(
        "Your change of “{title}” was refused: {why}. The old version stays.",
        "Usulan perubahan “{title}” ditolak: {why}. Versi lama tetap tampil.",
    ),
    T.SOLD_OUT: Text(
        "“{title}” is sold out. Add stock when there is some.",
        "Stok “{title}” habis. Tambah stok kalau barang sudah ada.",
    ),
    T.LOW_STOCK: Text("“{title}” is nearly sold out.", "Stok “{title}” hampir habis."),
    T.NOT_PUBLISHED: Text(
        "“{title}” is approved. Publish it so that buyers see it.",
        "“{title}” sudah disetujui. Tayangkan supaya pembeli bisa melihatnya.",
    ),
    T.DRAFT_LEFT: Text(
        "“{title}” is still a draft. Finish it and submit it.",
        "“{title}” masih draf. Lengkapi lalu ajukan.",
    ),
    T.DRAFTS: Text(
        "Drafts not submitted yet: {count}. Finish them and submit them.",
        "{count} draf belum diajukan. Lengkapi lalu ajukan.",
    ),
}
GAPS: dict[Cause, tuple[ToDoCode, Text]] = {
    Cause.MISSING: (
        T.LICENCE_MISSING,
        Text(
            "{goods} needs a valid {names}. File it and wait for the hub to verify it.",
            "{goods} perlu {names} yang berlaku. Ajukan izinnya dan tunggu verifikasi BTC.",
        ),
    ),
    Cause.RULE_COMES: (
        T.LICENCE_NEEDED_SOON,
        Text(
            "From {day} on {goods} needs a {names}. Without it your goods leave the shelf.",
            "Mulai {day} {goods} wajib punya {names}. Tanpa izin, produk tidak tampil lagi.",
        ),
    ),
    Cause.LICENCE_ENDS: (
        T.LICENCE_ENDING,
        Text(
            "Your {names} ends on {day} ({days} days left). Renew it to keep selling {goods}.",
            "Masa berlaku {names} Anda berakhir {day} ({days} hari lagi). Perpanjang supaya "
            "{goods} tetap bisa dijual.",
        ),
    ),
}
FILED: dict[LicenceStatus, tuple[ToDoCode, Text]] = {
    LicenceStatus.IN_PROCESS: (
        T.LICENCE_WAITS,
        Text(
            "{goods} needs a valid {names}. Your {filed} is filed and waits for the hub to verify "
            "it.",
            "{goods} perlu izin {names} yang berlaku. Izin {filed} Anda menunggu verifikasi BTC.",
        ),
    ),
    LicenceStatus.REJECTED: (
        T.LICENCE_REJECTED,
        Text(
            "{goods} needs a valid {names}. The hub has not accepted your {filed}; correct it and "
            "file it again.",
            "{goods} perlu izin {names} yang berlaku. Izin {filed} Anda ditolak BTC; perbaiki lalu "
            "ajukan lagi.",
        ),
    ),
}
"""What is said instead of a missing licence, by what became of one that was filed."""
CLOSED = Text(
    "You are closed from {first} to {last}. Open after all? Then cancel the closure.",
    "Anda tutup {first} sampai {last}. Kalau jadi buka, batalkan tutupnya.",
)
CLOSED_ONE_DAY = Text(
    "You are closed on {first}. Open after all? Then cancel the closure.",
    "Anda tutup {first}. Kalau jadi buka, batalkan tutupnya.",
)
