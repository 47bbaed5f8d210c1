// Farm, language, what the phone keeps, signing out.

import type { Context } from "../context.ts";
import { h } from "../dom.ts";
import { choice } from "../fields.ts";
import type { Values } from "../protocol.ts";
import { ended, others, retain } from "../session.ts";
import * as store from "../store.ts";
import { current, number, t } from "../text.ts";
import { asked, clockCard, confirmed, save } from "./outbox.ts";

const NEARLY_FULL = 0.8;

export async function more(context: Context, languages: string[]): Promise<HTMLElement> {
  return h("section", {}, h("h1", {}, t("more.title")), clockCard(),
    others(context.session.id).map((one) => h("p", { class: "card warn" }, t("top.others", { name: one.name, count: one.unsent }))),
    h("nav", { class: "chips" }, h("a", { class: "chip", href: "#/groups" }, t("groups.title")), h("a", { class: "chip", href: "#/places" }, t("places.title")),
      h("a", { class: "chip", href: "#/reviews" }, t("reviews.title"), context.reviews.length ? h("span", { class: "badge" }, context.reviews.length) : null),
      h("a", { class: "chip", href: "/hub/home" }, t("more.hub"))),
    farms(context), language(context, languages), await room(),
    h("section", { class: "card" }, h("p", {}, t("more.person", { person: context.session.person })),
      h("p", {}, h("button", { type: "button", class: "quiet danger", onclick: () => void signOut(context) }, t("more.sign_out")))));
}

function farms(context: Context): HTMLElement {
  const own = context.farms.filter((one) => one.may_write);
  const name = "farm";
  return h("section", { class: "card" }, h("fieldset", { class: "choice column" }, h("legend", {}, t("more.farm")), h("div", {}, own.map((one) => h("label", {},
    h("input", { type: "radio", name, checked: one.id === context.farm?.id, onchange: () => void choose(context, one.id) }),
    h("span", {}, `${one.name} · ${t(`species.${one.species}`)}`))))));
}

async function choose(context: Context, farm: string): Promise<void> {
  await context.workOn(farm);
  context.redraw();
}

function language(context: Context, languages: string[]): HTMLElement {
  const values: Values = { language: current() };
  const changed = async (): Promise<void> => {
    retain("agrigen.language", String(values["language"]));
    location.reload();
  };
  void context;
  return h("section", { class: "card" }, choice("more", { name: "language", type: "choice", options: languages }, values, () => void changed()));
}

/** How much the phone keeps, and whether it promises to keep it. */
async function room(): Promise<HTMLElement> {
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const kept = (await navigator.storage?.persisted?.()) ?? false;
  const full = quota > 0 && usage / quota > NEARLY_FULL;
  return h("section", { class: full ? "card bad" : "card" }, h("p", {}, t("more.room", { used: number(usage / 1e6), free: number((quota - usage) / 1e6, 0) })),
    full ? h("p", {}, t("more.full")) : null,
    h("p", {}, kept ? t("more.kept") : t("more.not_kept")),
    kept ? null : h("button", { type: "button", class: "quiet", onclick: () => void navigator.storage.persist() }, t("more.keep")));
}

/** The farm's data leave the phone; what is unsent stays, out of sight, until this person is back. */
async function signOut(context: Context): Promise<void> {
  await context.count();
  if (context.unsent > 0) {
    const answer = await asked(t("more.unsent", { count: context.unsent }), t("more.sign_out"), t("outbox.export"));
    if (answer === "other") await save(context);
    if (answer !== "yes") return;
    await store.empty(context.db);
  } else if (!await confirmed(t("more.sign_out_sure"), t("more.sign_out"))) return;
  const name = context.db.name;
  context.db.close();
  if (context.unsent === 0) indexedDB.deleteDatabase(name);
  ended();
  location.href = "/hub/logout";
}
