// The profile page: what one tells about oneself and how one likes the hub.
import { at, button, complain, element, item, list, say, when } from "./account.js";
import { onSubmit, pressed, resume } from "./acts.js";
import { get, patch } from "./api.js";
import { cards, showCards } from "./cards.js";

const facts = JSON.parse(at("facts").dataset.facts);
let chosen = null;

const keep = async (changes, told) => {
  chosen = await patch("/me/profile", changes);
  return told;
};

// --- suggestions --------------------------------------------------------------------------------

async function suggestions() {
  const { items } = await get("/me/suggestions");
  list("suggestion-list", items.map(suggested), chosen.suggestions ? "Nothing at the moment." : "You asked for none.");
  const form = at("suggesting");
  form.elements.suggestions.checked = chosen.suggestions;
  ticks("suggestion-kinds", "kinds", facts.suggestions, (kind) => !chosen.suggestions_off.includes(kind));
  at("suggestion-kinds").disabled = !chosen.suggestions;
}

function suggested(one) {
  const link = element("a", { href: one.address }, one.title);
  const never = button("Do not suggest this kind", `never-${one.kind}`, pressed(async () => {
    await keep({ suggestions_off: [...chosen.suggestions_off, one.kind] });
    await suggestions();
    at("suggestions-title").focus();
    say("You will not see this kind again. It can be switched on below.");
  }));
  never.setAttribute("aria-label", `Do not suggest this kind: ${one.title}`);
  return item(link, [["Because: ", one.reason]], never);
}

// Boxes of a list of kinds with their sentences; those for which `on` says yes are ticked.
function ticks(id, name, kinds, on) {
  const legend = at(id).querySelector("legend");
  at(id).replaceChildren(legend, ...Object.entries(kinds).map(([kind, sentence]) =>
    element("label", { className: "check" },
      element("input", { type: "checkbox", name, value: kind, checked: on(kind) }), element("span", {}, sentence))));
}

const unticked = (id) => [...at(id).querySelectorAll("input:not(:checked)")].map((box) => box.value);

at("suggesting").elements.suggestions.addEventListener("change", (event) => {
  at("suggestion-kinds").disabled = !event.target.checked;
});

onSubmit(at("suggesting"), async (form) => {
  await keep({ suggestions: form.elements.suggestions.checked, suggestions_off: unticked("suggestion-kinds") });
  await suggestions();
  return "Suggestions were changed.";
});

// --- details and display ------------------------------------------------------------------------

function show(me) {
  at("who").textContent = `${me.name || me.username}, signed in as ${me.username}: ${me.roles.toSorted().join(", ") || "no role yet"}.`;
  for (const form of [at("details"), at("display")]) {
    for (const field of form.elements) {
      if (field.type === "radio") field.checked = field.value === chosen[field.name];
      else if (field.name) field.value = chosen[field.name] ?? "";
    }
  }
}

function farms(mine) {
  at("default-farm").replaceChildren(element("option", { value: "" }, "The first of my own"),
    ...mine.map((farm) => element("option", { value: farm.id }, `${farm.name} (${farm.code})`)));
}

function zones() {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  at("zones").replaceChildren(...known.map((value) => element("option", { value })));
  at("zone-about").textContent = `Such as Europe/Zurich. This browser says ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`;
}

onSubmit(at("details"), ({ elements: { organization, phone, about } }) =>
  keep({ organization: organization.value, phone: phone.value, about: about.value }, "Your details were changed."));

onSubmit(at("display"), ({ elements: { language, weight_unit: unit, time_zone: zone, default_farm_id: farm } }) => keep({
  language: language.value, weight_unit: unit.value, time_zone: zone.value.trim(), default_farm_id: farm.value || null,
}, "Kept. Every page follows at its next view."));

// --- cards, letters, use ------------------------------------------------------------------------

onSubmit(at("cards"), () => keep(cards(), "Your home page follows at its next view."));

onSubmit(at("letters"), () => keep({ mail_off: unticked("letter-kinds") }, "Letters were changed."));

async function usage() {
  const { days, active_days: active, acts } = await get("/me/usage");
  at("usage-about").textContent = `In the last ${days} days you changed something on ${active} of them. Only you see this.`;
  at("usage").closest("details").hidden = !acts.length;
  at("usage").tBodies[0].replaceChildren(...acts.map((one) => element("tr", {}, element("th", { scope: "row" }, one.what.replace(":", ": ").replaceAll("_", " ")),
    element("td", { className: "number" }, String(one.times)), element("td", {}, when(one.last)))));
}

async function start() {
  const [me, profile] = await Promise.all([get("/me"), get("/me/profile")]);
  chosen = profile;
  farms(me.farms);
  zones();
  show(me);
  showCards(facts.cards, chosen);
  ticks("letter-kinds", "letters", facts.letters, (kind) => !chosen.mail_off.includes(kind));
  await Promise.all([suggestions(), usage()]);
  resume();
}

start().catch((problem) => complain(problem.message));
