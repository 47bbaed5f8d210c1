-- An export is one person's. It holds what that person could see, and is handed out only as long as they
-- still see every farm in it: whoever has left a farm takes nothing more along.
ALTER TABLE app.export ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.export FORCE ROW LEVEL SECURITY;
DO $$ BEGIN
    EXECUTE format('CREATE POLICY owner_everything ON app.export TO %I USING (true) WITH CHECK (true)',
                   current_user);
END $$;
CREATE POLICY own ON app.export FOR SELECT TO :app_role USING (person_id = (SELECT app.me()));
CREATE POLICY own_change ON app.export FOR UPDATE TO :app_role
    USING (person_id = (SELECT app.me())) WITH CHECK (person_id = (SELECT app.me()));
CREATE POLICY own_delete ON app.export FOR DELETE TO :app_role
    USING (person_id = (SELECT app.me()));
CREATE POLICY own_add ON app.export FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me()) AND farm_ids <@ (SELECT app.my_farms())::uuid[]);

GRANT SELECT, INSERT, DELETE ON app.export TO :app_role;
GRANT UPDATE (state, job_id, error, name, object, sha256, size, counts, provenance, downloads,
              finished_at, expires_at, updated_at) ON app.export TO :app_role;

-- The archives of everybody whose time is over: the row says what it was, the object is let go, and
-- the collection of what nobody refers to takes it away.
CREATE FUNCTION app.expire_exports() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE gone integer;
BEGIN
    UPDATE export SET state = 'expired', object = '', updated_at = now()
    WHERE state = 'done' AND expires_at <= now();
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;
REVOKE EXECUTE ON FUNCTION app.expire_exports FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.expire_exports TO :app_role;
