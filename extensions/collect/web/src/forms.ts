// Every form as data: what is asked, and which operations are made of the answers.

import * as check from "./check.ts";
import type { Circumstances, Trait, Wrong } from "./check.ts";
import { daysBetween, type Day } from "./days.ts";
import { reproduction } from "./due.ts";
import { newId } from "./ids.ts";
import type { Animal, Kind, Values } from "./protocol.ts";

export interface Field {
  name: string;
  type: "choice" | "number" | "text" | "long" | "day" | "animal" | "animals" | "litter" | "place" | "group";
  options?: string[];
  optional?: boolean;
  unit?: string;
  integer?: boolean;
  sex?: "F" | "M";
  recalled?: boolean; // offers what was written the last times
  scans?: boolean; // a reader fills it in
  early?: boolean; // not needed, but asked with what is
  when?: (values: Values) => boolean;
}

/** An operation to be made of a form. */
export interface Made {
  entity: string;
  id: string;
  kind: Kind;
  values: Values;
}

export interface Form {
  name: string;
  icon: string;
  fields: Field[];
  suits: (animal: Animal, now: Circumstances) => boolean;
  start?: (now: Circumstances) => Values;
  wrong: (values: Values, now: Circumstances, traits: Trait[]) => Wrong[];
  make: (values: Values, now: Circumstances) => Made[];
}

const grown = ({ animal, rules, today }: Circumstances): boolean =>
  !animal.birth_date || daysBetween(animal.birth_date, today) >= (rules?.puberty_female.days ?? 90);
const female = (animal: Animal, now: Circumstances): boolean => animal.sex !== "M" && grown(now);
const young = ({ animal, today }: Circumstances): boolean =>
  animal.birth_date !== null && daysBetween(animal.birth_date, today) < 400;
const anybody = (): boolean => true;
/** Old enough to give birth; in a younger one the hub would refuse it. */
const bearing = (animal: Animal, now: Circumstances): boolean =>
  female(animal, now) && (!animal.birth_date || !now.rules
    || daysBetween(animal.birth_date, now.today) >= now.rules.puberty_female.days + now.rules.gestation.shortest);

/** An event with the details of its kind; empty answers are left out. */
function event(kind: string, names: string[], fixed: Values = {}) {
  return (values: Values, { animal }: Circumstances): Made[] => [{
    entity: "event", id: String(values["id"] ?? newId()), kind: "create",
    values: {
      animal_id: animal.id, occurred_on: values["on"], remark: values["remark"] ?? "",
      ...(values["group_id"] ? { group_id: values["group_id"] } : {}),
      details: { kind, ...picked(values, names), ...fixed },
    },
  }];
}

function picked(values: Values, names: string[]): Values {
  const given = names.filter((name) => values[name] !== undefined && values[name] !== "" && values[name] !== null);
  return Object.fromEntries(given.map((name) => [name, values[name]]));
}

const rules = (kind: string, more: (values: Values, now: Circumstances, traits: Trait[]) => Wrong[] = () => []) =>
  (values: Values, now: Circumstances, traits: Trait[]): Wrong[] =>
    [...check.wrongSex(kind, now), ...check.wrongDay(values["on"], now), ...more(values, now, traits)];

const REMARK: Field = { name: "remark", type: "long", optional: true };
const traitOf = (code: string, traits: Trait[]): Trait | undefined => traits.find((one) => one.code === code);

function parturition(values: Values, now: Circumstances): Made[] {
  const litter = (values["offspring"] as Values[]).map((one) => ({
    ...picked(one, ["sex", "state", "birth_weight_kg", "breed", "name"]), tag: one["tag"] ?? "",
    animal_id: one["animal_id"] ?? newId(),
  }));
  return event("parturition", ["ease"], { offspring: litter })(values, now);
}

/** The sires of a mating: one, or those of a group. */
function mating(values: Values, now: Circumstances): Made[] {
  const group = values["method"] === "group";
  const sires = group ? (values["sires"] as string[] | undefined) ?? [] : [values["sire"]].filter(Boolean);
  const names = group ? ["method", "until"] : values["method"] === "ai" ? ["method", "straw", "technician"] : ["method"];
  return event("mating", names, { sire_ids: sires })(values, now);
}

function wrongMating(values: Values): Wrong[] {
  const several = (values["sires"] as string[] | undefined) ?? [];
  if (values["method"] === "group") return several.length ? [] : check.filled({}, "sires", "wrong.no_sire");
  if (values["method"] === "ai" && values["straw"]) return [];
  return check.filled(values, "sire", "wrong.no_sire");
}

function wrongCount(values: Values): Wrong[] {
  if (!values["result"]) return check.filled({}, "result");
  return values["result"] === "multiple" && values["foetus_count"] === 1 ? check.filled({}, "foetus_count", "wrong.multiple") : [];
}

function record(values: Values, { animal }: Circumstances): Made[] {
  return [{
    entity: "record", id: String(values["id"] ?? newId()), kind: "create",
    values: {
      animal_id: animal.id, trait: values["trait"] ?? "weight", value: values["value"],
      recorded_on: values["on"], ...picked(values, ["method"]),
    },
  }];
}

function join(values: Values, { animal }: Circumstances): Made[] {
  const on = { group_id: values["group"], animal_id: animal.id, on: values["on"] };
  return [{ entity: "group_member", id: newId(), kind: "join", values: on }];
}

export const FORMS: Form[] = [
  {
    name: "parturition", icon: "birth", suits: bearing,
    fields: [
      { name: "offspring", type: "litter" },
      { name: "ease", type: "choice", options: ["1", "2", "3", "4", "5"], optional: true, integer: true },
      REMARK,
    ],
    start: (now) => {
      const { foetuses } = reproduction(now.events, now.rules, now.today);
      return { offspring: Array.from({ length: foetuses ?? 1 }, () => ({ state: "live", tag: "" })) };
    },
    wrong: rules("parturition", (values, now) => [
      ...check.wrongLitter(values["offspring"] as never, now, ((values["offspring"] ?? []) as Values[]).map((one) => String(one["animal_id"] ?? ""))),
      ...check.wrongBirth(values["on"] as Day, now),
    ]),
    make: parturition,
  },
  {
    name: "weight", icon: "weigh", suits: anybody,
    fields: [
      { name: "value", type: "number", unit: "kg" },
      { name: "trait", type: "choice", options: ["weight", "birth_weight", "weaning_weight", "body_condition"] },
    ],
    start: () => ({ trait: "weight" }),
    wrong: rules("weight", (values, now, traits) =>
      check.wrongValue(values["value"], traitOf(String(values["trait"]), traits), now.animal.species)),
    make: record,
  },
  {
    name: "mating", icon: "mating", suits: female,
    fields: [
      { name: "method", type: "choice", options: ["natural", "group", "ai"] },
      { name: "sire", type: "animal", sex: "M", when: (values) => values["method"] !== "group" },
      { name: "sires", type: "animals", sex: "M", when: (values) => values["method"] === "group" },
      { name: "until", type: "day", optional: true, when: (values) => values["method"] === "group" },
      { name: "straw", type: "text", optional: true, recalled: true, when: (values) => values["method"] === "ai" },
      { name: "technician", type: "text", optional: true, recalled: true, when: (values) => values["method"] === "ai" },
      REMARK,
    ],
    start: () => ({ method: "natural" }),
    wrong: rules("mating", wrongMating),
    make: mating,
  },
  {
    name: "pregnancy_check", icon: "scan", suits: female,
    fields: [
      { name: "result", type: "choice", options: ["empty", "pregnant", "multiple", "unknown"] },
      { name: "foetus_count", type: "choice", options: ["1", "2", "3", "4"], integer: true, optional: true,
        when: (values) => values["result"] === "pregnant" || values["result"] === "multiple" },
      { name: "foetal_age_days", type: "number", integer: true, optional: true,
        when: (values) => values["result"] === "pregnant" || values["result"] === "multiple" },
      { name: "method", type: "choice", options: ["ultrasound", "palpation", "blood", "milk", "visual"] },
      REMARK,
    ],
    start: () => ({ method: "ultrasound" }),
    wrong: rules("pregnancy_check", wrongCount),
    make: (values, now) => {
      const seen = values["result"] === "pregnant" || values["result"] === "multiple";
      const count = Number(values["foetus_count"] ?? 0);
      const told = seen && count > 1 ? { ...values, result: "multiple" } : values;
      return event("pregnancy_check", seen ? ["method", "result", "foetus_count", "foetal_age_days"] : ["method", "result"])(told, now);
    },
  },
  {
    name: "treatment", icon: "medicine", suits: anybody,
    fields: [
      { name: "product", type: "text", recalled: true },
      { name: "medicine_group", type: "choice", options: ["antibiotic", "anthelmintic", "vaccine", "hormone", "other"] },
      { name: "withdrawal_meat_days", type: "number", integer: true, unit: "d", optional: true, early: true },
      { name: "withdrawal_milk_days", type: "number", integer: true, unit: "d", optional: true, early: true },
      { name: "dose", type: "number", optional: true },
      { name: "dose_unit", type: "choice", options: ["ml", "mg", "g", "tablet"], optional: true },
      { name: "batch", type: "text", optional: true, recalled: true },
      { name: "route", type: "text", optional: true, recalled: true },
      REMARK,
    ],
    start: () => ({ medicine_group: "other", dose_unit: "ml" }),
    wrong: rules("treatment", (values) => check.filled(values, "product", "wrong.no_product")),
    make: (values, now) => event("treatment", [
      "product", "medicine_group", "dose", ...(values["dose"] ? ["dose_unit"] : []),
      "withdrawal_meat_days", "withdrawal_milk_days", "batch", "route",
    ])(values, now),
  },
  {
    name: "diagnosis", icon: "disease", suits: anybody,
    fields: [
      { name: "disease", type: "text", recalled: true },
      { name: "severity", type: "choice", options: ["light", "moderate", "severe"], optional: true },
      { name: "temperature_c", type: "number", unit: "°C", optional: true },
      { name: "site", type: "text", optional: true, recalled: true },
      REMARK,
    ],
    wrong: rules("diagnosis", (values) => [
      ...check.filled(values, "disease", "wrong.no_disease"),
      ...(values["temperature_c"] === undefined ? []
        : check.wrongValue(values["temperature_c"], { code: "", unit: "°C", lowest: 30, highest: 45 }, "", "temperature_c")),
    ]),
    make: event("diagnosis", ["disease", "severity", "temperature_c", "site"]),
  },
  {
    name: "fostering", icon: "foster", suits: (_, now) => young(now),
    fields: [{ name: "foster_dam_id", type: "animal", sex: "F" }, REMARK],
    wrong: rules("fostering"),
    make: event("fostering", ["foster_dam_id"]),
  },
  {
    name: "weaning", icon: "wean", suits: (_, now) => young(now),
    fields: [{ name: "weight_kg", type: "number", unit: "kg", optional: true, early: true }, REMARK],
    wrong: rules("weaning", (values, now, traits) => values["weight_kg"] === undefined ? []
      : check.wrongValue(values["weight_kg"], traitOf("weaning_weight", traits), now.animal.species, "weight_kg")),
    make: event("weaning", ["weight_kg"]),
  },
  {
    name: "heat", icon: "heat", suits: female,
    fields: [{ name: "intensity", type: "choice", options: ["weak", "normal", "strong"] }, REMARK],
    start: () => ({ intensity: "normal" }),
    wrong: rules("heat"),
    make: event("heat", ["intensity"]),
  },
  {
    name: "abortion", icon: "disease", suits: female,
    fields: [{ name: "foetus_count", type: "choice", options: ["1", "2", "3", "4"], integer: true, optional: true }, REMARK],
    wrong: rules("abortion"),
    make: event("abortion", ["foetus_count"]),
  },
  {
    name: "dry_off", icon: "wean", suits: female, fields: [REMARK],
    wrong: rules("dry_off"), make: event("dry_off", []),
  },
  {
    name: "movement", icon: "place", suits: anybody,
    fields: [{ name: "place_id", type: "place" }, REMARK],
    wrong: rules("movement", (values) => check.filled(values, "place_id", "wrong.no_place")),
    make: event("movement", ["place_id"]),
  },
  {
    name: "group", icon: "group", suits: anybody,
    fields: [{ name: "group", type: "group" }],
    wrong: rules("group", (values) => check.filled(values, "group", "wrong.no_group")),
    make: join,
  },
  {
    name: "retag", icon: "tag", suits: anybody,
    fields: [
      { name: "value", type: "text", scans: true },
      { name: "scheme", type: "choice", options: ["tag", "std.iso.11785"] },
      { name: "reason", type: "choice", options: ["lost", "replaced", "official", "other"] },
    ],
    start: () => ({ scheme: "tag", reason: "lost" }),
    wrong: rules("retag", (values, now) => [...check.filled(values, "value", "wrong.no_tag"), ...check.wrongTag(values, now)]),
    make: (values, { animal }) => [{
      entity: "animal", id: animal.id, kind: "retag",
      values: { scheme: values["scheme"], value: values["value"], on: values["on"], reason: values["reason"] },
    }],
  },
  {
    name: "remark", icon: "note", suits: anybody, fields: [{ ...REMARK, optional: false }],
    wrong: rules("remark", (values) => check.filled(values, "remark")),
    make: event("remark", []),
  },
  {
    name: "disposal", icon: "leave", suits: anybody,
    fields: [
      { name: "disposal", type: "choice", options: ["sold", "slaughtered", "died", "euthanized", "lost"] },
      { name: "reason", type: "choice", optional: true, options: [
        "age", "surplus", "sale", "slaughter", "young", "legs", "nutrition", "parturition", "mastitis", "fertility", "disease",
        "production", "milking_ability", "type", "behavior", "accident", "predator", "missing", "other", "unknown"] },
      { name: "destination", type: "text", optional: true, recalled: true },
      { name: "price", type: "number", optional: true },
      REMARK,
    ],
    wrong: rules("disposal", (values) => check.filled(values, "disposal")),
    make: event("disposal", ["disposal", "reason", "destination", "price"]),
  },
];

export const formNamed = (name: string): Form | undefined => FORMS.find((one) => one.name === name);
