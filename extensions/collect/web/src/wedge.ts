// Readers and scales that type like a keyboard: fast keys that end with Enter, wherever the focus
// is. What they typed into a field is taken out of it again.

const FASTEST_FINGER_MS = 60; // on the average of a burst
const LONGEST_GAP_MS = 250; // a reader over Bluetooth stutters
const SHORTEST = 3;

interface Burst {
  text: string;
  began: number;
  last: number;
  field: HTMLInputElement | HTMLTextAreaElement | null;
  before: string;
}

/** Calls `scanned` for every burst; the field in focus is asked first by the event "scan". */
export function listen(scanned: (text: string) => void, target: EventTarget = document): void {
  let burst: Burst | null = null;
  target.addEventListener("keydown", (event) => {
    const key = event as KeyboardEvent;
    if (key.ctrlKey || key.altKey || key.metaKey) return;
    const now = key.timeStamp;
    if (key.key === "Enter") {
      const done = burst;
      burst = null;
      if (!done || !isBurst(done, now)) return;
      key.preventDefault();
      key.stopPropagation();
      if (done.field) restore(done.field, done.before);
      deliver(done.text.trim(), scanned);
    } else if (key.key.length === 1) {
      if (!burst || now - burst.last > LONGEST_GAP_MS) burst = begin(now);
      burst.text += key.key;
      burst.last = now;
    }
  }, { capture: true });
}

function begin(now: number): Burst {
  const active = document.activeElement;
  const field = active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement ? active : null;
  return { text: "", began: now, last: now, field, before: field?.value ?? "" };
}

function isBurst(burst: Burst, now: number): boolean {
  const keys = burst.text.length;
  return keys >= SHORTEST && (now - burst.began) / keys < FASTEST_FINGER_MS;
}

function restore(field: HTMLInputElement | HTMLTextAreaElement, before: string): void {
  field.value = before;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function deliver(text: string, scanned: (text: string) => void): void {
  const asked = new CustomEvent("scan", { detail: text, bubbles: true, cancelable: true });
  (document.activeElement ?? document.body).dispatchEvent(asked);
  if (!asked.defaultPrevented) scanned(text);
}

/** Whether a burst is a weight and not a tag: "45.5", "+ 45,5 kg". */
export function weightOf(text: string): number | null {
  const found = /^(?:[A-Z]{2},)*\s*\+?\s*(\d{1,4}(?:[.,]\d{1,3})?)\s*(?:kg)?$/i.exec(text.trim());
  return found?.[1] ? Number(found[1].replace(",", ".")) : null;
}
