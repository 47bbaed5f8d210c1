"""Kinds of files that are known by their first bytes and never taken."""

import io
import pickletools
import re
import zlib
from typing import Any, NamedTuple

from hub.files.sniffing.refusing import TAKEN, Refused


class Sign(NamedTuple):
    """A kind, the bytes that tell it, and where they stand."""

    format: str
    what: str
    start: bytes
    at: int = 0


PICTURE, PROGRAM, PACKED = "a picture", "a program", "packed in a way that the hub does not unpack"
IDAT = "a file of raw intensities"
SIGNS = (
    Sign("jpeg", PICTURE, b"\xff\xd8\xff"), Sign("png", PICTURE, b"\x89PNG\r\n\x1a\n"),
    Sign("gif", PICTURE, b"GIF87a"), Sign("gif", PICTURE, b"GIF89a"),
    Sign("tiff", PICTURE, b"II*\x00"), Sign("tiff", PICTURE, b"MM\x00*"),
    Sign("heic", PICTURE, b"ftyp", 4), Sign("webp", PICTURE, b"WEBP", 8),
    Sign("elf", PROGRAM, b"\x7fELF"), Sign("script", PROGRAM, b"#!"),
    Sign("macho", PROGRAM, b"\xfe\xed\xfa\xcf"), Sign("macho", PROGRAM, b"\xcf\xfa\xed\xfe"),
    Sign("java", PROGRAM, b"\xca\xfe\xba\xbe"), Sign("wasm", PROGRAM, b"\x00asm"),
    Sign("bzip2", PACKED, b"BZh"), Sign("xz", PACKED, b"\xfd7zXZ\x00"),
    Sign("zstd", PACKED, b"\x28\xb5\x2f\xfd"), Sign("lz4", PACKED, b"\x04\x22\x4d\x18"),
    Sign("7z", PACKED, b"7z\xbc\xaf\x27\x1c"), Sign("rar", PACKED, b"Rar!\x1a\x07"),
    Sign("tar", PACKED, b"ustar", 257), Sign("idat", IDAT, b"IDAT\x03\x00\x00\x00"),
)  # fmt: skip
_REMEDIES = {
    PACKED: "Unpack it, or pack it with gzip, and hand it in again.",
    IDAT: "Call its genotypes in GenomeStudio, and hand in the FinalReport.",
    PICTURE: "Pictures of animals are handed in on the animal's page.",
}
_RDS = re.compile(rb"(X\n\x00\x00\x00[\x01-\x09]|A\n[1-9]\n\d+\n|RD[AX][1-9]\n)")
_NUMPY = b"\x93NUMPY"
_YAML = re.compile(rb"!!?python/|!<tag:yaml.org,2002:python")
_FEW_STEPS = 200
"""Steps of a pickle that are read to know it for one."""
_FEW_NUMBERS = 3


def refuse_known(head: bytes, name: str) -> None:
    """Refuse what executes, what draws, and what is packed otherwise than by gzip or zip."""
    for sign in SIGNS:
        if head[sign.at :].startswith(sign.start) and _is_really(sign, head):
            remedy = _REMEDIES.get(sign.what, TAKEN)
            raise Refused(sign.format, f"{name} is {sign.what} ({sign.format}). {remedy}")
    if head[:2] == b"MZ" and b"\x00" in head[:64]:
        raise Refused("exe", f"{name} is a program of Windows. {TAKEN}")
    if b"%PDF-" in head[:1024]:
        raise Refused(
            "pdf", f"{name} is a PDF. Ask its sender for the table it was printed from, as CSV."
        )
    _refuse_objects(head, name)


def _is_really(sign: Sign, head: bytes) -> bool:
    """Short signs also begin honest texts."""
    if sign.format == "webp":
        return head.startswith(b"RIFF")
    if sign.format == "bzip2":
        return head[4:10] == b"1AY&SY"
    return True


def _refuse_objects(head: bytes, name: str) -> None:
    """Objects of Python and R run what their maker wrote when they are read."""
    if head.startswith(_NUMPY):
        what = "Python objects in a NumPy file" if b"'O'" in _npy_header(head) else "a NumPy array"
        raise Refused("npy", f"{name} holds {what}. Save the table as CSV or Parquet.")
    if _RDS.match(head):
        raise Refused("rds", f"{name} holds objects of R. Save the table with write.csv.")
    if is_pickle(head) or is_pickle(_inflated(head)):
        raise Refused(
            "pickle",
            f"{name} holds Python objects (pickle, joblib or torch), which can run programs when "
            "they are read. It was not read. Save the table as CSV or Parquet.",
        )
    if _YAML.search(head[:65_536]):
        raise Refused("yaml", f"{name} asks for Python objects (YAML). It was not read. {TAKEN}")


def _npy_header(head: bytes) -> bytes:
    return head[: 10 + int.from_bytes(head[8:10], "little")].replace(b"|O", b"O")


def _inflated(head: bytes) -> bytes:
    """The beginning of what zlib packed, as joblib does; nothing when it did not."""
    if head[:1] != b"\x78" or int.from_bytes(head[:2], "big") % 31:
        return b""
    try:
        return zlib.decompressobj().decompress(head, 65_536)
    except zlib.error:
        return b""


def is_pickle(head: bytes) -> bool:
    """Whether this reads as steps of a pickle; they are listed, not taken.

    Protocols 0 and 1 have no sign and look like text, and a table's text can read as hundreds of
    such steps. So they count only when one whole pickle ends where the head ends, or when what is
    remembered is numbered from 0 on, as Python's own pickles number it.
    """
    if len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return True
    if not head or head[0] not in b"c(]}iIFSVLNpgqlda":
        return False
    part = head[:65_536]
    memo: list[Any] = []
    last, end = 0, -1
    try:
        for step, (code, value, place) in enumerate(pickletools.genops(io.BytesIO(part)), 1):
            last, end = step, int(place or 0)
            if code.name in ("PUT", "BINPUT"):
                memo.append(value)
            if step >= _FEW_STEPS:
                break
    except Exception:  # noqa: BLE001  whatever pickletools stumbles over, it is no whole pickle
        end = -1
    numbered = len(memo) >= _FEW_NUMBERS and memo == list(range(len(memo)))
    return numbered or (last > 1 and end + 1 == len(part.rstrip()))
