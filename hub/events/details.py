"""What happened: one model for each kind of event, told apart by `kind`.

Names and values are those of the ICAR Animal Data Exchange where it has them.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from hub.animals import Sex
from hub.events.codes import DisposalReason
from hub.schemas import Identifier, Input, Line

Day = Annotated[date, Field(ge=date(1950, 1, 1), le=date(2199, 12, 31))]
"""Days that farms write down; others are slips, and too near to where the calendar ends."""


class Kind(StrEnum):
    """Kinds of events."""

    HEAT = "heat"
    MATING = "mating"
    EMBRYO_FLUSH = "embryo_flush"
    EMBRYO_TRANSFER = "embryo_transfer"
    PREGNANCY_CHECK = "pregnancy_check"
    ABORTION = "abortion"
    PARTURITION = "parturition"
    FOSTERING = "fostering"
    WEANING = "weaning"
    DRY_OFF = "dry_off"
    MOVEMENT = "movement"
    ARRIVAL = "arrival"
    DISPOSAL = "disposal"
    DIAGNOSIS = "diagnosis"
    TREATMENT = "treatment"
    REMARK = "remark"


class Heat(Input):
    """A heat that was seen."""

    kind: Literal["heat"] = "heat"
    intensity: Literal["weak", "normal", "strong"] = "normal"


class Mating(Input):
    """A service of the female that the event is of."""

    kind: Literal["mating"] = "mating"
    method: Literal["natural", "group", "ai"]
    sire_ids: tuple[UUID, ...] = Field(
        default=(), max_length=30,
        description="One sire; several for a group; none only for semen of an unregistered one",
    )  # fmt: skip
    until: Day | None = Field(default=None, description="Group: the day the sires were taken out")
    straw: Line = Field(default="", description="AI: what the straw says")
    technician: Line = ""

    @model_validator(mode="after")
    def _sires_fit_the_method(self) -> Self:
        if len(set(self.sire_ids)) < len(self.sire_ids):
            raise ValueError("A sire is named twice in sire_ids.")
        if self.method != "group" and len(self.sire_ids) > 1:
            raise ValueError(f"{self.method}: name one sire; several only with method group.")
        if not self.sire_ids and not (self.method == "ai" and self.straw):
            raise ValueError("Name the sire in sire_ids, or for ai say in straw what it says.")
        if self.until and self.method != "group":
            raise ValueError("until is for method group only: the day the sires were taken out.")
        return self


class EmbryoFlush(Input):
    """Embryos taken from the female that the event is of."""

    kind: Literal["embryo_flush"] = "embryo_flush"
    sire_ids: tuple[UUID, ...] = Field(default=(), max_length=30)
    embryos: int = Field(ge=0, le=200)
    viable: int | None = Field(default=None, ge=0, le=200)

    @model_validator(mode="after")
    def _viable_are_among_them(self) -> Self:
        if self.viable is not None and self.viable > self.embryos:
            raise ValueError(f"{self.viable} viable embryos are more than the {self.embryos}.")
        return self


class EmbryoTransfer(Input):
    """Embryos put into the female that the event is of; the donor is their genetic dam."""

    kind: Literal["embryo_transfer"] = "embryo_transfer"
    donor_id: UUID
    sire_id: UUID
    embryos: int = Field(default=1, ge=1, le=20)


class PregnancyCheck(Input):
    """Whether she is pregnant, and with how many."""

    kind: Literal["pregnancy_check"] = "pregnancy_check"
    method: Literal["ultrasound", "palpation", "blood", "milk", "visual", "other"]
    result: Literal["empty", "pregnant", "multiple", "unknown"]
    foetus_count: int | None = Field(default=None, ge=0, le=9)
    foetal_age_days: int | None = Field(default=None, ge=1, le=330)

    @model_validator(mode="after")
    def _count_fits_the_result(self) -> Self:
        count = self.foetus_count
        if self.result == "empty" and (count or self.foetal_age_days):
            raise ValueError("empty has neither foetuses nor a foetal age.")
        if self.result == "multiple" and count is not None and count < 2:
            raise ValueError("multiple is two foetuses or more; choose pregnant for one.")
        if self.result == "pregnant" and count == 0:
            raise ValueError("pregnant has at least one foetus; leave foetus_count out if unknown.")
        return self


class Abortion(Input):
    """A pregnancy that was lost."""

    kind: Literal["abortion"] = "abortion"
    foetus_count: int | None = Field(default=None, ge=1, le=12)
    in_milk: bool = Field(
        default=False, description="She came into milk by it: a lactation begins without a birth"
    )


class Newborn(Input):
    """One of a litter; one with a tag becomes an animal of the farm."""

    animal_id: UUID | None = Field(default=None, description="Made by the sender, or left out")
    tag: Line = Field(default="", max_length=64, description="None: it is only counted")
    sex: Sex = Sex.UNKNOWN
    state: Literal["live", "stillborn", "died"] = "live"
    birth_weight_kg: float | None = Field(default=None, gt=0, le=120, allow_inf_nan=False)
    breed: Line = ""
    name: Line = ""


class Parturition(Input):
    """A birth: lambing, calving, kidding."""

    kind: Literal["parturition"] = "parturition"
    ease: int | None = Field(
        default=None, ge=1, le=5,
        description="1 unassisted, 2 easy with help, 3 difficult, 4 veterinary, 5 surgery",
    )  # fmt: skip
    offspring: tuple[Newborn, ...] = Field(min_length=1, max_length=12)
    sire_ids: tuple[UUID, ...] | None = Field(
        default=None, max_length=30, description="None: whoever the matings allow"
    )

    @model_validator(mode="after")
    def _everyone_once(self) -> Self:
        for what in ("animal_id", "tag"):
            given = [value for one in self.offspring if (value := getattr(one, what))]
            if len(set(given)) < len(given):
                raise ValueError(f"Two of the offspring have the same {what}.")
        return self


class Fostering(Input):
    """The young that the event is of gets another dam, or the bottle."""

    kind: Literal["fostering"] = "fostering"
    foster_dam_id: UUID | None = Field(default=None, description="None: reared by hand")


class Weaning(Input):
    """The young that the event is of is weaned."""

    kind: Literal["weaning"] = "weaning"
    weight_kg: float | None = Field(default=None, gt=0, le=600, allow_inf_nan=False)


class DryOff(Input):
    """Milking ends."""

    kind: Literal["dry_off"] = "dry_off"


class Movement(Input):
    """To another place of the same farm."""

    kind: Literal["movement"] = "movement"
    place_id: UUID | None = None
    from_place_id: UUID | None = None


class Arrival(Input):
    """Comes to the farm, or back to it."""

    kind: Literal["arrival"] = "arrival"
    reason: Literal["purchase", "return", "loan", "other"]
    from_location: Line = ""


class Disposal(Input):
    """Leaves the farm, alive or dead."""

    kind: Literal["disposal"] = "disposal"
    disposal: Literal["sold", "slaughtered", "died", "euthanized", "lost"]
    reason: DisposalReason = DisposalReason.UNKNOWN
    destination: Line = ""
    price: float | None = Field(default=None, ge=0, le=10_000_000, allow_inf_nan=False)
    text: Line = ""


class Diagnosis(Input):
    """A disease or injury that was found."""

    kind: Literal["diagnosis"] = "diagnosis"
    disease: Identifier
    site: Line = ""
    severity: Literal["light", "moderate", "severe"] | None = None
    temperature_c: float | None = Field(default=None, ge=30, le=45, allow_inf_nan=False)


class Treatment(Input):
    """A medicine that was given, and how long meat and milk are withheld."""

    kind: Literal["treatment"] = "treatment"
    product: Identifier
    substance: Line = ""
    dose: float | None = Field(default=None, gt=0, le=100_000, allow_inf_nan=False)
    dose_unit: Line = ""
    route: Line = ""
    batch: Line = ""
    withdrawal_meat_days: int | None = Field(default=None, ge=0, le=400)
    withdrawal_milk_days: int | None = Field(default=None, ge=0, le=400)
    diagnosis_id: UUID | None = None
    medicine_group: Literal["antibiotic", "anthelmintic", "vaccine", "hormone", "other"] = "other"


class RemarkOnly(Input):
    """Nothing but the event's `remark`."""

    kind: Literal["remark"] = "remark"


EventDetails = Annotated[
    Heat
    | Mating
    | EmbryoFlush
    | EmbryoTransfer
    | PregnancyCheck
    | Abortion
    | Parturition
    | Fostering
    | Weaning
    | DryOff
    | Movement
    | Arrival
    | Disposal
    | Diagnosis
    | Treatment
    | RemarkOnly,
    Field(discriminator="kind"),
]
