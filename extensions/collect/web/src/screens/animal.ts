// The card of an animal: who it is, where it stands, what was done, and what can be done now.

import type { Circumstances } from "../check.ts";
import type { Context } from "../context.ts";
import { daysBetween, type Day } from "../days.ts";
import { h, icon } from "../dom.ts";
import { dueFor, reproduction, withdrawal } from "../due.ts";
import { inWords, tagged } from "../fields.ts";
import { FORMS, type Form } from "../forms.ts";
import type { Animal, FarmEvent, Values } from "../protocol.ts";
import * as store from "../store.ts";
import { day, distance, has, number, t, task } from "../text.ts";
import { remedies } from "./correct.ts";

const SHOWN = 12;
const OF_YOUNG = ["weight", "weaning", "fostering", "treatment", "disposal"];

export async function animalCard(context: Context, id: string): Promise<HTMLElement> {
  const animal = context.flock.get(id);
  if (!animal) return h("section", {}, h("h1", {}, t("animal.unknown")), h("p", {}, t("animal.unknown_text")));
  await noteRecent(context, id);
  const now = await context.about(animal);
  return h("section", { class: "animal" },
    h("h1", {}, tagged(animal.tag), animal.name ? h("small", {}, ` ${animal.name}`) : ""),
    h("p", { class: "quietly" }, inWords({ ...animal, name: "" })),
    warnings(now), aside(context, animal), standing(now), todo(context, animal, now),
    await family(context, animal), await weights(context, animal), happened(context, now.events),
    await photos(context, animal));
}

async function noteRecent(context: Context, id: string): Promise<void> {
  const before = await store.remembered<string[]>(context.db, "recent", []);
  await store.remember(context.db, "recent", [id, ...before.filter((one) => one !== id)].slice(0, 10));
}

/** What must be seen first: that meat or milk is withheld. */
function warnings({ events, today }: Circumstances): HTMLElement | null {
  const { meat, milk } = withdrawal(events, today);
  if (!meat && !milk) return null;
  const text = (key: string, until: Day): HTMLElement => h("p", {}, t(`withdrawal.${key}`, { day: day(until), distance: distance(daysBetween(today, until)) }));
  return h("div", { class: "card warn" }, meat ? text("meat", meat) : null, milk ? text("milk", milk) : null);
}

/** Entries of this animal that the hub has refused. */
function aside(context: Context, animal: Animal): HTMLElement | null {
  const refused = context.waiting.refused.filter((one) => one.draft?.animal_id === animal.id);
  if (refused.length === 0) return null;
  return h("a", { class: "card bad", href: "#/outbox" }, t("animal.refused", { count: refused.length }));
}

/** Where she stands, and what is due. */
function standing(now: Circumstances): HTMLElement | null {
  const { animal, events, rules, today } = now;
  if (animal.status !== "alive") return null;
  const state = reproduction(events, rules, today);
  const due = dueFor(animal, events, rules, today).filter((one) => one.kind !== "withdrawal_end");
  const female = animal.sex === "F" && events.length > 0 && !young(now);
  if (!female && due.length === 0) return null;
  const term = state.due_on ? [h("b", {}, t("repro.due", { day: day(state.due_on) })), h("small", {}, ` ${distance(daysBetween(today, state.due_on))}`)] : [];
  return h("div", { class: "card standing" },
    female ? h("p", {}, t(`repro.${state.state}`), state.foetuses ? ` · ${t("repro.foetuses", { count: state.foetuses })}` : "",
      state.served_on && state.state === "served" ? ` · ${day(state.served_on)}` : "") : null,
    term.length ? h("p", {}, term) : null,
    h("ul", { class: "plain" }, due.filter((one) => one.kind !== "parturition" && daysBetween(today, one.from) <= 30).map((one) =>
      h("li", {}, `${t(`due.${one.kind}`)}: ${day(one.on)}`))));
}

/** Not yet of the age at which her kind is mated, and not mated. */
const young = ({ animal, events, rules, today }: Circumstances): boolean =>
  animal.birth_date !== null && daysBetween(animal.birth_date, today) < (rules?.first_mating.days ?? 0) && events.every((one) => one.kind !== "mating");

/** Buttons for what suits this animal; most used first. */
function todo(context: Context, animal: Animal, now: Circumstances): HTMLElement | null {
  if (!context.farms.find((one) => one.id === animal.farm_id)?.may_write) return h("p", { class: "none" }, t("animal.read_only"));
  const fits = FORMS.filter((one) => one.suits(animal, now) && !(animal.sex === "M" && one.name === "mating"));
  const button = (name: string, picture: string): HTMLElement =>
    h("a", { class: "tile small", href: `#/do/${name}/${animal.id}` }, icon(picture), h("span", {}, task(name, animal.species)));
  const buttons = inUse(fits, now).map((one) => button(one.name, one.icon));
  const photo = h("a", { class: "tile small", href: `#/photo/${animal.id}` }, icon("photo"), h("span", {}, t("do.photo")));
  const gone = animal.status === "dead" || animal.status === "sold"; // late entries are still possible
  const [first, rest] = gone ? [[], [...buttons, photo]] : [[...buttons.slice(0, 5), photo], buttons.slice(5)];
  return h("nav", { "aria-label": t("animal.record") }, first.length ? h("div", { class: "tiles" }, first) : null,
    rest.length ? h("details", { class: "more" }, h("summary", {}, t("animal.more")), h("div", { class: "tiles" }, rest)) : null);
}

/** Most used first: of young ones what happens to the young. */
function inUse(forms: Form[], now: Circumstances): Form[] {
  if (!young(now)) return forms;
  const rank = (one: Form): number => (OF_YOUNG.includes(one.name) ? OF_YOUNG.indexOf(one.name) : OF_YOUNG.length);
  return [...forms].sort((one, other) => rank(one) - rank(other));
}

async function family(context: Context, animal: Animal): Promise<HTMLElement | null> {
  const link = (key: string, id: string | null): HTMLElement | null => {
    if (!id) return null;
    const other = context.flock.get(id);
    return h("p", {}, `${t(`animal.${key}`)}: `, other ? h("a", { href: `#/animal/${id}` }, [other.tag, other.name].filter(Boolean).join(" ")) : t("animal.elsewhere"));
  };
  const place = animal.place_id ? await store.one(context.db, "place", animal.place_id) : null;
  const lines = [link("dam", animal.dam_id), link("foster_dam", animal.foster_dam_id), link("sire", animal.sire_id),
    animal.birth_type && animal.birth_type > 1 ? h("p", {}, t("animal.born_as", { count: animal.birth_type })) : null,
    place ? h("p", {}, `${t("animal.place")}: ${String(place["name"])}`) : null,
    ...(animal.identifiers ?? []).filter((one) => one.value !== animal.tag).map((one) => h("p", { class: "quietly" }, one.value))];
  if (lines.every((one) => one === null)) return null;
  return h("section", { class: "card" }, h("h2", {}, t("animal.identity")), lines);
}

async function weights(context: Context, animal: Animal): Promise<HTMLElement | null> {
  const records = (await context.weightsOf(animal)).slice(0, 6);
  if (records.length === 0) return null;
  const name = (trait: string): string => (has(`weight.trait.${trait}`) ? t(`weight.trait.${trait}`) : trait.replaceAll("_", " "));
  const unit = (trait: string): string => context.traits.find((one) => one.code === trait)?.unit ?? (trait.includes("weight") ? "kg" : "");
  return h("section", { class: "card" }, h("h2", {}, t("animal.measured")), h("ul", { class: "plain events" },
    records.map((one) => h("li", {}, h("details", {}, h("summary", {}, h("b", {}, `${number(one.value, 2)} ${unit(one.trait)}`), ` ${name(one.trait)}`,
      one.recorded_on ? h("small", {}, ` ${day(one.recorded_on)}`) : ""), remedies(context, { entity: "record", row: one }))))));
}

function happened(context: Context, events: FarmEvent[]): HTMLElement | null {
  if (events.length === 0) return null;
  const pending = new Set(context.waiting.pending.map((one) => one.operation.entity_id));
  const lines = [...events].reverse().slice(0, SHOWN).map((one) => h("li", {},
    h("details", {}, h("summary", {}, h("b", {}, task(one.kind, context.farm?.species)), ` ${summary(context, one)}`, h("small", {}, ` ${day(one.occurred_on)}`),
      pending.has(one.id) ? h("small", { class: "pending" }, ` ${t("state.pending")}`) : ""),
    one.remark ? h("p", {}, one.remark) : "",
    remedies(context, { entity: "event", row: one }))));
  return h("section", { class: "card" }, h("h2", {}, t("animal.events")), h("ul", { class: "plain events" }, lines));
}

/** The details of an event in a few words. */
export function summary(context: Context, event: FarmEvent): string {
  const details = event.details;
  const tag = (id: unknown): string => context.flock.get(id as string)?.tag ?? "";
  switch (event.kind) {
    case "parturition":
      return ((details["offspring"] ?? []) as Values[]).map((one) => `${t(`sex.short.${String(one["sex"] ?? "U")}`)}${one["state"] === "live" ? "" : "†"}`).join(" ");
    case "mating":
      return ((details["sire_ids"] ?? []) as string[]).map(tag).filter(Boolean).join(", ") || String(details["straw"] ?? "");
    case "pregnancy_check":
      return `${t(`pregnancy_check.result.${String(details["result"])}`)} ${details["foetus_count"] ?? ""}`;
    case "treatment":
      return String(details["product"] ?? "");
    case "diagnosis":
      return String(details["disease"] ?? "");
    case "fostering":
      return details["foster_dam_id"] ? tag(details["foster_dam_id"]) : t("fostering.by_hand");
    case "disposal":
      return t(`disposal.disposal.${String(details["disposal"])}`);
    case "weaning":
      return details["weight_kg"] ? `${String(details["weight_kg"])} kg` : "";
    default:
      return event.kind === "remark" ? event.remark.slice(0, 60) : "";
  }
}

async function photos(context: Context, animal: Animal): Promise<HTMLElement | null> {
  const waiting = context.waiting.pictures.filter((one) => one.animal_id === animal.id);
  const sent = await store.ofAnimal(context.db, animal.id, "photo");
  if (waiting.length + sent.length === 0) return null;
  const own = waiting.map((one) => picture(URL.createObjectURL(new Blob([one.bytes], { type: one.media_type })), one.caption || t("photo.waiting")));
  const theirs = sent.slice(0, 6).map((one) => fetched(context, String(one["id"]), String(one["caption"] || t("do.photo"))));
  return h("section", { class: "card" }, h("h2", {}, t("do.photo")), h("div", { class: "pictures" }, own, theirs));
}

/** A picture of the hub; the browser keeps it once it was seen. */
function fetched(context: Context, id: string, alt: string): HTMLElement {
  const made = picture("", alt);
  context.hub.picture(`/photos/${id}/thumbnail`).then(
    (blob) => made.setAttribute("src", URL.createObjectURL(blob)),
    () => made.replaceWith(h("p", { class: "quietly" }, t("photo.no_signal"))),
  );
  return made;
}

const picture = (src: string, alt: string): HTMLElement => h("img", { src: src || null, alt, loading: "lazy", onload: () => URL.revokeObjectURL(src) });
