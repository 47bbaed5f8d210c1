-- Values that are there came from models with one genetic effect: the first of type animal.
UPDATE app.evaluation e SET genetic_effects = jsonb_build_array(jsonb_build_object(
    'name', found.name, 'role', 'direct', 'traits', to_jsonb(e.traits)))
FROM (
    SELECT DISTINCT ON (one.id) one.id, effect.value ->> 'name' AS name
    FROM app.evaluation one,
         jsonb_array_elements(one.model -> 'effects') WITH ORDINALITY AS effect (value, place)
    WHERE effect.value ->> 'type' = 'animal'
    ORDER BY one.id, effect.place
) found
WHERE found.id = e.id;

UPDATE app.breeding_value v SET effect = e.genetic_effects -> 0 ->> 'name'
FROM app.evaluation e
WHERE e.id = v.evaluation_id AND v.effect <> e.genetic_effects -> 0 ->> 'name';

ALTER TABLE app.breeding_value
    DROP CONSTRAINT pk_breeding_value,
    ADD CONSTRAINT pk_breeding_value PRIMARY KEY (evaluation_id, trait_code, effect, animal_id);
DROP INDEX app.ix_breeding_value_evaluation_id_trait_code_value;
CREATE INDEX ix_breeding_value_evaluation_id_trait_code_effect_value
    ON app.breeding_value (evaluation_id, trait_code, effect, value);
