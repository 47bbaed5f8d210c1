// One person: name and roles, in or out, a lost password, lost factors, and where they are signed in.
import { at, button, item, list, once, say, sure, when } from "./account.js";
import { onSubmit, pressed } from "./acts.js";
import { get, patch, post, remove } from "./api.js";
import { chosen, offer } from "./roles.js";

const form = at("person-form");
const myself = document.querySelector('meta[name="person"]').content;
let person = null;
let changed = async () => {};

offer(at("person-roles"));

// `again` is called when somebody was changed, for what else shows them.
export const onChange = (again) => { changed = again; };

export async function show(one) {
  at("person-once").hidden = true;
  at("person-once").replaceChildren();
  fill(one);
  await sessions();
  at("person").hidden = false;
  at("person-title").focus();
}

// The form's name carries whose it is, so that it comes back after a confirmation.
function fill(one) {
  person = one;
  form.id = `person:${one.username}`;
  form.elements.name.value = one.name;
  for (const box of form.querySelectorAll('input[name="roles"]')) box.checked = one.roles.includes(box.value);
  at("person-title").textContent = one.name || one.username;
  at("person-about").replaceChildren(`User name ${one.username}, since `, when(one.created_at),
    ...(one.disabled_at ? [". Kept out since ", when(one.disabled_at)] : []), ".");
  const other = one.username !== myself; // nobody changes their own roles, or keeps themselves out
  at("person-roles").hidden = !other;
  at("person-actions").replaceChildren(...(other ? [letting()] : []),
    act("Make a link for a new password", "reset", resetLink),
    ...(other ? [act("Take second factors away", "factors", resetFactors, "quiet danger")] : []),
    act("Sign them out everywhere", "out", endAll, "quiet danger"));
}

const act = (text, verb, does, className) => button(text, `${verb}:${person.username}`, pressed(does), className);

function letting() {
  if (person.disabled_at) return act("Let in again", "in", () => change({ disabled: false }, "may sign in again"));
  return act("Keep out", "keep", async () => {
    const text = "They are signed out at once and cannot sign in. What they did stays. You can let them in again.";
    if (!(await sure(`Keep ${person.username} out?`, text, "Keep out now"))) return;
    await change({ disabled: true }, "is kept out");
  }, "quiet danger");
}

async function change(wanted, told) {
  fill(await patch(`/people/${person.id}`, wanted));
  await Promise.all([changed(), sessions()]);
  at("person-title").focus();
  say(`${person.username} ${told}.`);
}

onSubmit(form, async () => {
  const roles = chosen(form);
  const same = roles.length === person.roles.length && roles.every((role) => person.roles.includes(role));
  const wanted = { name: form.elements.name.value, ...(same ? {} : { roles }) };
  await change(wanted, same ? "was saved" : `has the roles: ${roles.join(", ") || "none"}. It holds from their next request on`);
});

at("person-close").addEventListener("click", () => {
  at("person").hidden = true;
  at("people-title").focus();
});

async function resetLink() {
  const made = await post(`/people/${person.id}/reset-link`);
  const until = new Date(made.expires_at).toLocaleTimeString([], { timeStyle: "short" });
  once(at("person-once"), `Link for a new password of ${person.username}`, `Hand it over to them alone. It works once, until ${until}. `
    + "A second factor is asked for as ever.", made.url);
}

async function resetFactors() {
  const text = "Only if you are sure who asked you. They are signed out, and their password is enough to sign in once more.";
  if (!(await sure(`Take the second factors of ${person.username} away?`, text, "Take them away"))) return;
  await remove(`/people/${person.id}/factors`);
  await told(`${person.username} has no second factors any more.`);
}

async function endAll() {
  const { ended } = await remove(`/people/${person.id}/sessions`);
  await told(`Browsers of ${person.username} that were signed out: ${ended}.`);
}

async function sessions() {
  const { items } = await get(`/people/${person.id}/sessions`);
  list("person-sessions", items.filter((one) => !one.ended_at).map(session), "Nowhere.");
}

function session(one) {
  const end = act("Sign it out", `end-${one.id}`, async () => {
    await remove(`/people/${person.id}/sessions/${one.id}`);
    await told("That browser is signed out.");
  }, "quiet danger");
  end.setAttribute("aria-label", `Sign out ${one.device}, last used ${new Date(one.last_seen_at).toLocaleString()}`);
  const place = [one.place, one.address && `address ${one.address}`, one.level > 1 && "two factors"].filter(Boolean);
  return item(one.device, [place.join(", "), ["signed in ", when(one.created_at), ", last used ", when(one.last_seen_at)]], end);
}

async function told(text) {
  await sessions();
  at("person-title").focus();
  say(text);
}
