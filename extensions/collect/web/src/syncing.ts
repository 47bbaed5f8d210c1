// When to synchronize: after an entry, when the signal comes back, when the page is looked at, by
// the button, and again with growing pauses after a failure. One at a time over all tabs.

import * as clock from "./clock.ts";
import { backoff, isAnother, needsSignIn, synchronize, type Summary } from "./engine.ts";
import type { Hub } from "./hub.ts";
import { sendPictures } from "./pictures.ts";
import * as store from "./store.ts";
import { isFull, type Database } from "./store.ts";

export type Light = "offline" | "online" | "syncing" | "signed_out" | "trouble" | "full";

const EVERY_MS = 60_000;
const SOON_MS = 800;

export class Syncing {
  light: Light = navigator.onLine ? "syncing" : "offline"; // until the first round has ended
  reason = "";
  private failures = 0;
  private timer = 0;
  private wanted = false; // something was entered since the round began
  private readonly db: Database;
  private readonly hub: Hub;
  private readonly device: string;
  private readonly told: (summary: Summary | null) => unknown;

  constructor(db: Database, hub: Hub, device: string, told: (summary: Summary | null) => unknown) {
    this.db = db;
    this.hub = hub;
    this.device = device;
    this.told = told;
  }

  start(): void {
    window.addEventListener("online", () => void this.now());
    window.addEventListener("offline", () => this.show("offline"));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.now();
    });
    navigator.serviceWorker?.addEventListener("message", (event) => {
      if (event.data === "sync") void this.now();
    });
    void this.now();
  }

  /** Soon, so that entries made one after the other go together. */
  soon(): void {
    this.wanted = true;
    this.again(SOON_MS);
    void askBrowser();
  }

  private again(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.now(), milliseconds);
  }

  private show(light: Light, reason = ""): void {
    this.light = light;
    this.reason = reason;
    void this.told(null);
  }

  async now(): Promise<void> {
    clearTimeout(this.timer);
    if (!navigator.onLine) return this.show("offline");
    const alone = async (lock: unknown): Promise<void> => (lock ? this.run() : this.again(SOON_MS * 4));
    if (navigator.locks) await navigator.locks.request(`sync ${this.db.name}`, { ifAvailable: true }, alone);
    else await this.run(); // only reached over plain HTTP from another machine
  }

  private async run(): Promise<void> {
    this.wanted = false;
    this.show("syncing");
    try {
      const summary = await synchronize(this.db, this.hub, { device: this.device });
      await sendPictures(this.db, this.hub);
      await this.learn();
      await store.remember(this.db, "clock", summary.clock);
      clock.set(summary.clock);
      await store.remember(this.db, "synced_at", clock.now().toISOString());
      this.failures = 0;
      this.light = "online";
      await this.told(summary);
      this.again(this.wanted ? SOON_MS : EVERY_MS);
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (isAnother(error)) return location.replace(this.hub.enter); // their page, their store
    if (needsSignIn(error)) return this.show("signed_out", text); // waiting does not help
    this.failures += 1;
    const unreachable = error instanceof TypeError || (error as Error).name === "TimeoutError";
    this.show(isFull(error) ? "full" : unreachable ? "offline" : "trouble", text);
    this.again(backoff(this.failures) * 1000);
  }

  /** Tables that change rarely: rules of species and traits. */
  private async learn(): Promise<void> {
    const day = clock.now().toISOString().slice(0, 10);
    if ((await store.remembered(this.db, "learned", "")) === day) return;
    await store.remember(this.db, "rules", await this.hub.request("GET", "/species/rules"));
    await store.remember(this.db, "traits", await this.hub.request("GET", "/traits"));
    await store.remember(this.db, "learned", day);
  }
}

interface WithSync extends ServiceWorkerRegistration {
  sync?: { register(tag: string): Promise<void> };
}

async function askBrowser(): Promise<void> {
  const registration = (await navigator.serviceWorker?.getRegistration()) as WithSync | undefined;
  await registration?.sync?.register("outbox").catch(() => undefined); // not offered everywhere
}
