// Groups of animals: who is in, put in by tag or reader, and one entry for all of them.

import type { Context } from "../context.ts";
import { today } from "../days.ts";
import { h } from "../dom.ts";
import { control, picker, recall } from "../fields.ts";
import { formNamed, type Made } from "../forms.ts";
import { newId } from "../ids.ts";
import type { Animal, Values } from "../protocol.ts";
import * as store from "../store.ts";
import { t } from "../text.ts";
import { line } from "./home.ts";
import { change } from "./named.ts";

const FOR_ALL = ["treatment", "movement", "remark"];

async function members(context: Context, id: string): Promise<{ row: Values; animal: Animal }[]> {
  const rows = await store.ofFarm(context.db, context.farm?.id ?? "", "group_member");
  const inside = rows.filter((one) => one["group_id"] === id && !one["to_on"]);
  return inside.flatMap((row) => {
    const animal = context.flock.get(String(row["animal_id"]));
    return animal ? [{ row, animal }] : [];
  });
}

export async function group(context: Context, id: string): Promise<HTMLElement> {
  const [row, inside] = [await store.one(context.db, "group", id), await members(context, id)];
  if (!row) return h("p", { class: "none" }, t("none.group"));
  const put = async (animal: Animal): Promise<void> => {
    if (inside.some((one) => one.animal.id === animal.id)) return;
    await context.keep([{ entity: "group_member", id: newId(), kind: "join", values: { group_id: id, animal_id: animal.id, on: today() } }], animal, "group", null);
    context.redraw();
  };
  const leave = async (member: { row: Values; animal: Animal }): Promise<void> => {
    const values = { group_id: id, animal_id: member.animal.id, on: today() };
    await context.keep([{ entity: "group_member", id: String(member.row["id"]), kind: "leave", values }], member.animal, "leave_group", null);
    context.redraw();
  };
  const lines = inside.map((one) => {
    const made = line(one.animal, `#/animal/${one.animal.id}`);
    made.append(h("button", { type: "button", class: "quiet", "aria-label": t("groups.leave", { tag: one.animal.tag }), onclick: () => void leave(one) }, "✕"));
    return made;
  });
  return h("section", {}, h("h1", {}, String(row["name"]), h("small", {}, ` ${t("groups.count", { count: inside.length })}`)),
    picker(context, "member", t("groups.put"), undefined, (animal) => void put(animal)),
    inside.length > 0 ? h("p", { class: "chips" }, FOR_ALL.map((name) => h("a", { class: "chip", href: `#/all/${name}/${id}` }, t("groups.all", { what: t(`do.${name}`) })))) : null,
    h("ul", { class: "found members" }, lines), change(context, "group", row));
}

/** One form for everybody in the group: an event each, told together. */
export async function forAll(context: Context, name: string, id: string): Promise<HTMLElement> {
  const [form, inside] = [formNamed(name), await members(context, id)];
  const first = inside[0];
  if (!form || !first) return h("p", { class: "none" }, t("none.group"));
  const values: Values = { on: today(), group_id: newId(), ...form.start?.(await context.about(first.animal)) };
  const problems = h("div", { class: "problems", role: "alert" });
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const made: [Animal, Made[]][] = [];
    for (const { animal } of inside) {
      const now = await context.about(animal);
      const wrong = form.wrong(values, now, context.traits);
      if (wrong[0]) return problems.replaceChildren(h("p", {}, `${animal.tag}: ${wrong[0].text}`));
      made.push([animal, form.make(values, now)]);
    }
    for (const [animal, operations] of made) await context.save(form, animal, operations, { ...values });
    for (const field of form.fields) await recall(context, form.name, field, values);
    context.say(t("groups.saved", { what: t(`do.${name}`), count: made.length }));
    location.replace(`#/group/${id}`);
  };
  return h("form", { class: "entry", novalidate: true, onsubmit: (event: Event) => void submit(event) },
    h("h1", {}, t(`do.${name}`), h("small", {}, ` ${t("groups.count", { count: inside.length })}`)),
    form.fields.map((field) => control(form.name, field, values, () => problems.replaceChildren(), context)),
    control(form.name, { name: "on", type: "day" }, values, () => undefined, context), problems,
    h("div", { class: "foot" }, h("button", { type: "submit", class: "save" }, t("form.save"))));
}
