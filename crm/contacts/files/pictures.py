"""Pictures are decoded and written anew: no place, no camera and no hidden content comes along."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock

from flask_babel import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from crm.errors import UserError

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 16_000_000
PHOTO_SIDE = 320
"""Pixels: sharp at the size of a record's head on any screen, small in a list."""
_ONE_AT_A_TIME = Lock()
"""A picture takes much memory while it is decoded, however small its file is."""


def clean(content: bytes, name: str, box: tuple[int, int] | None = None) -> bytes:
    """The same picture in the same format, upright, without what is not picture; no larger than `box`, width
    and height in pixels."""
    with _reading(name):
        picture = _open(content, name)
        kind = str(picture.format)
        upright = ImageOps.exif_transpose(picture)
        if box is not None:
            upright.thumbnail(box)
        see_through = kind != "JPEG" and upright.has_transparency_data
        return _encode(upright.convert("RGBA" if see_through else "RGB"), kind)


def photo(content: bytes, name: str) -> bytes:
    """A square JPEG of 320 pixels out of a picture's middle."""
    with _reading(name):
        picture = _open(content, name)
        # A JPEG can be decoded at a fraction of its size, which saves most of the memory.
        picture.draft("RGB", (2 * PHOTO_SIDE, 2 * PHOTO_SIDE))
        small = ImageOps.fit(ImageOps.exif_transpose(picture).convert("RGBA"), (PHOTO_SIDE, PHOTO_SIDE))
        ground = Image.new("RGB", small.size, "white")
        ground.paste(small, mask=small.getchannel("A"))
        return _encode(ground, "JPEG")


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Whatever a decoder stumbles over is the file's fault and is told as such."""
    try:
        with _ONE_AT_A_TIME:
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UserError(_too_many_pixels(name)) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise UserError(
            _(
                "“%(name)s” cannot be read as a picture; it may be damaged. Use a JPEG, PNG or WebP file.",
                name=name,
            )
        ) from error


def _open(content: bytes, name: str) -> Image.Image:
    """The picture, its head read; it is decoded later, once its size is known to be bearable."""
    picture = Image.open(BytesIO(content), formats=FORMATS)
    if picture.width * picture.height > MOST_PIXELS:
        raise UserError(_too_many_pixels(name))
    return picture


def _encode(picture: Image.Image, kind: str) -> bytes:
    picture.info.clear()
    out = BytesIO()
    picture.save(out, kind, quality=88)
    return out.getvalue()


def _too_many_pixels(name: str) -> str:
    return _(
        "“%(name)s” has too many pixels: at most %(most)s million. Make it smaller and try again.",
        name=name,
        most=MOST_PIXELS // 1_000_000,
    )
