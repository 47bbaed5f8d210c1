"""Three sheep farms and the flock of the ram circle, 2018-2025.

Heritabilities, ratios and sizes of effects are of the order found in meat sheep: Safari, Fogarty &
Gilmour 2005, Livest. Prod. Sci. 92:271, doi:10.1016/j.livprodsci.2004.09.003.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from agrigen.simulate import Genome, Trait, add_trait_a, founder_haplotypes
from hub.local.demo_population import Animal, Observation, Population

YEARS = range(2018, 2026)
ATTRIBUTES = ("dam_age", "contemporary_group")  # age and litter follow from animals.csv
STUD = "RAMS"
LITTER_SIZES = (0.38, 0.54, 0.08)  # one, two, three lambs: 1.70 lambs a lambing
LITTER_SIZES_OF_TWO_YEAR_OLDS = (0.55, 0.42, 0.03)
FERTILITY = 0.94
DEATH_BEFORE_WEANING = {1: 0.06, 2: 0.09, 3: 0.20}
OLDEST_EWE = 6  # years at lambing
BIRTH_WEIGHT, WEANING_WEIGHT = 0, 1
QTL = 10  # a chromosome
LARGE_GENE = 0.35  # of the genetic variance, so that an association study of one flock finds it
REFERENCE_AGE_DAYS = 80
GAIN_KG_A_DAY = 0.27
BIRTH_TYPE_KG = {1: (0.6, 3.0), 2: (0.0, 0.0), 3: (-0.6, -2.5)}
DAM_AGE_KG = {
    2: (-0.25, -2.0),
    3: (-0.05, -0.5),
    4: (0.0, 0.0),
    5: (0.0, 0.0),
    6: (-0.1, -0.6),
}
RAM_KG = (0.25, 1.6)
BREED_KG = {"Texel": (0.0, 0.0), "Suffolk": (0.3, 2.2)}
RAM_NAMES = (
    "Bramble Duke", "Fellside Rory", "Haydon Major", "Ivor", "Northfield Ace", "Oakbank Hero",
    "Penrith Lad", "Quarry Chief", "Rowan", "Skiddaw Pride", "Tarn Captain", "Ullswater Jack",
    "Vale Monarch", "Whinfell Star", "Yewtree Boss", "Alder Prince", "Beacon Rex", "Cairn Flash",
    "Drystone Max", "Eskdale Gem", "Fernhill Topper", "Glen Warrior", "Hazel King", "Ingle Scout",
    "Kestrel", "Larch Baron", "Mosscroft Ned", "Nettle Tom", "Otter Sam", "Pike Major II",
    "Raven Lord", "Saddle Bob", "Thistle Jim",
)  # fmt: skip


@dataclass
class Flock:
    """What one flock owns in the running year."""

    code: str
    season_start: tuple[int, int]  # month, day
    wanted: dict[str, int]  # ewes by breed
    ewes: list[Animal] = field(default_factory=list)
    rams: list[Animal] = field(default_factory=list)
    replacements: list[Animal] = field(default_factory=list)


@dataclass
class SheepWorld:
    """The population, the flocks, and what is remembered of a dam: her permanent effect."""

    population: Population
    flocks: dict[str, Flock]
    dam_effect: dict[int, np.ndarray] = field(default_factory=dict)
    adjusted_weight: dict[int, float] = field(default_factory=dict)
    ram_names: list[str] = field(default_factory=lambda: list(RAM_NAMES))


def simulate_sheep(seed: int) -> Population:
    """Eight lambing seasons."""
    world = _found(np.random.default_rng([seed, 1]))
    for year in YEARS:
        for flock in world.flocks.values():
            _lamb(world, flock, year)
        for flock in world.flocks.values():
            _renew(world, flock, year)
    return world.population


def _found(random: np.random.Generator) -> SheepWorld:
    genome = Genome(26, length_morgan=1.3, loci_per_chromosome=200)  # autosomes, about 34 Morgan
    frequency = random.beta(2, 2, genome.n_loci).clip(0.05, 0.95)
    founders = founder_haplotypes(
        260, genome, frequency=frequency, disequilibrium_morgan=0.05, rng=random
    )
    traits = add_trait_a(
        founders, genome, ["birth_weight", "weaning_weight"], mean=[4.5, 30.0],
        variance=[0.12, 4.0], correlation=[[1.0, 0.45], [0.45, 1.0]],
        qtl_per_chromosome=QTL, rng=random,
    )  # fmt: skip
    traits = [
        _with_large_gene(trait).set_var_e(heritability=0.20, permanent=0.10) for trait in traits
    ]
    tags = {
        STUD: "UK0700112 ",
        "HILL": "UK0210417 ",
        "BROOK": "UK0331906 ",
        "MOOR": "UK0458230 ",
    }
    population = Population("sheep", genome, traits, founders, random, tag_of_farm=tags)
    flocks = {
        STUD: Flock(STUD, (2, 10), {"Texel": 10, "Suffolk": 5}),
        "HILL": Flock("HILL", (3, 12), {"Texel": 52}),
        "BROOK": Flock("BROOK", (2, 24), {"Texel": 46}),
        "MOOR": Flock("MOOR", (4, 2), {"Texel": 28, "Suffolk": 16}),
    }
    world = SheepWorld(population, flocks)
    _found_rams(world)
    for flock in flocks.values():
        _found_ewes(world, flock)
    return world


def _with_large_gene(trait: Trait) -> Trait:
    """One gene of chromosome 2, where myostatin is, has a share of the variance.

    That which is nearest to a frequency of 1/4: selection has not fixed it after eight years.
    """
    frequency = trait.base_frequency
    gene = min(range(QTL, 2 * QTL), key=lambda i: abs(frequency[i] - 0.25))
    effect = trait.effect * np.sqrt(1 - LARGE_GENE)
    spread = 2 * frequency[gene] * (1 - frequency[gene])
    effect[gene] = np.sqrt(LARGE_GENE * trait.genetic_variance / spread)
    return replace(trait, effect=effect)


def _found_rams(world: SheepWorld) -> None:
    for breed, count in (("Texel", 6), ("Suffolk", 3)):
        for number in range(count):
            born = _in_season(world, STUD, 2015 + number % 2)
            ram = world.population.add_founder(STUD, "M", breed, born, name=world.ram_names.pop(0))
            world.flocks[STUD].rams.append(ram)


def _found_ewes(world: SheepWorld, flock: Flock) -> None:
    for breed, wanted in flock.wanted.items():
        young = round(wanted / 4)
        births = sorted([2012 + number % 5 for number in range(wanted)] + [2017] * young)
        for year in births:
            born = _in_season(world, flock.code, year)
            ewe = world.population.add_founder(flock.code, "F", breed, born)
            (flock.replacements if year == 2017 else flock.ewes).append(ewe)


def _in_season(world: SheepWorld, farm: str, year: int) -> date:
    """A birth within 44 days, most of them early."""
    start = date(year, *world.flocks[farm].season_start)
    return start + timedelta(days=int(world.population.random.beta(1.8, 3.2) * 44))


def _lamb(world: SheepWorld, flock: Flock, year: int) -> None:
    random = world.population.random
    flock_year = random.normal(0, [0.15, 1.4])  # kg
    born = []
    for ewe in flock.ewes:
        if random.random() < FERTILITY:
            ram = _ram_for(world, flock, ewe, year)
            born.append((_in_season(world, flock.code, year), ewe, ram))
    for day, ewe, ram in sorted(born, key=lambda birth: (birth[0], birth[1].row)):
        _litter(world, flock, ewe, ram, day, flock_year)


def _ram_for(world: SheepWorld, flock: Flock, ewe: Animal, year: int) -> Animal:
    """Rams of the circle rotate, so that each is used on several farms; own rams serve a fifth."""
    random = world.population.random
    own = [ram for ram in flock.rams if ram.breed == ewe.breed]
    if flock.code != STUD and own and random.random() < 0.2 and own[-1].row != ewe.sire:
        return own[-1]
    circle = [ram for ram in world.flocks[STUD].rams if ram.breed == ewe.breed]
    first = list(world.flocks).index(flock.code) + year
    visiting = [circle[(first + step) % len(circle)] for step in range(min(3, len(circle)))]
    unrelated = [ram for ram in visiting if ram.row != ewe.sire and ram.sire != ewe.sire]
    choices = unrelated or [ram for ram in visiting if ram.row != ewe.sire] or visiting
    return choices[random.integers(len(choices))]


def _litter(
    world: SheepWorld,
    flock: Flock,
    ewe: Animal,
    ram: Animal,
    day: date,
    flock_year: np.ndarray,
) -> None:
    population, random = world.population, world.population.random
    dam_age = min(day.year - ewe.birth_date.year, OLDEST_EWE)
    sizes = LITTER_SIZES_OF_TWO_YEAR_OLDS if dam_age == 2 else LITTER_SIZES
    size = 1 + int(random.choice(3, p=sizes))
    if ewe.row not in world.dam_effect:
        deviations = [np.sqrt(trait.permanent_variance) for trait in population.traits]
        world.dam_effect[ewe.row] = random.normal(0, deviations)
    common = (
        flock_year + world.dam_effect[ewe.row] + BIRTH_TYPE_KG[size] + np.array(DAM_AGE_KG[dam_age])
    )
    for _ in range(size):
        lamb = population.add_offspring(ram, ewe, day, birth_type=size)
        lamb.status = "dead" if random.random() < DEATH_BEFORE_WEANING[size] else "sold"
        _weigh(world, flock, lamb, dam_age, common, world.dam_effect[ewe.row])


def _weigh(
    world: SheepWorld,
    flock: Flock,
    lamb: Animal,
    dam_age: int,
    common: np.ndarray,
    dam_effect: np.ndarray,
) -> None:
    population, random = world.population, world.population.random
    deviation = [np.sqrt(trait.residual_variance) for trait in population.traits]
    residual = random.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]]) * deviation
    effects = common + BREED_KG[lamb.breed] + (np.array(RAM_KG) if lamb.sex == "M" else 0)
    means = [trait.mean for trait in population.traits]
    kg = means + effects + population.breeding_values(lamb) + residual
    year = lamb.birth_date.year
    weighed_on = date(year, *flock.season_start) + timedelta(days=100)
    age_days = (weighed_on - lamb.birth_date).days
    kg[WEANING_WEIGHT] += GAIN_KG_A_DAY * (age_days - REFERENCE_AGE_DAYS)
    kg = np.maximum(kg, [1.2, 8.0]).round(1)
    group = f"{flock.code}-{year}-{lamb.breed}-{lamb.sex}"
    attributes = (str(dam_age), group)
    if random.random() < 0.97:
        born = lamb.birth_date
        _record(population, lamb, "birth_weight", born, kg[BIRTH_WEIGHT], attributes)
    if lamb.status != "dead" and random.random() < 0.98:
        weight = kg[WEANING_WEIGHT]
        _record(population, lamb, "weaning_weight", weighed_on, weight, attributes)
        known = common[WEANING_WEIGHT] - dam_effect[WEANING_WEIGHT]
        gain = GAIN_KG_A_DAY * (age_days - REFERENCE_AGE_DAYS)
        world.adjusted_weight[lamb.row] = round(float(kg[WEANING_WEIGHT] - known - gain), 2)


def _record(
    population: Population,
    lamb: Animal,
    trait: str,
    day: date,
    value: float,
    attributes: tuple[str, ...],
) -> None:
    population.records.append(
        Observation(lamb.farm, lamb.id, trait, day, f"{value:.1f}", attributes)
    )


def _renew(world: SheepWorld, flock: Flock, year: int) -> None:
    """After weaning: cull old ewes, let last year's ewe lambs in, keep the best lambs."""
    random = world.population.random
    for ewe in list(flock.ewes):
        if random.random() < 0.04 or year + 1 - ewe.birth_date.year > OLDEST_EWE:
            ewe.status = "dead"
    flock.ewes = [ewe for ewe in flock.ewes if ewe.status == "alive"] + flock.replacements
    lambs = [
        animal
        for animal in world.population.animals
        if animal.farm == flock.code
        and animal.birth_date.year == year
        and animal.row in world.adjusted_weight
    ]
    flock.replacements = []
    for breed, wanted in flock.wanted.items():
        flock.replacements += _best(world, lambs, "F", breed, round(wanted / 4))
        _keep_rams(world, flock, lambs, breed, year)
    for ewe in flock.replacements:
        ewe.status = "alive"


def _best(world: SheepWorld, lambs: list[Animal], sex: str, breed: str, count: int) -> list[Animal]:
    candidates = [lamb for lamb in lambs if lamb.sex == sex and lamb.breed == breed]
    return sorted(candidates, key=lambda lamb: -world.adjusted_weight[lamb.row])[:count]


def _keep_rams(world: SheepWorld, flock: Flock, lambs: list[Animal], breed: str, year: int) -> None:
    """The circle keeps its two best ram lambs a year, a farm its best one every second year."""
    at_stud = flock.code == STUD
    if not at_stud and (breed != "Texel" or year % 2):
        return
    count = (2 if breed == "Texel" else 1) if at_stud else 1
    for ram in _best(world, lambs, "M", breed, count):
        ram.status = "alive"
        if at_stud and world.ram_names:
            ram.name = world.ram_names.pop(0)
        flock.rams.append(ram)
        _retire_oldest(flock, breed, 6 if breed == "Texel" else 3)


def _retire_oldest(flock: Flock, breed: str, places: int) -> None:
    of_breed = [ram for ram in flock.rams if ram.breed == breed]
    if len(of_breed) > places or (flock.code != STUD and len(of_breed) > 1):
        of_breed[0].status = "dead"
        flock.rams.remove(of_breed[0])
