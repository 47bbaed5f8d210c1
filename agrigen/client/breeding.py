"""Breeding advice: which matings suit a farm, and what one pair would give."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pandas as pd

from agrigen.client.frames import frame_of
from agrigen.client.item import Item
from agrigen.client.resources import Collection, plain
from agrigen.client.transport import Transport
from agrigen.client.work import Opened

COLUMNS = (
    "female_id", "female_tag", "male_id", "male_tag", "index", "low", "high", "inbreeding",
    "second_male_id", "second_male_tag", "second_index", "second_low", "second_high",
    "second_inbreeding", "remarks",
)  # fmt: skip


class Plan(Opened):
    """A mating plan as it was computed and kept."""

    def __repr__(self) -> str:
        head = self.item
        return f"<Plan {head['name']!r}: {head['mated']} of {head['females']} females>"

    def frame(self) -> pd.DataFrame:
        """One row a mated female: the male the plan has for her, and the next best."""
        return frame_of((_row(one) for one in self._full["matings"]), COLUMNS)

    def unmated(self) -> pd.DataFrame:
        """Females that may have none of the males, and why."""
        rows = [{**one, "remarks": _remarks(one)} for one in self._full["unmated"]]
        return frame_of(rows, ("female_id", "female_tag", "remarks")).drop(
            columns="notices", errors="ignore"
        )

    def males(self) -> pd.DataFrame:
        """How many females each male has."""
        return frame_of(self._full["males"], ("male_id", "male_tag", "index", "females", "most"))

    def csv(self) -> bytes:
        """The plan as a table for a spreadsheet."""
        path = f"/breeding/plans/{self.item['id']}/matings.csv"
        return self._transport.send("GET", path, headers={"Accept": "text/csv"}).content

    def delete(self) -> None:
        """Throw the plan away."""
        self._transport.write("DELETE", f"/breeding/plans/{self.item['id']}")

    @property
    def _full(self) -> Item:
        """Lists of plans come without their matings."""
        if "matings" not in self.item:
            self.item = self._transport.get(f"/breeding/plans/{self.item['id']}")
        return self.item


class Plans(Collection[Plan]):
    path = "/breeding/plans"

    def _opened(self, item: Item) -> Plan:
        return Plan(self._transport, item)


class Breeding:
    """Advice for farms one may see; `hub.breeding.plans` has the plans that were kept."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.plans = Plans(transport)

    def index(self, farm: str, *, language: str = "en") -> Item:
        """What animals of a farm are ranked by when no weights are given, and why."""
        return self._transport.get("/breeding/index", farm=str(farm), language=language)

    def candidates(self, farm: str, **filters: Any) -> pd.DataFrame:
        """Animals of a farm that can be mated, with index, rank and percentile."""
        answer = self._transport.get("/breeding/candidates", farm=str(farm), **plain(filters))
        return frame_of(answer["items"])

    def pair(self, sire: str, dam: str, *, language: str = "en", **limits: Any) -> Item:
        """What a mating would give: index with range, inbreeding, genes, verdict in words.

        Limits are those of a plan: `warn_inbreeding`, `most_inbreeding`, `worst_prnp`, ...
        """
        query = {"sire": str(sire), "dam": str(dam), "language": language, **limits}
        return self._transport.get("/breeding/pair", **query)

    def plan(
        self,
        farm: str,
        name: str = "Mating plan",
        *,
        weights: Mapping[str, float] | None = None,
        **settings: Any,
    ) -> Plan:
        """Find the best male for every female of a farm, and keep the plan.

        Settings are those of the API: `female_ids`, `male_ids`, `most_females`, `capacity`,
        `warn_inbreeding`, `most_inbreeding`, `inbreeding_cost`, `carriers`, `prnp`, ...
        """
        body = {"farm_id": str(farm), "name": name, **plain(settings)}
        if weights is not None:
            body["weights"] = dict(weights)
        return Plan(self._transport, self._transport.create("/breeding/plans", body))

    def genes(self, animal: str) -> pd.DataFrame:
        """Genotypes of an animal at single genes."""
        columns = ("gene", "genotype", "prnp_type", "source")
        return frame_of(self._transport.get(_genes(animal))["items"], columns)

    def set_gene(self, animal: str, gene: str, genotype: str, *, source: str = "") -> Item | None:
        """Note a genotype: PRNP as "ARR/ARQ", a defect as free, carrier or affected."""
        body = {"genotype": genotype, "source": source}
        return self._transport.write("PUT", f"{_genes(animal)}/{quote(gene, safe='')}", body)


def _genes(animal: str) -> str:
    return f"/animals/{quote(str(animal), safe='')}/genes"


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    second = one["second"] or {}
    names = ("male_id", "male_tag", "index", "low", "high", "inbreeding")
    own = {name: one.get(name) for name in ("female_id", "female_tag", *names)}
    return {**own, **{f"second_{n}": second.get(n) for n in names}, "remarks": _remarks(one)}


def _remarks(one: Mapping[str, Any]) -> str:
    return " ".join(note["message"] for note in one["notices"])
