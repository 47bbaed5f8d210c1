// Groups and places: a list of them, a new one, another name, and out of use.

import type { Context } from "../context.ts";
import { h } from "../dom.ts";
import { newId } from "../ids.ts";
import type { Kind, Values } from "../protocol.ts";
import * as store from "../store.ts";
import type { Item } from "../store.ts";
import { said, t } from "../text.ts";
import { confirmed } from "./outbox.ts";

export type Named = "group" | "place";

async function inUse(context: Context, entity: Named): Promise<Values[]> {
  const rows = await store.ofFarm(context.db, context.farm?.id ?? "", entity);
  return rows.filter((one) => !one["archived"]).sort((one, other) => String(one["name"]).localeCompare(String(other["name"])));
}

/** All of them, and a form for a new one; `mending` is one that was refused. */
export async function named(context: Context, entity: Named, mending?: Item): Promise<HTMLElement> {
  const list = await inUse(context, entity);
  const save = async (name: string): Promise<void> => {
    const id = mending?.operation.entity_id ?? newId();
    const values = mending ? { ...mending.operation.values, name } : { farm_id: context.farm?.id, name };
    await keep(context, entity, id, mending?.operation.kind ?? "create", values, mending?.op_id);
    location.hash = `#/${entity}/${id}`;
  };
  return h("section", {}, h("h1", {}, t(`${entity}s.title`)),
    list.length === 0 ? h("p", { class: "none" }, t(`none.${entity}`)) : null,
    h("ul", { class: "found" }, list.map((one) => h("li", {}, h("a", { href: `#/${entity}/${String(one["id"])}` }, h("b", {}, String(one["name"])))))),
    mending?.result ? h("p", { class: "card bad" }, said(mending.result.text)) : null,
    nameForm(context, entity, String(mending?.operation.values["name"] ?? ""), t(`${entity}s.new`), t(`${entity}s.add`), save));
}

/** Asks for a name that nobody else has. */
function nameForm(context: Context, entity: Named, before: string, label: string, button: string, save: (name: string) => Promise<void>): HTMLElement {
  const name = h("input", { type: "text", id: `${entity}-name`, maxlength: 100, autocomplete: "off", value: before });
  const problems = h("div", { class: "problems", role: "alert" });
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const typed = name.value.trim();
    const same = (await inUse(context, entity)).some((one) => String(one["name"]).toLowerCase() === typed.toLowerCase());
    if (!typed || same) return problems.replaceChildren(h("p", {}, t(typed ? "wrong.name_taken" : "wrong.empty", { name: typed })));
    await save(typed);
  };
  return h("form", { class: "entry", novalidate: true, onsubmit: (event: Event) => void submit(event) },
    h("div", { class: "field" }, h("label", { for: name.id }, label), name), problems, h("button", { type: "submit", class: "save" }, button));
}

async function keep(context: Context, entity: Named, id: string, kind: Kind, values: Values, replaces?: string): Promise<void> {
  const farm = context.farm;
  if (!farm) return;
  const about = { farm_id: farm.id, species: farm.species, tag: String(values["name"] ?? "") };
  const draft = { form: entity, animal_id: "", fields: values };
  await context.keep([{ entity, id, kind, values }], about, kind === "create" ? `new_${entity}` : `change_${entity}`, draft, replaces);
}

/** Another name, or out of use; what happened there stays. */
export function change(context: Context, entity: Named, row: Values): HTMLElement {
  const id = String(row["id"]);
  const rename = async (name: string): Promise<void> => {
    await keep(context, entity, id, "patch", { name });
    context.redraw();
  };
  const archive = async (): Promise<void> => {
    if (!await confirmed(t("named.archive_sure", { name: String(row["name"]) }), t("named.archive"))) return;
    await keep(context, entity, id, "patch", { archived: true });
    location.replace(`#/${entity}s`);
  };
  return h("details", { class: "more" }, h("summary", {}, t("named.change")),
    nameForm(context, entity, String(row["name"]), t("field.name"), t("named.rename"), rename),
    h("button", { type: "button", class: "quiet danger", onclick: () => void archive() }, t("named.archive")));
}
