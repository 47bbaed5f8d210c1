"""The species that are known by name, each number with its source."""

from agrigen.errors import DataError, Problem
from agrigen.species.chromosomes import Species

ANY = Species(
    "any", "", 999, "Every numbered chromosome counts as an autosome where no species is named."
)
"""Where the caller names no species: only X, Y, XY and MT by name are not autosomes."""

_ALL = (
    Species("sheep", "Ovis aries", 26, "NCBI assembly ARS-UI_Ramb_v2.0, GCF_016772045.1: 2n = 54"),
    Species(
        "cattle",
        "Bos taurus",
        29,
        "NCBI assembly ARS-UCD1.2, GCF_002263795.1: 2n = 60; boundary of the pseudo-autosomal "
        "region: Johnson et al. 2019, J. Dairy Sci. 102:3254, doi:10.3168/jds.2018-15638",
        pseudoautosomal={"ARS-UCD1.2": (133_300_518, 139_009_144)},
    ),
    Species("goat", "Capra hircus", 29, "NCBI assembly ARS1.2, GCF_001704415.2: 2n = 60"),
    Species(
        "pig",
        "Sus scrofa",
        18,
        "NCBI assembly Sscrofa11.1, GCF_000003025.6: 2n = 38; the pseudo-autosomal region ends "
        "at 6.5 to 6.9 Mb of assembly 10.2: Skinner et al. 2013, BMC Genetics 14:3; the wider "
        "bound is taken",
        pseudoautosomal={"Sscrofa10.2": (1, 6_900_000)},
    ),
    Species(
        "chicken", "Gallus gallus", 39,
        "NCBI assembly GRCg7b, GCF_016699485.2: chromosomes 1 to 39, Z and W", "Z", "W",
    ),
    Species("horse", "Equus caballus", 31, "NCBI assembly EquCab3.0, GCF_002863925.1: 2n = 64"),
    Species("mouse", "Mus musculus", 19, "NCBI assembly GRCm39, GCF_000001635.27: 2n = 40"),
)  # fmt: skip

SPECIES = {one.name: one for one in _ALL}
"""By English name."""

LATIN = {one.latin.lower(): one for one in _ALL}


def species(name: "str | Species | None") -> Species:
    """A species by its English or Latin name; None stands for any, of numbered autosomes.

    Raises
    ------
    DataError
        If the name is not known.
    """
    if isinstance(name, Species):
        return name
    if name is None:
        return ANY
    word = str(name).strip().lower()
    found = SPECIES.get(word) or LATIN.get(word)
    if found is None:
        message = f"The species {name!r} is not known."
        remedy = f"Name one of {', '.join(SPECIES)}, or give an agrigen.species.Species."
        raise DataError([Problem("unknown_species", (), message, remedy)])
    return found
