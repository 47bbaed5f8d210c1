"""A simulated flock with genotypes, and the way from genotype files to a finished set."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

import agrigen as ag
from agrigen.simulate import Genome, founder_haplotypes, gene_drop
from hub import files, genotypes, jobs
from hub.actor import Actor
from hub.genotypes import GenotypeSetCreate, GenotypeSetDerive, GenotypeSetRead
from hub.storage.objects import FolderObjects
from tests.database import As, Make
from tests.workers import until

CHROMOSOMES, EACH = 26, 40


@dataclass(frozen=True)
class Flock:
    """Rams M0.., ewes F0.. and lambs L0.. with parents known to the simulation."""

    genotypes: ag.Genotypes
    sire: dict[str, str]
    dam: dict[str, str]
    sex: dict[str, str]

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.genotypes.ids]


def flock(rams: int = 4, ewes: int = 20, lambs: int = 40, seed: int = 1) -> Flock:
    """Genotypes of parents and lambs at 1,040 markers of sheep."""
    rng = np.random.default_rng(seed)
    genome = Genome(CHROMOSOMES, loci_per_chromosome=EACH)
    parents = rams + ewes
    sires = np.r_[np.full(parents, -1), rng.integers(0, rams, lambs)]
    dams = np.r_[np.full(parents, -1), rng.integers(rams, parents, lambs)]
    founders = founder_haplotypes(parents, genome, frequency=0.4, rng=rng)
    dosages = gene_drop((sires, dams), genome, founders=founders, rng=rng).sum(axis=1)
    names = [f"M{i}" for i in range(rams)] + [f"F{i}" for i in range(ewes)]
    names += [f"L{i}" for i in range(lambs)]
    letters = rng.integers(0, 2, (genome.n_loci, 2))
    markers = ag.MarkerMap.of(
        [f"OAR{c + 1}_{i}" for c in range(CHROMOSOMES) for i in range(EACH)],
        chromosomes=(genome.chromosome + 1).astype(str),
        positions=(genome.position * 1e8).astype(int) + 1,
        counted=np.array(["A", "C"])[letters[:, 0]],
        other=np.array(["G", "T"])[letters[:, 1]],
    )
    return Flock(
        ag.Genotypes.from_dosages(dosages.astype(np.int8), names, markers),
        {names[i]: names[sires[i]] for i in range(parents, len(names))},
        {names[i]: names[dams[i]] for i in range(parents, len(names))},
        {name: {"M": "M", "F": "F"}.get(name[0], "FM"[i % 2]) for i, name in enumerate(names)},
    )


async def settle(make: Make, farm_id: UUID, made: Flock, tag: str = "") -> dict[str, UUID]:
    """The animals of a flock on a farm; their tags are the names with something in front."""
    ids: dict[str, UUID] = {}
    for name in made.names:
        ids[name] = await make.animal(
            farm_id, tag + name, sex=made.sex[name],
            birth_date=date(2024 if name[0] == "L" else 2020, 3, 1),
            sire_id=ids.get(made.sire.get(name, "")), dam_id=ids.get(made.dam.get(name, "")),
        )  # fmt: skip
    return ids


def plink(made: ag.Genotypes, folder: Path, stem: str = "flock") -> dict[str, bytes]:
    """Three files by name."""
    folder.mkdir(parents=True, exist_ok=True)
    made.write(folder / f"{stem}.bed")
    return {
        f"{stem}{end}": (folder / f"{stem}{end}").read_bytes() for end in (".bed", ".bim", ".fam")
    }


class Genotyping:
    """What a person does: hand files in, ask for a set, wait for it."""

    def __init__(self, as_: As, objects: FolderObjects) -> None:
        self.as_, self.objects = as_, objects

    async def hand_in(self, actor: Actor, content: dict[str, bytes]) -> list[UUID]:
        async with self.as_(actor) as tx:
            return [
                (
                    await files.store(
                        tx, self.objects, name=name, media_type="application/octet-stream",
                        content=one, piece=True,
                    )
                ).id
                for name, one in content.items()
            ]  # fmt: skip

    async def ask(
        self, actor: Actor, farm_id: UUID, content: dict[str, bytes], **options: Any
    ) -> GenotypeSetRead:
        file_ids = await self.hand_in(actor, content)
        new = GenotypeSetCreate.model_validate(
            {"name": "flock", "farm_id": farm_id, "files": file_ids, **options}
        )
        async with self.as_(actor) as tx:
            return await genotypes.create(tx, new)

    async def over(self, actor: Actor, set_id: UUID, seconds: float = 120) -> GenotypeSetRead:
        async def look() -> GenotypeSetRead:
            async with self.as_(actor) as tx:
                return await genotypes.get(tx, set_id)

        return await until(look, lambda found: found.state in jobs.FINAL, seconds)

    async def bring(
        self, actor: Actor, farm_id: UUID, content: dict[str, bytes], **options: Any
    ) -> GenotypeSetRead:
        asked = await self.ask(actor, farm_id, content, **options)
        return await self.over(actor, asked.id)

    async def derive(self, actor: Actor, set_id: UUID, **options: Any) -> GenotypeSetRead:
        async with self.as_(actor) as tx:
            asked = await genotypes.derive(tx, set_id, GenotypeSetDerive.model_validate(options))
        return await self.over(actor, asked.id)


def unzipped(archive: bytes, folder: Path) -> Sequence[Path]:
    """The files of an archive in a folder."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files_:
        files_.extractall(folder)
    return sorted(folder.iterdir())
