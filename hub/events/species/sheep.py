"""Sheep: lambing."""

from hub.events.species.rules import Days, Gestation, Litter, Rules, Span, Words

_MERCK = "Merck Veterinary Manual, table Features of the Reproductive Cycle"
_OURS = "set by us, on the safe side"

RULES = Rules(
    species="sheep",
    words=Words("lambing", "lambed", "ewe", "ram", "lamb"),
    gestation=Gestation(
        142, 147, 152,
        "usual 142 to 152 days, mean 147, single pregnancies 138 to 159 (Senger, Pathways to "
        "Pregnancy and Parturition, 3rd ed.; from memory); the limits are ours, wider by a week",
        shortest=131, longest=166,
    ),
    cycle=Span(14, 17, 20, _MERCK + ": 17 days (14 to 20)"),
    puberty_female=Days(90, _OURS + ": Merck has 6 to 9 months; earliest Finnsheep at 3 to 4"),
    puberty_male=Days(90, _OURS + ": Merck has 6 to 9 months; rams sire from 4 to 5 on"),
    first_mating=Days(210, _MERCK + ": puberty at 6 to 9 months; ewe lambs are mated from 7 on"),
    rest=Days(14, _OURS + ": first heats after lambing in out-of-season breeds from day 17 on"),
    voluntary_waiting=None,
    check=Span(
        25, 80, 100,
        "real-time ultrasound from day 26 (Jones et al. 2016, Theriogenology 85, before day 45); "
        "lambs are counted best from 45 to 100, scanners' practice is day 80",
    ),
    check_sure=Days(45, "as above: nothing is overlooked through the flank from day 45 on"),
    litter=Litter(5, 9, "nine lambs are the most that were ever reported; " + _OURS),
    dry_off_before=None,
    longest_lactation=Days(240, _OURS + ": milked ewes are dry by then, suckled ones long before"),
    weaning=Span(28, 60, 150, _OURS + ": 60 days is Canadian practice; artificial rearing from 28"),
    embryo_age=Days(6, "common practice: embryos of day 6 are transferred (from memory)"),
)  # fmt: skip
