"""Evaluations: find one, read its breeding values and frozen input, start a new one."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property
from io import BytesIO
from typing import Any

import pandas as pd

from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.resources import Collection, Datasets
from agrigen.client.transport import Transport
from agrigen.client.waiting import Progress, wait_until_ended

COLUMNS = (
    "animal_id",
    "tag",
    "name",
    "farm",
    "sex",
    "breed",
    "birth_date",
    "trait",
    "breeding_value",
    "se",
    "reliability",
    "accuracy",
    "inbreeding",
    "percentile",
    "records",
)


class Evaluation:
    """One run of a genetic evaluation: its model, its frozen input and what came out."""

    def __init__(self, transport: Transport, item: Item) -> None:
        self._transport = transport
        self.item = item

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.item, name)

    def __repr__(self) -> str:
        traits = ", ".join(self.item.get("traits", ()))
        return f"<Evaluation {self.item.get('name', '')!r} of {traits}: {self.item['state']}>"

    @property
    def model(self) -> dict[str, Any]:
        """The model as it was declared."""
        return self.item["model"]

    @property
    def summary(self) -> Item:
        """Counts, variances and times of the run."""
        return Item(self.item.get("summary") or {})

    @property
    def variances(self) -> dict[str, Any]:
        """Variance components it was run with, by name of the effect."""
        declared = self.item["model"].get("variances")
        return dict(declared or self.summary.get("variances") or {})

    @property
    def provenance(self) -> Item:
        """Software, parameters, input hashes and machine of the run."""
        return Item(self.item.get("provenance") or {})

    def frame(self, **filters: Any) -> pd.DataFrame:
        """Breeding values, one row per animal and trait: value and se in the trait's unit."""
        rows = self._transport.pages(f"/evaluations/{self.item['id']}/breeding-values", **filters)
        return frame_of(map(_row, rows), COLUMNS)

    def solutions(self) -> pd.DataFrame:
        """Solutions of every effect of the model, not only of the animals."""
        path = f"/evaluations/{self.item['id']}/solutions.csv"
        headers = {"Accept": "text/csv"}
        content = self._transport.send("GET", path, headers=headers).content
        return pd.read_csv(BytesIO(content), dtype={"level": str})

    @cached_property
    def dataset(self) -> "EvaluationDataset":
        """The data it was computed from, frozen."""
        found = self._transport.get(f"/datasets/{self.item['dataset_id']}")
        return EvaluationDataset(self._transport, found)

    def wait(
        self,
        *,
        progress: Callable[[Progress], None] | None = None,
        timeout_seconds: float = 3600.0,
    ) -> "Evaluation":
        """Wait until it ended; raises Failed when it did not end well."""
        self.item = wait_until_ended(
            lambda: self._transport.get(f"/evaluations/{self.item['id']}"),
            what="evaluation",
            transport=self._transport,
            progress=progress,
            timeout_seconds=timeout_seconds,
        )
        return self

    def cancel(self) -> "Evaluation":
        """Ask it to stop; a running one stops at its next check."""
        return self._act("cancel")

    def retry(self) -> "Evaluation":
        """Run a failed or cancelled one again on the same frozen data."""
        return self._act("retry")

    def publish(self) -> "Evaluation":
        """Make it the official one of its traits, for everybody who may see the animals."""
        return self._act("publish")

    def withdraw(self) -> "Evaluation":
        """Take it back from publication; the one before is official again."""
        return self._act("withdraw")

    def _act(self, verb: str) -> "Evaluation":
        path = f"/evaluations/{self.item['id']}"
        self._transport.write("POST", f"{path}/{verb}")
        self.item = self._transport.get(path)
        return self


class EvaluationDataset:
    """A frozen dataset version; reads its Parquet files as data frames (needs pyarrow)."""

    def __init__(self, transport: Transport, item: Item) -> None:
        self._transport = transport
        self.item = item

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.item, name)

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
        """The published evaluation of a trait."""
        return self._opened(self._transport.get(f"{self.path}/latest", trait=trait))

    def run(
        self,
        model: Mapping[str, Any],
        *,
        name: str | None = None,
        farms: Sequence[str] | None = None,
        species: str | None = None,
        breed: str | None = None,
        publish: bool = False,
    ) -> Evaluation:
        """Freeze the data, queue the computation and return at once; then `.wait()`.

        `model` is what `agrigen evaluate` reads, without names of files; `farms` are ids of farms,
        by default all that one may read.
        """
        traits = ", ".join(map(str, model.get("traits", ())))
        body = {
            "name": name or f"{traits} {date.today():%Y-%m-%d}".strip(),
            "model": dict(model),
            "farms": None if farms is None else list(farms),
            "species": species,
            "breed": breed,
            "publish": publish,
        }
        return self._opened(self._transport.create(self.path, _given(body)))

    def _opened(self, item: Item) -> Evaluation:
        return Evaluation(self._transport, item)


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The API's names as the columns of the frame."""
    renamed = {"value": "breeding_value", "animal_name": "name"}
    return {renamed.get(name, name): value for name, value in row.items()}
