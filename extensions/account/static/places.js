// Places of people on farms: who has one, as what, until when.
import { at, button, element, item, list, say, sure } from "./account.js";
import { onSubmit, pressed } from "./acts.js";
import { get, post, remove } from "./api.js";
import { asDay, dayOf, endOf } from "./dates.js";
import { called, know, mine, naming, options, shown } from "./mine.js";

export const PLACES = {
  owner: "Owner: enters and changes everything, decides who belongs here and what is shared",
  worker: "Worker: enters and changes everything",
  adviser: "Adviser: sees everything",
  reader: "Reader: sees everything",
};

export const choices = (words, chosen = "") =>
  Object.entries(words).map(([value, text]) => element("option", { value, selected: value === chosen }, text));

export async function places() {
  list("own-place-list", mine.me.farms.map((farm) => item(called(farm), [`You are ${farm.my_role} here.`])),
    "You have no place on a farm.");
  if (!mine.decides.length) return;
  at("places").hidden = false;
  if (!at("place-farm").options.length) {
    at("place-farm").replaceChildren(...options());
    at("place-role").replaceChildren(...choices(PLACES, "worker"));
  }
  const farms = shown();
  const members = await Promise.all(farms.map((farm) => get(`/farms/${farm.id}/members`)));
  const entries = members.flatMap(({ items }, index) => items.map((one) => entry(farms[index], one)));
  list("place-list", entries, "Nobody.");
}

function entry(farm, one) {
  know("people", one.username, one.name);
  const name = called(one) || "somebody";
  const title = `${name} on ${called(farm)}`;
  const gone = button("Take it away", `place-${farm.id}-${one.person_id}`, pressed(async () => {
    if (!(await sure(`Take the place of ${title} away?`, "They see the farm no more from their next request on.", "Take it away"))) return;
    await remove(`/farms/${farm.id}/members/${one.person_id}`);
    await shownAgain(`${name} has no place on ${called(farm)} any more.`);
  }), "quiet danger");
  gone.setAttribute("aria-label", `Take it away: the place of ${title}`);
  const until = one.valid_until ? [" until ", dayOf(one.valid_until)] : [];
  const made = item([title, ...(one.person_id === mine.me.id ? [element("span", { className: "mark" }, "you")] : [])],
    [[one.role, " since ", dayOf(one.valid_from), ...until]], gone);
  made.append(change(farm, one, name));
  return made;
}

function change(farm, one, name) {
  const key = `${farm.id}-${one.person_id}`;
  const role = element("select", { id: `role-${key}`, name: "role" }, ...choices(PLACES, one.role));
  const until = element("input", { id: `end-${key}`, name: "valid_until", type: "date", value: one.valid_until ? asDay(one.valid_until) : "" });
  const form = element("form", { id: `place-form-${key}` },
    element("div", { className: "field" }, element("label", { htmlFor: role.id }, "As"), role),
    element("div", { className: "field" }, element("label", { htmlFor: until.id }, "Until the end of (empty: open)"), until),
    element("div", { className: "actions" }, element("button", { type: "submit" }, "Change it")));
  onSubmit(form, async () => {
    const place = { person_id: one.person_id, role: role.value, valid_until: endOf(until.value) };
    await post(`/farms/${farm.id}/members`, place);
    await shownAgain(`${name} is ${role.value} on ${called(farm)} now.`);
  });
  return element("details", {}, element("summary", { "aria-label": `Change the place of ${name} on ${called(farm)}` }, "Change"), form);
}

async function shownAgain(text) {
  mine.me = await get("/me"); // one's own place may be another now
  await places();
  at("places-title").focus();
  say(text);
}

onSubmit(at("place"), async (form) => {
  const { farm_id: farm, username, role, valid_until: until } = form.elements;
  const place = { username: username.value.trim(), role: role.value, valid_until: endOf(until.value) };
  const made = await naming(post(`/farms/${farm.value}/members`, place));
  const on = farm.selectedOptions[0].textContent;
  form.reset();
  at("place-part").open = false;
  await shownAgain(`${called(made)} is ${made.role} on ${on} now.`);
});
