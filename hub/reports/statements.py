"""The questions of analytics as SQL: each gives the rows of one table of a farm.

All take `:farm` and are answered under row-level security as the person who asks; all but the
composition, lists and benchmarks are of one `:species`. A litter is a parturition that was
recorded or, where none was, animals of one dam born on one day.
"""

LITTERS = """
dams AS MATERIALIZED (
    SELECT id FROM app.animal WHERE farm_id = :farm AND species = :species
),
parts AS (
    SELECT e.animal_id AS dam_id, e.occurred_on AS born_on, e.id,
           jsonb_array_length(e.details -> 'offspring') AS born,
           jsonb_array_length(
               jsonb_path_query_array(e.details, '$.offspring[*] ? (@.state == "live")')
           ) AS live,
           coalesce(e.occurred_on - lag(e.occurred_on) OVER told > 3, true) AS begins
    FROM app.event e JOIN dams ON dams.id = e.animal_id
    WHERE e.farm_id = :farm AND e.kind = 'parturition' AND NOT e.voided
    WINDOW told AS (PARTITION BY e.animal_id ORDER BY e.occurred_on, e.id)
),
told AS MATERIALIZED (
    SELECT dam_id, min(born_on) AS born_on, sum(born)::int AS born, sum(live)::int AS live
    FROM (SELECT *, count(*) FILTER (WHERE begins) OVER (
              PARTITION BY dam_id ORDER BY born_on, id) AS birth FROM parts) p
    GROUP BY dam_id, birth
),
seen AS MATERIALIZED (
    SELECT coalesce(a.recipient_dam_id, a.dam_id) AS dam_id, a.birth_date AS born_on,
           greatest(count(*), max(a.birth_type))::int AS born
    FROM app.animal a
    WHERE a.farm_id = :farm AND a.dam_id IS NOT NULL AND a.birth_date IS NOT NULL
    GROUP BY 1, 2
),
litters AS MATERIALIZED (
    SELECT dam_id, born_on, born, live FROM told
    UNION ALL
    SELECT s.dam_id, s.born_on, s.born, NULL::int FROM seen s
    JOIN dams ON dams.id = s.dam_id
    LEFT JOIN told t ON t.dam_id = s.dam_id AND t.born_on BETWEEN s.born_on - 5 AND s.born_on + 5
    WHERE t.dam_id IS NULL
)
"""
"""Births told within three days are one (the last lamb came next morning); one that was recorded
within five days of a birth date is the same one."""

ORDERED = f"""
{LITTERS},
ordered AS MATERIALIZED (
    SELECT dam_id, born_on, born, live,
           row_number() OVER (PARTITION BY dam_id ORDER BY born_on) AS parity,
           lag(born_on) OVER (PARTITION BY dam_id ORDER BY born_on) AS before
    FROM litters
)
"""  # noqa: S608

COMPOSITION = """
SELECT species, breed, sex, status, count(*) AS animals FROM app.animal
WHERE farm_id = :farm GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""

AGES = """
SELECT CASE WHEN birth_date IS NOT NULL THEN
           least(extract(year FROM age(CAST(:today AS date), birth_date))::int, 10)
       END AS age_years,
       count(*) FILTER (WHERE sex = 'F') AS females,
       count(*) FILTER (WHERE sex = 'M') AS males,
       count(*) FILTER (WHERE sex = 'U') AS unknown_sex,
       count(*) AS animals
FROM app.animal WHERE farm_id = :farm AND status = 'alive'
GROUP BY 1 ORDER BY 1 NULLS LAST
"""

REPRODUCTION = """
WITH last AS (
    SELECT DISTINCT ON (e.animal_id) e.animal_id, CASE
        WHEN e.kind IN ('mating', 'embryo_transfer') THEN 'mated'
        WHEN e.kind = 'pregnancy_check' AND e.details ->> 'result' = 'empty' THEN 'empty'
        WHEN e.kind = 'pregnancy_check' THEN 'pregnant'
        WHEN e.kind = 'dry_off' THEN 'dry'
        ELSE e.kind END AS state
    FROM app.event e
    WHERE e.farm_id = :farm AND NOT e.voided AND (
        e.kind IN ('mating', 'embryo_transfer', 'parturition', 'abortion', 'dry_off')
        OR e.kind = 'pregnancy_check' AND e.details ->> 'result' <> 'unknown')
    ORDER BY e.animal_id, e.occurred_on DESC, e.id DESC
)
SELECT coalesce(l.state, 'none') AS state, count(*) AS animals
FROM app.animal a LEFT JOIN last l ON l.animal_id = a.id
WHERE a.farm_id = :farm AND a.sex = 'F' AND a.status = 'alive'
  AND (a.birth_date IS NULL OR a.birth_date <= CAST(:today AS date) - 180 OR l.state IS NOT NULL)
GROUP BY 1 ORDER BY 2 DESC, 1
"""

WEIGHTS = """
SELECT r.trait_code AS trait, r.animal_id::text AS animal, a.sire_id::text AS sire_id, a.sex,
       CASE WHEN a.birth_type > 2 THEN 3 ELSE a.birth_type END AS birth_type,
       extract(year FROM a.birth_date)::int AS birth_year,
       r.recorded_on - a.birth_date AS age_days, r.value
FROM app.record r JOIN app.animal a ON a.id = r.animal_id AND a.farm_id = :farm
WHERE r.farm_id = :farm AND r.trait_code = ANY(:traits) AND a.birth_date >= :since
  AND a.species = :species
"""

TAGS = """
SELECT id::text AS id, tag FROM app.animal WHERE id = ANY(CAST(:ids AS uuid[]))
"""

MILK = f"""
WITH {LITTERS},
tests AS (
    SELECT animal_id, recorded_on,
           avg(value) FILTER (WHERE trait_code = 'milk_yield') AS milk,
           avg(value) FILTER (WHERE trait_code = 'fat_percent') AS fat,
           avg(value) FILTER (WHERE trait_code = 'protein_percent') AS protein,
           avg(value) FILTER (WHERE trait_code = 'somatic_cell_count') AS cells
    FROM app.record JOIN dams ON dams.id = animal_id
    WHERE farm_id = :farm AND recorded_on >= :since AND trait_code IN
        ('milk_yield', 'fat_percent', 'protein_percent', 'somatic_cell_count')
    GROUP BY 1, 2
),
steps AS (
    SELECT dam_id AS animal_id, born_on AS day, true AS birth, NULL::float8 AS milk,
           NULL::float8 AS fat, NULL::float8 AS protein, NULL::float8 AS cells
    FROM litters WHERE EXISTS (SELECT FROM tests)
    UNION ALL SELECT animal_id, recorded_on, false, milk, fat, protein, cells FROM tests
),
placed AS (
    SELECT *, count(*) FILTER (WHERE birth) OVER past AS parity,
           day - max(day) FILTER (WHERE birth) OVER past AS dim
    FROM steps WINDOW past AS (PARTITION BY animal_id ORDER BY day, birth DESC
        ROWS UNBOUNDED PRECEDING)
),
classed AS (
    SELECT *, date_trunc('month', day)::date AS first_day,
           CASE WHEN parity > 0 THEN least(parity, 3) END AS lactation,
           CASE WHEN dim < 400 THEN dim / 10 * 10 END AS from_day
    FROM placed WHERE NOT birth
)
SELECT grouping(first_day) AS no_month, grouping(from_day) AS no_day,
       to_char(first_day, 'YYYY-MM') AS month, lactation, from_day,
       count(*) AS tests, count(DISTINCT animal_id) AS animals, avg(milk) AS milk,
       stddev_samp(milk) AS sd, avg(fat) AS fat, avg(protein) AS protein,
       exp(avg(ln(cells)) FILTER (WHERE cells > 0)) AS cells
FROM classed
GROUP BY GROUPING SETS ((first_day), (lactation), (lactation, from_day))
ORDER BY 1, 2, 3, 4, 5
"""  # noqa: S608

MATINGS = f"""
WITH {LITTERS},
matings AS MATERIALIZED (
    SELECT e.animal_id, extract(year FROM e.occurred_on)::int AS year, count(*) AS matings,
           min(e.occurred_on) AS first,
           max(coalesce((e.details ->> 'until')::date, e.occurred_on + CASE
               WHEN e.details ->> 'method' = 'group' THEN CAST(:forgotten AS int) ELSE 0 END
           )) AS last
    FROM app.event e JOIN dams ON dams.id = e.animal_id
    WHERE e.farm_id = :farm AND e.kind IN ('mating', 'embryo_transfer') AND NOT e.voided
    GROUP BY 1, 2
),
births AS (
    SELECT DISTINCT m.animal_id, m.year FROM matings m JOIN litters l ON l.dam_id = m.animal_id
        AND l.born_on BETWEEN m.first + :shortest AND m.last + :longest
),
after AS (
    SELECT m.animal_id, m.year,
           bool_or(e.kind = 'abortion' OR e.details ->> 'result' IN ('pregnant', 'multiple'))
               AS conceived,
           bool_or(e.details ->> 'result' = 'empty' AND e.occurred_on >= m.last + :sure) AS empty,
           bool_or(e.kind = 'disposal') AS gone
    FROM matings m JOIN app.event e
        ON e.animal_id = m.animal_id AND e.farm_id = :farm AND NOT e.voided
        AND e.occurred_on BETWEEN m.first AND m.last + :longest
        AND e.kind IN ('abortion', 'pregnancy_check', 'disposal')
    GROUP BY 1, 2
),
each AS (
    SELECT m.year, m.matings, b.year IS NOT NULL AS gave_birth,
           b.year IS NOT NULL OR coalesce(a.conceived, false) AS conceived,
           coalesce(a.empty, false)
               OR m.last + :longest < CAST(:today AS date) AND NOT coalesce(a.gone, false) AS failed
    FROM matings m
    LEFT JOIN births b USING (animal_id, year) LEFT JOIN after a USING (animal_id, year)
)
SELECT year, sum(matings)::int AS matings, count(*) AS females,
       count(*) FILTER (WHERE conceived OR failed) AS known,
       count(*) FILTER (WHERE conceived) AS conceived,
       count(*) FILTER (WHERE gave_birth) AS gave_birth
FROM each
GROUP BY 1 ORDER BY 1
"""  # noqa: S608
"""Known is who conceived, was found empty for sure, or was here for a whole gestation without."""

LITTERS_BY_YEAR = f"""
WITH {LITTERS}
SELECT extract(year FROM born_on)::int AS year, count(*) AS litters, sum(born)::int AS born,
       avg(born)::float8 AS litter_size, stddev_samp(born)::float8 AS sd,
       sum(live)::int AS live, sum(born - live)::int AS stillborn
FROM litters GROUP BY 1 ORDER BY 1
"""  # noqa: S608

LITTER_SIZES = f"""
WITH {ORDERED}
SELECT least(parity, 3) AS parity, born, count(*) AS litters FROM ordered
GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608

INTERVALS = f"""
WITH {ORDERED},
days AS (
    SELECT 'birth_interval' AS measure, born_on - before AS days FROM ordered
    WHERE before IS NOT NULL
    UNION ALL
    SELECT 'age_at_first_birth', o.born_on - d.birth_date FROM ordered o
    JOIN app.animal d ON d.id = o.dam_id AND d.farm_id = :farm
    JOIN dams ON dams.id = d.dam_id
    WHERE o.parity = 1 AND o.born_on > d.birth_date
)
SELECT measure, days / 30 * 30 AS from_day, count(*) AS animals, NULL::float8 AS mean,
       NULL::float8 AS sd, NULL::float8[] AS quantiles
FROM days GROUP BY 1, 2
UNION ALL
SELECT measure, NULL, count(*), avg(days)::float8, stddev_samp(days)::float8,
       percentile_cont(ARRAY[0.1, 0.25, 0.5, 0.75, 0.9]) WITHIN GROUP (ORDER BY days)
FROM days GROUP BY 1 ORDER BY 1 DESC, 2 NULLS FIRST
"""  # noqa: S608
"""First births of those whose dam is of the farm: of one that was bought, or that was grown when
the records begin, nobody knows whether she gave birth before."""

YOUNG = """
WITH gone AS (
    SELECT DISTINCT ON (e.animal_id) e.animal_id, e.occurred_on,
           e.details ->> 'disposal' IN ('died', 'euthanized', 'lost') AS died
    FROM app.event e WHERE e.farm_id = :farm AND e.kind = 'disposal' AND NOT e.voided
    ORDER BY e.animal_id, e.occurred_on, e.id
),
births AS (
    SELECT e.occurred_on, jsonb_array_length(e.details -> 'offspring') AS birth_type, o
    FROM app.event e JOIN app.animal d ON d.id = e.animal_id AND d.species = :species
    CROSS JOIN LATERAL jsonb_array_elements(e.details -> 'offspring') o
    WHERE e.farm_id = :farm AND e.kind = 'parturition' AND NOT e.voided
      AND e.occurred_on >= :since AND o ->> 'state' <> 'live'
),
early AS (SELECT DISTINCT (o ->> 'animal_id')::uuid AS animal_id FROM births
          WHERE o ->> 'animal_id' IS NOT NULL),
lives AS (
    SELECT a.birth_type, CASE
        WHEN e.animal_id IS NOT NULL THEN 0.5
        WHEN g.animal_id IS NOT NULL THEN greatest(g.occurred_on - a.birth_date, 0.5)
        WHEN a.status <> 'alive' THEN NULL
        ELSE greatest(CAST(:today AS date) - a.birth_date, 0.5) END AS days,
        e.animal_id IS NOT NULL OR coalesce(g.died, false) AS died
    FROM app.animal a
    LEFT JOIN gone g ON g.animal_id = a.id LEFT JOIN early e ON e.animal_id = a.id
    LEFT JOIN (SELECT DISTINCT animal_id FROM app.event
               WHERE farm_id = :farm AND kind = 'arrival' AND NOT voided) b ON b.animal_id = a.id
    WHERE a.farm_id = :farm AND a.species = :species
      AND a.birth_date BETWEEN :since AND :today AND b.animal_id IS NULL
    UNION ALL
    SELECT birth_type, 0.5, true FROM births
    WHERE o ->> 'animal_id' IS NULL OR coalesce(o ->> 'tag', '') = ''
)
SELECT CASE WHEN birth_type > 2 THEN 3 ELSE birth_type END AS birth_type,
       CASE WHEN days > :horizon THEN :horizon ELSE days END::float8 AS days,
       died AND days <= :horizon AS died, count(*) AS animals
FROM lives GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
"""Animals that are gone nobody knows when have no days; untagged stillborn count as young."""

DISPOSALS = """
SELECT extract(year FROM e.occurred_on)::int AS year, e.details ->> 'disposal' AS disposal,
       coalesce(e.details ->> 'reason', '') AS reason, count(*) AS animals,
       (avg(e.occurred_on - a.birth_date) / 365.25)::float8 AS mean_age_years
FROM app.event e
JOIN app.animal a ON a.id = e.animal_id AND a.farm_id = :farm AND a.species = :species
WHERE e.farm_id = :farm AND e.kind = 'disposal' AND NOT e.voided
GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3
"""

BREEDING_VALUE_TREND = """
WITH latest AS (
    SELECT DISTINCT ON (trait) e.id, trait FROM app.evaluation e
    CROSS JOIN LATERAL unnest(e.traits) AS trait
    WHERE e.published_at IS NOT NULL AND e.withdrawn_at IS NULL AND :farm = ANY(e.farm_ids)
    ORDER BY trait, e.published_at DESC, e.id DESC
)
SELECT v.trait_code AS trait, v.effect, extract(year FROM a.birth_date)::int AS birth_year,
       count(*) AS animals, avg(v.value) AS mean, stddev_samp(v.value) AS sd,
       avg(v.accuracy) AS accuracy
FROM latest l
JOIN app.breeding_value v ON v.evaluation_id = l.id AND v.trait_code = l.trait
    AND v.farm_id = :farm
JOIN app.animal a ON a.id = v.animal_id AND a.farm_id = :farm AND a.species = :species
WHERE a.birth_date IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

PHENOTYPE_TREND = """
WITH each AS MATERIALIZED (
    SELECT trait_code, animal_id, count(*) AS n, sum(value) AS s, sum(value * value) AS ss
    FROM app.record WHERE farm_id = :farm GROUP BY 1, 2
)
SELECT e.trait_code AS trait, extract(year FROM a.birth_date)::int AS birth_year,
       sum(e.n)::int AS records, count(*) AS animals, sum(e.s) / sum(e.n)::float8 AS mean,
       sqrt(greatest(sum(e.ss) - sum(e.s) ^ 2 / sum(e.n)::float8, 0)
            / nullif(sum(e.n) - 1, 0)::float8) AS sd
FROM each e
JOIN app.animal a ON a.id = e.animal_id AND a.farm_id = :farm AND a.species = :species
WHERE a.birth_date IS NOT NULL
GROUP BY 1, 2 ORDER BY 1, 2
"""

PARENTS = """
SELECT id::text AS id, sire_id::text AS sire, dam_id::text AS dam,
       extract(year FROM birth_date)::int AS birth_year
FROM app.animal WHERE farm_id = :farm AND species = :species ORDER BY id
"""

MORE_PARENTS = """
SELECT id::text AS id, sire_id::text AS sire, dam_id::text AS dam FROM app.animal
WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id
"""

ANIMALS = """
SELECT a.tag, a.name, a.species, a.breed, a.sex, a.birth_date, a.birth_type, a.status,
       s.tag AS sire, d.tag AS dam
FROM app.animal a
LEFT JOIN app.animal s ON s.id = a.sire_id LEFT JOIN app.animal d ON d.id = a.dam_id
WHERE a.farm_id = :farm
  AND (CAST(:year AS int) IS NULL OR extract(year FROM a.birth_date) = :year)
ORDER BY a.tag, a.id LIMIT :most
"""

RECORDS = """
SELECT a.tag, r.trait_code AS trait, r.recorded_on, r.value, t.unit, r.occasion
FROM app.record r JOIN app.animal a ON a.id = r.animal_id AND a.farm_id = :farm
JOIN app.trait t ON t.code = r.trait_code
WHERE r.farm_id = :farm
  AND (CAST(:year AS int) IS NULL OR extract(year FROM r.recorded_on) = :year)
ORDER BY r.recorded_on, a.tag, r.trait_code, r.id LIMIT :most
"""

EVENTS = """
SELECT a.tag, e.kind, e.occurred_on, e.remark, e.details,
       (SELECT string_agg(sire.tag, ', ' ORDER BY named.place)
        FROM jsonb_path_query(e.details, '$.sire_ids[*] ? (@ != null)')
            WITH ORDINALITY AS named(id, place)
        JOIN app.animal sire ON sire.id = CAST(named.id #>> '{}' AS uuid)) AS sires,
       (SELECT string_agg(coalesce(nullif(young.one ->> 'tag', ''), '?'), ', ' ORDER BY young.place)
        FROM jsonb_path_query(e.details, '$.offspring[*]')
            WITH ORDINALITY AS young(one, place)) AS young
FROM app.event e JOIN app.animal a ON a.id = e.animal_id AND a.farm_id = :farm
WHERE e.farm_id = :farm AND NOT e.voided
  AND (CAST(:year AS int) IS NULL OR extract(year FROM e.occurred_on) = :year)
ORDER BY e.occurred_on, a.tag, e.id LIMIT :most
"""

BENCHMARK_YEARS = """
SELECT DISTINCT v.year FROM app.benchmark_value v WHERE v.farm_id = :farm AND EXISTS (
    SELECT FROM app.benchmark b WHERE (b.year, b.species, b.breed) = (v.year, v.species, v.breed))
ORDER BY 1
"""

BENCHMARKS = """
SELECT v.year, v.species, v.breed, v.metric, v.region, v.value, v.animals,
       b.farms AS breed_farms, b.q25 AS breed_q25, b.q50 AS breed_q50, b.q75 AS breed_q75,
       r.farms AS region_farms, r.q25 AS region_q25, r.q50 AS region_q50, r.q75 AS region_q75
FROM app.benchmark_value v
LEFT JOIN app.benchmark b ON b.region = ''
    AND (b.year, b.species, b.breed, b.metric) = (v.year, v.species, v.breed, v.metric)
LEFT JOIN app.benchmark r ON r.region = v.region AND v.region <> ''
    AND (r.year, r.species, r.breed, r.metric) = (v.year, v.species, v.breed, v.metric)
WHERE v.farm_id = :farm AND v.year = :year
ORDER BY v.breed, v.metric
"""

OFFSPRING = """
SELECT count(*) AS offspring, count(*) FILTER (WHERE sex = 'F') AS daughters,
       count(*) FILTER (WHERE sex = 'M') AS sons, count(*) FILTER (WHERE status = 'alive') AS alive
FROM app.animal WHERE sire_id = :animal OR dam_id = :animal
"""

ACROSS_FARMS = {
    "TAGS",
    "PARENTS",
    "MORE_PARENTS",
    "ANIMALS",
    "BENCHMARK_YEARS",
    "BENCHMARKS",
    "OFFSPRING",
}
"""Those that look up parents on other farms; all others read one farm and join by hashing."""
