// What is certainly wrong is said at once, with the reason; whether the rest is right the hub
// decides when it gets it.

import { addDays, daysBetween, isDay, type Day } from "./days.ts";
import type { Rules } from "./due.ts";
import { inOrder } from "./due.ts";
import { electronic } from "./identity.ts";
import type { Flock } from "./flock.ts";
import type { Animal, FarmEvent, Values } from "./protocol.ts";
import { day, t } from "./text.ts";

/** One thing wrong: the field to mend it in, and what to do. */
export interface Wrong {
  field: string;
  text: string;
}

export interface Circumstances {
  animal: Animal;
  events: FarmEvent[];
  flock: Flock;
  rules: Rules | undefined;
  today: Day;
}

const FEMALE_ONLY = new Set(["heat", "mating", "pregnancy_check", "abortion", "parturition", "dry_off"]);

/** The day of an entry: there, not to come, not before birth, not after she left. */
export function wrongDay(on: unknown, { animal, events, today }: Circumstances): Wrong[] {
  const wrong = (key: string, values: Record<string, string> = {}): Wrong[] => [{ field: "on", text: t(`wrong.${key}`, values) }];
  if (!isDay(on)) return wrong("no_day");
  if (on > addDays(today, 1)) return wrong("future", { day: day(on), today: day(today) });
  if (animal.birth_date && on < animal.birth_date) return wrong("before_birth", { day: day(animal.birth_date), tag: animal.tag });
  const left = inOrder(events).find((one) => one.kind === "disposal");
  if (left && on > left.occurred_on) {
    const how = t(`disposal.disposal.${String(left.details["disposal"])}`);
    return wrong("left", { tag: animal.tag, how, day: day(left.occurred_on) });
  }
  if (!left && (animal.status === "dead" || animal.status === "sold")) return wrong("gone", { tag: animal.tag, how: t(`status.${animal.status}`) });
  return [];
}

export function wrongSex(kind: string, { animal }: Circumstances): Wrong[] {
  if (!FEMALE_ONLY.has(kind) || animal.sex !== "M") return [];
  return [{ field: "", text: t("wrong.male", { tag: animal.tag }) }];
}

interface Young {
  tag: string;
  sex?: string;
  state: string;
  birth_weight_kg: number | null;
}

/** A litter that is possible: not too many, tags that nobody has, weights of newborns. */
export function wrongLitter(litter: Young[], { flock, rules }: Circumstances, own: string[] = []): Wrong[] {
  const wrong: Wrong[] = [];
  const highest = rules?.litter.highest ?? 12;
  if (litter.length === 0) wrong.push({ field: "offspring", text: t("wrong.no_young") });
  if (litter.length > highest) wrong.push({ field: "offspring", text: t("wrong.litter", { highest }) });
  const seen = new Set<string>();
  const unsexed = litter.findIndex((one) => one.state === "live" && !one.sex);
  if (unsexed >= 0) wrong.push({ field: "sex", text: t("wrong.no_sex", { number: unsexed + 1 }) });
  for (const { tag } of litter) {
    const other = tag ? flock.taken(tag) : undefined;
    if (tag && seen.has(tag)) wrong.push({ field: "offspring", text: t("wrong.same_tag", { tag }) });
    else if (other && !own.includes(other.id)) wrong.push({ field: "offspring", text: t("wrong.tag_taken", { tag, other: other.tag }) });
    seen.add(tag);
  }
  return wrong;
}

/** A new tag that nobody else has; a transponder is all of its digits. */
export function wrongTag({ scheme, value }: Values, { animal, flock }: Circumstances): Wrong[] {
  const tag = String(value ?? "");
  const other = tag ? flock.taken(tag, animal.id) : undefined;
  if (other) return [{ field: "value", text: t("wrong.tag_taken", { tag, other: other.tag }) }];
  if (tag && scheme !== "tag" && electronic(tag) === null) return [{ field: "value", text: t("wrong.transponder", { tag }) }];
  return [];
}

/** A lambing where none can be: soon after the last one. */
export function wrongBirth(on: Day, { animal, events, rules }: Circumstances): Wrong[] {
  if (!rules) return [];
  const earlier = inOrder(events).filter((one) => one.kind === "parturition" && one.occurred_on <= on).at(-1);
  if (earlier && daysBetween(earlier.occurred_on, on) < rules.gestation.shortest) {
    return [{ field: "on", text: t("wrong.born_already", { tag: animal.tag, day: day(earlier.occurred_on) }) }];
  }
  const youngest = rules.puberty_female.days + rules.gestation.shortest;
  if (animal.birth_date && daysBetween(animal.birth_date, on) < youngest) {
    return [{ field: "on", text: t("wrong.too_young", { tag: animal.tag, day: day(animal.birth_date) }) }];
  }
  return [];
}

export interface Trait {
  code: string;
  unit: string;
  lowest: number;
  highest: number;
  ranges?: Record<string, [number, number]>;
}

/** A weight in its plausible range: a missing decimal point is found here. */
export function wrongValue(value: unknown, trait: Trait | undefined, species: string, field = "value"): Wrong[] {
  if (typeof value !== "number" || !Number.isFinite(value)) return [{ field, text: t("wrong.no_number") }];
  const [low, high] = trait?.ranges?.[species] ?? [trait?.lowest ?? 0, trait?.highest ?? 2000];
  if (value >= low && value <= high) return [];
  return [{ field, text: t("wrong.range", { value, low, high, unit: trait?.unit ?? "kg" }) }];
}

export const filled = (values: Values, field: string, key = "wrong.empty"): Wrong[] =>
  values[field] === undefined || values[field] === "" || values[field] === null ? [{ field, text: t(key) }] : [];
