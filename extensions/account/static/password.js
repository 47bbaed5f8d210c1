// Password and e-mail address.
import { at, button } from "./account.js";
import { confirm, onSubmit, pressed, STEP_UP } from "./acts.js";
import { get, remove, replace } from "./api.js";
import { sessions } from "./sessions.js";

const RECENT_MS = 9 * 60 * 1000; // the hub takes 10 minutes; typing takes some of them

// Passwords are not kept while somebody confirms who they are, so that is done before they type.
export async function password() {
  const { items } = await get("/me/sessions");
  const proved = Date.parse(items.find((one) => one.current)?.proved_at || 0);
  const fits = () => Date.now() - proved < RECENT_MS;
  const look = () => {
    at("password").hidden = !fits();
    at("password-first").hidden = fits();
  };
  look();
  at("password-part").addEventListener("toggle", look);
  at("password-confirm").addEventListener("click", () => confirm(STEP_UP, at("password")));
  at("show").addEventListener("change", ({ target }) => {
    for (const name of ["current", "new"]) at(name).type = target.checked ? "text" : "password";
  });
}

onSubmit(at("password"), async (form) => {
  const { current, new: after, end_other_sessions: others } = form.elements;
  await replace("/me/password", {
    current: current.value, new: after.value, end_other_sessions: others.checked,
  });
  form.reset();
  for (const field of [current, after]) field.type = "password";
  at("password-part").open = false;
  at("password-title").focus();
  await sessions();
  return others.checked ? "The password was changed. You are signed out everywhere else." : "The password was changed.";
});

export async function email() {
  const { email: address } = await get("/me/email");
  at("email-now").textContent = address
    ? `${address}, verified. Letters about your account go there.`
    : "None that was verified. Without one nobody can mail you when something happens to your account, or a link when you forget your password.";
  at("email-summary").textContent = address ? "Use another address" : "Add an address";
  const take = button("Remove the address", "email-remove", pressed(async () => {
    await remove("/me/email");
    await email();
    at("email-title").focus();
    return "The address was removed.";
  }), "quiet danger");
  at("email-actions").replaceChildren(...(address ? [take] : []));
}

onSubmit(at("email"), async (form) => {
  const { email: field } = form.elements;
  const address = field.value.trim();
  await replace("/me/email", { email: address });
  form.reset();
  return `A link is on its way to ${address}. Open it within 24 hours, signed in here.`;
});
