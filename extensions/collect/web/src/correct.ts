// A correction: the form of an entry filled with what was told, and the operation that says what
// is different. What the hub keeps of an entry and the form does not ask for stays as it is.

import type { Circumstances } from "./check.ts";
import type { Form, Made } from "./forms.ts";
import { formNamed } from "./forms.ts";
import type { FarmEvent, Measurement, Values } from "./protocol.ts";

const WEIGHED = ["weight", "birth_weight", "weaning_weight", "body_condition"];

/** An event or a record that is to be put right. */
export interface Told {
  entity: "event" | "record";
  row: FarmEvent | Measurement;
}

const isEvent = (row: FarmEvent | Measurement): row is FarmEvent => "occurred_on" in row;

/** The form that an entry was made with, if there is one on the phone. */
export const formOf = ({ row }: Told): Form | undefined => formNamed(isEvent(row) ? row.kind : WEIGHED.includes(row.trait) ? "weight" : "");

/** What was told, as the answers of the form. */
export function answers({ row }: Told): Values {
  if (!isEvent(row)) return { on: row.recorded_on ?? undefined, value: row.value, trait: row.trait };
  const { kind, sire_ids, ...details } = structuredClone(row.details);
  const given = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== null));
  const sires = kind === "mating" || row.kind === "mating" ? ofSires(details["method"], (sire_ids ?? []) as string[]) : {};
  return { on: row.occurred_on, remark: row.remark, ...given, ...sires };
}

const ofSires = (method: unknown, ids: string[]): Values => (method === "group" ? { sires: ids } : { sire: ids[0] });

/** The correction, or null when nothing is different from what was told. */
export function correction(told: Told, form: Form, values: Values, now: Circumstances, reason: string): Made | null {
  const { row, entity } = told;
  const changes = isEvent(row) ? ofEvent(told, row, form, values, now) : ofRecord(row, values);
  if (Object.keys(changes).length === 0) return null;
  return { entity, id: row.id, kind: "correct", values: { ...changes, reason } };
}

function ofRecord(row: Measurement, values: Values): Values {
  return {
    ...(values["value"] === row.value ? {} : { value: values["value"] }),
    ...(values["on"] === row.recorded_on ? {} : { recorded_on: values["on"] }),
  };
}

function ofEvent(told: Told, row: FarmEvent, form: Form, values: Values, now: Circumstances): Values {
  const [was, is] = [form.make(answers(told), now)[0]?.values, form.make(values, now)[0]?.values];
  const details = (one: Values | undefined): Values => (one?.["details"] ?? {}) as Values;
  const unasked = Object.entries(row.details).filter(([name]) => !(name in details(was)));
  const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
  return {
    ...(values["on"] === row.occurred_on ? {} : { occurred_on: values["on"] }),
    ...(String(values["remark"] ?? "") === row.remark ? {} : { remark: values["remark"] ?? "" }),
    ...(same(details(was), details(is)) ? {} : { details: { ...Object.fromEntries(unasked), ...details(is) } }),
  };
}

/** Circumstances as if the entry had not been told: it is no reason against itself. */
export const without = (now: Circumstances, { row }: Told): Circumstances =>
  ({ ...now, events: now.events.filter((one) => one.id !== row.id) });
