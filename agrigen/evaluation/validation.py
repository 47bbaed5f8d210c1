"""Validation: hide records, predict them, and compare with what all records say."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from agrigen import citations as papers
from agrigen.citations import Citation
from agrigen.errors import DataError, ModelError, Problem, name_some
from agrigen.evaluation.adjust import adjusted_records
from agrigen.evaluation.agreement import FEWEST, agreement, correlation
from agrigen.evaluation.blup import Estimate, evaluate
from agrigen.evaluation.columns import MISSING, numbers
from agrigen.evaluation.effects import Genomic
from agrigen.evaluation.model import Animal, Model, effect_traits
from agrigen.evaluation.progress import Cancel, Progress, Stages
from agrigen.evaluation.result import Evaluation
from agrigen.evaluation.solve import SolverName
from agrigen.pedigree import Pedigree
from agrigen.pedigree.columns import Column, coded
from agrigen.pedigree.structure import Structure
from agrigen.provenance import Stopwatch, record
from agrigen.random import Seed, generator
from agrigen.types import Flags, Texts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from agrigen.genotypes import Genotypes

ALL = "all"
Families = Literal["sire", "dam"] | str


@dataclass(frozen=True, eq=False)
class Validation:
    """How well hidden records were predicted.

    Attributes
    ----------
    table
        One row an effect and trait (and fold, `all` together): animals, bias, dispersion,
        correlation, reliability_ratio, accuracy (see `Agreement`), records (hidden), predictivity
        (correlation of hidden records, less fixed effects, with breeding values), and
        predicted_accuracy (predictivity over the root of heritability).
    pairs
        One row an animal, effect and trait: id, effect, trait, fold, partial, whole.
    whole
        The evaluation with all records.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    whole: Evaluation
    provenance: dict[str, Any]
    citations: tuple[Citation, ...]

    def to_frame(self) -> pd.DataFrame:
        """The statistics."""
        return self.table

    def plot(self, *, effect: str | None = None, trait: str | None = None) -> "Figure":
        """Breeding values with all records over those without the hidden ones."""
        from agrigen.plot.validation import agreement as draw

        chosen = self._chosen(effect, trait)
        pairs = self.pairs
        for name, value in chosen.items():
            pairs = pairs[pairs[name] == value]
        row = self.table[self.table["fold"] == ALL]
        for name, value in chosen.items():
            row = row[row[name] == value]
        return draw(pairs["partial"], pairs["whole"], statistics=row.iloc[0].to_dict())

    def _chosen(self, effect: str | None, trait: str | None) -> dict[str, str]:
        first = self.table.iloc[0]
        chosen = {"effect": effect or first["effect"], "trait": trait or first["trait"]}
        there = self.table[["effect", "trait"]].drop_duplicates()
        if not (there == pd.Series(chosen)).all(axis=1).any():
            known = ", ".join(f"{row.effect} {row.trait}" for row in there.itertuples())
            raise ValueError(f"there is no {chosen['effect']} {chosen['trait']}; there is {known}")
        return chosen

    def __repr__(self) -> str:
        table = self.table[self.table["fold"] == ALL].drop(columns="fold")
        folds = self.table["fold"].nunique() - 1
        head = "Validation" + (f" in {folds} folds" if folds > 1 else "")
        columns = [c for c in table.columns if not c.endswith("_se")]
        shown = table[columns].to_string(index=False, float_format=lambda x: f"{x:.3f}")
        return f"{head}; expected are bias 0 and dispersion 1\n{shown}"


def validate(
    model: Model,
    data: pd.DataFrame,
    pedigree: Pedigree | None = None,
    variances: Mapping[str, Any] | None = None,
    *,
    genotypes: "Genotypes | None" = None,
    hidden: Column | None = None,
    column: str | None = None,
    after: str | float | None = None,
    focal: Column | None = None,
    traits: Column | None = None,
    estimate: Estimate = "none",
    solver: SolverName = "auto",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Validation:
    """Forward validation: an evaluation without some records against one with all.

    Parameters
    ----------
    model, data, pedigree, variances, genotypes, estimate, solver
        As `evaluate` takes them; estimated variances (from all records) serve both evaluations.
    hidden
        True for records to hide; or give a cut:
    column, after
        Records are hidden whose value in this column (dates as 2024-03-31, or numbers) is beyond
        `after`.
    focal
        Ids of the animals to compare; by default those that lose all their records.
    traits
        Traits to hide, by default all: with correlated traits the others stay.

    Raises
    ------
    DataError
        If nothing is hidden, everything is, or fewer than three animals can be compared.

    References
    ----------
    Legarra and Reverter 2018, Genet Sel Evol 50:53, doi:10.1186/s12711-018-0426-6
    """
    mask = _mask(data, hidden, column, after)
    run = _Run(model, data, (pedigree, genotypes), traits, solver, Stages(progress, cancel))
    run.evaluate_whole(variances, estimate)
    animals = None if focal is None else coded(focal).texts
    run.hide(mask, "1", animals)
    return run.result()


def cross_validate(
    model: Model,
    data: pd.DataFrame,
    pedigree: Pedigree | None = None,
    variances: Mapping[str, Any] | None = None,
    *,
    genotypes: "Genotypes | None" = None,
    folds: int = 5,
    families: Families | None = None,
    smallest: int = FEWEST,
    rng: Seed = 1,
    traits: Column | None = None,
    estimate: Estimate = "none",
    solver: SolverName = "auto",
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Validation:
    """Cross-validation: every animal is predicted once without its own records.

    Parameters
    ----------
    folds
        Number of random parts of the animals with records; all records of an animal are hidden
        together.
    families
        Instead of random parts, one family is left out at a time: the offspring of a `sire` or a
        `dam`, or the levels of a column of the records. Animals without a family stay.
    smallest
        Animals with records that a family must have to be left out.
    rng
        Seed of the random parts.

    Raises
    ------
    DataError
        If there are fewer than two parts.
    """
    run = _Run(model, data, (pedigree, genotypes), traits, solver, Stages(progress, cancel))
    animals = run.animals()
    labels = (
        _random_folds(animals, folds, generator(rng))
        if families is None
        else _families(animals, data, pedigree, families, smallest)
    )
    names = sorted({label for label in labels if label}, key=lambda x: (len(x), x))
    if len(names) < 2:
        text = f"There {'is 1 part' if len(names) == 1 else 'are 0 parts'} to leave out."
        raise DataError([Problem("no_parts", (), text, "Use smaller families, or folds.")])
    run.evaluate_whole(variances, estimate)
    for place, name in enumerate(names):
        run.stages = Stages(progress, cancel, 0.2 + 0.8 * place / len(names))
        run.hide(labels == name, name, None)
    return run.result()


class _Run:
    """Evaluations with and without hidden records, and what they say."""

    def __init__(
        self,
        model: Model,
        data: pd.DataFrame,
        relatives: "tuple[Pedigree | None, Genotypes | None]",
        traits: Column | None,
        solver: SolverName,
        stages: Stages,
    ) -> None:
        if model.animal is None:
            text = "The model has no effect of type animal: there is nothing to validate."
            raise ModelError([Problem("no_animal", (), text, "Add one.")])
        self.model, self.data = model, data
        self.pedigree, self.genotypes = relatives
        self.hidden_traits = list(model.traits if traits is None else traits)
        unknown = [trait for trait in self.hidden_traits if trait not in model.traits]
        if unknown:
            text = f"{name_some(unknown)} cannot be hidden: the traits are {model.traits}."
            raise ModelError([Problem("unknown_trait", (), text, "Correct the name.")])
        self.solver, self.stages = solver, stages
        self.stopwatch = Stopwatch()
        self.pairs: list[pd.DataFrame] = []
        self.records: list[pd.DataFrame] = []
        self.structures: dict[str, Structure] = {}

    def animals(self) -> Texts:
        """The animal of every record, empty where there is none."""
        animal = self.model.animal
        assert animal is not None  # checked above
        columns = list(dict.fromkeys(effect_traits(animal, self.model).values()))
        found = coded(self.data[columns[0]])
        return np.array([*found.texts, ""], dtype=object)[found.codes]

    def evaluate_whole(self, variances: Mapping[str, Any] | None, estimate: Estimate) -> None:
        self.stages(0.0, "evaluating all records")
        self.whole = evaluate(
            self.model,
            self.data,
            self.pedigree,
            variances,
            genotypes=self.genotypes,
            estimate=estimate,
            solver=self.solver,
            progress=None,
            cancel=self.stages.cancel,
        )
        found = self.whole.components
        self.variances = dict(variances or {}) if found is None else found.covariances
        self.adjusted = {
            trait: adjusted_records(self.whole, self.data, self.pedigree, trait, self.genotypes)
            for trait in self.hidden_traits
        }

    def hide(self, mask: Flags, fold: str, focal: Any) -> None:
        """Evaluate without the hidden records and keep what is compared."""
        self.stages(0.1, f"evaluating without the records of part {fold}")
        animals = self.animals()
        observed = np.zeros(len(mask), np.bool_)
        for trait in self.hidden_traits:
            observed |= np.isfinite(self.adjusted[trait])
        if not (mask & observed).any():
            text = "No record is hidden: nothing is predicted."
            raise DataError([Problem("nothing_hidden", (), text, "Check the cut or the mask.")])
        data = self.data.copy()
        for trait in self.hidden_traits:
            values, _ = numbers(data[trait], trait)
            data[trait] = np.where(mask, np.nan, values)
        partial = evaluate(
            self.model, data, self.pedigree, self.variances, genotypes=self.genotypes,
            solver=self.solver, cancel=self.stages.cancel,
        )  # fmt: skip
        if focal is None:
            losing = set(animals[mask & observed]) - set(animals[~mask & observed]) - {""}
            focal = [id for id in self._evaluated() if id in losing]
        self._check_focal(list(focal))
        self.pairs.append(self._compared(partial, list(focal), fold))
        self.records += self._predicted(partial, mask, animals, fold)

    def _check_focal(self, focal: list[str]) -> None:
        there = set(self._evaluated())
        unknown = [id for id in focal if id not in there]
        if unknown:
            what = "the pedigree" if self.pedigree is not None else "the genotypes"
            text = f"{name_some(unknown)} are not in {what}."
            raise DataError([Problem("unknown_animal", tuple(unknown), text, "Check the ids.")])
        if len(focal) < FEWEST:
            text = f"{len(focal)} animals lose all their records; {FEWEST} are needed."
            remedy = "Hide more records, or name the animals to compare (focal)."
            raise DataError([Problem("few_animals", tuple(focal), text, remedy)])

    def _evaluated(self) -> list[str]:
        """Animals that have breeding values."""
        animal = self.model.animal
        assert animal is not None  # checked above
        table = self.whole.breeding_values
        return list(dict.fromkeys(table.loc[table["effect"] == animal.name, "id"]))

    def _compared(self, partial: Evaluation, focal: list[str], fold: str) -> pd.DataFrame:
        keys = ["id", "effect", "trait"]
        there = self.whole.breeding_values[[*keys, "breeding_value"]].set_index(keys)
        other = partial.breeding_values[[*keys, "breeding_value"]].set_index(keys)
        both = there.join(other, lsuffix="_whole", rsuffix="_partial")
        both.columns = ["whole", "partial"]
        chosen = both[both.index.get_level_values("id").isin(focal)].reset_index()
        return chosen.assign(fold=fold)[[*keys, "fold", "partial", "whole"]]

    def _predicted(
        self, partial: Evaluation, mask: Flags, animals: Texts, fold: str
    ) -> list[pd.DataFrame]:
        """Hidden records, less fixed effects, beside the breeding values that predict them."""
        animal = self.model.animal
        assert animal is not None  # checked above
        if animal.basis is not None:
            return []  # a curve has no one breeding value for a record
        table = partial.breeding_values[partial.breeding_values["effect"] == animal.name]
        found = []
        for trait in self.hidden_traits:
            if trait not in effect_traits(animal, self.model):
                continue
            rows = np.flatnonzero(mask & np.isfinite(self.adjusted[trait]) & (animals != ""))
            values = table[table["trait"] == trait].set_index("id")["breeding_value"]
            predicted = values.reindex(animals[rows]).to_numpy()
            frame = {"record": self.adjusted[trait][rows], "predicted": predicted}
            found.append(pd.DataFrame({"trait": trait, "fold": fold, **frame}))
        return found

    # Statistics

    def result(self) -> Validation:
        pairs = pd.concat(self.pairs, ignore_index=True)
        table = pd.DataFrame(self._rows(pairs))
        parameters = {"model": self.model.to_mapping(), "hidden": self.hidden_traits}
        inputs = self.whole.provenance["inputs"]
        return Validation(
            table,
            pairs,
            self.whole,
            record(parameters, inputs, seconds=self.stopwatch.seconds),
            (papers.LEGARRA_2018, *self.whole.citations),
        )

    def _rows(self, pairs: pd.DataFrame) -> list[dict[str, Any]]:
        rows = []
        folds = list(dict.fromkeys(pairs["fold"]))
        for (effect, trait), part in pairs.groupby(["effect", "trait"], sort=False):
            for fold in [ALL, *(folds if len(folds) > 1 else [])]:
                mine = part if fold == ALL else part[part["fold"] == fold]
                rows.append(self._row(str(effect), str(trait), fold, mine))
        return rows

    def _row(self, effect: str, trait: str, fold: str, part: pd.DataFrame) -> dict[str, Any]:
        variance = self._variance(effect, trait) * self._spread(effect, part["id"].to_numpy())
        found = agreement(part["partial"].to_numpy(), part["whole"].to_numpy(), variance)
        row = {"effect": effect, "trait": trait, "fold": fold, **asdict(found)}
        animal = self.model.animal
        mine = animal is not None and effect == animal.name
        return row | self._predictivity(trait, fold, mine=mine)

    def _predictivity(self, trait: str, fold: str, *, mine: bool) -> dict[str, Any]:
        parts = [p for p in self.records if mine and p["trait"].iat[0] == trait and len(p)]
        if fold != ALL:
            parts = [part for part in parts if part["fold"].iat[0] == fold]
        if not parts:
            return {"records": 0, "predictivity": np.nan, "predicted_accuracy": np.nan}
        frame = pd.concat(parts)
        value = correlation(frame["record"].to_numpy(), frame["predicted"].to_numpy())
        heritability = self.whole.summary["heritability"].get(trait, np.nan)
        return {
            "records": len(frame),
            "predictivity": value,
            "predicted_accuracy": value / np.sqrt(heritability),
        }

    def _variance(self, effect: str, trait: str) -> float:
        """The genetic variance, nan where breeding values are sums over a curve."""
        table = self.whole.variances
        rows = table[(table["effect"] == effect) & (table["trait_1"] == trait)]
        rows = rows[(rows["trait_2"] == trait) & rows["coefficient_1"].isna()]
        return float(rows["value"].iloc[0]) if len(rows) == 1 else np.nan

    def _structure(self, animal: Animal) -> tuple[Structure, Texts]:
        """The covariance of an effect, and its levels."""
        if self.whole.run is not None and isinstance(animal, Genomic):
            design = self.whole.run.design
            block = next(b for b in design.blocks if animal.name in b.effects)
            return block.structure, block.structure.names
        if self.pedigree is None:
            raise ValueError("an effect of the pedigree has one")
        if animal.relationship not in self.structures:
            self.structures[animal.relationship] = self.pedigree.structure(
                inbreeding=self.model.inbreeding, relationship=animal.relationship
            )
        structure = self.structures[animal.relationship]
        return structure, structure.names

    def _spread(self, effect: str, ids: Texts) -> float:
        """Expected variance among some animals, in units of the genetic variance: their mean
        diagonal of A less the mean of all A among them."""
        animal = next(e for e in self.model.random if e.name == effect)
        assert isinstance(animal, Animal)  # only they have breeding values
        structure, names = self._structure(animal)
        if structure.base is not None and not structure.base.any():
            return np.nan  # fixed groups have no variance
        places = pd.Index(names).get_indexer(pd.Index(ids))
        n = places.size
        if n < FEWEST:
            return np.nan
        share = np.zeros(len(structure))
        share[places] = 1.0 / n
        mean = float(structure.times(share)[places].mean())
        return float((structure.scale[places].mean() - mean) * n / (n - 1))


def _mask(data: pd.DataFrame, hidden: Column | None, column: str | None, after: Any) -> Flags:
    if hidden is not None:
        mask = np.asarray(hidden)
        if mask.dtype != np.bool_ or mask.shape != (len(data),):
            raise ValueError(f"hidden is one True or False a record ({len(data)})")
        return mask
    if column is None or after is None:
        raise ValueError("say what to hide: hidden=, or column= with after=")
    if column not in data.columns:
        text = f"The records have no column {column!r}."
        raise DataError([Problem("missing_column", (), text, "Correct the name.")])
    return _beyond(data[column], column, after)


def _beyond(column: pd.Series, name: str, after: Any) -> Flags:
    """Values beyond a number or a date; missing ones are not."""
    if isinstance(after, int | float | np.number) and not isinstance(after, bool):
        values, problems = numbers(column, name)
        if problems:
            raise DataError(problems)
        return np.asarray(values > float(after))
    cut = pd.to_datetime(str(after), errors="coerce", format="ISO8601")
    words = column.astype(object).map(lambda word: str(word).strip())
    known = ~words.isin(MISSING)
    dates = pd.to_datetime(words.where(known), errors="coerce", format="ISO8601")
    wrong = sorted(set(words[known & dates.isna()]))
    if pd.isna(cut) or wrong:
        shown = name_some(wrong or [str(after)])
        text = f"{shown} is no date in {name} (or after)."
        raise DataError([Problem("date", (), text, "Write dates as 2024-03-31.")])
    return np.asarray((dates > cut).to_numpy(np.bool_))


def _random_folds(animals: Texts, folds: int, rng: np.random.Generator) -> Texts:
    """A part for every record, by its animal."""
    names = [id for id in dict.fromkeys(animals) if id]
    if not 2 <= folds <= len(names):
        raise ValueError(
            f"folds is {folds}; it is from 2 to {len(names)}, the animals with records"
        )
    part = rng.permutation(np.arange(len(names)) % folds)
    home = {id: str(part[place] + 1) for place, id in enumerate(names)}
    return np.array([home.get(id, "") for id in animals], dtype=object)


def _families(
    animals: Texts, data: pd.DataFrame, pedigree: Pedigree | None, families: str, smallest: int
) -> Texts:
    """The family of every record, empty for none and for small ones."""
    if families in ("sire", "dam") and pedigree is None:
        text = f"Families of a {families} need a pedigree."
        raise DataError([Problem("no_pedigree", (), text, "Give one, or a column of families.")])
    if families in ("sire", "dam") and pedigree is not None:
        parents = pedigree.sire if families == "sire" else pedigree.dam
        names = np.append(np.asarray(pedigree.ids, dtype=object), "")
        home = {id: names[parents[pedigree.index(id)]] for id in set(animals) if id in pedigree}
        labels = np.array([home.get(id, "") for id in animals], dtype=object)
    elif families in data.columns:
        found = coded(data[families])
        labels = np.array([*found.texts, ""], dtype=object)[found.codes]
    else:
        raise ValueError(
            f"families is {families!r}; it is 'sire', 'dam' or a column of the records"
        )
    sizes = pd.Series(animals).groupby(labels).nunique()
    return np.where(np.isin(labels, sizes.index[sizes >= smallest]), labels, "").astype(object)
