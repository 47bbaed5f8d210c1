// The browsers in which one is signed in.
import { at, button, element, item, list, say, sure, when } from "./account.js";
import { pressed } from "./acts.js";
import { get, remove } from "./api.js";

const REASONS = {
  signed_out: "signed out there",
  revoked: "ended from this list",
  limit: "signed in elsewhere once too often",
  administrator: "ended by an administrator",
  institution: "signed out at the institution",
  replaced: "replaced by a new sign-in in the same browser",
  credentials: "password, second factor or account was changed",
};
const METHODS = { local: "password or passkey" };

export async function sessions() {
  const { items } = await get("/me/sessions");
  const living = items.filter((one) => !one.ended_at);
  list("session-list", living.map(entry), "None.");
  const ended = items.filter((one) => one.ended_at);
  at("ended-part").hidden = !ended.length;
  list("ended-list", ended.map((one) => item(one.device, [place(one), ["ended ", when(one.ended_at), `: ${REASONS[one.ended_because] || "over"}`]])), "None.");
  const others = button("Sign out everywhere else", "others", pressed(endOthers), "quiet danger");
  const all = button("Sign out everywhere", "all", pressed(endAll), "quiet danger");
  at("session-actions").replaceChildren(...(living.length > 1 ? [others] : []), all);
}

const place = ({ place: country, address }) => [country, address && `address ${address}`].filter(Boolean).join(", ");

function entry(one) {
  const title = one.current ? [one.device, element("span", { className: "mark" }, "this browser")] : one.device;
  const how = [METHODS[one.method] || one.method, one.level > 1 ? "two factors" : ""].filter(Boolean).join(", ");
  const lines = [
    place(one),
    ["signed in ", when(one.created_at), ` (${how}), last used `, when(one.last_seen_at)],
    ["ends by itself ", when(one.expires_at), " if it is not used"],
  ];
  if (one.current) return item(title, lines);
  const end = button("Sign out", `session-${one.id}`, pressed(async () => {
    await remove(`/me/sessions/${one.id}`);
    await told("That browser is signed out.");
  }), "quiet danger");
  end.setAttribute("aria-label", `Sign out ${one.device}, last used ${new Date(one.last_seen_at).toLocaleString()}`);
  return item(title, lines, end);
}

async function told(text) {
  await sessions();
  at("sessions-title").focus();
  say(text);
}

async function endOthers() {
  const { ended } = await remove("/me/sessions");
  await told(`Browsers that were signed out: ${ended}.`);
}

async function endAll() {
  const text = "Also of this browser: you sign in again to go on.";
  if (!(await sure("Sign out everywhere?", text, "Sign out"))) return;
  await remove("/me/sessions?this_too=true");
  location.assign("/hub/login");
}
