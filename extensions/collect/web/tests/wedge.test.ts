// Readers and scales that type like a keyboard, by the times of their keys.

import assert from "node:assert/strict";
import { test } from "node:test";

import { listen } from "../src/wedge.ts";

class Field {
  value = "";
  told: string[] = [];
  answers = false;
  dispatchEvent(event: Event): boolean {
    if (event instanceof CustomEvent && this.answers) {
      this.told.push(String(event.detail));
      event.preventDefault();
    }
    return true;
  }
}

/** A page with one field in focus; keys come with the times that a device gives them. */
function page(field: Field | null): { type: (text: string, gap: number) => void; scanned: string[]; sent: number } {
  const [target, scanned] = [new EventTarget(), [] as string[]];
  const known = globalThis as unknown as Record<string, unknown>;
  known["HTMLInputElement"] = Field;
  known["HTMLTextAreaElement"] = class {};
  known["document"] = { activeElement: field ?? new Field(), body: new Field() };
  listen((text) => scanned.push(text), target);
  let clock = 1000;
  const state = { scanned, sent: 0, type: (text: string, gap: number): void => {
    for (const key of [...text, "Enter"]) {
      const event = new Event("keydown", { cancelable: true });
      Object.defineProperties(event, { key: { value: key }, timeStamp: { value: (clock += gap) } });
      target.dispatchEvent(event);
      if (!event.defaultPrevented && field && key !== "Enter") field.value += key;
      if (key === "Enter" && !event.defaultPrevented) state.sent += 1;
    }
    clock += 1000;
  } };
  return state;
}

test("a reader is told from a finger by its speed", () => {
  const at = page(null);
  at.type("826021041700012", 8);
  at.type("0012", 140);
  assert.deepEqual(at.scanned, ["826021041700012"]);
  assert.equal(at.sent, 1, "the finger's Enter does what Enter does");
});

test("what a reader typed into a field is taken out of it, and what a person typed stays", () => {
  const field = new Field();
  const at = page(field);
  field.value = "limping";
  at.type("LA 826 021041700012", 5);
  assert.equal(field.value, "limping");
  assert.deepEqual(at.scanned, ["LA 826 021041700012"]);
});

test("a field that wants the reader's text gets it", () => {
  const field = new Field();
  field.answers = true;
  const at = page(field);
  at.type("61.5", 5);
  assert.deepEqual([field.told, at.scanned, field.value], [["61.5"], [], ""]);
});
