-- What is being uploaded is known to the person who uploads it, and to nobody else.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['upload', 'upload_part'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
        EXECUTE format('CREATE POLICY own ON app.%I TO :app_role USING (person_id = (SELECT app.me()))
                        WITH CHECK (person_id = (SELECT app.me()))', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON app.%I TO :app_role', t);
    END LOOP;
END $$;

-- A file goes away when nothing was made from it. Whether something was is asked past the row policies:
-- what was imported from it may belong to a farm that its owner has left.
CREATE FUNCTION app.remove_file(p_file uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
BEGIN
    IF NOT EXISTS (SELECT FROM file f WHERE f.id = p_file AND f.person_id = (SELECT app.me()))
       OR EXISTS (SELECT FROM genotype_set s WHERE p_file = ANY(s.file_ids)) THEN
        RETURN false;
    END IF;
    DELETE FROM file f WHERE f.id = p_file AND f.person_id = (SELECT app.me());
    RETURN true;
EXCEPTION WHEN foreign_key_violation THEN
    RETURN false;
END
$$;
REVOKE EXECUTE ON FUNCTION app.remove_file FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.remove_file TO :app_role;
