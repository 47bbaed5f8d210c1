-- Animals of a farm are in ten yearly blocks; parents are of the block before, sires few. An id says
-- farm and number, so that everything is made without looking anything up.
CREATE FUNCTION pg_temp.key(kind int, farm bigint, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT ('0190000' || kind || '-0000-7' || lpad(to_hex(farm % 4096), 3, '0') || '-8000-'
           || lpad(to_hex(n), 12, '0'))::uuid $$;

INSERT INTO app.farm (id, code, name, species, region, shared)
SELECT pg_temp.key(1, f, 0), 'F' || f, 'Farm ' || f, CASE WHEN f % 4 = 0 THEN 'cattle' ELSE 'sheep' END,
       'R' || f % 12, false
FROM generate_series(1, {farms}) f;

CREATE TEMP TABLE plan AS
SELECT f, n, size, least(n / (size / 10), 9) AS block, size / 10 AS width
FROM (SELECT f, CASE f WHEN 1 THEN {large} ELSE ({animals} - {large}) / ({farms} - 1) END AS size
      FROM generate_series(1, {farms}) f) s CROSS JOIN LATERAL generate_series(0, size - 1) n;

INSERT INTO app.animal (id, farm_id, tag, name, species, breed, sex, birth_date, birth_type, status,
                        sire_id, dam_id)
SELECT pg_temp.key(2, f, n), pg_temp.key(1, f, 0), 'F' || lpad(f::text, 5, '0') || '-' || lpad(n::text, 6, '0'),
       '', CASE WHEN f % 4 = 0 THEN 'cattle' ELSE 'sheep' END, 'Breed ' || f % 9,
       CASE n % 2 WHEN 0 THEN 'F' ELSE 'M' END,
       make_date(2016 + block::int, 2, 1) + (n * 7 % 60)::int, 1 + (n % 3)::int,
       CASE WHEN block > 5 AND n % 10 < 8 THEN 'alive' WHEN n % 2 = 0 THEN 'sold' ELSE 'dead' END,
       CASE WHEN block > 0 THEN pg_temp.key(2, f, (block - 1) * width + (n * 13 % (width / 20 + 1)) * 2 + 1) END,
       CASE WHEN block > 0 THEN pg_temp.key(2, f, (block - 1) * width + n * 29 % (width / 2) * 2) END
FROM plan;

INSERT INTO app.animal_identifier (id, farm_id, animal_id, scheme, value, normalized)
SELECT uuidv7(), farm_id, id, 'tag', tag, tag FROM app.animal;
INSERT INTO app.animal_identifier (id, farm_id, animal_id, scheme, value, normalized)
SELECT uuidv7(), pg_temp.key(1, f, 0), pg_temp.key(2, f, n), 'rfid', rfid, rfid
FROM (SELECT f, n, '826' || lpad((f * 100000 + n)::text, 12, '0') AS rfid FROM plan WHERE n % 2 = 0) r;

INSERT INTO app.record (id, farm_id, animal_id, trait_code, recorded_on, occasion, value, attributes)
SELECT uuidv7(), a.farm_id, a.id, t.code, a.birth_date + t.age, '',
       t.mean * (0.9 + 0.2 * random()), '{}'
FROM app.animal a
JOIN (VALUES ('birth_weight', 0, 4), ('weaning_weight', 95, 28)) t (code, age, mean)
  ON t.age = 0 OR a.farm_id = pg_temp.key(1, 1, 0) OR a.birth_date >= '2022-01-01';
INSERT INTO app.record (id, farm_id, animal_id, trait_code, recorded_on, occasion, value, attributes)
SELECT uuidv7(), a.farm_id, a.id, t.code, m.day::date, '', t.mean * (0.8 + 0.4 * random()), '{}'
FROM app.animal a, generate_series(date '2024-04-01', date '2026-10-01', interval '1 month') m (day),
     (VALUES ('milk_yield', 3), ('somatic_cell_count', 200)) t (code, mean)
WHERE a.farm_id = pg_temp.key(1, 1, 0) AND a.sex = 'F' AND a.status = 'alive';

INSERT INTO app.event (id, farm_id, animal_id, kind, occurred_on, details, person_id, remark, device,
                       reason, revision, voided)
SELECT uuidv7(), l.farm_id, l.dam_id, k.kind, l.birth_date - k.before,
       CASE k.before WHEN 0 THEN jsonb_build_object('kind', 'parturition', 'offspring', l.young)
       ELSE jsonb_build_object('kind', 'mating', 'method', 'natural',
                               'sire_ids', jsonb_build_array(l.sire_id)) END, '{person}'::uuid, '', '', '', 1, false
FROM (SELECT farm_id, dam_id, birth_date, max(sire_id::text) AS sire_id, jsonb_agg(jsonb_build_object('animal_id', id, 'tag', tag,
             'sex', sex, 'state', 'live')) AS young
      FROM app.animal WHERE dam_id IS NOT NULL GROUP BY 1, 2, 3) l
JOIN (VALUES ('parturition', 0), ('mating', 147)) k (kind, before)
  ON k.before = 0 OR l.farm_id = pg_temp.key(1, 1, 0);
INSERT INTO app.event (id, farm_id, animal_id, kind, occurred_on, details, person_id, remark, device,
                       reason, revision, voided)
SELECT uuidv7(), farm_id, id, 'disposal', birth_date + (CASE status WHEN 'dead' THEN 30 ELSE 900 END),
       jsonb_build_object('kind', 'disposal', 'disposal', CASE status WHEN 'dead' THEN 'died' ELSE 'sold' END,
       'reason', 'disease'), '{person}'::uuid, '', '', '', 1, false
FROM app.animal WHERE status <> 'alive';

INSERT INTO app.farm_member (person_id, farm_id, role)
SELECT '{person}'::uuid, pg_temp.key(1, 1, 0), 'owner'
UNION ALL SELECT '{adviser}'::uuid, pg_temp.key(1, f, 0), 'adviser' FROM generate_series(2, 21) f;
