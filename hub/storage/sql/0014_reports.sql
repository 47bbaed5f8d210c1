-- Benchmarks: the quartiles of farms of one breed, and of one breed and region, by calendar year.
-- docs/how-to/reports.md says what somebody could try to find out about one farm, and what stops it.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['benchmark', 'benchmark_value'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
END $$;
CREATE POLICY farm_read ON app.benchmark_value FOR SELECT TO :app_role
    USING (farm_id = ANY((SELECT app.my_farms())::uuid[]));

-- Somebody who belongs to all farms of a cell but a few could subtract them from its quartiles.
CREATE FUNCTION app.may_see_benchmark(
    p_year int, p_species text, p_breed text, p_region text, p_metric text
) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT (SELECT app.me()) IS NOT NULL AND count(*) >= 4 FROM app.benchmark_value v
WHERE v.year = p_year AND v.species = p_species AND v.breed = p_breed AND v.metric = p_metric
  AND v.counted AND (p_region = '' OR v.region = p_region)
  AND v.farm_id NOT IN (SELECT m.farm_id FROM app.farm_member m
                        WHERE m.person_id = (SELECT app.me()))
$$;
CREATE POLICY benchmark_read ON app.benchmark FOR SELECT TO :app_role
    USING (app.may_see_benchmark(year, species, breed, region, metric));

-- Two significant digits, at most p_digits behind the point: what nobody can see through.
CREATE FUNCTION app.coarse(p_value float8, p_digits int) RETURNS float8
LANGUAGE sql IMMUTABLE SET search_path = app, pg_temp AS
$$
SELECT CASE WHEN p_value = 0 THEN 0 ELSE
    round(p_value::numeric, least(1 - floor(log(abs(p_value)))::int, p_digits))::float8 END
$$;

-- The mean of the three values around the quantile, never the value of one farm.
CREATE FUNCTION app.benchmark_quantile(p_values float8[], p_share float8, p_digits int)
RETURNS float8 LANGUAGE sql IMMUTABLE SET search_path = app, pg_temp AS
$$
SELECT app.coarse((SELECT avg(v) FROM unnest(p_values[middle - 1 : middle + 1]) AS v), p_digits)
FROM (SELECT least(greatest(round(1 + p_share * (cardinality(p_values) - 1))::int, 2),
                   cardinality(p_values) - 1) AS middle) AS m
$$;

-- What every farm has to contribute for a year; called by refresh_benchmarks alone. A litter is a
-- recorded birth or, where none was, animals of one dam born on one day; births told within three
-- days are one. First births are of those whose dam is of the farm: of one that was bought nobody
-- knows whether she gave birth before. Farms that are shared are seen by everybody and left out.
CREATE FUNCTION app.benchmark_contributions(p_year int)
RETURNS TABLE (species text, breed text, metric text, farm_id uuid, region text, value float8,
               animals int, digits int)
LANGUAGE sql STABLE SET search_path = app, pg_temp SET enable_nestloop = off AS
$$
WITH parts AS (
    SELECT e.farm_id, e.animal_id AS dam_id, e.occurred_on AS born_on, e.id,
           jsonb_array_length(e.details -> 'offspring') AS born,
           jsonb_array_length(jsonb_path_query_array(
               e.details, '$.offspring[*] ? (@.state == "live")')) AS live,
           coalesce(e.occurred_on - lag(e.occurred_on) OVER per_dam > 3, true) AS begins
    FROM app.event e
    WHERE e.kind = 'parturition' AND NOT e.voided AND e.occurred_on < make_date(p_year + 1, 1, 1)
    WINDOW per_dam AS (PARTITION BY e.farm_id, e.animal_id ORDER BY e.occurred_on, e.id)
), told AS MATERIALIZED (
    SELECT farm_id, dam_id, min(born_on) AS born_on, sum(born)::int AS born, sum(live)::int AS live
    FROM (SELECT *, count(*) FILTER (WHERE begins) OVER (
              PARTITION BY farm_id, dam_id ORDER BY born_on, id) AS birth FROM parts) p
    GROUP BY farm_id, dam_id, birth
), seen AS MATERIALIZED (
    SELECT a.farm_id, coalesce(a.recipient_dam_id, a.dam_id) AS dam_id, a.birth_date AS born_on,
           greatest(count(*), max(a.birth_type))::int AS born
    FROM app.animal a
    WHERE a.dam_id IS NOT NULL AND a.birth_date < make_date(p_year + 1, 1, 1)
    GROUP BY 1, 2, 3
), litters AS MATERIALIZED (
    SELECT farm_id, dam_id, born_on, born, live FROM told
    UNION ALL
    SELECT s.farm_id, s.dam_id, s.born_on, s.born, NULL::int FROM seen s
    LEFT JOIN told t ON t.farm_id = s.farm_id AND t.dam_id = s.dam_id
        AND t.born_on BETWEEN s.born_on - 5 AND s.born_on + 5
    WHERE t.dam_id IS NULL
), births AS (
    SELECT d.species, d.breed, l.farm_id, l.born_on, l.born, l.live,
           l.born_on - lag(l.born_on) OVER per_dam AS since_last,
           CASE WHEN row_number() OVER per_dam = 1 AND home.id IS NOT NULL
                THEN l.born_on - d.birth_date END AS age
    FROM litters l JOIN app.animal d ON d.id = l.dam_id AND d.farm_id = l.farm_id
    LEFT JOIN app.animal home ON home.id = d.dam_id AND home.farm_id = d.farm_id
    WINDOW per_dam AS (PARTITION BY l.dam_id ORDER BY l.born_on)
), single AS (
    SELECT b.species, b.breed, b.farm_id, m.metric, m.value, m.weight
    FROM births b CROSS JOIN LATERAL (VALUES
        ('litter_size', b.born::float8, 1),
        ('birth_interval', b.since_last::float8, 1),
        ('age_at_first_birth', b.age::float8, 1),
        ('young_lost', 100.0 * (b.born - b.live) / nullif(b.born, 0), b.born)
    ) AS m (metric, value, weight)
    WHERE b.born_on >= make_date(p_year, 1, 1)
    UNION ALL
    SELECT a.species, a.breed, r.farm_id, CASE r.trait_code
               WHEN 'milk_yield' THEN 'test_day_milk'
               WHEN 'somatic_cell_count' THEN 'cell_score' ELSE r.trait_code END,
           CASE WHEN r.trait_code <> 'somatic_cell_count' THEN r.value
                WHEN r.value > 0 THEN log(2, (r.value / 100)::numeric)::float8 + 3 END, 1
    FROM app.record r JOIN app.animal a ON a.id = r.animal_id
    WHERE r.trait_code IN ('birth_weight', 'weaning_weight', 'milk_yield', 'somatic_cell_count')
      AND r.recorded_on BETWEEN make_date(p_year, 1, 1) AND make_date(p_year, 12, 31)
)
SELECT s.species, s.breed, s.metric, s.farm_id, f.region,
       app.coarse(sum(s.value * s.weight) / sum(s.weight), d.digits), sum(s.weight)::int, d.digits
FROM single s JOIN app.farm f ON f.id = s.farm_id
CROSS JOIN LATERAL (SELECT CASE WHEN s.metric IN
    ('young_lost', 'birth_interval', 'age_at_first_birth') THEN 0 ELSE 1 END AS digits) d
WHERE NOT f.shared AND s.breed <> '' AND s.value IS NOT NULL
GROUP BY s.species, s.breed, s.metric, s.farm_id, f.region, d.digits
HAVING sum(s.weight) >= 5
$$;

-- Computes the year of every species and breed that has none yet, once it is over for a month. What
-- is computed stays, whatever is corrected, added or moved to another region afterwards. Answers
-- with the number of new cells.
CREATE FUNCTION app.refresh_benchmarks(p_year int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
#variable_conflict use_column
DECLARE
    unit record;
    chosen text[];
    here record;
    made int := 0;
BEGIN
    IF current_date < make_date(p_year + 1, 2, 1) THEN
        RETURN 0;
    END IF;
    PERFORM pg_advisory_xact_lock(7238447014);
    DELETE FROM app.benchmark_value v WHERE v.year = p_year AND NOT EXISTS (
        SELECT FROM app.benchmark b
        WHERE b.year = p_year AND b.species = v.species AND b.breed = v.breed);
    INSERT INTO app.benchmark_value
        (year, species, breed, metric, farm_id, region, value, animals, counted)
    SELECT p_year, c.species, c.breed, c.metric, c.farm_id, c.region, c.value, c.animals, true
    FROM app.benchmark_contributions(p_year) c WHERE NOT EXISTS (
        SELECT FROM app.benchmark b
        WHERE b.year = p_year AND b.species = c.species AND b.breed = c.breed);

    -- One or two farms more than last time: they wait, or the change would be theirs.
    WITH last AS (
        SELECT b.species, b.breed, b.metric, max(b.year) AS year FROM app.benchmark b
        WHERE b.year < p_year GROUP BY 1, 2, 3
    ), newcomers AS (
        SELECT v.species, v.breed, v.metric, v.farm_id,
               count(*) OVER (PARTITION BY v.species, v.breed, v.metric) AS farms
        FROM app.benchmark_value v
        JOIN last l ON (l.species, l.breed, l.metric) = (v.species, v.breed, v.metric)
        WHERE v.year = p_year AND NOT EXISTS (
            SELECT FROM app.benchmark_value o WHERE o.year = l.year AND o.counted
              AND (o.species, o.breed, o.metric, o.farm_id)
                  = (v.species, v.breed, v.metric, v.farm_id))
          AND NOT EXISTS (SELECT FROM app.benchmark b WHERE b.year = p_year
              AND b.species = v.species AND b.breed = v.breed)
    )
    UPDATE app.benchmark_value v SET counted = false FROM newcomers n
    WHERE v.year = p_year AND n.farms < 3
      AND (n.species, n.breed, n.metric, n.farm_id) = (v.species, v.breed, v.metric, v.farm_id);

    FOR unit IN
        SELECT v.species, v.breed, v.metric, CASE WHEN v.metric IN
            ('young_lost', 'birth_interval', 'age_at_first_birth') THEN 0 ELSE 1 END AS digits
        FROM app.benchmark_value v WHERE v.year = p_year AND v.counted AND NOT EXISTS (
            SELECT FROM app.benchmark b
            WHERE b.year = p_year AND b.species = v.species AND b.breed = v.breed
              AND b.computed_at < now())
        GROUP BY 1, 2, 3 HAVING count(*) >= 5 AND 2 * max(v.animals) <= sum(v.animals)
    LOOP
        -- Regions are told where what is left of the breed without them is five farms again.
        chosen := ARRAY(
            SELECT v.region FROM app.benchmark_value v
            WHERE v.year = p_year AND v.counted AND v.region <> ''
              AND (v.species, v.breed, v.metric) = (unit.species, unit.breed, unit.metric)
            GROUP BY 1 HAVING count(*) >= 5 AND 2 * max(v.animals) <= sum(v.animals)
            ORDER BY count(*) DESC, 1);
        LOOP
            SELECT count(*) AS farms, max(v.animals) AS largest, sum(v.animals) AS animals INTO here
            FROM app.benchmark_value v
            WHERE v.year = p_year AND v.counted AND v.region <> ALL (chosen)
              AND (v.species, v.breed, v.metric) = (unit.species, unit.breed, unit.metric);
            EXIT WHEN cardinality(chosen) = 0 OR here.farms = 0
                   OR (here.farms >= 5 AND 2 * here.largest <= here.animals);
            chosen := chosen[: cardinality(chosen) - 1];
        END LOOP;
        INSERT INTO app.benchmark
            (id, year, species, breed, region, metric, farms, q25, q50, q75)
        SELECT gen_random_uuid(), p_year, unit.species, unit.breed, c.region, unit.metric,
               (SELECT max(b) FROM unnest(ARRAY[5, 10, 20, 50, 100, 200, 500, 1000]) b
                WHERE b <= cardinality(c.found)),
               app.benchmark_quantile(c.found, 0.25, unit.digits),
               app.benchmark_quantile(c.found, 0.5, unit.digits),
               app.benchmark_quantile(c.found, 0.75, unit.digits)
        FROM (
            SELECT r.region, array_agg(v.value ORDER BY v.value) AS found
            FROM unnest(chosen || ''::text) AS r (region)
            JOIN app.benchmark_value v ON r.region = '' OR v.region = r.region
            WHERE v.year = p_year AND v.counted
              AND (v.species, v.breed, v.metric) = (unit.species, unit.breed, unit.metric)
            GROUP BY 1
        ) c;
        made := made + cardinality(chosen) + 1;
    END LOOP;
    RETURN made;
END
$$;

REVOKE EXECUTE ON FUNCTION app.may_see_benchmark, app.coarse, app.benchmark_quantile,
    app.benchmark_contributions, app.refresh_benchmarks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.may_see_benchmark, app.refresh_benchmarks TO :app_role;
GRANT SELECT ON app.benchmark, app.benchmark_value TO :app_role;
