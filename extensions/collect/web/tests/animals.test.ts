// Finding animals, what is due for them, and what is said at once when something cannot be.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import fc from "fast-check";

import type { Circumstances } from "../src/check.ts";
import { addDays, isDay } from "../src/days.ts";
import { dueFor, reproduction, withdrawal, type Rules } from "../src/due.ts";
import { Flock } from "../src/flock.ts";
import { formNamed } from "../src/forms.ts";
import { electronic, nextTag } from "../src/identity.ts";
import { newId } from "../src/ids.ts";
import type { Animal, FarmEvent, Values } from "../src/protocol.ts";
import { use } from "../src/text.ts";
import { weightOf } from "../src/wedge.ts";

const locale = join(import.meta.dirname, "..", "locales", "en.json");
use("en", JSON.parse(readFileSync(locale, "utf8")));

const SHEEP: Rules = {
  gestation: { low: 142, mean: 147, high: 152, shortest: 131, longest: 166 },
  cycle: { low: 14, mean: 17, high: 20 }, check: { low: 25, mean: 80, high: 100 }, check_sure: { days: 45 },
  litter: { usual: 5, highest: 9 }, dry_off_before: null, voluntary_waiting: null,
  weaning: { low: 28, mean: 60, high: 150 }, embryo_age: { days: 6 }, puberty_female: { days: 90 }, first_mating: { days: 210 },
};

function animal(id: string, more: Partial<Animal> = {}): Animal {
  return {
    id, farm_id: "farm", tag: id, name: "", species: "sheep", breed: "Texel", sex: "F", birth_date: "2022-03-01",
    birth_type: 1, status: "alive", sire_id: null, dam_id: null, foster_dam_id: null, place_id: null,
    note: "", identifiers: [], ...more,
  };
}

let made = 0;
const happened = (kind: string, occurred_on: string, details: Values = {}): FarmEvent => ({
  id: `e${(made += 1)}`, farm_id: "farm", animal_id: "a", kind, occurred_on, details: { kind, ...details }, remark: "", voided: false, group_id: null,
});

const ewe = animal("a", { tag: "UK0210417 00012", identifiers: [{ scheme: "std.iso.11785", value: "826021041700012" }] });
const lamb = animal("b", { tag: "UK0210417 00112", dam_id: "a", birth_date: "2026-03-14", name: "Bramble" });
const ram = animal("r", { tag: "R7", sex: "M", name: "Rowan" });
const flock = new Flock([ewe, lamb, ram]);

test("ids are UUIDv7, all different and in the order in which they were made", () => {
  const ids = Array.from({ length: 5000 }, () => newId(1_750_000_000_000));
  assert.ok(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)));
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual([...ids].sort(), ids);
});

test("an animal is found however its tag is written or read", () => {
  for (const text of ["UK0210417 00012", "uk0210417-00012", "UK 0210417 00012", "826 021041700012", "826021041700012",
    "LA 826 021041700012", "0826021041700012", "LA 00000 0 826 021041700012"]) {
    assert.equal(flock.exactly(text)?.id, "a", text);
  }
  const bits = (1n << 63n) | (826n << 38n) | 21041700012n;
  assert.equal(flock.exactly(bits.toString(16).toUpperCase())?.id, "a", "hexadecimal");
  assert.equal(flock.exactly(bits.toString())?.id, "a", "the bits in decimal");
});

test("last digits, a name or a part of it are enough", () => {
  assert.deepEqual(flock.find("12").map((one) => one.id), ["a", "b"]);
  assert.deepEqual(flock.find("0012").map((one) => one.id), ["a"]);
  assert.deepEqual(flock.find("bram").map((one) => one.id), ["b"]);
  assert.deepEqual(flock.find("nobody"), []);
});

test("ten thousand animals are searched within a frame", () => {
  const many = new Flock(Array.from({ length: 10_000 }, (_, place) => animal(`x${place}`, { tag: `UK0210417 ${String(place).padStart(5, "0")}` })));
  const times = Array.from({ length: 12 }, (_, turn) => {
    const began = performance.now();
    many.find(`77${turn}`);
    return performance.now() - began;
  });
  assert.ok(Math.min(...times) < 60, `${Math.min(...times)} ms`);
});

test("what readers send is told from what fingers and scales send", () => {
  assert.equal(electronic("0012"), null);
  assert.equal(electronic("982 000123456789"), "982000123456789");
  assert.deepEqual(["45.5", "+ 45,5 kg", "ST,+00045.5kg"].map(weightOf), [45.5, 45.5, null]);
  assert.equal(weightOf("826021041700012"), null);
});

test("the next tag counts up and leaves out what is taken", () => {
  assert.equal(nextTag("UK0210417 00099"), "UK0210417 00100");
  assert.equal(nextTag("A9"), "A10");
  assert.equal(nextTag("Daisy"), "");
  assert.deepEqual(flock.nextTags(2), ["UK0210417 00113", "UK0210417 00114"]);
  assert.deepEqual(flock.nextTags(1, "UK0210417 00011"), ["UK0210417 00013"]);
});

test("days are days, whatever the month", () => {
  assert.equal(addDays("2024-02-28", 1), "2024-02-29");
  assert.ok(!isDay("2026-02-30") && !isDay("yesterday") && isDay("2026-12-31"));
  fc.assert(fc.property(fc.integer({ min: -9000, max: 9000 }), (days) => addDays(addDays("2026-01-01", days), -days) === "2026-01-01"));
});

test("a mating gives a due date, a scan the number, a lambing ends it", () => {
  const mated = [happened("mating", "2025-11-01", { method: "group", sire_ids: ["r"], until: "2025-11-20" })];
  const served = reproduction(mated, SHEEP, "2026-03-20");
  assert.deepEqual([served.state, served.due_on, served.due_from, served.due_to], ["served", "2026-03-28", "2026-03-23", "2026-04-21"]);
  const scanned = [...mated, happened("pregnancy_check", "2026-01-20", { result: "multiple", foetus_count: 2 })];
  assert.deepEqual([reproduction(scanned, SHEEP, "2026-03-20").state, reproduction(scanned, SHEEP, "2026-03-20").foetuses], ["pregnant", 2]);
  const due = dueFor(ewe, scanned, SHEEP, "2026-03-20");
  assert.deepEqual(due.map((one) => [one.kind, one.on]), [["parturition", "2026-03-28"]]);
  const lambed = [...scanned, happened("parturition", "2026-03-27", { offspring: [] })];
  assert.deepEqual([reproduction(lambed, SHEEP, "2026-03-20").state, reproduction(lambed, SHEEP, "2026-03-20").due_on], ["open", null]);
  const empty = [...mated, happened("pregnancy_check", "2026-01-20", { result: "empty" })];
  assert.equal(reproduction(empty, SHEEP, "2026-03-20").state, "open");
  assert.equal(reproduction([{ ...(mated[0] as FarmEvent), voided: true }], SHEEP, "2026-03-20").state, "open");
});

test("a withdrawal runs until its last day", () => {
  const given = [happened("treatment", "2026-03-01", { product: "x", withdrawal_meat_days: 28, withdrawal_milk_days: 7 })];
  assert.deepEqual(withdrawal(given, "2026-03-05"), { meat: "2026-03-30", milk: "2026-03-09" });
  assert.deepEqual(withdrawal(given, "2026-03-30"), { meat: null, milk: null });
});

const now = (one: Animal, events: FarmEvent[] = []): Circumstances => ({ animal: one, events, flock, rules: SHEEP, today: "2026-03-20" });
const said = (form: string, values: Values, one: Circumstances): string =>
  (formNamed(form)?.wrong({ on: "2026-03-20", ...values }, one, [{ code: "weight", unit: "kg", lowest: 0.1, highest: 1500, ranges: { sheep: [0.2, 250] } }]) ?? []).map((wrong) => wrong.text).join(" ");
const twins = (more: Values = {}): Values => ({ offspring: [{ sex: "F", state: "live", tag: "N1" }, { sex: "M", state: "live", tag: "N2", ...more }] });

test("what cannot be is refused at once, with the reason", () => {
  const sold = [happened("disposal", "2026-03-10", { disposal: "sold" })];
  assert.equal(said("remark", { remark: "x" }, now(ewe)), "");
  assert.match(said("remark", { remark: "x", on: "2026-04-02" }, now(ewe)), /yet to come/);
  assert.match(said("remark", { remark: "x", on: "2021-04-02" }, now(ewe)), /was born on Mar 1, 2022/);
  assert.match(said("treatment", { product: "x" }, now(ewe, sold)), /was sold on Mar 10, 2026/);
  assert.equal(said("treatment", { product: "x", on: "2026-03-09" }, now(ewe, sold)), "");
  assert.match(said("parturition", twins(), now(ram)), /is male/);
  assert.match(said("parturition", twins({ tag: "N1" }), now(ewe)), /stands twice/);
  assert.match(said("parturition", twins({ tag: "UK0210417 00112" }), now(ewe)), /is taken by/);
  assert.match(said("parturition", twins({ sex: undefined }), now(ewe)), /no. 2/);
  assert.match(said("parturition", { offspring: Array(10).fill({ state: "stillborn", tag: "" }) }, now(ewe)), /More than 9/);
  assert.match(said("parturition", twins(), now(ewe, [happened("parturition", "2026-02-01")])), /gave birth on Feb 1, 2026/);
  assert.match(said("parturition", twins(), now(lamb)), /too young/);
  assert.match(said("weight", { trait: "weight", value: 455 }, now(ewe)), /between 0.2 and 250 kg/);
  assert.match(said("weight", { trait: "weight", value: Number.NaN }, now(ewe)), /as a number/);
  assert.match(said("mating", { method: "natural" }, now(ewe)), /Name the sire/);
});

test("forms make what the hub understands", () => {
  const of = (form: string, values: Values, one = now(ewe)): Values => formNamed(form)?.make({ on: "2026-03-20", ...values }, one)[0]?.values as Values;
  assert.deepEqual(of("mating", { method: "ai", straw: "X1", sire: "r" })["details"], { kind: "mating", method: "ai", straw: "X1", sire_ids: ["r"] });
  assert.deepEqual(of("pregnancy_check", { method: "ultrasound", result: "pregnant", foetus_count: 2 })["details"], { kind: "pregnancy_check", method: "ultrasound", result: "multiple", foetus_count: 2 });
  assert.deepEqual(of("pregnancy_check", { method: "ultrasound", result: "empty", foetus_count: 2 })["details"], { kind: "pregnancy_check", method: "ultrasound", result: "empty" });
  assert.deepEqual(of("fostering", {}, now(lamb))["details"], { kind: "fostering" });
  assert.deepEqual(of("weight", { trait: "weight", value: 31.5 }), { animal_id: "a", trait: "weight", value: 31.5, recorded_on: "2026-03-20" });
  const birth = of("parturition", { ...twins(), ease: 2 })["details"] as { offspring: Values[]; ease: number };
  assert.deepEqual([birth.ease, birth.offspring.length, birth.offspring[0]?.["tag"]], [2, 2, "N1"]);
  assert.match(String(birth.offspring[0]?.["animal_id"]), /^[0-9a-f-]{36}$/);
});
