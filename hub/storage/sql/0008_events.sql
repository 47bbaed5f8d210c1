-- Events of a farm: seen by those who see the farm, told by those who work there, deleted by nobody.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['event', 'event_revision'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
        EXECUTE format($p$CREATE POLICY farm_read ON app.%I FOR SELECT TO :app_role
            USING (farm_id = ANY((SELECT app.my_farms())::uuid[]))$p$, t);
    END LOOP;
END $$;

CREATE POLICY farm_add ON app.event FOR INSERT TO :app_role
    WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]));
CREATE POLICY farm_change ON app.event FOR UPDATE TO :app_role
    USING (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]))
    WITH CHECK (farm_id = ANY((SELECT app.my_writable_farms())::uuid[]));

-- Whoever writes, and however: the farm is that of the animal, the person is the one who acts, and
-- saying something else is a new revision.
CREATE FUNCTION app.keep_event() RETURNS trigger LANGUAGE plpgsql
SET search_path = app, pg_temp AS
$$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM app.animal a
                   WHERE a.id = NEW.animal_id AND a.farm_id = NEW.farm_id) THEN
        RAISE EXCEPTION 'the animal is not of this farm' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.revision := 1;
        NEW.person_id := coalesce(app.me(), NEW.person_id);
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.farm_id, NEW.kind, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.farm_id, OLD.kind, OLD.created_at) THEN
        RAISE EXCEPTION 'what an event is never changes' USING ERRCODE = '42501';
    END IF;
    NEW.revision := OLD.revision;
    IF (NEW.animal_id, NEW.occurred_on, NEW.occurred_at, NEW.details, NEW.remark, NEW.voided,
        NEW.reason)
        IS DISTINCT FROM (OLD.animal_id, OLD.occurred_on, OLD.occurred_at, OLD.details, OLD.remark,
                          OLD.voided, OLD.reason) THEN
        NEW.revision := OLD.revision + 1;
        NEW.person_id := coalesce(app.me(), NEW.person_id);
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_event BEFORE INSERT OR UPDATE ON app.event
    FOR EACH ROW EXECUTE FUNCTION app.keep_event();

-- The only writer of revisions; the hub's role may read them and nothing else.
CREATE FUNCTION app.note_event_revision() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
BEGIN
    INSERT INTO app.event_revision (event_id, revision, farm_id, animal_id, kind, occurred_on,
        occurred_at, details, remark, voided, reason, person_id, device, recorded_at, group_id)
    VALUES (NEW.id, NEW.revision, NEW.farm_id, NEW.animal_id, NEW.kind, NEW.occurred_on,
        NEW.occurred_at, NEW.details, NEW.remark, NEW.voided, NEW.reason, NEW.person_id,
        NEW.device, NEW.recorded_at, NEW.group_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER note_first_event_revision AFTER INSERT ON app.event
    FOR EACH ROW EXECUTE FUNCTION app.note_event_revision();
CREATE TRIGGER note_event_revision AFTER UPDATE ON app.event
    FOR EACH ROW WHEN (NEW.revision <> OLD.revision)
    EXECUTE FUNCTION app.note_event_revision();

CREATE FUNCTION app.keep_event_revision() RETURNS trigger LANGUAGE plpgsql
SET search_path = app, pg_temp AS
$$ BEGIN RAISE EXCEPTION 'revisions never change' USING ERRCODE = '42501'; END $$;
CREATE TRIGGER keep_event_revision BEFORE UPDATE OR DELETE ON app.event_revision
    FOR EACH ROW EXECUTE FUNCTION app.keep_event_revision();

REVOKE EXECUTE ON FUNCTION app.keep_event, app.note_event_revision, app.keep_event_revision
    FROM PUBLIC;
GRANT SELECT, INSERT ON app.event TO :app_role;
GRANT UPDATE (animal_id, occurred_on, occurred_at, details, remark, revision, voided, reason,
              person_id, device, recorded_at, possible_duplicate_of, updated_at)
    ON app.event TO :app_role;
GRANT SELECT ON app.event_revision TO :app_role;
