-- Mating plans and results of single genes: read by who sees the farm, written by who works there.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['mating_plan', 'animal_gene'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
        EXECUTE format($p$CREATE POLICY farm_read ON app.%I FOR SELECT TO :app_role
            USING (farm_id = ANY((SELECT app.my_farms())::uuid[]))$p$, t);
        EXECUTE format($p$CREATE POLICY farm_add ON app.%I FOR INSERT TO :app_role
            WITH CHECK (person_id = (SELECT app.me())
                        AND farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
        EXECUTE format($p$CREATE POLICY farm_delete ON app.%I FOR DELETE TO :app_role
            USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
        EXECUTE format('GRANT SELECT, INSERT, DELETE ON app.%I TO :app_role', t);
    END LOOP;
END $$;

-- A plan is kept as it was computed; a genotype can be corrected.
CREATE POLICY farm_change ON app.animal_gene FOR UPDATE TO :app_role
    USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
    WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]));
GRANT UPDATE (genotype, source, person_id, updated_at) ON app.animal_gene TO :app_role;

-- How closely two animals are related depends on ancestors that may stand on farms that the caller
-- does not see; without them a mating of half sibs would be called harmless. So this looks past the
-- policies, for animals that the caller does see, and gives the shape of the pedigree above them:
-- places without id, name, farm or date. The hub makes coefficients of it and shows nothing else.
CREATE FUNCTION app.pedigree_above(chosen uuid[])
RETURNS TABLE (place bigint, sire bigint, dam bigint, animal uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH RECURSIVE up(id) AS (
    SELECT a.id FROM app.animal a
    WHERE a.id = ANY(chosen) AND a.farm_id = ANY((SELECT app.my_farms())::uuid[])
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
    ON c.id = n.id AND n.farm_id = ANY((SELECT app.my_farms())::uuid[])
LEFT JOIN numbered s ON s.id = n.sire_id
LEFT JOIN numbered d ON d.id = n.dam_id
$$;

REVOKE EXECUTE ON FUNCTION app.pedigree_above FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.pedigree_above TO :app_role;
