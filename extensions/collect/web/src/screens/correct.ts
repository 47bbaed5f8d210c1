// An entry that was told wrongly: its form again, or taken back with a reason. Both stay in the
// history of the hub.

import type { Context } from "../context.ts";
import { answers, formOf, type Told } from "../correct.ts";
import { h } from "../dom.ts";
import type { Animal, FarmEvent, Measurement } from "../protocol.ts";
import * as store from "../store.ts";
import type { Item } from "../store.ts";
import { day, number, t, task } from "../text.ts";
import { summary } from "./animal.ts";
import { build } from "./form.ts";

const REASONS = ["wrong_animal", "wrong_entry", "twice"];

async function find(context: Context, id: string): Promise<[Told, Animal] | null> {
  for (const entity of ["event", "record"] as const) {
    const row = (await store.one(context.db, entity, id)) as unknown as FarmEvent | Measurement | null;
    const animal = context.flock.get(row?.animal_id);
    if (row && animal) return [{ entity, row }, animal];
  }
  return null;
}

const unknown = (): HTMLElement => h("p", { class: "none" }, t("animal.unknown_text"));

/** The form filled with what was told; `mending` is a correction that was refused. */
export async function correct(context: Context, id: string, mending?: Item): Promise<HTMLElement> {
  const found = await find(context, id);
  const form = found ? formOf(found[0]) : undefined;
  if (!found || !form) return unknown();
  const [told, animal] = found;
  const values = mending?.draft?.fields ?? answers(told);
  return build(context, form, animal, await context.about(animal), structuredClone(values), { told, ...(mending ? { mending } : {}) });
}

/** In a few words, what is to be taken back. */
function line(context: Context, { entity, row }: Told): string {
  if (entity === "event") {
    const event = row as FarmEvent;
    return `${day(event.occurred_on)} ${summary(context, event)}`;
  }
  const record = row as Measurement;
  return `${record.recorded_on ? day(record.recorded_on) : ""} ${number(record.value, 2)}`;
}

export async function takeBack(context: Context, id: string): Promise<HTMLElement> {
  const found = await find(context, id);
  if (!found) return unknown();
  const [told, animal] = found;
  const undo = async (reason: string): Promise<void> => {
    await context.keep([{ entity: told.entity, id, kind: "void", values: { reason: t(`takeback.${reason}`) } }], animal, "takeback", null);
    context.say(t("takeback.done"));
    location.replace(`#/animal/${animal.id}`);
  };
  const name = told.entity === "event" ? task((told.row as FarmEvent).kind, animal.species) : t("do.weight");
  return h("section", { class: "entry" }, h("h1", {}, t("takeback.title")),
    h("p", { class: "card" }, h("b", {}, name), ` ${animal.tag} · ${line(context, told)}`),
    h("p", {}, t("takeback.text")),
    h("div", { class: "stack" }, REASONS.map((one) => h("button", { type: "button", onclick: () => void undo(one) }, t(`takeback.${one}`))),
      h("button", { type: "button", class: "quiet", onclick: () => history.back() }, t("form.cancel"))));
}

/** Buttons below an entry: put right, take back. */
export function remedies(context: Context, told: Told): HTMLElement | null {
  if (!context.farms.find((one) => one.id === told.row.farm_id)?.may_write) return null;
  return h("p", { class: "row" },
    formOf(told) ? h("a", { class: "button quiet", href: `#/correct/${told.row.id}` }, t("animal.correct")) : null,
    h("a", { class: "button quiet", href: `#/takeback/${told.row.id}` }, t("animal.take_back")));
}
