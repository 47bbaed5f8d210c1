"""Association studies: start one, read the tests of markers, draw them."""

from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from agrigen.client.evaluations import EvaluationDataset, id_of
from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.resources import Collection
from agrigen.client.work import Work

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Effects = str | Sequence[Mapping[str, Any]]
LABELS = ("chromosome", "marker", "effect_allele", "other_allele", "best")
AS_DRAWN = {"minus_log10_p": "log10_p"}


class Association(Work):
    """One genome-wide study: its settings, its frozen input and the tests of its markers."""

    _noun, _where = "association", "/associations"

    def __repr__(self) -> str:
        name, trait, state = (self.item.get(key, "") for key in ("name", "trait", "state"))
        hits = self.summary.get("hits")
        told = "" if hits is None else f", {hits} markers above the line"
        return f"<Association {name!r} of {trait}: {state}{told}>"

    @property
    def summary(self) -> Item:
        """Markers, animals, lambda (genomic control), h2, hits and threshold."""
        return Item(self.item.get("summary") or {})

    @property
    def provenance(self) -> Item:
        """Software, parameters, input hashes and machine of the study."""
        return Item(self.item.get("provenance") or {})

    def frame(self, *, limit: int | None = None, **filters: Any) -> pd.DataFrame:
        """Tests of markers, in the order of the map.

        With filters (`chromosome`, `start`, `stop`, `max_p`, `order`) or a `limit` only those, the
        strongest first unless `order="position"`.
        """
        if not filters and limit is None:
            return self._all()
        spelled = {{"start": "from", "stop": "to"}.get(k, k): v for k, v in filters.items()}
        return frame_of(self._transport.pages(self._path("markers"), limit=limit, **spelled))

    def _all(self) -> pd.DataFrame:
        headers = {"Accept": "text/csv"}
        content = self._transport.send("GET", self._path("results.csv"), headers=headers).content
        return pd.read_csv(BytesIO(content), dtype=dict.fromkeys(LABELS, str))

    def windows(self, **filters: Any) -> pd.DataFrame:
        """Windows of the genome with their best marker and how probably they hold an effect."""
        return frame_of(self._transport.pages(self._path("windows"), **filters))

    def points(self) -> Item:
        """What the pictures need: arrays of points, thinned, with chromosomes and quantiles."""
        return self._transport.get(self._path("points"))

    def plot(self, what: Literal["manhattan", "qq"] = "manhattan", **options: Any) -> "Figure":
        """-log10 p along the genome, or over what is expected; options as of `ag.plot`."""
        from agrigen.plot.manhattan import manhattan
        from agrigen.plot.qq import qq

        table = self._all().rename(columns=AS_DRAWN)
        if what == "qq":
            options = {"lambda_gc": self.summary.get("lambda"), **options}
            return qq(table["log10_p"], **options)
        return manhattan(table, **({"title": str(self.item.get("name", ""))} | options))

    @property
    def dataset(self) -> EvaluationDataset:
        """The records that were tested, frozen; it has no pedigree beyond these animals."""
        found = self._transport.get(f"/datasets/{self.item['dataset_id']}")
        return EvaluationDataset(self._transport, found)

    def publish(self) -> "Association":
        """Show it to everybody who may see studies."""
        return self._act("publish")

    def withdraw(self) -> "Association":
        """Take it back from publication."""
        return self._act("withdraw")


class Associations(Collection[Association]):
    path = "/associations"

    def create(
        self,
        trait: str,
        genotypes: Any,
        *,
        effects: Effects = (),
        name: str | None = None,
        farms: Sequence[str] | None = None,
        **settings: Any,
    ) -> Association:
        """Freeze the records of genotyped animals, queue the tests and return at once.

        Parameters
        ----------
        trait
            Code of the trait.
        genotypes
            Genotype set, or its id.
        effects
            A formula, "sex + contemporary_group + linear(age_days)"; or a list of mappings, as in
            the model of an evaluation.
        farms
            Ids of farms, by default all that one may read.
        settings
            method, test, relationship, leave_one_chromosome_out, condition_on, min_maf,
            max_missing, records, window, species, breed, publish: as the REST API has them.
        """
        body = {
            "name": name or f"{trait} {date.today():%Y-%m-%d}",
            "trait": trait,
            "genotypes": id_of(genotypes),
            **({"formula": effects} if isinstance(effects, str) else {"effects": [*effects]}),
            **({} if farms is None else {"farms": list(farms)}),
            **{key: value for key, value in settings.items() if value is not None},
        }
        return self._opened(self._transport.create(self.path, body))

    def _opened(self, item: Item) -> Association:
        return Association(self._transport, item)
