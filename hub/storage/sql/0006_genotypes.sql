-- Genotypes tell who is related to whom, so a set is read only by those who read every farm that has
-- an animal in it; its row (name, state, counts) by who made it, too.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['panel', 'genotype_set', 'sample'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
END $$;

-- A marker map is a product of a laboratory and says nothing about any farm.
CREATE POLICY panel_read ON app.panel FOR SELECT TO :app_role
    USING ((SELECT app.me()) IS NOT NULL);
CREATE POLICY panel_add ON app.panel FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me()));

CREATE POLICY set_read ON app.genotype_set FOR SELECT TO :app_role
    USING (farm_ids <@ (SELECT app.my_farms())::uuid[] OR person_id = (SELECT app.me()));
-- A new set is made where one works; a version of another one by whoever reads that one.
CREATE POLICY set_add ON app.genotype_set FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me()) AND farm_ids <@ (SELECT app.my_farms())::uuid[]
                AND (parent_id IS NOT NULL
                     OR farm_id = ANY((SELECT app.my_writable_farms())::uuid[])));
-- As in 0004: work that is under way comes to an end when the person has left a farm meanwhile.
CREATE POLICY set_change ON app.genotype_set FOR UPDATE TO :app_role
    USING (person_id = (SELECT app.me())
           OR farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
    WITH CHECK (person_id = (SELECT app.me())
           OR farm_id = ANY((SELECT app.my_writable_farms())::uuid[]));

CREATE POLICY sample_read ON app.sample FOR SELECT TO :app_role
    USING (farm_id = ANY((SELECT app.my_farms())::uuid[]));
CREATE POLICY sample_write ON app.sample TO :app_role
    USING (farm_id = ANY((SELECT app.my_farms())::uuid[])
           AND set_id IN (SELECT s.id FROM app.genotype_set s
               WHERE s.person_id = (SELECT app.me())
                  OR s.farm_id = ANY((SELECT app.my_writable_farms())::uuid[])))
    WITH CHECK (farm_id = ANY((SELECT app.my_farms())::uuid[])
           AND set_id IN (SELECT s.id FROM app.genotype_set s
               WHERE s.person_id = (SELECT app.me())
                  OR s.farm_id = ANY((SELECT app.my_writable_farms())::uuid[])));

-- What is done never changes, and nobody takes a farm in that they do not see.
CREATE FUNCTION app.keep_genotypes() RETURNS trigger LANGUAGE plpgsql
SET search_path = app, pg_temp AS
$$
BEGIN
    IF OLD.content_hash <> '' AND (NEW.content_hash, NEW.objects -> 'manifest.json', NEW.panel_id)
        IS DISTINCT FROM (OLD.content_hash, OLD.objects -> 'manifest.json', OLD.panel_id) THEN
        RAISE EXCEPTION 'genotypes that are done never change' USING ERRCODE = '42501';
    END IF;
    IF NEW.farm_ids <> OLD.farm_ids AND NOT NEW.farm_ids <@ app.my_farms() THEN
        RAISE EXCEPTION 'a farm is not visible' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_genotypes BEFORE UPDATE ON app.genotype_set
    FOR EACH ROW EXECUTE FUNCTION app.keep_genotypes();

REVOKE EXECUTE ON FUNCTION app.keep_genotypes FROM PUBLIC;
GRANT SELECT, INSERT ON app.panel, app.genotype_set TO :app_role;
GRANT UPDATE (farm_ids, panel_id, format, coding, state, job_id, error, counts, summary, objects,
              content_hash, provenance, finished_at, updated_at) ON app.genotype_set TO :app_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.sample TO :app_role;
