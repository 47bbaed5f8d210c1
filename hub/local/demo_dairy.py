"""Two dairy herds and the bulls of the stud, 2018-2025: calvings and monthly milk tests.

Milk of a test day follows Wilmink 1987, Livest. Prod. Sci. 16:335,
doi:10.1016/0301-6226(87)90003-0: y(t) = a + b exp(-0.05 t) + c t, t in days in milk.
"""

import heapq
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from agrigen.simulate import Genome, Trait, add_trait_a, founder_haplotypes
from hub.local.demo_population import Animal, Observation, Population

FIRST_DAY, LAST_DAY = date(2018, 1, 1), date(2025, 12, 31)
ATTRIBUTES = ("days_in_milk", "lactation", "contemporary_group")
STUD = "BULLS"
TRAITS = ("milk_yield", "fat_percent", "protein_percent", "somatic_cell_count")
WILMINK = {1: (31.5, -14.0, -0.032), 2: (39.0, -18.0, -0.062), 3: (41.5, -19.0, -0.070)}
HERD_SIZE = 42
GESTATION_DAYS = 280
CULL_AFTER_LACTATION = {1: 0.16, 2: 0.24, 3: 0.34}
BULL_NAMES = (
    "Anker", "Bolster", "Castor", "Delta Prins", "Eemland", "Fjord", "Gouwe", "Havik", "Isala",
    "Jupiter", "Kompas", "Linge", "Meander", "Noorder", "Orion", "Polder Max", "Quint", "Regge",
    "Schelde", "Titus", "Uiver", "Vechtstroom", "Waal", "Zonnedauw",
)  # fmt: skip
COW_NAMES = (
    "Aagje", "Bertha", "Clara", "Dora", "Elsa", "Frieda", "Geertje", "Hanna", "Irma", "Jantje",
    "Klaske", "Lotte", "Marijke", "Nelly", "Olga", "Pietje", "Rika", "Sientje", "Trui", "Wilma",
)  # fmt: skip


@dataclass
class DairyWorld:
    """The population, the herds' cows and what the simulation remembers of them."""

    population: Population
    herd_effect: dict[tuple[str, date], np.ndarray] = field(default_factory=dict)
    permanent: dict[int, np.ndarray] = field(default_factory=dict)
    lactation: dict[int, int] = field(default_factory=dict)
    last_yield: dict[int, float] = field(default_factory=dict)
    herd: dict[str, list[Animal]] = field(default_factory=dict)
    to_leave: set[int] = field(default_factory=set)
    bulls: list[Animal] = field(default_factory=list)
    bull_dams: list[Animal] = field(default_factory=list)
    proof: dict[int, float] = field(default_factory=dict)
    bull_names: list[str] = field(default_factory=lambda: list(BULL_NAMES))
    calvings: list[tuple[date, int]] = field(default_factory=list)


def simulate_dairy(seed: int) -> Population:
    """Calvings in order of date, each followed by the milk tests of its lactation."""
    world = _found(np.random.default_rng([seed, 2]))
    year = FIRST_DAY.year
    while world.calvings:
        day, row = heapq.heappop(world.calvings)
        if day > LAST_DAY:
            continue
        while year < day.year:
            year += 1
            _young_bulls(world, year)
        _calve(world, world.population.animals[row], day)
    return world.population


def _found(random: np.random.Generator) -> DairyWorld:
    genome = Genome(29, length_morgan=1.0, loci_per_chromosome=18)  # 29 autosomes
    frequency = random.beta(2, 2, genome.n_loci).clip(0.05, 0.95)
    founders = founder_haplotypes(
        180, genome, frequency=frequency, disequilibrium_morgan=0.05, rng=random
    )
    tags = {STUD: "NL4810", "LIND": "NL5632", "POLD": "NL6174"}
    population = Population(
        "cattle",
        genome,
        _traits(founders, genome, random),
        founders,
        random,
        tag_of_farm=tags,
    )
    world = DairyWorld(population)
    for number in range(8):
        born = date(2012 + number // 2, 1 + number, 11)
        name = world.bull_names.pop(0)
        world.bulls.append(population.add_founder(STUD, "M", "Holstein", born, name=name))
    for number in range(6):
        born = date(2013, 2 + number, 3 + number)
        cow = population.add_founder(STUD, "F", "Holstein", born, name=f"Donor {number + 1}")
        world.bull_dams.append(cow)
    for herd in ("LIND", "POLD"):
        _found_herd(world, herd)
    return world


def _traits(founders: np.ndarray, genome: Genome, random: np.random.Generator) -> list[Trait]:
    """Milk in kg, fat and protein in %, cells as the natural logarithm of thousands per mL."""
    correlation = np.array(
        [
            [1.0, -0.40, -0.45, 0.10],
            [-0.40, 1.0, 0.55, 0.0],
            [-0.45, 0.55, 1.0, 0.0],
            [0.10, 0.0, 0.0, 1.0],
        ]
    )
    traits = add_trait_a(
        founders, genome, TRAITS, mean=[0.0, 4.15, 3.40, 4.4],
        variance=[7.5, 0.09, 0.022, 0.09], correlation=correlation, rng=random,
    )  # fmt: skip
    shares = [(0.30, 0.20), (0.30, 0.10), (0.35, 0.15), (0.10, 0.25)]
    return [
        trait.set_var_e(heritability=heritability, permanent=permanent)
        for trait, (heritability, permanent) in zip(traits, shares, strict=True)
    ]


def _found_herd(world: DairyWorld, herd: str) -> None:
    random = world.population.random
    world.herd[herd] = []
    for number in range(HERD_SIZE + 22):
        heifer = number >= HERD_SIZE
        parity = 0 if heifer else 1 + number % 4
        calves = FIRST_DAY + timedelta(days=int(random.integers(0, 600 if heifer else 360)))
        born = calves - timedelta(days=int(random.normal(765, 25)) + 385 * (parity - (not heifer)))
        cow = world.population.add_founder(herd, "F", "Holstein", born, name=_cow_name(world))
        # Cows of the start calve for the parity they have reached, heifers for the first time.
        world.lactation[cow.row] = 0 if heifer else parity - 1
        if not heifer:
            world.herd[herd].append(cow)
        heapq.heappush(world.calvings, (calves, cow.row))


def _cow_name(world: DairyWorld) -> str:
    number = len(world.population.animals)
    return f"{COW_NAMES[number % len(COW_NAMES)]} {1 + number // len(COW_NAMES)}"


def _young_bulls(world: DairyWorld, year: int) -> None:
    """Two sons of a donor and a bull of the stud join each year; eight places."""
    random = world.population.random
    grown = [bull for bull in world.bulls if bull.birth_date.year <= year - 3]
    for _ in range(2):
        dam, sire = _one_of_best(world, world.bull_dams), _one_of_best(world, grown)
        calf = world.population.add_offspring(
            sire,
            dam,
            date(year - 1, int(random.integers(1, 4)), int(random.integers(1, 28))),
        )
        if calf.sex == "M" and world.bull_names:
            calf.name = world.bull_names.pop(0)
            world.bulls.append(calf)
        else:
            calf.status = "sold"
    while len(world.bulls) > 8:
        world.bulls.pop(0).status = "dead"


def _one_of_best(world: DairyWorld, animals: list[Animal]) -> Animal:
    """One of the better half by what is known of their milk: the truth with an error."""
    for animal in animals:
        if animal.row not in world.proof:
            milk = world.population.breeding_values(animal)[0]
            world.proof[animal.row] = round(milk + world.population.random.normal(0, 1.5), 3)
    ranked = sorted(animals, key=lambda animal: -world.proof[animal.row])
    return ranked[world.population.random.integers((len(ranked) + 1) // 2)]


def _calve(world: DairyWorld, cow: Animal, day: date) -> None:
    random = world.population.random
    lactation = world.lactation[cow.row] = world.lactation[cow.row] + 1
    if lactation == 1 and cow not in world.herd[cow.farm]:
        _make_room(world, cow)
    _calf(world, cow, day)
    _milk_tests(world, cow, day, lactation)
    leaves = random.random() < CULL_AFTER_LACTATION.get(lactation, 0.5)
    if leaves or cow.row in world.to_leave:
        cow.status = "dead" if day + timedelta(days=300) <= LAST_DAY else "alive"
        world.herd[cow.farm].remove(cow)
        return
    interval = timedelta(days=int(np.clip(random.normal(388, 28), 330, 480)))
    heapq.heappush(world.calvings, (day + interval, cow.row))


def _make_room(world: DairyWorld, heifer: Animal) -> None:
    """A heifer takes the place of the cow that milked least."""
    herd = world.herd[heifer.farm]
    herd.append(heifer)
    staying = [cow for cow in herd if cow.row in world.last_yield and cow.row not in world.to_leave]
    if len(herd) - len(world.to_leave & {cow.row for cow in herd}) > HERD_SIZE and staying:
        world.to_leave.add(min(staying, key=lambda cow: world.last_yield[cow.row]).row)


def _calf(world: DairyWorld, cow: Animal, day: date) -> None:
    random = world.population.random
    served = day - timedelta(days=GESTATION_DAYS)
    ready = [bull for bull in world.bulls if (served - bull.birth_date).days > 420]
    choices = [bull for bull in ready if bull.row != cow.sire and bull.sire != cow.sire]
    choices = choices or ready or world.bulls
    calf = world.population.add_offspring(_one_of_best(world, choices), cow, day)
    if random.random() < 0.05:
        calf.status = "dead"
    elif calf.sex == "M" or random.random() < 0.25:
        calf.status = "sold"
    else:
        calf.name = _cow_name(world)
        world.lactation[calf.row] = 0
        first = day + timedelta(days=int(random.normal(765, 25)))
        heapq.heappush(world.calvings, (first, calf.row))


def _milk_tests(world: DairyWorld, cow: Animal, calved: date, lactation: int) -> None:
    traits, random = world.population.traits, world.population.random
    if cow.row not in world.permanent:
        deviations = [np.sqrt(trait.permanent_variance) for trait in traits]
        world.permanent[cow.row] = random.normal(0, deviations)
    steady = np.array(world.population.breeding_values(cow)) + world.permanent[cow.row]
    yields = []
    dry_after = 250 + int(random.beta(6, 2) * 60)
    for test_day in _test_days(cow.farm, calved):
        days_in_milk = (test_day - calved).days
        if days_in_milk > dry_after:
            break
        residual = random.normal(0, [np.sqrt(trait.residual_variance) for trait in traits])
        curve = _curves(world, min(lactation, 3), days_in_milk)
        values = curve + steady + residual + _herd_effect(world, cow.farm, test_day)
        yields.append(float(values[0]))
        _record(world.population, cow, test_day, values, days_in_milk, lactation)
    if yields:
        world.last_yield[cow.row] = round(float(np.mean(yields)), 3)


def _test_days(herd: str, calved: date) -> list[date]:
    """Visits of the milk recorder: monthly, on a day that belongs to the herd and the month."""
    days = []
    for step in range(12):
        month = calved.month - 1 + step
        year, month = calved.year + month // 12, month % 12 + 1
        day = date(year, month, (6 if herd == "LIND" else 17) + (month * 7 + year) % 6)
        if (day - calved).days >= 5 and day <= LAST_DAY:
            days.append(day)
    return days


def _curves(world: DairyWorld, parity: int, t: int) -> np.ndarray:
    """Expected test-day values of a parity at t days in milk."""
    a, b, c = WILMINK[parity]
    milk = a + b * np.exp(-0.05 * t) + c * t
    means = [trait.mean for trait in world.population.traits]
    fat = means[1] + 0.7 * np.exp(-0.05 * t) + 0.0014 * (t - 150)
    protein = means[2] + 0.3 * np.exp(-0.05 * t) + 0.0012 * (t - 150)
    cells = means[3] + 0.5 * np.exp(-0.05 * t) + 0.0015 * (t - 150) + 0.25 * (parity - 1)
    return np.array([milk, fat, protein, cells])


def _herd_effect(world: DairyWorld, herd: str, day: date) -> np.ndarray:
    """Herd, season and the visit itself; yields rise over the years with management."""
    if (herd, day) not in world.herd_effect:
        visit = world.population.random.normal(0, [0.8, 0.06, 0.03, 0.10])
        season = np.cos(2 * np.pi * (day.timetuple().tm_yday - 120) / 365.25)
        level = np.array([1.2 if herd == "LIND" else -0.8, 0, 0, 0])
        level += np.array([0.25 * (day.year - 2018), 0, 0, 0])
        world.herd_effect[herd, day] = visit + level + season * np.array([0.8, -0.08, -0.05, -0.05])
    return world.herd_effect[herd, day]


def _record(
    population: Population,
    cow: Animal,
    day: date,
    values: np.ndarray,
    days_in_milk: int,
    lactation: int,
) -> None:
    attributes = (str(days_in_milk), str(lactation), f"{cow.farm}-{day.isoformat()}")
    texts = (
        f"{max(values[0], 2.0):.1f}",
        f"{np.clip(values[1], 2.0, 7.5):.2f}",
        f"{np.clip(values[2], 2.2, 5.5):.2f}",
        f"{np.clip(np.exp(values[3]), 5, 9000):.0f}",
    )
    for trait, text in zip(TRAITS, texts, strict=True):
        population.records.append(Observation(cow.farm, cow.id, trait, day, text, attributes))
