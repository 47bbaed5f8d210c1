// Doing something through the API from a form or a button: one at a time, with what was wrong at
// its field, and with what was typed kept while somebody confirms who they are on another page.
import { at, complain, say } from "./account.js";
import { Problem } from "./api.js";

export const STEP_UP = "/hub/step-up";
const KEPT_MS = 15 * 60 * 1000;
const place = `account:${location.pathname}`;
const person = () => document.querySelector('meta[name="person"]').content;

// `act(form)` sends what the form says; the sentence it gives is said. Password fields are emptied
// by it where they should be.
export function onSubmit(form, act) {
  form.noValidate = true; // the API says what is wrong, in one voice
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clear(form);
    run(form.querySelector('button[type="submit"], button:not([type])'), () => act(form), form);
  });
}

// The same for a button: `act` is called when it is pressed.
export const pressed = (act) => (event) => run(event.currentTarget, act);

async function run(button, act, form = null) {
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true"); // and not disabled, which would take the focus away
  say("");
  try {
    const told = await act();
    if (told) say(told);
  } catch (problem) {
    if (problem.stepUp) confirm(problem.stepUp, form, button);
    else if (form && problem instanceof Problem) show(form, problem);
    else complain(problem);
  }
  button.removeAttribute("aria-busy");
}

// --- what was wrong with which field ---------------------------------------------------------

function show(form, problem) {
  const lost = problem.errors.filter((wrong) => !mark(form, wrong));
  form.querySelector("[aria-invalid]")?.focus();
  if (!problem.errors.length) complain(problem);
  else if (lost.length) complain(lost.map(sentence).join(" "));
}

const sentence = ({ message, remedy }) => [message, remedy].filter(Boolean).join(" ");

function mark(form, wrong) {
  const names = wrong.where.split(".");
  const found = names.map((name) => form.elements[name]).find(Boolean);
  const field = found instanceof RadioNodeList ? found[0] : found;
  if (!field) return false;
  const note = document.createElement("p");
  note.className = "wrong";
  note.id = `${form.id}-${field.name}-wrong`;
  note.textContent = sentence(wrong);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", [note.id, field.dataset.about].filter(Boolean).join(" "));
  (field.closest("fieldset, .field") || field).append(note);
  return true;
}

function clear(form) {
  form.querySelectorAll("p.wrong").forEach((note) => note.remove());
  form.querySelectorAll("[aria-invalid]").forEach((field) => {
    field.removeAttribute("aria-invalid");
    if (field.dataset.about) field.setAttribute("aria-describedby", field.dataset.about);
    else field.removeAttribute("aria-describedby");
  });
}

// --- confirming who one is, and coming back --------------------------------------------------

// Go to the page that asks for a password or passkey again. Secrets are never kept.
export function confirm(page, form, button = null) {
  const kept = {
    person: person(),
    until: Date.now() + KEPT_MS,
    form: form?.id || "",
    values: form ? [...form.elements].filter(keepable).map(({ name, value, checked }) => ({ name, value, checked })) : [],
    act: button?.dataset.act || "",
  };
  sessionStorage.setItem(place, JSON.stringify(kept));
  location.assign(`${page}?next=${encodeURIComponent(location.pathname)}`);
}

const keepable = (field) => field.name && field.type !== "password" && !("secret" in field.dataset);

function waiting() {
  const kept = JSON.parse(sessionStorage.getItem(place) || "null");
  return kept && kept.person === person() && kept.until >= Date.now() ? kept : null;
}

// The id of the form, or the name of the button, that somebody left for a confirmation.
export const left = () => waiting()?.form || waiting()?.act || "";

// Called when the page shows everything: what was typed before stands there again.
export function resume() {
  const kept = waiting();
  sessionStorage.removeItem(place);
  if (!kept) return;
  const button = kept.form ? refill(at(kept.form), kept.values) : document.querySelector(`[data-act="${CSS.escape(kept.act)}"]`);
  if (!button) return;
  for (let around = button.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  button.focus();
  const next = button.textContent.trim(); // a field for a password has none
  say(next ? `Nothing was done yet. Press “${next}” once more to go on.` : "Nothing was done yet. You can type it now.");
}

function refill(form, values) {
  if (!form) return null;
  for (const { name, value, checked } of values) {
    const same = [...form.elements].filter((field) => field.name === name);
    const field = same.find((one) => !["checkbox", "radio"].includes(one.type) || one.value === value);
    if (!field) continue;
    if (["checkbox", "radio"].includes(field.type)) field.checked = checked;
    else field.value = value;
  }
  return form.querySelector('input[type="password"]') || form.querySelector('button[type="submit"], button:not([type])');
}
