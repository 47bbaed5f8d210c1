-- Places with an end, projects and classes, and grants: what a farm shares with whom, of which kind,
-- what for and how long. Kinds of data: pedigree, records, events, genotypes, evaluations.
--   app.my_farms()            every kind: where one has a place, what is shared with all
--   app.my_farms_for(kinds)   those, and farms that granted all of these kinds
--   app.my_known_farms()      those, and farms that granted anything: their names
--   app.my_writable_farms(), app.my_owned_farms()   where one works; where one decides
-- The clock is that of the statement: what ends while a long transaction runs ends for it, too.

-- Without SET and SECURITY DEFINER, so that the planner takes these two apart.
CREATE FUNCTION app.is_current(p_from timestamptz, p_until timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS
$$ SELECT p_from <= statement_timestamp() AND (p_until IS NULL OR p_until > statement_timestamp()) $$;

-- Grants that reach the caller now: their own, and those of projects in which they are no student.
-- A class has none (checked when a grant is made, and here again).
CREATE FUNCTION app.my_grants() RETURNS SETOF app.data_grant LANGUAGE sql STABLE AS
$$
SELECT g.* FROM app.data_grant g
WHERE g.revoked_at IS NULL AND app.is_current(g.valid_from, g.valid_until)
  AND (g.person_id = (SELECT app.me()) OR g.project_id IN (
      SELECT m.project_id FROM app.project_member m JOIN app.project p ON p.id = m.project_id
      WHERE m.person_id = (SELECT app.me()) AND m.role <> 'student' AND p.kind = 'project'
        AND app.is_current(m.valid_from, m.valid_until)
        AND app.is_current(p.valid_from, p.valid_until)))
$$;

CREATE OR REPLACE FUNCTION app.my_farms() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(farm.id), '{}') FROM (
    SELECT m.farm_id AS id FROM app.farm_member m
    WHERE m.person_id = (SELECT app.me()) AND app.is_current(m.valid_from, m.valid_until)
    UNION SELECT f.id FROM app.farm f WHERE f.shared
    UNION SELECT f.id FROM app.farm f WHERE (SELECT app.is_steward())
) farm WHERE (SELECT app.me()) IS NOT NULL
$$;

CREATE FUNCTION app.my_farms_for(VARIADIC p_kinds text[]) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(farm.id), '{}') FROM (
    SELECT m.farm_id AS id FROM app.farm_member m
    WHERE m.person_id = (SELECT app.me()) AND app.is_current(m.valid_from, m.valid_until)
    UNION SELECT f.id FROM app.farm f WHERE f.shared
    UNION SELECT f.id FROM app.farm f WHERE (SELECT app.is_steward())
    UNION (SELECT g.farm_id FROM app.my_grants() g CROSS JOIN LATERAL unnest(g.kinds) kind
           WHERE kind = ANY(p_kinds)
           GROUP BY g.farm_id HAVING count(DISTINCT kind) = cardinality(p_kinds))
) farm WHERE (SELECT app.me()) IS NOT NULL
$$;

CREATE FUNCTION app.my_known_farms() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(farm.id), '{}') FROM (
    SELECT m.farm_id AS id FROM app.farm_member m
    WHERE m.person_id = (SELECT app.me()) AND app.is_current(m.valid_from, m.valid_until)
    UNION SELECT f.id FROM app.farm f WHERE f.shared
    UNION SELECT f.id FROM app.farm f WHERE (SELECT app.is_steward())
    UNION SELECT g.farm_id FROM app.my_grants() g
) farm WHERE (SELECT app.me()) IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION app.my_writable_farms() RETURNS uuid[] LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(farm.id), '{}') FROM (
    SELECT m.farm_id AS id FROM app.farm_member m
    WHERE m.person_id = (SELECT app.me()) AND m.role IN ('owner', 'worker')
      AND app.is_current(m.valid_from, m.valid_until)
    UNION SELECT f.id FROM app.farm f WHERE (SELECT app.is_steward())
) farm
$$;

CREATE OR REPLACE FUNCTION app.my_owned_farms() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(farm.id), '{}') FROM (
    SELECT m.farm_id AS id FROM app.farm_member m
    WHERE m.person_id = (SELECT app.me()) AND m.role = 'owner'
      AND app.is_current(m.valid_from, m.valid_until)
    UNION SELECT f.id FROM app.farm f WHERE (SELECT app.is_steward())
) farm
$$;

CREATE FUNCTION app.my_projects() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(project.id), '{}') FROM (
    SELECT m.project_id AS id FROM app.project_member m
    WHERE m.person_id = (SELECT app.me()) AND app.is_current(m.valid_from, m.valid_until)
    UNION SELECT p.id FROM app.project p WHERE (SELECT app.is_steward())
) project
$$;

CREATE FUNCTION app.my_led_projects() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(project.id), '{}') FROM (
    SELECT m.project_id AS id FROM app.project_member m
    WHERE m.person_id = (SELECT app.me()) AND m.role = 'lead'
      AND app.is_current(m.valid_from, m.valid_until)
    UNION SELECT p.id FROM app.project p WHERE (SELECT app.is_steward())
) project
$$;

-- Whether the caller reads all of this of all these farms, as one yes or no.
CREATE FUNCTION app.may_read(p_farms uuid[], p_kinds text[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = app, pg_temp AS
$$ SELECT p_farms <@ app.my_farms_for(VARIADIC p_kinds) $$;

-- --- tables of this migration

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['project', 'project_member', 'data_grant'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
END $$;

-- Who decides about a farm knows the projects that its data went to.
CREATE POLICY project_read ON app.project FOR SELECT TO :app_role
    USING (id = ANY((SELECT app.my_projects())::uuid[])
           OR id IN (SELECT g.project_id FROM app.data_grant g
                     WHERE g.farm_id = ANY((SELECT app.my_owned_farms())::uuid[])));
CREATE POLICY project_add ON app.project FOR INSERT TO :app_role
    WITH CHECK (made_by = (SELECT app.me()) AND (SELECT app.my_roles())
                && ARRAY['researcher', 'instructor', 'steward', 'admin']);
CREATE POLICY project_change ON app.project FOR UPDATE TO :app_role
    USING (id = ANY((SELECT app.my_led_projects())::uuid[]))
    WITH CHECK (id = ANY((SELECT app.my_led_projects())::uuid[]));
GRANT SELECT, INSERT, UPDATE (name, purpose, valid_until, updated_at) ON app.project TO :app_role;

CREATE POLICY member_read ON app.project_member FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me())
           OR project_id = ANY((SELECT app.my_led_projects())::uuid[]));
CREATE POLICY member_add ON app.project_member FOR INSERT TO :app_role
    WITH CHECK (project_id = ANY((SELECT app.my_led_projects())::uuid[]));
CREATE POLICY member_change ON app.project_member FOR UPDATE TO :app_role
    USING (project_id = ANY((SELECT app.my_led_projects())::uuid[]))
    WITH CHECK (project_id = ANY((SELECT app.my_led_projects())::uuid[]));
CREATE POLICY member_delete ON app.project_member FOR DELETE TO :app_role
    USING (project_id = ANY((SELECT app.my_led_projects())::uuid[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON app.project_member TO :app_role;

CREATE POLICY grant_read ON app.data_grant FOR SELECT TO :app_role
    USING (farm_id = ANY((SELECT app.my_owned_farms())::uuid[]) OR person_id = (SELECT app.me())
           OR project_id = ANY((SELECT app.my_projects())::uuid[]));
CREATE POLICY grant_add ON app.data_grant FOR INSERT TO :app_role
    WITH CHECK (farm_id = ANY((SELECT app.my_owned_farms())::uuid[])
                AND agreed_by = (SELECT app.me()));
CREATE POLICY grant_change ON app.data_grant FOR UPDATE TO :app_role
    USING (farm_id = ANY((SELECT app.my_owned_farms())::uuid[]))
    WITH CHECK (farm_id = ANY((SELECT app.my_owned_farms())::uuid[]));
GRANT SELECT, INSERT, UPDATE (valid_until, revoked_at, revoked_by, updated_at)
    ON app.data_grant TO :app_role;

-- What was agreed stays as it was agreed; the end can be moved, and a revocation is for good.
CREATE FUNCTION app.keep_grant() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.project_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM project p WHERE p.id = NEW.project_id AND p.kind = 'project') THEN
            RAISE EXCEPTION 'a farm shares with people and projects, not with classes'
                USING ERRCODE = '42501';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.revoked_at IS NOT NULL THEN
        RAISE EXCEPTION 'a revoked grant stays revoked' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_grant BEFORE INSERT OR UPDATE ON app.data_grant
    FOR EACH ROW EXECUTE FUNCTION app.keep_grant();

-- Whoever makes a project leads it.
CREATE FUNCTION app.lead_project() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
BEGIN
    INSERT INTO project_member (project_id, person_id, role)
    VALUES (NEW.id, NEW.made_by, 'lead');
    RETURN NULL;
END
$$;
CREATE TRIGGER lead_project AFTER INSERT ON app.project
    FOR EACH ROW EXECUTE FUNCTION app.lead_project();

-- --- places on farms: the owners decide, and stewards

DROP POLICY member_read ON app.farm_member;
DROP POLICY member_write ON app.farm_member;
CREATE POLICY member_read ON app.farm_member FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()) OR farm_id = ANY((SELECT app.my_owned_farms())::uuid[]));
CREATE POLICY member_add ON app.farm_member FOR INSERT TO :app_role
    WITH CHECK (farm_id = ANY((SELECT app.my_owned_farms())::uuid[]));
CREATE POLICY member_change ON app.farm_member FOR UPDATE TO :app_role
    USING (farm_id = ANY((SELECT app.my_owned_farms())::uuid[]))
    WITH CHECK (farm_id = ANY((SELECT app.my_owned_farms())::uuid[]));
CREATE POLICY member_delete ON app.farm_member FOR DELETE TO :app_role
    USING (farm_id = ANY((SELECT app.my_owned_farms())::uuid[]));

-- --- which table is which kind of data

ALTER POLICY farm_read ON app.farm USING (id = ANY((SELECT app.my_known_farms())::uuid[]));

DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('animal', 'farm_read', 'pedigree'), ('animal_identifier', 'farm_read', 'pedigree'),
        ('animal_possible_sire', 'farm_read', 'pedigree'), ('animal_merge', 'merge_read', 'pedigree'),
        ('custom_field', 'farm_read', 'pedigree'),
        ('record', 'farm_read', 'records'),
        ('event', 'farm_read', 'events'), ('event_revision', 'farm_read', 'events'),
        ('place', 'farm_read', 'events'), ('animal_group', 'farm_read', 'events'),
        ('group_member', 'farm_read', 'events'), ('photo', 'farm_read', 'events'),
        ('sample', 'sample_read', 'genotypes'), ('animal_gene', 'farm_read', 'genotypes')
    ) AS kinds (table_name, policy, kind) LOOP
        EXECUTE format('ALTER POLICY %I ON app.%I
                        USING (farm_id = ANY((SELECT app.my_farms_for(%L))::uuid[]))',
                       one.policy, one.table_name, one.kind);
    END LOOP;
END $$;

-- Genotypes: a set is read by who reads the genotypes of every farm in it.
ALTER POLICY set_read ON app.genotype_set
    USING (farm_ids <@ (SELECT app.my_farms_for('genotypes'))::uuid[]
           OR person_id = (SELECT app.me()));
ALTER POLICY set_add ON app.genotype_set
    WITH CHECK (person_id = (SELECT app.me())
                AND farm_ids <@ (SELECT app.my_farms_for('genotypes'))::uuid[]
                AND (parent_id IS NOT NULL
                     OR farm_id = ANY((SELECT app.my_writable_farms())::uuid[])));
ALTER POLICY sample_write ON app.sample
    USING (farm_id = ANY((SELECT app.my_farms_for('genotypes'))::uuid[])
           AND set_id IN (SELECT s.id FROM app.genotype_set s
               WHERE s.person_id = (SELECT app.me())
                  OR s.farm_id = ANY((SELECT app.my_writable_farms())::uuid[])))
    WITH CHECK (farm_id = ANY((SELECT app.my_farms_for('genotypes'))::uuid[])
           AND set_id IN (SELECT s.id FROM app.genotype_set s
               WHERE s.person_id = (SELECT app.me())
                  OR s.farm_id = ANY((SELECT app.my_writable_farms())::uuid[])));

CREATE OR REPLACE FUNCTION app.keep_genotypes() RETURNS trigger LANGUAGE plpgsql
SET search_path = app, pg_temp AS
$$
BEGIN
    IF OLD.content_hash <> '' AND (NEW.content_hash, NEW.objects -> 'manifest.json', NEW.panel_id)
        IS DISTINCT FROM (OLD.content_hash, OLD.objects -> 'manifest.json', OLD.panel_id) THEN
        RAISE EXCEPTION 'genotypes that are done never change' USING ERRCODE = '42501';
    END IF;
    IF NEW.farm_ids <> OLD.farm_ids AND NOT NEW.farm_ids <@ app.my_farms_for('genotypes') THEN
        RAISE EXCEPTION 'a farm is not visible' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END
$$;

-- Evaluations are computed from pedigree and records; whoever computed one sees what came out for the
-- farms whose pedigree and records they read, others need a grant of evaluations.
ALTER POLICY evaluation_add ON app.evaluation
    WITH CHECK (farm_ids <@ (SELECT app.my_farms_for('pedigree', 'records'))::uuid[]
                AND (person_id = (SELECT app.me()) OR (SELECT app.is_steward())));
ALTER POLICY association_add ON app.association
    WITH CHECK (person_id = (SELECT app.me()) AND farm_ids
                <@ (SELECT app.my_farms_for('pedigree', 'records', 'genotypes'))::uuid[]);
ALTER POLICY value_read ON app.breeding_value
    USING ((farm_id = ANY((SELECT app.my_farms_for('evaluations'))::uuid[])
            AND evaluation_id = ANY((SELECT app.my_evaluations())::uuid[]))
        OR (farm_id = ANY((SELECT app.my_farms_for('pedigree', 'records'))::uuid[])
            AND evaluation_id IN (SELECT e.id FROM app.evaluation e
                                  WHERE e.person_id = (SELECT app.me()))));
ALTER POLICY value_write ON app.breeding_value
    USING (farm_id = ANY((SELECT app.my_farms_for('pedigree', 'records'))::uuid[])
           AND evaluation_id IN (SELECT e.id FROM app.evaluation e
               WHERE e.person_id = (SELECT app.me()) OR (SELECT app.is_steward())))
    WITH CHECK (farm_id = ANY((SELECT app.my_farms_for('pedigree', 'records'))::uuid[])
           AND evaluation_id IN (SELECT e.id FROM app.evaluation e
               WHERE e.person_id = (SELECT app.me()) OR (SELECT app.is_steward())));

-- --- dataset versions and exports know which kinds of data they hold and on which grants they rest

CREATE FUNCTION app.kinds_of_tables(p_tables text[]) RETURNS text[] LANGUAGE sql IMMUTABLE
SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(DISTINCT CASE
    WHEN t IN ('records', 'milk_recording') THEN 'records'
    WHEN t IN ('events', 'movements', 'groups', 'places') THEN 'events'
    WHEN t = 'breeding_values' THEN 'evaluations'
    WHEN t IN ('genotypes', 'genotype_samples') THEN 'genotypes'
    ELSE 'pedigree' END), '{}') FROM unnest(p_tables) t
$$;

-- Grants by which the caller reads these kinds of these farms, where they have no place.
CREATE FUNCTION app.grants_behind(p_farms uuid[], p_kinds text[]) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(g.id ORDER BY g.id), '{}') FROM app.my_grants() g
WHERE g.farm_id = ANY(p_farms) AND g.kinds && p_kinds
  AND g.farm_id <> ALL((SELECT app.my_farms())::uuid[])
$$;

-- A version without tables of farms is the input of an evaluation or study: pedigree and records.
CREATE FUNCTION app.note_dataset_grants() RETURNS trigger LANGUAGE plpgsql
SET search_path = app, pg_temp AS
$$
BEGIN
    NEW.data_kinds := app.kinds_of_tables(
        ARRAY(SELECT one ->> 'kind' FROM jsonb_array_elements(NEW.tables) one)
        || CASE WHEN jsonb_array_length(NEW.tables) = 0 THEN ARRAY['animals', 'records'] END
        || CASE WHEN jsonb_array_length(NEW.genotypes) > 0 OR NEW.objects ? 'genotyped.parquet'
                THEN ARRAY['genotypes'] END);
    NEW.grant_ids := app.grants_behind(NEW.farm_ids, NEW.data_kinds);
    RETURN NEW;
END
$$;
ALTER TABLE app.dataset_version DISABLE TRIGGER keep_dataset;
UPDATE app.dataset_version SET data_kinds = app.kinds_of_tables(
    ARRAY(SELECT one ->> 'kind' FROM jsonb_array_elements(tables) one)
    || CASE WHEN jsonb_array_length(tables) = 0 THEN ARRAY['animals', 'records'] END
    || CASE WHEN jsonb_array_length(genotypes) > 0 OR objects ? 'genotyped.parquet'
            THEN ARRAY['genotypes'] END);
ALTER TABLE app.dataset_version ENABLE TRIGGER keep_dataset;
CREATE TRIGGER note_dataset_grants BEFORE INSERT ON app.dataset_version
    FOR EACH ROW EXECUTE FUNCTION app.note_dataset_grants();

CREATE FUNCTION app.note_export_grants() RETURNS trigger LANGUAGE plpgsql
SET search_path = app, pg_temp AS
$$
BEGIN
    NEW.data_kinds := app.kinds_of_tables(NEW.kinds
        || CASE WHEN NEW.genotype_set_id IS NOT NULL THEN ARRAY['genotypes'] END);
    NEW.grant_ids := app.grants_behind(NEW.farm_ids, NEW.data_kinds);
    RETURN NEW;
END
$$;
UPDATE app.export SET data_kinds = app.kinds_of_tables(kinds
    || CASE WHEN genotype_set_id IS NOT NULL THEN ARRAY['genotypes'] END);
CREATE TRIGGER note_export_grants BEFORE INSERT ON app.export
    FOR EACH ROW EXECUTE FUNCTION app.note_export_grants();

-- Each kind is asked for once a query, and only where a row holds it.
DO $$
DECLARE reads text;
BEGIN
    SELECT string_agg(format('(NOT data_kinds @> ARRAY[%L] OR farm_ids <@ '
                             '(SELECT app.my_farms_for(%L))::uuid[])', kind, kind), ' AND ')
    INTO reads FROM unnest(ARRAY['pedigree', 'records', 'events', 'genotypes', 'evaluations']) kind;
    EXECUTE format('ALTER POLICY dataset_read ON app.dataset_version USING (%s)', reads);
    EXECUTE format('ALTER POLICY dataset_write ON app.dataset_version WITH CHECK (
        person_id = (SELECT app.me()) AND (series_id = id OR app.reads_series(series_id)) AND %s)',
        reads);
    EXECUTE format('ALTER POLICY own_add ON app.export WITH CHECK (
        person_id = (SELECT app.me()) AND %s)', reads);
END $$;

CREATE OR REPLACE FUNCTION app.reads_series(series uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT EXISTS (SELECT FROM app.dataset_version v
               WHERE v.series_id = series AND app.may_read(v.farm_ids, v.data_kinds))
$$;

-- What was made with the help of a grant, for those who decide about its farm: told by kind and name of
-- thing and whose it is, so that they know what to ask for after a revocation.
CREATE FUNCTION app.rests_on(p_grant uuid)
RETURNS TABLE (noun text, id uuid, name text, person_id uuid, made_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH version AS (
    SELECT d.id, d.name, d.person_id, d.created_at FROM app.dataset_version d
    WHERE d.grant_ids @> ARRAY[p_grant]
), told AS (
    SELECT 'dataset' AS noun, v.id, v.name, v.person_id, v.created_at FROM version v
    UNION ALL SELECT 'export', x.id, x.name, x.person_id, x.created_at FROM app.export x
    WHERE x.grant_ids @> ARRAY[p_grant]
    UNION ALL SELECT 'evaluation', e.id, e.name, e.person_id, e.created_at
    FROM app.evaluation e JOIN version v ON v.id = e.dataset_id
    UNION ALL SELECT 'association', a.id, a.name, a.person_id, a.created_at
    FROM app.association a JOIN version v ON v.id = a.dataset_id
)
SELECT t.* FROM told t
WHERE EXISTS (SELECT FROM app.data_grant g WHERE g.id = p_grant
              AND g.farm_id = ANY((SELECT app.my_owned_farms())::uuid[]))
ORDER BY t.created_at DESC, t.id
$$;

-- --- who somebody is, for those who have to know

-- The names of people with whom the caller shares a decision: on farms of theirs, in projects that
-- they lead or belong to, behind grants that they gave or got.
CREATE FUNCTION app.names_of(p_people uuid[])
RETURNS TABLE (id uuid, username text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT p.id, p.username, p.name FROM app.person p
WHERE p.id = ANY(p_people) AND (
    p.id = (SELECT app.me()) OR (SELECT app.is_steward())
    OR p.id IN (SELECT m.person_id FROM app.farm_member m
                WHERE m.farm_id = ANY((SELECT app.my_owned_farms())::uuid[]))
    OR p.id IN (SELECT m.person_id FROM app.project_member m
                WHERE m.project_id = ANY((SELECT app.my_led_projects())::uuid[])
                   OR (m.role = 'lead' AND m.project_id = ANY((SELECT app.my_projects())::uuid[])))
    OR p.id IN (SELECT who FROM app.data_grant g
                CROSS JOIN LATERAL unnest(ARRAY[g.person_id, g.agreed_by, g.revoked_by]) who
                WHERE g.farm_id = ANY((SELECT app.my_owned_farms())::uuid[])
                   OR g.person_id = (SELECT app.me())
                   OR g.project_id = ANY((SELECT app.my_projects())::uuid[]))
    OR p.id IN (SELECT m.person_id FROM app.data_grant g
                JOIN app.project_member m ON m.project_id = g.project_id
                WHERE g.farm_id = ANY((SELECT app.my_owned_farms())::uuid[])
                  AND g.revoked_at IS NULL))
$$;

-- Who sees a farm's data through a grant to a project, for those who decide about the farm.
CREATE FUNCTION app.people_behind(p_grants uuid[]) RETURNS TABLE (grant_id uuid, person_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT g.id, m.person_id FROM app.data_grant g
JOIN app.project p ON p.id = g.project_id AND app.is_current(p.valid_from, p.valid_until)
JOIN app.project_member m ON m.project_id = p.id AND m.role <> 'student'
    AND app.is_current(m.valid_from, m.valid_until)
WHERE g.id = ANY(p_grants) AND g.farm_id = ANY((SELECT app.my_owned_farms())::uuid[])
$$;

-- One person by their whole user name, for those who decide about a farm or lead a project; nobody
-- else learns whether there is such a person.
CREATE FUNCTION app.find_person(p_username text) RETURNS TABLE (id uuid, username text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT p.id, p.username, p.name FROM app.person p
WHERE p.username = p_username AND p.disabled_at IS NULL
  AND ((SELECT app.is_steward()) OR EXISTS (
        SELECT FROM app.farm_member m WHERE m.person_id = (SELECT app.me()) AND m.role = 'owner'
          AND app.is_current(m.valid_from, m.valid_until))
    OR EXISTS (
        SELECT FROM app.project_member m WHERE m.person_id = (SELECT app.me()) AND m.role = 'lead'
          AND app.is_current(m.valid_from, m.valid_until)))
$$;

-- One research project by its whole code, so that a farmer can share with it. Codes are given to
-- farmers by the project; that one is taken is no secret. Classes are not found.
CREATE FUNCTION app.find_project(p_code text)
RETURNS TABLE (id uuid, code text, name text, purpose text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT p.id, p.code, p.name, p.purpose FROM app.project p
WHERE p.code = p_code AND p.kind = 'project' AND (SELECT app.me()) IS NOT NULL
  AND app.is_current(p.valid_from, p.valid_until)
$$;

-- --- functions of before that ask who belongs where

-- Whoever has or had a place on a farm, or was granted its records, may know its values.
CREATE OR REPLACE FUNCTION app.may_see_benchmark(
    p_year int, p_species text, p_breed text, p_region text, p_metric text
) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT (SELECT app.me()) IS NOT NULL AND count(*) >= 4 FROM app.benchmark_value v
WHERE v.year = p_year AND v.species = p_species AND v.breed = p_breed AND v.metric = p_metric
  AND v.counted AND (p_region = '' OR v.region = p_region)
  AND NOT EXISTS (SELECT FROM app.farm_member m
                  WHERE m.farm_id = v.farm_id AND m.person_id = (SELECT app.me()))
  AND NOT EXISTS (SELECT FROM app.data_grant g
                  WHERE g.farm_id = v.farm_id AND g.kinds && ARRAY['records', 'events', 'pedigree']
                    AND (g.person_id = (SELECT app.me()) OR g.project_id IN (
                        SELECT m.project_id FROM app.project_member m
                        WHERE m.person_id = (SELECT app.me()))))
$$;

CREATE OR REPLACE FUNCTION app.animal_history(p_animal uuid)
RETURNS TABLE (id uuid, at timestamptz, action text, subject_id uuid, person text, details jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT e.id, e.at, e.action, e.subject_id,
       CASE WHEN (SELECT app.is_steward()) OR EXISTS (SELECT FROM app.farm_member m
                WHERE m.farm_id = a.farm_id AND m.person_id = (SELECT app.me())
                  AND app.is_current(m.valid_from, m.valid_until))
            THEN coalesce(nullif(p.name, ''), p.username) END,
       e.details
FROM app.animal a
JOIN app.audit_event e ON e.farm_id = a.farm_id AND (e.subject_id = a.id OR e.subject_id IN (
    SELECT m.other_id FROM app.animal_merge m WHERE m.keep_id = a.id))
LEFT JOIN app.person p ON p.id = e.person_id
WHERE a.id = p_animal AND a.farm_id = ANY((SELECT app.my_farms())::uuid[])
  AND e.action LIKE 'animals:%'
$$;

CREATE OR REPLACE FUNCTION app.pedigree_above(chosen uuid[])
RETURNS TABLE (place bigint, sire bigint, dam bigint, animal uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH RECURSIVE up(id) AS (
    SELECT a.id FROM app.animal a
    WHERE a.id = ANY(chosen) AND a.farm_id = ANY((SELECT app.my_farms_for('pedigree'))::uuid[])
    UNION
    SELECT parent.id FROM up
    JOIN app.animal a ON a.id = up.id
    CROSS JOIN LATERAL (VALUES (a.sire_id), (a.dam_id)) AS parent(id)
    WHERE parent.id IS NOT NULL
), numbered AS (
    SELECT a.id, a.sire_id, a.dam_id, a.farm_id, row_number() OVER () AS place
    FROM up JOIN app.animal a ON a.id = up.id
)
SELECT n.place, s.place, d.place, c.id
FROM numbered n
LEFT JOIN (SELECT DISTINCT unnest(chosen) AS id) c
    ON c.id = n.id AND n.farm_id = ANY((SELECT app.my_farms_for('pedigree'))::uuid[])
LEFT JOIN numbered s ON s.id = n.sire_id
LEFT JOIN numbered d ON d.id = n.dam_id
$$;

CREATE OR REPLACE FUNCTION app.lineage_files(p_ids uuid[])
RETURNS TABLE (id uuid, name text, media_type text, size bigint, sha256 text, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT f.id, f.name, f.media_type, f.size::bigint, f.sha256, f.created_at FROM app.file f
WHERE f.id = ANY(p_ids) AND (SELECT app.me()) IS NOT NULL AND (
    f.person_id = (SELECT app.me()) OR (SELECT app.is_steward())
    OR EXISTS (SELECT FROM app.import i WHERE i.file_id = f.id
               AND i.farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
    OR EXISTS (SELECT FROM app.genotype_set g WHERE f.id = ANY(g.file_ids)
               AND g.farm_ids <@ (SELECT app.my_farms_for('genotypes'))::uuid[]))
$$;

REVOKE EXECUTE ON FUNCTION app.is_current, app.my_grants, app.my_farms_for, app.my_known_farms,
    app.my_owned_farms, app.my_projects, app.my_led_projects, app.may_read, app.keep_grant,
    app.lead_project, app.kinds_of_tables, app.grants_behind, app.note_dataset_grants,
    app.note_export_grants, app.rests_on, app.names_of, app.people_behind, app.find_person,
    app.find_project FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.is_current, app.my_farms_for, app.my_known_farms, app.my_owned_farms,
    app.my_projects, app.my_led_projects, app.may_read, app.kinds_of_tables, app.grants_behind,
    app.rests_on, app.names_of, app.people_behind, app.find_person, app.find_project TO :app_role;
