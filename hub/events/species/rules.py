"""The form of a species' table. Every number stands beside the source it was taken from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """Days: usually `mean`, mostly from `low` to `high`."""

    low: int
    mean: int
    high: int
    source: str

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.mean <= self.high:
            raise ValueError(f"{self.low}, {self.mean}, {self.high} are not in order")


@dataclass(frozen=True)
class Gestation(Span):
    """Days of a pregnancy; outside `shortest` to `longest` a birth belongs to another mating."""

    shortest: int = 0
    longest: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.shortest <= self.low <= self.high <= self.longest:
            raise ValueError("a usual gestation must be a possible one")


@dataclass(frozen=True)
class Litter:
    """Young of one birth: more than `usual` is a surprise, more than `highest` a slip."""

    usual: int
    highest: int
    source: str


@dataclass(frozen=True)
class Days:
    """A number of days and where it is from."""

    days: int
    source: str


@dataclass(frozen=True)
class Words:
    """What farmers call it."""

    birth: str
    born: str
    female: str
    male: str
    young: str


@dataclass(frozen=True)
class Rules:
    """One species. Limits refuse, usual values warn, and due dates come from the means."""

    species: str
    words: Words
    gestation: Gestation
    cycle: Span
    puberty_female: Days
    puberty_male: Days
    first_mating: Days
    rest: Days
    """Shortest time from a birth to the next conception."""
    voluntary_waiting: Days | None
    """From a birth until she is to be mated again; None: seasonal, nothing is due."""
    check: Span
    """After a mating: seen from `low` on, best looked for at `mean`, counted until `high`."""
    check_sure: Days
    """From this age on a pregnancy is not overlooked."""
    litter: Litter
    dry_off_before: Days | None
    longest_lactation: Days | None
    weaning: Span
    embryo_age: Days
    """Age of an embryo on the day of its transfer."""

    @property
    def shortest_interval(self) -> int:
        """Days between two births of one female at least."""
        return self.rest.days + self.gestation.shortest

    @property
    def youngest_dam(self) -> int:
        """Age in days at which a female can give birth at the earliest."""
        return self.puberty_female.days + self.gestation.shortest
