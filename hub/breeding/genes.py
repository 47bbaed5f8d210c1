"""Use cases of single genes: note a result, look it up, take it away."""

from typing import Any
from uuid import UUID

from agrigen.selection import prnp_type
from hub import animals, audit, farms
from hub.breeding import repository, rules
from hub.breeding.models import AnimalGene
from hub.breeding.schemas import GeneRead, GeneSet
from hub.errors import Missing
from hub.permissions import Permission
from hub.storage.transaction import Transaction


async def genes(tx: Transaction, animal_id: UUID) -> list[GeneRead]:
    """Genotypes of an animal that one may see, by gene."""
    tx.actor.require(Permission.ANIMALS_READ)
    animal = await animals.find(tx, animal_id)
    return [_read(row) for row in await repository.genes_of(tx.session, animal.id)]


async def set_gene(tx: Transaction, animal_id: UUID, gene: str, new: GeneSet) -> GeneRead:
    """Note the genotype of an animal of one's own farm, in the place of the one before."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    animal = await animals.find_to_change(tx, animal_id)
    await farms.require_write(tx, animal.farm_id)
    name = _name(gene)
    values: dict[str, Any] = {
        "animal_id": animal_id,
        "farm_id": animal.farm_id,
        "gene": name,
        "genotype": rules.genotype(name, new.genotype),
        "source": new.source,
        "person_id": tx.actor.person_id,
    }
    row = await repository.set_gene(tx.session, values)
    await audit.write(
        tx, "breeding:set_gene", subject_id=animal_id, farm_id=animal.farm_id, gene=name,
        genotype=values["genotype"],
    )  # fmt: skip
    return _read(row)


async def remove_gene(tx: Transaction, animal_id: UUID, gene: str) -> None:
    """Take a genotype away that was noted by mistake."""
    tx.actor.require(Permission.ANIMALS_WRITE)
    animal = await animals.find_to_change(tx, animal_id)
    await farms.require_write(tx, animal.farm_id)
    if not await repository.remove_gene(tx.session, animal_id, _name(gene)):
        raise Missing("breeding.no_genotype", f"No genotype of {gene} is noted for this animal.")
    await audit.write(
        tx, "breeding:remove_gene", subject_id=animal_id, farm_id=animal.farm_id, gene=gene
    )


def _name(gene: str) -> str:
    return rules.PRNP if gene.upper() in ("PRNP", "PRP") else gene


def _read(row: AnimalGene) -> GeneRead:
    columns = ("animal_id", "gene", "genotype", "source", "updated_at")
    found = {name: getattr(row, name) for name in columns}
    of_prnp = prnp_type(row.genotype) if row.gene == rules.PRNP else None
    return GeneRead(**found, prnp_type=of_prnp)
