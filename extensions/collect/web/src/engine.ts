// Synchronization: push what was entered, in order; then pull what changed. Nothing is dropped
// before the hub has answered and a later pull has shown it.

import type { Measured } from "./clock.ts";
import type { FarmShown, OperationResult, Pull, Push, PushReply } from "./protocol.ts";
import { SCHEMA_VERSION } from "./protocol.ts";
import * as store from "./store.ts";
import type { Cursor, Database, Item } from "./store.ts";

/** How the hub is reached; anything but an answer is thrown. */
export interface Transport {
  push(body: Push): Promise<PushReply>;
  pull(farm: string, cursor: string, limit: number): Promise<Pull>;
  /** Which farms there are, and which of those that the phone holds are to be forgotten. */
  farms(have: string[]): Promise<Farms>;
  /** Tell the hub that a refused operation was mended by another or given up. */
  discard(op_id: string): Promise<void>;
}

export interface Farms {
  farms: FarmShown[];
  forget: string[];
  server_time?: string;
}

/** The hub answered, but not with what was asked for. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export const needsSignIn = (error: unknown): boolean =>
  error instanceof Refused && (error.status === 401 || error.status === 403);

/** Somebody else has signed in on this phone; nothing of this person may be sent as theirs. */
export const isAnother = (error: unknown): boolean =>
  error instanceof Refused && error.code === "sign_in.another_person";

export interface Options {
  device: string;
  batch?: number;
  page?: number;
  now?: () => Date;
}

export interface Summary {
  pushed: number;
  refused: number;
  pulled: number;
  clock: Measured | null;
}

/** One whole round. Running it again after any failure is safe. */
export async function synchronize(db: Database, hub: Transport, options: Options): Promise<Summary> {
  const summary: Summary = { pushed: 0, refused: 0, pulled: 0, clock: null };
  await pushAll(db, hub, options, summary);
  await discardAll(db, hub);
  const { farms, forget, server_time } = await hub.farms(await farmsOf(db));
  if (server_time) summary.clock = { hub: Date.parse(server_time), phone: Date.now() };
  await store.remember(db, "farms", farms);
  for (const farm of forget) await store.forget(db, farm);
  for (const farm of useful(farms)) {
    summary.pulled += await pullAll(db, hub, farm.id, options.page ?? 1000);
  }
  return summary;
}

/** Shared farms, such as studs, only of species that the person keeps. */
function useful(farms: FarmShown[]): FarmShown[] {
  const kept = new Set(farms.filter((one) => !one.shared).map((one) => one.species));
  return farms.filter((one) => !one.shared || kept.has(one.species));
}

async function discardAll(db: Database, hub: Transport): Promise<void> {
  for (const op_id of await store.remembered<string[]>(db, "given_up", [])) {
    try {
      await hub.discard(op_id);
    } catch (error) {
      if (!(error instanceof Refused) || needsSignIn(error) || error.status >= 500) throw error;
    }
    const left = await store.remembered<string[]>(db, "given_up", []);
    await store.remember(db, "given_up", left.filter((one) => one !== op_id));
  }
}

async function farmsOf(db: Database): Promise<string[]> {
  const keys = (await db.getAllKeys("meta")).map(String);
  return keys.filter((key) => key.startsWith("cursor:")).map((key) => key.slice(7));
}

async function pushAll(db: Database, hub: Transport, options: Options, summary: Summary): Promise<void> {
  const asked = new Set<string>(); // what waits for something else is asked once a round
  for (;;) {
    const open = (await store.items(db)).filter(
      (one) => (one.state === "pending" || one.state === "waiting") && !asked.has(one.op_id),
    );
    const batch = open.slice(0, options.batch ?? 50);
    if (batch.length === 0) return;
    for (const one of batch) asked.add(one.op_id);
    await pushSome(db, hub, options, batch, summary);
  }
}

/** A batch that the hub cannot read is halved, until the one that it cannot read is alone. */
async function pushSome(
  db: Database, hub: Transport, options: Options, batch: Item[], summary: Summary,
): Promise<void> {
  try {
    const reply = await hub.push(envelope(batch, options));
    await note(db, [...(reply.settled ?? []), ...reply.results], summary);
  } catch (error) {
    if (!(error instanceof Refused) || ![400, 413, 422].includes(error.status)) throw error;
    if (batch.length === 1) return note(db, [unreadable(batch[0] as Item, error)], summary);
    const half = Math.ceil(batch.length / 2);
    await pushSome(db, hub, options, batch.slice(0, half), summary);
    await pushSome(db, hub, options, batch.slice(half), summary);
  }
}

async function note(db: Database, results: OperationResult[], summary: Summary): Promise<void> {
  await store.answer(db, results);
  summary.pushed += results.length;
  summary.refused += results.filter((one) => one.state === "rejected").length;
}

function envelope(batch: Item[], options: Options): Push {
  const now = options.now ? options.now() : new Date();
  return {
    device: options.device,
    schema_version: SCHEMA_VERSION,
    sent_at: now.toISOString(),
    operations: batch.map((one) => one.operation),
  };
}

function unreadable(one: Item, error: Refused): OperationResult {
  const told = { code: error.code, text: error.message, errors: [], conflicts: [], warnings: [] };
  return { op_id: one.op_id, state: "rejected", review_id: null, ...told };
}

const START: Cursor = { cursor: "", generation: 1, complete: false };

async function pullAll(db: Database, hub: Transport, farm: string, page: number): Promise<number> {
  const sent = (await store.items(db)).filter((one) => one.state === "sent" && one.farm_id === farm);
  let cursor = await store.remembered<Cursor>(db, `cursor:${farm}`, START);
  let taken = 0;
  for (;;) {
    let reply: Pull;
    try {
      reply = await hub.pull(farm, cursor.cursor, page);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 410 || cursor.cursor === "") throw error;
      cursor = { ...START, generation: cursor.generation + 1 }; // all rows again; the outbox stays
      continue;
    }
    if (reply.forget.includes(farm)) {
      await store.forget(db, farm);
      return taken;
    }
    cursor = { ...cursor, cursor: reply.cursor };
    await store.take(db, farm, cursor, reply.changes);
    taken += reply.changes.length;
    if (!reply.more) break;
  }
  await store.settle(db, farm, cursor, sent.map((one) => one.op_id));
  return taken;
}

/** Seconds until the next attempt: doubling up to five minutes, with jitter. */
export function backoff(failures: number, random: () => number = Math.random): number {
  return Math.min(300, 2 ** Math.min(failures, 9)) * (0.5 + random() / 2);
}
