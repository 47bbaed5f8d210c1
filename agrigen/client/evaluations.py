"""Evaluations: find one, read its breeding values and frozen input, start a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pandas as pd

from agrigen.client.datasets import Datasets
from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.resources import Collection
from agrigen.client.transport import Transport
from agrigen.client.work import Opened, Work

if TYPE_CHECKING:  # the client alone loads no numerics
    from agrigen.evaluation import Model

OF_ANIMAL = (
    "animal_id",
    "tag",
    "name",
    "farm",
    "sex",
    "breed",
    "birth_date",
)
COLUMNS = (
    *OF_ANIMAL,
    "trait",
    "effect",
    "role",
    "breeding_value",
    "se",
    "reliability",
    "accuracy",
    "inbreeding",
    "percentile",
    "records",
)


@dataclass(frozen=True, eq=False)
class Components:
    """Variance components that a run estimated, under the names that `ag.reml` gives them.

    Attributes
    ----------
    covariances
        The estimates, as `ag.evaluate` takes variances.
    variances, heritability, repeatability, correlations
        With standard errors (of Gibbs sampling: standard deviations) and intervals of 95 %.
    history
        One row a step.
    notes
        What to know about the estimates; none for who does not read all farms of the run.
    """

    estimate: str
    covariances: dict[str, Any] = field(repr=False)
    variances: pd.DataFrame
    heritability: pd.DataFrame = field(repr=False)
    repeatability: pd.DataFrame = field(repr=False)
    correlations: pd.DataFrame = field(repr=False)
    history: pd.DataFrame = field(repr=False)
    converged: bool
    notes: tuple[str, ...] = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """The variances."""
        return self.variances


class Evaluation(Work):
    """One run of a genetic evaluation: its model, its frozen input and what came out."""

    _noun, _where = "evaluation", "/evaluations"

    def __init__(self, transport: Transport, item: Item, *, trait: str | None = None) -> None:
        super().__init__(transport, item)
        self._trait = trait

    def __repr__(self) -> str:
        traits = ", ".join(self.item.get("traits", ()))
        return f"<Evaluation {self.item.get('name', '')!r} of {traits}: {self.item['state']}>"

    @property
    def model(self) -> dict[str, Any]:
        """The model as it was declared; `ag.load_model` reads it."""
        return self.item["model"]

    @property
    def summary(self) -> Item:
        """Counts, variances and times of the run."""
        return Item(self.item.get("summary") or {})

    @property
    def covariances(self) -> dict[str, Any]:
        """The variances behind the values, given or estimated, as `ag.evaluate` takes them."""
        return dict(self.summary.get("variances") or self.item["model"].get("variances") or {})

    @property
    def provenance(self) -> Item:
        """Software, parameters, input hashes and machine of the run."""
        return Item(self.item.get("provenance") or {})

    def frame(
        self,
        *,
        trait: str | None = None,
        effect: str | None = None,
        wide: bool = False,
        **filters: Any,
    ) -> pd.DataFrame:
        """Breeding values of one trait, one row an animal, best first; in the trait's unit.

        Of the direct effect unless another is named. With `wide` one row an animal with a column
        for each trait and effect: `weaning_weight`, `weaning_weight:m`.
        """
        if wide:
            return _wide(self.breeding_values(trait=trait, effect=effect, **filters))
        found = self._values(trait or self._trait, effect, filters)
        return frame_of(found, COLUMNS)

    def breeding_values(
        self, *, trait: str | None = None, effect: str | None = None, **filters: Any
    ) -> pd.DataFrame:
        """Breeding values, one row for each animal, trait and genetic effect; all by default."""
        wanted = [
            (one["name"], each)
            for one in self.item["genetic_effects"]
            for each in one["traits"]
            if trait in (None, each) and effect in (None, one["name"])
        ]
        if not wanted:  # let the hub say what there is
            wanted = [(effect, trait or self._trait)]
        rows = [row for name, each in wanted for row in self._values(each, name, filters)]
        return frame_of(rows, COLUMNS)

    def _values(
        self, trait: str | None, effect: str | None, filters: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        found = self._transport.pages(
            self._path("breeding-values"), trait=trait, effect=effect, **filters
        )
        return [_row(row) for row in found]

    def variances(self, *, trait: str | None = None, effect: str | None = None) -> pd.DataFrame:
        """Variance components, with standard errors where they were estimated."""
        return self._table("variances", trait, effect)

    def ratios(self, *, trait: str | None = None, effect: str | None = None) -> pd.DataFrame:
        """Heritabilities, proportions, repeatabilities and correlations."""
        return self._table("ratios", trait, effect)

    def trends(self, *, trait: str | None = None, effect: str | None = None) -> pd.DataFrame:
        """Mean breeding value of the animals born in each year, by trait and genetic effect."""
        return self._table("trends", trait, effect)

    def diagnostics(self) -> Item:
        """How the numbers were found: convergence, remarks, animals by reliability."""
        return self._transport.get(self._path("diagnostics"))

    @cached_property
    def components(self) -> Components | None:
        """The variance components as they were estimated; None where they were given."""
        if self.summary.get("estimate", "none") == "none":
            return None
        told, ratios = self.diagnostics(), self.ratios()
        by_kind = {kind: rows.reset_index(drop=True) for kind, rows in ratios.groupby("kind")}
        none = ratios.iloc[:0]
        return Components(
            estimate=told["estimate"],
            covariances=self.covariances,
            variances=self.variances(),
            heritability=by_kind.get("heritability", none),
            repeatability=by_kind.get("repeatability", none),
            correlations=by_kind.get("correlation", none),
            history=pd.DataFrame(told["history"]),
            converged=told["converged"],
            notes=tuple(told["notes"]),
        )

    def _table(self, name: str, trait: str | None, effect: str | None) -> pd.DataFrame:
        return frame_of(self._transport.get(self._path(name), trait=trait, effect=effect)["items"])

    def solutions(self) -> pd.DataFrame:
        """Solutions of every effect of the model, not only of the animals."""
        return self._csv("solutions.csv", {"level": str})

    def _csv(self, name: str, texts: Mapping[str, type]) -> pd.DataFrame:
        headers = {"Accept": "text/csv"}
        content = self._transport.send("GET", self._path(name), headers=headers).content
        return pd.read_csv(BytesIO(content), dtype=dict(texts))

    @cached_property
    def dataset(self) -> "EvaluationDataset":
        """The data it was computed from, frozen."""
        found = self._transport.get(f"/datasets/{self.item['dataset_id']}")
        return EvaluationDataset(self._transport, found)

    def marker_effects(self, *, limit: int | None = None, **filters: Any) -> pd.DataFrame:
        """Effects of the markers of a genomic run, in the order of the map.

        With filters (`trait`, `effect`, `chromosome`, `order="-variance"`) or a `limit` only those.
        """
        if filters or limit is not None:
            path = self._path("marker-effects")
            return frame_of(self._transport.pages(path, limit=limit, **filters))
        return self._csv("marker_effects.csv", {"marker": str, "chromosome": str, "allele": str})

    def contrasts(self) -> pd.DataFrame:
        """The differences that the model asked for, with standard errors."""
        found = self._transport.get(self._path("contrasts"))["items"]
        return frame_of(found, ("name", "effect", "trait", "value", "se"))

    def publish(self) -> "Evaluation":
        """Make it the official one of its traits, for everybody who may see the animals."""
        return self._act("publish")

    def withdraw(self) -> "Evaluation":
        """Take it back from publication; the one before is official again."""
        return self._act("withdraw")


class EvaluationDataset(Opened):
    """A frozen dataset version; reads its Parquet files as data frames (needs pyarrow)."""

    def __repr__(self) -> str:
        return f"<Dataset {self.item.get('name', '')!r} {self.item['content_hash'][:12]}>"

    def pedigree(self) -> pd.DataFrame:
        """Every animal of the evaluation with its parents."""
        return self.read("pedigree.parquet")

    def data(self) -> pd.DataFrame:
        """The records the model was fitted to."""
        return self.read("data.parquet")

    def read(self, name: str) -> pd.DataFrame:
        """One file of the dataset as a data frame."""
        content = Datasets(self._transport).download(self.item["id"], name)
        return pd.read_parquet(BytesIO(content))


class Evaluations(Collection[Evaluation]):
    path = "/evaluations"

    def latest(self, trait: str) -> Evaluation:
        """The published evaluation of a trait; its `.frame()` is of this trait."""
        found = self._transport.get(f"{self.path}/latest", trait=trait)
        return Evaluation(self._transport, found, trait=trait)

    def create(
        self,
        model: "Model | Mapping[str, Any] | str",
        *,
        name: str | None = None,
        variances: Mapping[str, Any] | None = None,
        estimate: str | None = None,
        options: Mapping[str, Any] | None = None,
        solver: str | None = None,
        farms: Sequence[str] | None = None,
        species: str | None = None,
        breed: str | None = None,
        rows: str | None = None,
        genotypes: Any = None,
        dataset: Any = None,
        publish: bool = False,
    ) -> Evaluation:
        """Freeze the data, queue the computation and return at once; then `.wait()`.

        Parameters
        ----------
        model
            An `ag.Model`, a formula, or a mapping as `agrigen evaluate` reads it, without names
            of files.
        variances, estimate, options, solver
            As in the model file; they replace those of a mapping.
        farms
            Ids of farms, by default all that one may read.
        rows
            "date" or "animal": which records share a residual.
        genotypes
            Genotype set (or its id) for effects of type genomic.
        dataset
            Dataset version (or its id) to evaluate in the place of the data as they are now:
            frozen tables, or the input of an earlier evaluation.
        """
        run = {"variances": variances, "estimate": estimate, "options": options, "solver": solver}
        declared = {**_declared(model), **_given(run)}
        body = {
            "name": name or f"{_traits_of(declared)} {date.today():%Y-%m-%d}".strip(),
            "model": declared,
            "farms": None if farms is None else list(farms),
            "species": species,
            "breed": breed,
            "rows": rows,
            "genotypes": id_of(genotypes),
            "dataset_id": id_of(dataset),
            "publish": publish,
        }
        return self._opened(self._transport.create(self.path, _given(body)))

    def _opened(self, item: Item) -> Evaluation:
        return Evaluation(self._transport, item)


def _declared(model: "Model | Mapping[str, Any] | str") -> dict[str, Any]:
    """The model in the words of the API."""
    if isinstance(model, str):
        return {"formula": model}
    return dict(model if isinstance(model, Mapping) else model.to_mapping())


def id_of(thing: Any) -> str | None:
    """The id of a thing of the hub; an id is its own."""
    item = getattr(thing, "item", thing)
    return item["id"] if isinstance(item, Mapping) else None if item is None else str(item)


def _traits_of(declared: Mapping[str, Any]) -> str:
    formula = declared.get("formula")
    if formula:
        return str(formula).split("~")[0].strip()
    return ", ".join(map(str, declared.get("traits", ())))


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The API's names as the columns of the frame."""
    renamed = {"value": "breeding_value", "animal_name": "name"}
    return {renamed.get(name, name): value for name, value in row.items()}


def _wide(long: pd.DataFrame) -> pd.DataFrame:
    """One row an animal; maternal values have the name of their effect in their column."""
    own = long["trait"].where(long["role"] == "direct", long["trait"] + ":" + long["effect"])
    columns = list(dict.fromkeys(own))
    values = long.assign(column=own).pivot(
        index="animal_id", columns="column", values="breeding_value"
    )
    animals = long.drop_duplicates("animal_id")[list(OF_ANIMAL)]
    return animals.merge(values[columns], left_on="animal_id", right_index=True)
