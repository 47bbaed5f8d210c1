// The bar at the top with the status light, the tabs at the bottom, and short notices.

import type { Context } from "./context.ts";
import { h, icon } from "./dom.ts";
import { t } from "./text.ts";

/** One word of how things stand, worst first. */
function light(context: Context): [string, string] {
  const { refused, pending, pictures } = context.waiting;
  const bad = refused.length + pictures.filter((one) => one.state === "refused").length;
  const count = pending.length + pictures.filter((one) => one.state === "pending").length;
  const state = context.syncing.light;
  if (state === "signed_out") return ["signed_out", t("light.signed_out")];
  if (bad > 0) return ["refused", t("light.refused", { count: bad })];
  if (state === "syncing") return ["syncing", t("light.syncing")];
  if (state === "offline") return ["offline", count ? t("light.offline_waiting", { count }) : t("light.offline")];
  if (state === "full") return ["full", t("light.full")];
  if (state === "trouble") return ["trouble", t("light.trouble")];
  return count ? ["waiting", t("light.waiting", { count })] : ["online", t("light.online")];
}

export function top(context: Context, path: string): HTMLElement[] {
  const [state, text] = light(context);
  const deep = !["", "/", "/due", "/weigh", "/outbox", "/more"].includes(path);
  const href = state === "signed_out" ? `${context.base}/collect/enter` : "#/outbox";
  return [
    deep ? h("button", { type: "button", class: "back", "aria-label": t("top.back"), onclick: () => history.back() }, icon("back")) : h("span", { class: "brand" }, "AgriGen"),
    h("a", { href: "#/more", class: "farm" }, context.farm?.name ?? ""),
    h("a", { href, class: `light ${state}`, id: "light", "data-state": state }, h("span", { class: "dot", "aria-hidden": "true" }), text),
  ];
}

const TABS: [string, string, string][] = [["/", "find", "tab.find"], ["/due", "due", "tab.due"], ["/weigh", "weigh", "tab.weigh"], ["/outbox", "send", "tab.outbox"], ["/more", "more", "tab.more"]];

export function tabs(context: Context, path: string): HTMLElement {
  const badge: Record<string, number> = { "/outbox": context.unsent, "/more": context.reviews.length };
  return h("nav", { class: "tabs", "aria-label": t("tab.label") }, TABS.map(([to, picture, key]) =>
    h("a", { href: `#${to}`, "aria-current": (path || "/") === to ? "page" : null }, icon(picture), h("span", {}, t(key)),
      badge[to] ? h("span", { class: "badge" }, badge[to]) : null)));
}

/** A short notice, read out by screen readers, that goes by itself. */
export function say(text: string, bad = false): void {
  const place = document.getElementById("notices");
  for (const old of place?.querySelectorAll(".notice:not(.stay)") ?? []) old.remove();
  const note: HTMLElement = h("p", { class: bad ? "notice bad" : "notice", onclick: () => note.remove() }, text);
  place?.append(note);
  if (!bad) document.addEventListener("pointerdown", () => note.remove(), { once: true }); // not over the next form
  setTimeout(() => note.remove(), bad ? 8000 : Math.max(3000, 60 * text.length)); // time to read it;
}

/** A notice with a button that stays. */
export function offer(text: string, yes: string, act: () => void): void {
  const note: HTMLElement = h("p", { class: "notice stay" }, text, " ", h("button", { type: "button", onclick: () => {
    note.remove();
    act();
  } }, yes), h("button", { type: "button", class: "quiet", "aria-label": t("top.close"), onclick: () => note.remove() }, "✕"));
  document.getElementById("notices")?.append(note);
}
