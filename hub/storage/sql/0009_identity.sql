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
CREATE POLICY nobody ON app.animal_merge_move FOR SELECT TO :app_role USING (false);
GRANT SELECT ON app.animal_merge TO :app_role;

-- What rules out a sex or an age, now also as recipient dam, foster dam and possible sire.
CREATE OR REPLACE FUNCTION app.offspring_facts(parent uuid)
RETURNS TABLE (as_sire bigint, as_dam bigint, first_birth date, species text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH young AS (
    SELECT o.id, o.birth_date, o.species, o.sire_id = parent AS as_sire
    FROM app.animal o
    WHERE parent IN (o.sire_id, o.dam_id, o.recipient_dam_id, o.foster_dam_id)
    UNION
    SELECT o.id, o.birth_date, o.species, true
    FROM app.animal_possible_sire s JOIN app.animal o ON o.id = s.animal_id
    WHERE s.sire_id = parent
)
SELECT count(*) FILTER (WHERE y.as_sire), count(*) FILTER (WHERE y.as_sire IS NOT TRUE),
       min(y.birth_date), array_agg(DISTINCT y.species)
FROM young y
WHERE EXISTS (SELECT FROM app.animal p
              WHERE p.id = parent AND p.farm_id = ANY(app.my_writable_farms()))
$$;

-- What follows to merge_animals is used by the two functions that merge and undo, which alone look
-- past the policies.
-- Every column that names an animal, as the catalogue has it: a table that comes later is found too.
CREATE FUNCTION app.animal_references()
RETURNS TABLE (table_name name, column_name name, required boolean)
LANGUAGE sql STABLE SET search_path = app, pg_temp AS
$$
SELECT DISTINCT t.relname, own.attname, own.attnotnull
FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid
CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS pair(own, theirs)
JOIN pg_attribute own ON own.attrelid = c.conrelid AND own.attnum = pair.own
JOIN pg_attribute theirs ON theirs.attrelid = c.confrelid AND theirs.attnum = pair.theirs
WHERE c.contype = 'f' AND c.confrelid = 'app.animal'::regclass AND theirs.attname = 'id'
ORDER BY 1, 2
$$;

-- Equality of a row `t` with a row `k` in the primary key.
CREATE FUNCTION app.same_key(p_table name) RETURNS text
LANGUAGE sql STABLE SET search_path = app, pg_temp AS
$$
SELECT string_agg(format('t.%1$I = k.%1$I', a.attname), ' AND ')
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indrelid = format('app.%I', p_table)::regclass AND i.indisprimary
$$;

-- A row that was taken out, put back; columns that are computed are left to PostgreSQL.
CREATE FUNCTION app.put_back(p_table name, p_row jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = app, pg_temp AS
$$
DECLARE columns text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns FROM pg_attribute
    WHERE attrelid = format('app.%I', p_table)::regclass AND attnum > 0 AND NOT attisdropped
      AND attgenerated = '';
    EXECUTE format('INSERT INTO app.%1$I (%2$s) SELECT %2$s FROM jsonb_populate_record(NULL::app.%1$I, $1)
                    ON CONFLICT DO NOTHING', p_table, columns) USING p_row;
END
$$;

-- Facts of an animal by name, set to what is given.
CREATE FUNCTION app.put_facts(p_animal uuid, p_facts jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = app, pg_temp AS
$$
DECLARE names text;
BEGIN
    SELECT string_agg(quote_ident(key), ', ') INTO names FROM jsonb_object_keys(p_facts) AS key;
    IF names IS NULL THEN RETURN; END IF;
    EXECUTE format('UPDATE app.animal t SET (%1$s, updated_at) = (SELECT %1$s, now()
                    FROM jsonb_populate_record(t, $2)) WHERE t.id = $1', names)
        USING p_animal, p_facts;
END
$$;

-- Rows that name the other animal name the one that is kept. What may not stand twice (one sample of
-- an animal in a set, one record of an occasion) is cleared or put aside. Each is noted.
CREATE FUNCTION app.move_references(p_merge uuid, p_keep uuid, p_other uuid) RETURNS jsonb
LANGUAGE plpgsql SET search_path = app, pg_temp AS
$$
DECLARE
    ref record; one record; after jsonb; done text; place int := 0; counts jsonb := '{}';
BEGIN
    FOR ref IN SELECT * FROM app.animal_references() LOOP
        FOR one IN EXECUTE format('SELECT ctid, to_jsonb(t) AS before FROM app.%I t WHERE %I = $1
                                   FOR UPDATE', ref.table_name, ref.column_name) USING p_other LOOP
            place := place + 1;
            after := one.before || jsonb_build_object(ref.column_name, p_keep);
            BEGIN
                EXECUTE format('UPDATE app.%I SET %I = $1 WHERE ctid = $2',
                               ref.table_name, ref.column_name) USING p_keep, one.ctid;
                done := 'moved';
            EXCEPTION WHEN unique_violation THEN
                IF ref.required THEN
                    EXECUTE format('DELETE FROM app.%I WHERE ctid = $1', ref.table_name)
                        USING one.ctid;
                    done := 'aside';
                ELSE
                    EXECUTE format('UPDATE app.%I SET %I = NULL WHERE ctid = $1',
                                   ref.table_name, ref.column_name) USING one.ctid;
                    done := 'cleared';
                END IF;
            END;
            INSERT INTO app.animal_merge_move
                (merge_id, number, how, table_name, column_name, key, before)
            VALUES (p_merge, place, done, ref.table_name, ref.column_name, after, one.before);
            counts := app.counted(counts, ref.table_name, done);
        END LOOP;
    END LOOP;
    RETURN counts || app.move_names(p_merge, p_keep, p_other, place);
END
$$;

CREATE FUNCTION app.counted(p_counts jsonb, p_table name, p_how text) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = app, pg_temp AS
$$
SELECT p_counts || jsonb_build_object(name, coalesce((p_counts ->> name)::int, 0) + 1)
FROM (SELECT p_table || CASE p_how WHEN 'aside' THEN ' put aside' WHEN 'cleared' THEN ' cleared'
                                   ELSE '' END AS name) AS one
$$;

-- Events name sires, donors and young in their details, on the farms of the same people; those of a
-- shared farm's animals anywhere.
CREATE FUNCTION app.move_names(p_merge uuid, p_keep uuid, p_other uuid, p_place int) RETURNS jsonb
LANGUAGE plpgsql SET search_path = app, pg_temp AS
$$
DECLARE one record; place int := p_place; found int := 0; after jsonb;
BEGIN
    FOR one IN
        SELECT e.id, e.details FROM app.event e JOIN app.animal k ON k.id = p_keep
        JOIN app.farm f ON f.id = k.farm_id
        WHERE (f.shared OR e.farm_id = f.id OR e.farm_id IN (
                  SELECT theirs.farm_id FROM app.farm_member mine
                  JOIN app.farm_member theirs ON theirs.person_id = mine.person_id
                  WHERE mine.farm_id = f.id))
          AND e.kind IN ('mating', 'embryo_flush', 'embryo_transfer', 'parturition', 'fostering')
          AND e.details::text LIKE format('%%%s%%', p_other)
        FOR UPDATE OF e
    LOOP
        place := place + 1;
        found := found + 1;
        after := replace(one.details::text, p_other::text, p_keep::text)::jsonb;
        IF jsonb_typeof(after -> 'sire_ids') = 'array' THEN
            after := jsonb_set(after, '{sire_ids}', (SELECT jsonb_agg(sire ORDER BY first) FROM (
                SELECT sire, min(n) AS first
                FROM jsonb_array_elements(after -> 'sire_ids') WITH ORDINALITY AS s (sire, n)
                GROUP BY sire) AS once));
        END IF;
        UPDATE app.event SET details = after WHERE id = one.id;
        INSERT INTO app.animal_merge_move
            (merge_id, number, how, table_name, column_name, key, before)
        VALUES (p_merge, place, 'named', 'event', 'details',
                jsonb_build_object('id', one.id, 'details', after),
                jsonb_build_object('details', one.details));
    END LOOP;
    RETURN CASE WHEN found > 0 THEN jsonb_build_object('named in events', found) ELSE '{}' END;
END
$$;

CREATE FUNCTION app.merge_animals(p_id uuid, p_keep uuid, p_other uuid, p_filled jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE gone app.animal; facts jsonb;
BEGIN
    PERFORM FROM app.animal WHERE id IN (p_keep, p_other) ORDER BY id FOR UPDATE;
    SELECT * INTO gone FROM app.animal WHERE id = p_other
        AND farm_id = (SELECT farm_id FROM app.animal WHERE id = p_keep)
        AND farm_id = ANY(app.my_writable_farms());
    IF NOT FOUND OR p_keep = p_other THEN
        RAISE EXCEPTION 'not two animals of a farm of one''s own' USING ERRCODE = '42501';
    END IF;
    INSERT INTO app.animal_merge (id, farm_id, keep_id, other_id, other, filled, moved, person_id)
    VALUES (p_id, gone.farm_id, p_keep, p_other, to_jsonb(gone), p_filled, '{}', app.me());
    SELECT coalesce(jsonb_object_agg(key, value -> 'after'), '{}') INTO facts
        FROM jsonb_each(p_filled);
    PERFORM app.put_facts(p_keep, facts);
    UPDATE app.animal_merge SET moved = app.move_references(p_id, p_keep, p_other) WHERE id = p_id;
    UPDATE app.sample SET unlinked = 'its animal was merged into one that has another sample'
    WHERE (set_id, place) IN (SELECT (key ->> 'set_id')::uuid, (key ->> 'place')::int
        FROM app.animal_merge_move
        WHERE merge_id = p_id AND table_name = 'sample' AND how = 'cleared');
    DELETE FROM app.animal WHERE id = p_other;
END
$$;

-- Everything as it was, except what somebody has changed since: that stays.
CREATE FUNCTION app.unmerge_animals(p_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE it app.animal_merge; one record; facts jsonb;
BEGIN
    SELECT * INTO it FROM app.animal_merge WHERE id = p_id AND undone_at IS NULL
        AND farm_id = ANY(app.my_writable_farms()) FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such merge on a farm of one''s own' USING ERRCODE = '42501';
    END IF;
    PERFORM app.put_back('animal', app.with_survivors(it.other));
    FOR one IN SELECT * FROM app.animal_merge_move WHERE merge_id = p_id ORDER BY number DESC LOOP
        IF one.how = 'aside' THEN
            PERFORM app.put_back(one.table_name::name, one.before);
        ELSIF one.how = 'named' THEN
            UPDATE app.event SET details = one.before -> 'details'
            WHERE id = (one.key ->> 'id')::uuid AND details = one.key -> 'details';
        ELSE
            EXECUTE format('UPDATE app.%1$I t SET %2$I = $2
                FROM jsonb_populate_record(NULL::app.%1$I, $1) k
                WHERE %3$s AND t.%2$I IS NOT DISTINCT FROM $3',
                one.table_name, one.column_name, app.same_key(one.table_name::name))
                USING one.key, it.other_id,
                      CASE WHEN one.how = 'moved' THEN it.keep_id END;
        END IF;
    END LOOP;
    UPDATE app.sample s SET unlinked = m.before ->> 'unlinked' FROM app.animal_merge_move m
    WHERE m.merge_id = p_id AND m.table_name = 'sample' AND m.how = 'cleared'
      AND s.set_id = (m.key ->> 'set_id')::uuid AND s.place = (m.key ->> 'place')::int
      AND s.animal_id = it.other_id;
    SELECT coalesce(jsonb_object_agg(f.key, f.value -> 'before'), '{}') INTO facts
    FROM jsonb_each(it.filled) AS f
    WHERE f.value -> 'after' = (SELECT to_jsonb(a) -> f.key FROM app.animal a
                                WHERE a.id = it.keep_id);
    PERFORM app.put_facts(it.keep_id, facts);
    UPDATE app.animal_merge SET undone_at = now() WHERE id = p_id;
END
$$;

-- A parent that was itself merged into another animal since is that other animal now.
CREATE FUNCTION app.with_survivors(p_row jsonb) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = app, pg_temp AS
$$
SELECT p_row || coalesce(jsonb_object_agg(r.column_name, m.keep_id), '{}')
FROM app.animal_references() r
JOIN app.animal_merge m ON m.other_id = (p_row ->> r.column_name)::uuid AND m.undone_at IS NULL
WHERE r.table_name = 'animal'
$$;

-- Who did what to an animal, before and after, for those who see it; people are named to members of
-- its farm and stewards only. Entries that were merged into it count as the animal.
CREATE FUNCTION app.animal_history(p_animal uuid)
RETURNS TABLE (id uuid, at timestamptz, action text, subject_id uuid, person text, details jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT e.id, e.at, e.action, e.subject_id,
       CASE WHEN (SELECT app.is_steward()) OR EXISTS (SELECT FROM app.farm_member m
                WHERE m.farm_id = a.farm_id AND m.person_id = (SELECT app.me()))
            THEN coalesce(nullif(p.name, ''), p.username) END,
       e.details
FROM app.animal a
JOIN app.audit_event e ON e.farm_id = a.farm_id AND (e.subject_id = a.id OR e.subject_id IN (
    SELECT m.other_id FROM app.animal_merge m WHERE m.keep_id = a.id))
LEFT JOIN app.person p ON p.id = e.person_id
WHERE a.id = p_animal AND a.farm_id = ANY((SELECT app.my_farms())::uuid[])
  AND e.action LIKE 'animals:%'
$$;

REVOKE EXECUTE ON FUNCTION app.animal_references, app.same_key, app.put_back, app.put_facts,
    app.move_references, app.counted, app.move_names, app.merge_animals, app.unmerge_animals,
    app.with_survivors, app.animal_history FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.merge_animals, app.unmerge_animals, app.animal_history TO :app_role;
