// Invitations to farms, projects and classes, and to the hub; the link is shown this once.
import { at, button, element, item, list, once, say, sure, when } from "./account.js";
import { onSubmit, pressed } from "./acts.js";
import { get, post, remove } from "./api.js";
import { called, isSteward, may, mine } from "./mine.js";
import { choices, PLACES } from "./places.js";
import { led, onProjects, PARTS } from "./projects.js";

const ROLES = ["farmer", "adviser", "researcher", "student", "instructor", "steward", "admin"];
const toHub = () => may("people:manage");

export async function invitations() {
  targets();
  const any = at("invitation-to").options.length > 0;
  at("invitations").hidden = !any && !isSteward();
  at("invitation-part").hidden = !any;
  if (at("invitations").hidden) return;
  const { items } = await get("/invitations?limit=200");
  list("invitation-list", items.map(entry), "None are open.");
}

function targets() {
  const chosen = at("invitation-to").value;
  const option = (kind) => (one) => element("option", { value: `${kind} ${one.id}` }, called(one));
  const group = (label, options) => (options.length ? [element("optgroup", { label }, ...options)] : []);
  at("invitation-to").replaceChildren(
    ...group("Farms", mine.decides.map(option("farm"))),
    ...group("Projects", led.filter((one) => one.kind === "project").map(option("project"))),
    ...group("Classes", led.filter((one) => one.kind === "class").map(option("project"))),
    ...(toHub() ? [element("option", { value: "hub" }, "This hub, without a farm or project")] : []));
  if (chosen) at("invitation-to").value = chosen;
  if (!at("invitation-place").options.length) {
    at("invitation-place").replaceChildren(...choices(PLACES, "worker"));
    at("invitation-part-in").replaceChildren(...choices(PARTS, "member"));
    at("invitation-roles").append(...ROLES.map((role) => element("label", { className: "check" },
      element("input", { type: "checkbox", name: "roles", value: role }), element("span", {}, role))));
  }
  fitInvitation();
}

// Shows what one can be where the invitation leads to.
export function fitInvitation() {
  const [kind, id] = at("invitation-to").value.split(" ");
  for (const part of at("invitation").querySelectorAll("[data-kind]")) part.hidden = part.dataset.kind !== kind;
  const student = [...at("invitation-part-in").options].find((option) => option.value === "student");
  student.hidden = student.disabled = led.find((one) => one.id === id)?.kind === "project";
  if (student.disabled && student.selected) at("invitation-part-in").value = "member";
}

at("invitation-to").addEventListener("change", fitInvitation);
onProjects(targets);

function where(one) {
  if (one.farm_id) return `${called(mine.decides.find((farm) => farm.id === one.farm_id) || { name: "A farm" })}, as ${one.place}`;
  if (one.project_id) return `${called(led.find((each) => each.id === one.project_id) || { name: "A project" })}, as ${one.place}`;
  return `This hub, as ${one.roles.toSorted().join(", ")}`;
}

function entry(one) {
  const back = button("Take it back", `invitation-${one.id}`, pressed(async () => {
    if (!(await sure("Take this invitation back?", `${where(one)}. The link works no more; who has joined stays.`, "Take it back"))) return;
    await remove(`/invitations/${one.id}`);
    await invitations();
    at("invitations-title").focus();
    say("The invitation was taken back.");
  }), "quiet danger");
  back.setAttribute("aria-label", `Take it back: ${where(one)} ${one.note}`.trim());
  return item(where(one), [
    one.note && `For: ${one.note}`,
    [`used ${one.used} of ${one.uses} times, works until `, when(one.expires_at)],
  ], back);
}

onSubmit(at("invitation"), async (form) => {
  const { to, place, part, note, email, uses, days } = form.elements;
  const [kind, id] = to.value.split(" ");
  const roles = [...form.querySelectorAll('input[name="roles"]:checked')].map((box) => box.value);
  const what = { farm: { farm_id: id, place: place.value }, project: { project_id: id, part: part.value }, hub: { roles } }[kind];
  const made = await post("/invitations", {
    ...what, note: note.value, email: email.value.trim(), uses: Number(uses.value), days: Number(days.value),
  });
  const mailed = email.value.trim() ? "It was mailed, too. " : "";
  form.reset();
  fitInvitation();
  at("invitation-part").open = false;
  await invitations();
  once(at("invitation-once"), `Link to ${where(made)}`, `${mailed}Shown only now. Give it only to whom it is for: whoever opens it can join.`, made.url);
});
