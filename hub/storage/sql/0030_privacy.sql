-- What is held about people: consents, archives for them, erasures; and what classes may see of farms.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['consent', 'personal_export', 'erasure', 'legal_hold', 'course_key',
                             'teaching_grant'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
END $$;

-- Decisions are added, never changed.
CREATE POLICY own ON app.consent FOR SELECT TO :app_role USING (person_id = (SELECT app.me()));
CREATE POLICY own_add ON app.consent FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me()));
GRANT SELECT, INSERT ON app.consent TO :app_role;

CREATE POLICY own ON app.personal_export FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()));
CREATE POLICY own_add ON app.personal_export FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me()));
CREATE POLICY own_change ON app.personal_export FOR UPDATE TO :app_role
    USING (person_id = (SELECT app.me())) WITH CHECK (person_id = (SELECT app.me()));
GRANT SELECT, INSERT ON app.personal_export TO :app_role;
GRANT UPDATE (state, job_id, error, object, sha256, size, finished_at, expires_at, updated_at)
    ON app.personal_export TO :app_role;

-- A wish is made by the person or an administrator, and taken back while it waits; what follows is
-- written by the functions below.
CREATE POLICY own ON app.erasure FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.my_roles()) @> ARRAY['admin']);
CREATE POLICY own_add ON app.erasure FOR INSERT TO :app_role
    WITH CHECK (asked_by = (SELECT app.me()) AND state = 'waiting' AND began_at IS NULL
                AND (person_id = (SELECT app.me()) OR (SELECT app.my_roles()) @> ARRAY['admin']));
CREATE POLICY own_take_back ON app.erasure FOR UPDATE TO :app_role
    USING (state = 'waiting'
           AND (person_id = (SELECT app.me()) OR (SELECT app.my_roles()) @> ARRAY['admin']))
    WITH CHECK (state = 'taken_back');
GRANT SELECT ON app.erasure TO :app_role;
GRANT INSERT (id, person_id, asked_by, due_at) ON app.erasure TO :app_role;
GRANT UPDATE (state, updated_at) ON app.erasure TO :app_role;

-- Whom a hold concerns is told why.
CREATE POLICY own ON app.legal_hold FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.my_roles()) @> ARRAY['admin']);
CREATE POLICY admin_add ON app.legal_hold FOR INSERT TO :app_role
    WITH CHECK (made_by = (SELECT app.me()) AND (SELECT app.my_roles()) @> ARRAY['admin']);
CREATE POLICY admin_end ON app.legal_hold FOR UPDATE TO :app_role
    USING ((SELECT app.my_roles()) @> ARRAY['admin'])
    WITH CHECK ((SELECT app.my_roles()) @> ARRAY['admin']);
GRANT SELECT, INSERT, UPDATE (ended_at) ON app.legal_hold TO :app_role;

CREATE POLICY by_functions_only ON app.course_key FOR SELECT TO :app_role USING (false);

CREATE POLICY owner_read ON app.teaching_grant FOR SELECT TO :app_role
    USING (farm_id = ANY((SELECT app.my_owned_farms())::uuid[]));
CREATE POLICY owner_add ON app.teaching_grant FOR INSERT TO :app_role
    WITH CHECK (farm_id = ANY((SELECT app.my_owned_farms())::uuid[])
                AND agreed_by = (SELECT app.me()));
CREATE POLICY owner_end ON app.teaching_grant FOR UPDATE TO :app_role
    USING (farm_id = ANY((SELECT app.my_owned_farms())::uuid[]))
    WITH CHECK (farm_id = ANY((SELECT app.my_owned_farms())::uuid[]));
GRANT SELECT, INSERT, UPDATE (revoked_at, revoked_by) ON app.teaching_grant TO :app_role;

-- --- whose rows are whose

-- Farms that nobody else has a place on.
CREATE FUNCTION app.farms_only_of(p_person uuid) RETURNS uuid[] LANGUAGE sql STABLE
SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(f.id), '{}') FROM app.farm f
WHERE NOT f.shared
  AND EXISTS (SELECT FROM app.farm_member m
              WHERE m.farm_id = f.id AND m.person_id = p_person AND m.role = 'owner')
  AND NOT EXISTS (SELECT FROM app.farm_member m
                  WHERE m.farm_id = f.id AND m.person_id <> p_person
                    AND app.is_current(m.valid_from, m.valid_until))
$$;

-- A condition on rows of a table: one of these columns, all of them ids, is the person; or the farm
-- is the person's only. Names are looked up in the catalogue, so nothing else can stand in them.
CREATE FUNCTION app.rows_of(p_table text, p_people text[], p_farm text, p_person uuid) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = app, pg_temp AS
$$
DECLARE name text; conditions text[] := '{}';
BEGIN
    FOREACH name IN ARRAY p_people || CASE WHEN p_farm <> '' THEN ARRAY[p_farm] ELSE '{}' END LOOP
        IF NOT EXISTS (
            SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relnamespace = 'app'::regnamespace AND c.relname = p_table AND c.relkind = 'r'
              AND a.attname = name AND a.atttypid = 'uuid'::regtype AND NOT a.attisdropped) THEN
            RAISE EXCEPTION 'no id %.%', p_table, name USING ERRCODE = '42501';
        END IF;
        conditions := conditions || CASE
            WHEN name = p_farm AND p_farm <> '' THEN
                format('t.%I = ANY(%L::uuid[])', name, app.farms_only_of(p_person))
            ELSE format('t.%I = %L::uuid', name, p_person) END;
    END LOOP;
    RETURN CASE WHEN conditions = '{}' THEN 'false' ELSE array_to_string(conditions, ' OR ') END;
END
$$;

-- What a table holds about the caller, for the archive they asked for: nobody else's rows, and of
-- these only what is asked for.
CREATE FUNCTION app.held_about_me(p_table text, p_people text[], p_farm text, p_columns text[])
RETURNS SETOF jsonb LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
BEGIN
    IF app.me() IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT (SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb(t)) '
        'WHERE key = ANY(%L::text[])) FROM app.%I t WHERE %s',
        p_columns, p_table, app.rows_of(p_table, p_people, p_farm, app.me()));
END
$$;

-- --- erasure

-- Whether somebody is being erased now; asked by triggers that keep rows as they are.
CREATE FUNCTION app.is_being_erased(p_person uuid) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = app, pg_temp AS
$$ SELECT EXISTS (SELECT FROM app.erasure e WHERE e.person_id = p_person AND e.state = 'running') $$;

-- A version never changes but in one thing: the name of somebody who is being erased goes.
CREATE OR REPLACE FUNCTION app.keep_dataset() RETURNS trigger LANGUAGE plpgsql
SET search_path = app, pg_temp AS
$$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.creator = 'erased' AND app.is_being_erased(OLD.person_id)
       AND to_jsonb(NEW) - 'creator' = to_jsonb(OLD) - 'creator' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a dataset version never changes' USING ERRCODE = '42501';
END
$$;

-- What is to be done, the oldest first, for the worker: a wish whose time has come and which no hold
-- stops, or one that was begun.
CREATE FUNCTION app.erasures_due() RETURNS SETOF app.erasure LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT e.* FROM app.erasure e
WHERE e.state = 'running' OR (e.state = 'waiting' AND e.due_at <= now() AND NOT EXISTS (
    SELECT FROM app.legal_hold h WHERE h.person_id = e.person_id AND h.ended_at IS NULL))
ORDER BY e.due_at, e.id
$$;

-- One worker at a time; the lock goes with its transaction, or with the worker.
CREATE FUNCTION app.erasure_lock(p_erasure uuid) RETURNS boolean LANGUAGE sql SECURITY DEFINER
SET search_path = app, pg_temp AS
$$ SELECT pg_try_advisory_xact_lock(hashtextextended('app.erasure:' || p_erasure, 0)) $$;

-- From here on nobody signs in as this person, and there is no way back. Returns who it is.
CREATE FUNCTION app.erasure_begin(p_erasure uuid)
RETURNS TABLE (person_id uuid, username text, name text, address text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
BEGIN
    UPDATE erasure e SET state = 'running', began_at = coalesce(e.began_at, now()), updated_at = now()
    WHERE e.id = p_erasure AND (e.state = 'running' OR e.state = 'waiting' AND e.due_at <= now()
        AND NOT EXISTS (SELECT FROM legal_hold h
                        WHERE h.person_id = e.person_id AND h.ended_at IS NULL));
    UPDATE person p SET disabled_at = coalesce(p.disabled_at, now()), roles = '{}', updated_at = now()
    FROM erasure e WHERE e.id = p_erasure AND e.state = 'running' AND p.id = e.person_id;
    RETURN QUERY SELECT p.id, p.username::text, p.name::text, coalesce(a.sealed, '')::text
    FROM erasure e JOIN person p ON p.id = e.person_id
    LEFT JOIN person_address a ON a.person_id = p.id
    WHERE e.id = p_erasure AND e.state = 'running';
END
$$;

CREATE FUNCTION app.erasure_note(p_erasure uuid, p_step text, p_told jsonb, p_sealed text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
UPDATE erasure SET steps = steps || jsonb_build_object(p_step, p_told), error = '',
    sealed = coalesce(p_sealed, sealed), updated_at = now()
WHERE id = p_erasure AND state = 'running'
$$;

CREATE FUNCTION app.erasure_failed(p_erasure uuid, p_error text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS
$$ UPDATE erasure SET error = p_error, updated_at = now() WHERE id = p_erasure AND state <> 'done' $$;

CREATE FUNCTION app.erasure_finish(p_erasure uuid, p_certificate jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
UPDATE erasure SET state = 'done', sealed = '', error = '', finished_at = now(),
    certificate = p_certificate, updated_at = now()
WHERE id = p_erasure AND state = 'running'
$$;

-- JupyterHub's part: it is asked who has to go, and says when they are gone.
CREATE FUNCTION app.hub_erasures() RETURNS TABLE (id uuid, sealed text) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT e.id, e.sealed::text FROM app.erasure e
WHERE e.state = 'running' AND e.hub_at IS NULL AND e.sealed <> ''
$$;
CREATE FUNCTION app.hub_erased(p_erasure uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = app, pg_temp AS
$$ UPDATE erasure SET hub_at = now() WHERE id = p_erasure AND state = 'running' AND hub_at IS NULL $$;

-- Rows of the person of a running erasure, and of nobody else: deleted, or columns set to values, and
-- these words replaced where they stand as whole texts in columns of JSON.
CREATE FUNCTION app.erase_rows(p_erasure uuid, p_table text, p_people text[], p_farm text,
                               p_delete boolean, p_set jsonb, p_redact text[], p_words text[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE who uuid; wanted text; changes text; name text; word text; changed text; gone bigint := 0;
BEGIN
    SELECT e.person_id INTO who FROM erasure e WHERE e.id = p_erasure AND e.state = 'running';
    IF who IS NULL THEN
        RAISE EXCEPTION 'no such erasure is running' USING ERRCODE = '42501';
    END IF;
    wanted := app.rows_of(p_table, p_people, p_farm, who);
    IF p_delete THEN
        EXECUTE format('DELETE FROM app.%I t WHERE %s', p_table, wanted);
        GET DIAGNOSTICS gone = ROW_COUNT;
        RETURN gone;
    END IF;
    SELECT string_agg(format('%1$I = (jsonb_populate_record(NULL::app.%2$I, %3$L)).%1$I',
                             key, p_table, p_set), ', ') INTO changes FROM jsonb_object_keys(p_set) key;
    FOREACH name IN ARRAY p_redact LOOP
        changed := format('t.%I::text', name);
        FOREACH word IN ARRAY p_words LOOP
            changed := format('replace(%s, %L, %L)', changed, to_jsonb(word)::text, '"erased"');
        END LOOP;
        changes := concat_ws(', ', changes, format('%I = (%s)::jsonb', name, changed));
    END LOOP;
    EXECUTE format('UPDATE app.%I t SET %s WHERE %s', p_table, changes, wanted);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

-- Files that nothing was made from, or only on farms that are the person's only, and photos there.
-- Returns objects that no row names any more.
CREATE FUNCTION app.erase_files(p_erasure uuid) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE who uuid; alone uuid[]; digests text[];
BEGIN
    SELECT e.person_id INTO who FROM erasure e WHERE e.id = p_erasure AND e.state = 'running';
    IF who IS NULL THEN
        RAISE EXCEPTION 'no such erasure is running' USING ERRCODE = '42501';
    END IF;
    alone := app.farms_only_of(who);
    WITH gone AS (
        SELECT f.id, f.sha256 FROM file f WHERE f.person_id = who
          AND NOT EXISTS (SELECT FROM import i WHERE i.file_id = f.id AND i.farm_id <> ALL(alone))
          AND NOT EXISTS (SELECT FROM genotype_set g
                          WHERE f.id = ANY(g.file_ids) AND NOT g.farm_ids <@ alone)
    ), photos AS (
        DELETE FROM photo p WHERE p.farm_id = ANY(alone) RETURNING p.sha256, p.thumbnail_sha256
    ), archives AS (
        SELECT x.object AS sha256 FROM export x WHERE x.person_id = who
        UNION ALL SELECT x.object FROM personal_export x WHERE x.person_id = who
    )
    SELECT array_agg(DISTINCT sha256) INTO digests FROM (
        SELECT gone.sha256 FROM gone UNION ALL SELECT p.sha256 FROM photos p
        UNION ALL SELECT p.thumbnail_sha256 FROM photos p UNION ALL SELECT a.sha256 FROM archives a
    ) one WHERE sha256 <> '';
    RETURN QUERY SELECT 'upload:' || u.id FROM upload u WHERE u.person_id = who;
    DELETE FROM upload_part p WHERE p.person_id = who;
    DELETE FROM upload u WHERE u.person_id = who;
    DELETE FROM export x WHERE x.person_id = who;
    DELETE FROM personal_export x WHERE x.person_id = who;
    DELETE FROM file f WHERE f.person_id = who
        AND NOT EXISTS (SELECT FROM import i WHERE i.file_id = f.id)
        AND NOT EXISTS (SELECT FROM import_source_file s WHERE s.file_id = f.id)
        AND NOT EXISTS (SELECT FROM upload u WHERE u.file_id = f.id)
        AND NOT EXISTS (SELECT FROM genotype_set g WHERE f.id = ANY(g.file_ids));
    RETURN QUERY SELECT one FROM unnest(digests) one
    WHERE NOT EXISTS (SELECT FROM file f WHERE f.sha256 = one AND f.person_id <> who)
      AND NOT EXISTS (SELECT FROM photo p WHERE one IN (p.sha256, p.thumbnail_sha256))
      AND NOT EXISTS (SELECT FROM export x WHERE x.object = one)
      AND NOT EXISTS (SELECT FROM genotype_set g WHERE g.objects::text LIKE '%' || one || '%')
      AND NOT EXISTS (SELECT FROM dataset_version d WHERE d.objects::text LIKE '%' || one || '%')
      AND NOT EXISTS (SELECT FROM evaluation v WHERE v.objects::text LIKE '%' || one || '%')
      AND NOT EXISTS (SELECT FROM association a WHERE a.objects::text LIKE '%' || one || '%')
      AND NOT EXISTS (SELECT FROM panel p WHERE p.objects::text LIKE '%' || one || '%');
END
$$;

-- What only PostgreSQL can do at the end: grants to the person end, farms that were the person's only
-- and the person themself get names that name nobody.
CREATE FUNCTION app.erase_person(p_erasure uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE who uuid;
BEGIN
    SELECT e.person_id INTO who FROM erasure e WHERE e.id = p_erasure AND e.state = 'running';
    IF who IS NULL THEN
        RAISE EXCEPTION 'no such erasure is running' USING ERRCODE = '42501';
    END IF;
    UPDATE farm f SET code = 'F-' || upper(right(replace(f.id::text, '-', ''), 10)),
        name = 'Farm without a name', updated_at = now() WHERE f.id = ANY(app.farms_only_of(who));
    UPDATE data_grant g SET revoked_at = now(), revoked_by = who, updated_at = now()
        WHERE g.person_id = who AND g.revoked_at IS NULL;
    UPDATE person p SET username = 'erased-' || p.id, name = '', roles = '{}', password_hash = NULL,
        updated_at = now() WHERE p.id = who;
END
$$;

-- An archive that was not fetched in time, or was fetched, is let go.
CREATE FUNCTION app.expire_personal_exports() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE gone integer;
BEGIN
    UPDATE personal_export SET state = 'expired', object = '', updated_at = now()
    WHERE state = 'done' AND expires_at <= now();
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
$$;

-- --- classes

CREATE FUNCTION app.find_class(p_code text) RETURNS TABLE (id uuid, code text, name text, purpose text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT p.id, p.code::text, p.name::text, p.purpose::text FROM app.project p
WHERE p.code = p_code AND p.kind = 'class' AND cardinality((SELECT app.my_owned_farms())) > 0
  AND app.is_current(p.valid_from, p.valid_until)
$$;

-- Whether the caller leads or learns in a class that goes on.
CREATE FUNCTION app.in_class(p_class uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT EXISTS (
    SELECT FROM app.project_member m JOIN app.project p ON p.id = m.project_id
    WHERE p.id = p_class AND p.kind = 'class' AND m.person_id = (SELECT app.me())
      AND m.role IN ('lead', 'student') AND app.is_current(m.valid_from, m.valid_until)
      AND app.is_current(p.valid_from, p.valid_until))
$$;

-- The class's sealed key, `fresh` if it had none.
CREATE FUNCTION app.class_key(p_class uuid, p_fresh text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE known text;
BEGIN
    IF NOT app.in_class(p_class) THEN
        RETURN NULL;
    END IF;
    INSERT INTO course_key (project_id, sealed) VALUES (p_class, p_fresh)
    ON CONFLICT (project_id) DO NOTHING;
    SELECT k.sealed INTO known FROM course_key k WHERE k.project_id = p_class;
    RETURN known;
END
$$;

-- Animals of farms that agreed: an allow-list of columns, dates to the month, the region for the farm.
-- Ids leave the database for the hub's process alone, which puts the class's pseudonyms in their place.
CREATE FUNCTION app.class_animals(p_class uuid)
RETURNS TABLE (id uuid, sire_id uuid, dam_id uuid, species text, breed text, sex text,
               birth_month date, birth_type integer, region text, region_farms bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT a.id, a.sire_id, a.dam_id, a.species::text, a.breed::text, a.sex::text,
       date_trunc('month', a.birth_date)::date, a.birth_type, f.region::text, f.farms
FROM (SELECT f.id, f.region, count(*) OVER (PARTITION BY f.region) AS farms
      FROM app.teaching_grant g JOIN app.farm f ON f.id = g.farm_id
      WHERE g.project_id = p_class AND (SELECT app.in_class(p_class)) AND g.revoked_at IS NULL
        AND app.is_current(g.agreed_at, g.valid_until)) f
JOIN app.animal a ON a.farm_id = f.id
$$;

REVOKE EXECUTE ON FUNCTION app.farms_only_of, app.rows_of, app.held_about_me, app.is_being_erased,
    app.erasures_due, app.erasure_lock, app.erasure_begin, app.erasure_note, app.erasure_failed,
    app.erasure_finish, app.hub_erasures, app.hub_erased, app.erase_rows, app.erase_files,
    app.erase_person, app.expire_personal_exports, app.find_class, app.in_class, app.class_key,
    app.class_animals FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.held_about_me, app.erasures_due, app.erasure_lock, app.erasure_begin,
    app.erasure_note, app.erasure_failed, app.erasure_finish, app.hub_erasures, app.hub_erased,
    app.erase_rows, app.erase_files, app.erase_person, app.expire_personal_exports, app.find_class,
    app.in_class, app.class_key, app.class_animals TO :app_role;
