"""What the page says, for people who have never heard of a tracking status.

Indonesian is written first by ear: short, without foreign words.
"""

from __future__ import annotations

from app.core.text import Text
from app.shipments.models import DelayRule
from app.shipments.states import ShipmentStatus as S
from app.shipments.states import TrackingStatus as T
from app.shipments.tracking.schemas import IncidentReason as R

WHERE: dict[str, Text] = {
    T.PICKED_UP: Text("It has left {from_}.", "Sudah berangkat dari {from_}."),
    T.IN_TRANSIT: Text("It is on its way to {to}.", "Dalam perjalanan ke {to}."),
    T.ON_HOLD: Text(
        "It is being held up on the way to {to}.", "Tertahan dalam perjalanan ke {to}."
    ),
    T.DELIVERY_DELAYED: Text(
        "It is late on the way to {to}.", "Terlambat dalam perjalanan ke {to}."
    ),
    T.OUT_FOR_DELIVERY: Text(
        "It is on the last stretch, in {to}.", "Sedang diantar ke penerima di {to}."
    ),
    T.READY_FOR_PICKUP: Text("It can be picked up in {to}.", "Siap diambil di {to}."),
    T.DELIVERED: Text(
        "The carrier says that it has reached {to}.", "Menurut pengangkut, sudah sampai di {to}."
    ),
    T.DELIVERY_FAILED: Text(
        "It could not be handed over in {to}.", "Belum berhasil diserahkan di {to}."
    ),
    T.RETURN_TO_SENDER: Text("It is on its way back.", "Sedang dikembalikan ke pengirim."),
    T.UNKNOWN: Text(
        "It is on its way to {to}; the last news says no more.",
        "Dalam perjalanan ke {to}; kabar terakhir belum jelas.",
    ),
}
"""Where it is on the road, in one sentence, by what was heard of it."""

_RECEIVED = Text("It was received in {to}.", "Sudah diterima di {to}.")

SETTLED: dict[str, Text] = {
    S.PLANNED: Text("It is being prepared in {from_}.", "Sedang disiapkan di {from_}."),
    S.LOADING: Text("It is being loaded in {from_}.", "Sedang dimuat di {from_}."),
    S.ARRIVED: Text(
        "It has arrived in {to} and is being received.", "Sudah tiba di {to}, sedang diterima."
    ),
    S.DELIVERED: _RECEIVED,
    S.CLOSED: _RECEIVED,
    S.CANCELLED: Text("This delivery was called off.", "Pengiriman ini dibatalkan."),
    S.REFUSED: Text("It was refused in {to}.", "Ditolak penerima di {to}."),
    S.RETURNED: Text("It is back where it came from.", "Sudah kembali ke pengirim."),
    S.LOST: Text("It was lost on the way.", "Dinyatakan hilang di perjalanan."),
}
"""The same where what people did with it rules, whatever was heard from the road."""

STEPS: dict[str, Text] = {
    T.PENDING: Text("Being prepared", "Disiapkan"),
    T.PICKED_UP: Text("Left", "Berangkat"),
    T.IN_TRANSIT: Text("On the way", "Dalam perjalanan"),
    T.ON_HOLD: Text("Held up", "Tertahan"),
    T.DELIVERY_DELAYED: Text("Late", "Terlambat"),
    T.OUT_FOR_DELIVERY: Text("On the last stretch", "Sedang diantar"),
    T.READY_FOR_PICKUP: Text("Ready to be picked up", "Siap diambil"),
    T.DELIVERED: Text("Reached its goal", "Sudah sampai"),
    T.DELIVERY_FAILED: Text("Not handed over", "Belum berhasil diserahkan"),
    T.RETURN_TO_SENDER: Text("Going back", "Dikembalikan"),
    T.CANCELLED: Text("Called off", "Dibatalkan"),
    T.UNKNOWN: Text("Unclear news", "Kabar belum jelas"),
}
"""A step of the way, in the list."""

ARRIVED = Text("Arrived", "Tiba")
"""The same where it is on its way no longer."""

REASONS: dict[str, Text] = {
    R.GOODS_DAMAGED: Text("goods are damaged", "ada barang yang rusak"),
    R.GOODS_LOST: Text("goods are missing", "ada barang yang hilang"),
    R.GOODS_SORTED_WRONG: Text("put on the wrong way", "salah jalur"),
    R.VEHICLE_TROUBLE: Text("trouble with the vehicle", "kendaraan bermasalah"),
    R.VEHICLE_FULL: Text("the vehicle was full", "kendaraan penuh"),
    R.OUT_OF_TIME: Text("the day was too short", "kehabisan waktu hari itu"),
    R.ROAD_BLOCKED: Text("the road is blocked or jammed", "jalan macet atau terputus"),
    R.ADDRESS_NOT_FOUND: Text("the address was not found", "alamat tidak ditemukan"),
    R.ADDRESS_WRONG: Text("the address is wrong", "alamatnya keliru"),
    R.SENDER_NOT_READY: Text("the sender was not ready", "pengirim belum siap"),
    R.SENDER_CANCELLED: Text("the sender called it off", "dibatalkan pengirim"),
    R.PAPERS_WRONG: Text("something is wrong with the papers", "surat-surat belum benar"),
    R.WRONG_GOODS: Text("these are not the right goods", "barangnya tidak sesuai"),
    R.WEIGHT_OR_SIZE_WRONG: Text("weight or size differ", "berat atau ukuran berbeda"),
    R.PACKING_UNFIT: Text("the packing is not fit to travel", "kemasan kurang layak"),
    R.RECEIVER_REFUSED: Text("the receiver refused", "ditolak penerima"),
    R.RECEIVER_CLOSED: Text("the receiver was closed", "tempat penerima tutup"),
    R.RECEIVER_ABSENT: Text("nobody was there", "penerima tidak di tempat"),
    R.RECEIVER_CANCELLED: Text("the receiver called it off", "dibatalkan penerima"),
    R.RECEIVER_NOT_VERIFIED: Text(
        "nobody could show that it is for them", "penerima belum bisa dipastikan"
    ),
    R.NO_ACCESS: Text("there was no way in", "tidak bisa masuk ke lokasi"),
    R.QUARANTINE: Text("held for quarantine", "pemeriksaan karantina"),
    R.HELD_BY_AUTHORITY: Text("held by an authority", "ditahan petugas berwenang"),
    R.SECURITY: Text("safety on the road", "alasan keamanan"),
    R.WEATHER: Text("bad weather", "cuaca buruk"),
    R.NATURAL_DISASTER: Text("a natural disaster", "bencana alam"),
    R.FORCE_MAJEURE: Text("beyond anybody's control", "keadaan di luar kendali"),
    R.BEING_SEARCHED: Text("it is being looked for", "sedang dicari"),
    R.OTHER: Text("other", "lainnya"),
}
"""Why something does not go as planned."""

BECAUSE = Text("Reason: {reason}.", "Sebab: {reason}.")

DELAYS: dict[str, Text] = {
    DelayRule.PROMISE_MISSED: Text(
        "It will be later than promised.", "Tiba lebih lambat dari yang dijanjikan."
    ),
    DelayRule.OVERDUE: Text("It should have arrived by now.", "Seharusnya sudah tiba."),
    DelayRule.SILENT: Text(
        "Nothing was heard from the road for a while.",
        "Sudah agak lama tidak ada kabar dari jalan.",
    ),
}
"""What a rule found, by the rule."""

EXPECTED = Text("Expected {day}, around {time} WIB.", "Perkiraan tiba {day}, sekitar {time} WIB.")
REVISED = Text(
    "This estimate was revised {times} times.", "Perkiraan ini sudah diubah {times} kali."
)
REVISED_ONCE = Text("This estimate was revised once.", "Perkiraan ini sudah diubah satu kali.")
PROMISED = Text("Promised for {day}.", "Dijanjikan tiba {day}.")
LATER = Text(
    "That is {days} after the promised day, {day}.",
    "Itu {days} setelah hari yang dijanjikan, {day}.",
)
PASSED = Text(
    "That time has passed, and nobody has reported its arrival yet.",
    "Waktu itu sudah lewat, tetapi barang belum tercatat tiba.",
)
PAST_DAY = Text(
    "That day has passed, and nobody has reported its arrival yet.",
    "Hari itu sudah lewat, tetapi barang belum tercatat tiba.",
)
ONE_DAY = Text("one day", "satu hari")
DAYS = Text("{n} days", "{n} hari")
RECEIVED = Text("Received {day} at {time} WIB.", "Diterima {day} pukul {time} WIB.")
HEARD = Text("Last news {day} at {time} WIB", "Kabar terakhir {day} pukul {time} WIB")

WEEKDAYS = (
    Text("Monday", "Senin"),
    Text("Tuesday", "Selasa"),
    Text("Wednesday", "Rabu"),
    Text("Thursday", "Kamis"),
    Text("Friday", "Jumat"),
    Text("Saturday", "Sabtu"),
    Text("Sunday", "Minggu"),
)

LABELS: dict[str, Text] = {
    "track": Text("Follow a delivery", "Lacak kiriman"),
    "about": Text(
        "See where your delivery is and when it comes: its code is in the WhatsApp message or on "
        "the paper you were given, and you may paste the whole message here.",
        "Lihat kiriman Anda sudah sampai mana dan kapan tiba: kodenya ada di pesan WhatsApp atau "
        "di surat yang Anda terima, dan seluruh pesannya boleh ditempel di sini.",
    ),
    "ask": Text(
        "Please ask the seller or the shop you ordered from what happens next.",
        "Untuk langkah selanjutnya, silakan tanya penjual atau toko tempat Anda memesan.",
    ),
    "another": Text("Follow another delivery", "Lacak kiriman lain"),
    "code": Text("Tracking code", "Kode lacak"),
    "code_hint": Text(
        "As on the waybill, like BTC-7K3M9QX2PT.",
        "Seperti di surat jalan, contohnya BTC-7K3M9QX2PT.",
    ),
    "follow": Text("Follow", "Lacak"),
    "delivery": Text("Delivery", "Kiriman"),
    "from": Text("From", "Dari"),
    "to": Text("To", "Tujuan"),
    "goods": Text("What", "Isi"),
    "way": Text("The way so far", "Perjalanan sejauh ini"),
    "no_news": Text("There is no news from the road yet.", "Belum ada kabar dari perjalanan."),
    "zone": Text(
        "All times are Western Indonesian Time (WIB).",
        "Semua jam dalam Waktu Indonesia Barat (WIB).",
    ),
    "older": Text("Older news", "Kabar sebelumnya"),
    "newer": Text("Newer news", "Kabar sesudahnya"),
    "left_out": Text("Still older news is left out.", "Kabar yang lebih lama tidak ditampilkan."),
    "page": Text("Page {page} of {pages}", "Halaman {page} dari {pages}"),
    "sketch": Text("A sketch; the road is longer.", "Sketsa saja; jalannya lebih panjang."),
    "map": Text("Sketch map from {from_} to {to}.", "Peta sketsa dari {from_} ke {to}."),
    "map_here": Text("Last seen between the two.", "Terakhir terlihat di antara keduanya."),
    "here": Text("last seen", "terakhir di sini"),
    "test": Text(
        "For practice only: these goods do not exist.",
        "Hanya untuk uji coba: barang ini tidak ada.",
    ),
    "reload": Text("Look for news", "Cek kabar terbaru"),
    "connected": Text(
        "Connected: news shows up by itself.", "Terhubung: kabar baru muncul sendiri."
    ),
    "polling": Text("Looked up once a minute.", "Dicek setiap menit."),
    "lost": Text("Disconnected. Trying again.", "Terputus. Sedang mencoba lagi."),
    "unknown": Text("We do not know this code", "Kode ini tidak kami temukan"),
    "typed": Text("You looked for", "Yang Anda cari"),
    "check": Text("Please check:", "Coba periksa:"),
    "check_form": Text(
        "Does it begin with BTC, followed by ten letters and digits?",
        "Apakah diawali BTC, lalu sepuluh huruf dan angka?",
    ),
    "check_marks": Text(
        "Is every character the same as on the waybill? Capital or small does not matter, nor do "
        "dashes; there is no letter U.",
        "Apakah setiap huruf dan angka sama dengan di surat jalan? Huruf besar atau kecil dan "
        "tanda hubung tidak masalah; huruf U tidak dipakai.",
    ),
    "check_link": Text(
        "Was the whole link copied from the message?",
        "Apakah seluruh tautan dari pesan sudah ikut tersalin?",
    ),
    "check_sender": Text(
        "If it still does not work, ask whoever gave you the code.",
        "Kalau masih belum bisa, tanyakan kepada yang memberi kode.",
    ),
    "busy": Text("Please try again in a moment", "Coba lagi sebentar"),
    "busy_advice": Text(
        "The service is too busy to look right now. Your code is fine.",
        "Layanan sedang sibuk dan belum bisa mencari. Kode Anda tidak apa-apa.",
    ),
    "again": Text("Try again", "Coba lagi"),
    "switch": Text("Bahasa Indonesia", "English"),
}
