// Two people wrote different things: both values, and a button for each.

import type { Context } from "../context.ts";
import { isDay } from "../days.ts";
import { h } from "../dom.ts";
import type { FarmEvent, Values } from "../protocol.ts";
import { day, has, t, task } from "../text.ts";
import { summary } from "./animal.ts";

export async function reviews(context: Context): Promise<HTMLElement> {
  return h("section", {}, h("h1", {}, t("reviews.title")), h("p", { class: "quietly" }, t("reviews.text")),
    context.reviews.length === 0 ? h("p", { class: "none" }, t("reviews.none")) : null,
    context.reviews.map((one) => review(context, one)));
}

function review(context: Context, one: Values): HTMLElement {
  const animal = context.flock.get(String(one["entity_id"])) ?? context.flock.get(String((one["server"] as Values | null)?.["animal_id"] ?? ""));
  const duplicate = one["kind"] === "duplicate";
  const problem = h("div", { class: "problems", role: "alert" });
  const resolve = (keep: string): HTMLElement => h("button", { type: "button", class: "quiet", onclick: () => void decide(context, String(one["id"]), keep, problem) }, t(`reviews.keep.${keep}`));
  const side = (key: string, value: unknown): HTMLElement => h("div", { class: "side" }, h("h3", {}, t(`reviews.${key}`)), inWords(context, value));
  return h("section", { class: "card" },
    h("h2", {}, duplicate ? t("reviews.duplicate") : fieldName(String(one["field"])), animal ? h("small", {}, ` ${animal.tag} ${animal.name}`) : ""),
    h("div", { class: "sides" }, side("server", one["server"]), side("phone", one["phone"])),
    h("p", { class: "row" }, resolve("server"), resolve("phone"), duplicate ? resolve("both") : null), problem);
}

const fieldName = (name: string): string => t(has(`field.${name}`) ? `field.${name}` : name);

/** A value for people: a date, an animal by its tag, the lines of an event. */
function inWords(context: Context, value: unknown): HTMLElement {
  if (value === null || value === undefined || value === "") return h("p", {}, t("reviews.empty"));
  if (typeof value !== "object") {
    const text = String(value);
    return h("p", {}, isDay(text) ? day(text) : context.flock.get(text)?.tag ?? text);
  }
  if ("op_id" in value && "values" in value) return inWords(context, value.values); // as a phone sent it
  if ("details" in value) return eventInWords(context, value as FarmEvent);
  const shown = ["occurred_on", "kind", "remark", "details", "offspring", "tag", "sex", "result", "foetus_count", "product", "value", "birth_weight_kg", "state", "ease"];
  const lines = Array.isArray(value)
    ? value.map((one) => inWords(context, one))
    : Object.entries(value).filter(([key, one]) => shown.includes(key) && one !== null && one !== "").map(([key, one]) =>
      key === "kind" ? h("p", {}, t(`do.${String(one)}`)) : typeof one === "object" ? inWords(context, one) : h("p", {}, `${fieldName(key)}: ${isDay(one) ? day(one) : String(one)}`));
  return h("div", { class: "values" }, lines);
}

function eventInWords(context: Context, event: FarmEvent): HTMLElement {
  const kind = String(event.kind ?? event.details["kind"]);
  const lines = [task(kind, context.farm?.species), isDay(event.occurred_on) ? day(event.occurred_on) : "",
    summary(context, { ...event, kind }), ...((event.details["offspring"] ?? []) as Values[]).map((one) => String(one["tag"] ?? "")), event.remark ?? ""];
  return h("div", { class: "values" }, lines.filter(Boolean).map((one) => h("p", {}, one)));
}

async function decide(context: Context, id: string, keep: string, problem: HTMLElement): Promise<void> {
  try {
    await context.hub.request("POST", `/collect/reviews/${id}/resolve`, { keep });
    context.reviews = context.reviews.filter((one) => one["id"] !== id); // the pull says it again
    context.redraw();
    context.syncing.soon();
  } catch (error) {
    const offline = error instanceof TypeError;
    problem.replaceChildren(h("p", {}, offline ? t("reviews.offline") : (error as Error).message));
  }
}
