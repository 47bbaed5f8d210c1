-- Under which names partners know what stands on a farm: seen and written as the farm's data is.
ALTER TABLE app.exchange_source ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.exchange_source FORCE ROW LEVEL SECURITY;
DO $$
BEGIN
    EXECUTE format('CREATE POLICY owner_everything ON app.exchange_source TO %I '
                   'USING (true) WITH CHECK (true)', current_user);
END $$;
CREATE POLICY farm_read ON app.exchange_source FOR SELECT TO :app_role
    USING (farm_id = ANY((SELECT app.my_farms())::uuid[]));
CREATE POLICY farm_add ON app.exchange_source FOR INSERT TO :app_role
    WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]));
CREATE POLICY farm_change ON app.exchange_source FOR UPDATE TO :app_role
    USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
    WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]));
CREATE POLICY farm_delete ON app.exchange_source FOR DELETE TO :app_role
    USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]));
GRANT SELECT, INSERT, UPDATE, DELETE ON app.exchange_source TO :app_role;

-- A name is given to what is of this farm only: otherwise it would tell whether an id exists.
CREATE FUNCTION app.keep_exchange_source() RETURNS trigger LANGUAGE plpgsql
SET search_path = app, pg_temp AS
$$
BEGIN
    IF NOT (CASE NEW.entity
        WHEN 'animal' THEN EXISTS (SELECT 1 FROM app.animal a
                                   WHERE a.id = NEW.entity_id AND a.farm_id = NEW.farm_id)
        WHEN 'event' THEN EXISTS (SELECT 1 FROM app.event e
                                  WHERE e.id = NEW.entity_id AND e.farm_id = NEW.farm_id)
        ELSE EXISTS (SELECT 1 FROM app.record r
                     WHERE r.id = NEW.entity_id AND r.farm_id = NEW.farm_id) END) THEN
        RAISE EXCEPTION 'nothing of this farm has this id' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_exchange_source BEFORE INSERT OR UPDATE ON app.exchange_source
    FOR EACH ROW EXECUTE FUNCTION app.keep_exchange_source();
REVOKE EXECUTE ON FUNCTION app.keep_exchange_source FROM PUBLIC;
