"""What Emilia found, in sentences and tables, with where it comes from."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from hub.animals import AnimalCount, AnimalRead, Status
from hub.chat import tools
from hub.chat.schemas import Cell, DataTable, Reply, Source
from hub.chat.transcript import escaped
from hub.chat.understanding import BestAnimals, Narrowing, NotUnderstood
from hub.errors import Denied
from hub.evaluations import AnimalValue, EvaluationRead
from hub.records import TraitRead

_SEXES = {"F": "female", "M": "male", "U": "unknown"}
# Of these, people want less.
LOWER_IS_BETTER = {"somatic_cell_count", "somatic_cell_score"}
_CAN = (
    "I can answer three kinds of question:\n\n"
    "- **How many animals** there are by breed and sex, also for one farm, species, breed or sex: "
    "*How many ewes do I have by breed?*\n"
    "- **The best animals** for a trait, by their published breeding values: "
    "*Which are the best 5 rams for weaning weight?*\n"
    "- **One animal** on one page, by its tag: *Tell me about animal …*"
)


def denied(error: Denied) -> Reply:
    return Reply(text=f"I may not look that up for you. {escaped(error.message)}")


def not_understood(request: NotUnderstood) -> Reply:
    if not request.words:
        return Reply(text=f"I do not know how to answer that. {_CAN}")
    words = ", ".join(f"“{escaped(word)}”" for word in request.words[:8])
    return Reply(
        text=f"I do not know what {words} means here, and I would rather not guess. It is none of "
        f"the farms, breeds and traits that you may see. {_CAN}"
    )


def counted(known: tools.Known, narrowing: Narrowing, found: tools.Counted) -> Reply:
    total = sum(one.animals for one in found.counts)
    where = _where(known, narrowing)
    source = Source(
        service="animals",
        what=f"Animals {where}, by species, breed, sex and status",
        rows=total,
        as_of=datetime.now(UTC),
    )
    if not total:
        text = f"I see no {_which(narrowing)} {where}."
        return Reply(text=text, sources=[source])
    alive = _alive(found.counts)
    others = f", and {total:,} with those that were sold, died or whose fate is unknown"
    text = f"There are **{alive:,} living {_which(narrowing)}** {where}"
    text += "." if alive == total else f"{others}."
    tables = [_kinds(found.counts)]
    if len(found.by_farm) > 1:
        tables.append(_farms(found))
    return Reply(text=text, tables=tables, sources=[source])


def _kinds(counts: Iterable[AnimalCount]) -> DataTable:
    alive: Counter[tuple[str, str, str]] = Counter()
    total: Counter[tuple[str, str, str]] = Counter()
    for one in counts:
        kind = (one.species, one.breed or "not recorded", _SEXES[one.sex])
        total[kind] += one.animals
        alive[kind] += one.animals if one.status == Status.ALIVE else 0
    rows: list[list[Cell]] = [[*kind, alive[kind], total[kind]] for kind in sorted(total)]
    rows.append(["all", "", "", alive.total(), total.total()])
    columns = ["Species", "Breed", "Sex", "Living", "All"]
    return DataTable(title="Animals by breed and sex", columns=columns, rows=rows)


def _farms(found: tools.Counted) -> DataTable:
    rows: list[list[Cell]] = [
        [farm.name, _alive(counts), sum(one.animals for one in counts)]
        for farm, counts in found.by_farm
        if counts
    ]
    return DataTable(title="Animals by farm", columns=["Farm", "Living", "All"], rows=rows)


def _alive(counts: Iterable[AnimalCount]) -> int:
    return sum(one.animals for one in counts if one.status == Status.ALIVE)


def _which(narrowing: Narrowing) -> str:
    """The animals of a question in words: "female Texel sheep"."""
    sex = _SEXES.get(narrowing.sex or "", "")
    words = [sex, escaped(narrowing.breed or ""), narrowing.species or "animals"]
    return " ".join(word for word in words if word)


def _where(known: tools.Known, narrowing: Narrowing) -> str:
    if narrowing.farm:
        return f"on {escaped(known.farms[narrowing.farm].name)}"
    return "on your farms" if narrowing.mine else "on the farms that you may see"


def which_trait(
    known: tools.Known,
    request: BestAnimals,
    possible: list[str],
    evaluated: Mapping[str, EvaluationRead],
) -> Reply:
    """Ask back, or say that the trait has no evaluation."""
    if possible:
        names = " or ".join(f"**{escaped(known.traits[code].name)}**" for code in possible)
        return Reply(text=f"That could be {names}. Please ask for one of them.")
    names = ", ".join(escaped(known.traits[code].name) for code in sorted(evaluated))
    have = f"There are breeding values for: {names}." if names else ""
    if not request.traits:
        return Reply(text=f"For which trait? {have}" if have else _no_evaluation("any trait"))
    wanted = " or ".join(escaped(known.traits[code].name) for code in request.traits)
    return Reply(text=f"{_no_evaluation(wanted)} {have}".strip())


def _no_evaluation(trait: str) -> str:
    return f"I know of no published evaluation of {trait}, so I cannot rank animals for it."


def ranking(known: tools.Known, request: BestAnimals, ranked: tools.Ranked) -> Reply:
    trait, narrowing = ranked.trait, request.narrowing
    source = _evaluation_source(ranked.evaluation, trait, len(ranked.values))
    where = _where(known, narrowing)
    if not ranked.values:
        text = (
            f"The newest published evaluation of {escaped(trait.name)} has no living "
            f"{_which(narrowing)} {where}."
        )
        return Reply(text=text, sources=[source])
    order = "worst" if request.lowest else "best"
    if request.lowest and trait.code not in LOWER_IS_BETTER:
        order = "lowest"
    note = " For this trait, less is better." if trait.code in LOWER_IS_BETTER else ""
    text = (
        f"These are the **{len(ranked.values)} {order} living {_which(narrowing)} for "
        f"{escaped(trait.name)}** {where}, by breeding value in {escaped(trait.unit)}.{note}"
    )
    rows: list[list[Cell]] = [
        [
            place, one.tag, one.animal_name or None, one.farm, one.breed, _SEXES[one.sex],
            _rounded(one.value), _rounded(one.accuracy), round(one.percentile),
        ]
        for place, one in enumerate(ranked.values, start=1)
    ]  # fmt: skip
    columns = ["", "Tag", "Name", "Farm", "Breed", "Sex", f"Breeding value ({trait.unit})"]
    columns += ["Accuracy", "Percentile"]
    table = DataTable(title=f"{trait.name}: {order} animals", columns=columns, rows=rows)
    return Reply(text=text, tables=[table], sources=[source])


def _evaluation_source(evaluation: EvaluationRead, trait: TraitRead, rows: int) -> Source:
    return Source(
        service="evaluations",
        what=f"Breeding values of {trait.name} in the evaluation “{evaluation.name}”",
        rows=rows,
        as_of=evaluation.finished_at or evaluation.created_at,
        evaluation_id=evaluation.id,
        dataset_id=evaluation.dataset_id,
    )


def several(known: tools.Known, found: list[AnimalRead]) -> Reply:
    rows: list[list[Cell]] = [
        [one.tag, one.name or None, _farm_name(known, one), one.breed, _SEXES[one.sex],
         _day(one.birth_date)]
        for one in found
    ]  # fmt: skip
    columns = ["Tag", "Name", "Farm", "Breed", "Sex", "Born"]
    table = DataTable(title="Animals with a name like this", columns=columns, rows=rows)
    source = Source(
        service="animals", what="Animals by tag", rows=len(found), as_of=datetime.now(UTC)
    )
    text = "Several animals could be meant. Ask me again with the whole tag of one of them."
    return Reply(text=text, tables=[table], sources=[source])


def no_animal(name: str) -> Reply:
    return Reply(
        text=f"I find no animal “{escaped(name[:64])}” on the farms that you may see. Check the "
        "tag, or look it up in the list of animals."
    )


def portrait(known: tools.Known, page: tools.AnimalPage) -> Reply:
    """One animal on one page."""
    return Reply(text=_sentences(page), tables=_animal_tables(known, page), sources=_seen(page))


def _sentences(page: tools.AnimalPage) -> str:
    animal = page.animal
    name = f" ({escaped(animal.name)})" if animal.name else ""
    farm = f" of {escaped(page.farm.name)}" if page.farm else ""
    born = f", born on {animal.birth_date:%Y-%m-%d}" if animal.birth_date else ""
    sire = escaped(animal.sire.tag) if animal.sire else "unknown"
    dam = escaped(animal.dam.tag) if animal.dam else "unknown"
    sentences = [
        f"**{escaped(animal.tag)}**{name} is a {_kind(animal)}{farm}{born}. "
        f"Sire: {sire}; dam: {dam}.",
        f"Offspring that you may see: {page.offspring}. "
        f"Records: {sum(one.records for one in page.records)}.",
    ]
    if page.values:
        inbreeding = 100 * max(page.values, key=_published).inbreeding
        sentences.append(f"Inbreeding: {inbreeding:.1f} %.")
    else:
        sentences.append("It has no published breeding value, so I know no inbreeding either.")
    return "\n\n".join(sentences)


def _kind(animal: AnimalRead) -> str:
    sex = _SEXES[animal.sex] if animal.sex != "U" else ""
    state = {"alive": "living", "dead": "dead", "sold": "sold"}.get(animal.status, "")
    return " ".join(word for word in (state, sex, escaped(animal.breed), animal.species) if word)


def _published(value: AnimalValue) -> datetime:
    return value.published_at or datetime.min.replace(tzinfo=UTC)


def _animal_tables(known: tools.Known, page: tools.AnimalPage) -> list[DataTable]:
    """What there is to show: other names, records, breeding values."""
    names = [[one.scheme, one.value] for one in page.animal.identifiers]
    recorded = [
        [one.trait.name, one.trait.unit, one.records, _rounded(one.mean), _rounded(one.newest),
         _day(one.newest_on)]
        for one in page.records
    ]  # fmt: skip
    values = [
        [known.traits[one.trait].name, known.traits[one.trait].unit, _rounded(one.value),
         _rounded(one.accuracy), round(one.percentile), one.records]
        for one in page.values
        if one.trait in known.traits
    ]  # fmt: skip
    tables = [
        ("Identifiers", ["Scheme", "Identifier"], names),
        ("Records", ["Trait", "Unit", "Records", "Mean", "Newest", "On"], recorded),
        (
            "Breeding values",
            ["Trait", "Unit", "Breeding value", "Accuracy", "Percentile", "Records"],
            values,
        ),
    ]
    return [DataTable(title=title, columns=head, rows=rows) for title, head, rows in tables if rows]


def _seen(page: tools.AnimalPage) -> list[Source]:
    now = datetime.now(UTC)
    records = sum(one.records for one in page.records)
    sources = [
        Source(service="animals", what="The animal, its parents and offspring",
               rows=1 + page.offspring, as_of=now),
        Source(service="records", what="Its records", rows=records, as_of=now),
    ]  # fmt: skip
    return sources + [
        Source(
            service="evaluations",
            what=f"Its breeding value in the evaluation “{one.evaluation}”",
            rows=1,
            as_of=one.published_at or now,
            evaluation_id=one.evaluation_id,
        )
        for one in page.values
    ]


def _farm_name(known: tools.Known, animal: AnimalRead) -> str | None:
    farm = known.farms.get(animal.farm_id)
    return farm.name if farm else None


def _day(day: object) -> str | None:
    return str(day) if day else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
