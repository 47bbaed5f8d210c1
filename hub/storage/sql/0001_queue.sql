-- The application role works with the queue of background jobs but owns nothing in it.
GRANT USAGE ON SCHEMA jobs TO :app_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO :app_role;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO :app_role;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA jobs TO :app_role;
