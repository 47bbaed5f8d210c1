"""What a file may be called."""

import re
import unicodedata

LONGEST_NAME = 120
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_MEDIA_TYPE = re.compile(r"^[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}$")


def clean_name(name: str) -> str:
    """The last part of a path without characters that a file system or a header would trip on."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    clean = _NOT_IN_NAMES.sub("_", last).strip(" .")
    if len(clean) > LONGEST_NAME:
        stem, dot, ending = clean.rpartition(".")
        keep = LONGEST_NAME - len(ending) - 1
        clean = f"{stem[:keep]}.{ending}" if dot and len(ending) <= 10 else clean[:LONGEST_NAME]
    return clean or "file"


def clean_media_type(media_type: str) -> str:
    """The type without its parameters; what is no media type becomes plain bytes."""
    plain = media_type.split(";", 1)[0].strip().lower()
    return plain if _MEDIA_TYPE.match(plain) else "application/octet-stream"
