"""Genotypes of a set as files of the trade, in one ZIP archive."""

import asyncio
import io
import json
import re
import tempfile
import threading
import zipfile
from pathlib import Path
from uuid import UUID

import pandas as pd

import agrigen as ag
from agrigen.genotypes import Genotypes, Samples
from agrigen.genotypes.packing import without_padding
from agrigen.io.csv import harmless
from hub import audit
from hub.datasets import parquet
from hub.errors import Invalid, Limited
from hub.genotypes import content, rules, store
from hub.genotypes.schemas import ExportQuery
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction

BLANKS = re.compile(r"\s+")
NAMES = {"plink": "genotypes.bed", "vcf": "genotypes.vcf.gz", "blupf90": "genotypes.snp"}
WRITERS = {"plink": "bed", "vcf": "vcf", "blupf90": "blupf90"}
MOST = {
    "packed": 2_000_000_000,
    "plink": 2_000_000_000,
    "vcf": 250_000_000,
    "blupf90": 500_000_000,
}
"""Genotypes of an export, which is made in memory: half a GB of packed ones."""

AT_ONCE = threading.BoundedSemaphore(2)
"""Exports that a process makes at a time; each holds its archive and a connection."""


async def export(
    tx: Transaction, objects: ObjectStore, set_id: UUID, query: ExportQuery
) -> tuple[bytes, str]:
    """A ZIP archive and its name; samples are called as in the file, or by animals' ids."""
    found = await content.readable(tx, set_id)
    size = found.counts.get("samples", 0) * found.counts.get("markers", 0)
    if size > MOST[query.format]:
        message = (
            f"The set has {size:,} genotypes; {query.format} is made of {MOST[query.format]:,} at "
            "most."
        )
        remedy = "Derive a smaller version, or read it region by region."
        raise Invalid("genotypes.too_large", f"{message} {remedy}")
    if not AT_ONCE.acquire(blocking=False):
        message = "Other exports are being made. Try again in a minute."
        raise Limited("genotypes.busy", message, retry_after=30)
    try:
        loaded = await content.load(tx, objects, set_id, names=query.names)
        archive = await asyncio.to_thread(_archive, loaded.genotypes, query.format)
    finally:
        AT_ONCE.release()
    await audit.write(
        tx, "genotypes:export", subject_id=set_id, farm_id=found.farm_id, format=query.format
    )
    return archive, f"{found.name}-{found.version}-{query.format}.zip"


def _archive(genotypes: Genotypes, format_: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        if format_ == "packed":
            _add_packed(archive, genotypes)
        else:
            _add_written(archive, genotypes, format_)
    return sink.getvalue()


def _add_written(archive: zipfile.ZipFile, genotypes: Genotypes, format_: str) -> None:
    """A file of the format; where names were changed for it, a table says what they were."""
    named = _without_blanks(genotypes)
    if named is not genotypes:
        table = pd.DataFrame({"name": named.ids, "sample": genotypes.ids})
        archive.writestr("names.csv", harmless(table).to_csv(index=False))
    genotypes = named
    try:
        with tempfile.TemporaryDirectory(prefix="agrigen-export-") as folder:
            path = Path(folder) / NAMES[format_]
            options = {"map_path": path.with_suffix(".map")} if format_ == "blupf90" else {}
            genotypes.write(path, format=WRITERS[format_], **options)
            for one in sorted(Path(folder).iterdir()):
                archive.write(one, one.name)
    except ag.AgrigenError as error:
        raise rules.refused(error) from error


def _without_blanks(genotypes: Genotypes) -> Genotypes:
    """Names as files with blanks between their columns hold them; ids that would clash stay."""
    table = store.sample_frame(genotypes.samples)
    words = [name for name in table if name != "sex"]
    fitting = table.assign(
        **{name: table[name].str.replace(BLANKS, "_", regex=True) for name in words}
    )
    if fitting.equals(table) or not fitting["ids"].is_unique:
        return genotypes
    samples = Samples.of(**{name: fitting[name].to_numpy() for name in fitting})
    return Genotypes(genotypes.packed, samples, genotypes.markers)


def _add_packed(archive: zipfile.ZipFile, genotypes: Genotypes) -> None:
    """The bits as they are, with both tables: what the Python client reads."""
    told = {"layout": store.LAYOUT, "shape": genotypes.shape, "sha256": genotypes.sha256}
    of_map = {name: getattr(genotypes.markers, name) for name in store.OF_MAP}
    archive.writestr("genotypes.json", json.dumps({**told, "of_map": of_map}))
    archive.writestr("samples.parquet", parquet.to_bytes(store.sample_frame(genotypes.samples)))
    archive.writestr("map.parquet", parquet.to_bytes(store.map_frame(genotypes.markers)))
    archive.writestr("genotypes.bin", without_padding(genotypes.packed, len(genotypes)))
