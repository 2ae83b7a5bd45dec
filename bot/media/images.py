"""Brings a picture within a platform's limits: upright, without metadata, light enough, of a known type."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from bot.domain.limits import ImageLimits

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MAX_PIXELS", "Shrunk", "shrink"]

MAX_PIXELS = 80_000_000
"""Width × height above which no picture is decoded: a few kilobytes can claim gigabytes."""
MAX_DECODED = 40_000_000
"""The same as decoded, four bytes a pixel: of a JPEG half the sides are enough, others are refused."""

_READS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_MIMES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
}
_WRITES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_QUALITIES = (90, 82, 74, 64)
_STEP = 0.75
_SMALLEST = 16
_one_at_a_time = Lock()
"""However many accounts send at once: decoded pictures are the largest thing in memory."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A picture ready for upload; sizes in pixels."""

    data: bytes
    mime: str
    width: int
    height: int


def shrink(data: bytes, limits: ImageLimits) -> Shrunk:
    """Bring a picture within `limits`: its types, bytes, pixels and side.

    It is turned upright by its EXIF orientation and loses every other tag (place, camera, names); only the
    colour profile stays. An animation stays one where GIF is among the types and nothing about it is too
    large; else its first frame is taken.

    Raises:
        ValueError: not a picture, a broken one, one of more than MAX_PIXELS, or one that cannot be made
            to fit; one line.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with _one_at_a_time, Image.open(io.BytesIO(data), formats=_READS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValueError(f"the picture has {opened.width} × {opened.height} pixels, too many to open")
            moving = _animation(opened, limits)
            if moving:
                return Shrunk(moving, "image/gif", *opened.size)
            kept = _kept(opened, data, limits)
            opened.draft(None, _enough(opened.size, limits))  # a JPEG decodes small at once
            if opened.width * opened.height > MAX_DECODED:
                raise ValueError(f"the picture has {opened.width} × {opened.height} pixels, too many to open")
            picture, profile = _upright(opened)
            opened.close()
            return _fit(picture, kept, profile, limits)
    except UnidentifiedImageError:
        raise ValueError("not a picture, or not of a type that is read") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValueError("the picture has too many pixels to open") from None
    except (OSError, SyntaxError, EOFError) as error:  # Pillow says SyntaxError of a broken PNG
        raise ValueError(f"the picture is broken: {' '.join(str(error).split())[:120]}") from error


def _enough(size: tuple[int, int], limits: ImageLimits) -> tuple[int, int]:
    """The size that a JPEG need not be decoded beyond."""
    if limits.side:
        return limits.side, limits.side
    half = size[0] * size[1] > MAX_DECODED
    return (size[0] // 2, size[1] // 2) if half else size


def _animation(picture: Image, limits: ImageLimits) -> bytes | None:
    """The GIF without its comments, if it moves and may."""
    if picture.format != "GIF" or "image/gif" not in limits.types or _scale(picture.size, limits) < 1:
        return None
    frames = getattr(picture, "n_frames", 1)
    if frames == 1 or frames * picture.width * picture.height > MAX_PIXELS:
        picture.seek(0)
        return None
    out = io.BytesIO()
    picture.save(out, "GIF", save_all=True, comment=b"")
    picture.seek(0)
    return out.getvalue() if len(out.getvalue()) <= limits.bytes else None


def _kept(picture: Image, data: bytes, limits: ImageLimits) -> str:
    """The type to keep, "" if there is reason to choose another."""
    mime = _MIMES.get(picture.format or "", "")
    fine = len(data) <= limits.bytes and _scale(picture.size, limits) == 1
    return mime if mime in limits.types and mime in _WRITES and (fine or mime != "image/png") else ""


def _upright(picture: Image) -> tuple[Image, bytes | None]:
    """The bare pixels as RGB, L or (where something shows through) RGBA, and the colour profile."""
    from PIL import ImageOps

    turned = ImageOps.exif_transpose(picture)
    assert turned is not None  # only `in_place` gives None
    profile = turned.info.get("icc_profile")
    if turned.mode.startswith("I"):
        turned = turned.point(lambda level: level / 256).convert("L")  # 16 bits a pixel; convert() would clip
    if turned.has_transparency_data:
        turned = turned.convert("RGBA")
        if turned.getchannel("A").getextrema() == (255, 255):
            turned = turned.convert("RGB")
    elif turned.mode not in ("RGB", "L"):
        turned, profile = turned.convert("RGB"), profile if turned.mode == "P" else None
    turned.info = {}
    return turned, profile


def _fit(picture: Image, kept: str, profile: bytes | None, limits: ImageLimits) -> Shrunk:
    """The first encoding that fits, from the best to the smallest."""
    mimes = [kept] if kept else []
    mimes += [m for m in _wishes(picture) if m in limits.types and m not in mimes]
    if not mimes:
        raise ValueError(f"none of the types {', '.join(limits.types)} can be written")
    if kept != "image/png" or picture.mode == "RGBA":
        mimes = mimes[:1]
    for sized in _sizes(picture, limits):
        for mime in mimes:
            for quality in _QUALITIES if mime != "image/png" else (0,):
                data = _encode(sized, mime, quality, profile)
                if len(data) <= limits.bytes:
                    return Shrunk(data, mime, *sized.size)
    raise ValueError(f"the picture cannot be made to fit {limits.bytes:,} bytes")


def _wishes(picture: Image) -> tuple[str, ...]:
    if picture.mode == "RGBA":
        return "image/png", "image/webp", "image/jpeg"
    return "image/jpeg", "image/webp", "image/png"


def _scale(size: tuple[int, int], limits: ImageLimits) -> float:
    side = limits.side / max(size) if limits.side else 1.0
    pixels = (limits.pixels / (size[0] * size[1])) ** 0.5 if limits.pixels else 1.0
    return min(1.0, side, pixels)


def _sizes(picture: Image, limits: ImageLimits) -> Iterator[Image]:
    from PIL.Image import Resampling

    scale = _scale(picture.size, limits)
    while True:
        size = max(1, int(picture.width * scale)), max(1, int(picture.height * scale))
        yield picture if size == picture.size else picture.resize(size, Resampling.LANCZOS, reducing_gap=2)
        if max(size) <= _SMALLEST:
            return
        scale *= _STEP


def _encode(picture: Image, mime: str, quality: int, profile: bytes | None) -> bytes:
    from PIL import Image

    if mime == "image/jpeg" and picture.mode == "RGBA":
        flat = Image.new("RGB", picture.size, "white")
        flat.paste(picture, mask=picture.getchannel("A"))
        picture = flat
    out = io.BytesIO()
    options = {} if mime == "image/png" else {"quality": quality}
    picture.save(out, _WRITES[mime], **options, **({"icc_profile": profile} if profile else {}))
    return out.getvalue()
