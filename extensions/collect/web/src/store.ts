// Everything the phone keeps, in IndexedDB. One row per thing with two faces: `server`, as the hub
// last told it, and `view`, what people see: the hub's row with what is unsent applied to it.

import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from "idb";

import { applied, keyOf, touched, type Key, type Setting } from "./effects.ts";
import type { Change, Operation, OperationResult, Values } from "./protocol.ts";

export const VERSION = 2;
const MOST_DONE = 100;

export interface Row {
  key: Key;
  entity: string;
  id: string;
  farm_id: string;
  animal_id: string;
  seq: number;
  server: Values | null;
  view: Values | null;
  generation: number;
}

export type State = "pending" | "waiting" | "refused" | "sent";

/** What a form held, so that a refused entry can be opened again as it was typed. */
export interface Draft {
  form: string;
  animal_id: string;
  fields: Values;
  corrects?: string; // the event or record that it puts right
}

/** An operation on its way; it is dropped only when a later pull has shown its effect. */
export interface Item {
  op_id: string;
  order: number;
  farm_id: string;
  setting: Setting;
  state: State;
  operation: Operation;
  touches: Key[];
  result: OperationResult | null;
  title: string;
  draft: Draft | null;
  made_at: string;
}

export interface Picture {
  key: string; // the animal and the content: the same picture twice is one
  sha256: string;
  farm_id: string;
  animal_id: string;
  bytes: ArrayBuffer;
  media_type: string;
  taken_on: string;
  caption: string;
  state: "pending" | "refused";
  reason: string;
}

export interface Cursor {
  cursor: string;
  generation: number;
  complete: boolean;
}

interface Schema extends DBSchema {
  rows: {
    key: string;
    value: Row;
    indexes: { farm: [string, string]; animal: [string, string] };
  };
  outbox: { key: string; value: Item; indexes: { order: number; touches: string } };
  meta: { key: string; value: unknown };
  pictures: { key: string; value: Picture };
  done: { key: number; value: Item };
}

export type Database = IDBPDatabase<Schema>;
type StoreName = "rows" | "outbox" | "meta" | "pictures" | "done";
type Writing = IDBPTransaction<Schema, StoreName[], "readwrite">;

/** Open the store of one person; an older one is upgraded with everything in it kept. */
export async function open(name: string, version: number = VERSION): Promise<Database> {
  const database = await openDB<Schema>(name, version, {
    upgrade(db, from) {
      if (from < 1) {
        const rows = db.createObjectStore("rows", { keyPath: "key" });
        rows.createIndex("farm", ["farm_id", "entity"]);
        rows.createIndex("animal", ["animal_id", "entity"]);
        const outbox = db.createObjectStore("outbox", { keyPath: "op_id" });
        outbox.createIndex("order", "order", { unique: true });
        outbox.createIndex("touches", "touches", { multiEntry: true });
        db.createObjectStore("meta");
      }
      if (from < 2 && version >= 2) {
        db.createObjectStore("pictures", { keyPath: "key" });
        db.createObjectStore("done", { autoIncrement: true });
      }
    },
    blocking: () => database.close(), // a newer page in another tab wants to upgrade
  });
  return database;
}

/** Whether something failed because the phone has no more room. */
export const isFull = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "QuotaExceededError";

/** One transaction over everything: all of the work is on disk when it resolves, or none. */
async function write<T>(db: Database, work: (tx: Writing) => Promise<T>): Promise<T> {
  const stores = [...db.objectStoreNames] as StoreName[];
  const tx = db.transaction(stores, "readwrite", { durability: "strict" }) as Writing;
  try {
    const made = await work(tx);
    await tx.done;
    return made;
  } catch (error) {
    tx.done.catch(() => undefined); // the reason is thrown below
    try {
      tx.abort();
    } catch {
      // it has ended already
    }
    throw isFull(tx.error) ? tx.error : error;
  }
}

/** What a person entered, before it has an order and a place in the outbox. */
export interface Entry {
  operation: Omit<Operation, "seq" | "base_rev">;
  setting: Setting;
  title: string;
  draft: Draft | null;
}

/**
 * Keep entries and show their effect, in one transaction: when this resolves they are on disk.
 * `replaces` is a refused entry that these mend.
 */
export async function keep(db: Database, entries: Entry[], replaces?: string): Promise<Item[]> {
  try {
    return await put(db, entries, replaces);
  } catch (error) {
    if (!isFull(error)) throw error;
    await db.clear("done"); // what the hub has had for long makes room for what it has not
    return put(db, entries, replaces);
  }
}

async function put(db: Database, entries: Entry[], replaces?: string): Promise<Item[]> {
  return write(db, async (tx) => {
    const outbox = tx.objectStore("outbox");
    const meta = tx.objectStore("meta");
    let order = ((await meta.get("order")) as number | undefined) ?? 0;
    const items: Item[] = [];
    for (const entry of entries) {
      const key = keyOf(entry.operation.entity, entry.operation.entity_id);
      const known = await tx.objectStore("rows").get(key);
      items.push(item(entry, ++order, known?.seq ?? 0));
    }
    await meta.put(order, "order");
    const stale = replaces === undefined ? undefined : await outbox.get(replaces);
    if (stale) await drop(tx, stale);
    for (const one of items) await outbox.put(one);
    await refresh(tx, [...items, ...(stale ? [stale] : [])]);
    return items;
  });
}

function item(entry: Entry, order: number, base_rev: number): Item {
  const operation: Operation = { ...entry.operation, seq: order, base_rev };
  return {
    op_id: operation.op_id,
    order,
    farm_id: entry.setting.farm_id,
    setting: entry.setting,
    state: "pending",
    operation,
    touches: touched(operation, entry.setting),
    result: null,
    title: entry.title,
    draft: entry.draft,
    made_at: operation.recorded_at_device,
  };
}

/** Make again what people see of all rows that these entries touch. */
async function refresh(tx: Writing, items: Item[]): Promise<void> {
  for (const key of new Set(items.flatMap((one) => one.touches))) {
    const owner = items.find((one) => one.touches.includes(key)) as Item;
    await replay(tx, key, owner.farm_id);
  }
}

async function replay(tx: Writing, key: Key, farm: string): Promise<void> {
  const rows = tx.objectStore("rows");
  const row = (await rows.get(key)) ?? blank(key, farm);
  const queued = await tx.objectStore("outbox").index("touches").getAll(key);
  queued.sort((one, other) => one.order - other.order);
  row.view = row.server;
  for (const one of queued) {
    if (one.state !== "refused") row.view = applied(key, row.view, one.operation, one.setting);
  }
  row.animal_id = animalOf(row);
  if (row.view === null && row.server === null) await rows.delete(key);
  else await rows.put(row);
}

function blank(key: Key, farm: string): Row {
  const [entity = "", id = ""] = key.split(":");
  return { key, entity, id, farm_id: farm, animal_id: "", seq: 0, server: null, view: null, generation: 0 };
}

const animalOf = (row: Row): string => String((row.view ?? row.server)?.["animal_id"] ?? "");

/** Write down what the hub said of operations. */
export async function answer(db: Database, results: OperationResult[]): Promise<void> {
  return write(db, async (tx) => {
    const outbox = tx.objectStore("outbox");
    const changed: Item[] = [];
    for (const result of results) {
      const one = await outbox.get(result.op_id);
      if (!one) continue; // discarded while it was on its way
      one.result = result;
      one.state = STATE_OF[result.state] ?? "sent";
      await outbox.put(one);
      changed.push(one);
    }
    await refresh(tx, changed);
  });
}

const STATE_OF: Record<string, State> = { rejected: "refused", waiting: "waiting" };

/** One page of changes and the cursor after it, in one transaction: both or neither. */
export async function take(
  db: Database, farm: string, cursor: Cursor, changes: Change[],
): Promise<void> {
  return write(db, async (tx) => {
    const rows = tx.objectStore("rows");
    const waiting = new Set((await tx.objectStore("outbox").getAll()).flatMap((one) => one.touches));
    const keys = changes.map((change) => keyOf(change.entity, change.id));
    const known = await Promise.all(keys.map((key) => rows.get(key)));
    const writes: Promise<unknown>[] = []; // thousands at once are many times faster
    for (const [place, change] of changes.entries()) {
      const key = keys[place] as Key;
      const row = { ...(known[place] ?? blank(key, farm)), farm_id: farm };
      row.server = change.gone ? null : change.values;
      row.seq = change.seq;
      row.generation = cursor.generation;
      row.view = row.server;
      row.animal_id = animalOf(row);
      writes.push(row.server === null && !waiting.has(key) ? rows.delete(key) : rows.put(row));
      if (waiting.has(key)) await replay(tx, key, farm);
    }
    await Promise.all(writes);
    await tx.objectStore("meta").put(cursor, `cursor:${farm}`);
  });
}

/**
 * The hub has told everything of a farm: what was sent before is now in its rows and leaves the
 * outbox, and rows of an earlier generation (before a full resync) are gone on the hub.
 */
export async function settle(db: Database, farm: string, cursor: Cursor, sent: string[]): Promise<void> {
  return write(db, async (tx) => {
    const outbox = tx.objectStore("outbox");
    const left: Item[] = [];
    for (const op_id of sent) {
      const one = await outbox.get(op_id);
      if (one?.state !== "sent") continue;
      await outbox.delete(op_id);
      await tx.objectStore("done").put(one);
      left.push(one);
    }
    if (left.length > 0) await dropOldest(tx);
    await refresh(tx, left);
    if (!cursor.complete) {
      await dropEarlier(tx, farm, cursor.generation);
      await tx.objectStore("meta").put({ ...cursor, complete: true }, `cursor:${farm}`);
    }
  });
}

/** Of what was sent only the last entries are shown; the others are on the hub. */
async function dropOldest(tx: Writing): Promise<void> {
  const done = tx.objectStore("done");
  const keys = await done.getAllKeys();
  for (const key of keys.slice(0, -MOST_DONE)) await done.delete(key);
}

async function dropEarlier(tx: Writing, farm: string, generation: number): Promise<void> {
  const range = IDBKeyRange.bound([farm], [farm, []]);
  let place = await tx.objectStore("rows").index("farm").openCursor(range);
  const stale: Key[] = [];
  while (place) {
    if (place.value.generation < generation && place.value.server !== null) stale.push(place.value.key);
    place = await place.continue();
  }
  for (const key of stale) {
    const row = (await tx.objectStore("rows").get(key)) as Row;
    await tx.objectStore("rows").put({ ...row, server: null });
    await replay(tx, key, farm);
  }
}

/** Lose a farm that this person may not see any more; what is unsent stays in the outbox. */
export async function forget(db: Database, farm: string): Promise<void> {
  return write(db, async (tx) => {
    let place = await tx.objectStore("rows").index("farm").openCursor(IDBKeyRange.bound([farm], [farm, []]));
    while (place) {
      await place.delete();
      place = await place.continue();
    }
    await tx.objectStore("meta").delete(`cursor:${farm}`);
  });
}

const LASTING = ["order", "given_up", "typing", "numbering", "emptied"];

/** Lose everything but what is unsent and what is being typed: somebody else gets the phone. */
export async function empty(db: Database): Promise<void> {
  return write(db, async (tx) => {
    const meta = tx.objectStore("meta");
    await tx.objectStore("rows").clear();
    await tx.objectStore("done").clear();
    for (const key of await meta.getAllKeys()) if (!LASTING.includes(key)) await meta.delete(key);
    await meta.put(true, "emptied");
  });
}

/** After `empty`: show again what is unsent. */
export async function restore(db: Database): Promise<void> {
  if (!await remembered(db, "emptied", false)) return;
  return write(db, async (tx) => {
    await refresh(tx, await tx.objectStore("outbox").getAll());
    await tx.objectStore("meta").delete("emptied");
  });
}

/** Take a refused entry out of the outbox, because a person said so. */
export async function discard(db: Database, op_id: string): Promise<void> {
  return write(db, async (tx) => {
    const one = await tx.objectStore("outbox").get(op_id);
    if (one) {
      await drop(tx, one);
      await refresh(tx, [one]);
    }
  });
}

/** Out of the outbox; the hub, which keeps what it refused, will be told. */
async function drop(tx: Writing, one: Item): Promise<void> {
  const meta = tx.objectStore("meta");
  await tx.objectStore("outbox").delete(one.op_id);
  const told = ((await meta.get("given_up")) as string[] | undefined) ?? [];
  if (one.result) await meta.put([...told, one.op_id], "given_up");
}

export async function items(db: Database): Promise<Item[]> {
  return db.getAllFromIndex("outbox", "order");
}

export async function finished(db: Database, limit = 50): Promise<Item[]> {
  const found: Item[] = [];
  let place = await db.transaction("done").store.openCursor(null, "prev");
  while (place && found.length < limit) {
    found.push(place.value);
    place = await place.continue();
  }
  return found;
}

/** What people see of a farm's rows of one kind. */
export async function ofFarm(db: Database, farm: string, entity: string): Promise<Values[]> {
  return seen(await db.getAllFromIndex("rows", "farm", [farm, entity]));
}

/** What people see of an animal's rows of one kind. */
export async function ofAnimal(db: Database, animal: string, entity: string): Promise<Values[]> {
  return seen(await db.getAllFromIndex("rows", "animal", [animal, entity]));
}

export async function one(db: Database, entity: string, id: string): Promise<Values | null> {
  return (await db.get("rows", keyOf(entity, id)))?.view ?? null;
}

const seen = (rows: Row[]): Values[] => rows.flatMap((row) => (row.view ? [row.view] : []));

export async function remembered<T>(db: Database, name: string, otherwise: T): Promise<T> {
  return ((await db.get("meta", name)) as T | undefined) ?? otherwise;
}

export async function remember(db: Database, name: string, value: unknown): Promise<void> {
  await db.put("meta", value, name);
}
