"""What a chromosome of a species is: autosome, sex chromosome, mitochondrion, or unplaced."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pandas as pd

from agrigen.types import Integers, Texts


class Kind(StrEnum):
    """How a marker is inherited."""

    AUTOSOME = "autosome"
    SHARED = "shared sex"  # X of mammals, Z of birds: two in one sex, one in the other
    LIMITED = "limited sex"  # Y, W
    PSEUDOAUTOSOMAL = "pseudoautosomal"
    MITOCHONDRIAL = "mitochondrial"
    UNPLACED = "unplaced"


PREFIX = re.compile(r"^(chromosome|chr|oar|bta|chi|ssc|gga|eca|mmu)[_\s]?", re.IGNORECASE)
LETTERS = re.compile(r"[^a-z0-9.]")
UNPLACED = frozenset({"", "0", "-9", "NA", "UN", "UNK", "U"})


@dataclass(frozen=True)
class Species:
    """Chromosomes of a species.

    Attributes
    ----------
    name, latin
        "sheep", "Ovis aries".
    autosomes
        How many; they are named 1, 2, ...
    shared, limited
        The sex chromosome that both sexes have and the one of one sex: X and Y, or Z and W.
    pseudoautosomal
        For an assembly: first and last base of the region of X that recombines with Y.
    assemblies
        Names of assemblies, and for each the other names of the same chromosomes.
    source
        Where the numbers are from.

    In files of PLINK the four numbers after the autosomes are X, Y, the pseudo-autosomal region
    and the mitochondrion; `normalize` turns them into names.
    """

    name: str
    latin: str
    autosomes: int
    source: str
    shared: str = "X"
    limited: str = "Y"
    pseudoautosomal: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    assemblies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def single_copy_sex(self) -> int:
        """The sex with one shared chromosome: 1, males, or 2, females, of birds."""
        return 1 if self.shared == "X" else 2

    @property
    def names(self) -> list[str]:
        """Chromosomes in order."""
        numbers = [str(number) for number in range(1, self.autosomes + 1)]
        return [*numbers, self.shared, self.limited, "MT"]

    def normalize(self, name: str) -> str:
        """A chromosome's name as this library writes it: 1, X, Y, XY (pseudo-autosomal), MT, 0.

        "chr01", "OAR1" and "1" are 1; numbers after the autosomes are PLINK's codes. What is not
        known, such as a scaffold, stays as it is.
        """
        word = PREFIX.sub("", str(name).strip()) or "0"
        upper = word.upper()
        if upper in UNPLACED:
            return "0"
        if word.isdigit():
            return self._numbered(int(word), word)
        if upper in ("M", "MT", "MITO"):
            return "MT"
        if upper in ("PAR", "PAR1", "PAR2", "XY", "X_NONPAR_PAR"):
            return "XY"
        return upper if upper in (self.shared, self.limited) else word

    def number(self, name: str) -> str:
        """A chromosome as PLINK codes it for this species: X of sheep is 27, MT 30.

        What has no number stays as it is. PLINK counts one X in males, so Z and W of birds, where
        it is the females, keep their letters.
        """
        word = self.normalize(name)
        names = (self.shared, self.limited, "XY", "MT") if self.shared == "X" else ()
        if word not in names:
            return word
        return str(self.autosomes + 1 + names.index(word))

    def assembly(self, name: str) -> str:
        """The name of an assembly as this library writes it; one that is not known stays."""
        word = plain(name)
        for known, others in self.assemblies.items():
            if word in map(plain, (known, *others)):
                return known
        return name.strip()

    def kind(self, name: str, position: int = 0, assembly: str = "") -> Kind:
        """How a marker of this chromosome and position is inherited."""
        word = self.normalize(name)
        assembly = self.assembly(assembly)
        if word == self.shared and assembly in self.pseudoautosomal:
            first, last = self.pseudoautosomal[assembly]
            return Kind.PSEUDOAUTOSOMAL if first <= position <= last else Kind.SHARED
        if word.isdigit() and 1 <= int(word) <= self.autosomes:
            return Kind.AUTOSOME
        return self._special().get(word, Kind.UNPLACED)

    def kinds(
        self,
        chromosomes: Texts,
        positions: Integers,
        assembly: str = "",
        *,
        placed: bool = True,
    ) -> np.ndarray:
        """The kind of every marker; `placed`: one without a position is unplaced."""
        codes, names = pd.factorize(chromosomes)
        by_name = np.array([self.kind(name) for name in names], dtype=object)
        kinds = by_name[codes] if codes.size else np.empty(0, dtype=object)
        if placed:
            kinds[np.asarray(positions) <= 0] = Kind.UNPLACED
        assembly = self.assembly(assembly)
        if assembly in self.pseudoautosomal:
            first, last = self.pseudoautosomal[assembly]
            inside = (positions >= first) & (positions <= last)
            kinds[(kinds == Kind.SHARED) & inside] = Kind.PSEUDOAUTOSOMAL
        return kinds

    def order(self, names: Sequence[str]) -> list[str]:
        """Chromosome names in this species' order; others come last, as they came."""
        place = {name: number for number, name in enumerate([*self.names, "XY"])}
        return sorted(names, key=lambda name: place.get(self.normalize(name), len(place)))

    def _special(self) -> dict[str, Kind]:
        return {
            self.shared: Kind.SHARED,
            self.limited: Kind.LIMITED,
            "XY": Kind.PSEUDOAUTOSOMAL,
            "MT": Kind.MITOCHONDRIAL,
        }

    def _numbered(self, number: int, word: str) -> str:
        codes = dict(enumerate((self.shared, self.limited, "XY", "MT"), self.autosomes + 1))
        return codes.get(number, str(number) if number else "0")


def plain(assembly: str) -> str:
    """Letters, digits and dots of a name, small: ARS-UCD1.2 and ars_ucd1.2 are one."""
    return LETTERS.sub("", assembly.lower())
