"""What an evaluation of an old version is computed from: the frozen tables, as if it were then."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

import polars as pl

from hub import datasets
from hub.datasets import DatasetRead, storing
from hub.errors import FieldError, Invalid
from hub.evaluations import snapshot, sources
from hub.evaluations.schemas import EvaluationCreate
from hub.evaluations.snapshot import Selection, Snapshot
from hub.storage.objects import ObjectStore
from hub.storage.transaction import Transaction

IDENTITIES = "identities"
NEEDED = ("animals", "records", IDENTITIES)
_ELSEWHERE = UUID("5b6f3c0e-5f0a-5c61-9a5c-3f7c3a1f0d11")
"""Parents that are not in the version are named by their tags; their ids are made from them."""
_OF_RECORD = ("farm", "animal", "date", "trait", "value", "occasion", "undated")
_REST = "attributes"


def is_input(dataset: DatasetRead) -> bool:
    """Whether a version is the input of an evaluation already, and not tables of farms."""
    return datasets.DATA in dataset.objects


def check(dataset: DatasetRead, new: EvaluationCreate) -> None:
    """Refuse what cannot be chosen any more, and versions that lack a table."""
    if is_input(dataset):
        chosen = {"farms": new.farms, "species": new.species, "breed": new.breed, "rows": new.rows}
        errors = [
            FieldError(
                name, "The frozen input of an evaluation is taken as it is.", "Leave it out."
            )
            for name, value in chosen.items()
            if value is not None
        ]
        if errors:
            raise Invalid("evaluations.frozen_input", "The data are chosen.", errors=errors)
    else:
        missing = [kind for kind in NEEDED if dataset.table(kind) is None]
        if missing:
            message = "An evaluation needs the animals and records of a version."
            remedy = "Freeze a version with the kinds animals and records."
            errors = [FieldError("dataset_id", message, remedy)]
            raise Invalid("evaluations.version_without_tables", message, errors=errors)


def genotypes(dataset: DatasetRead, new: EvaluationCreate) -> UUID | None:
    """The genotype set: of the input of an evaluation the one that was frozen with it."""
    if not is_input(dataset):
        return new.genotypes
    known = dataset.description.get("genotypes")
    there = UUID(known["id"]) if isinstance(known, dict) else None
    if new.genotypes not in (None, there):
        message = "The frozen input was made with another genotype set, or with none."
        error = FieldError("genotypes", message, "Leave it out.")
        raise Invalid("evaluations.frozen_genotypes", message, errors=[error])
    return there


async def take(
    tx: Transaction,
    objects: ObjectStore,
    dataset: DatasetRead,
    new: Selection,
    traits: Sequence[str],
) -> Snapshot:
    """The tables of a version; nothing of what was entered or corrected since."""
    if is_input(dataset):
        pedigree, data = await datasets.load(tx, objects, dataset.id)
        rows = dataset.description.get("rows", "date")
        origins = await asyncio.to_thread(sources.stored, objects, dataset.objects)
        return Snapshot(pedigree, data, list(dataset.farm_ids), rows, origins)
    return await asyncio.to_thread(_taken, objects, dataset, new, traits)


def _taken(
    objects: ObjectStore, dataset: DatasetRead, new: Selection, traits: Sequence[str]
) -> Snapshot:
    read = {
        kind: storing.whole(objects, datasets.require_table(dataset, kind), dataset.objects)
        for kind in NEEDED
    }
    animals = _animals(read["animals"], read[IDENTITIES])
    records = read["records"].filter(pl.col("trait").is_in(list(traits)))
    wanted = _wanted(animals, new)
    long = _long(records, wanted)
    if long.is_empty():
        message = f"The version has no records of {', '.join(traits)} on these farms."
        error = FieldError("model.traits", message, "Choose another trait, species or farm.")
        raise Invalid("evaluations.no_records", message, errors=[error])
    species = pl.col("species").is_in(long["species"].unique().implode())
    members = _with_ancestors(animals, wanted.filter(species))
    farm_ids = sorted(UUID(farm) for farm in members["farm_id"].drop_nulls().unique())
    pedigree, data, rows = snapshot.tables(members, long, traits, new.rows)
    return Snapshot(pedigree, data, farm_ids, rows, sources.none())


def _animals(animals: pl.DataFrame, identities: pl.DataFrame) -> pl.DataFrame:
    """Everybody of the version, and parents of elsewhere, under their ids in this hub."""
    known = animals.rename({"id": "tag"}).join(
        identities.rename({"id": "tag", "animal_id": "id"}), on=["farm", "tag"], how="inner"
    )
    names = {(farm, tag): id for farm, tag, id in known.select("farm", "tag", "id").iter_rows()}
    others: dict[str, tuple[str, str]] = {}

    def parent(farm: str, name: str | None) -> str | None:
        if name is None:
            return None
        where, tag = _split(farm, name)
        if (farm, name) in names:
            return names[farm, name]
        if (where, tag) in names:
            return names[where, tag]
        made = str(uuid5(_ELSEWHERE, f"{where}\x1f{tag}"))
        others[made] = where, tag
        return made

    parents = {
        column: [parent(*row) for row in known.select("farm", column).iter_rows()]
        for column in ("sire", "dam")
    }
    whole = known.with_columns(pl.Series(n, ids, pl.String) for n, ids in parents.items())
    whole = whole.with_columns(
        pl.col("breed").fill_null(""),
        *(pl.col(name).cast(pl.String) for name in ("birth_date", "birth_type")),
    )
    rows = [{"id": id, "farm": farm, "tag": tag} for id, (farm, tag) in others.items()]
    elsewhere = pl.DataFrame(rows, {"id": pl.String, "farm": pl.String, "tag": pl.String})
    filled = elsewhere.with_columns(pl.lit("U").alias("sex"), pl.lit("").alias("breed"))
    return pl.concat([whole, filled], how="diagonal").sort(
        ["birth_date", "farm", "tag", "id"], nulls_last=False
    )


def _split(farm: str, name: str) -> tuple[str, str]:
    """An animal of another farm is written with that farm's code: `M 12 [stud]`."""
    if name.endswith("]") and " [" in name:
        tag, code = name[:-1].rsplit(" [", 1)
        return code, tag
    return farm, name


def _wanted(animals: pl.DataFrame, new: Selection) -> pl.DataFrame:
    """The animals of the version that are chosen; those of elsewhere are nobody's choice."""
    chosen = pl.col("farm_id").is_not_null()
    if new.farms is not None:
        chosen &= pl.col("farm_id").is_in([str(farm) for farm in new.farms])
    if new.species is not None:
        chosen &= pl.col("species") == new.species
    if new.breed is not None:
        chosen &= pl.col("breed") == new.breed
    return animals.filter(chosen)


def _with_ancestors(animals: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    there = set(chosen["id"])
    parents = {row[0]: row[1:] for row in animals.select("id", "sire", "dam").iter_rows()}
    new = there
    while new:
        new = {p for one in new for p in parents[one] if p is not None} - there
        there |= new
    return animals.filter(pl.col("id").is_in(list(there)))


def _long(records: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """A row a record with what is known of its animal, as it is read from the hub's own tables."""
    animals = wanted.select(
        "farm", "tag", "farm_id", "species", "sex", "breed", "birth_date", "birth_type", "dam",
        "sire", pl.col("id").alias("animal"),
    )  # fmt: skip
    told = records.select(
        "farm", pl.col("animal").alias("tag"), "trait", "value",
        pl.col("date").cast(pl.String).alias("recorded_on"), pl.col("occasion").fill_null(""),
        pl.Series(_REST, _attributes(records), pl.String),
    )  # fmt: skip
    joined = told.join(animals, on=["farm", "tag"], how="inner")
    order = ["farm", "tag", "animal", "recorded_on", "occasion", "trait"]
    return joined.sort(order, nulls_last=False)


def _attributes(records: pl.DataFrame) -> list[str]:
    """What was noted with each record, as the JSON that it was."""
    more = [name for name in records.columns if name not in (*_OF_RECORD, _REST)]
    rest = records[_REST].to_list() if _REST in records.columns else [None] * records.height
    rows = records.select(more).iter_rows() if more else ([()] * records.height)
    return [
        _json(dict(zip(more, row, strict=True)), left) for row, left in zip(rows, rest, strict=True)
    ]


def _json(known: dict[str, Any], rest: str | None) -> str:
    there = {name: value for name, value in known.items() if value is not None}
    return json.dumps(there | (json.loads(rest) if rest else {}))
