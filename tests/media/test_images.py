"""A picture comes out upright, bare and within the limits, or with one clear line."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from bot.domain.limits import ImageLimits
from bot.media.images import Shrunk, shrink

WIDE = ImageLimits(4, 5_000_000)
GIFS = ImageLimits(4, 5_000_000, ("image/jpeg", "image/gif"))


def noise(mode: str, width: int, height: int) -> Image.Image:
    bands = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (width, height), random.Random(7).randbytes(width * height * bands))


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def opened(shrunk: Shrunk) -> Image.Image:
    picture = Image.open(io.BytesIO(shrunk.data))
    picture.load()
    assert (shrunk.width, shrunk.height) == picture.size
    assert shrunk.mime == Image.MIME[picture.format or ""]
    return picture


def animation(*colours: str) -> bytes:
    first, *rest = (Image.new("RGB", (40, 30), colour) for colour in colours)
    return encoded(first, "GIF", save_all=True, append_images=rest, comment=b"made by Jane, Kigali")


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    chunks = (struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_a_jpeg_that_fits_keeps_its_size_and_type() -> None:
    shrunk = shrink(encoded(noise("RGB", 60, 40), "JPEG"), WIDE)
    assert (shrunk.mime, shrunk.width, shrunk.height) == ("image/jpeg", 60, 40)
    assert opened(shrunk).format == "JPEG"


def test_a_picture_comes_out_upright_and_without_any_tag() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif[0x010F] = "Camera of Jane"
    exif.get_ifd(0x8825)[1] = "S"
    data = encoded(
        Image.new("RGB", (60, 40), "red"), "JPEG", exif=exif, comment=b"by Jane", xmp=b"<x:xmpmeta/>"
    )
    shrunk = shrink(data, WIDE)
    picture = opened(shrunk)
    assert picture.size == (40, 60)
    assert not picture.getexif()
    assert b"Jane" not in shrunk.data
    assert b"xmpmeta" not in shrunk.data


def test_the_colour_profile_stays() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    shrunk = shrink(encoded(noise("RGB", 20, 20), "JPEG", icc_profile=profile), WIDE)
    assert opened(shrunk).info["icc_profile"] == profile


def test_texts_of_a_png_are_left_behind() -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", "Jane")
    shrunk = shrink(encoded(Image.new("RGB", (9, 9), "blue"), "PNG", pnginfo=info), WIDE)
    assert shrunk.mime == "image/png"
    assert b"Jane" not in shrunk.data


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        (ImageLimits(1, 5_000_000, side=300), (300, 200)),
        (ImageLimits(1, 5_000_000, pixels=60_000), (300, 200)),
        (ImageLimits(1, 5_000_000, side=300, pixels=15_000), (150, 100)),
    ],
)
def test_a_picture_too_large_in_pixels_is_scaled_in_proportion(
    limits: ImageLimits, size: tuple[int, int]
) -> None:
    shrunk = shrink(encoded(noise("RGB", 600, 400), "JPEG"), limits)
    assert (shrunk.width, shrunk.height) == size


def test_a_heavy_jpeg_loses_quality_before_it_loses_size() -> None:
    data = encoded(noise("RGB", 300, 300), "JPEG", quality=98)
    shrunk = shrink(data, ImageLimits(1, 85_000))
    assert len(shrunk.data) <= 85_000 < len(data)
    assert shrunk.width == 300


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("most", [2_000, 20_000])
def test_no_picture_is_ever_heavier_than_the_limit(kind: str, most: int) -> None:
    limits = ImageLimits(1, most, ("image/jpeg", "image/png", "image/webp"))
    assert len(shrink(encoded(noise("RGB", 200, 150), kind), limits).data) <= most


def test_a_heavy_png_without_alpha_becomes_a_jpeg() -> None:
    data = encoded(noise("RGB", 200, 200), "PNG")
    shrunk = shrink(data, ImageLimits(1, 60_000))
    assert (shrunk.mime, shrunk.width) == ("image/jpeg", 200)


def test_a_heavy_png_with_alpha_stays_see_through() -> None:
    shrunk = shrink(encoded(noise("RGBA", 200, 200), "PNG"), ImageLimits(1, 60_000))
    assert shrunk.mime == "image/png"
    assert opened(shrunk).mode == "RGBA"


def test_alpha_that_hides_nothing_is_no_reason_for_a_png() -> None:
    picture = noise("RGB", 200, 200)
    picture.putalpha(255)
    assert shrink(encoded(picture, "PNG"), ImageLimits(1, 60_000)).mime == "image/jpeg"


def test_where_only_jpeg_is_taken_the_background_is_white_not_black() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    shrunk = shrink(encoded(clear, "PNG"), ImageLimits(1, 60_000, ("image/jpeg",)))
    assert opened(shrunk).getpixel((10, 10)) == (255, 255, 255)


def test_a_webp_is_converted_where_the_platform_takes_none() -> None:
    assert shrink(encoded(noise("RGB", 20, 20), "WEBP"), WIDE).mime == "image/jpeg"


def test_an_animation_stays_one_where_gif_is_taken_but_loses_its_comment() -> None:
    shrunk = shrink(animation("red", "blue", "green"), GIFS)
    assert shrunk.mime == "image/gif"
    assert opened(shrunk).n_frames == 3  # type: ignore[attr-defined] # a GIF's
    assert b"Jane" not in shrunk.data


@pytest.mark.parametrize(
    "limits",
    [WIDE, ImageLimits(1, 5_000_000, ("image/jpeg", "image/gif"), side=20), ImageLimits(1, 700, GIFS.types)],
)
def test_of_an_animation_that_may_not_stay_the_first_frame_is_taken(limits: ImageLimits) -> None:
    picture = opened(shrink(animation("red", "blue"), limits)).convert("RGB")
    red, green, blue = picture.getpixel((5, 5))  # type: ignore[misc] # three of them
    assert red > 240
    assert green + blue < 20


@pytest.mark.parametrize("mode", ["L", "P", "LA", "CMYK", "1", "RGB"])
def test_every_mode_can_be_sent_as_jpeg(mode: str) -> None:
    data = encoded(Image.new("RGB", (12, 8), "white").convert(mode), "TIFF")
    picture = opened(shrink(data, ImageLimits(1, 60_000, ("image/jpeg",))))
    assert picture.convert("L").getpixel((4, 4)) == pytest.approx(255, abs=3)


def test_sixteen_bits_of_grey_are_not_clipped_to_white() -> None:
    data = encoded(Image.new("I;16", (12, 8), 0x4000), "PNG")
    picture = opened(shrink(data, ImageLimits(1, 60_000, ("image/jpeg",))))
    assert picture.convert("L").getpixel((4, 4)) == pytest.approx(0x40, abs=3)


@pytest.mark.parametrize("size", [(9_000, 9_000), (9_800, 9_800), (60_000, 60_000)])
def test_a_picture_that_claims_to_be_gigantic_is_refused_unopened(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="too many"):
        shrink(claiming(*size), WIDE)


def test_a_photograph_of_eighty_megapixels_is_opened_at_half_its_sides() -> None:
    data = encoded(Image.new("L", (8_900, 8_900), 90), "JPEG")
    assert opened(shrink(data, WIDE)).size == (4_450, 4_450)


def test_what_cannot_be_opened_small_is_refused_beyond_forty_megapixels() -> None:
    data = encoded(Image.new("1", (8_900, 4_600)), "PNG")
    assert len(data) < 10_000
    with pytest.raises(ValueError, match="8900 × 4600 pixels, too many to open"):
        shrink(data, WIDE)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not a picture"),
        (b"<html>404</html>", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (encoded(noise("RGB", 90, 90), "JPEG")[:3_000], "broken"),
        (encoded(noise("RGB", 90, 90), "PNG")[:3_000], "broken"),
    ],
)
def test_what_is_no_whole_picture_is_refused_in_one_line(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        shrink(data, WIDE)
    assert "\n" not in str(caught.value)


def test_a_limit_no_picture_can_meet_is_said() -> None:
    with pytest.raises(ValueError, match="fit 10 bytes"):
        shrink(encoded(noise("RGB", 90, 90), "JPEG"), ImageLimits(1, 10))


def test_types_that_cannot_be_written_are_said() -> None:
    with pytest.raises(ValueError, match="image/avif"):
        shrink(encoded(noise("RGB", 9, 9), "JPEG"), ImageLimits(1, 9_000, ("image/avif",)))
