// An entry that was a mistake: it is voided with a reason and stays in the history.

import type { Context } from "../context.ts";
import { h } from "../dom.ts";
import type { FarmEvent } from "../protocol.ts";
import * as store from "../store.ts";
import { day, t } from "../text.ts";
import { summary } from "./animal.ts";

const REASONS = ["wrong_animal", "wrong_entry", "twice"];

export async function takeBack(context: Context, id: string): Promise<HTMLElement> {
  const event = (await store.one(context.db, "event", id)) as unknown as FarmEvent | null;
  const animal = context.flock.get(event?.animal_id);
  if (!event || !animal) return h("p", { class: "none" }, t("animal.unknown_text"));
  const undo = async (reason: string): Promise<void> => {
    await context.keep([{ entity: "event", id, kind: "void", values: { reason: t(`takeback.${reason}`) } }], animal, "takeback", null);
    context.say(t("takeback.done"));
    location.replace(`#/animal/${animal.id}`);
  };
  return h("section", { class: "entry" }, h("h1", {}, t("takeback.title")),
    h("p", { class: "card" }, h("b", {}, t(`do.${event.kind}`)), ` ${animal.tag} · ${day(event.occurred_on)} ${summary(context, event)}`),
    h("p", {}, t("takeback.text")),
    h("div", { class: "stack" }, REASONS.map((one) => h("button", { type: "button", onclick: () => void undo(one) }, t(`takeback.${one}`))),
      h("button", { type: "button", class: "quiet", onclick: () => history.back() }, t("form.cancel"))));
}
