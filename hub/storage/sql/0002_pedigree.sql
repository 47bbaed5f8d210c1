-- What must be known of animals on farms that the caller may not see, so that nobody can tie a knot
-- into a pedigree through them: one yes or no, and facts about offspring of the caller's own animals.

CREATE FUNCTION app.is_ancestor(candidate uuid, descendant uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
WITH RECURSIVE up(id) AS (
    SELECT descendant
    UNION
    SELECT parent.id FROM up
    JOIN app.animal a ON a.id = up.id
    CROSS JOIN LATERAL (VALUES (a.sire_id), (a.dam_id)) AS parent(id)
    WHERE parent.id IS NOT NULL
)
SELECT EXISTS (SELECT FROM up WHERE id = candidate) AND candidate <> descendant
$$;

CREATE FUNCTION app.offspring_facts(parent uuid)
RETURNS TABLE (as_sire bigint, as_dam bigint, first_birth date, species text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp AS
$$
SELECT count(*) FILTER (WHERE o.sire_id = parent), count(*) FILTER (WHERE o.dam_id = parent),
       min(o.birth_date), array_agg(DISTINCT o.species)
FROM app.animal o
WHERE (o.sire_id = parent OR o.dam_id = parent)
  AND EXISTS (SELECT FROM app.animal p
              WHERE p.id = parent AND p.farm_id = ANY(app.my_writable_farms()))
$$;

REVOKE EXECUTE ON FUNCTION app.is_ancestor, app.offspring_facts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.is_ancestor, app.offspring_facts TO :app_role;
