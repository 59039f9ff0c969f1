"""A phone's photo made into a few clean ones: upright, small, and telling nothing but the picture.

What comes out is drawn anew: no EXIF, no place, no comment, no colour profile, nothing appended.
Runs in the sandbox (`files.sandbox`), never in the process that answers requests.
"""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from app.core.errors import DomainError
from app.files.headers import PhotoType, PhotoUnreadable, probe

if TYPE_CHECKING:  # decoders are loaded where they run, not where requests are answered
    from PIL.Image import Image

SIZES = {"large": 1600, "medium": 800, "thumb": 320}
"""Name and longest side in pixels of what is made of a photo, the largest first."""

_QUALITY = 80
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
MEDIA_TYPES = tuple(_FORMATS)
"""What a photo may be sent as."""

_ORIENTATION = 0x0112


class Rendition(NamedTuple):
    """One size of a photo: a progressive JPEG."""

    name: str
    width: int
    height: int
    data: bytes


class Rendered(NamedTuple):
    """A photo as it was sent (upright, in pixels) and the sizes made of it."""

    width: int
    height: int
    sizes: list[Rendition]


def render(path: Path, media_type: str, sizes: tuple[str, ...] = tuple(SIZES)) -> Rendered:
    """*sizes* of the photo at *path*, sent as *media_type*. None is larger than the original.

    Of a moving picture the first frame is taken; what is transparent becomes white. Raises
    PhotoType (also when it is another type than was said), PhotoTooLarge, PhotoUnreadable.
    """
    with path.open("rb") as file:
        header = probe(file)
    if header.media_type != media_type:
        raise PhotoType
    try:
        picture, orientation = _drawn(path, _FORMATS[media_type])
        width, height = header.width, header.height
        if 5 <= orientation <= 8:  # the camera lay on its side
            width, height = height, width
        return Rendered(width, height, _sizes(picture, width, height, sizes))
    except (DomainError, MemoryError):
        raise
    except Exception as error:  # whatever a decoder stumbles over, the file is to blame
        raise PhotoUnreadable from error


def _drawn(path: Path, kind: str) -> tuple[Image, int]:
    """The photo at the largest size, upright, in sRGB on white; and how it had been turned."""
    # Pillow knows JPEG and PNG by itself; missing WebP, it would load every decoder it has.
    from PIL import Image, WebPImagePlugin  # noqa: F401

    with Image.open(path, formats=[kind]) as photo:
        goal = _within(*photo.size, SIZES["large"])
        photo.draft(None, goal)  # a JPEG is decoded at half, a quarter or an eighth of its size
        photo.load()
        profile = photo.info.get("icc_profile")
        orientation = _orientation(photo)
        small = _plain_mode(photo).resize(
            goal,
            Image.Resampling.LANCZOS,
            reducing_gap=2.0 if max(goal) < max(photo.size) else None,
        )
    return _on_white(_in_srgb(_upright(small, orientation), profile)), orientation


def _within(width: int, height: int, longest: int) -> tuple[int, int]:
    """The size that fits into *longest*, never larger than it was and never nothing."""
    most = max(width, height)
    if most <= longest:
        return width, height
    return max(1, round(width * longest / most)), max(1, round(height * longest / most))


def _plain_mode(photo: Image) -> Image:
    """*photo* in a mode that can be resized: palettes looked up, 16 bits brought down to 8."""
    if photo.mode.startswith("I"):
        return photo.point(lambda value: value * (1 / 256)).convert("L")
    if photo.mode == "1":
        return photo.convert("L")
    if photo.mode in {"P", "PA"} or "transparency" in photo.info:
        return photo.convert("RGBA")
    return photo


def _orientation(photo: Image) -> int:
    """How the camera was held, 1 to 8; 1 when nobody can tell."""
    with suppress(Exception):  # EXIF is written by everybody, rightly by some
        return int(photo.getexif().get(_ORIENTATION, 1))
    return 1


def _upright(picture: Image, orientation: int) -> Image:
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _in_srgb(picture: Image, profile: bytes | None) -> Image:
    """Colours as screens show them; without a profile that fits they are taken as they stand."""
    if profile and picture.mode in {"RGB", "L", "CMYK"}:
        from PIL import ImageCms

        with suppress(Exception):  # a broken profile costs the exact colours, not the photo
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
            assert converted is not None
            return converted
    return picture


def _on_white(picture: Image) -> Image:
    """The bare pixels on a new white sheet: nothing else of the original comes along."""
    from PIL import Image

    sheet = Image.new("RGB", picture.size, "white")
    seen = picture.getchannel("A") if picture.mode in {"RGBA", "LA"} else None
    sheet.paste(picture.convert("RGB"), mask=seen)
    return sheet


def _sizes(picture: Image, width: int, height: int, names: tuple[str, ...]) -> list[Rendition]:
    from PIL.Image import Resampling

    made = []
    for name in names:
        size = _within(width, height, SIZES[name])
        if picture.size != size:  # each from the one before: a small one of a large one is slow
            picture = picture.resize(size, Resampling.LANCZOS)
        data = BytesIO()
        picture.save(data, "JPEG", quality=_QUALITY, progressive=True, optimize=True)
        made.append(Rendition(name, *size, data.getvalue()))
    return made
