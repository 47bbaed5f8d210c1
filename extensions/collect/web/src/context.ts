// What every screen works with: the store, the chosen farm, its animals, and how to say and save.

import type { Circumstances, Trait } from "./check.ts";
import * as clock from "./clock.ts";
import { today } from "./days.ts";
import { inOrder, type Rules, type RulesOf } from "./due.ts";
import { Flock } from "./flock.ts";
import type { Form, Made } from "./forms.ts";
import type { Hub } from "./hub.ts";
import { newId } from "./ids.ts";
import type { Animal, FarmEvent, FarmShown, Measurement, Values } from "./protocol.ts";
import { leave, type Session } from "./session.ts";
import * as store from "./store.ts";
import type { Database, Draft, Entry, Item, Picture } from "./store.ts";
import type { Syncing } from "./syncing.ts";

export interface Waiting {
  pending: Item[];
  refused: Item[];
  pictures: Picture[];
}

/** The phone has no room for what was just entered. */
export class Full extends Error {
  readonly typed: object;

  constructor(typed: object) {
    super("full");
    this.typed = typed;
  }
}

export class Context {
  readonly db: Database;
  readonly hub: Hub;
  readonly session: Session;
  readonly base: string;
  farms: FarmShown[] = [];
  farm: FarmShown | undefined;
  flock = new Flock();
  rules: RulesOf = {};
  traits: Trait[] = [];
  waiting: Waiting = { pending: [], refused: [], pictures: [] };
  reviews: Values[] = [];
  syncing!: Syncing;
  say: (text: string, bad?: boolean) => void = () => undefined;
  redraw: () => void = () => undefined;
  announce: () => void = () => undefined; // to other tabs

  constructor(db: Database, hub: Hub, session: Session, base: string) {
    this.db = db;
    this.hub = hub;
    this.session = session;
    this.base = base;
  }

  /** Read everything from the store that is kept in memory. */
  async load(): Promise<void> {
    this.farms = await store.remembered<FarmShown[]>(this.db, "farms", []);
    clock.set(await store.remembered<clock.Measured | null>(this.db, "clock", null));
    const chosen = await store.remembered(this.db, "farm", "");
    const own = this.farms.filter((one) => one.may_write);
    this.farm = own.find((one) => one.id === chosen) ?? own[0];
    this.rules = tables(await store.remembered<unknown>(this.db, "rules", {}));
    this.traits = (await store.remembered<{ items?: Trait[] }>(this.db, "traits", {})).items ?? [];
    const animals: Values[] = [];
    for (const farm of this.farms) { // rams of a stud may stand on another farm
      if (farm.id === this.farm?.id || (farm.shared && farm.species === this.farm?.species)) animals.push(...await store.ofFarm(this.db, farm.id, "animal"));
    }
    this.flock = new Flock(animals as unknown as Animal[], this.farm?.id);
    await this.count();
  }

  /** Work on another of one's farms. */
  async workOn(farm: string): Promise<void> {
    await store.remember(this.db, "farm", farm);
    await store.remember(this.db, "recent", []);
    await this.load();
  }

  /** What is not sent yet, what was refused, what is to be decided. */
  async count(): Promise<void> {
    const items = await store.items(this.db);
    this.waiting = {
      pending: items.filter((one) => one.state === "pending" || one.state === "waiting"),
      refused: items.filter((one) => one.state === "refused"),
      pictures: await this.db.getAll("pictures"),
    };
    leave({ id: this.session.id, name: this.session.person, unsent: this.unsent });
    const reviews = this.farm ? await store.ofFarm(this.db, this.farm.id, "review") : [];
    this.reviews = reviews.filter((one) => (one["state"] ?? "open") === "open");
  }

  get unsent(): number {
    return this.waiting.pending.length + this.waiting.refused.length + this.waiting.pictures.length;
  }

  rulesOf(animal: Animal): Rules | undefined {
    return this.rules[animal.species || this.farm?.species || ""];
  }

  async eventsOf(animal: Animal): Promise<FarmEvent[]> {
    return inOrder((await store.ofAnimal(this.db, animal.id, "event")) as unknown as FarmEvent[]);
  }

  async weightsOf(animal: Animal): Promise<Measurement[]> {
    const records = (await store.ofAnimal(this.db, animal.id, "record")) as unknown as Measurement[];
    return records.sort((one, other) => (other.recorded_on ?? "").localeCompare(one.recorded_on ?? ""));
  }

  async about(animal: Animal): Promise<Circumstances> {
    return { animal, events: await this.eventsOf(animal), flock: this.flock, rules: this.rulesOf(animal), today: today() };
  }

  /** Keep what a form made. When this resolves it is on the phone's disk. */
  async save(form: Form | string, animal: Animal, made: Made[], fields: Values, replaces?: string): Promise<void> {
    const name = typeof form === "string" ? form : form.name;
    const draft = { form: name, animal_id: animal.id, fields };
    await this.keep(made, animal, name, draft, replaces);
  }

  async keep(made: Made[], about: { farm_id: string; species: string; tag: string }, name: string, draft: Draft | null, replaces?: string): Promise<void> {
    const moment = new Date().toISOString();
    const entries = made.map((one): Entry => ({
      operation: {
        op_id: newId(), entity: one.entity, entity_id: one.id, kind: one.kind, values: one.values,
        occurred_at: null, tz: Intl.DateTimeFormat().resolvedOptions().timeZone, recorded_at_device: moment,
      },
      setting: { farm_id: about.farm_id, species: about.species },
      title: `${name}|${about.tag}`,
      draft,
    }));
    const items = await this.onDisk(() => store.keep(this.db, entries, replaces), { entries });
    await this.refreshAnimals(items.flatMap((one) => one.touches));
    await this.count();
    this.announce();
    this.syncing.soon();
    void navigator.storage?.persist?.(); // asked for once there is something to lose
  }

  /** What cannot be written because the phone is full is not lost: it can be kept as a file. */
  async onDisk<T>(write: () => Promise<T>, typed: object): Promise<T> {
    try {
      return await write();
    } catch (error) {
      throw store.isFull(error) ? new Full(typed) : error;
    }
  }

  private async refreshAnimals(keys: string[]): Promise<void> {
    for (const key of keys.filter((one) => one.startsWith("animal:"))) {
      const row = await store.one(this.db, "animal", key.slice(7));
      if (row) this.flock.put(row as unknown as Animal);
    }
  }
}

/** Rules by species, in whichever of the two usual shapes the hub lists them. */
function tables(told: unknown): RulesOf {
  const items = (told as { items?: (Rules & { species: string })[] }).items;
  return items ? Object.fromEntries(items.map((one) => [one.species, one])) : (told as RulesOf);
}
