// Many weights one after the other: read the tag, read the scale, next.

import { wrongDay, wrongValue } from "../check.ts";
import type { Context } from "../context.ts";
import { today } from "../days.ts";
import { h } from "../dom.ts";
import { choice, dayField, inWords, picker, readNumber, tagged } from "../fields.ts";
import { formNamed } from "../forms.ts";
import type { Animal, Values } from "../protocol.ts";
import { connect, offered } from "../scale.ts";
import { number, t } from "../text.ts";
import { weightOf } from "../wedge.ts";

export async function weigh(context: Context): Promise<HTMLElement> {
  const values: Values = { trait: "weight", on: today() };
  let animal: Animal | undefined;
  let count = 0;
  const who = h("p", { class: "who", "aria-live": "polite" });
  const problems = h("div", { class: "problems", role: "alert" });
  const done = h("ul", { class: "plain events" });
  const tally = h("h2", { hidden: true });
  const input = h("input", { type: "text", inputmode: "decimal", id: "kg", class: "large", autocomplete: "off", enterkeyhint: "next" });

  const choose = (one: Animal): void => {
    animal = one;
    who.replaceChildren(tagged(one.tag), h("small", {}, ` ${inWords(one)}`));
    problems.replaceChildren();
    input.focus();
  };
  const find = picker(context, "animal", t("weigh.animal"), undefined, choose);
  const save = async (event?: Event): Promise<void> => {
    event?.preventDefault();
    const form = formNamed("weight");
    if (!animal || !form) return showProblem(problems, t("weigh.no_animal"));
    values["value"] = readNumber(input.value);
    const now = await context.about(animal);
    const wrong = [...wrongDay(values["on"], now), ...wrongValue(values["value"], context.traits.find((one) => one.code === values["trait"]), animal.species)];
    if (wrong[0]) return showProblem(problems, wrong[0].text);
    await context.save(form, animal, form.make(values, now), { ...values });
    done.prepend(h("li", {}, h("b", {}, `${number(values["value"] as number, 2)} kg`), ` ${animal.tag}`));
    tally.hidden = false;
    tally.textContent = t("weigh.done", { count: (count += 1) });
    [animal, input.value] = [undefined, ""];
    who.replaceChildren(t("weigh.next"));
    find.querySelector("input")?.focus();
  };
  const part = h("form", { class: "entry weigh", novalidate: true, onsubmit: (event: Event) => void save(event) },
    h("h1", {}, t("do.weight")), find, who,
    h("div", { class: "field" }, h("label", { for: "kg" }, t("weigh.kg")), input),
    problems, h("button", { type: "submit", class: "save" }, t("weigh.save")),
    choice("weight", { name: "trait", type: "choice", options: ["weight", "birth_weight", "weaning_weight"] }, values, () => undefined),
    dayField("weight", { name: "on", type: "day" }, values, () => problems.replaceChildren()),
    offered() ? h("button", { type: "button", class: "quiet", onclick: () => void connect((kg) => (input.value = String(kg))) }, t("weigh.connect")) : null,
    tally, done);
  // A scale or reader that types: short numbers are weights, long ones are tags.
  part.addEventListener("scan", (event) => {
    if (event.defaultPrevented) return;
    const text = (event as CustomEvent<string>).detail;
    const [kg, found] = [weightOf(text), context.flock.exactly(text)];
    if (found) choose(found);
    else if (kg !== null) input.value = String(kg);
    else return showProblem(problems, t("find.nobody_like", { typed: text }));
    event.preventDefault();
  });
  find.querySelector("input")?.setAttribute("data-first", "");
  return part;
}

function showProblem(problems: HTMLElement, text: string): void {
  problems.replaceChildren(h("p", {}, text));
}
