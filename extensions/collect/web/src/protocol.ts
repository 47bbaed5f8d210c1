// What goes over the wire; hub/collect/schemas.py is the truth, and a test compares the two.

import type { Day } from "./days.ts";

export const SCHEMA_VERSION = 2;

export type Values = Record<string, unknown>;

export type Kind = "create" | "patch" | "retag" | "correct" | "void" | "join" | "leave";

/** One thing that a person entered; it never changes after it was made. */
export interface Operation {
  op_id: string;
  seq: number;
  entity: string;
  entity_id: string;
  kind: Kind;
  base_rev: number;
  values: Values;
  occurred_at: string | null;
  tz: string;
  recorded_at_device: string;
}

export interface Push {
  device: string;
  schema_version: number;
  sent_at: string;
  operations: Operation[];
}

export type Outcome = "applied" | "merged" | "duplicate" | "rejected" | "waiting" | "discarded";

export interface Problem {
  where: string;
  message: string;
  remedy: string;
}

/** A field that somebody else changed since; the hub's value stands, both are kept. */
export interface FieldConflict {
  field: string;
  policy: string;
  server: unknown;
  phone: unknown;
  review_id: string | null;
}

/** What the hub says of one operation. */
export interface OperationResult {
  op_id: string;
  state: Outcome;
  code: string;
  text: string;
  errors: Problem[];
  conflicts: FieldConflict[];
  review_id: string | null;
  warnings: { code: string; message: string }[];
}

export interface PushReply {
  results: OperationResult[];
  settled?: OperationResult[]; // of earlier pushes: what they waited for has come
  server_time: string;
  clock_offset_seconds: number;
}

export interface Change {
  seq: number;
  entity: string;
  id: string;
  gone: boolean;
  values: Values | null;
}

/** A farm that this person may hold on the phone. */
export interface FarmShown {
  id: string;
  code: string;
  name: string;
  species: string;
  shared: boolean;
  may_write: boolean;
}

export interface Pull {
  changes: Change[];
  cursor: string;
  more: boolean;
  farms: FarmShown[];
  forget: string[];
}

/** Two versions of something, both kept, until a person of the farm decides. */
export interface ReviewRead {
  id: string;
  farm_id: string;
  kind: "field" | "duplicate";
  entity: string;
  entity_id: string;
  field: string;
  server: unknown;
  phone: unknown;
  state: string;
  created_at: string;
}

export interface Animal {
  id: string;
  farm_id: string;
  tag: string;
  name: string;
  species: string;
  breed: string;
  sex: "F" | "M" | "U";
  birth_date: Day | null;
  birth_type: number | null;
  status: "alive" | "sold" | "dead" | "unknown";
  sire_id: string | null;
  dam_id: string | null;
  foster_dam_id: string | null;
  place_id: string | null;
  note: string;
  identifiers: { scheme: string; value: string; normalized?: string; state?: string }[];
}

export interface FarmEvent {
  id: string;
  farm_id: string;
  animal_id: string;
  kind: string;
  occurred_on: Day;
  details: Values;
  remark: string;
  voided: boolean;
  group_id: string | null;
}

export interface Measurement {
  id: string;
  farm_id: string;
  animal_id: string;
  trait: string;
  value: number;
  recorded_on: Day | null;
}
