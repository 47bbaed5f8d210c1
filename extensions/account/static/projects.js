// Projects and classes: those one belongs to, who else does, and new ones.
import { at, button, complain, element, item, list, say, sure } from "./account.js";
import { onSubmit, pressed } from "./acts.js";
import { get, patch, post, remove } from "./api.js";
import { asDay, dayOf, endOf } from "./dates.js";
import { called, isSteward, know, may, mine, naming } from "./mine.js";
import { choices } from "./places.js";

export const PARTS = {
  lead: "Lead: decides who belongs to it",
  member: "Member: sees what farms share with it",
  student: "Student: works with data made for teaching",
};
export const led = [];
const KINDS = { project: "Project", class: "Class" };

// Students have places in classes only.
export const partsOf = (kind) =>
  Object.fromEntries(Object.entries(PARTS).filter(([part]) => kind === "class" || part !== "student"));

export async function projects() {
  if (!may("projects:read")) return;
  at("projects").hidden = false;
  at("project-part").hidden = !may("projects:manage");
  const { items } = await get("/projects?limit=200");
  led.splice(0, led.length, ...items.filter(leads));
  list("project-list", await Promise.all(items.map(entry)), "You belong to none.");
}

const wrong = (problem) => complain(problem.message);
const leads = (one) => may("projects:manage") && (one.my_role === "lead" || isSteward());

async function entry(one) {
  if (one.kind === "project") know("projects", one.code, one.name);
  const part = one.my_role ? `You are its ${one.my_role}.` : "";
  const ends = one.valid_until ? ["until ", dayOf(one.valid_until)] : [];
  const made = item([called(one), element("span", { className: "mark" }, KINDS[one.kind])],
    [one.purpose, [part, part && ends.length ? " It goes on " : "", ...ends]]);
  if (leads(one)) made.append(await people(one), change(one));
  return made;
}

// --- who belongs to it --------------------------------------------------------------------------

// Those of one's own stand there at once, so that one comes back to them from confirming.
async function people(one) {
  const inside = element("div");
  const part = element("details", {}, element("summary", {}, `Who belongs to ${called(one)}`), inside);
  if (one.my_role === "lead") await fill(one, inside);
  else part.addEventListener("toggle", () => part.open && !inside.hasChildNodes() && fill(one, inside).catch(wrong));
  return part;
}

async function fill(one, inside) {
  const { items } = await get(`/projects/${one.id}/members`);
  const rows = element("ul", {}, ...items.map((member) => person(one, member)));
  inside.replaceChildren(rows, adding(one));
}

function person(one, member) {
  know("people", member.username, member.name);
  const name = called(member) || "somebody";
  const until = member.valid_until ? [" until ", dayOf(member.valid_until)] : [];
  const gone = button("Take it away", `part-${one.id}-${member.person_id}`, pressed(async () => {
    const text = "They see no more what farms share with it, from their next request on.";
    if (!(await sure(`Take the place of ${name} in ${called(one)} away?`, text, "Take it away"))) return;
    await remove(`/projects/${one.id}/members/${member.person_id}`);
    await shownAgain(`${name} does not belong to ${called(one)} any more.`);
  }), "quiet danger");
  gone.setAttribute("aria-label", `Take it away: the place of ${name} in ${called(one)}`);
  return item([name, ...(member.person_id === mine.me.id ? [element("span", { className: "mark" }, "you")] : [])],
    [[member.role, " since ", dayOf(member.valid_from), ...until]], gone);
}

function adding(one) {
  const key = `member-${one.id}`;
  const form = element("form", { id: key },
    field("User name", element("input", { id: `${key}-name`, name: "username", maxLength: 200, autocomplete: "off", autocapitalize: "off" })),
    field("As", element("select", { id: `${key}-role`, name: "role" }, ...choices(partsOf(one.kind), one.kind === "class" ? "student" : "member"))),
    field("Until the end of (empty: open)", element("input", { id: `${key}-until`, name: "valid_until", type: "date" })),
    element("div", { className: "actions" }, element("button", { type: "submit" }, "Give or change the place")));
  form.elements.username.setAttribute("list", "known-people");
  onSubmit(form, async () => {
    const { username, role, valid_until: until } = form.elements;
    const place = { username: username.value.trim(), role: role.value, valid_until: endOf(until.value) };
    const made = await naming(post(`/projects/${one.id}/members`, place));
    await shownAgain(`${called(made)} is ${made.role} in ${called(one)} now.`);
  });
  return form;
}

const field = (label, input) =>
  element("div", { className: "field" }, element("label", { htmlFor: input.id }, label), input);

// --- changing and making ------------------------------------------------------------------------

function change(one) {
  const key = `project-${one.id}`;
  const form = element("form", { id: key },
    field("Name", element("input", { id: `${key}-name`, name: "name", value: one.name, maxLength: 200, autocomplete: "off" })),
    field("What it is for", element("textarea", { id: `${key}-purpose`, name: "purpose", value: one.purpose, rows: 3, maxLength: 1000 })),
    field("Ends on (empty: open)", element("input", { id: `${key}-until`, name: "valid_until", type: "date", value: one.valid_until ? asDay(one.valid_until) : "" })),
    element("div", { className: "actions" }, element("button", { type: "submit" }, "Change it")));
  onSubmit(form, async () => {
    const { name, purpose, valid_until: until } = form.elements;
    await patch(`/projects/${one.id}`, { name: name.value, purpose: purpose.value, valid_until: endOf(until.value) });
    await shownAgain(`${name.value} was changed.`);
  });
  return element("details", {}, element("summary", {}, `Change ${called(one)}`), form);
}

const listeners = [];
export const onProjects = (told) => listeners.push(told); // who else shows projects

async function shownAgain(text) {
  await projects();
  listeners.forEach((told) => told());
  at("projects-title").focus();
  say(text);
}

onSubmit(at("project"), async (form) => {
  const { kind, name, code, purpose, valid_until: until } = form.elements;
  const made = await post("/projects", {
    kind: kind.value, name: name.value, code: code.value.trim(), purpose: purpose.value, valid_until: endOf(until.value),
  });
  form.reset();
  at("project-part").open = false;
  await shownAgain(`${called(made)} was made. You lead it.`);
});
