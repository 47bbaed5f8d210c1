-- The change feed. Every writer of a watched table fills it, because triggers do:
--   1. a statement notes which things of which farms it touched (app.change_note);
--   2. at commit, one deferred trigger a transaction locks the counters of these farms, in the order
--      of their ids, and numbers the noted things.
-- So a farm's counter is the last lock that a transaction takes and is held until it is over: numbers
-- become visible in their order, and a cursor that has passed a number has missed nothing below it.
-- A sequence or a time taken while writing has no such order (tests/hub/collect/test_commit_order.py).
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['farm_counter', 'change', 'change_note', 'change_farm', 'sync_operation',
                             'review'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
END $$;

-- The feed is written by its triggers alone.
CREATE POLICY farm_read ON app.farm_counter FOR SELECT TO :app_role
    USING (farm_id = ANY((SELECT app.my_farms())::uuid[]));
CREATE POLICY farm_read ON app.change FOR SELECT TO :app_role
    USING (farm_id = ANY((SELECT app.my_farms())::uuid[]));
GRANT SELECT ON app.farm_counter, app.change TO :app_role;
CREATE POLICY nobody ON app.change_note TO :app_role USING (false);
CREATE POLICY nobody ON app.change_farm TO :app_role USING (false);

-- What a person typed is theirs, and stays as it was received.
CREATE POLICY own ON app.sync_operation TO :app_role
    USING (person_id = (SELECT app.me())) WITH CHECK (person_id = (SELECT app.me()));
GRANT SELECT, INSERT ON app.sync_operation TO :app_role;
GRANT UPDATE (farm_id, entity_id, mended, result, state, open, makes, needs, updated_at)
    ON app.sync_operation TO :app_role;

CREATE POLICY farm_read ON app.review FOR SELECT TO :app_role
    USING (farm_id = ANY((SELECT app.my_farms())::uuid[]));
CREATE POLICY farm_add ON app.review FOR INSERT TO :app_role
    WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[])
                AND person_id = (SELECT app.me()));
CREATE POLICY farm_change ON app.review FOR UPDATE TO :app_role
    USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
    WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]));
GRANT SELECT, INSERT ON app.review TO :app_role;
GRANT UPDATE (state, keep, value, resolved_by, resolved_at, updated_at) ON app.review TO :app_role;

-- A review is decided by anybody who works on the farm; what becomes of the operation it is about, which
-- is its sender's alone, is then stored through this function.
CREATE FUNCTION app.settle_operation(p_review uuid, p_result jsonb) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path = app, pg_temp AS
$$
UPDATE sync_operation o
SET result = p_result, state = p_result ->> 'state', open = false, updated_at = now()
FROM review r
WHERE r.id = p_review AND r.farm_id = ANY((SELECT app.my_writable_farms())::uuid[])
  AND r.kind = 'duplicate' AND o.person_id = r.person_id AND o.op_id = r.op_id AND o.open
$$;

CREATE FUNCTION app.this_transaction() RETURNS bigint LANGUAGE sql STABLE
SET search_path = app, pg_temp AS
$$ SELECT pg_current_xact_id()::text::bigint $$;

-- Watch a table: its rows, or the rows that `p_id` of its rows names, are things of the feed.
-- To tell edits apart that meet, it is noted which field changed: '*' for the columns of the row itself
-- (call it again when columns were added), or the name under which the thing shows these rows.
CREATE FUNCTION app.watch(p_table text, p_entity text, p_id text, p_field text)
RETURNS void LANGUAGE plpgsql SET search_path = app, pg_temp AS
$watch$
DECLARE
    own boolean := p_id = 'id';
    columns text := 'NULL::text[]';
    field text := 'NULL::text[]';
    note text;
BEGIN
    IF NOT own THEN
        field := format('ARRAY[%L]', p_field);
        columns := field;
    ELSIF p_field = '*' THEN
        SELECT 'array_remove(ARRAY[' || string_agg(
                   format('CASE WHEN n.%1$I IS DISTINCT FROM o.%1$I THEN %1$L END', column_name),
                   ', ' ORDER BY ordinal_position) || '], NULL)'
        INTO columns FROM information_schema.columns
        WHERE table_schema = 'app' AND table_name = p_table
          AND column_name NOT IN ('id', 'farm_id', 'created_at', 'updated_at');
    END IF;
    -- %1: where the rows come from, %2: gone or not (null: what it was), %3: the changed columns
    note := format(
        'INSERT INTO app.change_note (xact, farm_id, entity, entity_id, gone, fields, device)
         SELECT app.this_transaction(), %s.farm_id, %L, %s.%I, %s, %s,
                coalesce(current_setting(''app.device'', true), '''') FROM %s;
         INSERT INTO app.change_farm (xact, farm_id)
         SELECT DISTINCT app.this_transaction(), %s.farm_id FROM %s
         ON CONFLICT DO NOTHING;',
        '%1$s', p_entity, '%1$s', p_id, '%2$s', '%3$s', '%4$s', '%1$s', '%4$s');
    EXECUTE format(
        -- A plan is made for the first statement of a session and kept: a loop over one row would be
        -- a loop of loops when the next statement changes 100,000.
        'CREATE OR REPLACE FUNCTION app.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
         SET search_path = app, pg_temp SET enable_nestloop = off AS $f$
         BEGIN
             IF TG_OP = ''INSERT'' THEN %s
             ELSIF TG_OP = ''UPDATE'' THEN %s %s
             ELSE %s END IF;
             RETURN NULL;
         END $f$',
        'note_' || p_table,
        format(note, 'n', CASE WHEN own THEN 'false' ELSE 'NULL' END, field, 'new_rows n'),
        format(note, 'o', CASE WHEN own THEN 'true' ELSE 'NULL' END, field,
               format('old_rows o WHERE NOT EXISTS (SELECT FROM new_rows n WHERE n.%1$I = o.%1$I
                       AND n.farm_id = o.farm_id)', p_id)),
        format(note, 'n', CASE WHEN own THEN 'false' ELSE 'NULL' END, columns,
               CASE WHEN p_field = '*' THEN 'new_rows n JOIN old_rows o ON o.id = n.id'
                    ELSE 'new_rows n' END),
        format(note, 'o', CASE WHEN own THEN 'true' ELSE 'NULL' END, field, 'old_rows o'));
    EXECUTE format('REVOKE EXECUTE ON FUNCTION app.%I() FROM PUBLIC', 'note_' || p_table);
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER note_insert AFTER INSERT ON app.%1$I
             REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION app.%2$I();
         CREATE OR REPLACE TRIGGER note_update AFTER UPDATE ON app.%1$I
             REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
             FOR EACH STATEMENT EXECUTE FUNCTION app.%2$I();
         CREATE OR REPLACE TRIGGER note_delete AFTER DELETE ON app.%1$I
             REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION app.%2$I()',
        p_table, 'note_' || p_table);
END
$watch$;

-- Number what a transaction noted on one farm. The counter's row is locked until the commit.
-- Imports note millions of things: what few of them need is looked up for these alone.
CREATE FUNCTION app.number_farm(p_xact bigint, p_farm uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = app, pg_temp SET work_mem = '64MB' AS
$$
DECLARE
    base bigint;
    numbered bigint;
BEGIN
    INSERT INTO farm_counter (farm_id, seq, floor, epoch)
    VALUES (p_farm, 0, 0, app.new_epoch()) ON CONFLICT (farm_id) DO NOTHING;
    SELECT seq INTO base FROM farm_counter WHERE farm_id = p_farm FOR UPDATE;
    -- The last note that knows says whether a thing is gone; one that does not know changes nothing.
    INSERT INTO change AS c (farm_id, entity, entity_id, seq, gone, fields, changed_at)
    SELECT p_farm, s.entity, s.entity_id, base + row_number() OVER (ORDER BY s.first),
           coalesce(s.gone, (SELECT k.gone FROM change k
                             WHERE k.farm_id = p_farm AND k.entity = s.entity
                               AND k.entity_id = s.entity_id), false), '{}', now()
    FROM (SELECT entity, entity_id, min(n) AS first, max(n * 2 + gone::int) % 2 = 1 AS gone
          FROM change_note WHERE xact = p_xact AND farm_id = p_farm GROUP BY entity, entity_id) s
    ON CONFLICT (farm_id, entity, entity_id) DO UPDATE
        SET seq = excluded.seq, gone = excluded.gone, changed_at = excluded.changed_at;
    GET DIAGNOSTICS numbered = ROW_COUNT;
    UPDATE farm_counter SET seq = base + numbered WHERE farm_id = p_farm;
    -- Which edit changed a field last: its number, and the device if it came from one.
    UPDATE change c SET fields = c.fields || s.fields
    FROM (SELECT k.entity, k.entity_id,
                 jsonb_object_agg(field, jsonb_build_array(k.seq, n.device) ORDER BY n.n) AS fields
          FROM change_note n CROSS JOIN unnest(n.fields) field
          JOIN change k ON k.farm_id = p_farm AND k.entity = n.entity AND k.entity_id = n.entity_id
          WHERE n.xact = p_xact AND n.farm_id = p_farm AND n.fields IS NOT NULL
          GROUP BY k.entity, k.entity_id) s
    WHERE c.farm_id = p_farm AND c.entity = s.entity AND c.entity_id = s.entity_id;
END
$$;

-- Fires for each farm at commit; the first one numbers all farms, in the order of their ids, so that
-- two transactions never wait for each other.
CREATE FUNCTION app.number_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
DECLARE
    x bigint := app.this_transaction();
    farm uuid;
BEGIN
    FOR farm IN SELECT farm_id FROM change_farm WHERE xact = x ORDER BY farm_id LOOP
        PERFORM app.number_farm(x, farm);
    END LOOP;
    IF FOUND THEN
        DELETE FROM change_note WHERE xact = x;
        DELETE FROM change_farm WHERE xact = x;
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER number_changes AFTER INSERT ON app.change_farm
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.number_changes();

-- A new epoch makes every phone start again: run it after a restore from a copy, in which numbers
-- that phones have seen already will be given to other changes.
CREATE FUNCTION app.new_epoch() RETURNS text LANGUAGE sql VOLATILE SET search_path = app, pg_temp AS
$$ SELECT replace(left(gen_random_uuid()::text, 13), '-', '') $$;
CREATE FUNCTION app.start_new_epoch() RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = app, pg_temp AS
$$ WITH changed AS (UPDATE farm_counter SET epoch = app.new_epoch() RETURNING 1)
   SELECT count(*) FROM changed $$;

-- Tombstones are kept as long as a phone may stay away; older cursors then start again.
CREATE FUNCTION app.purge_tombstones(p_keep interval) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE purged bigint;
BEGIN
    PERFORM 1 FROM farm_counter c WHERE EXISTS (
        SELECT FROM change k WHERE k.farm_id = c.farm_id AND k.gone AND k.changed_at < now() - p_keep)
    ORDER BY farm_id FOR UPDATE;
    WITH gone AS (
        DELETE FROM change WHERE gone AND changed_at < now() - p_keep RETURNING farm_id, seq),
    highest AS (SELECT farm_id, max(seq) AS seq, count(*) AS n FROM gone GROUP BY farm_id),
    raised AS (
        UPDATE farm_counter c SET floor = greatest(c.floor, h.seq) FROM highest h
        WHERE c.farm_id = h.farm_id RETURNING h.n)
    SELECT coalesce(sum(n), 0) INTO purged FROM raised;
    RETURN purged;
END
$$;

SELECT app.watch('animal', 'animal', 'id', '*');
SELECT app.watch('animal_identifier', 'animal', 'animal_id', 'identifiers');
SELECT app.watch('animal_possible_sire', 'animal', 'animal_id', 'possible_sires');
SELECT app.watch('event', 'event', 'id', '');
SELECT app.watch('record', 'record', 'id', '');
SELECT app.watch('animal_group', 'group', 'id', '*');
SELECT app.watch('group_member', 'group_member', 'id', '');
SELECT app.watch('place', 'place', 'id', '*');
SELECT app.watch('photo', 'photo', 'id', '');
SELECT app.watch('review', 'review', 'id', '');

-- What there was before the feed: one numbering a farm.
INSERT INTO app.change (farm_id, entity, entity_id, seq, gone, fields, changed_at)
SELECT farm_id, entity, id, row_number() OVER (PARTITION BY farm_id ORDER BY place, id), false, '{}',
       now()
FROM (SELECT farm_id, 'place' AS entity, id, 1 AS place FROM app.place
      UNION ALL SELECT farm_id, 'group', id, 2 FROM app.animal_group
      UNION ALL SELECT farm_id, 'animal', id, 3 FROM app.animal
      UNION ALL SELECT farm_id, 'group_member', id, 4 FROM app.group_member
      UNION ALL SELECT farm_id, 'event', id, 5 FROM app.event
      UNION ALL SELECT farm_id, 'record', id, 6 FROM app.record
      UNION ALL SELECT farm_id, 'photo', id, 7 FROM app.photo) known;
INSERT INTO app.farm_counter (farm_id, seq, floor, epoch)
SELECT farm_id, max(seq), 0, app.new_epoch() FROM app.change GROUP BY farm_id;

REVOKE EXECUTE ON FUNCTION app.settle_operation, app.this_transaction, app.watch, app.number_farm, app.number_changes,
    app.new_epoch, app.start_new_epoch, app.purge_tombstones FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.purge_tombstones, app.settle_operation TO :app_role;
