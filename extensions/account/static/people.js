// People of the hub: found, made, and one of them opened.
import { at, button, complain, element, item, once } from "./account.js";
import { left, onSubmit, pressed, resume } from "./acts.js";
import { post } from "./api.js";
import { onChange, show } from "./person.js";
import { chosen, offer, paged, personCalled, ROLES } from "./roles.js";

offer(at("new-roles"));
at("find-role").append(...ROLES.map((role) => element("option", { value: role }, role)));

function entry(one) {
  const title = [one.name || one.username, one.disabled_at && element("span", { className: "mark" }, "kept out")];
  const open = button("Open", `open:${one.username}`, pressed(() => show(one)));
  open.setAttribute("aria-label", `Open ${one.username}`);
  return item(title.filter(Boolean), [`${one.username} · ${one.roles.toSorted().join(", ") || "no role"}`], open);
}

async function people() {
  const { text, role } = at("find").elements;
  const asked = new URLSearchParams({ limit: 25 });
  if (text.value.trim()) asked.set("text", text.value.trim());
  if (role.value) asked.set("role", role.value);
  await paged("people", `/people?${asked}`, entry, "Nobody fits.");
}

onChange(people);

onSubmit(at("find"), async () => {
  await people();
  return `People shown: ${at("people").querySelectorAll("h3").length}.`;
});

onSubmit(at("new"), async (form) => {
  const { username, name, email } = form.elements;
  const made = await post("/people", {
    username: username.value.trim(), name: name.value, email: email.value.trim(), roles: chosen(form),
  });
  form.reset();
  at("new-part").open = false;
  await people();
  once(at("new-once"), `Link for ${made.username}`, "Hand it over to them alone: whoever opens it first, within 24 hours, "
    + "chooses the password. It is shown only now.", made.url);
});

// Who was open when somebody left to confirm who they are is opened again.
async function open() {
  await people();
  const [, username] = left().split(":");
  const found = username && (await personCalled(username));
  if (found) await show(found);
  resume();
}

open().catch((problem) => complain(problem.message));
