-- Numbers what a transaction noted on one farm, as before. What the planner knows of notes is old by
-- nature: it expects one, and compares each with each when there are many. So many are hashed, and
-- the statement is planned anew (100,000 new animals in one transaction took more than 10 minutes).
CREATE OR REPLACE FUNCTION app.number_farm(p_xact bigint, p_farm uuid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = app, pg_temp SET work_mem = '64MB'
SET enable_nestloop = on AS
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
    IF numbered > 1000 THEN
        SET LOCAL enable_nestloop = off;  -- until this function ends, as it is set above
    END IF;
    -- Which edit changed a field last: its number, and the device if it came from one.
    EXECUTE $update$
    UPDATE change c SET fields = c.fields || (
        SELECT jsonb_object_agg(one.field, jsonb_build_array(c.seq, one.device) ORDER BY one.place)
        FROM unnest(s.fields, s.devices) WITH ORDINALITY one(field, device, place))
    FROM (SELECT n.entity, n.entity_id, array_agg(field ORDER BY n.n) AS fields,
                 array_agg(n.device ORDER BY n.n) AS devices
          FROM change_note n CROSS JOIN unnest(n.fields) field
          WHERE n.xact = $1 AND n.farm_id = $2 GROUP BY n.entity, n.entity_id) s
    WHERE c.farm_id = $2 AND c.entity = s.entity AND c.entity_id = s.entity_id
    $update$ USING p_xact, p_farm;
END
$$;

-- What the planner knows of the tables that imports fill. Until autovacuum comes (about a minute) it
-- believes in the tables of before, and joins 18,000 new animals in 30 seconds instead of 0.2.
CREATE FUNCTION app.refresh_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
BEGIN
    ANALYZE (SKIP_LOCKED) animal, animal_identifier, animal_possible_sire, record, event, change;
END
$$;
REVOKE EXECUTE ON FUNCTION app.refresh_statistics FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.refresh_statistics TO :app_role;
