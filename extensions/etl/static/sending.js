// One file on its way to the hub: announced, sent in parts, put together; stopped and gone on with.
import { get, post, put, remove, Problem } from "./api.js";

const AT_ONCE = 2;
const WAITS = [1, 2, 4, 8, 15, 30]; // seconds before the next attempt; the last one for ever

// What this browser sent, by upload: a file that was changed since must not be mixed with its past.
const MEMORY = "agrigen-uploads";
const remembered = () => JSON.parse(localStorage.getItem(MEMORY) || "{}");
function remember(id, mark) {
  const all = remembered();
  if (mark === null) delete all[id];
  else all[id] = mark;
  localStorage.setItem(MEMORY, JSON.stringify(all));
}
const mark = (file) => `${file.name}|${file.size}|${file.lastModified}`;

// The unfinished upload that this file is, if this browser began it with the same content.
export const begun = (uploads, file) =>
  uploads.find((one) => one.state === "open" && remembered()[one.id] === mark(file));

// Until the time is over, the signal is back, or nobody waits any longer.
const sleep = (seconds, stop) => new Promise((awake) => {
  setTimeout(awake, 1000 * seconds);
  addEventListener("online", awake, { once: true, signal: stop });
  stop.addEventListener("abort", awake);
});

export class Sending {
  // `changed` is called whenever there is something new to show.
  constructor(upload, file, changed) {
    Object.assign(this, { upload, file, changed, paused: false, gone: false, trouble: "" });
    this.flying = new Map(); // part -> { bytes, stop }
    this.stop = new AbortController(); // ends the waits of one run
  }

  static async start(file, changed) {
    const known = { name: file.name, size: file.size, media_type: file.type || "application/octet-stream" };
    const upload = await post("/uploads", known);
    remember(upload.id, mark(file));
    return new Sending(upload, file, changed);
  }

  get sent() {
    const { size, part_bytes, parts, received } = this.upload;
    const last = received.includes(parts) ? size - (parts - 1) * part_bytes : 0;
    const whole = received.filter((number) => number < parts).length * part_bytes + last;
    return whole + [...this.flying.values()].reduce((sum, one) => sum + one.bytes, 0);
  }

  pause() {
    this.paused = true;
    this.trouble = "";
    this.stop.abort();
    for (const one of this.flying.values()) one.stop();
    this.changed();
  }

  async discard() {
    this.gone = true;
    this.pause();
    await remove(`/uploads/${this.upload.id}`);
    remember(this.upload.id, null);
  }

  // Send what is missing, then wait until the file is whole. Only a refusal ends it with an error.
  async run() {
    this.paused = false;
    this.trouble = "";
    this.stop = new AbortController();
    const missing = this.missing();
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.lane(missing)));
    if (this.paused) return;
    await this.persist(async () => { this.upload = await post(`/uploads/${this.upload.id}/finish`); });
    await this.whole();
  }

  missing() {
    const { parts, received } = this.upload;
    return Array.from({ length: parts }, (_, at) => at + 1).filter((number) => !received.includes(number));
  }

  async lane(missing) {
    while (missing.length && !this.paused) {
      const number = missing.shift();
      await this.persist(() => this.part(number));
    }
  }

  async part(number) {
    const { id, part_bytes } = this.upload;
    const content = this.file.slice((number - 1) * part_bytes, number * part_bytes);
    const flight = { bytes: 0, stop: () => {} };
    this.flying.set(number, flight);
    try {
      await put(`/uploads/${id}/parts/${number}`, content, (bytes, stop) => {
        flight.bytes = bytes;
        flight.stop = stop;
        this.changed();
      });
      this.upload.received.push(number);
    } finally {
      this.flying.delete(number);
      this.changed();
    }
  }

  // Try again while the hub is away or busy; what it refuses is told.
  async persist(act) {
    for (let attempt = 0; !this.paused; attempt++) {
      try {
        await act();
        this.trouble = "";
        return;
      } catch (problem) {
        if (this.paused) return;
        const passes = problem instanceof Problem && (problem.status === 0 || problem.status === 429 || problem.status >= 502);
        if (!passes) {
          this.pause();
          throw problem;
        }
        const seconds = WAITS[Math.min(attempt, WAITS.length - 1)];
        this.trouble = `The hub cannot be reached; next attempt in ${seconds} s. Nothing that was sent is lost.`;
        this.changed();
        await sleep(seconds, this.stop.signal);
      }
    }
  }

  async whole() {
    while (this.upload.state === "finishing" && !this.gone) {
      this.changed();
      await sleep(1, this.stop.signal);
      await this.persist(async () => { this.upload = await get(`/uploads/${this.upload.id}`); });
    }
    if (this.upload.state === "done") remember(this.upload.id, null);
    this.changed();
    if (this.upload.error) throw new Problem(this.upload.error, 422);
  }
}
