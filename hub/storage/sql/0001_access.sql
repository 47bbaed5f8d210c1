-- Who may see and change which rows. :app_role is the role that the hub's processes connect with;
-- the role that runs this owns everything and is used by migrations only.
-- Form of the policies: farm_id = ANY((SELECT app.my_farms())) evaluates the function once per query.
-- Inside functions the same: (SELECT app.is_steward()) once, not once a farm.
-- Functions that look past the policies are SECURITY DEFINER, owned by the owner, with a fixed
-- search_path, and answer only about the person that the transaction was opened for.

CREATE FUNCTION app.me() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('app.person_id', true), '')::uuid $$;

CREATE FUNCTION app.my_roles() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$ SELECT coalesce((SELECT roles FROM app.person WHERE id = app.me() AND disabled_at IS NULL), '{}') $$;

CREATE FUNCTION app.is_steward() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$ SELECT app.my_roles() && ARRAY['steward', 'admin'] $$;

CREATE FUNCTION app.my_farms() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(f.id), '{}') FROM app.farm f
WHERE (SELECT app.me()) IS NOT NULL AND (
    f.shared OR (SELECT app.is_steward())
    OR f.id IN (SELECT m.farm_id FROM app.farm_member m WHERE m.person_id = (SELECT app.me())))
$$;

CREATE FUNCTION app.my_writable_farms() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(f.id), '{}') FROM app.farm f
WHERE (SELECT app.is_steward())
   OR f.id IN (SELECT m.farm_id FROM app.farm_member m
               WHERE m.person_id = (SELECT app.me()) AND m.role IN ('owner', 'worker'))
$$;

CREATE FUNCTION app.my_evaluations() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(e.id), '{}') FROM app.evaluation e
WHERE (SELECT app.is_steward()) OR e.person_id = (SELECT app.me())
   OR (e.published_at IS NOT NULL AND e.withdrawn_at IS NULL AND (SELECT app.me()) IS NOT NULL)
$$;

-- Sign-in happens before there is a person to act for, so it goes through these two functions.
CREATE FUNCTION app.identify(p_id uuid, p_username text, p_name text, p_roles text[])
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE found uuid;
BEGIN
    INSERT INTO app.person (id, username, name, roles)
    VALUES (p_id, p_username, p_name, p_roles)
    ON CONFLICT (username) DO UPDATE
        SET roles = excluded.roles, updated_at = now(),
            name = coalesce(nullif(excluded.name, ''), person.name)
        WHERE person.disabled_at IS NULL
    RETURNING id INTO found;
    RETURN found;
END
$$;

CREATE FUNCTION app.local_account(p_username text)
RETURNS TABLE (id uuid, username text, name text, roles text[], password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT id, username, name, roles, password_hash FROM app.person
WHERE username = p_username AND disabled_at IS NULL AND password_hash IS NOT NULL
$$;

-- Every table: row security on, also for its owner; the owner's own rights come from a policy too.
DO $$
DECLARE t text;
BEGIN
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'app' LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
END $$;

-- Tables of farms' data: look where one belongs or what is shared, write where one works.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['import', 'import_row'] LOOP
        EXECUTE format($p$CREATE POLICY farm_write ON app.%I TO :app_role
            USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
            WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
    END LOOP;
    -- One policy for each act, so that reading asks for one list of farms and not for two.
    FOREACH t IN ARRAY ARRAY['animal', 'animal_identifier', 'record'] LOOP
        EXECUTE format($p$CREATE POLICY farm_read ON app.%I FOR SELECT TO :app_role
            USING (farm_id = ANY((SELECT app.my_farms())::uuid[]))$p$, t);
        EXECUTE format($p$CREATE POLICY farm_add ON app.%I FOR INSERT TO :app_role
            WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
        EXECUTE format($p$CREATE POLICY farm_change ON app.%I FOR UPDATE TO :app_role
            USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
            WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
        EXECUTE format($p$CREATE POLICY farm_delete ON app.%I FOR DELETE TO :app_role
            USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))$p$, t);
    END LOOP;
END $$;

CREATE POLICY farm_read ON app.farm FOR SELECT TO :app_role
    USING (id = ANY((SELECT app.my_farms())::uuid[]));
CREATE POLICY farm_write ON app.farm TO :app_role
    USING ((SELECT app.is_steward())) WITH CHECK ((SELECT app.is_steward()));

CREATE POLICY member_read ON app.farm_member FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.is_steward()));
CREATE POLICY member_write ON app.farm_member TO :app_role
    USING ((SELECT app.is_steward())) WITH CHECK ((SELECT app.is_steward()));

CREATE POLICY person_read ON app.person FOR SELECT TO :app_role
    USING (id = (SELECT app.me()) OR (SELECT app.is_steward()));
CREATE POLICY person_write ON app.person TO :app_role
    USING ((SELECT app.my_roles()) @> ARRAY['admin'])
    WITH CHECK ((SELECT app.my_roles()) @> ARRAY['admin']);

CREATE POLICY trait_read ON app.trait FOR SELECT TO :app_role USING (true);
CREATE POLICY trait_write ON app.trait TO :app_role
    USING ((SELECT app.is_steward())) WITH CHECK ((SELECT app.is_steward()));

CREATE POLICY own_or_steward ON app.file TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.is_steward()))
    WITH CHECK (person_id = (SELECT app.me()));
CREATE POLICY own_or_steward ON app.job TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.is_steward()))
    WITH CHECK (person_id = (SELECT app.me()) OR (SELECT app.is_steward()));

CREATE POLICY dataset_read ON app.dataset_version FOR SELECT TO :app_role
    USING (farm_ids <@ (SELECT app.my_farms())::uuid[]);
CREATE POLICY dataset_write ON app.dataset_version FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me()) AND farm_ids <@ (SELECT app.my_farms())::uuid[]);

CREATE POLICY evaluation_read ON app.evaluation FOR SELECT TO :app_role
    USING (id = ANY((SELECT app.my_evaluations())::uuid[]) OR person_id = (SELECT app.me()));
CREATE POLICY evaluation_write ON app.evaluation TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.is_steward()))
    WITH CHECK (farm_ids <@ (SELECT app.my_farms())::uuid[]
                AND (person_id = (SELECT app.me()) OR (SELECT app.is_steward())));

CREATE POLICY value_read ON app.breeding_value FOR SELECT TO :app_role
    USING (farm_id = ANY((SELECT app.my_farms())::uuid[])
           AND evaluation_id = ANY((SELECT app.my_evaluations())::uuid[]));
CREATE POLICY value_write ON app.breeding_value TO :app_role
    USING (farm_id = ANY((SELECT app.my_farms())::uuid[])
           AND evaluation_id IN (SELECT e.id FROM app.evaluation e
               WHERE e.person_id = (SELECT app.me()) OR (SELECT app.is_steward())))
    WITH CHECK (farm_id = ANY((SELECT app.my_farms())::uuid[])
           AND evaluation_id IN (SELECT e.id FROM app.evaluation e
               WHERE e.person_id = (SELECT app.me()) OR (SELECT app.is_steward())));

-- The audit log is added to by everybody, read by administrators, changed by nobody.
CREATE POLICY audit_add ON app.audit_event FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me()));
CREATE POLICY audit_read ON app.audit_event FOR SELECT TO :app_role
    USING ((SELECT app.my_roles()) @> ARRAY['admin']);

CREATE POLICY own ON app.idempotency_key TO :app_role
    USING (person_id = (SELECT app.me())) WITH CHECK (person_id = (SELECT app.me()));

GRANT USAGE ON SCHEMA app TO :app_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA app TO :app_role;
REVOKE UPDATE, DELETE ON app.audit_event FROM :app_role;
REVOKE UPDATE, DELETE ON app.dataset_version FROM :app_role;
REVOKE DELETE ON app.person, app.farm, app.trait, app.evaluation, app.job, app.file FROM :app_role;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA app FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app TO :app_role;
GRANT SELECT ON public.alembic_version TO :app_role;
