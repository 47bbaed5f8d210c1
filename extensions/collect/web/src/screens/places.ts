// A place: who stands there, and others moved there by tag or reader.

import type { Context } from "../context.ts";
import { today } from "../days.ts";
import { h } from "../dom.ts";
import { picker } from "../fields.ts";
import { formNamed } from "../forms.ts";
import type { Animal } from "../protocol.ts";
import * as store from "../store.ts";
import { t } from "../text.ts";
import { line } from "./home.ts";
import { change } from "./named.ts";

export async function place(context: Context, id: string): Promise<HTMLElement> {
  const [row, form] = [await store.one(context.db, "place", id), formNamed("movement")];
  if (!row || !form) return h("p", { class: "none" }, t("none.place"));
  const there = context.flock.present().filter((one) => one.place_id === id);
  const problems = h("div", { class: "problems", role: "alert" });
  const move = async (animal: Animal): Promise<void> => {
    if (animal.place_id === id) return;
    const [values, now] = [{ on: today(), place_id: id }, await context.about(animal)];
    const [wrong] = form.wrong(values, now, context.traits);
    if (wrong) return problems.replaceChildren(h("p", {}, `${animal.tag}: ${wrong.text}`));
    await context.save(form, animal, form.make(values, now), values);
    context.redraw();
  };
  return h("section", {}, h("h1", {}, String(row["name"]), h("small", {}, ` ${t("groups.count", { count: there.length })}`)),
    picker(context, "moved", t("places.put"), undefined, (animal) => void move(animal)), problems,
    h("ul", { class: "found members" }, there.map((one) => line(one, `#/animal/${one.id}`))), change(context, "place", row));
}
