// Find an animal: by its last digits, its name, or a reader anywhere on the page.

import type { Context } from "../context.ts";
import { addDays, today } from "../days.ts";
import { h, icon } from "../dom.ts";
import { inWords, tagged } from "../fields.ts";
import { Flock } from "../flock.ts";
import { formNamed, FORMS } from "../forms.ts";
import type { Animal } from "../protocol.ts";
import * as store from "../store.ts";
import { t, task as doing } from "../text.ts";
import { dueKind, dueList } from "./due.ts";
import { clockCard } from "./outbox.ts";

const TASKS = ["parturition", "weight", "treatment", "mating", "pregnancy_check", "diagnosis"];
const MOST_RECENT = 6;

/** Where an animal found on the way to a task leads. */
const target = (animal: Animal, task: string): string => (task ? `#/do/${task}/${animal.id}` : `#/animal/${animal.id}`);

export async function home(context: Context, query: URLSearchParams): Promise<HTMLElement> {
  const task = formNamed(query.get("do") ?? "") ? String(query.get("do")) : "";
  const female = ["parturition", "mating", "pregnancy_check"].includes(task);
  const suits = (one: Animal): boolean => !female || one.sex !== "M";
  const list = h("ul", { class: "found", id: "found" });
  const input = h("input", {
    type: "search", id: "find", autocomplete: "off", inputmode: "numeric", enterkeyhint: "search",
    placeholder: t("find.placeholder"), "aria-controls": "found", "data-first": true,
  });
  const letters = h("button", { type: "button", class: "quiet keys", "aria-pressed": "false", onclick: () => {
    const text = input.inputMode !== "text";
    input.inputMode = text ? "text" : "numeric";
    letters.setAttribute("aria-pressed", String(text));
    letters.textContent = t(text ? "find.digits" : "find.letters");
    input.focus();
  } }, t("find.letters"));
  const recent = await recents(context, task, suits);
  const show = (): void => {
    const found = context.flock.find(input.value, suits);
    const typed = input.value.trim() !== "";
    list.replaceChildren(...found.map((one) => line(one, target(one, task))));
    if (typed && found.length === 0) {
      const asked = input.value;
      list.replaceChildren(nobody(asked));
      void elsewhere(context, asked, task, suits).then((lines) => input.value === asked && lines.length > 0 && list.replaceChildren(...lines));
    }
    recent.hidden = typed;
  };
  const open = (event: Event): void => {
    event.preventDefault();
    const [first, second] = context.flock.find(input.value, suits, 2);
    const exact = context.flock.exactly(input.value);
    if (exact) location.hash = target(exact, task);
    else if (first && !second) location.hash = target(first, task);
  };
  input.addEventListener("input", show);
  return h("section", { class: "home" },
    h("h1", {}, task ? doing(task, context.farm?.species) : t("find.title")), clockCard(), lastUsed(context),
    h("form", { class: "find", role: "search", onsubmit: open },
      h("label", { for: "find" }, t("find.label")),
      h("div", { class: "row" }, input, letters, camera(context, task))),
    list, recent);
}

/** Entries belong to whoever signed in last: somebody else with the phone has to know. */
function lastUsed(context: Context): HTMLElement | null {
  if (context.syncing.light !== "signed_out") return null;
  return h("p", { class: "card warn" }, t("start.last_used", { person: context.session.person }), " ",
    h("a", { href: context.hub.enter }, t("start.sign_in")));
}

async function recents(context: Context, task: string, suits: (animal: Animal) => boolean): Promise<HTMLElement> {
  const ids = await store.remembered<string[]>(context.db, "recent", []);
  const animals = ids.map((id) => context.flock.get(id)).filter((one): one is Animal => one !== undefined && suits(one));
  return h("div", {},
    task ? h("p", {}, h("a", { href: "#/", class: "button quiet" }, t("form.cancel"))) : [tasks(context.farm?.species ?? ""), glance(context)],
    animals.length > 0 ? h("h2", {}, t("find.recent")) : null,
    h("ul", { class: "found" }, animals.slice(0, MOST_RECENT).map((one) => line(one, target(one, task)))),
    context.flock.size === 0 ? h("p", { class: "none" }, t("find.empty")) : null);
}

/** How much is due this week, filled in when it has been counted. */
function glance(context: Context): HTMLElement {
  const part = h("nav", { class: "glance", "aria-label": t("due.week") });
  void dueList(context, addDays(today(), 7)).then((list) => {
    const urgent = list.filter((one) => one.on <= addDays(today(), 7) && one.to >= today());
    const kinds = [...new Set(urgent.map((one) => one.kind))].slice(0, 3);
    if (kinds.length > 0) part.replaceChildren(h("h2", {}, t("due.week")), ...kinds.map((kind) => h("a", { class: "card", href: "#/due?days=7" },
      dueKind(kind, context.farm?.species), h("span", { class: "badge" }, urgent.filter((one) => one.kind === kind).length))));
  });
  return part;
}

function tasks(species: string): HTMLElement {
  const tiles = TASKS.map((name) => h("a", { class: "tile", href: name === "weight" ? "#/weigh" : `#/?do=${name}` },
    icon(FORMS.find((one) => one.name === name)?.icon ?? ""), h("span", {}, doing(name, species))));
  return h("nav", { class: "tiles", "aria-label": t("find.tasks") }, tiles);
}

export function line(animal: Animal, href: string, more: string = inWords(animal)): HTMLElement {
  return h("li", {}, h("a", { href, class: animal.status === "alive" ? "" : "gone" }, tagged(animal.tag), h("small", {}, more)));
}

const nobody = (typed: string): HTMLElement => h("li", { class: "none" }, t("find.nobody_like", { typed }));

/** Animals of the person's other farms; a tap changes to that farm. */
async function elsewhere(context: Context, typed: string, task: string, suits: (animal: Animal) => boolean): Promise<HTMLElement[]> {
  const lines: HTMLElement[] = [];
  for (const farm of context.farms) {
    if (!farm.may_write || farm.id === context.farm?.id) continue;
    const flock = new Flock((await store.ofFarm(context.db, farm.id, "animal")) as unknown as Animal[], farm.id);
    for (const animal of flock.find(typed, suits, MOST_RECENT)) {
      const made = line(animal, target(animal, task), t("find.other_farm", { farm: farm.name, animal: inWords(animal) }));
      made.addEventListener("click", (event) => {
        event.preventDefault();
        void context.workOn(farm.id).then(() => (location.hash = target(animal, task)));
      });
      lines.push(made);
    }
  }
  return lines;
}

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}

/** A button for the camera where the browser reads bar codes by itself. */
function camera(context: Context, task: string): HTMLElement | null {
  const offered = (window as { BarcodeDetector?: new () => Detector }).BarcodeDetector;
  if (!offered || !navigator.mediaDevices) return null;
  return h("button", { type: "button", class: "quiet keys", "aria-label": t("find.camera"), onclick: () => void look(context, new offered(), task) }, icon("photo"));
}

async function look(context: Context, detector: Detector, task: string): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const video = h("video", { playsinline: true, muted: true });
  const box: HTMLDialogElement = h("dialog", { class: "camera" }, video, h("button", { type: "button", onclick: () => box.close() }, t("form.cancel")));
  document.body.append(box);
  box.addEventListener("close", () => {
    for (const track of stream.getTracks()) track.stop();
    box.remove();
  });
  video.srcObject = stream;
  await video.play();
  box.showModal();
  while (box.open) {
    const [code] = await detector.detect(video);
    const animal = code ? context.flock.exactly(code.rawValue) : undefined;
    if (animal) {
      box.close();
      location.hash = target(animal, task);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
