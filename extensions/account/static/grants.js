// What farms share with whom, for what and until when; and what is shared with oneself.
import { at, button, complain, element, item, list, say, sure, when } from "./account.js";
import { onSubmit, pressed } from "./acts.js";
import { get, patch, post, remove } from "./api.js";
import { asDay, dayOf, endOf, inYears, startOf } from "./dates.js";
import { called, know, mine, naming, options, shown } from "./mine.js";

const NOUNS = { dataset: "Dataset", export: "Export", evaluation: "Evaluation", association: "Association study" };

export async function grants() {
  const { with_me: given, mine: own, kinds } = await get("/me/grants");
  at("with-me").hidden = false;
  list("with-me-list", given.filter((one) => one.active).map(received), "Nothing at the moment.");
  if (!mine.decides.length) return;
  at("grants").hidden = false;
  choices(kinds);
  await given_by(own);
}

async function given_by(own) {
  const farms = shown();
  const among = farms.length === 1 ? (await get(`/farms/${farms[0].id}/grants`)).items : own;
  for (const { person, project } of among) {
    if (person) know("people", person.code, person.name);
    if (project) know("projects", project.code, project.name);
  }
  const running = among.filter(goesOn);
  const ended = among.filter((one) => !goesOn(one));
  list("grant-list", running.map(entry), "Nothing is shared.");
  list("ended-list", ended.map(over), "Nothing.");
  at("ended-part").hidden = !ended.length;
}

const goesOn = (one) => !one.revoked_at && new Date(one.valid_until) > new Date();
const whom = (one) => (one.project ? `the project ${called(one.project)}` : called(one.person)) || "somebody";
const what = (one) => one.kinds.join(", ");

// --- what one's farms share ---------------------------------------------------------------------

function told(one) {
  const from = one.active || one.revoked_at ? "since " : "from ";
  return [
    ["What: ", what(one)],
    ["For: ", one.purpose],
    [from, dayOf(one.valid_from), " until ", dayOf(one.valid_until), ", agreed by ", called(one.agreed_by), " ", dayOf(one.agreed_at)],
    one.people.length && one.active ? ["Seen now by: ", one.people.join(", ")] : null,
    one.revoked_at ? ["Ended ", when(one.revoked_at)] : null,
  ];
}

function entry(one) {
  const title = `${one.farm} with ${whom(one)}`;
  const end = button("End now", `end-${one.id}`, pressed(async () => {
    const text = "From the next request on nobody sees this any more. Files taken along before are out of the hub's reach.";
    if (!(await sure(`End sharing ${title}?`, text, "End it now"))) return;
    await remove(`/farms/${one.farm_id}/grants/${one.id}`);
    await shownAgain(`${title}: ended. Nobody sees it any more.`);
  }), "quiet danger");
  end.setAttribute("aria-label", `End now: ${title}`);
  const made = item([title, one.active ? "" : mark("not yet")], told(one), end);
  made.append(another(one), results(one));
  return made;
}

function over(one) {
  const made = item(`${one.farm} with ${whom(one)}`, told(one));
  made.append(results(one));
  return made;
}

const mark = (text) => element("span", { className: "mark" }, text);

function another(one) {
  const field = element("input", { id: `until-${one.id}`, name: "valid_until", type: "date", value: asDay(one.valid_until) });
  const form = element("form", { id: `end-form-${one.id}` },
    element("div", { className: "field" }, element("label", { htmlFor: field.id }, "Until the end of"), field),
    element("div", { className: "actions" }, element("button", { type: "submit" }, "Change the end")));
  onSubmit(form, async () => {
    const now = await patch(`/farms/${one.farm_id}/grants/${one.id}`, { valid_until: endOf(field.value) });
    await shownAgain(`${one.farm} shares this until ${dayOf(now.valid_until).textContent}.`);
  });
  return element("details", {}, element("summary", {}, "Another end"), form);
}

function results(one) {
  const lines = element("ul");
  const part = element("details", {}, element("summary", {}, "What was made from it"), lines);
  part.addEventListener("toggle", () => part.open && fill().catch((problem) => complain(problem.message)));
  const fill = async () => {
    const { items } = await get(`/farms/${one.farm_id}/grants/${one.id}/results`);
    const rows = items.map((made) => item(made.name, [[NOUNS[made.noun] || made.noun, made.by && ` by ${made.by}`, ", ", when(made.made_at)]]));
    lines.replaceChildren(...(rows.length ? rows : [element("li", { className: "none" }, "Nothing yet.")]));
  };
  return part;
}

async function shownAgain(text) {
  await grants();
  at("grants-title").focus();
  say(text);
}

// --- sharing something --------------------------------------------------------------------------

function choices(kinds) {
  if (at("grant-farm").options.length) return;
  at("grant-farm").replaceChildren(...options());
  at("grant-kinds").append(...kinds.map(({ kind, sentence }) => element("label", { className: "check" },
    element("input", { type: "checkbox", name: "kinds", value: kind }),
    element("span", {}, element("strong", {}, kind), `: ${sentence}`))));
  at("grant-from").min = asDay(new Date());
  at("grant-until").value = inYears(1);
  at("grant-until").max = inYears(10);
}

// Shows the field for a project or for a person, whichever is chosen.
export function fitGrant() {
  const to = at("grant").elements.to.value;
  for (const part of at("grant").querySelectorAll("[data-to]")) part.hidden = part.dataset.to !== to;
}

at("grant").addEventListener("change", fitGrant);

onSubmit(at("grant"), async (form) => {
  const { farm_id: farm, to, purpose, valid_from: from, valid_until: until } = form.elements;
  const name = to.value === "project" ? { project: form.elements.project.value.trim() } : { username: form.elements.username.value.trim() };
  const made = await naming(post(`/farms/${farm.value}/grants`, {
    ...name,
    kinds: [...form.querySelectorAll('input[name="kinds"]:checked')].map((box) => box.value),
    purpose: purpose.value,
    valid_from: from.value > asDay(new Date()) ? startOf(from.value) : null,
    valid_until: endOf(until.value),
  }));
  form.reset();
  at("grant-until").value = inYears(1);
  fitGrant();
  at("grant-part").open = false;
  await shownAgain(`${made.farm} shares ${what(made)} with ${whom(made)} until ${dayOf(made.valid_until).textContent}.`);
});

// --- shared with oneself --------------------------------------------------------------------------

function received(one) {
  const through = one.project ? `Through the project ${called(one.project)}` : "";
  return item(one.farm || "A farm", [
    ["What: ", what(one)],
    ["For: ", one.purpose],
    through,
    ["until ", dayOf(one.valid_until), ", agreed by ", called(one.agreed_by) || "an owner of the farm"],
  ]);
}
