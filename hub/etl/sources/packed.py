"""Tables that came packed: by gzip, or alone in a ZIP archive.

What is unpacked lies in a folder that goes with the last who reads it. The sizes in an archive can
be lies, so bytes are counted as they come, and a bomb ends early.
"""

import shutil
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from hub.errors import Invalid, TooLarge
from hub.files.sniff import look
from hub.files.sniffing import gzips, zips
from hub.files.sniffing.refusing import Refused

MOST_UNPACKED = 10 * 2**30
"""Bytes; as large as a file may be that is handed in unpacked."""
_STARTS = (gzips.MAGIC, zips.MAGIC)
_DESCRIBES = "datapackage.json"
_NO_TABLES = (_DESCRIBES, ".ds_store", "thumbs.db", "desktop.ini")
_NO_ENDS = (".md", ".pdf", ".html", ".cff", ".bib")


class Unpacked:
    """The table as a file; it goes when it was read, or when nobody holds this any more."""

    def __init__(self) -> None:
        folder = Path(mkdtemp(prefix="unpacked-"))
        self.path = folder / "table"
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def __enter__(self) -> "Unpacked":
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()


@dataclass(frozen=True)
class Packing:
    """How a file is packed; of an archive, which of its files is the table."""

    how: str
    entry: str = ""


def packing_of(path: Path, name: str, kind: str = "") -> Packing | None:
    """None when the file is what it is: workbooks are archives, too, but not packed tables.

    Of an archive that the hub made, which describes itself, it is the table of this kind.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if not start.startswith(_STARTS):
        return None
    found = look(path, name)
    if found.refused is not None:
        raise Invalid("imports.packed", found.refused)
    if found.packed:
        return Packing("gzip")
    return Packing("zip", _table_in(path, name, kind)) if found.format == "zip" else None


def _table_in(path: Path, name: str, kind: str) -> str:
    with zipfile.ZipFile(path) as archive:
        entries = [one.filename for one in archive.infolist() if not one.is_dir()]
    tables = [one for one in entries if _may_be_table(one)]
    if len(tables) > 1 and any(PurePosixPath(one).name == _DESCRIBES for one in entries):
        tables = [one for one in tables if PurePosixPath(one).stem == kind] or tables
    if len(tables) == 1:
        return tables[0]
    if not tables:
        raise Invalid("imports.packed", f"{name} holds no table. Hand in the table itself.")
    raise Invalid(
        "imports.packed",
        f"{name} holds {len(tables)} files ({', '.join(sorted(tables)[:5])}"
        f"{', ...' if len(tables) > 5 else ''}); one table is read. Unpack it and hand in each.",
    )


def _may_be_table(entry: str) -> bool:
    place = PurePosixPath(entry)
    low = place.name.lower()
    return not (
        place.parts[0] == "__MACOSX" or low.startswith(".") or low in _NO_TABLES
        or low.endswith(_NO_ENDS)
    )  # fmt: skip


def start_of(path: Path, name: str, packing: Packing, size: int) -> bytes:
    """The first bytes of what is inside."""
    found = b""
    for piece in _pieces(path, name, packing):
        found += piece
        if len(found) >= size:
            break
    return found[:size]


def unpack(path: Path, name: str, packing: Packing) -> Unpacked:
    """The table, unpacked; refused when it is larger than files may be."""
    unpacked = Unpacked()
    with unpacked.path.open("wb") as target:
        for piece in _pieces(path, name, packing):
            target.write(piece)
    return unpacked


def _pieces(path: Path, name: str, packing: Packing) -> Iterator[bytes]:
    total = 0
    try:
        for piece in _gzip(path, name) if packing.how == "gzip" else _zip(path, packing.entry):
            total += len(piece)
            if total > MOST_UNPACKED:
                raise TooLarge(
                    "imports.packed",
                    f"{name} unpacks to more than {MOST_UNPACKED // 2**30} GiB. Split the table.",
                )
            yield piece
    except Refused as refused:
        raise Invalid("imports.packed", refused.sentence) from refused
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        text = f"{name} is damaged: it does not unpack. Get it again."
        raise Invalid("imports.packed", text) from error


def _gzip(path: Path, name: str) -> Iterator[bytes]:
    with path.open("rb") as file:
        total = 0
        for piece, packed in gzips.pieces(file, name):
            total += len(piece)
            gzips.check_ratio(total, packed, name)
            yield piece


def _zip(path: Path, entry: str) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive, archive.open(entry) as file:
        while piece := file.read(gzips.PIECE):
            yield piece
