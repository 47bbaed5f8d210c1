// What all pages of accounts show: sentences, questions, times, lists, and secrets shown once.
import { element } from "./element.js";

export { element };
export const at = (id) => document.getElementById(id);

// What was done, read out by screen readers; and what went wrong. Each takes the other away.
export function say(text) {
  at("error").hidden = true;
  at("said").textContent = text;
}

// Takes a problem of the API or a sentence; who is signed out finds the way back to this page.
export function complain(problem) {
  const away = problem.status === 401 && !problem.stepUp;
  const next = encodeURIComponent(location.pathname);
  const back = element("a", { href: `/hub/login?next=${next}` }, "Sign in again");
  at("said").textContent = "";
  at("error").replaceChildren(...(away ? ["You have been signed out. ", back] : [sentence(problem)]));
  at("error").hidden = !problem;
  at("error").scrollIntoView({ block: "nearest" });
}

// Errors without a status are ours: their texts mean nothing to people.
function sentence(problem) {
  if (!(problem instanceof Error)) return problem;
  if (problem.status !== undefined) return problem.message;
  console.error(problem);
  return "Something went wrong on this page. Load it again.";
}

// A time as people here write it, marked for programs; "never" or what is given for none.
export function when(time, none = "never") {
  if (!time) return none;
  const form = time.length > 10 ? { dateStyle: "medium", timeStyle: "short" } : { dateStyle: "medium" };
  return element("time", { dateTime: time }, new Date(time).toLocaleString([], form));
}

// `name` tells the button from others when somebody comes back from confirming who they are.
export function button(text, name, press, className = "quiet") {
  return element("button", { type: "button", className, textContent: text, "data-act": name, onclick: press });
}

// One thing of a list: a heading, lines of text or elements, and what can be done with it.
export function item(title, lines, ...actions) {
  const told = lines.filter(Boolean).map((line) => element("p", {}, ...[line].flat()));
  const doing = actions.length ? [element("div", { className: "actions" }, ...actions)] : [];
  return element("li", {}, element("h3", {}, ...[title].flat()), ...told, ...doing);
}

// Put items into a list; `none` stands there when it is empty.
export function list(id, items, none) {
  at(id).replaceChildren(...(items.length ? items : [element("li", { className: "none" }, none)]));
}

// Ask before something that cannot be undone: true when the answer was yes.
export function sure(question, text, yes) {
  const name = element("h2", { id: "question" }, question);
  const no = element("button", { value: "", className: "quiet", textContent: "Cancel", autofocus: true });
  const go = element("button", { value: "yes", className: "danger", textContent: yes });
  const form = element("form", { method: "dialog" }, name, element("p", {}, text),
    element("div", { className: "actions" }, go, no));
  const dialog = element("dialog", { "aria-labelledby": "question" }, form);
  document.body.append(dialog);
  const before = document.activeElement;
  return new Promise((answered) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus();
      answered(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}

// A secret that is shown this once: in `place`, with buttons to copy it, to print it where that is
// of use, and to put it away.
export function once(place, title, text, secret, { print = false } = {}) {
  const heading = element("h3", { tabIndex: -1 }, title);
  const copied = element("span", { role: "status" });
  const box = element("div", { className: "once" }, heading, element("p", {}, text),
    element("pre", { className: "secret", tabIndex: 0, "aria-label": title }, secret));
  const doing = [
    button("Copy", "copy", async () => { copied.textContent = await copy(secret); }, ""),
    ...(print ? [button("Print", "print", () => printed(box))] : []),
    button("I have kept it", "kept", () => {
      place.hidden = true;
      box.remove();
      const back = place.closest("section")?.querySelector("h2");
      back?.setAttribute("tabindex", "-1");
      back?.focus();
    }),
  ];
  box.append(element("div", { className: "actions" }, ...doing, copied));
  place.replaceChildren(box);
  place.hidden = false;
  heading.focus();
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied.";
  } catch { // older browsers, and addresses without https
    return "This browser does not let the page copy. Select the text by hand.";
  }
}

// Print one box of the page and nothing else.
function printed(box) {
  box.classList.add("printed");
  document.body.classList.add("printing");
  window.print();
  document.body.classList.remove("printing");
  box.classList.remove("printed");
}
