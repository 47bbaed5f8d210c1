-- Lineage: what imports made; the graph from files to breeding values; events of runs for others.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['import_entry', 'lineage_event'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
END $$;
CREATE POLICY farm_read ON app.import_entry FOR SELECT TO :app_role
    USING (farm_id = ANY((SELECT app.my_farms())::uuid[]));
CREATE POLICY farm_add ON app.import_entry FOR INSERT TO :app_role
    WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]));
CREATE POLICY farm_change ON app.import_entry FOR UPDATE TO :app_role
    USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
    WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]));
GRANT SELECT, INSERT, UPDATE (rows) ON app.import_entry TO :app_role;

-- An event is seen by who sees its run: the policies of the runs' own tables decide.
CREATE POLICY subject_read ON app.lineage_event FOR SELECT TO :app_role USING (
    CASE noun
        WHEN 'import' THEN EXISTS (SELECT FROM app.import s WHERE s.id = subject_id)
        WHEN 'genotype_set' THEN EXISTS (SELECT FROM app.genotype_set s WHERE s.id = subject_id)
        WHEN 'evaluation' THEN EXISTS (SELECT FROM app.evaluation s WHERE s.id = subject_id)
        WHEN 'association' THEN EXISTS (SELECT FROM app.association s WHERE s.id = subject_id)
        ELSE false
    END);
GRANT SELECT ON app.lineage_event TO :app_role;

-- A run that begins, goes on, ends, fails or is stopped is told in the transaction that says so.
CREATE FUNCTION app.note_lineage() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
DECLARE told text := CASE NEW.state WHEN 'running' THEN 'START' WHEN 'done' THEN 'COMPLETE'
                                    WHEN 'failed' THEN 'FAIL' WHEN 'cancelled' THEN 'ABORT' END;
BEGIN
    IF NEW.state = OLD.state THEN
        -- An import has taken its first rows; only imports have this column.
        IF TG_TABLE_NAME <> 'import' OR NEW.state <> 'running' THEN RETURN NULL; END IF;
        IF OLD.rows_read > 0 OR NEW.rows_read = 0 THEN RETURN NULL; END IF;
        told := 'RUNNING';
    END IF;
    IF told IS NOT NULL THEN
        INSERT INTO app.lineage_event (xact, noun, subject_id, type)
        VALUES (pg_current_xact_id()::text::bigint, TG_TABLE_NAME, NEW.id, told);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_lineage AFTER UPDATE OF state, rows_read ON app.import
    FOR EACH ROW EXECUTE FUNCTION app.note_lineage();
CREATE TRIGGER note_lineage AFTER UPDATE OF state ON app.genotype_set
    FOR EACH ROW EXECUTE FUNCTION app.note_lineage();
CREATE TRIGGER note_lineage AFTER UPDATE OF state ON app.evaluation
    FOR EACH ROW EXECUTE FUNCTION app.note_lineage();
CREATE TRIGGER note_lineage AFTER UPDATE OF state ON app.association
    FOR EACH ROW EXECUTE FUNCTION app.note_lineage();

-- What a thing was made from, one step.
CREATE FUNCTION app.lineage_above(p_type text, p_id uuid)
RETURNS TABLE (type text, id uuid, rows bigint)
LANGUAGE sql STABLE SET search_path = app, pg_temp AS
$$
SELECT 'file', i.file_id, i.rows_read::bigint FROM app.import i
    WHERE p_type = 'import' AND i.id = p_id
UNION ALL SELECT 'source', i.source_id, NULL FROM app.import i
    WHERE p_type = 'import' AND i.id = p_id AND i.source_id IS NOT NULL
UNION ALL SELECT 'template', i.template_id, NULL FROM app.import i
    WHERE p_type = 'import' AND i.id = p_id AND i.template_id IS NOT NULL
UNION ALL SELECT 'import', i.parent_id, NULL FROM app.import i
    WHERE p_type = 'import' AND i.id = p_id AND i.parent_id IS NOT NULL
UNION ALL SELECT 'import', e.key::uuid, e.value::bigint
    FROM app.dataset_version d CROSS JOIN LATERAL jsonb_each_text(d.description -> 'imports') e
    WHERE p_type = 'dataset' AND d.id = p_id AND jsonb_typeof(d.description -> 'imports') = 'object'
UNION ALL SELECT 'dataset', f.id, NULL
    FROM app.dataset_version d CROSS JOIN LATERAL unnest(d.parent_ids) f(id)
    WHERE p_type = 'dataset' AND d.id = p_id
UNION ALL SELECT 'file', f.id, NULL FROM app.genotype_set g CROSS JOIN LATERAL unnest(g.file_ids) f(id)
    WHERE p_type = 'genotype_set' AND g.id = p_id
UNION ALL SELECT 'genotype_set', g.parent_id, NULL FROM app.genotype_set g
    WHERE p_type = 'genotype_set' AND g.id = p_id AND g.parent_id IS NOT NULL
UNION ALL SELECT 'dataset', e.dataset_id, NULL FROM app.evaluation e
    WHERE p_type = 'evaluation' AND e.id = p_id
UNION ALL SELECT 'genotype_set', e.genotype_set_id, NULL FROM app.evaluation e
    WHERE p_type = 'evaluation' AND e.id = p_id AND e.genotype_set_id IS NOT NULL
UNION ALL SELECT 'dataset', a.dataset_id, NULL FROM app.association a
    WHERE p_type = 'association' AND a.id = p_id
UNION ALL SELECT 'genotype_set', a.genotype_set_id, NULL FROM app.association a
    WHERE p_type = 'association' AND a.id = p_id
UNION ALL SELECT 'evaluation', e.id, NULL
    FROM app.mating_plan m CROSS JOIN LATERAL unnest(m.evaluation_ids) e(id)
    WHERE p_type = 'mating_plan' AND m.id = p_id
$$;

-- What was made from a thing, one step. A trial that loaded nothing made nothing.
CREATE FUNCTION app.lineage_below(p_type text, p_id uuid)
RETURNS TABLE (type text, id uuid, rows bigint)
LANGUAGE sql STABLE SET search_path = app, pg_temp AS
$$
SELECT 'import', i.id, i.rows_read::bigint FROM app.import i
    WHERE p_type = 'file' AND i.file_id = p_id AND NOT i.dry_run
UNION ALL SELECT 'genotype_set', g.id, NULL FROM app.genotype_set g
    WHERE p_type = 'file' AND p_id = ANY(g.file_ids)
UNION ALL SELECT 'import', i.id, NULL FROM app.import i
    WHERE p_type = 'source' AND i.source_id = p_id AND NOT i.dry_run
UNION ALL SELECT 'import', i.id, NULL FROM app.import i
    WHERE p_type = 'template' AND i.template_id = p_id AND NOT i.dry_run
UNION ALL SELECT 'import', i.id, NULL FROM app.import i
    WHERE p_type = 'import' AND i.parent_id = p_id AND NOT i.dry_run
UNION ALL SELECT 'dataset', d.id, (d.description -> 'imports' ->> p_id::text)::bigint
    FROM app.dataset_version d
    WHERE p_type = 'import' AND d.description -> 'imports' ? p_id::text
UNION ALL SELECT 'dataset', d.id, NULL FROM app.dataset_version d
    WHERE p_type = 'dataset' AND d.parent_ids @> ARRAY[p_id]
UNION ALL SELECT 'evaluation', e.id, NULL FROM app.evaluation e
    WHERE p_type = 'dataset' AND e.dataset_id = p_id
UNION ALL SELECT 'association', a.id, NULL FROM app.association a
    WHERE p_type = 'dataset' AND a.dataset_id = p_id
UNION ALL SELECT 'genotype_set', g.id, NULL FROM app.genotype_set g
    WHERE p_type = 'genotype_set' AND g.parent_id = p_id
UNION ALL SELECT 'evaluation', e.id, NULL FROM app.evaluation e
    WHERE p_type = 'genotype_set' AND e.genotype_set_id = p_id
UNION ALL SELECT 'association', a.id, NULL FROM app.association a
    WHERE p_type = 'genotype_set' AND a.genotype_set_id = p_id
UNION ALL SELECT 'mating_plan', m.id, NULL FROM app.mating_plan m
    WHERE p_type = 'evaluation' AND m.evaluation_ids @> ARRAY[p_id]
$$;

-- The shape of the graph, past the policies: types and ids only. The hub shows of a thing that the
-- caller may not see its type and nothing else, not its id either.
CREATE FUNCTION app.lineage_walk(p_type text, p_id uuid, p_up boolean, p_depth int)
RETURNS TABLE (from_type text, from_id uuid, to_type text, to_id uuid, rows bigint, farm_id uuid,
               kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH RECURSIVE step(near_type, near_id, far_type, far_id, rows, depth) AS (
    SELECT NULL::text, NULL::uuid, p_type, p_id, NULL::bigint, 0
    UNION
    SELECT s.far_type, s.far_id, n.type, n.id, n.rows, s.depth + 1
    FROM (SELECT DISTINCT far_type, far_id, depth FROM step) s
    CROSS JOIN LATERAL (
        SELECT * FROM app.lineage_above(s.far_type, s.far_id) WHERE p_up
        UNION ALL SELECT * FROM app.lineage_below(s.far_type, s.far_id) WHERE NOT p_up) n
    WHERE s.depth < p_depth
), edge AS (
    SELECT DISTINCT CASE WHEN p_up THEN far_type ELSE near_type END AS from_type,
           CASE WHEN p_up THEN far_id ELSE near_id END AS from_id,
           CASE WHEN p_up THEN near_type ELSE far_type END AS to_type,
           CASE WHEN p_up THEN near_id ELSE far_id END AS to_id, rows
    FROM step WHERE depth > 0
)
SELECT e.*, i.farm_id, i.kind
FROM edge e LEFT JOIN app.import i ON e.from_type = 'import' AND i.id = e.from_id
WHERE (SELECT app.me()) IS NOT NULL
$$;

-- Names and hashes of files, for those who handed them in or see an import or set made from them.
-- The content is for who handed it in and who works on the farm of an import of it: every row of it
-- is in that import's report.
CREATE FUNCTION app.lineage_files(p_ids uuid[])
RETURNS TABLE (id uuid, name text, media_type text, size bigint, sha256 text, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT f.id, f.name, f.media_type, f.size::bigint, f.sha256, f.created_at FROM app.file f
WHERE f.id = ANY(p_ids) AND (SELECT app.me()) IS NOT NULL AND (
    f.person_id = (SELECT app.me()) OR (SELECT app.is_steward())
    OR EXISTS (SELECT FROM app.import i WHERE i.file_id = f.id
               AND i.farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
    OR EXISTS (SELECT FROM app.genotype_set g WHERE f.id = ANY(g.file_ids)
               AND g.farm_ids <@ (SELECT app.my_farms())::uuid[]))
$$;

-- What an evaluation that one may see was computed from: where its frozen tables are. The hub shows
-- rows of animals that the caller sees, and nothing else of them.
CREATE FUNCTION app.lineage_frozen(p_evaluation uuid)
RETURNS TABLE (dataset_id uuid, objects jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT d.id, d.objects FROM app.evaluation e JOIN app.dataset_version d ON d.id = e.dataset_id
WHERE e.id = p_evaluation AND (e.id = ANY((SELECT app.my_evaluations())::uuid[])
                               OR e.person_id = (SELECT app.me()))
$$;

-- A run with what went in, as the caller sees it; what is large and of no use to others left out.
CREATE FUNCTION app.lineage_run(p_noun text, p_id uuid) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = app, pg_temp AS
$$
SELECT to_jsonb(i) - 'stage' - 'notes' || jsonb_build_object(
    'farm', (SELECT f.code FROM app.farm f WHERE f.id = i.farm_id),
    'files', (SELECT jsonb_agg(to_jsonb(f)) FROM app.file f WHERE f.id = i.file_id))
FROM app.import i WHERE p_noun = 'import' AND i.id = p_id
UNION ALL
SELECT to_jsonb(g) - 'summary' - 'objects' || jsonb_build_object(
    'files', (SELECT jsonb_agg(to_jsonb(f) ORDER BY f.id) FROM app.file f WHERE f.id = ANY(g.file_ids)),
    'parent', (SELECT p.content_hash FROM app.genotype_set p WHERE p.id = g.parent_id))
FROM app.genotype_set g WHERE p_noun = 'genotype_set' AND g.id = p_id
UNION ALL
SELECT to_jsonb(e) - 'summary' - 'objects' || jsonb_build_object(
    'dataset', (SELECT to_jsonb(d) - 'objects' FROM app.dataset_version d WHERE d.id = e.dataset_id),
    'genotypes', (SELECT g.content_hash FROM app.genotype_set g WHERE g.id = e.genotype_set_id))
FROM app.evaluation e WHERE p_noun = 'evaluation' AND e.id = p_id
UNION ALL
SELECT to_jsonb(a) - 'summary' - 'objects' || jsonb_build_object(
    'dataset', (SELECT to_jsonb(d) - 'objects' FROM app.dataset_version d WHERE d.id = a.dataset_id),
    'genotypes', (SELECT g.content_hash FROM app.genotype_set g WHERE g.id = a.genotype_set_id))
FROM app.association a WHERE p_noun = 'association' AND a.id = p_id
$$;

-- Events that are to be sent, taken for a minute so that two workers seldom send the same. Without a
-- person only: this is the worker's, nobody's request reaches it.
CREATE FUNCTION app.lineage_due(p_limit int)
RETURNS TABLE (n bigint, noun text, subject_id uuid, type text, at timestamptz, tries int, run jsonb)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH due AS (
    SELECT e.n FROM app.lineage_event e
    WHERE e.sent_at IS NULL AND (e.next_at IS NULL OR e.next_at <= now())
      AND (SELECT app.me()) IS NULL
    ORDER BY e.n LIMIT p_limit FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE app.lineage_event e SET next_at = now() + interval '1 minute'
    FROM due WHERE e.n = due.n RETURNING e.*
)
SELECT t.n, t.noun, t.subject_id, t.type, t.at, t.tries, app.lineage_run(t.noun, t.subject_id)
FROM taken t ORDER BY t.n
$$;

-- What became of an event: sent for good, or to be tried again after a while.
CREATE FUNCTION app.lineage_told(p_n bigint, p_error text, p_wait interval) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
UPDATE app.lineage_event e SET error = p_error, tries = e.tries + 1,
    sent_at = CASE WHEN p_error = '' THEN now() END,
    next_at = CASE WHEN p_error = '' THEN NULL ELSE now() + p_wait END
WHERE e.n = p_n AND e.sent_at IS NULL AND (SELECT app.me()) IS NULL
$$;

-- Whoever sees an import or a genotype set is told of its files, so both are made of files only that
-- their maker may see; else naming a stranger's file would show it.
CREATE FUNCTION app.sees_files(p_ids uuid[]) RETURNS boolean LANGUAGE sql STABLE
SET search_path = app, pg_temp AS
$$
SELECT NOT EXISTS (SELECT FROM unnest(p_ids) AS named(id)
                   WHERE NOT EXISTS (SELECT FROM app.file f WHERE f.id = named.id))
$$;
CREATE POLICY of_files_one_sees ON app.import AS RESTRICTIVE FOR INSERT TO :app_role
    WITH CHECK (app.sees_files(ARRAY[file_id]));
CREATE POLICY of_files_one_sees ON app.genotype_set AS RESTRICTIVE FOR INSERT TO :app_role
    WITH CHECK (app.sees_files(file_ids));

REVOKE EXECUTE ON FUNCTION app.note_lineage, app.lineage_above, app.lineage_below, app.lineage_walk,
    app.lineage_files, app.lineage_frozen, app.lineage_run, app.lineage_due, app.lineage_told,
    app.sees_files FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.lineage_walk, app.lineage_files, app.lineage_frozen, app.lineage_run,
    app.lineage_due, app.lineage_told, app.sees_files TO :app_role;
