-- What was done about refused rows belongs to the farm that the rows are of.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['import_mending', 'import_row_change'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
        EXECUTE format($p$CREATE POLICY farm_write ON app.%I TO :app_role
            USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
            WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
    END LOOP;
END $$;

-- As in 0004: the work of somebody who has left the farm meanwhile can still fail or be cancelled.
CREATE POLICY own_read ON app.import_mending FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()));
CREATE POLICY own_change ON app.import_mending FOR UPDATE TO :app_role
    USING (person_id = (SELECT app.me())) WITH CHECK (person_id = (SELECT app.me()));

-- A change is kept for good; only that it was undone, or can be no more, is noted.
GRANT SELECT, INSERT ON app.import_mending, app.import_row_change TO :app_role;
GRANT UPDATE (state, job_id, error, rows_changed, rows_loaded, rows_unchanged, rows_rejected,
              rows_left, done_to, finished_at, updated_at) ON app.import_mending TO :app_role;
GRANT UPDATE (problems, undone_id) ON app.import_row_change TO :app_role;
GRANT UPDATE (rows_discarded) ON app.import TO :app_role;

-- A colleague who mends rows of an import is told what its file is called.
CREATE POLICY of_an_import ON app.file FOR SELECT TO :app_role
    USING (id IN (SELECT i.file_id FROM app.import i));
