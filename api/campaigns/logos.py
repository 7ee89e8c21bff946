"""A logo as people upload it, made into one that may stand in a file: decoded, measured, and encoded again."""

import warnings
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from api.errors import Problem

LARGEST_BYTES = 900_000
LEAST_SIDE, LARGEST_SIDE = 16, 4_000
# What is kept: three times the size at which it is printed, so that it is sharp.
KEPT = (1_000, 400)
# An SVG can hold scripts and links: only formats that are nothing but pixels.
FORMATS = ("PNG", "JPEG")
# What Pillow raises for bytes that are no picture, a torn one, or one that would fill the memory.
UNREADABLE = (
    UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError, OSError, ValueError, SyntaxError,
)  # fmt: skip


def clean_logo(content: bytes) -> bytes:
    """A PNG of the same picture, with nothing of the upload but its pixels. Raises `invalid` for what is none, `too-large`."""
    if len(content) > LARGEST_BYTES:
        raise Problem("too-large", f"found {len(content):,} bytes, expected at most {LARGEST_BYTES:,}: make the picture smaller")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(content), formats=FORMATS)
            # The header tells the size: nothing is decoded before it is known to be small.
            require_size(*image.size)
            image.load()
            pixels = image.convert("RGBA" if "A" in image.mode or "transparency" in image.info else "RGB")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
        OSError,
        ValueError,
        SyntaxError,
    ) as e:
        raise Problem("invalid", "found a file that is no PNG and no JPEG, expected one: SVG and others are not taken") from e
    pixels.thumbnail(KEPT)
    # A new picture: no colour profile, comment or trailing bytes come along.
    bare = Image.new(pixels.mode, pixels.size)
    bare.paste(pixels)
    buffer = BytesIO()
    bare.save(buffer, "PNG", optimize=True)
    if buffer.tell() > LARGEST_BYTES:
        raise Problem("too-large", "found a picture that stays above a megabyte as a PNG, expected a logo: upload a simpler one")
    return buffer.getvalue()


def require_size(width: int, height: int) -> None:
    if not (LEAST_SIDE <= width <= LARGEST_SIDE and LEAST_SIDE <= height <= LARGEST_SIDE):
        raise Problem(
            "invalid", f"found {width} × {height} pixels, expected {LEAST_SIDE} to {LARGEST_SIDE} on each side: scale the picture"
        )
