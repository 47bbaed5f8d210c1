// The privacy page: what one agrees to, everything about oneself, and being erased.
import { at, button, complain, element, item, list, say, when } from "./account.js";
import { onSubmit, pressed, resume } from "./acts.js";
import { get, post, remove, replace, save } from "./api.js";

const SECOND = 1000;
const person = document.querySelector('meta[name="person"]').content;
const LAST = `privacy:export:${person}`; // the archive that was asked for last in this browser

// --- what one agrees to -------------------------------------------------------------------------

async function consents() {
  const { items } = await get("/me/consents");
  list("consent-list", items.map(consent), "There is nothing to agree to.");
}

function consent(one) {
  const word = one.given ? "Take it back" : "I agree";
  const decide = button(word, `consent-${one.purpose}`, pressed(async () => {
    await replace(`/me/consents/${one.purpose}`, { given: !one.given, terms: one.terms });
    await consents();
    document.querySelector(`[data-act="consent-${one.purpose}"]`).focus();
    say(one.given ? "You do not agree to this any more." : "You agree to this.");
  }));
  decide.setAttribute("aria-label", `${word}: ${one.sentence}`);
  const [last] = one.history;
  const state = last
    ? [one.given ? "You agreed " : "You took it back or refused ", when(last.at), `, wording of ${last.terms}.`]
    : "You did not agree.";
  const made = item(one.sentence, [state], decide);
  if (one.history.length > 1) made.append(before(one.history));
  return made;
}

const before = (history) => element("details", {}, element("summary", {}, "What I decided before"),
  element("ul", {}, ...history.map((each) => element("li", {}, each.given ? "agreed " : "not agreed ", when(each.at), `, wording of ${each.terms}`))));

// --- everything about oneself -------------------------------------------------------------------

const STATES = {
  done: "The archive is ready.",
  taken: "The archive was fetched.",
  expired: "The archive was not fetched within a day and is gone.",
  failed: "The archive could not be made.",
  cancelled: "The archive was not made.",
};
const size = (bytes) => `${Math.ceil(bytes / 1000).toLocaleString()} kB`;

async function archive() {
  const id = localStorage.getItem(LAST);
  const known = id && (await get(`/me/export/${id}`).catch(() => null));
  if (known) await follow(known);
  else offer("");
}

// Look again until the archive is ready; what has no word here is still on its way.
async function follow(one) {
  if (STATES[one.state]) return settled(one);
  offer("The archive is being made. You can leave this page and come back.", []);
  await new Promise((go) => setTimeout(go, 2 * SECOND));
  return follow(await get(`/me/export/${one.id}`));
}

function settled(one) {
  const fetch = button("Fetch the archive", "fetch", pressed(async () => {
    await save(`/me/export/${one.id}/content`, "POST");
    await archive();
    at("export-title").focus();
    return "The archive was fetched. Keep it where nobody else reads it.";
  }), "");
  const until = one.expires_at ? ["It can be fetched until ", when(one.expires_at), `, ${size(one.size)}.`] : [];
  if (one.state === "done") offer([STATES.done, " ", ...until], [fetch]);
  else offer([STATES[one.state], one.error && ` ${one.error}`]);
}

function offer(told, doing = [button("Pack everything about me", "export", pressed(ask))]) {
  at("export-state").replaceChildren(...[told].flat().filter(Boolean));
  at("export-actions").replaceChildren(...doing);
}

async function ask() {
  const made = await post("/me/export");
  localStorage.setItem(LAST, made.id);
  follow(made).catch((problem) => complain(problem.message));
  at("export-title").focus();
}

// --- being erased -------------------------------------------------------------------------------

async function erasure() {
  const wish = await get("/me/erasure").catch((problem) => {
    if (problem.status === 404) return null;
    throw problem;
  });
  const open = wish && ["waiting", "running"].includes(wish.state);
  at("erasure-open").hidden = !open;
  at("erasure-part").hidden = Boolean(open);
  if (!open) return;
  const stops = wish.hold ? ` It does not begin, because: ${wish.hold}` : "";
  at("erasure-state").replaceChildren("Your account is erased after ", when(wish.due_at), `. Until then everything is as it was.${stops}`);
  const back = button("Take it back, I stay", "stay", pressed(async () => {
    await remove("/me/erasure");
    await erasure();
    at("erasure-title").focus();
    say("You stay. Nothing is erased.");
  }), "");
  at("erasure-actions").replaceChildren(...(wish.state === "waiting" ? [back] : []));
}

onSubmit(at("erasure"), async (form) => {
  await post("/me/erasure", { username: form.elements.username.value.trim() });
  form.reset();
  at("erasure-part").open = false;
  await erasure();
  at("erasure-title").focus();
  say("Your wish is noted. You can take it back here.");
});

Promise.all([consents(), archive(), erasure()]).then(resume, (problem) => complain(problem.message));
