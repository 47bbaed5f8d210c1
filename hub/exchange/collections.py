"""The collections of the location API: what they are called, hold, and take."""

from dataclasses import dataclass
from enum import StrEnum

from hub.events.details import Kind


@dataclass(frozen=True)
class Collection:
    """Resources of one type, and where they stand in the hub.

    `entity` is what one message is here: an animal, an event, a record, or something that is
    worked out from them (`derived`), which is read and not taken.
    """

    resource: str
    entity: str
    kinds: tuple[Kind, ...] = ()
    taken: bool = True


class Path(StrEnum):
    """Names of the collections in addresses."""

    ANIMALS = "animals"
    BIRTHS = "births"
    ARRIVALS = "arrivals"
    DEPARTURES = "departures"
    DEATHS = "deaths"
    HEATS = "heats"
    INSEMINATIONS = "inseminations"
    PREGNANCY_CHECKS = "pregnancy-checks"
    PARTURITIONS = "parturitions"
    ABORTIONS = "abortions"
    FLUSHINGS = "repro-embryo-flushings"
    DRYING_OFFS = "drying-offs"
    DIAGNOSES = "diagnoses"
    TREATMENTS = "treatments"
    REMARKS = "remarks"
    WITHDRAWALS = "milking-withdrawals"
    WEIGHTS = "weights"
    TEST_DAYS = "test-days"
    TEST_DAY_RESULTS = "test-day-results"
    LACTATIONS = "lactations"
    CONFORMATION_SCORES = "conformation-scores"
    BREEDING_VALUES = "breeding-values"


COLLECTIONS: dict[Path, Collection] = {
    Path.ANIMALS: Collection("icarAnimalCoreResource", "animal"),
    Path.BIRTHS: Collection("icarMovementBirthEventResource", "birth"),
    Path.ARRIVALS: Collection("icarMovementArrivalEventResource", "event", (Kind.ARRIVAL,)),
    Path.DEPARTURES: Collection("icarMovementDepartureEventResource", "event", (Kind.DISPOSAL,)),
    Path.DEATHS: Collection("icarMovementDeathEventResource", "event", (Kind.DISPOSAL,)),
    Path.HEATS: Collection("icarReproHeatEventResource", "event", (Kind.HEAT,)),
    Path.INSEMINATIONS: Collection(
        "icarReproInseminationEventResource", "event", (Kind.MATING, Kind.EMBRYO_TRANSFER)
    ),
    Path.PREGNANCY_CHECKS: Collection(
        "icarReproPregnancyCheckEventResource", "event", (Kind.PREGNANCY_CHECK,)
    ),
    Path.PARTURITIONS: Collection(
        "icarReproParturitionEventResource", "event", (Kind.PARTURITION,)
    ),
    Path.ABORTIONS: Collection("icarReproAbortionEventResource", "event", (Kind.ABORTION,)),
    Path.FLUSHINGS: Collection(
        "icarReproEmbryoFlushingEventResource", "event", (Kind.EMBRYO_FLUSH,)
    ),
    Path.DRYING_OFFS: Collection("icarMilkingDryOffEventResource", "event", (Kind.DRY_OFF,)),
    Path.DIAGNOSES: Collection("icarDiagnosisEventResource", "event", (Kind.DIAGNOSIS,)),
    Path.TREATMENTS: Collection("icarTreatmentEventResource", "event", (Kind.TREATMENT,)),
    Path.REMARKS: Collection("icarRemarkEventResource", "event", (Kind.REMARK,)),
    Path.WITHDRAWALS: Collection(
        "icarWithdrawalEventResource", "withdrawal", (Kind.TREATMENT,), taken=False
    ),
    Path.WEIGHTS: Collection("icarWeightEventResource", "record"),
    Path.TEST_DAYS: Collection("icarTestDayResource", "test_day", taken=False),
    Path.TEST_DAY_RESULTS: Collection("icarTestDayResultEventResource", "test_day_result"),
    Path.LACTATIONS: Collection("icarLactationResource", "lactation", taken=False),
    Path.BREEDING_VALUES: Collection("icarBreedingValueResource", "breeding_value", taken=False),
    Path.CONFORMATION_SCORES: Collection("icarConformationScoreEventResource", "record"),
}

ALIASES = {"embryo-flushings": Path.FLUSHINGS, "repro-embyro-flushings": Path.FLUSHINGS}
"""Both spellings that ADE's own addresses use."""
