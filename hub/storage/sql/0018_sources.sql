-- Watched places tell where an operator keeps files and what is asked of databases: only those who may
-- change the farm's data see them, and what works in a person's name is set up by that person.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['import_source', 'import_source_file'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
        EXECUTE format($p$CREATE POLICY farm_read ON app.%I FOR SELECT TO :app_role
            USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
        EXECUTE format($p$CREATE POLICY farm_change ON app.%I FOR UPDATE TO :app_role
            USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
            WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
        EXECUTE format($p$CREATE POLICY farm_delete ON app.%I FOR DELETE TO :app_role
            USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
    END LOOP;
END $$;

CREATE POLICY farm_add ON app.import_source FOR INSERT TO :app_role
    WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[])
                AND person_id = (SELECT app.me()));
CREATE POLICY farm_add ON app.import_source_file FOR INSERT TO :app_role
    WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[])
                AND EXISTS (SELECT 1 FROM app.import_source s
                            WHERE s.id = source_id AND s.farm_id = import_source_file.farm_id));
GRANT SELECT, INSERT, DELETE ON app.import_source, app.import_source_file TO :app_role;
GRANT UPDATE ON app.import_source_file TO :app_role;
-- Neither the farm nor the person in whose name a source works can be changed.
GRANT UPDATE (name, kind, place, pattern, query, mapping, genotypes, cleaning, policy, template_id,
              schedule, timezone, enabled, job_id, last_run_at, next_run_at, last_counts, failures,
              error, updated_at) ON app.import_source TO :app_role;

-- Sources whose time has come, with the person to work as. The worker that asks is nobody, so it learns
-- the two ids only; what the person may still do is asked of the row policies afterwards. A source of
-- somebody who may no longer set one up is paused, and says so. A person who asks is told nothing.
CREATE FUNCTION app.due_sources(p_most integer) RETURNS TABLE (id uuid, person_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
BEGIN
    IF (SELECT app.me()) IS NOT NULL THEN RETURN; END IF;
    UPDATE import_source s SET enabled = false, next_run_at = NULL, updated_at = now(),
        error = 'The person who set this source up can no longer sign in or is no steward, so it was '
             || 'paused. Another steward can set it up anew.'
    FROM person p
    WHERE p.id = s.person_id AND s.enabled AND s.next_run_at <= now()
      AND (p.disabled_at IS NOT NULL OR NOT p.roles && ARRAY['steward', 'admin']);
    RETURN QUERY SELECT s.id, s.person_id FROM import_source s
        WHERE s.enabled AND s.next_run_at <= now() ORDER BY s.next_run_at, s.id LIMIT p_most;
END
$$;
REVOKE EXECUTE ON FUNCTION app.due_sources FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.due_sources TO :app_role;
