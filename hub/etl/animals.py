"""Check a file of animals row by row and turn its good rows into what is stored."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from uuid import UUID

import polars as pl

from hub.animals import bulk
from hub.etl import cells, columns, parentage
from hub.etl.elsewhere import of_other_farms
from hub.etl.findings import Findings
from hub.etl.read import ROW, Table
from hub.etl.schemas import Mapping
from hub.farms import Species
from hub.storage.base import new_id

PARENTS = ("sire", "dam")


@dataclass(frozen=True)
class Stock:
    """What is stored already: animals that the actor may see, names on the farm, shared farms."""

    farm_id: UUID
    farm_code: str
    species: str
    animals: pl.DataFrame
    names: pl.DataFrame
    shared_farms: frozenset[UUID] = frozenset()

    @cached_property
    def named(self) -> pl.DataFrame:
        """What records need of the farm's animals, by each of their names."""
        facts = self.animals.select(
            pl.col("id").alias("animal_id"), "species", "sex",
            pl.col("birth_date").str.to_date(strict=False), "farm_id",
        )  # fmt: skip
        names = self.names.rename({"value": "animal"}).unique("animal", keep="first")
        return names.join(facts, on="animal_id", how="left")


@dataclass(frozen=True)
class Ready:
    """Good rows as they are stored, and parents to add with them."""

    rows: pl.DataFrame
    stubs: pl.DataFrame


@dataclass(frozen=True)
class Checked(Ready):
    """With what was found wrong in the others."""

    findings: Findings
    notes: dict[str, int] = field(default_factory=dict)


def check(table: Table, mapping: Mapping, stock: Stock, today: date, findings: Findings) -> Checked:
    """All problems of all rows; a row without any is good."""
    frame = columns.of_animals(table, mapping)
    findings.unknown_columns(columns.unknown(table, mapping, columns.ANIMAL_COLUMNS))
    frame = _values(frame, stock, today, findings)
    _duplicates(frame, findings)
    here = _resolved(frame, stock, findings)
    nodes = _nodes(here, stock)
    parentage.check(nodes, findings)
    return _outcome(here, nodes, stock, findings)


def _values(frame: pl.DataFrame, stock: Stock, today: date, findings: Findings) -> pl.DataFrame:
    """Every cell read as what it should be."""
    frame = frame.with_columns(*(cells.known(name) for name in ("id", *PARENTS)))
    frame = cells.one_of(cells.sexes(frame), "status", cells.STATUSES)
    frame = cells.one_of(frame, "species", tuple(species.value for species in Species))
    frame = cells.dates(cells.whole_numbers(frame, "birth_type", 1, 20), "birth_date")
    frame = frame.with_columns(
        pl.lit(today).alias("today"), pl.lit(stock.farm_code).alias("this_farm")
    )
    findings.judge(frame)
    return frame.with_columns(pl.col("species").fill_null(stock.species))


def _duplicates(frame: pl.DataFrame, findings: Findings) -> None:
    """The second and later rows of one animal; the first is taken."""
    again = frame.with_columns(pl.col(ROW).first().over("id").alias("first"))
    twice = pl.col("id").is_not_null() & (pl.col(ROW) != pl.col("first"))
    findings.tell(again.filter(twice), "duplicate_row")


def _resolved(frame: pl.DataFrame, stock: Stock, findings: Findings) -> pl.DataFrame:
    """Rows with the ids of the animal and of its parents, made here for new ones.

    A name is looked for on the farm, then on shared farms (studs); what is found on neither is an
    animal of this farm that has no row yet.
    """
    first = frame.filter(pl.col("id").is_not_null()).unique(ROW, maintain_order=True)
    first = first.filter(pl.col("id").is_first_distinct())
    own = stock.names.rename({"animal_id": "known_id"}).unique("value", keep="first")
    shared = _shared_names(stock)
    wanted = pl.concat([first["id"], *(first[parent].drop_nulls() for parent in PARENTS)])
    names = (
        pl.DataFrame({"value": wanted.unique(maintain_order=True)})
        .join(own, on="value", how="left", maintain_order="left")
        .join(first.select(pl.col("id").alias("value"), pl.lit(True).alias("in_file")),
              on="value", how="left", maintain_order="left")
        .join(shared, on="value", how="left", maintain_order="left")
    )  # fmt: skip
    names = names.with_columns(
        pl.when(pl.col("known_id").is_null() & pl.col("in_file").is_null())
        .then(pl.col("shared_id")).alias("shared_id"),
        pl.when(pl.col("known_id").is_null() & pl.col("in_file").is_null())
        .then(pl.col("bearers")).alias("bearers"),
    )  # fmt: skip
    names = names.with_columns(pl.coalesce("known_id", "shared_id").alias("node_id")).with_columns(
        _fresh(names.height)
    )
    names = names.with_columns(pl.coalesce("node_id", "fresh").alias("node_id"))
    ids = names.select("value", "node_id", "bearers")
    here = first.join(
        ids.select(pl.col("value").alias("id"), pl.col("node_id").alias("animal_id")),
        on="id", how="left", maintain_order="left",
    )  # fmt: skip
    for parent in PARENTS:
        here = here.join(
            ids.select(
                pl.col("value").alias(parent), pl.col("node_id").alias(f"{parent}_id"),
                pl.col("bearers").alias(f"{parent}_bearers"),
            ),
            on=parent, how="left", maintain_order="left",
        )  # fmt: skip
        several = pl.col(f"{parent}_bearers") > 1
        findings.tell(here.filter(several), f"ambiguous_{parent}")
    return here


def _fresh(count: int) -> pl.Series:
    return pl.Series("fresh", [str(new_id()) for _ in range(count)], dtype=pl.String)


def _shared_names(stock: Stock) -> pl.DataFrame:
    """Animals of other farms: by tag on shared farms, on all by tag and farm, as exports write."""
    shared = pl.Series([str(farm) for farm in stock.shared_farms], dtype=pl.String).implode()
    others = stock.animals.filter(
        pl.col("farm_id").is_in(shared) & (pl.col("farm_id") != str(stock.farm_id))
    )
    by_tag = others.group_by(pl.col("tag").alias("value")).agg(
        pl.col("id").first().alias("shared_id"), pl.len().alias("bearers")
    )
    return pl.concat([by_tag, of_other_farms(stock)]).unique("value", keep="first")


def _nodes(here: pl.DataFrame, stock: Stock) -> pl.DataFrame:
    """File, stock and parents that are named only, one row an animal."""
    stored = stock.animals.select(
        "id", "tag", "species", "sex",
        pl.col("birth_date").str.to_date(strict=False), "sire_id", "dam_id",
    )  # fmt: skip
    known = stored.select(pl.all().name.prefix("old_")).rename({"old_id": "animal_id"})
    merged = here.join(known, on="animal_id", how="left", maintain_order="left")
    file = merged.select(
        ROW,
        pl.col("animal_id").alias("id"),
        pl.col("id").alias("tag"),
        "species",
        pl.coalesce(pl.col("sex").replace({"U": None}), "old_sex", pl.lit("U")).alias("sex"),
        pl.coalesce("birth_date", "old_birth_date").alias("birth_date"),
        pl.coalesce("sire_id", "old_sire_id").alias("sire_id"),
        pl.coalesce("dam_id", "old_dam_id").alias("dam_id"),
    )
    rest = stored.join(file.select("id"), on="id", how="anti").with_columns(
        pl.lit(None, pl.Int32).alias(ROW)
    )
    nodes = pl.concat([file, rest.select(file.columns)])
    return pl.concat([nodes, _implied(here, nodes)])


def _implied(here: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Parents that have no row and are not in stock; their sex follows from their role."""
    parts = [
        here.select(
            pl.col(f"{parent}_id").alias("id"), pl.col(parent).alias("tag"), "species"
        ).drop_nulls("id")
        for parent in PARENTS
    ]
    named = pl.concat(parts).unique("id", keep="first", maintain_order=True)
    fresh = named.join(nodes.select("id"), on="id", how="anti", maintain_order="left")
    return fresh.select(
        pl.lit(None, pl.Int32).alias(ROW), "id", "tag", "species",
        pl.lit("U").alias("sex"), pl.lit(None, pl.Date).alias("birth_date"),
        pl.lit(None, pl.String).alias("sire_id"), pl.lit(None, pl.String).alias("dam_id"),
    )  # fmt: skip


def _outcome(here: pl.DataFrame, nodes: pl.DataFrame, stock: Stock, findings: Findings) -> Checked:
    """Good rows, and the parents that they need and nobody else brings."""
    good = here.filter(~findings.is_bad())
    used = parentage.roles(nodes, pl.col(ROW).is_in(good[ROW].implode()))
    tags = stock.animals.select(pl.col("id").alias("animal_id"), pl.col("tag").alias("old_tag"))
    rows = (
        good.join(used.rename({"id": "animal_id"}), on="animal_id", how="left",
                  maintain_order="left")
        .join(tags, on="animal_id", how="left", maintain_order="left")
        .select(
            pl.col(ROW).alias("row_number"), pl.col("animal_id").alias("id"),
            pl.coalesce("old_tag", "id").alias("tag"), "name", "species", "breed",
            pl.coalesce(pl.col("sex").replace({"U": None}), "role_sex").alias("sex"),
            "birth_date", "birth_type", "status", "sire_id", "dam_id",
            pl.lit(False).alias("stub"),
        )
    )  # fmt: skip
    needed = used.filter(
        ~pl.col("id").is_in(stock.animals["id"].implode())
        & ~pl.col("id").is_in(rows["id"].implode())
    )
    tagged = nodes.select("id", "tag", "species")
    stubs = needed.join(tagged, on="id", how="left", maintain_order="left").select(
        pl.lit(None, pl.Int32).alias("row_number"), "id", "tag",
        pl.lit(None, pl.String).alias("name"), "species", pl.lit(None, pl.String).alias("breed"),
        pl.col("role_sex").alias("sex"), pl.lit(None, pl.Date).alias("birth_date"),
        pl.lit(None, pl.Int32).alias("birth_type"), pl.lit("unknown").alias("status"),
        pl.lit(None, pl.String).alias("sire_id"), pl.lit(None, pl.String).alias("dam_id"),
        pl.lit(True).alias("stub"),
    )  # fmt: skip
    refused = set(here.filter(findings.is_bad())["animal_id"])
    of_refused = sum(1 for animal in stubs["id"] if animal in refused)
    notes = {"parents_added": stubs.height, "parents_of_refused_rows": of_refused}
    wanted = bulk.STAGE_COLUMNS
    return Checked(rows.select(wanted), stubs.select(wanted), findings, notes)


def stage(checked: Ready, first: int, last: int) -> pl.DataFrame:
    """What is stored with the rows `first` to `last`: the rows, and their parents before them.

    A parent whose own row comes later is added with what that row says, except its parents.
    """
    rows = checked.rows.filter(pl.col("row_number").is_between(first, last))
    parents = pl.concat([rows["sire_id"], rows["dam_id"]]).drop_nulls().unique()
    implied = checked.stubs.filter(pl.col("id").is_in(parents.implode()))
    later = checked.rows.filter(
        (pl.col("row_number") > last) & pl.col("id").is_in(parents.implode())
    ).with_columns(
        pl.lit(None, pl.Int32).alias("row_number"), pl.lit(None, pl.String).alias("sire_id"),
        pl.lit(None, pl.String).alias("dam_id"), pl.lit(True).alias("stub"),
    )  # fmt: skip
    return pl.concat([implied, later, rows])


def whole_stage(checked: Ready) -> pl.DataFrame:
    """What is stored with all rows: the rows, and their parents before them."""
    return pl.concat([checked.stubs, checked.rows])
