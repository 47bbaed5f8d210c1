-- Dataset versions never change, whoever asks: not even the owner of the tables rewrites one.
CREATE FUNCTION app.keep_dataset() RETURNS trigger LANGUAGE plpgsql
SET search_path = app, pg_temp AS
$$
BEGIN
    RAISE EXCEPTION 'a dataset version never changes' USING ERRCODE = '42501';
END
$$;
CREATE TRIGGER keep_dataset BEFORE UPDATE OR DELETE ON app.dataset_version
    FOR EACH ROW EXECUTE FUNCTION app.keep_dataset();

-- A version that names no dataset begins one; software of before 0021 names none.
CREATE FUNCTION app.begin_series() RETURNS trigger LANGUAGE plpgsql
SET search_path = app, pg_temp AS
$$
BEGIN
    NEW.series_id := coalesce(NEW.series_id, NEW.id);
    RETURN NEW;
END
$$;
CREATE TRIGGER begin_series BEFORE INSERT ON app.dataset_version
    FOR EACH ROW EXECUTE FUNCTION app.begin_series();

CREATE FUNCTION app.reads_series(series uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT EXISTS (SELECT FROM app.dataset_version v
               WHERE v.series_id = series AND v.farm_ids <@ (SELECT app.my_farms())::uuid[])
$$;

-- The next number counts versions that the caller may not see, too; one at a time takes it. Who reads
-- no version of the dataset is told none.
CREATE FUNCTION app.next_version(series uuid) RETURNS integer LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT pg_advisory_xact_lock(hashtextextended(series::text, 21)) WHERE app.reads_series(series);
SELECT coalesce(max(number), 0) + 1 FROM app.dataset_version
WHERE series_id = series AND app.reads_series(series) HAVING count(*) > 0;
$$;

-- A version joins a dataset of which its maker reads another version.
DROP POLICY dataset_write ON app.dataset_version;
CREATE POLICY dataset_write ON app.dataset_version FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me()) AND farm_ids <@ (SELECT app.my_farms())::uuid[]
                AND (series_id = id OR app.reads_series(series_id)));

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['dataset_tag', 'dataset_comparison'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
END $$;

-- A tag is read with its version, and moved or removed by who set it, or by a steward.
CREATE POLICY tag_read ON app.dataset_tag FOR SELECT TO :app_role
    USING (version_id IN (SELECT v.id FROM app.dataset_version v));
CREATE POLICY tag_add ON app.dataset_tag FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me())
                AND (version_id, series_id) IN (SELECT v.id, v.series_id FROM app.dataset_version v));
CREATE POLICY tag_move ON app.dataset_tag FOR UPDATE TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.is_steward()))
    WITH CHECK ((version_id, series_id) IN (SELECT v.id, v.series_id FROM app.dataset_version v));
CREATE POLICY tag_remove ON app.dataset_tag FOR DELETE TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.is_steward()));

CREATE FUNCTION app.keep_tag() RETURNS trigger LANGUAGE plpgsql
SET search_path = app, pg_temp AS
$$
BEGIN
    IF OLD.fixed THEN
        RAISE EXCEPTION 'a fixed tag stays where it is' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_tag BEFORE UPDATE OR DELETE ON app.dataset_tag
    FOR EACH ROW EXECUTE FUNCTION app.keep_tag();

-- What differs between two versions is read by who reads both.
CREATE POLICY comparison_read ON app.dataset_comparison FOR SELECT TO :app_role
    USING (before_id IN (SELECT v.id FROM app.dataset_version v)
           AND after_id IN (SELECT v.id FROM app.dataset_version v));
CREATE POLICY comparison_add ON app.dataset_comparison FOR INSERT TO :app_role
    WITH CHECK (before_id IN (SELECT v.id FROM app.dataset_version v)
                AND after_id IN (SELECT v.id FROM app.dataset_version v));

REVOKE EXECUTE ON FUNCTION app.keep_dataset, app.begin_series, app.next_version, app.reads_series,
    app.keep_tag FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.next_version, app.reads_series TO :app_role;
GRANT SELECT, INSERT ON app.dataset_comparison TO :app_role;
GRANT SELECT, INSERT, DELETE ON app.dataset_tag TO :app_role;
GRANT UPDATE (version_id, fixed, why, updated_at) ON app.dataset_tag TO :app_role;
