-- Identity of animals. What stands on a farm is read and written like its animals; that a child row
-- is of its animal's farm is in the foreign keys (animal_id, farm_id).
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['animal_possible_sire', 'place', 'animal_group', 'group_member', 'photo',
                             'custom_field', 'animal_merge', 'animal_merge_move'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['animal_possible_sire', 'place', 'animal_group', 'group_member', 'photo',
                             'custom_field'] LOOP
        EXECUTE format($p$CREATE POLICY farm_read ON app.%I FOR SELECT TO :app_role
            USING (farm_id = ANY((SELECT app.my_farms())::uuid[]))$p$, t);
        EXECUTE format($p$CREATE POLICY farm_add ON app.%I FOR INSERT TO :app_role
            WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
        EXECUTE format($p$CREATE POLICY farm_change ON app.%I FOR UPDATE TO :app_role
            USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
            WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
        EXECUTE format($p$CREATE POLICY farm_delete ON app.%I FOR DELETE TO :app_role
            USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON app.%I TO :app_role', t);
    END LOOP;
END $$;

-- Merges are read by who reads the farm; they are made and undone by the functions below alone. The
-- moved rows may be of other farms (offspring of a shared ram), so nobody reads those.
CREATE POLICY merge_read ON app.animal_merge FOR SELECT TO :app_role
    USING (farm_id = ANY((SELECT app.my_farms())::uuid[]));
GRANT SELECT ON app.animal_merge TO :app_role;
