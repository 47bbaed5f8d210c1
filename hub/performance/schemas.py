"""What is asked about performance and what is answered. Weights are kilograms, ages are days."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from hub.animals import Sex
from hub.schemas import Input, Line, Output, PageQuery


class WeightQuery(Input):
    """How weights are adjusted."""

    assumed_birth_weight: float | None = Field(
        default=None, gt=0, le=90, description="Taken where none was recorded; kg"
    )


class FarmWeightQuery(PageQuery, WeightQuery):
    """Which young of a farm."""

    born_from: date | None = Field(default=None, description="Born on this day or later")
    born_to: date | None = Field(default=None, description="Born on this day or earlier")
    sex: Sex | None = None
    group: UUID | None = Field(default=None, description="Members of this group")


class Weighing(Output):
    """One weighing; several on one day are counted as their mean."""

    record_id: UUID
    weighed_on: date
    trait: str
    weight_kg: float
    age_days: int | None
    group: str = Field(description="Management group that was noted at the weighing")
    daily_gain_kg: float | None = Field(description="Since the weighing before, or since birth")


class NotUsed(Output):
    """A weighing that an adjusted weight was not made from, and why."""

    record_id: UUID
    weighed_on: date
    age_days: int | None
    reason: str


class AdjustedWeight(Output):
    """A weight brought to one age, or the reason why there is none."""

    name: str = Field(description="50-day, 100-day, 205-day, 365-day")
    target_days: int
    weight_kg: float | None
    record_id: UUID | None = Field(description="The weighing it is made from")
    weighed_on: date | None
    age_days: int | None
    ratio: float | None = Field(description="100 x weight / mean of the contemporary group")
    contemporaries: int = Field(description="Animals of the contemporary group, itself included")
    reason: str = Field(description="How it was made, or why there is none")
    not_used: list[NotUsed] = Field(description="Other weighings, and why they were not used")


class AnimalWeights(Output):
    """An animal's weighings, its gain, and its weights at standard ages."""

    animal_id: UUID
    tag: str
    sex: Sex
    birth_date: date | None
    birth_weight_kg: float | None
    birth_weight_assumed: bool
    daily_gain_kg: float | None = Field(description="From birth or the first to the last weighing")
    weighings: list[Weighing]
    adjusted: list[AdjustedWeight]


class LactationQuery(Input):
    """How lactations are computed."""

    days: int | None = Field(
        default=None, ge=60, le=500,
        description="Standard length; the default is 305 for cattle and goats, 180 for sheep",
    )  # fmt: skip


class FarmLactationQuery(PageQuery, LactationQuery):
    """Which lactations of a farm: those with at least one test day, newest first."""

    calved_from: date | None = Field(default=None, description="Begun on this day or later")
    calved_to: date | None = Field(default=None, description="Begun on this day or earlier")


class Lactation(Output):
    """One lactation from its test days, by the test-interval method of ICAR."""

    animal_id: UUID
    tag: str
    event_id: UUID = Field(description="The parturition that it began with")
    parity: int = Field(description="Number of the parturition among those recorded")
    calved_on: date
    ended_on: date | None
    finished: bool
    tests: int
    last_test_on: date
    days_in_milk: int = Field(description="To the end, or to the last test")
    milk_kg: float | None = Field(description="Whole lactation, or to the last test")
    fat_kg: float | None
    fat_percent: float | None
    protein_kg: float | None
    protein_percent: float | None
    ecm_kg: float | None = Field(description="Energy-corrected milk")
    standard_days: int
    milk_standard_kg: float | None = Field(description="Of the standard length, if it is reached")
    fat_standard_kg: float | None
    protein_standard_kg: float | None
    projected_kg: float | None = Field(description="Best prediction of the standard length")
    projected_error_kg: float | None = Field(description="Standard error of the prediction")
    reliability: float | None
    projection: str = Field(description="What it was projected with, or why it was not")
    last_milk_kg: float | None
    mean_scs: float | None = Field(description="Mean of the tests' cell scores")
    last_scc: float | None = Field(description="1000 cells a ml")
    longest_interval_days: int | None
    remarks: list[str] = Field(description="Long intervals, missing contents, tests left out, ...")


class TestDay(Output):
    """The records of one test day."""

    __test__ = False  # not a test of pytest, in spite of its name

    tested_on: date
    dim: int
    milk_kg: float | None
    fat_percent: float | None
    protein_percent: float | None
    lactose_percent: float | None
    urea: float | None
    scc: float | None
    scs: float | None
    ecm_kg: float | None
    used: bool = Field(description="False: after the end of the lactation, or without milk")


class CurvePoint(Output):
    """Milk of one day of the fitted curve."""

    day: int
    milk_kg: float
    error_kg: float | None = Field(description="Standard error, where it is a prediction")


class LactationCurve(Output):
    """The curve through the test days, for a picture."""

    kind: Literal["best prediction", "wilmink", ""]
    points: list[CurvePoint]


class LactationDetail(Lactation):
    """A lactation with its test days and its curve."""

    persistency: float | None = Field(description="Days 101-200 over days 1-100, percent")
    test_days: list[TestDay]
    curve: LactationCurve


class AnimalLactations(Output):
    """An animal's lactations, newest first."""

    animal_id: UUID
    tag: str
    lactations: list[LactationDetail]
    tests_without_calving: int = Field(description="Test days before the first recorded birth")


class Session(Output):
    """What was recorded of one kind on one day: a scan, a scoring, a slaughter."""

    kind: str
    recorded_on: date | None
    occasion: str
    values: dict[str, float]
    grades: dict[str, str] = Field(description="Carcass classes as they are written: U+, 3-")


class AnimalPerformance(Output):
    """Everything measured on an animal but milk."""

    weights: AnimalWeights
    sessions: list[Session]
    dressing_percent: float | None = Field(
        description="Carcass weight over the last live weight within ten days before"
    )


class DiagnosisRead(Output):
    """A disease or injury that was found."""

    event_id: UUID
    diagnosed_on: date
    disease: str
    site: str
    severity: str | None
    temperature_c: float | None
    remark: str


class TreatmentRead(Output):
    """A treatment and until when meat and milk are withheld."""

    event_id: UUID
    animal_id: UUID
    tag: str
    treated_on: date
    product: str
    substance: str
    medicine_group: str
    dose: float | None
    dose_unit: str
    route: str
    batch: str
    disease: str = Field(description="Of the diagnosis that it was given for")
    withdrawal_meat_days: int | None = Field(description="null: not known")
    withdrawal_milk_days: int | None
    meat_until: date | None = Field(description="Last day on which meat is withheld")
    milk_until: date | None = Field(description="Last day on which milk is withheld")
    remark: str


class HealthQuery(Input):
    """On which day withdrawals are looked at."""

    on: date | None = Field(default=None, description="Today at the farm, unless given")


class AnimalHealth(Output):
    """An animal's diagnoses and treatments, and what is withheld on a day."""

    animal_id: UUID
    tag: str
    on: date
    meat_until: date | None = Field(description="Last day, if meat is withheld on the day")
    milk_until: date | None = Field(description="Last day, if milk is withheld on the day")
    withdrawal_unknown: list[UUID] = Field(
        description="Treatments of the 60 days before without a known withdrawal period"
    )
    diagnoses: list[DiagnosisRead]
    treatments: list[TreatmentRead]


class Withdrawal(Output):
    """An animal whose meat or milk is withheld."""

    animal_id: UUID
    tag: str
    meat_until: date | None
    milk_until: date | None
    treatments: list[TreatmentRead]


class FarmWithdrawals(Output):
    """The living animals of a farm whose meat or milk is withheld on a day."""

    on: date
    animals: list[Withdrawal]


class MedicineQuery(PageQuery):
    """Which part of the medicine book."""

    start: date | None = Field(default=None, alias="from", description="On this day or later")
    end: date | None = Field(default=None, alias="to", description="On this day or earlier")
    medicine_group: Line | None = Field(default=None, description="Such as antibiotic")
    model_config = Input.model_config | {"populate_by_name": True}


class MedicineUseQuery(Input):
    """Of which time the use of medicines is counted."""

    start: date = Field(alias="from")
    end: date = Field(alias="to")
    model_config = Input.model_config | {"populate_by_name": True}


class GroupUse(Output):
    """Treatments with one group of medicines."""

    medicine_group: str
    treatments: int
    courses: int = Field(description="Treatments of one animal with one product within 7 days")
    animals: int
    courses_per_100: float | None = Field(description="Courses for each 100 animals present")


class MedicineUse(Output):
    """How much medicine a farm used."""

    start: date
    end: date
    animals_present: float = Field(description="Mean of the first and the last day")
    groups: list[GroupUse]


class FeedQuery(Input):
    """Of which days of a feeding test."""

    start: date = Field(alias="from")
    end: date = Field(alias="to")
    group: UUID | None = Field(default=None, description="Members of this group")
    model_config = Input.model_config | {"populate_by_name": True}


class FeedUse(Output):
    """What an animal ate and gained."""

    animal_id: UUID
    tag: str
    group: str = Field(description="Pen or test that was noted with the intake")
    days_measured: int
    intake_kg: float = Field(description="Mean dry matter a day")
    weighings: int
    daily_gain_kg: float | None
    mid_weight_kg: float | None
    feed_conversion: float | None = Field(description="kg of dry matter for a kg of gain")
    residual_intake_kg: float | None = Field(description="Below 0 is thrifty")


class FeedTest(Output):
    """A feeding test of a farm's animals."""

    start: date
    end: date
    animals: list[FeedUse]
    remarks: list[str]
