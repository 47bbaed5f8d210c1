// What is due for an animal, from its events and the species' rules that the hub gives. It is
// shown without a signal; the hub computes its own list by the same rules.

import { addDays, daysBetween, type Day } from "./days.ts";
import type { Animal, FarmEvent } from "./protocol.ts";

interface Span {
  low: number;
  mean: number;
  high: number;
}

export interface Rules {
  gestation: Span & { shortest: number; longest: number };
  cycle: Span;
  check: Span;
  check_sure: { days: number };
  litter: { usual: number; highest: number };
  dry_off_before: { days: number } | null;
  voluntary_waiting: { days: number } | null;
  weaning: Span;
  embryo_age: { days: number };
  puberty_female: { days: number };
}

export type RulesOf = Record<string, Rules>;

/** Where a female stands. */
export interface Reproduction {
  state: "open" | "served" | "pregnant";
  served_on: Day | null;
  sires: string[];
  due_on: Day | null;
  due_from: Day | null;
  due_to: Day | null;
  foetuses: number | null;
  born_on: Day | null;
  checked: boolean;
  dry: boolean;
}

export interface Due {
  animal_id: string;
  kind: "parturition" | "pregnancy_check" | "heat_watch" | "dry_off" | "wean" | "mate" | "withdrawal_end";
  on: Day;
  from: Day;
  to: Day;
}

const OPEN: Reproduction = {
  state: "open", served_on: null, sires: [], due_on: null, due_from: null, due_to: null,
  foetuses: null, born_on: null, checked: false, dry: false,
};

/** Events in the order in which they happened, without those that did not. */
export function inOrder(events: FarmEvent[]): FarmEvent[] {
  const real = events.filter((one) => !one.voided);
  return real.sort((one, other) => one.occurred_on.localeCompare(other.occurred_on) || one.id.localeCompare(other.id));
}

export function reproduction(events: FarmEvent[], rules: Rules | undefined): Reproduction {
  return inOrder(events).reduce((state, event) => after(state, event, rules), OPEN);
}

function after(before: Reproduction, event: FarmEvent, rules: Rules | undefined): Reproduction {
  const details = event.details;
  const on = event.occurred_on;
  switch (event.kind) {
    case "mating": {
      const sires = (details["sire_ids"] as string[] | undefined) ?? [];
      const until = (details["until"] as Day | null | undefined) ?? on;
      return { ...before, state: "served", served_on: on, sires, checked: false, foetuses: null, ...term(on, until, rules) };
    }
    case "embryo_transfer": {
      const start = rules ? addDays(on, -rules.embryo_age.days) : on;
      const sires = [String(details["sire_id"] ?? "")].filter(Boolean);
      return { ...before, state: "served", served_on: start, sires, checked: false, ...term(start, start, rules) };
    }
    case "pregnancy_check":
      return checked(before, event, rules);
    case "abortion":
      return { ...OPEN, born_on: before.born_on };
    case "parturition":
      return { ...OPEN, born_on: on };
    case "dry_off":
      return { ...before, dry: true };
    default:
      return before;
  }
}

function checked(before: Reproduction, event: FarmEvent, rules: Rules | undefined): Reproduction {
  const details = event.details;
  if (details["result"] === "empty") return { ...OPEN, born_on: before.born_on, dry: before.dry };
  if (details["result"] === "unknown") return before;
  const age = details["foetal_age_days"] as number | null | undefined;
  const start = age ? addDays(event.occurred_on, -age) : before.served_on;
  const dates = age && start ? term(start, start, rules) : {};
  const foetuses = (details["foetus_count"] as number | null | undefined) ?? (details["result"] === "multiple" ? 2 : null);
  return { ...before, state: "pregnant", served_on: start, foetuses, checked: true, ...dates };
}

function term(from: Day, until: Day, rules: Rules | undefined): Partial<Reproduction> {
  if (!rules) return { due_on: null, due_from: null, due_to: null };
  const { low, mean, high } = rules.gestation;
  return { due_on: addDays(from, mean), due_from: addDays(from, low), due_to: addDays(until, high) };
}

/** Days until meat and milk may be used again; null when nothing is withheld. */
export function withdrawal(events: FarmEvent[], on: Day): { meat: Day | null; milk: Day | null } {
  const last = (field: string): Day | null => {
    const ends = inOrder(events)
      .filter((one) => one.kind === "treatment" && Number(one.details[field] ?? 0) > 0)
      .map((one) => addDays(one.occurred_on, Number(one.details[field])))
      .filter((day) => day > on);
    return ends.sort().at(-1) ?? null;
  };
  return { meat: last("withdrawal_meat_days"), milk: last("withdrawal_milk_days") };
}

/** What is due for one animal. */
export function dueFor(animal: Animal, events: FarmEvent[], rules: Rules | undefined, on: Day): Due[] {
  if (animal.status !== "alive" || !rules) return [];
  const list: Due[] = [];
  const add = (kind: Due["kind"], from: Day, day: Day, to: Day): void => {
    list.push({ animal_id: animal.id, kind, on: day, from, to });
  };
  const state = reproduction(events, rules);
  if (animal.sex === "F") ofFemale(state, rules, on, add);
  if (animal.birth_date && animal.dam_id && !events.some((one) => one.kind === "weaning" && !one.voided)) {
    const { low, mean, high } = rules.weaning;
    const young = daysBetween(animal.birth_date, on) <= high + 60;
    if (young) add("wean", addDays(animal.birth_date, low), addDays(animal.birth_date, mean), addDays(animal.birth_date, high));
  }
  const { meat, milk } = withdrawal(events, on);
  for (const end of new Set([meat, milk])) if (end) add("withdrawal_end", end, end, end);
  return list;
}

type Add = (kind: Due["kind"], from: Day, day: Day, to: Day) => void;

function ofFemale(state: Reproduction, rules: Rules, on: Day, add: Add): void {
  if (state.due_on && state.due_from && state.due_to && daysBetween(state.due_to, on) < 60) {
    add("parturition", state.due_from, state.due_on, state.due_to);
    if (rules.dry_off_before && state.born_on && !state.dry) {
      const dry = addDays(state.due_on, -rules.dry_off_before.days);
      add("dry_off", dry, dry, addDays(dry, 14));
    }
  }
  const served = state.state === "served" ? state.served_on : null;
  if (served && !state.checked) {
    const check = rules.check;
    if (daysBetween(served, on) <= check.high + 30) add("pregnancy_check", addDays(served, check.low), addDays(served, check.mean), addDays(served, check.high));
    if (daysBetween(served, on) <= rules.cycle.high) add("heat_watch", addDays(served, rules.cycle.low), addDays(served, rules.cycle.mean), addDays(served, rules.cycle.high));
  }
  if (state.state === "open" && state.born_on && rules.voluntary_waiting) {
    const day = addDays(state.born_on, rules.voluntary_waiting.days);
    add("mate", day, day, addDays(day, rules.cycle.high));
  }
}
