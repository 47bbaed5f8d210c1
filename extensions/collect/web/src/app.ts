// The page: opens the store of the person, draws the screen that the address names, keeps in step.

import { Context, Full } from "./context.ts";
import { focusFirst, h } from "./dom.ts";
import { Hub } from "./hub.ts";
import { newId } from "./ids.ts";
import { animalCard } from "./screens/animal.ts";
import { correct, takeBack } from "./screens/correct.ts";
import { dueScreen } from "./screens/due.ts";
import { formScreen, type Typing } from "./screens/form.ts";
import { forAll, group } from "./screens/groups.ts";
import { home } from "./screens/home.ts";
import { more } from "./screens/more.ts";
import { named } from "./screens/named.ts";
import { place } from "./screens/places.ts";
import { outbox, save } from "./screens/outbox.ts";
import { photo } from "./screens/photo.ts";
import { reviews } from "./screens/reviews.ts";
import { weigh } from "./screens/weigh.ts";
import { others, recalled, retain, session, storeOf, watch, type Session } from "./session.ts";
import * as store from "./store.ts";
import { Syncing } from "./syncing.ts";
import { t, task, use, type Texts } from "./text.ts";
import { offer, say, tabs, top } from "./top.ts";
import { listen } from "./wedge.ts";

declare const LANGUAGES: Record<string, string>;

const meta = (name: string): string => document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
const LIVE = ["", "/", "/due", "/outbox", "/more", "/reviews", "/animal"]; // screens without typing

async function words(base: string): Promise<void> {
  const wanted = [recalled("agrigen.language") ?? "", ...navigator.languages.map((one) => one.slice(0, 2)), "en"];
  const language = wanted.find((one) => one in LANGUAGES) ?? "en";
  const answer = await fetch(`${base}/collect/files/${LANGUAGES[language]}`);
  use(language, (await answer.json()) as Texts);
}

function device(): string {
  const known = recalled("agrigen.device") ?? `phone-${newId()}`;
  retain("agrigen.device", known);
  return known;
}

class Page {
  private readonly context: Context;
  private drawn = 0;
  private asked = false; // whether the screen says that nobody is signed in
  private readonly main = document.getElementById("main") as HTMLElement;
  private readonly bar = document.getElementById("top") as HTMLElement;
  private path = "";
  private readonly others: BroadcastChannel;

  constructor(context: Context) {
    this.context = context;
    this.others = new BroadcastChannel(context.db.name); // the same person's other tabs
    context.say = say;
    context.redraw = () => void this.draw();
    context.announce = () => this.others.postMessage("changed");
    context.syncing = new Syncing(context.db, context.hub, device(), (summary) => this.told(summary));
  }

  async open(): Promise<void> {
    await store.restore(this.context.db);
    await this.context.load();
    window.addEventListener("hashchange", () => void this.draw(true));
    listen((text) => this.scanned(text));
    this.others.onmessage = () => void this.context.load().then(() => this.live());
    await this.draw(true);
    await this.interrupted();
    for (const one of others(this.context.session.id)) say(t("top.others", { name: one.name, count: one.unsent }));
    this.context.syncing.start();
  }

  private async told(summary: { pulled: number; pushed: number; refused: number } | null): Promise<void> {
    if (summary && (summary.pulled > 0 || !this.context.farm)) await this.context.load();
    else await this.context.count();
    if (summary?.refused) say(t("light.refused", { count: summary.refused }), true);
    const asked = this.context.syncing.light === "signed_out";
    if (summary && summary.pushed + summary.pulled > 0) this.context.announce();
    else if (asked === this.asked) return this.frame();
    this.asked = asked;
    await this.live();
  }

  /** Draw again only where nothing is being typed. */
  private async live(): Promise<void> {
    const section = this.path.split("/").slice(0, 2).join("/");
    if (LIVE.includes(section) && !this.typing()) await this.draw(false, true);
    else this.frame();
  }

  private typing(): boolean {
    return this.main.contains(document.activeElement) && /INPUT|TEXTAREA/.test(document.activeElement?.tagName ?? "");
  }

  private frame(): void {
    this.bar.replaceChildren(...top(this.context, this.path));
    document.querySelector("nav.tabs")?.remove();
    document.body.append(tabs(this.context, this.path));
  }

  async draw(moved = false, news = false): Promise<void> {
    const turn = (this.drawn += 1);
    const [path = "", query = ""] = location.hash.slice(1).split("?");
    this.path = path;
    const made = this.context.farm || path === "/more" ? await this.screen(path, new URLSearchParams(query)) : this.nothing();
    if (turn !== this.drawn) return; // something newer is being drawn
    this.frame();
    if (news && this.typing()) return; // begun meanwhile: what stands there is not taken away
    this.main.replaceChildren(made);
    document.body.dataset["path"] = location.hash.slice(1); // which screen this is, for tests
    if (!moved) return;
    window.scrollTo(0, 0);
    document.title = `${this.main.querySelector("h1")?.textContent ?? ""} · AgriGen`;
    if (matchMedia("(pointer: fine)").matches) focusFirst(this.main);
    else this.main.focus({ preventScroll: true });
  }

  private async screen(path: string, query: URLSearchParams): Promise<HTMLElement> {
    const [, name = "", first = "", second = ""] = path.split("/");
    switch (name) {
      case "animal": return animalCard(this.context, first);
      case "do": return formScreen(this.context, first, second);
      case "all": return forAll(this.context, first, second);
      case "mend": return this.mend(first);
      case "correct": return correct(this.context, first);
      case "places": return named(this.context, "place");
      case "place": return place(this.context, first);
      case "takeback": return takeBack(this.context, first);
      case "photo": return photo(this.context, first);
      case "weigh": return weigh(this.context);
      case "due": return dueScreen(this.context, query);
      case "outbox": return outbox(this.context);
      case "reviews": return reviews(this.context);
      case "groups": return named(this.context, "group");
      case "group": return group(this.context, first);
      case "more": return more(this.context, Object.keys(LANGUAGES));
      default: return home(this.context, query);
    }
  }

  private async mend(op: string): Promise<HTMLElement> {
    const item = this.context.waiting.refused.find((one) => one.op_id === op);
    if (!item?.draft) return outbox(this.context);
    if (item.draft.corrects) return correct(this.context, item.draft.corrects, item);
    if (item.operation.entity === "group" || item.operation.entity === "place") return named(this.context, item.operation.entity, item);
    return formScreen(this.context, item.draft.form, item.draft.animal_id, item);
  }

  private nothing(): HTMLElement {
    const { light } = this.context.syncing;
    const key = light === "syncing" ? "start.loading" : this.context.farms.length ? "start.no_farm" : light === "offline" ? "start.offline" : "start.loading";
    return h("section", { class: "start" }, h("h1", {}, t("start.title")), h("p", { role: "status" }, t(key)));
  }

  /** A reader anywhere on the page opens the animal. */
  private scanned(text: string): void {
    const animal = this.context.flock.exactly(text);
    if (animal) location.hash = `#/animal/${animal.id}`;
    else say(t("find.nobody_like", { typed: text }), true);
  }

  /** An entry that was not saved when the page was closed is offered again. */
  private async interrupted(): Promise<void> {
    const typing = await store.remembered<Typing | null>(this.context.db, "typing", null);
    const animal = this.context.flock.get(typing?.animal_id);
    if (!typing || !animal || location.hash.includes("/do/")) return;
    offer(t("form.interrupted", { what: task(typing.form, animal.species), tag: animal.tag }), t("form.continue"), () => {
      location.hash = `#/do/${typing.form}/${animal.id}`;
    });
  }
}

/** The service worker keeps the page on the phone; a new version waits for a tap. */
async function install(base: string): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registration = await navigator.serviceWorker.register(`${base}/collect/sw.js`, { scope: `${base}/collect/` });
  const news = (): void => {
    const waiting = registration.waiting;
    if (!waiting || !navigator.serviceWorker.controller) return;
    offer(t("top.new_version"), t("top.reload"), () => {
      wanted = true;
      waiting.postMessage("activate");
    });
  };
  let wanted = false;
  let before = navigator.serviceWorker.controller;
  news();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", news));
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (wanted) location.reload();
    else if (before) offer(t("top.new_version"), t("top.reload"), () => location.reload()); // tapped in another tab
    before = navigator.serviceWorker.controller;
  });
}

function signIn(base: string): void {
  const main = document.getElementById("main") as HTMLElement;
  main.replaceChildren(h("section", { class: "start" }, h("h1", {}, t("start.title")), h("p", {}, t("start.sign_in_text")),
    ...others("").map((one) => h("p", { class: "card warn" }, t("top.others", { name: one.name, count: one.unsent }))),
    h("p", {}, h("a", { class: "button", href: `${base}/collect/enter` }, t("start.sign_in")))));
}

/** What failed is said: an entry that could not be stored must never look as if it were. */
function failed(reason: unknown, context: Context): void {
  if (reason instanceof Full) return offer(t("top.full"), t("outbox.export"), () => void save(context, reason.typed));
  say(store.isFull(reason) ? t("top.full") : t("top.failed", { reason: reason instanceof Error ? reason.message : String(reason) }), true);
}

async function start(): Promise<void> {
  const base = meta("base");
  await words(base);
  void install(base);
  const who = session();
  if (!who) return signIn(base);
  // The screen has its name from the start, so that a tap on its tab does not draw it anew under what is typed.
  history.replaceState(null, "", `${base}/collect/${location.hash || "#/"}`);
  watch(who, () => location.replace(`${base}/collect/`));
  const db = await opened(who);
  if (!db) return nothingKept();
  const context = new Context(db, new Hub(base, who), who, base);
  window.addEventListener("unhandledrejection", (event) => failed(event.reason, context));
  window.addEventListener("error", (event) => failed(event.error, context));
  await new Page(context).open();
}

async function opened(who: Session): Promise<store.Database | null> {
  try {
    return await store.open(storeOf(who.id));
  } catch {
    return null; // a private window, or a browser that is told to keep nothing
  }
}

/** Without a memory nothing may look as if it were saved. */
function nothingKept(): void {
  const main = document.getElementById("main") as HTMLElement;
  main.replaceChildren(h("section", { class: "start", role: "alert" }, h("h1", {}, t("start.no_memory")), h("p", {}, t("start.no_memory_text"))));
}

void start();
