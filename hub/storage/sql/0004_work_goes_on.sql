-- Which farms one may see or change is asked when an evaluation or import is made, and whenever it
-- touches data. Asked at changes of its state as well, it left the work of people who had lost a
-- farm meanwhile queued for ever: it could neither run, nor fail, nor be cancelled. What they may
-- read is decided by the policies of datasets, breeding values and refused rows.
DROP POLICY evaluation_write ON app.evaluation;
CREATE POLICY evaluation_add ON app.evaluation FOR INSERT TO :app_role
    WITH CHECK (farm_ids <@ (SELECT app.my_farms())::uuid[]
                AND (person_id = (SELECT app.me()) OR (SELECT app.is_steward())));
CREATE POLICY evaluation_change ON app.evaluation FOR UPDATE TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.is_steward()))
    WITH CHECK (person_id = (SELECT app.me()) OR (SELECT app.is_steward()));

CREATE POLICY own_read ON app.import FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()));
CREATE POLICY own_change ON app.import FOR UPDATE TO :app_role
    USING (person_id = (SELECT app.me())) WITH CHECK (person_id = (SELECT app.me()));

-- Whose they are and of which farms never changes, so nobody can push them to another farm.
REVOKE UPDATE ON app.evaluation, app.import FROM :app_role;
GRANT UPDATE (job_id, state, error, summary, provenance, objects, result_hash, started_at,
              finished_at, published_at, withdrawn_at, updated_at) ON app.evaluation TO :app_role;
GRANT UPDATE (job_id, state, error, notes, rows_read, rows_loaded, rows_unchanged, rows_rejected,
              finished_at, updated_at) ON app.import TO :app_role;
