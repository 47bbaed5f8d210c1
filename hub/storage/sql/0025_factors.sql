-- Factors, recovery codes and challenges are one person's, seen and changed by nobody else:
-- administrators take all factors of somebody away with a function that shows them nothing.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['factor', 'recovery_code', 'challenge'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['factor', 'recovery_code'] LOOP
        EXECUTE format('CREATE POLICY own_read ON app.%I FOR SELECT TO :app_role
            USING (person_id = (SELECT app.me()))', t);
        EXECUTE format('CREATE POLICY own_add ON app.%I FOR INSERT TO :app_role
            WITH CHECK (person_id = (SELECT app.me()))', t);
        EXECUTE format('CREATE POLICY own_change ON app.%I FOR UPDATE TO :app_role
            USING (person_id = (SELECT app.me())) WITH CHECK (person_id = (SELECT app.me()))', t);
        EXECUTE format('CREATE POLICY own_delete ON app.%I FOR DELETE TO :app_role
            USING (person_id = (SELECT app.me()))', t);
    END LOOP;
END $$;
GRANT SELECT, INSERT, DELETE ON app.factor, app.recovery_code TO :app_role;
GRANT UPDATE (name, secret, last_step, uses, synced, confirmed_at, last_used_at, updated_at)
    ON app.factor TO :app_role;
GRANT UPDATE (used_at) ON app.recovery_code TO :app_role;

-- A challenge of nobody belongs to a sign-in with a passkey alone: who it is, the signature will say.
CREATE POLICY own_read ON app.challenge FOR SELECT TO :app_role
    USING (person_id IS NOT DISTINCT FROM (SELECT app.me()));
CREATE POLICY own_add ON app.challenge FOR INSERT TO :app_role
    WITH CHECK (person_id IS NOT DISTINCT FROM (SELECT app.me()));
CREATE POLICY own_change ON app.challenge FOR UPDATE TO :app_role
    USING (person_id IS NOT DISTINCT FROM (SELECT app.me()))
    WITH CHECK (person_id IS NOT DISTINCT FROM (SELECT app.me()));
CREATE POLICY own_delete ON app.challenge FOR DELETE TO :app_role
    USING (person_id IS NOT DISTINCT FROM (SELECT app.me()));
GRANT SELECT, INSERT, DELETE ON app.challenge TO :app_role;
GRANT UPDATE (wrong, used_at) ON app.challenge TO :app_role;

-- Whose passkey this is, for a sign-in with nothing else; nobody's when the account is disabled.
CREATE FUNCTION app.passkey_owner(p_credential bytea)
RETURNS TABLE (person_id uuid, username text, name text, roles text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT p.id, p.username, p.name, p.roles FROM factor f JOIN person p ON p.id = f.person_id
WHERE f.credential = p_credential AND f.confirmed_at IS NOT NULL AND p.disabled_at IS NULL
$$;

-- For a lost phone. It says whose factors went and how many, not what they were.
CREATE FUNCTION app.reset_factors(p_person uuid) RETURNS TABLE (username text, gone integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
BEGIN
    IF NOT (SELECT app.my_roles()) @> ARRAY['admin'] THEN
        RAISE EXCEPTION 'only administrators take factors of others away'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM recovery_code WHERE person_id = p_person;
    UPDATE challenge SET used_at = now() WHERE person_id = p_person AND used_at IS NULL;
    DELETE FROM factor WHERE person_id = p_person;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN QUERY SELECT p.username::text, gone FROM person p WHERE p.id = p_person;
END
$$;

-- What has been over for an hour goes when the next is asked.
CREATE FUNCTION app.purge_challenges() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE gone integer;
BEGIN
    DELETE FROM challenge WHERE expires_at < now() - interval '1 hour';
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
REVOKE EXECUTE ON FUNCTION app.passkey_owner, app.reset_factors, app.purge_challenges FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.passkey_owner, app.reset_factors, app.purge_challenges TO :app_role;
