-- Keys that sign access tokens. They are nobody's in particular: every process of the hub may read
-- them, and what it must not lose is sealed with a key that the database does not have.
ALTER TABLE app.signing_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.signing_key FORCE ROW LEVEL SECURITY;
DO $$ BEGIN
    EXECUTE format('CREATE POLICY owner_everything ON app.signing_key TO %I USING (true) WITH CHECK (true)',
                   current_user);
END $$;
CREATE POLICY hub_read ON app.signing_key FOR SELECT TO :app_role USING (true);
CREATE POLICY hub_add ON app.signing_key FOR INSERT TO :app_role WITH CHECK (true);
CREATE POLICY hub_change ON app.signing_key FOR UPDATE TO :app_role USING (true) WITH CHECK (true);
CREATE POLICY hub_forget ON app.signing_key FOR DELETE TO :app_role USING (true);
GRANT SELECT, INSERT, DELETE ON app.signing_key TO :app_role;
GRANT UPDATE (sealed, active_at, retired_at) ON app.signing_key TO :app_role;

-- A scale or a reader can be let in for one farm. Which one stands in the transaction, and these
-- policies narrow what all others allow; they widen nothing.
CREATE FUNCTION app.only_farm() RETURNS uuid LANGUAGE sql STABLE
SET search_path = app, pg_temp AS
$$ SELECT nullif(current_setting('app.only_farm', true), '')::uuid $$;
REVOKE EXECUTE ON FUNCTION app.only_farm FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.only_farm TO :app_role;

DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT c.relname, CASE WHEN c.relname = 'farm' THEN 'id' ELSE 'farm_id' END AS farm,
               CASE WHEN a.attnotnull THEN '' ELSE ' OR farm_id IS NULL' END AS nowhere
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'app'::regnamespace AND c.relkind IN ('r', 'p')
          AND a.attname = CASE WHEN c.relname = 'farm' THEN 'id' ELSE 'farm_id' END
          AND NOT a.attisdropped
    LOOP
        EXECUTE format(
            'CREATE POLICY one_farm ON app.%I AS RESTRICTIVE TO :app_role USING '
            '((SELECT app.only_farm()) IS NULL OR %I = (SELECT app.only_farm())%s)',
            one.relname, one.farm, one.nowhere);
    END LOOP;
END $$;
