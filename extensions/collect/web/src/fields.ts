// The controls of forms: large, labelled, usable with a wet thumb, a keyboard and a screen reader.

import type { Context } from "./context.ts";
import { addDays, today } from "./days.ts";
import { h } from "./dom.ts";
import type { Field } from "./forms.ts";
import type { Animal, Values } from "./protocol.ts";
import * as store from "./store.ts";
import { day, has, t } from "./text.ts";

export type Changed = () => void;

let serial = 0;
export const fresh = (name: string): string => `${name}-${(serial += 1)}`;

/** Label of a field: the form's own word if it has one. */
const label = (form: string, name: string): string => t(has(`${form}.${name}`) ? `${form}.${name}` : `field.${name}`);
const optionText = (form: string, name: string, option: string): string => {
  for (const key of [`${form}.${name}.${option}`, `option.${name}.${option}`]) if (has(key)) return t(key);
  return option;
};

/** One of a few: buttons side by side; a second tap takes an optional one back. */
export function choice(form: string, field: Field, values: Values, changed: Changed): HTMLElement {
  const name = fresh(field.name);
  const buttons = (field.options ?? []).map((option) => {
    const value = field.integer ? Number(option) : option;
    const input = h("input", { type: "radio", name, value: option, checked: values[field.name] === value });
    input.addEventListener("change", () => {
      values[field.name] = value;
      changed();
    });
    input.addEventListener("click", () => {
      if (!field.optional || input.dataset["on"] !== "1") return;
      input.checked = false;
      values[field.name] = undefined;
      changed();
    });
    const hold = h("label", {}, input, h("span", {}, optionText(form, field.name, option)));
    hold.addEventListener("pointerdown", () => {
      input.dataset["on"] = input.checked ? "1" : "";
    });
    return hold;
  });
  return h("fieldset", { class: "choice", "data-field": field.name },
    h("legend", {}, label(form, field.name), optional(field)), h("div", {}, buttons));
}

const optional = (field: Field): HTMLElement | null =>
  field.optional ? h("small", {}, ` ${t("form.optional")}`) : null;

function labelled(form: string, field: Field, control: HTMLElement, ...more: (HTMLElement | null)[]): HTMLElement {
  control.id ||= fresh(field.name);
  return h("div", { class: "field", "data-field": field.name },
    h("label", { for: control.id }, label(form, field.name), field.unit ? ` (${t(`unit.${field.unit}`)})` : "", optional(field)),
    control, ...more);
}

export function readNumber(text: string): number | undefined {
  const typed = text.trim().replace(",", ".");
  return typed === "" ? undefined : Number(typed);
}

function numberField(form: string, field: Field, values: Values, changed: Changed): HTMLElement {
  const mode = field.integer ? "numeric" : "decimal";
  const input = h("input", { type: "text", inputmode: mode, autocomplete: "off", value: (values[field.name] as number | undefined) ?? "" });
  input.addEventListener("input", () => {
    values[field.name] = readNumber(input.value);
    changed();
  });
  return labelled(form, field, input);
}

function textField(form: string, field: Field, values: Values, changed: Changed, context: Context): HTMLElement {
  const value = (values[field.name] as string | undefined) ?? "";
  const input = field.type === "long"
    ? h("textarea", { rows: 2, value, maxlength: 4000 })
    : h("input", { type: "text", autocomplete: "off", value, maxlength: 200 });
  input.addEventListener("input", () => {
    values[field.name] = input.value.trim();
    changed();
  });
  if (field.scans) input.addEventListener("scan", (event) => {
    event.preventDefault();
    input.value = (event as CustomEvent<string>).detail;
    input.dispatchEvent(new Event("input"));
  });
  const whole = labelled(form, field, input);
  if (field.recalled) void offerRecalled(context, form, field, input, whole);
  return whole;
}

/** What was written here the last times, one tap each. */
async function offerRecalled(
  context: Context, form: string, field: Field, input: HTMLInputElement | HTMLTextAreaElement, whole: HTMLElement,
): Promise<void> {
  const written = await store.remembered<string[]>(context.db, `recall:${form}.${field.name}`, []);
  if (written.length === 0) return;
  const chips = written.slice(0, 4).map((text) => h("button", { type: "button", class: "chip", onclick: () => {
    input.value = text;
    input.dispatchEvent(new Event("input"));
  } }, text));
  whole.append(h("div", { class: "chips" }, chips));
}

/** Remember what was written, newest first. */
export async function recall(context: Context, form: string, field: Field, values: Values): Promise<void> {
  const text = values[field.name];
  if (!field.recalled || typeof text !== "string" || !text) return;
  const key = `recall:${form}.${field.name}`;
  const before = await store.remembered<string[]>(context.db, key, []);
  await store.remember(context.db, key, [text, ...before.filter((one) => one !== text)].slice(0, 8));
}

/** A day: today, yesterday or any other. */
export function dayField(form: string, field: Field, values: Values, changed: Changed): HTMLElement {
  const input = h("input", { type: "date", value: (values[field.name] as string | undefined) ?? "" });
  const set = (value: string): void => {
    values[field.name] = value || undefined;
    input.value = value;
    changed();
  };
  input.addEventListener("input", () => set(input.value));
  const chips = [0, -1].map((back) => h("button", { type: "button", class: "chip", onclick: () => set(addDays(today(), back)) },
    t(back === 0 ? "day.today" : "day.yesterday")));
  return labelled(form, field, input, h("div", { class: "chips" }, chips));
}

/** A tag with its last digits, by which people know the animal, standing out. */
export function tagged(tag: string): HTMLElement {
  const [, stem = "", digits = tag] = /^(.*?)(\d{1,5})$/.exec(tag.trim()) ?? [];
  return h("b", { class: "tag" }, h("span", {}, stem), digits);
}

/** Describes an animal in one line. */
export const inWords = (animal: Animal): string =>
  [animal.name, animal.breed, t(`sex.${animal.sex}`), animal.birth_date ? day(animal.birth_date) : "",
    animal.status === "alive" ? "" : t(`status.${animal.status}`)].filter(Boolean).join(" · ");

/** Type a tag, pick from what fits; readers fill it in. */
export function picker(
  context: Context, name: string, text: string, sex: string | undefined, picked: (animal: Animal) => void,
): HTMLElement {
  const list = h("ul", { class: "found", id: fresh("found") });
  const input = h("input", { type: "search", autocomplete: "off", id: fresh(name), "aria-controls": list.id, placeholder: t("find.placeholder") });
  const suits = (one: Animal): boolean => (!sex || one.sex === sex || one.sex === "U") && one.status === "alive";
  const choose = (animal: Animal): void => {
    input.value = "";
    list.replaceChildren();
    picked(animal);
  };
  const show = (): void => {
    const found = context.flock.find(input.value, suits, 6);
    list.replaceChildren(...found.map((one) => h("li", {}, h("button", { type: "button", onclick: () => choose(one) },
      tagged(one.tag), h("small", {}, inWords(one))))));
    if (input.value.trim() && found.length === 0) list.replaceChildren(h("li", { class: "none" }, t("find.nobody")));
  };
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    const [first, second] = context.flock.find(input.value, suits, 2);
    if (event.key !== "Enter" || !first) return;
    event.preventDefault();
    if (!second || context.flock.exactly(input.value)) choose(first);
  });
  input.addEventListener("scan", (event) => {
    const animal = context.flock.exactly((event as CustomEvent<string>).detail);
    if (!animal) return;
    event.preventDefault();
    choose(animal);
  });
  return h("div", { class: "field", "data-field": name }, h("label", { for: input.id }, text), input, list);
}

/** Animals chosen by tag: one, or several. */
function animals(form: string, field: Field, values: Values, changed: Changed, context: Context): HTMLElement {
  const several = field.type === "animals";
  const chosen = (): string[] => several ? ((values[field.name] as string[] | undefined) ?? []) : [values[field.name] as string].filter(Boolean);
  const chips = h("div", { class: "chosen" });
  const set = (ids: string[]): void => {
    values[field.name] = several ? ids : ids.at(-1);
    show();
    changed();
  };
  const show = (): void => {
    chips.replaceChildren(...chosen().map((id) => h("button", { type: "button", class: "chip on", "aria-label": t("form.take_out", { tag: context.flock.get(id)?.tag ?? "" }),
      onclick: () => set(chosen().filter((one) => one !== id)) }, `${context.flock.get(id)?.tag ?? "?"} ${context.flock.get(id)?.name ?? ""} ✕`)));
  };
  const find = picker(context, field.name, label(form, field.name), field.sex, (animal) =>
    set(several ? [...new Set([...chosen(), animal.id])] : [animal.id]));
  show();
  void offerSires(context, form, field, (id) => set(several ? [...new Set([...chosen(), id])] : [id]), find);
  find.insertBefore(chips, find.children[1] ?? null);
  return find;
}

/** The sires used last are one tap away. */
async function offerSires(context: Context, form: string, field: Field, pick: (id: string) => void, whole: HTMLElement): Promise<void> {
  const ids = await store.remembered<string[]>(context.db, `recall:${form}.sires`, []);
  const known = ids.map((id) => context.flock.get(id)).filter((one) => one !== undefined && field.sex === one.sex);
  const rest = context.flock.present().filter((one) => one.sex === "M" && field.sex === "M" && (one.birth_date ?? "") < addDays(today(), -200));
  const few = [...known, ...(known.length === 0 && rest.length <= 6 ? rest : [])].slice(0, 4) as Animal[];
  if (few.length > 0) whole.append(h("div", { class: "chips" }, few.map((one) =>
    h("button", { type: "button", class: "chip", onclick: () => pick(one.id) }, [one.tag, one.name].filter(Boolean).join(" ")))));
}

/** A place or a group of the farm. */
function named(form: string, field: Field, values: Values, changed: Changed, context: Context): HTMLElement {
  const box = h("fieldset", { class: "choice", "data-field": field.name }, h("legend", {}, label(form, field.name)));
  void store.ofFarm(context.db, context.farm?.id ?? "", field.type).then((rows) => {
    const open = rows.filter((one) => !one["archived"]);
    const name = fresh(field.name);
    box.append(h("div", {}, open.map((one) => h("label", {}, h("input", {
      type: "radio", name, checked: values[field.name] === one["id"],
      onchange: () => {
        values[field.name] = one["id"];
        changed();
      },
    }), h("span", {}, String(one["name"]))))), open.length === 0 ? h("p", { class: "none" }, t(`none.${field.type}`)) : "",
      h("a", { class: "chip", href: `#/${field.type}s` }, t(`${field.type}s.new`)));
  });
  return box;
}

/** The control of a field. */
export function control(form: string, field: Field, values: Values, changed: Changed, context: Context): HTMLElement {
  switch (field.type) {
    case "choice":
      return choice(form, field, values, changed);
    case "number":
      return numberField(form, field, values, changed);
    case "day":
      return dayField(form, field, values, changed);
    case "animal":
    case "animals":
      return animals(form, field, values, changed, context);
    case "place":
    case "group":
      return named(form, field, values, changed, context);
    default:
      return textField(form, field, values, changed, context);
  }
}
