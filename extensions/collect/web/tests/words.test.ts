// Languages have the same words, and every word that the page asks for is there.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { FORMS } from "../src/forms.ts";
import { t, use } from "../src/text.ts";

const root = join(import.meta.dirname, "..");
const read = (name: string): Record<string, string> => JSON.parse(readFileSync(join(root, "locales", name), "utf8"));
const english = read("en.json");

for (const file of readdirSync(join(root, "locales")).filter((name) => name !== "en.json")) {
  test(`${file} has exactly the words of en.json, with the same places to fill in`, () => {
    const other = read(file);
    assert.deepEqual(Object.keys(other).sort(), Object.keys(english).sort());
    for (const [key, text] of Object.entries(english)) {
      const places = (one: string): string[] => [...new Set(one.match(/\{\w+\}/g) ?? [])].sort();
      assert.deepEqual(places(other[key] ?? ""), places(text), key);
    }
  });
}

function sources(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.flatMap((one) => one.isDirectory() ? sources(join(folder, one.name)) : one.name.endsWith(".ts") ? [readFileSync(join(folder, one.name), "utf8")] : []);
}

test("every text that the page names is in the language files", () => {
  const code = sources(join(root, "src")).join("\n");
  const named = [...code.matchAll(/\bt\("([a-z_.0-9A-Z]+)"/g), ...code.matchAll(/"(wrong\.[a-z_]+)"/g)].map((one) => one[1] as string);
  const there = (key: string): boolean => key in english || `${key}.other` in english;
  assert.ok(named.length > 80);
  assert.deepEqual(named.filter((key) => !there(key)), []);
  const days = [...code.matchAll(/wrong\("([a-z_]+)"/g)].map((one) => `wrong.${one[1]}`);
  assert.deepEqual(days.filter((key) => !there(key)), []);
});

test("every form has a name, and words for its fields and choices", () => {
  for (const form of FORMS) {
    assert.ok(`do.${form.name}` in english, form.name);
    for (const field of form.fields.filter((one) => one.type !== "litter")) {
      assert.ok(`${form.name}.${field.name}` in english || `field.${field.name}` in english, field.name);
      for (const option of field.options ?? []) {
        const keys = [`${form.name}.${field.name}.${option}`, `option.${field.name}.${option}`];
        assert.ok(keys.some((key) => key in english), `${field.name} ${option}`);
      }
    }
  }
});

test("plurals follow the language", () => {
  use("fr", read("fr.json"));
  assert.equal(t("groups.count", { count: 0 }), "0 animal");
  use("en", english);
  assert.equal(t("groups.count", { count: 0 }), "0 animals");
});
