"""Dairy cattle: calving."""

from hub.events.species.rules import Days, Gestation, Litter, Rules, Span, Words

_MERCK = "Merck Veterinary Manual, table Features of the Reproductive Cycle"
_OURS = "set by us, on the safe side"

RULES = Rules(
    species="cattle",
    words=Words("calving", "calved", "cow", "bull", "calf"),
    gestation=Gestation(
        273, 283, 296,
        "mean 280 to 284 days by breed (Andersen and Plum 1965, J. Dairy Sci. 48:1224); usual 273 "
        "to 296 as in milk recording; a calf born before day 240 does not live, and the limits "
        "are ours",
        shortest=240, longest=311,
    ),
    cycle=Span(18, 21, 24, _MERCK + ": 21 days (18 to 24)"),
    puberty_female=Days(150, _OURS + ": Merck has 10 to 12 months; precocious heifers at 5"),
    puberty_male=Days(180, _OURS + ": bulls sire from 7 months on"),
    first_mating=Days(425, _MERCK + ": first bred at 14 to 15 months"),
    rest=Days(14, _OURS + ": Merck has the first heat 20 to 60 days after calving"),
    voluntary_waiting=Days(50, "common practice 45 to 60 days; a farm may wait longer"),
    check=Span(
        26, 32, 60,
        "ultrasound from day 26 (Fricke 2002, J. Dairy Sci. 85:1918; from memory); by "
        "hand from day 35",
    ),
    check_sure=Days(40, "as above: not overlooked by ultrasound or by hand from day 40 on"),
    litter=Litter(2, 5, "quintuplets are the most that live births are known of; " + _OURS),
    dry_off_before=Days(60, "common practice: 60 days dry, 40 to 65"),
    longest_lactation=None,
    weaning=Span(28, 60, 300, _OURS + ": dairy calves at 8 to 9 weeks, suckled ones at 7 months"),
    embryo_age=Days(7, "common practice: embryos of day 7 are transferred (from memory)"),
)  # fmt: skip
