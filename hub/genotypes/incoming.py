"""From files as people hand them in to genotypes; agrigen reads them, here is what bounds it."""

import gzip
import shutil
import tempfile
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import agrigen as ag
from agrigen.genotypes import Genotypes, MarkerMap
from agrigen.io.genotypes import format_of
from hub.errors import Invalid
from hub.files import sniff
from hub.files.sniffing import gzips
from hub.files.sniffing.refusing import Refused
from hub.genotypes import rules
from hub.storage.objects import ObjectStore

FOLDER = "agrigen-genotypes-"
LEFT_SECONDS = 24 * 3600.0
"""A folder this old was left behind by a worker that was killed."""

MOST_UNPACKED = 4 * 2**30
"""Bytes of a compressed file once it is unpacked."""
PIECE = 2**20
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
TAKEN = frozenset({"bed", "ped", "vcf", "csv", "blupf90", "finalreport"})
"""Formats that we read by ourselves; others are handed to programs of others."""

READ_ON = frozenset({"binary", "empty", "gzip", "zip"})
"""What is told of these files here and by agrigen, with line and marker."""

TAKES_MAP = frozenset({"csv", "blupf90", "finalreport"})
"""Formats without places of markers."""


def read(
    objects: ObjectStore,
    files: Sequence[tuple[str, Sequence[str]]],
    settings: dict[str, Any],
    *,
    format: str,
    coding: str,
    species: str,
    panel: MarkerMap | None,
) -> Genotypes:
    """Genotypes of files: the name of each, and the hashes of its parts."""
    plan = rules.incoming([name for name, _ in files], format)
    remove_left()
    try:
        with tempfile.TemporaryDirectory(prefix=FOLDER) as folder:
            for name, (_, parts) in zip(plan.names, files, strict=True):
                path = put_together(objects, parts, Path(folder), name)
                check(path)
                check_size(path)
            found = _read(Path(folder) / plan.first, plan.format, coding, panel)
    except ag.AgrigenError as error:
        raise rules.refused(error) from error
    return _checked(found, settings, species, panel)


def put_together(objects: ObjectStore, parts: Sequence[str], folder: Path, name: str) -> Path:
    """The file in this folder; one that came whole is not copied from a store of files."""
    if len(parts) == 1:
        return objects.fetch(parts[0], folder, name)
    path = folder / name
    with path.open("wb") as file:
        for part in parts:
            file.writelines(objects.pieces(part))
    return path


def check(path: Path) -> None:
    """Refuse programs, pictures, pickles and the like; what is damaged agrigen says better."""
    kind = sniff.look(path, path.name)
    if kind.refused and kind.format not in READ_ON:
        raise Invalid("genotypes.refused", kind.refused)


def remove_left() -> None:
    """Files of readings that ended with their worker: several GB that nobody else removes."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        with suppress(OSError):
            if time.time() - folder.lstat().st_mtime > LEFT_SECONDS:
                shutil.rmtree(folder)


def check_size(path: Path) -> None:
    """Refuse an archive, and what unpacks to more than anybody hands in, or suspiciously well."""
    with path.open("rb") as raw:
        head = raw.read(4)
    if head == ZIP:
        raise Invalid(
            "genotypes.archive",
            f"{path.name} is a ZIP archive. Unpack it and hand in the files that are in it.",
        )
    if head[:2] != GZIP:
        return
    unpacked = 0
    try:
        with path.open("rb") as raw, gzip.open(raw, "rb") as stream:
            while piece := stream.read(PIECE):
                unpacked += len(piece)
                gzips.check_ratio(unpacked, raw.tell(), path.name)
                if unpacked > MOST_UNPACKED:
                    raise Invalid(
                        "genotypes.too_large",
                        f"{path.name} unpacks to more than {MOST_UNPACKED // 2**30} GiB. Hand in "
                        "its chromosomes or animals one after the other, or a .bed file.",
                    )
    except Refused as refused:
        raise Invalid("genotypes.refused", refused.sentence) from None
    except (OSError, EOFError, zlib.error):
        return  # damaged: agrigen says where


def _read(path: Path, format_: str | None, coding: str, panel: MarkerMap | None) -> Genotypes:
    name = format_ or format_of(path)
    if name not in TAKEN:
        raise Invalid(
            "genotypes.format",
            f"{path.name} is of the format {name}, which the hub does not take. Write it as .bed, "
            ".bim and .fam, or as VCF.",
        )
    options: dict[str, Any] = {}
    if name == "bed":
        options["mapped"] = False
    if name == "finalreport" and coding != "auto":
        options["coding"] = coding.upper()
    if name in TAKES_MAP and panel is not None:
        options["markers"] = panel
    return Genotypes.read(path, format=name, **options)


def _checked(
    found: Genotypes, settings: dict[str, Any], species: str, panel: MarkerMap | None
) -> Genotypes:
    """With assembly and array as declared, when nothing contradicts them."""
    markers = found.markers
    declared = settings.get("assembly") or (panel.assembly if panel else "")
    rules.check_names(found)
    rules.check_assembly(markers.assembly, declared)
    rules.check_chromosomes(markers, species)
    if panel is not None:
        rules.check_panel(markers, panel, settings.get("panel_name", ""))
    named = replace(
        markers,
        assembly=declared or markers.assembly,
        array=settings.get("array") or markers.array or (panel.array if panel else ""),
    )
    return Genotypes(found.packed, found.samples, named)
