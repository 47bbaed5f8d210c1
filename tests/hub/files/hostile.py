"""Files that are made to harm, or are damaged, each built by a function: (folder) -> path."""

import bz2
import gzip
import io
import lzma
import pickle
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

Build = Callable[[Path], Path]
XML = b'<?xml version="1.0"?>\n'
WORKBOOK = "xl/workbook.xml"


def written(name: str, content: bytes) -> Build:
    def build(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return build


def zipped(name: str, entries: dict[str, bytes], change: Callable[[bytes], bytes] = bytes) -> Build:
    """An archive, changed afterwards."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
    return written(name, change(buffer.getvalue()))


def gzip_bomb(folder: Path) -> Path:
    """A MiB that becomes 200."""
    path = folder / "weights.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(200):
            file.write(b"1" * 2**20)
    return path


def late_gzip_bomb(folder: Path) -> Path:
    """Begins as an honest table."""
    path = folder / "weights.csv.gz"
    honest = b"".join(b"DE%d,31.5\n" % number for number in range(200_000))
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(honest)
        for _ in range(300):
            file.write(b"\n" * 2**20)
    return path


def zip_bomb(folder: Path) -> Path:
    path = folder / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"{number}.csv", bytes(25 * 2**20))
    return path


def million_entries(folder: Path) -> Path:
    """A directory of a million files that have no bytes."""
    path = folder / "million.zip"
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *[20, 20, 0, 0, 0, 33], 0, 0, 0,
                        *[1, 0, 0, 0, 0], 0, 0) + b"a"  # fmt: skip
    with path.open("wb") as file:
        file.write(b"PK\x03\x04" + bytes(26))
        for _ in range(100):
            file.write(entry * 10_000)
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 47_000_000, 30, 0)
        file.write(end)
    return path


def overlapping(content: bytes) -> bytes:
    """The second entry stands where the first does."""
    second = content.rfind(b"PK\x01\x02")
    return content[: second + 42] + bytes(4) + content[second + 46 :]


def lying(content: bytes) -> bytes:
    """Says that its entry unpacks to ten bytes."""
    place = content.rfind(b"PK\x01\x02")
    return content[: place + 24] + struct.pack("<L", 10) + content[place + 28 :]


def encrypted(content: bytes) -> bytes:
    place = content.rfind(b"PK\x01\x02")
    return content[: place + 8] + b"\x01\x00" + content[place + 10 :]


def with_link(folder: Path) -> Path:
    path = folder / "link.zip"
    link = zipfile.ZipInfo("weights.csv")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return path


def long_line(folder: Path) -> Path:
    """No end of line; reading stops at 64 MiB, so that a gigabyte of it would take no longer."""
    path = folder / "long.csv"
    path.write_bytes(b"animal,weight\n" + b"1" * (100 * 2**20))
    return path


def late_long_line(folder: Path) -> Path:
    path = folder / "long.csv"
    with path.open("wb") as file:
        file.write(b"DE0123456789,31.5\n" * (40 * 2**20 // 18))
        for _ in range(140):
            file.write(b"1" * 2**20)
    return path


def million_columns(folder: Path) -> Path:
    path = folder / "wide.csv"
    path.write_bytes(b",".join(b"c%d" % number for number in range(1_000_000)) + b"\n")
    return path


def damaged_bgzf(folder: Path) -> Path:
    path = folder / "calls.vcf.gz"
    numbers = np.random.default_rng(1).integers(0, 10**9, 20_000)
    lines = b"".join(b"1\t%d\t.\tA\tC\n" % number for number in numbers)
    content = bytearray(gzip.compress(b"##fileformat=VCFv4.2\n" + lines))
    content[len(content) // 2 : len(content) // 2 + 10] = bytes(10)
    path.write_bytes(content)
    return path


class Harm:
    """Runs a program when a pickle of it is read."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return (exec, ("raise SystemExit('a pickle was read')",))


def npy(array: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array(array, dtype=object if isinstance(array, dict) else None))
    return buffer.getvalue()


PICKLE = pickle.dumps({"weights": [Harm()] * 3})
TABLE = b"animal,weight\nDE1,31.5\n"
LAUGHS = XML + b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'

HOSTILE: dict[str, tuple[Build, str]] = {
    "gzip bomb": (gzip_bomb, "100 times its size"),
    "late gzip bomb": (late_gzip_bomb, "100 times its size"),
    "zip bomb": (zip_bomb, "100 times its size"),
    "zip in zip": (zipped("a.zip", {"b.zip": b"PK\x03\x04" + bytes(99)}), "archive in an archive"),
    "gzip in gzip": (written("a.gz", gzip.compress(gzip.compress(TABLE))), "packed twice"),
    "zip in gzip": (written("a.gz", gzip.compress(b"PK\x03\x04" + TABLE)), "packed twice"),
    "zip with ../": (zipped("a.zip", {"../../etc/cron.d/x": TABLE}), "outside of its folder"),
    "zip with /": (zipped("a.zip", {"/etc/passwd": TABLE}), "outside of its folder"),
    "zip with \\": (zipped("a.zip", {"..\\x.csv": TABLE}), "outside of its folder"),
    "zip with a drive": (zipped("a.zip", {"C:/x.csv": TABLE}), "outside of its folder"),
    "zip with a link": (with_link, "a link to another file"),
    "zip with a password": (zipped("a.zip", {"a.csv": TABLE}, encrypted), "password"),
    "zip with a million files": (million_entries, "more than 10,000 files"),
    "zip that overlaps": (
        zipped("a.zip", {"a.csv": TABLE * 9, "b.csv": TABLE * 9}, overlapping), "overlap",
    ),
    "zip that lies": (zipped("a.zip", {"a.csv": TABLE * 999}, lying), "damaged"),
    "zip cut off": (zipped("a.zip", {"a.csv": TABLE}, lambda one: one[:-10]), "cut off"),
    "workbook with laughs": (
        zipped("a.xlsx", {WORKBOOK: XML, "xl/sharedStrings.xml": LAUGHS}), "words of its own",
    ),
    "workbook with a password": (
        written("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600_000)
                + "EncryptedPackage".encode("utf-16-le")), "password",
    ),
    "document": (zipped("a.docx", {"word/document.xml": XML}), "a document"),
    "pickle": (written("a.csv", PICKLE), "Python objects"),
    "pickle 0": (written("a.csv", pickle.dumps([Harm()], 0)), "Python objects"),
    "pickle 5": (written("a.parquet", pickle.dumps([Harm()], 5)), "Python objects"),
    "joblib": (written("a.joblib", zlib.compress(PICKLE)), "Python objects"),
    "pickle in gzip": (written("a.gz", gzip.compress(PICKLE)), "Python objects"),
    "torch": (zipped("a.pt", {"archive/data.pkl": PICKLE}), "objects of Python"),
    "pickle in a zip": (zipped("a.zip", {"weights.csv": PICKLE}), "Python objects"),
    "npz": (zipped("a.npz", {"arr_0.npy": npy([1.0])}), "objects of Python"),
    "npy with objects": (written("a.npy", npy({"a": Harm()})), "Python objects in a NumPy"),
    "npy": (written("a.npy", npy([1.0, 2.0])), "a NumPy array"),
    "RDS": (written("a.rds", gzip.compress(b"X\n\x00\x00\x00\x03\x00\x04")), "objects of R"),
    "RData": (written("a.rda", gzip.compress(b"RDX3\nX\n")), "objects of R"),
    "RDS as text": (written("a.rds", b"A\n3\n263168\n197888\n5\nUTF-8\n"), "objects of R"),
    "YAML": (written("a.yml", b"!!python/object/apply:os.system ['x']\n"), "Python objects"),
    "ELF": (written("a.csv", b"\x7fELF\x02\x01" + bytes(60)), "a program"),
    "exe": (written("a.csv", b"MZ\x90\x00" + bytes(60)), "a program of Windows"),
    "script": (written("a.csv", b"#!/bin/sh\nrm -rf /\n"), "a program"),
    "PNG": (written("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(60)), "a picture"),
    "JPEG": (written("a.csv", b"\xff\xd8\xff\xe0" + bytes(60)), "a picture"),
    "SVG": (written("a.csv", b"<svg onload='alert(1)'/>"), "a picture"),
    "PDF": (written("a.csv", b"\n%PDF-1.7\n" + bytes(60)), "a PDF"),
    "HTML": (written("a.xls", b"\n <HTML><script>alert(1)</script>"), "a web page"),
    "HTML in UTF-16": (written("a.xls", "\ufeff<html>".encode("utf-16-le")), "a web page"),
    "XML with laughs": (written("a.xml", LAUGHS), "definitions of its own"),
    "xz": (written("a.csv.xz", lzma.compress(TABLE)), "unpack"),
    "bzip2": (written("a.csv.bz2", bz2.compress(TABLE)), "unpack"),
    "zero bytes": (written("a.csv", TABLE * 20_000 + b"\x00" * 50 + TABLE), "zero bytes"),
    "random bytes": (
        written("a.csv", np.random.default_rng(1).bytes(90_000)), "not text",
    ),
    "empty": (written("a.csv", b""), "is empty"),
    "gzip of nothing": (written("a.gz", gzip.compress(b"")), "holds nothing"),
    "gzip cut off": (written("a.gz", gzip.compress(np.random.default_rng(1).bytes(9999))[:999]),
                     "cut off"),
    "damaged BGZF": (damaged_bgzf, "damaged"),
    "line of 100 MB": (long_line, "longer than 64 MiB"),
    "late line of 140 MB": (late_long_line, "longer than 64 MiB"),
    "million columns": (million_columns, "900,000 columns"),
    "deep JSON": (written("a.json", b"[" * 100_000), "nested more than"),
    "Parquet cut off": (written("a.parquet", b"PAR1" + bytes(999)), "cut off"),
}  # fmt: skip
