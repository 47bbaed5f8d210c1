// Second factors: authenticator apps, passkeys, recovery codes.
import { at, button, element, item, list, once, say, sure, when } from "./account.js";
import { onSubmit, pressed } from "./acts.js";
import { get, patch, post, Problem, remove } from "./api.js";

const KINDS = { totp: "Authenticator app", passkey: "Passkey" };
const REASONS = {
  NotAllowedError: "No passkey was made: it was cancelled, or took too long.",
  InvalidStateError: "This device has a passkey for this account already.",
  SecurityError: "Passkeys do not work at this address. Open the hub at its own address.",
};
let mine = null;
let started = "";

export async function factors() {
  mine = await get("/me/factors");
  const { factors: all, recovery_codes_left: left, wanted_level: wanted, passkeys_possible: possible } = mine;
  at("factors-about").textContent = about(all.length, wanted);
  list("factor-list", all.map(entry), "None yet.");
  const able = possible && window.PublicKeyCredential?.parseCreationOptionsFromJSON;
  at("passkey").hidden = !able;
  at("passkey-not").hidden = Boolean(able);
  at("passkey-not").textContent = possible
    ? "This browser is too old for passkeys here. Bring it up to date, or add an app."
    : "Passkeys need the hub at an address with a name and https. Add an app instead.";
  const said = element("span", {}, `Recovery codes left: ${left}.`);
  const make = button("Make new recovery codes", "codes", pressed(renew));
  at("codes-actions").replaceChildren(...(all.length ? [said, make] : []));
}

function about(count, wanted) {
  const asked = wanted > 1 ? "Your roles ask for two factors. " : "";
  if (count) return `${asked}You are asked for one of these after your password.`;
  return `${asked}A password can be guessed or read over a shoulder. A second factor is something you have.`;
}

function entry(one) {
  const kind = one.kind === "passkey" && one.synced ? "Passkey, copied to your devices by its maker" : KINDS[one.kind];
  const field = element("input", { id: `name-${one.id}`, name: "name", value: one.name, maxLength: 200, autocomplete: "off" });
  const form = element("form", { id: `rename-${one.id}` },
    element("div", { className: "field" }, element("label", { htmlFor: field.id }, "New name"), field),
    element("div", { className: "actions" }, element("button", { type: "submit" }, "Rename it")));
  onSubmit(form, async () => {
    await patch(`/me/factors/${one.id}`, { name: field.value });
    await shown("It has another name now.");
  });
  const naming = element("details", {}, element("summary", {}, `Rename ${one.name}`), form);
  const gone = button("Remove", `remove-${one.id}`, pressed(async () => {
    if (!(await sure(`Remove ${one.name}?`, "You cannot sign in with it any more.", "Remove it"))) return;
    await remove(`/me/factors/${one.id}`);
    await shown(`${one.name} was removed.`);
  }), "quiet danger");
  gone.setAttribute("aria-label", `Remove ${one.name}`);
  const made = item(one.name, [kind, ["added ", when(one.created_at), ", last used ", when(one.last_used_at)]], gone);
  made.append(naming);
  return made;
}

async function shown(text) {
  await factors();
  at("factors-title").focus();
  say(text);
}

// --- an app ----------------------------------------------------------------------------------

onSubmit(at("totp"), async (form) => {
  const made = await post("/me/factors/totp", { name: form.elements.name.value });
  started = made.id;
  at("totp-picture").src = `data:image/svg+xml,${encodeURIComponent(made.picture)}`;
  at("totp-secret").textContent = made.secret;
  at("totp-started").hidden = false;
  form.hidden = true;
  at("totp-title").focus();
  at("totp-started").scrollIntoView({ block: "nearest" });
});

onSubmit(at("totp-confirm"), async (form) => {
  const made = await post(`/me/factors/totp/${started}/confirm`, { code: form.elements.code.value });
  form.reset();
  at("totp-secret").textContent = "";
  at("totp-picture").removeAttribute("src");
  at("totp-started").hidden = true;
  at("totp").hidden = false;
  at("totp-part").open = false;
  await added(made);
});

// --- a passkey -------------------------------------------------------------------------------

onSubmit(at("passkey"), async (form) => {
  const { options } = await post("/me/factors/passkeys/options");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey }).catch((error) => {
    throw new Problem(REASONS[error.name] || error.message, 0);
  });
  const name = form.elements.name.value;
  const made = await post("/me/factors/passkeys", { name, credential: credential.toJSON() });
  at("passkey-part").open = false;
  await added(made);
});

// --- recovery codes --------------------------------------------------------------------------

// Whoever has no codes gets them with the first factor, before the factor can be lost.
async function added(factor) {
  await shown(`${factor.name} was added.`);
  if (!mine.recovery_codes_left) await codes();
}

async function renew() {
  const text = "The codes that you have now work no more.";
  if (mine.recovery_codes_left && !(await sure("Make new recovery codes?", text, "Make them"))) return;
  await codes();
}

async function codes() {
  const { codes: made } = await post("/me/recovery-codes");
  await factors();
  once(at("factor-once"), "Your recovery codes", "Each replaces your second factor once, when it is lost. "
    + "They are shown only now: print them, or keep them where you keep passwords.", made.join("\n"), { print: true });
}
