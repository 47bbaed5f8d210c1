"""The queries behind the tables; row policies decide what they find, here nothing is left out.

An animal of another farm is written with the farm's code: `M 12 [stud]`. Whoever reads it finds the
very animal, and not a namesake of the farm. The order is fixed, so equal data give equal files.
"""

from collections.abc import Sequence

from hub.tables.definitions import MILK_TRAITS
from hub.tables.event_sheets import SHEETS

_ANIMALS = """
SELECT f.code AS farm, a.tag AS id, a.sex, nullif(a.breed, '') AS breed, a.birth_date,
       a.birth_type, {sire} AS sire, {dam} AS dam, a.status, nullif(a.name, '') AS name, a.species
FROM app.animal a JOIN app.farm f ON f.id = a.farm_id
LEFT JOIN app.animal s ON s.id = a.sire_id LEFT JOIN app.farm sf ON sf.id = s.farm_id
LEFT JOIN app.animal d ON d.id = a.dam_id LEFT JOIN app.farm df ON df.id = d.farm_id
WHERE a.farm_id = ANY(%(farms)s)
  AND (%(start)s::date IS NULL OR a.birth_date >= %(start)s)
  AND (%(end)s::date IS NULL OR a.birth_date <= %(end)s)
  AND (%(status)s::text[] IS NULL OR a.status = ANY(%(status)s))
ORDER BY f.code COLLATE "C", a.birth_date NULLS FIRST, a.tag COLLATE "C"
"""

_RECORDED = """
FROM app.record r JOIN app.animal a ON a.id = r.animal_id JOIN app.farm f ON f.id = a.farm_id
WHERE a.farm_id = ANY(%(farms)s)
  AND (%(start)s::date IS NULL OR r.recorded_on >= %(start)s)
  AND (%(end)s::date IS NULL OR r.recorded_on <= %(end)s)
  AND (%(traits)s::text[] IS NULL OR r.trait_code = ANY(%(traits)s))
  AND (%(status)s::text[] IS NULL OR a.status = ANY(%(status)s))
"""

_RECORDS = f"""
SELECT f.code AS farm, a.tag AS animal, r.recorded_on AS date, r.trait_code AS trait, r.value,
       nullif(r.occasion, '') AS occasion{{more}}
{_RECORDED}
ORDER BY f.code COLLATE "C", a.tag COLLATE "C", r.recorded_on NULLS FIRST, r.occasion COLLATE "C",
         r.trait_code COLLATE "C"
"""

UNDATED = "CASE WHEN r.recorded_on IS NULL AND r.occasion = '' THEN 'yes' END"
_UNDATED_ROWS = _RECORDED.replace("WHERE", "WHERE r.recorded_on IS NULL AND r.occasion = '' AND", 1)
ANY_UNDATED = f"SELECT count(*) FROM (SELECT {_UNDATED_ROWS} LIMIT 1) AS one"  # noqa: S608

KEYS = f"""
SELECT k.key, bool_and(jsonb_typeof(k.value) = 'number'
                AND k.value #>> '{{}}' ~ '^-?(0|[1-9][0-9]{{0,9}})([.][0-9]{{1,5}})?$') AS numbers,
       bool_and(jsonb_typeof(k.value) = 'string' AND k.value #>> '{{}}' <> ''
                AND NOT k.value #>> '{{}}' ~ '^[-+]?[0-9.]') AS texts
{_RECORDED.replace("WHERE", ", jsonb_each(r.attributes) k WHERE", 1)}
GROUP BY k.key ORDER BY k.key COLLATE "C"
"""

_MILK = f"""
SELECT f.code AS farm, a.tag AS animal, r.recorded_on AS date, {
    ", ".join(f"max(r.value) FILTER (WHERE r.trait_code = '{one}') AS {one}" for one in MILK_TRAITS)
},
       nullif(r.occasion, '') AS occasion{{more}}
{_RECORDED} AND r.trait_code = ANY(ARRAY[{", ".join(f"'{one}'" for one in MILK_TRAITS)}])
GROUP BY f.code, a.id, a.tag, r.recorded_on, r.occasion
ORDER BY f.code COLLATE "C", a.tag COLLATE "C", r.recorded_on NULLS FIRST, r.occasion COLLATE "C"
"""

_IDENTIFIERS = """
SELECT f.code AS farm, a.tag AS animal, i.scheme, i.value, i.state, i.valid_from AS "from",
       i.valid_to AS "to"
FROM app.animal_identifier i JOIN app.animal a ON a.id = i.animal_id
JOIN app.farm f ON f.id = a.farm_id
WHERE a.farm_id = ANY(%(farms)s) AND (%(status)s::text[] IS NULL OR a.status = ANY(%(status)s))
ORDER BY f.code COLLATE "C", a.tag COLLATE "C", i.scheme COLLATE "C", i.value COLLATE "C", i.id
"""

_GROUPS = """
SELECT f.code AS farm, g.name AS "group", a.tag AS animal, m.from_on AS "from", m.to_on AS "to"
FROM app.group_member m JOIN app.animal_group g ON g.id = m.group_id
JOIN app.animal a ON a.id = m.animal_id JOIN app.farm f ON f.id = g.farm_id
WHERE g.farm_id = ANY(%(farms)s)
  AND (%(start)s::date IS NULL OR coalesce(m.to_on, 'infinity') >= %(start)s)
  AND (%(end)s::date IS NULL OR m.from_on <= %(end)s)
ORDER BY f.code COLLATE "C", g.name COLLATE "C", a.tag COLLATE "C", m.from_on, m.id
"""

_PLACES = """
SELECT f.code AS farm, p.name AS place, nullif(p.kind, '') AS kind, p.latitude, p.longitude,
       nullif(p.note, '') AS note
FROM app.place p JOIN app.farm f ON f.id = p.farm_id
WHERE p.farm_id = ANY(%(farms)s) ORDER BY f.code COLLATE "C", p.name COLLATE "C"
"""

_BREEDING_VALUES = """
SELECT f.code AS farm, b.evaluation_id AS evaluation, a.tag AS animal, b.trait_code AS trait,
       b.effect, b.value, b.se, b.reliability, b.accuracy, b.inbreeding, b.records, b.percentile
FROM app.breeding_value b JOIN app.evaluation e ON e.id = b.evaluation_id
JOIN app.animal a ON a.id = b.animal_id JOIN app.farm f ON f.id = a.farm_id
WHERE a.farm_id = ANY(%(farms)s) AND e.published_at IS NOT NULL AND e.withdrawn_at IS NULL
  AND (%(traits)s::text[] IS NULL OR b.trait_code = ANY(%(traits)s))
  AND (%(status)s::text[] IS NULL OR a.status = ANY(%(status)s))
ORDER BY f.code COLLATE "C", b.evaluation_id, a.tag COLLATE "C", b.trait_code COLLATE "C",
         b.effect COLLATE "C"
"""

_GENOTYPE_SAMPLES = """
SELECT f.code AS farm, s.set_id AS "set", g.name AS set_name, g.version, s.name AS sample,
       a.tag AS animal, s.state, s.call_rate, s.heterozygosity, s.sex_recorded, s.sex_found
FROM app.sample s JOIN app.genotype_set g ON g.id = s.set_id
JOIN app.farm f ON f.id = s.farm_id LEFT JOIN app.animal a ON a.id = s.animal_id
WHERE s.farm_id = ANY(%(farms)s)
ORDER BY f.code COLLATE "C", s.set_id, s.place
"""

_MOVEMENTS = """
SELECT f.code AS farm, a.tag AS animal, e.occurred_on AS date, p.name AS place,
       o.name AS from_place, nullif(e.remark, '') AS remark
FROM app.event e JOIN app.animal a ON a.id = e.animal_id JOIN app.farm f ON f.id = a.farm_id
LEFT JOIN app.place p ON p.id = (e.details ->> 'place_id')::uuid
LEFT JOIN app.place o ON o.id = (e.details ->> 'from_place_id')::uuid
WHERE a.farm_id = ANY(%(farms)s) AND NOT e.voided AND e.kind = 'movement'
  AND (%(start)s::date IS NULL OR e.occurred_on >= %(start)s)
  AND (%(end)s::date IS NULL OR e.occurred_on <= %(end)s)
  AND (%(status)s::text[] IS NULL OR a.status = ANY(%(status)s))
ORDER BY f.code COLLATE "C", e.occurred_on, a.tag COLLATE "C", e.id
"""

_EVENTS = """
SELECT f.code AS farm, e.kind AS event, a.tag AS animal, e.occurred_on AS date, {cells},
       nullif(e.remark, '') AS remark
FROM app.event e JOIN app.animal a ON a.id = e.animal_id JOIN app.farm f ON f.id = a.farm_id
LEFT JOIN LATERAL jsonb_array_elements(e.details -> 'offspring') WITH ORDINALITY AS y(young, place)
    ON e.kind = 'parturition'
WHERE a.farm_id = ANY(%(farms)s) AND NOT e.voided AND e.kind = ANY(%(sheets)s)
  AND (%(start)s::date IS NULL OR e.occurred_on >= %(start)s)
  AND (%(end)s::date IS NULL OR e.occurred_on <= %(end)s)
  AND (%(events)s::text[] IS NULL OR e.kind = ANY(%(events)s))
  AND (%(status)s::text[] IS NULL OR a.status = ANY(%(status)s))
ORDER BY f.code COLLATE "C", e.occurred_on, a.tag COLLATE "C", e.kind COLLATE "C", e.id, y.place
"""
_NAMED = """
(SELECT string_agg({name}, '; ' ORDER BY o.place)
 FROM jsonb_array_elements_text(CASE WHEN jsonb_typeof(e.details -> '{column}') = 'array'
      THEN e.details -> '{column}' ELSE jsonb_build_array(e.details ->> '{column}') END)
      WITH ORDINALITY AS o(id, place)
 JOIN app.animal n ON n.id = o.id::uuid JOIN app.farm nf ON nf.id = n.farm_id) AS {column}
"""


def _name(animal: str, farm: str) -> str:
    """An animal by its tag, with its farm's code when that is another one."""
    return (
        f"CASE WHEN {animal}.farm_id = a.farm_id THEN {animal}.tag "
        f"ELSE {animal}.tag || ' [' || {farm}.code || ']' END"
    )


def _events() -> str:
    """A cell for each column of each sheet, found in the details of the event."""
    cells = {
        one.name: _NAMED.format(column=one.name, name=_name("n", "nf"))
        if one.type in ("animal", "animals")
        else f"nullif(y.young ->> '{one.name.removeprefix('young_')}', '') AS {one.name}"
        if one.name.startswith("young_")
        else f"nullif(e.details ->> '{one.name}', '') AS {one.name}"
        for sheet in SHEETS.values()
        for one in sheet.columns
    }
    return _EVENTS.format(cells=", ".join(cells.values()))


def recorded(kind: str, more: Sequence[str]) -> str:
    """Records or milk recording, with a text for each of these expressions."""
    query = _RECORDS if kind == "records" else _MILK
    return query.format(more="".join(f",\n       {one}" for one in more))


QUERIES = {
    "animals": _ANIMALS.format(sire=_name("s", "sf"), dam=_name("d", "df")),
    "events": _events(),
    "movements": _MOVEMENTS,
    "identifiers": _IDENTIFIERS,
    "groups": _GROUPS,
    "places": _PLACES,
    "breeding_values": _BREEDING_VALUES,
    "genotype_samples": _GENOTYPE_SAMPLES,
}
