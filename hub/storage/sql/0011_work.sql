-- What somebody has seen is theirs alone, and so are their calendars.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['alert_mark', 'calendar_feed'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
END $$;
CREATE POLICY own ON app.alert_mark TO :app_role
    USING (person_id = (SELECT app.me()))
    WITH CHECK (person_id = (SELECT app.me()) AND farm_id = ANY((SELECT app.my_farms())::uuid[]));
CREATE POLICY own_read ON app.calendar_feed FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()));
CREATE POLICY own_add ON app.calendar_feed FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me()) AND farm_id = ANY((SELECT app.my_farms())::uuid[]));
-- A calendar can be ended by somebody who has left the farm, too.
CREATE POLICY own_end ON app.calendar_feed FOR UPDATE TO :app_role
    USING (person_id = (SELECT app.me())) WITH CHECK (person_id = (SELECT app.me()));

-- A calendar program has no sign-in: the secret says whose calendar of which farm it is. What it
-- may see is decided afterwards, as that person.
CREATE FUNCTION app.calendar_of(p_secret_hash text)
RETURNS TABLE (person_id uuid, farm_id uuid, language text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT f.person_id, f.farm_id, f.language FROM app.calendar_feed f
WHERE f.secret_hash = p_secret_hash AND f.revoked_at IS NULL
$$;

REVOKE EXECUTE ON FUNCTION app.calendar_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.calendar_of TO :app_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.alert_mark TO :app_role;
GRANT SELECT, INSERT ON app.calendar_feed TO :app_role;
GRANT UPDATE (revoked_at) ON app.calendar_feed TO :app_role;
