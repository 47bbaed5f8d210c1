-- Sign-in: who somebody is at an institution, where mail reaches them, codes that were mailed, invitations.
-- What happens before anybody is signed in goes through functions that ask for the secret itself: the digest of a code or
-- an invitation, or the password's hash as it was.
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['person_identity', 'person_address', 'mailed_code', 'reset_request', 'invitation',
                             'invitation_use', 'outbox'] LOOP
        EXECUTE format('ALTER TABLE app.%I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE app.%I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY owner_everything ON app.%I TO %I USING (true) WITH CHECK (true)',
                       t, current_user);
    END LOOP;
END $$;

-- Farms on which one decides who belongs to them.
CREATE FUNCTION app.my_owned_farms() RETURNS uuid[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = app, pg_temp AS
$$
SELECT coalesce(array_agg(m.farm_id), '{}') FROM app.farm_member m
WHERE m.person_id = (SELECT app.me()) AND m.role = 'owner'
$$;

CREATE POLICY own ON app.person_identity FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.my_roles()) @> ARRAY['admin']);
CREATE POLICY own_add ON app.person_identity FOR INSERT TO :app_role
    WITH CHECK (person_id = (SELECT app.me()));
CREATE POLICY own_delete ON app.person_identity FOR DELETE TO :app_role
    USING (person_id = (SELECT app.me()));
CREATE POLICY own ON app.person_address FOR SELECT TO :app_role USING (person_id = (SELECT app.me()));
CREATE POLICY own_delete ON app.person_address FOR DELETE TO :app_role
    USING (person_id = (SELECT app.me()));

-- Codes can be made (for oneself, or by an administrator for others) and are read by functions only.
CREATE POLICY own_add ON app.mailed_code FOR INSERT TO :app_role
    WITH CHECK ((purpose = 'verify' AND person_id = (SELECT app.me()))
                OR (purpose <> 'verify' AND (SELECT app.my_roles()) @> ARRAY['admin']));
CREATE POLICY ask ON app.reset_request FOR INSERT TO :app_role WITH CHECK (true);

CREATE POLICY own ON app.invitation FOR SELECT TO :app_role
    USING (made_by = (SELECT app.me()) OR farm_id = ANY((SELECT app.my_owned_farms())::uuid[])
           OR (SELECT app.is_steward()));
CREATE POLICY own_add ON app.invitation FOR INSERT TO :app_role
    WITH CHECK (made_by = (SELECT app.me()) AND used = 0
        AND (farm_id IS NULL OR farm_id = ANY((SELECT app.my_owned_farms())::uuid[]) OR (SELECT app.is_steward()))
        AND (kind <> 'hub' OR (SELECT app.my_roles()) @> ARRAY['admin'])
        AND (NOT roles && ARRAY['steward', 'admin'] OR (SELECT app.my_roles()) @> ARRAY['admin']));
CREATE POLICY own_change ON app.invitation FOR UPDATE TO :app_role
    USING (made_by = (SELECT app.me()) OR farm_id = ANY((SELECT app.my_owned_farms())::uuid[])
           OR (SELECT app.is_steward()));
CREATE POLICY own ON app.invitation_use FOR SELECT TO :app_role
    USING (person_id = (SELECT app.me()) OR (SELECT app.is_steward()));

-- Anybody's act can cause a letter; letters are read by whom they concern, and by the worker's functions.
CREATE POLICY post ON app.outbox FOR INSERT TO :app_role WITH CHECK (true);
CREATE POLICY own ON app.outbox FOR SELECT TO :app_role USING (person_id = (SELECT app.me()));

GRANT SELECT, INSERT, DELETE ON app.person_identity TO :app_role;
GRANT SELECT, DELETE ON app.person_address TO :app_role;
GRANT INSERT ON app.mailed_code, app.reset_request TO :app_role;
GRANT SELECT, INSERT ON app.invitation TO :app_role;
GRANT UPDATE (revoked_at, updated_at) ON app.invitation TO :app_role;
GRANT SELECT ON app.invitation_use TO :app_role;
GRANT SELECT, INSERT ON app.outbox TO :app_role;

-- Roles of people whose account is kept here are decided here; those of others come with each sign-in.
DROP FUNCTION app.identify(uuid, text, text, text[]);
CREATE FUNCTION app.identify(p_id uuid, p_username text, p_name text, p_roles text[])
RETURNS TABLE (person_id uuid, roles_held text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
BEGIN
    RETURN QUERY
    INSERT INTO app.person AS p (id, username, name, roles)
    VALUES (p_id, p_username, p_name, p_roles)
    ON CONFLICT (username) DO UPDATE
        SET roles = CASE WHEN p.roles_kept THEN p.roles ELSE excluded.roles END,
            name = CASE WHEN p.roles_kept AND p.name <> '' THEN p.name
                        ELSE coalesce(nullif(excluded.name, ''), p.name) END,
            updated_at = now()
        WHERE p.disabled_at IS NULL
    RETURNING p.id, p.roles;
END
$$;

-- Somebody of an institution: found by what the institution calls them, and by nothing else.
CREATE FUNCTION app.by_identity(p_issuer text, p_subject text)
RETURNS TABLE (id uuid, username text, name text, roles text[], disabled_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH seen AS (
    UPDATE person_identity i SET seen_at = now()
    WHERE i.issuer = p_issuer AND i.subject = p_subject RETURNING i.person_id
)
SELECT p.id, p.username, p.name, p.roles, p.disabled_at FROM person p JOIN seen ON seen.person_id = p.id
$$;

-- The person's id: of the one known under this identity, of the one who proved the same address, or of a new one; nothing
-- when the user name is taken. An empty address digest joins nobody.
CREATE FUNCTION app.join_identity(p_id uuid, p_issuer text, p_subject text, p_username text, p_name text, p_roles text[],
                                  p_addresses text[])
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE whom uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(p_issuer || ' ' || p_subject, 24));
    SELECT i.person_id INTO whom FROM person_identity i WHERE i.issuer = p_issuer AND i.subject = p_subject;
    IF FOUND THEN RETURN whom; END IF;
    SELECT a.person_id INTO whom FROM person_address a WHERE a.digest = ANY(p_addresses);
    IF NOT FOUND THEN
        INSERT INTO person (id, username, name, roles) VALUES (p_id, p_username, p_name, p_roles)
        ON CONFLICT (username) DO NOTHING RETURNING id INTO whom;
        IF NOT FOUND THEN RETURN NULL; END IF;
    END IF;
    INSERT INTO person_identity (id, person_id, issuer, subject) VALUES (p_id, whom, p_issuer, p_subject);
    RETURN whom;
END
$$;

-- Put another hash in the place of the one that was just checked.
CREATE FUNCTION app.change_password(p_person uuid, p_before text, p_after text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH changed AS (
    UPDATE person SET password_hash = p_after, updated_at = now()
    WHERE id = p_person AND password_hash = p_before AND disabled_at IS NULL RETURNING 1
)
SELECT EXISTS (SELECT FROM changed)
$$;

CREATE FUNCTION app.take_reset_requests(p_most integer) RETURNS TABLE (sealed text, created_at timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DELETE FROM reset_request r WHERE r.id IN (
    SELECT q.id FROM reset_request q ORDER BY q.id LIMIT p_most FOR UPDATE SKIP LOCKED
) RETURNING r.sealed, r.created_at
$$;

-- A code for whoever has this user name or address, if they have a password here and an address that they proved; it takes
-- the place of an older one, at most once a minute. Nothing otherwise.
CREATE FUNCTION app.make_reset_code(p_id uuid, p_username text, p_addresses text[], p_digest text, p_until timestamptz)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE whom uuid;
BEGIN
    SELECT p.id INTO whom FROM person p JOIN person_address a ON a.person_id = p.id
    WHERE (p.username = p_username OR a.digest = ANY(p_addresses))
      AND p.password_hash IS NOT NULL AND p.disabled_at IS NULL
    ORDER BY p.username = p_username DESC LIMIT 1;
    IF NOT FOUND OR EXISTS (SELECT FROM mailed_code c WHERE c.person_id = whom AND c.purpose = 'reset'
                            AND c.created_at > now() - interval '1 minute') THEN
        RETURN NULL;
    END IF;
    DELETE FROM mailed_code c WHERE c.person_id = whom AND c.purpose = 'reset';
    INSERT INTO mailed_code (id, person_id, purpose, digest, sealed, address_digest, expires_at)
    VALUES (p_id, whom, 'reset', p_digest, '', '', p_until);
    RETURN whom;
END
$$;

CREATE FUNCTION app.code_owner(p_digest text, p_purposes text[])
RETURNS TABLE (id uuid, username text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT p.id, p.username, p.name FROM mailed_code c JOIN person p ON p.id = c.person_id
WHERE c.digest = p_digest AND c.purpose = ANY(p_purposes) AND c.expires_at > now() AND p.disabled_at IS NULL
$$;

-- Spend a code on a new password: once, in time, and every other code of that person is over too.
CREATE FUNCTION app.redeem_password(p_digest text, p_after text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE whom uuid;
BEGIN
    DELETE FROM mailed_code c WHERE c.digest = p_digest AND c.purpose IN ('reset', 'activate') AND c.expires_at > now()
    RETURNING c.person_id INTO whom;
    IF NOT FOUND THEN RETURN NULL; END IF;
    UPDATE person p SET password_hash = p_after, updated_at = now() WHERE p.id = whom AND p.disabled_at IS NULL;
    IF NOT FOUND THEN RETURN NULL; END IF;
    DELETE FROM mailed_code c WHERE c.person_id = whom AND c.purpose IN ('reset', 'activate');
    RETURN whom;
END
$$;

-- Spend a code on an address, as the person whom it was made for; says which address it takes the place of.
CREATE FUNCTION app.redeem_address(p_username text, p_digest text)
RETURNS TABLE (person_id uuid, before text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE code mailed_code; old text;
BEGIN
    DELETE FROM mailed_code c USING person p
    WHERE c.digest = p_digest AND c.purpose = 'verify' AND c.expires_at > now()
      AND p.id = c.person_id AND p.username = p_username AND p.disabled_at IS NULL
    RETURNING c.* INTO code;
    IF NOT FOUND THEN RETURN; END IF;
    SELECT a.sealed INTO old FROM person_address a WHERE a.person_id = code.person_id;
    INSERT INTO person_address AS a (person_id, sealed, digest)
    VALUES (code.person_id, code.sealed, code.address_digest)
    ON CONFLICT ON CONSTRAINT pk_person_address
        DO UPDATE SET sealed = excluded.sealed, digest = excluded.digest, updated_at = now();
    RETURN QUERY SELECT code.person_id, coalesce(old, '');
END
$$;

-- Whether some other administrator could still sign in. Whoever asks holds the right to change administrators alone until
-- the transaction ends, so that two cannot remove each other.
CREATE FUNCTION app.other_admins(p_person uuid) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('administrators', 24));
    RETURN (SELECT count(*) FROM person WHERE roles @> ARRAY['admin'] AND disabled_at IS NULL AND id <> p_person);
END
$$;

-- What an invitation says to whoever holds it.
CREATE FUNCTION app.invitation_shown(p_digest text)
RETURNS TABLE (id uuid, kind text, farm_id uuid, project_id uuid, farm text, place text, roles text[], made_by uuid,
               host text, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT i.id, i.kind, i.farm_id, i.project_id, coalesce(f.name, ''), i.place, i.roles, i.made_by,
       coalesce(nullif(p.name, ''), p.username), i.expires_at
FROM invitation i JOIN person p ON p.id = i.made_by LEFT JOIN farm f ON f.id = i.farm_id
WHERE i.digest = p_digest AND i.revoked_at IS NULL AND i.expires_at > now() AND i.used < i.uses
  AND p.disabled_at IS NULL
$$;

-- Take one use of an invitation; false when there is none left, or when it was this person's already.
CREATE FUNCTION app.use_invitation(p_digest text, p_person uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DECLARE which uuid;
BEGIN
    UPDATE invitation i SET used = used + 1, updated_at = now()
    WHERE i.digest = p_digest AND i.revoked_at IS NULL AND i.expires_at > now() AND i.used < i.uses
      AND NOT EXISTS (SELECT FROM invitation_use u WHERE u.invitation_id = i.id AND u.person_id = p_person)
    RETURNING i.id INTO which;
    IF NOT FOUND THEN RETURN false; END IF;
    INSERT INTO invitation_use (invitation_id, person_id) VALUES (which, p_person);
    RETURN true;
END
$$;

-- An account for whoever holds an invitation and is nobody here yet; nothing when the name is taken or the invitation over.
CREATE FUNCTION app.join_by_invitation(p_digest text, p_id uuid, p_username text, p_name text, p_hash text)
RETURNS boolean LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH made AS (
    INSERT INTO person (id, username, name, roles, roles_kept, password_hash)
    SELECT p_id, p_username, p_name, i.roles, true, p_hash FROM app.invitation_shown(p_digest) i
    ON CONFLICT (username) DO NOTHING RETURNING 1
)
SELECT EXISTS (SELECT FROM made)
$$;

-- Letters to send now, each put off for longer the more often it failed.
CREATE FUNCTION app.take_mail(p_most integer)
RETURNS TABLE (id uuid, created_at timestamptz, kind text, details jsonb, sealed text, address text, person_id uuid,
               own_address text, username text, name text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH taken AS (
    UPDATE outbox o SET attempts = o.attempts + 1, next_at = now() + interval '30 seconds' * power(3, o.attempts)
    WHERE o.id IN (SELECT q.id FROM outbox q WHERE q.sent_at IS NULL AND q.next_at <= now() AND q.attempts < 8
                   ORDER BY q.next_at LIMIT p_most FOR UPDATE SKIP LOCKED)
    RETURNING o.*
)
SELECT t.id, t.created_at, t.kind, t.details, t.sealed, t.address, t.person_id, coalesce(a.sealed, ''),
       coalesce(p.username, ''), coalesce(p.name, '')
FROM taken t LEFT JOIN person_address a ON a.person_id = t.person_id LEFT JOIN person p ON p.id = t.person_id
$$;

-- A letter that went out keeps no secret; one that never will keeps none either.
CREATE FUNCTION app.settle_mail(p_id uuid, p_error text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
UPDATE outbox SET error = p_error, updated_at = now(),
    sent_at = CASE WHEN p_error = '' THEN now() END,
    sealed = CASE WHEN p_error = '' OR attempts >= 8 THEN '' ELSE sealed END
WHERE id = p_id
$$;

CREATE FUNCTION app.tidy_sign_in() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
DELETE FROM mailed_code WHERE expires_at < now() - interval '1 day';
DELETE FROM outbox WHERE created_at < now() - interval '90 days'
$$;

DO $$
DECLARE f text;
BEGIN
    FOREACH f IN ARRAY ARRAY['my_owned_farms', 'identify', 'by_identity', 'join_identity', 'change_password',
        'take_reset_requests', 'make_reset_code', 'code_owner', 'redeem_password', 'redeem_address', 'other_admins',
        'invitation_shown', 'use_invitation', 'join_by_invitation', 'take_mail', 'settle_mail', 'tidy_sign_in'] LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION app.%I FROM PUBLIC', f);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION app.my_owned_farms, app.identify, app.by_identity, app.join_identity, app.change_password,
    app.take_reset_requests, app.make_reset_code, app.code_owner, app.redeem_password, app.redeem_address,
    app.other_admins, app.invitation_shown, app.use_invitation, app.join_by_invitation, app.take_mail, app.settle_mail,
    app.tidy_sign_in TO :app_role;
