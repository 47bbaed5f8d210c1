// Prints what the phone would show as due, for test_phone.py to compare with the hub's own list.

import { readFileSync } from "node:fs";

import type { Day } from "../src/days.ts";
import { dueFor, type Rules } from "../src/due.ts";
import type { Animal, FarmEvent } from "../src/protocol.ts";

interface Told {
  animals: Animal[];
  events: FarmEvent[];
  rules: (Rules & { species: string })[];
  today: Day;
  from: Day;
  to: Day;
}

const told = JSON.parse(readFileSync(0, "utf8")) as Told;
const rules = new Map(told.rules.map((one) => [one.species, one]));
const due = told.animals.flatMap((animal) => {
  const events = told.events.filter((one) => one.animal_id === animal.id);
  const list = dueFor(animal, events, rules.get(animal.species), told.today);
  return list.filter((one) => one.from <= told.to && one.to >= told.from).map((one) => [animal.tag, one.kind, one.on]);
});
process.stdout.write(JSON.stringify(due));
