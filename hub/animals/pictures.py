"""Pictures as they are kept: upright, not too large, without what the camera wrote beside them.

What a camera writes (EXIF) tells where a farm is and whose phone it was; none of it is stored.
"""

import io
import struct
import threading
from dataclasses import dataclass
from datetime import date, datetime

from PIL import Image, ImageOps

from hub.errors import FieldError, Invalid

MAX_BYTES = 15 * 2**20
MAX_PIXELS = 60_000_000
AT_ONCE = threading.BoundedSemaphore(2)
"""Pictures that a process unpacks at a time: a few kilobytes can become 700 MB for a moment."""
LONGEST = 2560
THUMBNAIL = 320
FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE = "image/jpeg"

_TAKEN = (0x9003, 0x0132)  # EXIF: when it was taken, when it was written
_EXIF = 0x8769
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, KeyError, struct.error, MemoryError)


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept, and the small one that lists show."""

    content: bytes
    thumbnail: bytes
    width: int
    height: int
    taken_on: date | None


def read(content: bytes) -> Picture:
    """The picture that somebody handed in; refused when it is none, too large, or a bomb."""
    _check_size(content)
    with AT_ONCE:
        return _read(content)


def _read(content: bytes) -> Picture:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            _check_pixels(image.size)
            taken = _taken_on(image)
            image.draft("RGB", (LONGEST, LONGEST))
            if image.mode in ("RGB", "RGBA", "L"):  # small first: all that follows is a copy
                image.thumbnail((LONGEST, LONGEST))
            upright = _plain(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError:
        raise _too_many_pixels("too many") from None
    except _BROKEN as error:
        raise _no_picture() from error
    upright.thumbnail((LONGEST, LONGEST))
    small = upright.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return Picture(_jpeg(upright), _jpeg(small), *upright.size, taken)


def _plain(image: Image.Image) -> Image.Image:
    """Colors only; what shines through becomes white."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    white = Image.new("RGB", clear.size, "white")
    white.paste(clear, mask=clear.getchannel("A"))
    return white


def _jpeg(image: Image.Image) -> bytes:
    """Encoded anew: a picture that was made to harm somebody's reader is not passed on."""
    image.info.clear()
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def _taken_on(image: Image.Image) -> date | None:
    """The day on which the camera says that it was taken."""
    exif = image.getexif()
    for tags in (exif.get_ifd(_EXIF), exif):
        for tag in _TAKEN:
            try:
                return datetime.strptime(str(tags.get(tag))[:10], "%Y:%m:%d").date()
            except ValueError:
                continue
    return None


def _check_size(content: bytes) -> None:
    if not content:
        raise _refused("photos.empty", "The picture is empty.", "Choose it again.")
    if len(content) > MAX_BYTES:
        size = f"{len(content) / 2**20:.1f} MB"
        message = f"The picture has {size}; at most {MAX_BYTES // 2**20} MB are taken."
        raise _refused("photos.too_large", message, "Let the phone send a smaller size.")


def _check_pixels(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise _too_many_pixels(f"{size[0]} x {size[1]}")


def _too_many_pixels(count: str) -> Invalid:
    message = f"The picture has {count} pixels; at most {MAX_PIXELS // 10**6} million are taken."
    return _refused("photos.too_large", message, "Scale it down and hand it in again.")


def _no_picture() -> Invalid:
    message = f"This is no picture that can be read: {', '.join(FORMATS)} are taken."
    return _refused("photos.not_a_picture", message, "Export it as JPEG and hand it in again.")


def _refused(code: str, message: str, remedy: str) -> Invalid:
    return Invalid(code, f"{message} {remedy}", errors=[FieldError("body", message, remedy)])
