// A small hub in memory that keeps to the protocol, and a network that loses things.

import { Refused, type Transport } from "../src/engine.ts";
import type {
  Change, FarmShown, Operation, OperationResult, Pull, Push, PushReply, Values,
} from "../src/protocol.ts";

interface Kept {
  seq: number;
  values: Values;
  changed: Record<string, number>;
}

/** One farm or several; `refuse` says which operations are not taken. */
export class ModelHub implements Transport {
  readonly rows = new Map<string, Kept>();
  readonly results = new Map<string, OperationResult>();
  readonly applied: string[] = [];
  readonly gone = new Map<string, number>();
  discarded: string[] = [];
  seq = 0;
  epoch = 1;
  hidden = false;
  readonly farm: string;

  constructor(farm = "farm") {
    this.farm = farm;
  }

  async push(body: Push): Promise<PushReply> {
    if (body.operations.some((one) => one.values["unreadable"])) {
      throw new Refused(422, "http.invalid", "The request cannot be read.");
    }
    const results = body.operations.map((one) => this.once(structuredClone(one)));
    return { results, server_time: "", clock_offset_seconds: 0 };
  }

  private once(operation: Operation): OperationResult {
    const known = this.results.get(operation.op_id);
    if (known && known.state !== "waiting") return structuredClone(known);
    const result = this.apply(operation);
    this.results.set(operation.op_id, result);
    return structuredClone(result);
  }

  private apply(operation: Operation): OperationResult {
    const { values } = operation;
    const needs = values["animal_id"] as string | undefined;
    if (needs && !this.rows.has(`animal:${needs}`)) return result(operation, "waiting");
    if (values["bad"]) return result(operation, "rejected", "events.refused", "It was sold.");
    this.applied.push(operation.op_id);
    const key = `${operation.entity}:${operation.entity_id}`;
    const row = this.rows.get(key);
    if (operation.kind === "create" && row) return result(operation, "duplicate");
    this.seq += 1;
    if (operation.kind === "create" || !row) {
      this.rows.set(key, { seq: this.seq, values: { ...values, id: operation.entity_id }, changed: {} });
      return result(operation, "applied");
    }
    return this.merge(operation, row);
  }

  private merge(operation: Operation, row: Kept): OperationResult {
    const answer = result(operation, "applied");
    for (const [field, value] of Object.entries(operation.values)) {
      if ((row.changed[field] ?? 0) > operation.base_rev) {
        const server = row.values[field];
        answer.conflicts.push({ field, policy: "review", server, phone: value, review_id: null });
        answer.state = "merged";
        continue;
      }
      row.values[field] = value;
      row.changed[field] = this.seq;
    }
    row.seq = this.seq;
    return answer;
  }

  /** Somebody at a desk takes a thing away. */
  remove(entity: string, id: string): void {
    this.rows.delete(`${entity}:${id}`);
    this.gone.set(`${entity}:${id}`, (this.seq += 1));
  }

  /** Restored from a copy: every cursor is of another time. */
  restore(): void {
    this.epoch += 1;
  }

  async pull(_farm: string, cursor: string, limit: number): Promise<Pull> {
    const [epoch, after] = cursor ? cursor.split("/").map(Number) : [this.epoch, 0];
    if (epoch !== this.epoch) throw new Refused(410, "collect.resync", "Pull from the start.");
    const alive = [...this.rows].map(([key, row]) => change(key, row.seq, row.values));
    const dead = [...this.gone].map(([key, seq]) => change(key, seq, null));
    const news = [...alive, ...dead].filter((one) => one.seq > (after ?? 0));
    news.sort((one, other) => one.seq - other.seq);
    const changes = structuredClone(news.slice(0, limit));
    const last = changes.at(-1)?.seq ?? after ?? 0;
    const more = news.length > limit;
    return { changes, cursor: `${this.epoch}/${last}`, more, farms: this.shown(), forget: [] };
  }

  async farms(have: string[]): Promise<{ farms: FarmShown[]; forget: string[] }> {
    return { farms: this.shown(), forget: this.hidden ? have : [] };
  }

  async discard(op_id: string): Promise<void> {
    this.discarded.push(op_id);
  }

  private shown(): FarmShown[] {
    const farm = { code: "F", name: "Hill", species: "sheep", shared: false, may_write: true };
    return this.hidden ? [] : [{ id: this.farm, ...farm }];
  }
}

function change(key: string, seq: number, values: Values | null): Change {
  const [entity = "", id = ""] = key.split(":");
  return { seq, entity, id, gone: values === null, values };
}

function result(
  operation: Operation, state: OperationResult["state"], code = "", text = "",
): OperationResult {
  const empty = { errors: [], conflicts: [], warnings: [], review_id: null };
  return { op_id: operation.op_id, state, code, text, ...empty };
}

export class Lost extends Error {}

/** A network that may lose the request, or the answer after the hub has done its work. */
export class Flaky implements Transport {
  faults: ("ok" | "request" | "reply")[] = [];
  private readonly hub: ModelHub;

  constructor(hub: ModelHub) {
    this.hub = hub;
  }

  private async through<T>(call: () => Promise<T>): Promise<T> {
    const fault = this.faults.shift() ?? "ok";
    if (fault === "request") throw new Lost("request");
    const answer = await call();
    if (fault === "reply") throw new Lost("reply");
    return answer;
  }

  push = (body: Push): Promise<PushReply> => this.through(() => this.hub.push(structuredClone(body)));
  pull = (farm: string, cursor: string, limit: number): Promise<Pull> =>
    this.through(() => this.hub.pull(farm, cursor, limit));
  farms = (have: string[]): Promise<{ farms: FarmShown[]; forget: string[] }> =>
    this.through(() => this.hub.farms(have));
  discard = (op_id: string): Promise<void> => this.through(() => this.hub.discard(op_id));
}
