-- Counters are read and changed through the functions below only: whoever can run a statement as the
-- application still cannot look up or wipe somebody's count.
ALTER TABLE app.rate_bucket SET (fillfactor = 50);
ALTER TABLE app.rate_guess SET (fillfactor = 50);
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['rate_bucket', 'rate_guess'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       name, current_user);
    END LOOP;
END $$;
CREATE POLICY by_functions_only ON app.rate_bucket FOR SELECT TO :app_role USING (false);
CREATE POLICY by_functions_only ON app.rate_guess FOR SELECT TO :app_role USING (false);

-- GCRA (ATM Forum TM 4.0, 4.4.2): the bucket is one moment, the arrival at which it would be full
-- again. Takes as many of `most` units as are there, or none when not even `cost` are. The clock is
-- the database's, so processes agree; an arrival further away than a window was written before
-- somebody turned the clock back, and counts as an empty bucket.
CREATE FUNCTION app.take_rate(bucket text, quota integer, seconds double precision, cost integer,
                              most integer, moment double precision DEFAULT NULL,
                              OUT granted integer, OUT full_in double precision)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE
    instant double precision := coalesce(moment, extract(epoch FROM clock_timestamp()));
    step double precision := seconds / quota;
    first integer := CASE WHEN cost > quota THEN 0 ELSE least(greatest(most, cost), quota) END;
BEGIN
    INSERT INTO rate_bucket AS b (key, arrival, granted)
    VALUES (bucket, instant + first * step, first)
    ON CONFLICT (key) DO UPDATE SET
        arrival = greatest(least(b.arrival, instant + seconds), instant) + step * app.units_of(
            greatest(least(b.arrival, instant + seconds), instant) - instant, step, quota, cost, most),
        granted = app.units_of(
            greatest(least(b.arrival, instant + seconds), instant) - instant, step, quota, cost, most)
    RETURNING b.granted, b.arrival - instant INTO take_rate.granted, take_rate.full_in;
END
$$;

-- The 1e-6 is for the rounding of moments as floating-point numbers.
CREATE FUNCTION app.units_of(used double precision, step double precision, quota integer,
                             cost integer, most integer) RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = app, pg_temp AS
$$
    SELECT CASE WHEN there < cost THEN 0 ELSE least(greatest(most, cost), there) END
    FROM (SELECT floor(quota - used / step + 1e-6)::integer AS there) AS bucket
$$;

-- Guesses are few and counted exactly. 0: it may be tried, and is counted; otherwise the seconds
-- until it may. Moments in the future are from before the clock was turned back.
CREATE FUNCTION app.guess(place text, quota integer, seconds double precision,
                          moment double precision DEFAULT NULL) RETURNS double precision
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE
    instant double precision := coalesce(moment, extract(epoch FROM clock_timestamp()));
    lately double precision[];
BEGIN
    INSERT INTO rate_guess (key, at) VALUES (place, '{}') ON CONFLICT (key) DO NOTHING;
    SELECT array(SELECT least(one, instant) FROM unnest(g.at) AS one
                 WHERE one > instant - seconds ORDER BY one)
    INTO lately FROM rate_guess g WHERE g.key = place FOR UPDATE;
    IF cardinality(lately) >= quota THEN
        UPDATE rate_guess SET at = lately WHERE key = place AND instant < ANY(at);
        RETURN greatest(lately[cardinality(lately) - quota + 1] + seconds - instant, 0.001);
    END IF;
    UPDATE rate_guess SET at = lately || instant WHERE key = place;
    RETURN 0;
END
$$;

-- What was tried was right: the latest guess is none. The others stay, so that somebody with an
-- account of their own cannot wipe the count of their address by signing in.
CREATE FUNCTION app.forgive_guess(places text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
    UPDATE rate_guess SET at = at[1:cardinality(at) - 1] WHERE key = ANY(places)
$$;

CREATE FUNCTION app.forget_rates(older_than double precision) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE
    edge double precision := extract(epoch FROM clock_timestamp()) - older_than;
    buckets integer;
    guesses integer;
BEGIN
    DELETE FROM rate_bucket WHERE arrival < edge;
    GET DIAGNOSTICS buckets = ROW_COUNT;
    DELETE FROM rate_guess WHERE coalesce(at[cardinality(at)], 0) < edge;
    GET DIAGNOSTICS guesses = ROW_COUNT;
    RETURN buckets + guesses;
END
$$;

REVOKE EXECUTE ON FUNCTION app.take_rate, app.units_of, app.guess, app.forgive_guess, app.forget_rates
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.take_rate, app.guess, app.forgive_guess, app.forget_rates TO :app_role;

-- The audit log is insert-only for everybody, its owner included; whoever wants to change it must
-- first switch this off, and the chain below still names the row.
CREATE FUNCTION app.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = app, pg_temp AS
$$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_event', 'audit_link'] LOOP
        EXECUTE format('CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON app.%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['audit_link', 'audit_pending', 'audit_chain', 'audit_subject_key'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       name, current_user);
        EXECUTE format('CREATE POLICY by_functions_only ON app.%I FOR SELECT TO :app_role USING (false)',
                       name);
    END LOOP;
END $$;

-- Whoever writes an event waits for nobody: it is noted as pending, and chained a few seconds later.
CREATE FUNCTION app.note_pending() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
BEGIN
    INSERT INTO audit_pending (event_id) SELECT id FROM added;
    RETURN NULL;
END
$$;
CREATE TRIGGER to_be_chained AFTER INSERT ON app.audit_event
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION app.note_pending();
INSERT INTO app.audit_pending (event_id) SELECT id FROM app.audit_event;

-- What is chained of an event: everything of it, in one form that depends on no setting.
CREATE FUNCTION app.audit_digest(e app.audit_event) RETURNS bytea
LANGUAGE sql STABLE AS
$$
    SELECT sha256(convert_to(jsonb_build_array(
        e.id, extract(epoch FROM e.at)::text, e.person_id, e.action, e.subject_id, e.farm_id,
        e.request_id, e.details)::text, 'UTF8'))
$$;

-- One sealer at a time: the lock is held until its transaction ends. The digest of an event leaves the
-- database, its content does not.
CREATE FUNCTION app.audit_head(OUT seq bigint, OUT hash bytea, OUT sealed_key text,
                               OUT moment double precision)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('app.audit_link', 0));
    SELECT c.sealed_key INTO audit_head.sealed_key FROM audit_chain c;
    SELECT l.seq, l.hash INTO audit_head.seq, audit_head.hash
    FROM audit_link l ORDER BY l.seq DESC LIMIT 1;
    moment := extract(epoch FROM clock_timestamp());
END
$$;

CREATE FUNCTION app.audit_unsealed(most integer) RETURNS TABLE (event_id uuid, digest bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
    SELECT e.id, app.audit_digest(e) FROM audit_pending p JOIN audit_event e ON e.id = p.event_id
    ORDER BY e.id LIMIT most
$$;

CREATE FUNCTION app.audit_seal(first bigint, moment double precision, ids uuid[], hashes bytea[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
BEGIN
    INSERT INTO audit_link (seq, event_id, sealed_at, hash)
    SELECT first + n - 1, ids[n], moment, hashes[n] FROM generate_subscripts(ids, 1) AS n;
    DELETE FROM audit_pending WHERE event_id = ANY(ids);
END
$$;

CREATE FUNCTION app.audit_keep_key(sealed text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
    INSERT INTO audit_chain (id, sealed_key) VALUES (1, sealed)
    ON CONFLICT (id) DO UPDATE SET sealed_key = excluded.sealed_key
$$;

-- For verification: links in order, with the digests of the events as they are now.
-- Packed, 104 bytes a link (hub/audit/chain.py unpacks them), because rows would cost four times as
-- long. An event that is gone has a digest of zeros and no time.
CREATE FUNCTION app.audit_links(after bigint, most integer) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
    SELECT string_agg(int8send(seq) || uuid_send(event_id) || float8send(sealed_at) || hash
                      || coalesce(digest, decode(repeat('00', 32), 'hex'))
                      || float8send(coalesce(moment, 'NaN')), '' ORDER BY seq)
    FROM (SELECT l.seq, l.event_id, l.sealed_at, l.hash,
                 CASE WHEN e.id IS NOT NULL THEN app.audit_digest(e) END AS digest,
                 extract(epoch FROM e.at)::double precision AS moment
          FROM audit_link l LEFT JOIN audit_event e ON e.id = l.event_id
          WHERE l.seq > after ORDER BY l.seq LIMIT most) AS part
$$;

-- Events that came past the log: neither chained nor waiting; and how many wait since when.
CREATE FUNCTION app.audit_strays(most integer) RETURNS TABLE (event_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
    SELECT e.id FROM audit_event e
    WHERE NOT EXISTS (SELECT FROM audit_link l WHERE l.event_id = e.id)
      AND NOT EXISTS (SELECT FROM audit_pending p WHERE p.event_id = e.id)
    ORDER BY e.id LIMIT most
$$;
CREATE FUNCTION app.audit_count() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
    SELECT (SELECT count(*) FROM audit_event)
           - (SELECT count(*) FROM audit_pending p JOIN audit_event e ON e.id = p.event_id)
$$;
CREATE FUNCTION app.audit_waiting() RETURNS TABLE (event_id uuid, is_there boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
    SELECT p.event_id, e.id IS NOT NULL
    FROM audit_pending p LEFT JOIN audit_event e ON e.id = p.event_id
$$;

-- The key under which what is personal in events about somebody is written. Destroying it makes these
-- parts unreadable for ever while the chain stays whole; a destroyed key is never made again.
CREATE FUNCTION app.audit_subject_key(person uuid, fresh bytea) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE known bytea;
BEGIN
    IF fresh IS NOT NULL THEN
        INSERT INTO audit_subject_key (person_id, key) VALUES (person, fresh)
        ON CONFLICT (person_id) DO NOTHING;
    END IF;
    SELECT k.key INTO known FROM audit_subject_key k WHERE k.person_id = person;
    RETURN known;
END
$$;
CREATE FUNCTION app.audit_destroy_subject_key(person uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
    INSERT INTO audit_subject_key (person_id, key, destroyed_at) VALUES (person, NULL, now())
    ON CONFLICT (person_id) DO UPDATE SET key = NULL, destroyed_at = now()
$$;

REVOKE EXECUTE ON FUNCTION app.refuse_change, app.note_pending, app.audit_digest, app.audit_head,
    app.audit_unsealed, app.audit_seal, app.audit_keep_key, app.audit_links, app.audit_strays,
    app.audit_waiting, app.audit_count, app.audit_subject_key, app.audit_destroy_subject_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.audit_head, app.audit_unsealed, app.audit_seal, app.audit_keep_key,
    app.audit_links, app.audit_strays, app.audit_waiting, app.audit_count, app.audit_subject_key,
    app.audit_destroy_subject_key TO :app_role;
