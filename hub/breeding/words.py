"""What advice says, in the languages of the hub; `{names}` are filled in."""

from collections.abc import Mapping
from typing import Any

from hub.breeding.schemas import Notice
from hub.schemas import Language

TEXTS: dict[str, dict[str, str]] = {
    "relation.none": {"en": "They are not known to be related.",
                      "fr": "Aucune parenté connue."},
    "relation.distant": {"en": "They are distantly related.",
                         "fr": "Ils sont parents éloignés."},
    "relation.half_cousins": {"en": "As between half cousins.", "fr": "Comme entre demi-cousins."},
    "relation.cousins": {"en": "As between first cousins.", "fr": "Comme entre cousins germains."},
    "relation.half_siblings": {"en": "As between half siblings.",
                               "fr": "Comme entre demi-frères et demi-sœurs."},
    "relation.siblings": {"en": "As between full siblings, or a parent and its young.",
                          "fr": "Comme entre frères et sœurs, ou parent et enfant."},
    "breeding.inbred": {"en": "Progeny would be {percent} % inbred, more than {limit} %.",
                        "fr": "Les petits auraient {percent} % de consanguinité, plus de "
                              "{limit} %."},
    "breeding.too_inbred": {"en": "Progeny would be {percent} % inbred; the limit is {limit} %.",
                            "fr": "Les petits auraient {percent} % de consanguinité ; la limite "
                                  "est {limit} %."},
    "breeding.affected": {"en": "{percent} % of progeny may suffer from {gene}.",
                          "fr": "{percent} % des petits risquent d'être atteints de {gene}."},
    "breeding.prnp": {"en": "{percent} % of progeny would be of PrP type {type}; {worst} is the "
                            "worst allowed.",
                      "fr": "{percent} % des petits seraient de type PrP {type} ; le pire admis "
                            "est {worst}."},
    "breeding.prnp_unknown": {"en": "The PrP genotype of {tag} is not known.",
                              "fr": "Le génotype PrP de {tag} n'est pas connu."},
    "breeding.no_index": {"en": "{tag} has no breeding values, so its index is not known.",
                          "fr": "{tag} n'a pas de valeurs génétiques : son index est inconnu."},
    "breeding.inbreeding": {"en": "{count} of {males} males are too closely related.",
                            "fr": "{count} mâles sur {males} sont trop proches parents."},
    "breeding.gene": {"en": "{count} of {males} males could give progeny that suffers from {gene}.",
                      "fr": "{count} mâles sur {males} pourraient donner des petits atteints de "
                            "{gene}."},
    "breeding.prnp_rule": {"en": "{count} of {males} males could give a worse PrP type.",
                           "fr": "{count} mâles sur {males} pourraient donner un pire type PrP."},
    "breeding.full": {"en": "{count} of {males} males would suit, but have as many females as "
                            "they may.",
                      "fr": "{count} mâles sur {males} conviendraient, mais ont toutes les "
                            "femelles permises."},
    "verdict.good": {"en": "Nothing speaks against this mating.",
                     "fr": "Rien ne s'oppose à cet accouplement."},
    "verdict.careful": {"en": "Possible, with care:", "fr": "Possible, avec prudence :"},
    "verdict.avoid": {"en": "Better not:", "fr": "À éviter :"},
    "index.none": {"en": "No evaluation with animals of this farm is published, so matings are "
                         "judged by inbreeding and genes alone.",
                   "fr": "Aucune évaluation publiée ne comprend d'animaux de cette ferme : les "
                         "accouplements sont jugés sur la consanguinité et les gènes seuls."},
    "index.unweighted": {"en": "None of the evaluated traits ({traits}) has an emphasis of its "
                               "own, so give weights.",
                         "fr": "Aucun des caractères évalués ({traits}) n'a d'importance par "
                               "défaut : donnez des poids."},
    "index.default": {"en": "Ten points are one genetic standard deviation of a trait of emphasis "
                            "1; emphases are {emphases}. 0 is the base of the evaluations. They "
                            "are a start: give weights of your own where you know what a unit of "
                            "each trait is worth.",
                      "fr": "Dix points valent un écart-type génétique d'un caractère "
                            "d'importance 1 ; les importances sont {emphases}. 0 est la base des "
                            "évaluations. C'est un départ : donnez vos propres poids si vous "
                            "savez ce que vaut une unité de chaque caractère."},
}  # fmt: skip


def say(code: str, language: Language, parameters: Mapping[str, Any] | None = None) -> str:
    """The text of a code."""
    return TEXTS[code][language.value].format(**(parameters or {}))


def notice(code: str, language: Language, parameters: Mapping[str, Any]) -> Notice:
    """A code with its text."""
    message = say(code, language, parameters)
    return Notice(code=code, message=message, parameters=dict(parameters))


def percent(share: float) -> str:
    """A share as people write it: 6.25, 12.5, 25."""
    return f"{100 * share:.2f}".rstrip("0").rstrip(".")
