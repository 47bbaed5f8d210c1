"""The species that are known by name, each number with its source.

Boundaries of pseudo-autosomal regions are left out where no publication gives them on the
assembly: markers there are found by the heterozygosity of the sex with one copy (the sex check).
"""

from agrigen.errors import DataError, Problem
from agrigen.species.chromosomes import Species, plain

ANY = Species(
    "any", "", 999, "Every numbered chromosome counts as an autosome where no species is named."
)
"""Where the caller names no species: only X, Y, XY and MT by name are not autosomes."""

_ALL = (
    Species(
        "sheep", "Ovis aries", 26,
        "NCBI assembly ARS-UI_Ramb_v2.0, GCF_016772045.1: 2n = 54; pseudo-autosomal region from 0 "
        "to 7.24 Mb: Carracelas et al. 2025, hdl.handle.net/20.500.12008/52498",
        pseudoautosomal={"ARS-UI_Ramb_v2.0": (1, 7_240_000)},
        assemblies={
            "ARS-UI_Ramb_v2.0": ("GCF_016772045.1",), "ARS-UI_Ramb_v3.0": ("GCF_016772045.2",),
            "Oar_rambouillet_v1.0": ("GCF_002742125.1",), "Oar_v4.0": ("oviAri4",),
            "Oar_v3.1": ("oviAri3",),
        },
    ),
    Species(
        "cattle", "Bos taurus", 29,
        "NCBI assembly ARS-UCD1.2, GCF_002263795.1: 2n = 60; boundary of the pseudo-autosomal "
        "region: Johnson et al. 2019, J. Dairy Sci. 102:3254, doi:10.3168/jds.2018-15638; the "
        "later versions have the same chromosomes, but for Y of 2.0: Bovine Genome Database",
        pseudoautosomal={"ARS-UCD1.2": (133_300_518, 139_009_144)},
        assemblies={
            "ARS-UCD1.2": ("ARS-UCD1.3", "ARS-UCD2.0", "bosTau9", "GCF_002263795.1",
                           "GCF_002263795.2", "GCF_002263795.3"),
            "UMD3.1": ("UMD3.1.1", "UMD_3.1", "UMD_3.1.1", "bosTau6", "bosTau8"),
        },
    ),
    Species(
        "goat", "Capra hircus", 29, "NCBI assembly ARS1.2, GCF_001704415.2: 2n = 60",
        assemblies={"ARS1.2": ("GCF_001704415.2",), "ARS1": ("GCF_001704415.1",),
                    "CHIR_1.0": ("capHir1",)},
    ),
    Species(
        "pig", "Sus scrofa", 18,
        "NCBI assembly Sscrofa11.1, GCF_000003025.6: 2n = 38; the pseudo-autosomal region ends "
        "at 6.5 to 6.9 Mb of assembly 10.2: Skinner et al. 2013, BMC Genetics 14:3; the wider "
        "bound is taken",
        pseudoautosomal={"Sscrofa10.2": (1, 6_900_000)},
        assemblies={"Sscrofa11.1": ("susScr11", "GCF_000003025.6"),
                    "Sscrofa10.2": ("susScr3", "GCF_000003025.5")},
    ),
    Species(
        "chicken", "Gallus gallus", 39,
        "NCBI assembly GRCg7b, GCF_016699485.2: chromosomes 1 to 39, Z and W", "Z", "W",
        assemblies={"GRCg7b": ("bGalGal1.mat.broiler.GRCg7b", "GCF_016699485.2"),
                    "GRCg6a": ("galGal6", "GCF_000002315.6")},
    ),
    Species(
        "horse", "Equus caballus", 31, "NCBI assembly EquCab3.0, GCF_002863925.1: 2n = 64",
        assemblies={"EquCab3.0": ("EquCab3", "GCF_002863925.1"), "EquCab2.0": ("EquCab2",)},
    ),
    Species(
        "mouse", "Mus musculus", 19, "NCBI assembly GRCm39, GCF_000001635.27: 2n = 40",
        assemblies={"GRCm39": ("mm39", "GCF_000001635.27"), "GRCm38": ("mm10",)},
    ),
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


def species_of(assembly: str) -> Species | None:
    """The species that an assembly is of; None where the name is not known."""
    return next((one for one in _ALL if one.assembly(assembly) in one.assemblies), None)


def same_assembly(first: str, second: str) -> bool:
    """Whether two names mean the same chromosomes, such as bosTau9 and ARS-UCD1.2."""
    rule = species_of(first) or ANY
    return plain(rule.assembly(first)) == plain(rule.assembly(second))
