// What is on its way: refused entries with their reason first, then what waits, then what was sent.

import * as clock from "../clock.ts";
import type { Context } from "../context.ts";
import { h } from "../dom.ts";
import * as store from "../store.ts";
import type { Item, Picture } from "../store.ts";
import { current, t, said, task } from "../text.ts";

export async function outbox(context: Context): Promise<HTMLElement> {
  const { pending, refused, pictures } = context.waiting;
  const sent = [...(await store.items(context.db)).filter((one) => one.state === "sent").reverse(), ...await store.finished(context.db, 15)];
  return h("section", { class: "outbox" }, h("h1", {}, t("outbox.title")),
    h("p", { class: "quietly" }, await lastTime(context)), clockCard(),
    h("p", { class: "row" }, h("button", { type: "button", onclick: () => void context.syncing.now() }, t("outbox.now")),
      context.unsent > 0 ? h("button", { type: "button", class: "quiet", onclick: () => void save(context) }, t("outbox.export")) : null),
    part("refused", [...refused.map((one) => refusedCard(context, one)), ...pictures.filter((one) => one.state === "refused").map((one) => refusedPicture(context, one))]),
    part("pending", [...pending.map((one) => card(one, one.state === "waiting" ? said(one.result?.text ?? "") : "")), ...pictures.filter((one) => one.state === "pending").map((one) => pictureCard(context, one))]),
    pending.length + refused.length + pictures.length === 0 ? h("p", { class: "none" }, t("outbox.empty")) : null,
    part("sent", sent.slice(0, 15).map((one) => card(one, one.result?.state === "merged" ? t("outbox.merged") : said(one.result?.warnings.map((warning) => warning.message).join(" ") ?? "")))));
}

async function lastTime(context: Context): Promise<string> {
  const at = await store.remembered(context.db, "synced_at", "");
  const when = at ? new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at)) : "";
  return when ? t("outbox.last", { when }) : t("outbox.never");
}

/** That the phone's clock is wrong, and by how much; the days in forms are right all the same. */
export function clockCard(): HTMLElement | null {
  const seconds = clock.offset();
  if (seconds === 0) return null;
  return h("p", { class: "card warn" }, t(seconds > 0 ? "clock.behind" : "clock.ahead", { time: clock.duration(seconds, current()) }));
}

function part(name: string, cards: HTMLElement[]): HTMLElement | null {
  if (cards.length === 0) return null;
  return h("section", { class: name }, h("h2", {}, t(`outbox.${name}`), h("span", { class: "badge" }, cards.length)), h("ul", { class: "plain" }, cards));
}

/** "lambing, 0012": what an entry is in words. */
export function title(item: Item): string {
  const [form = "", tag = ""] = item.title.split("|");
  return [task(form, item.setting.species), tag].filter(Boolean).join(" · ");
}

const at = (moment: string): string =>
  new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" }).format(new Date(moment));

const card = (item: Item, more: string): HTMLElement =>
  h("li", { class: "card" }, h("b", {}, title(item)), h("small", {}, ` ${at(item.made_at)}`), more ? h("p", {}, more) : null);

function refusedCard(context: Context, item: Item): HTMLElement {
  const remedies = (item.result?.errors ?? []).map((one) => [one.message, one.remedy].filter(Boolean).join(" ")).filter((one) => one !== item.result?.text);
  const mend = item.draft && !item.draft.form.startsWith("-")
    ? h("a", { class: "button", href: `#/mend/${item.op_id}` }, t("outbox.mend"))
    : h("button", { type: "button", onclick: () => void again(context, item) }, t("outbox.again"));
  return h("li", { class: "card bad" }, h("b", {}, title(item)), h("small", {}, ` ${at(item.made_at)}`),
    h("p", {}, said(item.result?.text ?? "")), remedies.map((one) => h("p", {}, said(one))),
    h("p", { class: "row" }, mend, h("button", { type: "button", class: "quiet danger", onclick: () => void discard(context, item) }, t("outbox.discard"))));
}

/** Send it once more as it was, as a new operation. */
async function again(context: Context, item: Item): Promise<void> {
  const { entity, entity_id, kind, values } = item.operation;
  const [name = "", tag = ""] = item.title.split("|");
  await context.keep([{ entity, id: entity_id, kind, values }], { ...item.setting, tag }, name, item.draft, item.op_id);
  context.redraw();
}

/** Only after a person has said so twice, with the chance to keep a file of it. */
async function discard(context: Context, item: Item): Promise<void> {
  if (!await confirmed(t("outbox.discard_sure", { what: title(item) }), t("outbox.discard"))) return;
  await store.discard(context.db, item.op_id);
  await context.load();
  context.syncing.soon();
  context.redraw();
}

function pictureCard(context: Context, picture: Picture): HTMLElement {
  return h("li", { class: "card" }, h("b", {}, `${t("do.photo")} · ${context.flock.get(picture.animal_id)?.tag ?? ""}`), h("p", {}, `${Math.round(picture.bytes.byteLength / 1024)} kB`));
}

function refusedPicture(context: Context, picture: Picture): HTMLElement {
  const retry = async (): Promise<void> => {
    await context.db.put("pictures", { ...picture, state: "pending", reason: "" });
    await context.count();
    context.syncing.soon();
    context.redraw();
  };
  const drop = async (): Promise<void> => {
    if (!await confirmed(t("outbox.discard_sure", { what: t("do.photo") }), t("outbox.discard"))) return;
    await context.db.delete("pictures", picture.key);
    await context.count();
    context.redraw();
  };
  const made = pictureCard(context, picture);
  made.classList.add("bad");
  made.append(h("p", {}, picture.reason), h("p", { class: "row" }, h("button", { type: "button", onclick: () => void retry() }, t("outbox.again")),
    h("button", { type: "button", class: "quiet danger", onclick: () => void drop() }, t("outbox.discard"))));
  return made;
}

/** A question with two buttons. */
export const confirmed = async (text: string, yes: string): Promise<boolean> => await asked(text, yes) === "yes";

/** A question with up to three buttons: which one was it? Escape is Cancel. */
export function asked(text: string, yes: string, other = ""): Promise<"yes" | "other" | ""> {
  return new Promise((resolve) => {
    const box: HTMLDialogElement = h("dialog", { "aria-label": yes }, h("p", {}, text), h("p", { class: "row" },
      h("button", { type: "button", class: "quiet", autofocus: true, onclick: () => box.close("") }, t("form.cancel")),
      other ? h("button", { type: "button", class: "quiet", onclick: () => box.close("other") }, other) : null,
      h("button", { type: "button", class: "danger", onclick: () => box.close("yes") }, yes)));
    box.addEventListener("close", () => {
      box.remove();
      resolve(box.returnValue as "yes" | "other" | "");
    });
    document.body.append(box);
    box.showModal();
  });
}

/** Everything that is not sent, as a file that a program can read; with what found no room. */
export async function save(context: Context, typed: object | null = null): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  if (typed instanceof Blob) return download(typed, `agrigen-photo-${day}.jpg`);
  const pictures = context.waiting.pictures.map(({ bytes, ...one }) => ({ ...one, bytes: bytes.byteLength }));
  const items = (await store.items(context.db)).filter((one) => one.state !== "sent");
  const text = JSON.stringify({ person: context.session.person, saved_at: new Date().toISOString(), typed, items, pictures }, null, 2);
  download(new Blob([text], { type: "application/json" }), `agrigen-unsent-${day}.json`);
}

function download(content: Blob, name: string): void {
  const link = h("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
