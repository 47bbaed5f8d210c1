// One screen for every form: what is asked comes from forms.ts. What is typed is kept on the way,
// so a phone that dies in the middle loses nothing.

import type { Circumstances, Wrong } from "../check.ts";
import type { Context } from "../context.ts";
import { today } from "../days.ts";
import { h } from "../dom.ts";
import { control, dayField, recall } from "../fields.ts";
import { correction, without, type Told } from "../correct.ts";
import { formNamed, type Form, type Made } from "../forms.ts";
import { litter } from "../litter.ts";
import type { Animal, Values } from "../protocol.ts";
import * as store from "../store.ts";
import type { Item } from "../store.ts";
import { t, task } from "../text.ts";

export interface Typing {
  form: string;
  animal_id: string;
  fields: Values;
}

/** The form for an animal; for a refused entry filled with what was typed then. */
export async function formScreen(context: Context, name: string, animalId: string, mending?: Item): Promise<HTMLElement> {
  const [form, animal] = [formNamed(name), context.flock.get(animalId)];
  if (!form || !animal) return h("p", { class: "none" }, t("animal.unknown_text"));
  const now = await context.about(animal);
  const values = structuredClone(mending?.draft?.fields ?? (await interrupted(context, name, animalId)) ?? { on: today(), ...form.start?.(now) });
  if (mending) values["id"] = mending.operation.entity_id;
  return build(context, form, animal, now, values, mending ? { mending } : {});
}

/** Why a form is opened again: what the hub refused, or what was told wrongly. */
export interface Again {
  mending?: Item;
  told?: Told;
}

async function interrupted(context: Context, name: string, animalId: string): Promise<Values | undefined> {
  const typing = await store.remembered<Typing | null>(context.db, "typing", null);
  return typing?.form === name && typing.animal_id === animalId ? typing.fields : undefined;
}

export function build(context: Context, form: Form, animal: Animal, current: Circumstances, values: Values, again: Again): HTMLElement {
  const { mending, told } = again;
  const now = told ? without(current, told) : current;
  const fields = told ? form.fields.filter((one) => one.name !== "trait") : form.fields; // a record stays of its trait
  const problems = h("div", { class: "problems", role: "alert" });
  const hold: { part: HTMLElement; when: ((values: Values) => boolean) | undefined }[] = [];
  let timer = 0;
  const changed = (): void => {
    for (const { part, when } of hold) part.hidden = when ? !when(values) : false;
    problems.replaceChildren();
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (part.isConnected && !told) void store.remember(context.db, "typing", { form: form.name, animal_id: animal.id, fields: values }).catch(unlessFull);
    }, 250);
  };
  for (const field of fields) {
    const made = field.type === "litter" ? litter(values, changed, context, animal.breed) : control(form.name, field, values, changed, context);
    hold.push({ part: made, when: field.when });
    made.hidden = field.when ? !field.when(values) : false;
  }
  const optional = fields.map((one, place) => ({ one, part: hold[place]?.part as HTMLElement }));
  const first = optional.filter(({ one }) => !one.optional || one.when || one.early).map(({ part }) => part);
  const later = optional.filter(({ one }) => one.optional && !one.when && !one.early).map(({ part }) => part);
  const opened = mending !== undefined || first.length === 0 || later.length === 1;
  const button = h("button", { type: "submit", class: "save" }, t("form.save"));
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const wrong = form.wrong(values, now, context.traits);
    const made = wrong.length > 0 ? [] : told ? corrected(told, form, values, now) : form.make(values, now);
    if (wrong.length + made.length === 0) wrong.push({ field: "", text: t("wrong.same") });
    if (wrong.length > 0) return showWrong(problems, part, wrong);
    button.disabled = true;
    clearTimeout(timer);
    try {
      await keep(context, form, animal, made, values, again);
    } finally {
      button.disabled = false;
    }
  };
  const cancel = (): void => {
    clearTimeout(timer);
    void store.remember(context.db, "typing", null).then(() => history.back());
  };
  const part: HTMLElement = h("form", { class: "entry", novalidate: true, onsubmit: (event: Event) => void submit(event) },
    h("h1", {}, task(form.name, animal.species), h("small", {}, ` ${animal.tag} ${animal.name}`)),
    told ? h("p", { class: "quietly" }, t("correct.text")) : null,
    mending?.result ? h("p", { class: "card bad" }, mending.result.text) : null,
    first, dayField(form.name, { name: "on", type: "day" }, values, changed),
    told ? control("correct", { name: "because", type: "text", optional: true }, values, changed, context) : null,
    later.length ? h("details", { class: "more", open: opened }, h("summary", {}, t("form.more")), later) : null,
    problems,
    h("div", { class: "foot" }, h("button", { type: "button", class: "quiet", onclick: cancel }, t("form.cancel")), button));
  return part;
}

/** A full phone says so when the form is saved, not at every key. */
function unlessFull(error: unknown): void {
  if (!store.isFull(error)) throw error;
}

function showWrong(problems: HTMLElement, form: HTMLElement, wrong: Wrong[]): void {
  problems.replaceChildren(...wrong.map((one) => h("p", {}, one.text)));
  const place = form.querySelector<HTMLElement>(`[data-field="${wrong[0]?.field}"] input, [data-field="${wrong[0]?.field}"] textarea`);
  place?.focus();
  problems.scrollIntoView({ block: "nearest" });
}

function corrected(told: Told, form: Form, values: Values, now: Circumstances): Made[] {
  const made = correction(told, form, values, now, String(values["because"] || t("correct.slip")));
  return made ? [made] : [];
}

async function keep(context: Context, form: Form, animal: Animal, made: Made[], values: Values, { mending, told }: Again): Promise<void> {
  const draft = { form: form.name, animal_id: animal.id, fields: values, ...(told ? { corrects: told.row.id } : {}) };
  await context.keep(made, animal, told ? "correction" : form.name, draft, mending?.op_id);
  for (const field of form.fields) await recall(context, form.name, field, values);
  if (form.name === "mating") await recallSires(context, values);
  await store.remember(context.db, "typing", null);
  context.say(t("form.saved", { what: told ? t("do.correction") : task(form.name, animal.species), tag: animal.tag }));
  location.replace(mending ? "#/outbox" : `#/animal/${animal.id}`);
}

async function recallSires(context: Context, values: Values): Promise<void> {
  const used = [values["sire"], ...((values["sires"] as string[] | undefined) ?? [])].filter(Boolean);
  const before = await store.remembered<string[]>(context.db, "recall:mating.sires", []);
  await store.remember(context.db, "recall:mating.sires", [...new Set([...used, ...before])].slice(0, 6));
}
