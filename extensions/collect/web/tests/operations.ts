// Prints what every form makes of typical answers; the hub's own models read it (test_phone.py).

import { answers, correction } from "../src/correct.ts";
import { FORMS } from "../src/forms.ts";
import { Flock } from "../src/flock.ts";
import { newId } from "../src/ids.ts";
import type { Animal, FarmEvent, Values } from "../src/protocol.ts";

const [own, other] = [newId(), newId()];
const animal = { id: own, farm_id: newId(), tag: "A1", species: "sheep", sex: "F" } as Animal;
const now = { animal, events: [], flock: new Flock(), rules: undefined, today: "2026-03-20" };
const ANSWERS: Record<string, Values[]> = {
  parturition: [{ ease: 2, offspring: [{ sex: "F", state: "live", tag: "N1", birth_weight_kg: 4.1, breed: "Texel" }, { state: "stillborn", tag: "" }] }],
  weight: [{ trait: "weight", value: 31.5 }, { trait: "body_condition", value: 3.5 }],
  mating: [{ method: "natural", sire: other }, { method: "group", sires: [other, own], until: "2026-04-01" }, { method: "ai", straw: "X 12", technician: "T" }],
  pregnancy_check: [{ method: "ultrasound", result: "pregnant", foetus_count: 2, foetal_age_days: 60 }, { method: "palpation", result: "empty", foetus_count: 1 }],
  treatment: [{ product: "Oxytet", medicine_group: "antibiotic", dose: 5, dose_unit: "ml", withdrawal_meat_days: 28, withdrawal_milk_days: 7, batch: "B", route: "im" }, { product: "Oxytet", medicine_group: "other", dose_unit: "ml" }],
  diagnosis: [{ disease: "foot rot", severity: "light", temperature_c: 39.5, site: "hind leg" }],
  fostering: [{}, { foster_dam_id: other }],
  weaning: [{ weight_kg: 28 }],
  movement: [{ place_id: other }],
  group: [{ group: other }],
  retag: [{ value: "A2", scheme: "tag", reason: "lost" }],
  remark: [{ remark: "limping" }],
  disposal: [{ disposal: "sold", reason: "surplus", destination: "Market", price: 120 }],
};
const made = FORMS.flatMap((form) => (ANSWERS[form.name] ?? [form.start?.(now) ?? {}]).flatMap((answers) =>
  form.make({ on: "2026-03-20", ...form.start?.(now), ...answers }, now)));
const corrections = FORMS.filter((form) => ANSWERS[form.name] && !["group", "retag", "weight"].includes(form.name)).map((form) => {
  const [first] = form.make({ on: "2026-03-20", ...form.start?.(now), ...ANSWERS[form.name]?.[0] }, now);
  const values = first?.values as Values;
  const row = { ...values, kind: form.name, id: newId(), remark: String(values["remark"]), details: { ...(values["details"] as Values) } } as unknown as FarmEvent;
  const told = { entity: "event", row } as const;
  return correction(told, form, { ...answers(told), on: "2026-03-19", remark: "put right" }, now, "slip");
});
const weighed = { entity: "record", row: { id: newId(), farm_id: own, animal_id: own, trait: "weight", value: 165, recorded_on: "2026-03-20" } } as const;
const weight = FORMS.find((form) => form.name === "weight") as (typeof FORMS)[number];
corrections.push(correction(weighed, weight, { ...answers(weighed), value: 16.5 }, now, "slip"));
const choices = FORMS.flatMap((form) => form.fields.filter((field) => field.options).flatMap((field) =>
  (field.options ?? []).map((option) => ({ form: form.name, field: field.name, option: field.integer ? Number(option) : option }))));
process.stdout.write(JSON.stringify({ made, corrections, choices }));
