// What is due on the farm, computed on the phone from its events.

import type { Context } from "../context.ts";
import { addDays, daysBetween, today, type Day } from "../days.ts";
import { h } from "../dom.ts";
import { dueFor, type Due } from "../due.ts";
import type { FarmEvent } from "../protocol.ts";
import * as store from "../store.ts";
import { day, distance, has, t } from "../text.ts";
import { line } from "./home.ts";

const FORM_OF: Record<string, string> = { wean: "weaning", mate: "mating", heat_watch: "heat" };
const ORDER: Due["kind"][] = ["parturition", "heat_watch", "dry_off", "pregnancy_check", "wean", "mate", "withdrawal_end"];
const SHOWN = 40;

export const dueKind = (kind: string, species = ""): string => t(has(`due.${kind}.${species}`) ? `due.${kind}.${species}` : `due.${kind}`);

/** Everything due until a day, the most urgent first. */
export async function dueList(context: Context, until: Day): Promise<Due[]> {
  const farm = context.farm?.id ?? "";
  const events = new Map<string, FarmEvent[]>();
  for (const one of (await store.ofFarm(context.db, farm, "event")) as unknown as FarmEvent[]) {
    events.set(one.animal_id, [...(events.get(one.animal_id) ?? []), one]);
  }
  const list: Due[] = [];
  for (const animal of context.flock.present()) {
    if (animal.farm_id !== farm) continue;
    list.push(...dueFor(animal, events.get(animal.id) ?? [], context.rulesOf(animal), today()));
  }
  return list.filter((one) => one.from <= until).sort((one, other) => one.on.localeCompare(other.on));
}

export async function dueScreen(context: Context, query: URLSearchParams): Promise<HTMLElement> {
  const days = Number(query.get("days") ?? 14);
  const list = await dueList(context, addDays(today(), days));
  const kinds = ORDER.filter((kind) => list.some((one) => one.kind === kind));
  const spans = [7, 14, 60].map((one) => h("a", { href: `#/due?days=${one}`, class: "chip", "aria-current": one === days ? "true" : null }, t("due.days", { count: one })));
  return h("section", {}, h("h1", {}, t("due.title")), h("div", { class: "chips" }, spans),
    list.length === 0 ? h("p", { class: "none" }, t("due.nothing")) : null,
    kinds.map((kind) => ofKind(context, kind, list.filter((one) => one.kind === kind))));
}

function ofKind(context: Context, kind: Due["kind"], list: Due[]): HTMLElement {
  const target = (one: Due): string => (kind === "withdrawal_end" ? `#/animal/${one.animal_id}` : `#/do/${FORM_OF[kind] ?? kind}/${one.animal_id}`);
  const lines = list.slice(0, SHOWN).map((one) => {
    const animal = context.flock.get(one.animal_id);
    const late = one.to < today();
    const made = animal ? line(animal, target(one), `${day(one.on)} · ${distance(daysBetween(today(), one.on))}${animal.name ? ` · ${animal.name}` : ""}`) : h("li", {});
    if (late) made.classList.add("late");
    return made;
  });
  return h("section", {}, h("h2", {}, dueKind(kind, context.farm?.species), h("span", { class: "badge" }, list.length)), h("ul", { class: "found" }, lines),
    list.length > SHOWN ? h("p", { class: "quietly" }, t("due.others", { count: list.length - SHOWN })) : null);
}
