-- A study tells about markers and names no animals: one reads one's own, a steward all, and
-- everybody those that are published.
ALTER TABLE app.association ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.association FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_everything ON app.association TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE POLICY association_read ON app.association FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.is_steward())
           OR (published_at IS NOT NULL AND withdrawn_at IS NULL
               AND (SELECT app.me()) IS NOT NULL));
CREATE POLICY association_add ON app.association FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me()) AND farm_ids <@ (SELECT app.my_farms())::uuid[]);
-- As in 0004: work that is under way comes to an end when the person has left a farm meanwhile.
CREATE POLICY association_change ON app.association FOR UPDATE TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.is_steward()))
    WITH CHECK (person_id = (SELECT app.me()) OR (SELECT app.is_steward()));

GRANT SELECT, INSERT ON app.association TO :app_role;
GRANT UPDATE (job_id, state, error, summary, provenance, objects, result_hash, started_at,
              finished_at, published_at, withdrawn_at, updated_at) ON app.association TO :app_role;
