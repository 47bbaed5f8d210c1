// What is due for an animal, from its events and the species' rules that the hub gives. It is
// shown without a signal; the hub computes its own list by the same rules.

import { addDays, type Day } from "./days.ts";
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
  first_mating: { days: number };
}

export type RulesOf = Record<string, Rules>;

/** When she may have conceived, and from whom. */
interface Service {
  method: string;
  first: Day;
  last: Day;
  ended: boolean;
  sires: string[];
}

/** Where a female stands. */
export interface Reproduction {
  state: "open" | "served" | "pregnant";
  services: Service[];
  served_on: Day | null;
  due_on: Day | null;
  due_from: Day | null;
  due_to: Day | null;
  foetuses: number | null;
  born_on: Day | null;
  aborted_on: Day | null;
  fresh_on: Day | null; // her last lactation began: by a birth, or by an abortion
  empty_on: Day | null;
  checked_on: Day | null;
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
  state: "open", services: [], served_on: null, due_on: null, due_from: null, due_to: null,
  foetuses: null, born_on: null, aborted_on: null, fresh_on: null, empty_on: null, checked_on: null, dry: false,
};
const FORGOTTEN_DAYS = 180; // nobody wrote down that the sires were taken out
const UNTOLD_DAYS = 60; // past the longest gestation a birth was not written down
const KEPT_DAYS = 60; // what was not done in time stays on the list
const ENDING = new Set<Due["kind"]>(["heat_watch", "withdrawal_end"]); // these end by themselves

/** Events in the order in which they happened, without those that did not. */
export function inOrder(events: FarmEvent[]): FarmEvent[] {
  const real = events.filter((one) => !one.voided);
  return real.sort((one, other) => one.occurred_on.localeCompare(other.occurred_on) || one.id.localeCompare(other.id));
}

export function reproduction(events: FarmEvent[], rules: Rules | undefined, now: Day): Reproduction {
  const state = inOrder(events).reduce((state, event) => after(state, event, rules, now), OPEN);
  const { born_on, aborted_on, fresh_on, empty_on, dry } = state;
  return expecting(state, now, rules) ? state : { ...OPEN, born_on, aborted_on, fresh_on, empty_on, dry };
}

/** Whether she can still be what she was last seen as: served, or pregnant. */
function expecting(state: Reproduction, on: Day, rules: Rules | undefined): boolean {
  if (!rules || state.state === "open") return true;
  if (state.state === "pregnant") return carrying(state, on, rules, UNTOLD_DAYS);
  return state.services.some((one) => addDays(one.last, rules.gestation.longest) >= on);
}

function carrying(state: Reproduction, on: Day, rules: Rules, late = 0): boolean {
  const { longest, high } = rules.gestation;
  const last = state.due_to ? addDays(state.due_to, -high) : addDays(state.checked_on ?? on, -rules.check.low);
  return on <= addDays(last, longest + late);
}

function after(before: Reproduction, event: FarmEvent, rules: Rules | undefined, now: Day): Reproduction {
  const details = event.details;
  const on = event.occurred_on;
  switch (event.kind) {
    case "mating": {
      const group = details["method"] === "group";
      const until = details["until"] as Day | null | undefined;
      const forgotten = addDays(on, FORGOTTEN_DAYS);
      const last = group ? until ?? (forgotten < now ? forgotten : now > on ? now : on) : on;
      const sires = (details["sire_ids"] as string[] | undefined) ?? [];
      return served(before, { method: String(details["method"]), first: on, last, ended: !group || !!until, sires }, rules);
    }
    case "embryo_transfer": {
      const start = rules ? addDays(on, -rules.embryo_age.days) : on;
      return served(before, { method: "embryo", first: start, last: start, ended: true, sires: [String(details["sire_id"] ?? "")] }, rules);
    }
    case "pregnancy_check":
      return checked(before, event, rules);
    case "abortion":
      return { ...OPEN, born_on: before.born_on, aborted_on: on, ...milkAfter(before, event) };
    case "parturition":
      return { ...OPEN, born_on: on, fresh_on: on };
    case "dry_off":
      return { ...before, dry: true };
    default:
      return before;
  }
}

function milkAfter(before: Reproduction, { details, occurred_on }: FarmEvent): Pick<Reproduction, "fresh_on" | "dry"> {
  return details["in_milk"] ? { fresh_on: occurred_on, dry: false } : { fresh_on: before.fresh_on, dry: before.dry };
}

function served(before: Reproduction, service: Service, rules: Rules | undefined): Reproduction {
  const services = [...before.services, service];
  if (before.state === "pregnant" && (!rules || carrying(before, service.first, rules))) return { ...before, services };
  const open = { ...before, state: "served" as const, services, served_on: service.first, foetuses: null, checked_on: null };
  return { ...open, ...term(service.first, service.last, rules) };
}

function checked(before: Reproduction, event: FarmEvent, rules: Rules | undefined): Reproduction {
  const { details, occurred_on: on } = event;
  if (details["result"] === "unknown") return { ...before, checked_on: on };
  if (details["result"] === "empty") {
    const low = rules?.check.low ?? 0;
    const services = before.services.filter((one) => one.last > addDays(on, -low)); // too early to be seen
    const last = services.at(-1);
    const { born_on, aborted_on, fresh_on, dry } = before;
    const open = { ...OPEN, born_on, aborted_on, fresh_on, dry, empty_on: on, checked_on: on };
    return last ? { ...open, state: "served", services, served_on: last.first, ...term(last.first, last.last, rules) } : open;
  }
  const foetuses = (details["foetus_count"] as number | null | undefined) ?? (details["result"] === "multiple" ? 2 : null);
  const conceived = conception(before.services, on, details["foetal_age_days"] as number | null | undefined, rules);
  const dates = conceived ? term(conceived[0], conceived[1], rules) : {};
  return { ...before, state: "pregnant", served_on: conceived?.[0] ?? before.served_on, foetuses, checked_on: on, empty_on: null, ...dates };
}

/** First and last day on which she may have conceived what was seen. */
function conception(services: Service[], seen: Day, age: number | null | undefined, rules: Rules | undefined): [Day, Day] | null {
  if (age) {
    const told = addDays(seen, -age);
    const near = services.filter((one) => addDays(one.first, -7) <= told && told <= addDays(one.last, 7)).at(-1);
    return near && near.first === near.last ? [near.first, near.first] : [told, told];
  }
  const latest = addDays(seen, -(rules?.check.low ?? 0));
  const service = services.filter((one) => one.first <= latest).at(-1) ?? services[0];
  if (!service) return null;
  const last = service.last < latest ? service.last : latest;
  return [service.first, last > service.first ? last : service.first];
}

function term(from: Day, until: Day, rules: Rules | undefined): Partial<Reproduction> {
  if (!rules) return { due_on: null, due_from: null, due_to: null };
  const { low, mean, high } = rules.gestation;
  return { due_on: addDays(from, mean), due_from: addDays(from, low), due_to: addDays(until, high) };
}

/** The first days on which meat and milk may be used again; null when nothing is withheld. */
export function withdrawal(events: FarmEvent[], on: Day): { meat: Day | null; milk: Day | null } {
  const last = (field: string): Day | null => {
    const ends = inOrder(events)
      .filter((one) => one.kind === "treatment" && Number(one.details[field] ?? 0) > 0)
      .map((one) => addDays(one.occurred_on, Number(one.details[field]) + 1))
      .filter((day) => day > on);
    return ends.sort().at(-1) ?? null;
  };
  return { meat: last("withdrawal_meat_days"), milk: last("withdrawal_milk_days") };
}

/** What is due for one animal, and what is overdue. */
export function dueFor(animal: Animal, events: FarmEvent[], rules: Rules | undefined, on: Day): Due[] {
  if (animal.status !== "alive" || !rules) return [];
  const list: Due[] = [];
  const add: Add = (kind, from, day, to) => {
    const kept = ENDING.has(kind) ? to >= on : addDays(to, KEPT_DAYS) >= on;
    if (kept) list.push({ animal_id: animal.id, kind, on: day, from, to });
  };
  if (animal.sex === "F") ofFemale(reproduction(events, rules, on), animal, rules, add);
  if (animal.birth_date && animal.dam_id && !events.some((one) => one.kind === "weaning" && !one.voided)) {
    const day = addDays(animal.birth_date, rules.weaning.mean);
    add("wean", addDays(day, -7), day, addDays(day, 14));
  }
  const { meat, milk } = withdrawal(events, on);
  for (const end of new Set([meat, milk])) if (end) add("withdrawal_end", on, end, end);
  return list;
}

type Add = (kind: Due["kind"], from: Day, day: Day, to: Day) => void;

function ofFemale(state: Reproduction, animal: Animal, rules: Rules, add: Add): void {
  if (state.state === "served") afterService(state, rules, add);
  if (state.state === "open") mateAgain(state, animal, rules, add);
  else if (state.due_on && state.due_from && state.due_to) {
    add("parturition", state.due_from, state.due_on, state.due_to);
    if (!rules.dry_off_before || !state.fresh_on || state.dry) return;
    const dry = addDays(state.due_on, -rules.dry_off_before.days);
    add("dry_off", addDays(dry, -7), dry, addDays(dry, 14));
  }
}

function afterService(state: Reproduction, rules: Rules, add: Add): void {
  const service = state.services.at(-1) as Service;
  const span = ({ low, mean, high }: Span): [Day, Day, Day] => [addDays(service.first, low), addDays(service.first, mean), addDays(service.first, high)];
  if (service.method !== "group") add("heat_watch", ...span(rules.cycle));
  let [low, mean, high] = span(rules.check);
  if (service.method === "group" && service.ended) {
    // once the last to conceive can be seen and the first still be counted
    low = addDays(service.last, rules.check.low);
    mean = later(low, mean);
    high = later(later(mean, high), addDays(service.last, rules.check_sure.days));
  }
  if (!state.checked_on || state.checked_on < low) add("pregnancy_check", low, mean, high);
}

/** Again after a birth or abortion, or for the first time; nothing where mating is seasonal. */
function mateAgain(state: Reproduction, animal: Animal, rules: Rules, add: Add): void {
  if (!rules.voluntary_waiting) return;
  const { born_on, aborted_on, empty_on } = state;
  const ended = born_on && aborted_on ? later(born_on, aborted_on) : born_on ?? aborted_on;
  let start = animal.birth_date ? addDays(animal.birth_date, rules.first_mating.days) : null;
  if (ended) start = addDays(ended, rules.voluntary_waiting.days);
  if (start && empty_on && empty_on >= start) start = empty_on;
  if (start) add("mate", start, start, addDays(start, rules.cycle.high * 2));
}

function later(one: Day, other: Day): Day {
  return one > other ? one : other;
}
