"""Goats: kidding."""

from hub.events.species.rules import Days, Gestation, Litter, Rules, Span, Words

_MERCK = "Merck Veterinary Manual, table Features of the Reproductive Cycle"
_OURS = "set by us, on the safe side"

RULES = Rules(
    species="goat",
    words=Words("kidding", "kidded", "doe", "buck", "kid"),
    gestation=Gestation(
        145, 150, 155,
        "150 days, usual 145 to 155 (common in extension tables); the limits are ours, as those "
        "of sheep",
        shortest=131, longest=169,
    ),
    cycle=Span(18, 21, 24, _MERCK + ": 21 days; the range is ours"),
    puberty_female=Days(75, _OURS + ": Merck has 5 to 7 months; doelings in heat at 3"),
    puberty_male=Days(75, _OURS + ": bucklings sire at 3 to 4 months"),
    first_mating=Days(210, "at 60 to 75 % of the grown weight, 7 months and more"),
    rest=Days(14, _OURS + ": as sheep"),
    voluntary_waiting=None,
    check=Span(25, 45, 90, "ultrasound as in sheep (Merck: does as ewes); kids counted 45 to 90"),
    check_sure=Days(45, "as sheep"),
    litter=Litter(4, 8, _OURS + ": sextuplets are reported"),
    dry_off_before=Days(60, "common practice: about two months before kidding"),
    longest_lactation=None,
    weaning=Span(28, 60, 150, _OURS + ": 8 to 9 weeks are common"),
    embryo_age=Days(6, "common practice: embryos of day 6 are transferred (from memory)"),
)  # fmt: skip
