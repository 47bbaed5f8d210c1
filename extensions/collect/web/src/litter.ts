// The litter of a birth: how many, and one row for each young.

import type { Context } from "./context.ts";
import { h } from "./dom.ts";
import { choice, fresh, readNumber, type Changed } from "./fields.ts";
import { newId } from "./ids.ts";
import type { Values } from "./protocol.ts";
import * as store from "./store.ts";
import { t } from "./text.ts";

const MOST = 9;

/** Rows for the young in `values.offspring`, and buttons for their number. */
export function litter(values: Values, changed: Changed, context: Context, breed: string): HTMLElement {
  const young = (): Values[] => values["offspring"] as Values[];
  for (const one of young()) one["animal_id"] ??= newId();
  const rows = h("div", { class: "litter" });
  const size = h("fieldset", { class: "choice", "data-field": "offspring" });
  let numbering = false;

  const draw = (): void => {
    rows.replaceChildren(...young().map((one, place) => row(one, place, changed, breed)));
    size.replaceChildren(...sizes(young().length, resize));
  };
  const resize = (count: number): void => {
    const kept = young().slice(0, count);
    while (kept.length < count) kept.push({ animal_id: newId(), state: "live", tag: "", ...(breed ? { breed } : {}) });
    values["offspring"] = kept;
    if (numbering) fill();
    draw();
    changed();
  };
  const fill = (): void => {
    const typed = young().map((one) => String(one["tag"] ?? "")).filter(Boolean);
    const empty = young().filter((one) => !one["tag"] && one["state"] === "live");
    const tags = context.flock.nextTags(empty.length, typed.at(-1) ?? "");
    empty.forEach((one, place) => (one["tag"] = tags[place] ?? ""));
  };
  const number = h("button", { type: "button", class: "quiet", onclick: () => {
    numbering = true;
    void store.remember(context.db, "numbering", true);
    fill();
    draw();
    changed();
  } }, t("litter.next_tags"));
  void store.remembered(context.db, "numbering", false).then((before) => {
    numbering = before;
    if (numbering && young().every((one) => !one["tag"])) {
      fill();
      draw();
      changed();
    }
  });
  draw();
  return h("section", { class: "young" }, size, rows, number);
}

function sizes(count: number, resize: (count: number) => void): HTMLElement[] {
  const name = fresh("size");
  const numbers = Array.from({ length: Math.max(4, Math.min(MOST, count + 1)) }, (_, place) => place + 1);
  return [h("legend", {}, t("litter.how_many")), h("div", {}, numbers.map((one) => h("label", {},
    h("input", { type: "radio", name, checked: one === count, onchange: () => resize(one) }), h("span", {}, one))))];
}

function row(one: Values, place: number, changed: Changed, breed: string): HTMLElement {
  const form = "parturition";
  const tag = h("input", { type: "text", id: fresh("tag"), autocomplete: "off", autocapitalize: "characters", value: (one["tag"] as string) ?? "", placeholder: t("litter.no_tag") });
  const write = (): void => {
    one["tag"] = tag.value.trim();
    changed();
  };
  tag.addEventListener("input", write);
  tag.addEventListener("scan", (event) => {
    event.preventDefault();
    tag.value = (event as CustomEvent<string>).detail;
    write();
  });
  const weight = h("input", { type: "text", id: fresh("weight"), inputmode: "decimal", autocomplete: "off", value: (one["birth_weight_kg"] as number | undefined) ?? "" });
  weight.addEventListener("input", () => {
    one["birth_weight_kg"] = readNumber(weight.value);
    changed();
  });
  weight.addEventListener("scan", (event) => {
    const kg = readNumber((event as CustomEvent<string>).detail);
    if (kg === undefined || Number.isNaN(kg)) return;
    event.preventDefault();
    weight.value = String(kg);
    weight.dispatchEvent(new Event("input"));
  });
  if (breed) one["breed"] ??= breed;
  const title = fresh("young");
  return h("section", { class: "card", role: "group", "aria-labelledby": title },
    h("h3", { id: title }, t("litter.number", { number: place + 1 })),
    choice(form, { name: "sex", type: "choice", options: ["F", "M"] }, one, changed),
    h("div", { class: "pair" },
      h("div", { class: "field" }, h("label", { for: tag.id }, t("field.tag")), tag),
      h("div", { class: "field narrow" }, h("label", { for: weight.id }, t("litter.weight")), weight)),
    choice(form, { name: "state", type: "choice", options: ["live", "stillborn", "died"] }, one, changed));
}
