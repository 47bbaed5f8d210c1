"""Genotype sets: hand files in, make versions, read quality, parents and the genotypes."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from agrigen.client.errors import Failed
from agrigen.client.evaluations import id_of
from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.resources import Collection
from agrigen.client.waiting import Progress
from agrigen.client.work import Work

if TYPE_CHECKING:  # the client alone loads no numerics
    from agrigen.genotypes import Genotypes

Paths = str | PathLike[str] | Sequence[str | PathLike[str]]

PART = 48 * 2**20
"""Bytes of a file that are sent at once; larger files go up in parts."""

BESIDE = {".bed": (".bim", ".fam"), ".ped": (".map",)}
"""Files that belong to one that is named."""

SAMPLE_COLUMNS = (
    "name", "animal_id", "tag", "unlinked", "state", "reasons", "call_rate", "heterozygosity",
    "sex_recorded", "sex_found",
)  # fmt: skip
MARKER_COLUMNS = (
    "name", "chromosome", "position", "counted", "other", "frequency", "missing",
    "hardy_weinberg",
)  # fmt: skip
PARENTAGE_COLUMNS = (
    "animal_id", "tag", "role", "recorded", "status", "opposing", "compared", "proposed",
)  # fmt: skip


class GenotypeSet(Work):
    """One version of a set of genotypes; it never changes, only whose samples they are."""

    _noun, _where = "genotype set", "/genotype-sets"

    def __repr__(self) -> str:
        counts = self.item.get("counts") or {}
        size = f"{counts.get('samples', 0):,} samples at {counts.get('markers', 0):,} markers"
        what = size if self.item["state"] == "done" else self.item["state"]
        return f"<GenotypeSet {self.item['name']!r} version {self.item['version']}: {what}>"

    def quality(self) -> Item:
        """What quality control found: counts, drops by rule, histograms, duplicates, remarks."""
        return self._transport.get(self._path("quality"))

    def samples(self, *, limit: int | None = None, **filters: Any) -> pd.DataFrame:
        """Samples with their animals; filters are state, linked and text."""
        return self._frame("samples", SAMPLE_COLUMNS, limit, filters)

    def parentage(self, *, limit: int | None = None, **filters: Any) -> pd.DataFrame:
        """Recorded parents by what the genotypes say, with proposed ones; filter by status."""
        return self._frame("parentage", PARENTAGE_COLUMNS, limit, filters)

    def markers(
        self,
        chromosome: str | int | None = None,
        start: int | None = None,
        stop: int | None = None,
        *,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """Markers with their places, alleles and frequencies; start and stop are both inside."""
        filters = {"chromosome": chromosome, "from": start, "to": stop}
        return self._frame("markers", MARKER_COLUMNS, limit, filters)

    def _frame(
        self, name: str, columns: Sequence[str], limit: int | None, filters: Mapping[str, Any]
    ) -> pd.DataFrame:
        return frame_of(self._transport.pages(self._path(name), limit=limit, **filters), columns)

    def region(
        self,
        chromosome: str | int,
        start: int = 0,
        stop: int | None = None,
        *,
        samples: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Copies of the counted allele in a region: a row each sample, a column each marker."""
        query = {"chromosome": chromosome, "from": start, "to": stop}
        if samples is not None:
            query["samples"] = ",".join(samples)
        columns = self._region_columns(query)
        return pd.concat(columns, axis=1) if columns else pd.DataFrame()

    def region_page(
        self,
        chromosome: str | int,
        start: int = 0,
        stop: int | None = None,
        *,
        samples: Sequence[str] | None = None,
        **page: Any,
    ) -> Item:
        """One page of a region as the API says it: markers with alleles, samples and dosages.

        Parameters
        ----------
        page
            markers and animals: how many at most; marker_offset and sample_offset: where it starts.
        """
        names = None if samples is None else ",".join(samples)
        query = {"chromosome": chromosome, "from": start, "to": stop, "samples": names, **page}
        return self._transport.get(self._path("region"), **query)

    def _region_columns(self, query: Mapping[str, Any]) -> list[pd.DataFrame]:
        columns: list[pd.DataFrame] = []
        markers, total = 0, 1
        while markers < total:
            rows, samples, of = [], 0, 1
            while samples < of:
                part = self._transport.get(
                    self._path("region"), marker_offset=markers, sample_offset=samples, **query
                )
                rows.append(_region_frame(part))
                samples, of = samples + len(part["samples"]), part["total_samples"]
                if not part["samples"]:
                    break
            columns.append(pd.concat(rows))
            markers, total = markers + len(part["markers"]), part["total_markers"]
            if not part["markers"]:
                break
        return columns

    def genotypes(self, names: str = "sample") -> "Genotypes":
        """All genotypes as `ag.Genotypes`, checked against the hash of the set.

        `names` is "sample", for the names in the file, or "animal", for the ids of the animals;
        then samples without an animal are left out. Needs pyarrow.
        """
        content = self.export("packed", names=names)
        found, told = _unpacked(content)
        wanted = self.item["content_hash"] if names == "sample" else told["sha256"]
        if found.sha256 != wanted:
            raise Failed(
                "The genotypes arrived damaged; ask for them again.", code="genotypes.hash"
            )
        return found

    def export(self, format: str = "plink", *, names: str = "sample") -> bytes:
        """A ZIP archive of PLINK ("plink"), VCF ("vcf") or BLUPF90 ("blupf90") files."""
        return self._transport.send(
            "GET",
            self._path("export"),
            query={"format": format, "names": names},
            headers={"Accept": "application/zip"},
        ).content

    def file(self, name: str) -> bytes:
        """A file of the report: samples.csv, markers.csv, quality.json, filter.json, ..."""
        headers = {"Accept": "*/*"}
        return self._transport.send("GET", self._path(f"files/{name}"), headers=headers).content

    def derive(
        self,
        *,
        rules: Mapping[str, Any] | None = None,
        keep: Sequence[str] | None = None,
        remove: Sequence[str] = (),
        name: str | None = None,
        wait: bool = True,
    ) -> "GenotypeSet":
        """A new version: chosen samples, then rules of quality control; {} are the defaults."""
        body: dict[str, Any] = {"remove": list(remove)}
        if rules is not None:
            body["rules"] = dict(rules)
        if keep is not None:
            body["keep"] = list(keep)
        if name is not None:
            body["name"] = name
        made = GenotypeSet(self._transport, self._transport.create(self._path("derive"), body))
        return made.wait() if wait else made

    def link(self, links: Mapping[str, str | None] | None = None) -> "GenotypeSet":
        """Say whose samples these are: {sample: id of the animal, or None}.

        Without links, samples without an animal are looked up by name once more.
        """
        changed = [{"sample": name, "animal_id": one} for name, one in (links or {}).items()]
        answer = self._transport.write("PUT", self._path("links"), {"links": changed})
        self.item = answer or self.item
        return self


class GenotypeSets(Collection[GenotypeSet]):
    path = "/genotype-sets"
    columns = ("id", "name", "version", "species", "state", "farm_id", "content_hash")

    def upload(
        self,
        paths: Paths,
        *,
        farm: Any,
        name: str | None = None,
        rules: Mapping[str, Any] | None = None,
        wait: bool = True,
        progress: Callable[[Progress], None] | None = None,
        **options: Any,
    ) -> GenotypeSet:
        """Hand genotype files in and make a set of them.

        Parameters
        ----------
        paths
            One file, or those that belong together; those beside a .bed or .ped are found.
        farm
            The farm that the set belongs to, or its id.
        rules
            Rules of quality control to apply; without them quality is reported only.
        wait
            Wait until the set is made, or return at once.
        options
            Further ones of the API: species, format, coding, assembly, array, panel, match, names.
        """
        found = files_of(paths)
        made = self.create(
            {path.name: path for path in found}, farm=farm, name=name, rules=rules, **options
        )
        return made.wait(progress=progress) if wait else made

    def create(
        self,
        files: Mapping[str, bytes | Path] | Sequence[str],
        *,
        farm: Any,
        name: str | None = None,
        rules: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> GenotypeSet:
        """The same with files or their contents by name; returns at once.

        `files` may be the ids of files that were handed in before; then give a `name`.
        """
        uploaded: Sequence[str | list[str]] = files if not isinstance(files, Mapping) else [
            self._hand_in(called, content) for called, content in files.items()
        ]  # fmt: skip
        body: dict[str, Any] = {
            **options, "name": name or next(iter(files), ""), "farm_id": id_of(farm),
            "files": [*uploaded],
        }  # fmt: skip
        if rules is not None:
            body["rules"] = dict(rules)
        return self._opened(self._transport.create(self.path, body))

    def _hand_in(self, name: str, content: bytes | Path) -> str | list[str]:
        """The id of the file, or those of its parts."""
        ids: list[str] = []
        with content.open("rb") if isinstance(content, Path) else io.BytesIO(content) as file:
            while (part := file.read(PART)) or not ids:
                answer = self._transport.send(
                    "POST",
                    "/genotype-files",
                    query={"name": name},
                    content=part,
                    headers={"Content-Type": "application/octet-stream"},
                )
                ids.append(str(answer.json()["id"]))
        return ids[0] if len(ids) == 1 else ids

    def of_animal(self, animal: Any) -> pd.DataFrame:
        """The sets that have genotypes of an animal, newest first."""
        return frame_of(self._transport.pages(f"/animals/{id_of(animal)}/genotypes"))

    def panel(self, id: str) -> Item:
        """One marker panel."""
        return self._transport.get(f"/panels/{id_of(id)}")

    def panels(self, **filters: Any) -> pd.DataFrame:
        """Marker panels that sets have come with."""
        return frame_of(self._transport.pages("/panels", **filters))

    def _opened(self, item: Item) -> GenotypeSet:
        return GenotypeSet(self._transport, item)


def files_of(paths: Paths) -> list[Path]:
    """The files to hand in; one that is named brings those that belong to it."""
    if not isinstance(paths, str | PathLike):
        return [Path(one) for one in paths]
    named = Path(paths)
    return [named, *(named.with_suffix(ending) for ending in BESIDE.get(named.suffix.lower(), ()))]


def _region_frame(part: Mapping[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(
        part["dosages"],
        index=[one["name"] for one in part["samples"]],
        columns=[one["name"] for one in part["markers"]],
    )
    return frame.astype("Int8")


def _unpacked(content: bytes) -> "tuple[Genotypes, dict[str, Any]]":
    """Genotypes of the archive that the hub makes for this client, and what it says of them."""
    import numpy as np

    from agrigen.genotypes import Genotypes, MarkerMap, Samples

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        told = json.loads(archive.read("genotypes.json"))
        samples = pd.read_parquet(io.BytesIO(archive.read("samples.parquet")))
        markers = pd.read_parquet(io.BytesIO(archive.read("map.parquet")))
        packed = np.frombuffer(archive.read("genotypes.bin"), np.uint8)
    columns = {name: samples[name].to_numpy() for name in samples.columns}
    of_map = {name: markers[name].to_numpy() for name in markers.columns}
    found = Genotypes(
        packed.reshape(len(markers), -1),
        Samples.of(**columns),
        MarkerMap.of(**of_map, **told["of_map"]),
    )
    return found, told
