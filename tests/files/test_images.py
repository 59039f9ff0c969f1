"""Photos: what a phone sends becomes small, upright and silent; what only pretends is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, JpegImagePlugin, PngImagePlugin

from app.core.errors import DomainError
from app.files.headers import PhotoTooLarge, PhotoType, PhotoUnreadable, probe
from app.files.images import MEDIA_TYPES, Rendered, render
from app.files.sandbox import Sandbox
from tests.files import jobs, pictures
from tests.files.pictures import BLUE, CORNERS, GREEN, RED, WHITE, alike, corners, encoded, quarters

JPEG, PNG, WEBP = MEDIA_TYPES
MB = 2**20


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    made = Sandbox()
    yield made
    await made.close()


def made_of(tmp_path: Path, data: bytes, media_type: str = JPEG) -> Rendered:
    """What `render` makes of *data*; here in this process, the decoder is Pillow's all the same."""
    path = tmp_path / "photo"
    path.write_bytes(data)
    return render(path, media_type)


def looks_like(made: Rendered, expected: list[pictures.Corner]) -> bool:
    return all(
        alike(seen, right)
        for size in made.sizes
        for seen, right in zip(corners(size.data), expected, strict=True)
    )


class TestPhone:
    """A photo of 12 megapixels, taken upright with a phone whose sensor lies on its side."""

    @pytest.fixture
    def photo(self, tmp_path: Path) -> Path:
        path = tmp_path / "photo.jpg"
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        path.write_bytes(
            encoded(
                quarters(4000, 3000),
                exif=pictures.exif(orientation=6),
                icc_profile=profile,
                comment=b"RAHASIA",
                xmp=b"<x:xmpmeta>RAHASIA</x:xmpmeta>",
            )
            + b"PK\x03\x04 RAHASIA"
        )
        with Image.open(path) as sent:  # the test would prove nothing without these
            assert sent.getexif().get_ifd(0x8825)
            assert {"icc_profile", "comment", "xmp", "exif"} <= set(sent.info)
        return path

    @pytest.mark.anyio
    async def test_it_comes_out_upright_in_three_sizes(self, sandbox: Sandbox, photo: Path) -> None:
        made = await sandbox.run(render, photo, JPEG)
        assert (made.width, made.height) == (3000, 4000)
        assert [(s.name, s.width, s.height) for s in made.sizes] == [
            ("large", 1200, 1600),
            ("medium", 600, 800),
            ("thumb", 240, 320),
        ]
        assert looks_like(made, [BLUE, RED, WHITE, GREEN])

    @pytest.mark.anyio
    async def test_nothing_but_the_picture_is_told(self, sandbox: Sandbox, photo: Path) -> None:
        for size in (await sandbox.run(render, photo, JPEG)).sizes:
            for secret in (b"RAHASIA", b"Exif", b"Contoh Ponsel", b"http", b"ICC_PROFILE"):
                assert secret not in size.data
            with Image.open(BytesIO(size.data)) as shown:
                assert isinstance(shown, JpegImagePlugin.JpegImageFile)
                assert (shown.width, shown.height) == (size.width, size.height)
                assert not shown.getexif()
                assert [marker for marker, _ in shown.applist] == ["APP0"]
                assert shown.info["progressive"]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)])
def test_whichever_way_it_was_held_it_is_upright(
    tmp_path: Path, orientation: int, kind: str, media_type: str
) -> None:
    turn = Image.Transpose
    undone = {
        2: turn.FLIP_LEFT_RIGHT,
        3: turn.ROTATE_180,
        4: turn.FLIP_TOP_BOTTOM,
        5: turn.TRANSPOSE,
        6: turn.ROTATE_90,
        7: turn.TRANSVERSE,
        8: turn.ROTATE_270,
    }
    upright = quarters(400, 200)
    taken = upright.transpose(undone[orientation]) if orientation in undone else upright
    made = made_of(
        tmp_path, encoded(taken, kind, exif=pictures.exif(orientation), quality=95), media_type
    )
    assert (made.width, made.height) == (400, 200)
    assert looks_like(made, CORNERS)


def test_a_small_photo_is_not_made_larger(tmp_path: Path) -> None:
    made = made_of(tmp_path, encoded(quarters(500, 400)))
    assert [(s.width, s.height) for s in made.sizes] == [(500, 400), (500, 400), (320, 256)]


def test_a_strip_keeps_at_least_one_pixel(tmp_path: Path) -> None:
    made = made_of(tmp_path, encoded(quarters(6000, 2), "PNG"), PNG)
    assert [(s.width, s.height) for s in made.sizes] == [(1600, 1), (800, 1), (320, 1)]


def grey(mode: str, value: int) -> Image.Image:
    return Image.new(mode, (64, 64), value)


def with_alpha(mode: str) -> Image.Image:
    picture = quarters(64, 64).convert(mode)
    picture.putalpha(0)
    return picture


MODES: dict[str, tuple[bytes, str, pictures.Corner]] = {
    "16-bit grey": (encoded(grey("I;16", 0x8000), "PNG"), PNG, (128, 128, 128)),
    "8-bit grey": (encoded(grey("L", 128)), JPEG, (128, 128, 128)),
    "one bit": (encoded(grey("1", 1), "PNG"), PNG, (255, 255, 255)),
    "palette": (encoded(Image.new("RGB", (64, 64), RED).quantize(4), "PNG"), PNG, RED),
    "palette, see-through": (
        encoded(Image.new("P", (64, 64), 0), "PNG", transparency=0),
        PNG,
        (255, 255, 255),
    ),
    "see-through": (encoded(with_alpha("RGB"), "PNG"), PNG, (255, 255, 255)),
    "see-through grey": (encoded(with_alpha("L"), "PNG"), PNG, (255, 255, 255)),
    "see-through WebP": (encoded(with_alpha("RGB"), "WEBP"), WEBP, (255, 255, 255)),
    "lossless WebP": (
        encoded(Image.new("RGB", (64, 64), BLUE), "WEBP", lossless=True),
        WEBP,
        BLUE,
    ),
    "CMYK": (encoded(Image.new("RGB", (64, 64), WHITE).convert("CMYK")), JPEG, WHITE),
}


@pytest.mark.parametrize(("data", "media_type", "colour"), MODES.values(), ids=MODES)
def test_every_way_to_write_colours_is_understood(
    tmp_path: Path, data: bytes, media_type: str, colour: pictures.Corner
) -> None:
    assert looks_like(made_of(tmp_path, data, media_type), [colour] * 4)


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", PNG), ("WEBP", WEBP)])
def test_of_a_moving_picture_the_first_frame_is_taken(
    tmp_path: Path, kind: str, media_type: str
) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in (RED, GREEN, BLUE)]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert looks_like(made_of(tmp_path, data, media_type), [RED] * 4)


def test_colours_of_a_wider_profile_are_shown_as_they_were_meant(tmp_path: Path) -> None:
    """Ignored, the profile would leave red what it says is blue."""
    swapped = _profile_with_swapped_primaries()
    made = made_of(tmp_path, encoded(Image.new("RGB", (64, 64), RED), icc_profile=swapped))
    assert looks_like(made, [(RED[2], RED[1], RED[0])] * 4)


def _profile_with_swapped_primaries() -> bytes:
    """sRGB whose red is called blue: the tags ``rXYZ`` and ``bXYZ`` change names."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    table = profile[128 : 128 + 4 + 12 * int.from_bytes(profile[128:132], "big")]
    swapped = table.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")
    assert swapped != table
    return profile.replace(table, swapped)


def test_a_broken_profile_does_not_cost_the_photo(tmp_path: Path) -> None:
    made = made_of(tmp_path, encoded(quarters(64, 64), icc_profile=b"no profile at all"))
    assert looks_like(made, CORNERS)


GOOD = encoded(quarters(800, 600), quality=90)
LIES: dict[str, tuple[bytes, str, type[DomainError]]] = {
    "JPEG called PNG": (GOOD, PNG, PhotoType),
    "PNG called JPEG": (encoded(quarters(8, 8), "PNG"), JPEG, PhotoType),
    "GIF": (encoded(quarters(8, 8), "GIF"), JPEG, PhotoType),
    "BMP": (encoded(quarters(8, 8), "BMP"), PNG, PhotoType),
    "zip": (b"PK\x03\x04" + GOOD, JPEG, PhotoType),
    "HTML": (b"<!doctype html><script>alert(1)</script>", JPEG, PhotoType),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", PNG, PhotoType),
    "GIF and JPEG in one": (b"GIF89a" + GOOD, JPEG, PhotoType),
    "nothing": (b"", JPEG, PhotoType),
    "sound": (b"RIFF\x24\x00\x00\x00WAVEfmt ", WEBP, PhotoType),
    "only the first bytes": (b"\xff\xd8\xff", JPEG, PhotoUnreadable),
    "cut in the header": (GOOD[:100], JPEG, PhotoUnreadable),
    "cut in the middle": (GOOD[: len(GOOD) // 2], JPEG, PhotoUnreadable),
    "PNG cut in the middle": (encoded(quarters(900, 900), "PNG")[:600], PNG, PhotoUnreadable),
    "WebP cut in the middle": (encoded(quarters(900, 900), "WEBP")[:400], WEBP, PhotoUnreadable),
    "WebP of nothing": (b"RIFF\x24\x00\x00\x00WEBPVP8?" + bytes(20), WEBP, PhotoUnreadable),
    "bomb": (pictures.png(30_000, 30_000, 30_000), PNG, PhotoTooLarge),
    "bigger than any camera": (pictures.png(2**31 - 1, 2**31 - 1, 1), PNG, PhotoTooLarge),
    "without width": (pictures.png(0, 10, 1), PNG, PhotoUnreadable),
    "WebP of 16384 squared": (
        b"RIFF\x24\x00\x00\x00WEBPVP8X" + bytes(8) + b"\xff\x3f\x00\xff\x3f\x00",
        WEBP,
        PhotoTooLarge,
    ),
    "JPEG of 65535 squared": (
        b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + bytes(99),
        JPEG,
        PhotoTooLarge,
    ),
    "endless segments": (b"\xff\xd8" + b"\xff\xe1\x00\x02" * 500_000, JPEG, PhotoUnreadable),
}


@pytest.mark.parametrize(("data", "media_type", "refusal"), LIES.values(), ids=LIES)
def test_what_is_no_photo_is_refused(
    tmp_path: Path, data: bytes, media_type: str, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        made_of(tmp_path, data, media_type)


def test_a_text_that_unfolds_into_gigabytes_is_refused(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "x" * (80 * MB), zip=True)
    with pytest.raises(PhotoUnreadable):
        made_of(tmp_path, encoded(quarters(8, 8), "PNG", pnginfo=texts), PNG)


@pytest.mark.anyio
async def test_a_bomb_costs_no_memory_inside_nor_outside(sandbox: Sandbox, tmp_path: Path) -> None:
    """900 million pixels in a hundred kilobytes; nobody unfolds them."""
    bomb = tmp_path / "bomb"
    bomb.write_bytes(pictures.png(30_000, 30_000, 30_000))
    assert bomb.stat().st_size < MB
    (tmp_path / "good").write_bytes(GOOD)
    await sandbox.run(render, tmp_path / "good", JPEG)  # everything that is needed is loaded
    inside = psutil.Process(await sandbox.run(jobs.process))
    before = await sandbox.run(jobs.peak)
    ours = psutil.Process().memory_info().rss
    with pytest.raises(PhotoTooLarge):
        await sandbox.run(render, bomb, PNG)
    assert inside.is_running()
    assert await sandbox.run(jobs.process) == inside.pid
    assert await sandbox.run(jobs.peak) - before < 8 * MB
    assert psutil.Process().memory_info().rss - ours < 8 * MB


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("kind", "options"), [("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {"method": 0})]
)
async def test_the_largest_photo_fits_into_the_sandbox(
    sandbox: Sandbox, tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    path = tmp_path / "photo"
    path.write_bytes(encoded(quarters(8000, 5000), kind, **options))
    made = await sandbox.run(render, path, f"image/{kind.lower()}")
    assert (made.sizes[0].width, made.sizes[0].height) == (1600, 1000)
    assert await sandbox.run(jobs.peak) < 1000 * MB


@pytest.mark.anyio
async def test_random_bytes_never_get_the_better_of_it(sandbox: Sandbox, tmp_path: Path) -> None:
    """Photos with bytes changed, and anything at all: a photo or a refusal, and nothing else."""
    originals = [(GOOD[:2000], JPEG)] + [
        (encoded(quarters(60, 40), kind), media_type)
        for kind, media_type in [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)]
    ]
    found: list[tuple[bytes, str]] = []

    @settings(max_examples=150, database=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(originals),
        st.lists(st.tuples(st.integers(0, 1999), st.integers(0, 255)), max_size=8),
        st.binary(max_size=60),
    )
    def collect(original: tuple[bytes, str], changes: list[tuple[int, int]], more: bytes) -> None:
        data = bytearray(original[0])
        for at, value in changes:
            data[at % len(data)] = value
        found.extend([(bytes(data) + more, original[1]), (more, original[1])])

    collect()
    path = tmp_path / "photo"
    outcomes = set()
    for data, media_type in found:
        path.write_bytes(data)
        try:
            outcomes.add(type(await sandbox.run(render, path, media_type)))
        except DomainError as refused:
            outcomes.add(type(refused))
    assert {Rendered, PhotoType, PhotoUnreadable} <= outcomes


def test_a_header_is_read_without_reading_the_file() -> None:
    data = BytesIO(GOOD + bytes(10 * MB))
    assert probe(data) == (JPEG, 800, 600)
    assert data.tell() < 1000
