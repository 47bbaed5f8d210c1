-- Sessions and tokens that are over, and the one question that every request asks first.
ALTER TABLE app.ended_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.ended_session FORCE ROW LEVEL SECURITY;
ALTER TABLE app.session_fact ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.session_fact FORCE ROW LEVEL SECURITY;
DO $$ BEGIN
    EXECUTE format('CREATE POLICY owner_everything ON app.ended_session TO %I USING (true) WITH CHECK (true)',
                   current_user);
    EXECUTE format('CREATE POLICY owner_everything ON app.session_fact TO %I USING (true) WITH CHECK (true)',
                   current_user);
END $$;

-- What was ended stays ended: rows come and go through the functions below only.
CREATE POLICY own_or_admin ON app.ended_session FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.my_roles()) @> ARRAY['admin']);
CREATE POLICY own ON app.session_fact FOR SELECT TO :app_role USING (person_id = (SELECT app.me()));
GRANT SELECT ON app.ended_session, app.session_fact TO :app_role;

-- The first statement of every transaction: for whom it is, and whether they may still come in with
-- what they showed. Work inside the hub shows nothing (NULL); what it may do, the roles say.
CREATE FUNCTION app.enter(p_person uuid, p_request text, p_session text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
BEGIN
    PERFORM set_config('app.person_id', p_person::text, true),
            set_config('app.request_id', p_request, true);
    IF p_session IS NULL THEN
        RETURN '';
    ELSIF EXISTS (SELECT FROM ended_session WHERE id = p_session) THEN
        RETURN 'ended';
    ELSIF EXISTS (SELECT FROM person WHERE id = p_person AND disabled_at IS NOT NULL) THEN
        RETURN 'disabled';
    END IF;
    RETURN '';
END
$$;

-- The same for the hub's own pages, which know people by their names.
CREATE FUNCTION app.standing(p_username text, p_session text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT CASE
    WHEN EXISTS (SELECT FROM ended_session WHERE id = p_session) THEN 'ended'
    WHEN EXISTS (SELECT FROM person WHERE username = p_username AND disabled_at IS NOT NULL) THEN 'disabled'
    ELSE '' END
$$;

CREATE FUNCTION app.end_credentials(
    p_person uuid, p_username text, p_ids text[], p_until timestamptz, p_reason text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
INSERT INTO ended_session (id, person_id, reason, until)
SELECT DISTINCT one, coalesce(p_person, (SELECT id FROM person WHERE username = p_username)), p_reason, p_until
FROM unnest(p_ids) AS one
ON CONFLICT (id) DO UPDATE SET until = greatest(ended_session.until, excluded.until);
UPDATE session_fact SET ended_at = now(), reason = p_reason WHERE id = ANY(p_ids) AND ended_at IS NULL;
$$;

-- Everybody's, after a break-in: what is not noted as over, but the caller's own. Administrators only.
CREATE FUNCTION app.end_everybody(p_but text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE gone integer;
BEGIN
    IF NOT app.my_roles() @> ARRAY['admin'] THEN
        RETURN 0;
    END IF;
    INSERT INTO ended_session (id, person_id, reason, until)
    SELECT id, person_id, 'administrator', ends_at + interval '1 day' FROM session_fact
    WHERE ended_at IS NULL AND ends_at > now() AND id <> p_but
    ON CONFLICT (id) DO NOTHING;
    GET DIAGNOSTICS gone = ROW_COUNT;
    UPDATE session_fact SET ended_at = now(), reason = 'administrator'
    WHERE ended_at IS NULL AND ends_at > now() AND id <> p_but;
    RETURN gone;
END
$$;

CREATE FUNCTION app.note_session(
    p_id text, p_username text, p_method text, p_device text, p_idle interval, p_ends timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
INSERT INTO session_fact (id, person_id, method, device, idle, ends_at)
VALUES (p_id, (SELECT id FROM person WHERE username = p_username), p_method, p_device, p_idle, p_ends)
ON CONFLICT (id) DO NOTHING
$$;

-- Somebody's first session begins before there is a row of them: the first note says whose it is.
CREATE FUNCTION app.note_session_seen(p_id text, p_username text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
UPDATE session_fact SET seen_at = now(),
    person_id = coalesce(person_id, (SELECT id FROM person WHERE username = p_username))
WHERE id = p_id AND ended_at IS NULL
$$;

-- Counts for administrators; for everybody else no rows.
CREATE FUNCTION app.session_figures() RETURNS TABLE (kind text, name text, count bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH month AS MATERIALIZED (
    SELECT f.*, f.seen_at - f.started_at AS length FROM session_fact f
    WHERE f.seen_at > now() - interval '30 days' AND (SELECT app.my_roles()) @> ARRAY['admin'])
SELECT 'active', 'day', count(DISTINCT person_id) FROM month WHERE seen_at > now() - interval '1 day'
UNION ALL
SELECT 'active', 'week', count(DISTINCT person_id) FROM month WHERE seen_at > now() - interval '7 days'
UNION ALL SELECT 'active', 'month', count(DISTINCT person_id) FROM month
UNION ALL (SELECT 'method', method, count(*) FROM month GROUP BY method ORDER BY method)
UNION ALL (SELECT 'device', device, count(*) FROM month GROUP BY device ORDER BY device)
UNION ALL (
    SELECT 'length', (ARRAY['under 10 minutes', 'under 1 hour', 'under 8 hours', 'under 1 day',
                            'under 7 days', 'longer'])[place], count(*)
    FROM (SELECT width_bucket(extract(epoch FROM length), ARRAY[600, 3600, 28800, 86400, 604800]) + 1 AS place
          FROM month) AS placed
    GROUP BY place ORDER BY place)
UNION ALL (
    SELECT 'ending', how, count(*)
    FROM (SELECT CASE WHEN ended_at IS NOT NULL THEN reason WHEN ends_at < now() THEN 'too_old'
                      WHEN seen_at + idle < now() THEN 'idle' ELSE 'still_open' END AS how
          FROM month) AS endings
    GROUP BY how ORDER BY how)
$$;

-- Rows that say nothing any more: what was ended would be over by now, what was counted is old.
CREATE FUNCTION app.tidy_sessions() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE gone integer; more integer;
BEGIN
    DELETE FROM ended_session WHERE until < now();
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM session_fact WHERE seen_at < now() - interval '92 days';
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN gone + more;
END
$$;

REVOKE EXECUTE ON FUNCTION app.enter, app.standing, app.end_credentials, app.end_everybody,
    app.note_session, app.note_session_seen, app.session_figures, app.tidy_sessions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.enter, app.standing, app.end_credentials, app.end_everybody,
    app.note_session, app.note_session_seen, app.session_figures, app.tidy_sessions TO :app_role;
