-- The audit log is read by administrators; everybody may know what they did themselves, as counts.
CREATE FUNCTION app.my_acts(p_days integer)
RETURNS TABLE (action text, day date, times bigint, last timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT e.action, e.at::date, count(*), max(e.at) FROM app.audit_event e
WHERE e.person_id = (SELECT app.me()) AND e.at > now() - make_interval(days => least(p_days, 366))
GROUP BY 1, 2
$$;
REVOKE EXECUTE ON FUNCTION app.my_acts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.my_acts TO :app_role;
CREATE INDEX ix_audit_event_person_id_at ON app.audit_event (person_id, at);
