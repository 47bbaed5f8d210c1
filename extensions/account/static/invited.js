// Invitations to the hub, for administrators.
import { at, button, complain, item, list, once, say, sure, when } from "./account.js";
import { onSubmit, pressed, resume } from "./acts.js";
import { get, post, remove } from "./api.js";
import { chosen, offer } from "./roles.js";

offer(at("invite-roles"));

async function invited() {
  const { items } = await get("/invitations?limit=1000");
  list("invited", items.filter((one) => one.kind === "hub").map(entry), "None are open.");
}

function entry(one) {
  const name = one.note || `as ${one.roles.toSorted().join(", ")}`;
  const back = button("Take it back", `back:${one.id}`, pressed(async () => {
    if (!(await sure("Take the invitation back?", "Who has used it already stays.", "Take it back now"))) return;
    await remove(`/invitations/${one.id}`);
    await invited();
    at("invited-title").focus();
    say("The invitation was taken back.");
  }), "quiet danger");
  back.setAttribute("aria-label", `Take back the invitation ${name}`);
  return item(name, [`roles: ${one.roles.toSorted().join(", ")}`, `used ${one.used} of ${one.uses} times`,
    ["made ", when(one.created_at), ", works until ", when(one.expires_at)]], back);
}

onSubmit(at("invite"), async (form) => {
  const { note, email, uses, days } = form.elements;
  const made = await post("/invitations", {
    roles: chosen(form), note: note.value, email: email.value.trim(), uses: Number(uses.value), days: Number(days.value),
  });
  form.reset();
  await invited();
  once(at("invited-once"), "Link of the invitation", "Whoever has it gets these roles. It is shown only now.", made.url);
});

invited().then(resume).catch((problem) => complain(problem.message));
