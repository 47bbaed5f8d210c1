-- A template of a farm is there for everybody of the farm; one without a farm for the person who made it.
ALTER TABLE app.import_template ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.import_template FORCE ROW LEVEL SECURITY;
DO $$
BEGIN
    EXECUTE format('CREATE POLICY owner_everything ON app.import_template TO %I '
                   'USING (true) WITH CHECK (true)', current_user);
END $$;
CREATE POLICY template_read ON app.import_template FOR SELECT TO :app_role
    USING (CASE WHEN farm_id IS NULL THEN person_id = (SELECT app.me())
                ELSE farm_id = ANY((SELECT app.my_farms())::uuid[]) END);
CREATE POLICY template_add ON app.import_template FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me())
                AND (farm_id IS NULL OR farm_id = ANY((SELECT app.my_writable_farms())::uuid[])));
CREATE POLICY template_change ON app.import_template FOR UPDATE TO :app_role
    USING (CASE WHEN farm_id IS NULL THEN person_id = (SELECT app.me())
                ELSE farm_id = ANY((SELECT app.my_writable_farms())::uuid[]) END)
    WITH CHECK (CASE WHEN farm_id IS NULL THEN person_id = (SELECT app.me())
                ELSE farm_id = ANY((SELECT app.my_writable_farms())::uuid[]) END);
CREATE POLICY template_delete ON app.import_template FOR DELETE TO :app_role
    USING (CASE WHEN farm_id IS NULL THEN person_id = (SELECT app.me())
                ELSE farm_id = ANY((SELECT app.my_writable_farms())::uuid[]) END);
GRANT SELECT, INSERT, DELETE ON app.import_template TO :app_role;
-- Whose a template is does not change.
GRANT UPDATE (name, sender, kind, fingerprint, columns, mapping, cleaning, policy, used_at, updated_at)
    ON app.import_template TO :app_role;

-- An import outlives its template.
ALTER TABLE app.import ADD CONSTRAINT fk_import_template_id FOREIGN KEY (template_id)
    REFERENCES app.import_template (id) ON DELETE SET NULL;
CREATE INDEX ix_import_template_id ON app.import (template_id);
