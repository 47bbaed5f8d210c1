"""The genotypes of an evaluation or a study: which, of which animals, frozen and read back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pandas as pd

import agrigen as ag
from agrigen.evaluation.effects import limited_to
from hub import datasets, genotypes
from hub.datasets import DatasetRead
from hub.errors import Conflict, FieldError, Invalid
from hub.evaluations import repository
from hub.evaluations.snapshot import Snapshot
from hub.genotypes import GenotypeSetRead
from hub.genotypes.content import readable
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction

TABLE = "genotyped.parquet"
"""Which sample is which animal, frozen with the data: links can be changed later."""
SHOWN = 10


@dataclass(frozen=True, eq=False)
class Chosen:
    """A set that is done, and its samples that are linked to animals: animal, tag, sample, place.

    `left_out` counts records that play no part, as their animals are not genotyped.
    """

    set: GenotypeSetRead
    links: pd.DataFrame
    left_out: int = 0

    @property
    def description(self) -> dict[str, Any]:
        """What the frozen data say of it."""
        known = {"name": self.set.name, "animals": len(self.links), "left_out": self.left_out}
        return {**provenance_of(self.set), **known}


@dataclass(frozen=True, eq=False)
class Loaded:
    """Genotypes under the ids of the animals, and where they come from."""

    genotypes: ag.Genotypes
    provenance: dict[str, Any]


def provenance_of(found: GenotypeSetRead) -> dict[str, Any]:
    """What everybody reads of a published result; the name of a set is its farm's own."""
    return {
        "id": str(found.id),
        "version": found.version,
        "content_hash": found.content_hash,
    }


async def choose(tx: Transaction, set_id: UUID) -> Chosen:
    """The set, if it is done, one reads all of its farms, and animals are linked to it."""
    found = GenotypeSetRead.model_validate(await readable(tx, set_id))
    links = await repository.links(tx.session, set_id)
    if links.empty:
        message = f"No sample of the genotype set {found.name!r} is linked to an animal."
        raise _refused("nobody_linked", message, "Link samples to animals, then ask again.")
    return Chosen(found, links)


def require_in_pedigree(chosen: Chosen, pedigree: pd.DataFrame) -> None:
    """Refuse genotyped animals that are not among those that are evaluated, by their tags."""
    absent = chosen.links[~chosen.links["animal"].isin(pedigree["id"])]
    if absent.empty:
        return
    message = f"{len(absent)} genotyped animals are not in the pedigree: {some(absent['tag'])}."
    remedy = "Evaluate their farms, species and breed too, or derive a genotype set without them."
    raise _refused("genotyped_not_in_pedigree", message, remedy)


def records_left_out(
    model: ag.Model, data: pd.DataFrame, links: pd.DataFrame
) -> tuple[pd.DataFrame, int]:
    """The data without records of animals that an effect of genotyped animals does not know.

    Records count once for each trait. A single step knows the whole pedigree.
    """
    kept = data.copy()
    for effect in model.effects:
        if isinstance(effect, ag.Genomic) and not is_single_step(effect):
            for trait, column in limited_to(effect, model.traits).items():
                kept.loc[~kept[column].isin(links["animal"]), trait] = float("nan")
    traits = list(model.traits)
    left_out = int(data[traits].notna().sum().sum() - kept[traits].notna().sum().sum())
    return kept[kept[traits].notna().any(axis=1)].reset_index(drop=True), left_out


def is_single_step(effect: ag.Genomic) -> bool:
    """Whether an effect has values of all animals of the pedigree, genotyped or not."""
    return effect.method == "single_step" or bool(effect.single_step)


def require_records(chosen: Chosen, data: pd.DataFrame, traits: Sequence[str]) -> None:
    """Refuse when nobody with records is genotyped."""
    if len(data):
        return
    message = f"No animal with records of {', '.join(traits)} is genotyped in {chosen.set.name!r}."
    remedy = "Use method single_step, or name a set with animals that have records."
    raise _refused("nobody_genotyped", message, remedy)


def matched(model: ag.Model, taken: Snapshot, chosen: Chosen) -> tuple[Snapshot, Chosen]:
    """What is evaluated with these genotypes; refuses what does not fit together."""
    require_in_pedigree(chosen, taken.pedigree)
    data, left_out = records_left_out(model, taken.data, chosen.links)
    require_records(chosen, data, model.traits)
    return replace(taken, data=data), replace(chosen, left_out=left_out)


async def load(tx: Transaction, objects: ObjectStore, dataset: DatasetRead, set_id: UUID) -> Loaded:
    """Genotypes of the animals as they were linked when the data were frozen."""
    frozen = await datasets.table(objects, dataset, TABLE)
    links = await repository.links(tx.session, set_id)
    same = ["animal", "place"]
    if not frozen[same].equals(links[same]):
        raise Conflict(
            "evaluations.links_changed",
            "Samples of the genotype set were linked to other animals since the data were frozen. "
            "Ask for it anew.",
        )
    loaded = await genotypes.load(tx, objects, set_id)
    return Loaded(loaded.genotypes, provenance_of(loaded.set))


def some(tags: Sequence[str]) -> str:
    """The first tags, and how many more there are."""
    shown = [str(tag) for tag in tags][:SHOWN]
    left = len(tags) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")


def _refused(code: str, message: str, remedy: str) -> Invalid:
    error = FieldError("genotypes", message, remedy)
    return Invalid(f"evaluations.{code}", message, errors=[error])
