// What an operation changes in what the phone shows, before the hub has seen it. The same function
// is replayed over the hub's rows, so that what is not sent yet stays visible after every sync.

import type { Operation, Values } from "./protocol.ts";

export type Key = string; // "animal:0190..."

export const keyOf = (entity: string, id: string): Key => `${entity}:${id}`;

interface Young {
  animal_id: string;
  tag: string;
  sex: string;
  state: string;
  birth_weight_kg: number | null;
  breed?: string;
  name?: string;
}

/** What only the phone needs to show an operation: the hub finds farm and species by itself. */
export interface Setting {
  farm_id: string;
  species: string;
}

/** The rows that an operation touches. */
export function touched(operation: Operation, setting: Setting): Key[] {
  return Object.keys(changes(operation, setting));
}

/** A row as it is when an operation has been applied to it. */
export function applied(
  key: Key, before: Values | null, operation: Operation, setting: Setting,
): Values | null {
  const change = changes(operation, setting)[key];
  return change ? change(before) : before;
}

type Change = (before: Values | null) => Values | null;

function changes(operation: Operation, setting: Setting): Record<Key, Change> {
  const { values } = operation;
  const own = keyOf(operation.entity, operation.entity_id);
  const patch: Change = (before) => (before ? { ...before, ...values } : before);
  switch (operation.kind) {
    case "create":
      return { [own]: made(operation, setting), ...ofEvent(operation, setting) };
    case "join":
      return { [own]: made(operation, setting, { from_on: values["on"], to_on: null }) };
    case "leave":
      return { [own]: (before) => (before ? { ...before, to_on: values["on"] } : before) };
    case "void":
      return { [own]: (before) => (before && operation.entity === "event" ? { ...before, voided: true } : null) };
    case "retag":
      return { [own]: (before) => (before ? retagged(before, values) : before) };
    default:
      return { [own]: patch };
  }
}

/** An animal under another tag; found by both, since both may still be read from it today. */
function retagged(before: Values, { scheme, value }: Values): Values {
  const marks = [...((before["identifiers"] ?? []) as Values[]), { scheme, value, state: "active" }];
  return { ...before, identifiers: marks, ...(scheme === "tag" ? { tag: value } : {}) };
}

function made(operation: Operation, setting: Setting, more: Values = {}): Change {
  const kind = (operation.values["details"] as Values | undefined)?.["kind"];
  const named = kind === undefined ? {} : { kind, voided: false };
  const values = { farm_id: setting.farm_id, ...named, ...operation.values, ...more };
  return (before) => ({ ...(before ?? {}), ...values, id: operation.entity_id });
}

/** What an event does to animals. */
function ofEvent(operation: Operation, setting: Setting): Record<Key, Change> {
  const event = operation.values;
  const details = (event["details"] ?? {}) as Values;
  const subject = keyOf("animal", String(event["animal_id"]));
  const set = (patch: Values): Record<Key, Change> => ({
    [subject]: (before) => (before ? { ...before, ...patch } : before),
  });
  switch (details["kind"]) {
    case "disposal":
      return set({ status: details["disposal"] === "sold" ? "sold" : "dead" });
    case "movement":
      return set({ place_id: details["place_id"] ?? null });
    case "fostering":
      return set({ foster_dam_id: details["foster_dam_id"] ?? null });
    case "parturition":
      return births(event, setting, (details["offspring"] ?? []) as Young[]);
    default:
      return {};
  }
}

function births(event: Values, setting: Setting, litter: Young[]): Record<Key, Change> {
  const born = litter.filter((young) => young.tag);
  return Object.fromEntries(born.map((young) => [keyOf("animal", young.animal_id), (before) => ({
    ...setting,
    name: young.name ?? "",
    breed: young.breed ?? "",
    identifiers: [],
    ...(before ?? {}),
    id: young.animal_id,
    tag: young.tag,
    sex: young.sex,
    birth_date: event["occurred_on"],
    birth_type: litter.length,
    dam_id: event["animal_id"],
    status: young.state === "live" ? "alive" : "dead",
  })]));
}
