"""What a question asks for, found by words and not by a language model.

Known names (farms, breeds, traits, from the data that the asker may see) are taken out of the
question first, the longest first; then words of sex and species, and the words that say what is
wanted. A word that nobody knows is not skipped: a question that was half understood would get an
answer to another question. `understand` is the place where a language model can be put later; it
would have to give the same requests.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from uuid import UUID

MOST_ANIMALS = 50
_USUAL_ANIMALS = 10


@dataclass(frozen=True)
class Vocabulary:
    """Names that occur in the data of the asker; phrases are written as `plain` writes them."""

    farms: Mapping[str, UUID] = field(default_factory=dict)
    breeds: Mapping[str, str] = field(default_factory=dict)
    traits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Narrowing:
    """Which animals a question is about."""

    farm: UUID | None = None
    species: str | None = None
    breed: str | None = None
    sex: str | None = None
    mine: bool = False


@dataclass(frozen=True)
class CountAnimals:
    narrowing: Narrowing


@dataclass(frozen=True)
class BestAnimals:
    """`traits` has more than one code when the word could mean several."""

    traits: tuple[str, ...]
    count: int
    narrowing: Narrowing
    lowest: bool = False


@dataclass(frozen=True)
class AboutAnimal:
    """`names` are what could be the tag, the most likely first."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class NotUnderstood:
    """`words` are what stood in the way; none when it is another kind of question."""

    words: tuple[str, ...] = ()


Request = CountAnimals | BestAnimals | AboutAnimal | NotUnderstood

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "birth_weight": ("birthweight", "weight at birth", "birth"),
    "weaning_weight": ("weaning", "weight at weaning", "weaned weight", "ww"),
    "pre_weaning_gain": ("gain", "growth", "daily gain", "growth rate", "preweaning gain"),
    "milk_yield": ("milk", "milk yield", "milk production", "test day milk"),
    "fat_percent": ("fat", "milk fat", "fat content", "butterfat"),
    "protein_percent": ("protein", "milk protein", "protein content"),
    "somatic_cell_count": ("scc", "cell count", "somatic cells"),
    "somatic_cell_score": ("scs", "cell score", "somatic cells", "udder health"),
    "milk_305d": ("milk", "milk yield", "milk production", "lactation yield", "305 day milk"),
    "fat_305d": ("fat", "fat yield", "305 day fat"),
    "protein_305d": ("protein", "protein yield", "305 day protein"),
    "litter_size": ("litter", "litters", "prolificacy", "fertility", "lambs born", "born"),
}


def _words(text: str) -> list[str]:
    return text.split()


_KINDS: Mapping[str, tuple[str | None, str | None]] = {  # word: sex, species
    **dict.fromkeys(("female", "dam", "mother"), ("F", None)),
    **dict.fromkeys(("male", "sire", "father"), ("M", None)),
    "ewe": ("F", "sheep"),
    **dict.fromkeys(("ram", "tup"), ("M", "sheep")),
    "cow": ("F", "cattle"),
    "bull": ("M", "cattle"),
    "doe": ("F", "goat"),
    "buck": ("M", "goat"),
    "sow": ("F", "pig"),
    "boar": ("M", "pig"),
    **dict.fromkeys(("sheep", "flock"), (None, "sheep")),
    **dict.fromkeys(("cattle", "dairy"), (None, "cattle")),
    "goat": (None, "goat"),
    "pig": (None, "pig"),
}
_NUMBERS = {
    word: number
    for number, word in enumerate(
        _words("one two three four five six seven eight nine ten eleven twelve"), start=1
    )
} | {"fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50}
_COUNTING = {"many", "number", "count", "counts", "total", "inventory", "stock", "headcount"}
_BEST = {"best", "top", "highest", "greatest", "leading", "strongest", "rank", "ranking", "better"}
_LOWEST = {"lowest", "worst", "smallest", "poorest", "bottom"}
_ABOUT = {"about", "page", "card", "profile", "details", "information", "info", "summary", "who"}
_MINE = {"my", "mine", "our", "ours", "we", "i"}
_FILLER = set(
    _words(
        "a an and animal animals are at bred breed breeds by breeding can could do does each "
        "ebv ebvs emilia farm farms find for from genetic genetically give got group grouped "
        "have having head hello herd herds hi highest how in is it kept know like list live "
        "living alive me merit much now of on one page per please present show sex sexes "
        "species split tag tell thank thanks that the their them there these this those to "
        "together trait traits us value values want what which with you your register "
        "registered recorded currently today overall all"
    )
)
_MARKED = re.compile(r"['\"“”‘’`]([^'\"“”‘’`]{1,64})['\"“”‘’`]")
RESERVED = _FILLER | _COUNTING | _BEST | _LOWEST | _ABOUT | _MINE | _KINDS.keys()
_NAMING = {"animal", "tag", "about", "called", "named", "number", "no", "id", "card", "profile"}


def plain(text: str) -> str:
    """Lower-case words with single spaces: how names and questions are compared."""
    return " ".join(re.findall(r"\w+", text.casefold().replace("_", " ")))


def understand(question: str, known: Vocabulary) -> Request:
    """The request in a question, as far as it is certain."""
    words = f" {plain(question)} "
    if set(words.split()) & (_BEST | _LOWEST):
        return _best(words, known)
    if set(words.split()) & _COUNTING:
        return _count(words, known)
    names = _names_in(question)
    if names and (len(names) == 1 or set(words.split()) & (_ABOUT | {"animal", "tag", "show"})):
        return AboutAnimal(names)
    narrowing, rest = _narrow(words, known)
    if narrowing != Narrowing() and not _unknown(rest, _COUNTING):
        return CountAnimals(narrowing)  # "my sheep by breed?"
    return NotUnderstood()


def _count(words: str, known: Vocabulary) -> Request:
    narrowing, rest = _narrow(words, known)
    unknown = _unknown(rest, _COUNTING)
    return NotUnderstood(unknown) if unknown else CountAnimals(narrowing)


def _best(words: str, known: Vocabulary) -> Request:
    phrase, words = _take(words, known.traits)
    narrowing, rest = _narrow(words, known)
    number, rest = _number(rest)
    unknown = _unknown(rest, _BEST | _LOWEST)
    if unknown:
        return NotUnderstood(unknown)
    traits = known.traits[phrase] if phrase else ()
    count = min(number or _USUAL_ANIMALS, MOST_ANIMALS)
    return BestAnimals(traits, count, narrowing, lowest=bool(set(rest.split()) & _LOWEST))


def _narrow(words: str, known: Vocabulary) -> tuple[Narrowing, str]:
    """Take farm, breed, sex and species out of the words."""
    farm, words = _take(words, known.farms)
    breed, words = _take(words, known.breeds)
    narrowing = Narrowing(
        farm=known.farms[farm] if farm else None,
        breed=known.breeds[breed] if breed else None,
        mine=bool(set(words.split()) & _MINE),
    )
    rest = []
    for word in words.split():
        kind = _KINDS.get(word) or _KINDS.get(word.removesuffix("s"))
        if kind is None:
            rest.append(word)
            continue
        sex, species = kind
        narrowing = replace(
            narrowing,
            sex=_both(narrowing.sex, sex),
            species=narrowing.species or species,
        )
    return replace(narrowing, sex=narrowing.sex or None), " ".join(rest)


def _both(before: str | None, now: str | None) -> str | None:
    """Males and females together are no narrowing; the empty text remembers that."""
    if now is None or before == now:
        return before
    return now if before is None else ""


def _take(words: str, names: Iterable[str]) -> tuple[str, str]:
    """The longest of the names that stands in the words, and the words without it."""
    for name in sorted(names, key=len, reverse=True):
        if name and f" {name} " in words:
            return name, words.replace(f" {name} ", " ", 1)
    return "", words


def _number(rest: str) -> tuple[int | None, str]:
    number, others = None, []
    for word in rest.split():
        if number is None and ((word.isascii() and word.isdigit()) or word in _NUMBERS):
            number = _NUMBERS.get(word) or int(word[:6])
        else:
            others.append(word)
    return number, " ".join(others)


def _unknown(rest: str, known: set[str]) -> tuple[str, ...]:
    return tuple(word for word in rest.split() if word not in known | _FILLER | _MINE)


def _has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def _names_in(question: str) -> tuple[str, ...]:
    """What could be a tag: quoted text, what follows "animal" or "about", words with a digit."""
    quoted = [text.strip() for text in _MARKED.findall(question)]
    words = [word.strip(".,;:?!()[]'\"“”‘’") for word in question.split()]
    words = [word for word in words if plain(word)]
    after = [
        second
        for first, second in pairwise(words)
        if first.casefold() in _NAMING and plain(second) not in _FILLER | _NAMING
    ]
    digits = [word for word in words if _has_digit(word)]
    # A tag may be written in groups, "UK0331906 00420"; its groups alone would name other animals.
    runs = [list(run) for digit, run in groupby(words, key=_has_digit) if digit]
    grouped = [" ".join(run) for run in runs if len(run) > 1]
    last = words[-1:] if len(words) <= 2 and not set(plain(question).split()) & _FILLER else []
    return tuple(dict.fromkeys([*quoted, *grouped, *after, *digits, *last]))[:5]
