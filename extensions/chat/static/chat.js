// The page of Emilia: the list of conversations, one conversation, and the question being asked.
import { get, patch, post, remove, save } from "./api.js";
import { element } from "./element.js";
import { message } from "./show.js";

const at = (id) => document.getElementById(id);
const state = { conversation: null, earlier: null, older: null, pending: null, busy: false };

// --- saying what is going on -----------------------------------------------------------------

function complain(problem, again = null) {
  at("error-text").textContent = problem.message || "Something went wrong on this page. Load it again.";
  at("retry").hidden = !again;
  at("retry").onclick = again;
  at("error").hidden = false;
}

function calm() {
  at("error").hidden = true;
}

function working(on) {
  state.busy = on;
  at("busy").hidden = !on;
  at("send").disabled = on;
  at("scroll").setAttribute("aria-busy", String(on));
  if (on) toEnd();
}

async function attempt(action, again = null) {
  calm();
  try {
    return await action();
  } catch (problem) {
    complain(problem, again);
    return undefined;
  }
}

function toEnd() {
  at("scroll").scrollTop = at("scroll").scrollHeight;
}

// --- the list --------------------------------------------------------------------------------

async function list(cursor = null) {
  const page = await get(`/conversations?limit=30${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  const items = page.items.map((one) => element("li", {}, entry(one)));
  if (cursor) at("conversations").append(...items);
  else at("conversations").replaceChildren(...items);
  state.older = page.next_cursor;
  at("more-conversations").hidden = !state.older;
  mark();
}

function entry(one) {
  const day = new Date(one.updated_at).toLocaleDateString([], { dateStyle: "medium" });
  const link = element("a", { href: `#${one.id}` }, one.title, element("small", {}, day));
  link.dataset.id = one.id;
  return link;
}

function mark() {
  for (const link of at("conversations").querySelectorAll("a")) {
    if (link.dataset.id === state.conversation?.id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function toggleList(open) {
  document.body.classList.toggle("listing", open);
  at("open-list").setAttribute("aria-expanded", String(open));
}

// --- one conversation ------------------------------------------------------------------------

async function open(id) {
  const [conversation, page] = await Promise.all([
    get(`/conversations/${id}`),
    get(`/conversations/${id}/messages?limit=50`),
  ]);
  state.conversation = conversation;
  at("messages").replaceChildren(...page.items.reverse().map(message));
  state.earlier = page.next_cursor;
  head();
  offerAnswer(page.items.at(-1));
  toEnd();
}

function head() {
  const { conversation } = state;
  at("bar").hidden = !conversation;
  at("title").textContent = conversation?.title ?? "";
  at("earlier").hidden = !state.earlier;
  at("welcome").hidden = at("messages").childElementCount > 0;
  document.title = conversation ? `${conversation.title} · Emilia` : "Emilia";
  mark();
}

function offerAnswer(last) {
  if (last?.author !== "person") return;
  complain(
    { message: "This question has no answer yet." },
    () => answer({ id: last.id, text: last.text }),
  );
}

function startNew() {
  state.conversation = state.earlier = null;
  at("messages").replaceChildren();
  head();
  calm();
  at("question").focus();
}

async function earlier() {
  const path = `/conversations/${state.conversation.id}/messages`;
  const page = await get(`${path}?limit=50&cursor=${encodeURIComponent(state.earlier)}`);
  const before = at("scroll").scrollHeight;
  at("messages").prepend(...page.items.reverse().map(message));
  at("scroll").scrollTop += at("scroll").scrollHeight - before;
  state.earlier = page.next_cursor;
  at("earlier").hidden = !state.earlier;
}

// --- asking ----------------------------------------------------------------------------------

// The id is made here, once for each question, so that a repeated request is one question.
async function ask(text) {
  if (!text.trim() || state.busy) return;
  at("question").value = "";
  await answer({ id: crypto.randomUUID(), text: text.trim() });
}

async function answer(question) {
  at("welcome").hidden = true;
  if (!at(`m-${question.id}`)) {
    at("messages").append(message({ ...question, author: "person", created_at: new Date().toISOString() }));
  }
  working(true);
  await attempt(() => turn(question), () => answer(question));
  working(false);
  at("question").focus();
}

async function turn(question) {
  const isNew = !state.conversation;
  if (isNew) state.conversation = await post("/conversations", {});
  const { id } = state.conversation;
  const said = await post(`/conversations/${id}/messages`, question);
  at(`m-${question.id}`).replaceWith(message(said.question));
  at("messages").append(message(said.answer));
  working(false); // the next question need not wait for the list
  at(`m-${said.answer.id}`).scrollIntoView({ block: "nearest" });
  if (isNew) history.replaceState(null, "", `#${id}`);
  state.conversation = await get(`/conversations/${id}`);
  head();
  await list();
}

// --- examples with names that exist --------------------------------------------------------------

async function examples() {
  const animal = await anAnimal().catch(() => undefined);
  const [values, evaluations] = await Promise.allSettled([
    animal ? get(`/animals/${animal.id}/breeding-values?limit=1`) : undefined,
    get("/evaluations?limit=1&published=true"),
  ]);
  const tag = animal?.tag;
  const trait = values.value?.items[0]?.trait
    ?? evaluations.value?.items[0]?.traits[0] ?? "weaning_weight";
  const questions = [
    "How many animals do I have by breed and sex?",
    `Which are the best 5 animals for ${trait.replaceAll("_", " ")}?`,
    tag ? `Tell me about animal ${tag}` : "Tell me about animal ",
  ];
  at("examples").replaceChildren(...questions.map(example));
}

// A farmer's own animal where there is one: a shared farm may keep another species.
async function anAnimal() {
  const farms = await get("/farms?mine=true&limit=1");
  const farm = farms.items[0] ? `&farm=${farms.items[0].id}` : "";
  return (await get(`/animals?limit=1&status=alive${farm}`)).items[0];
}

function example(question) {
  const button = element("button", { type: "button", className: "example" }, question.trimEnd());
  button.addEventListener("click", () => {
    if (!question.endsWith(" ")) return ask(question);
    at("question").value = question; // a tag is still wanted
    return at("question").focus();
  });
  return button;
}

// --- what people do ------------------------------------------------------------------------------

// `returnValue` is kept from the time before, so it is emptied first: Escape must mean "cancel".
function choose(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"), { once: true });
  });
}

async function rename() {
  const { id, title, version } = state.conversation;
  at("new-title").value = title;
  const wanted = choose(at("rename-dialog"));
  at("new-title").select();
  if (!(await wanted) || !at("new-title").value.trim()) return;
  const change = { title: at("new-title").value, version };
  state.conversation = await patch(`/conversations/${id}`, change);
  head();
  await list();
}

async function forget() {
  const { id, title } = state.conversation;
  at("delete-title").textContent = title;
  if (!(await choose(at("delete-dialog")))) return;
  await remove(`/conversations/${id}`);
  history.replaceState(null, "", location.pathname);
  startNew();
  await list();
}

async function follow() {
  const id = location.hash.slice(1);
  toggleList(false);
  if (id === state.conversation?.id) return;
  if (/^[0-9a-f-]{36}$/.test(id)) await attempt(() => open(id));
  else startNew();
}

at("ask").addEventListener("submit", (event) => { event.preventDefault(); ask(at("question").value); });
at("question").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  ask(at("question").value);
});
at("new").addEventListener("click", () => {
  history.pushState(null, "", location.pathname);
  toggleList(false);
  startNew();
});
at("open-list").addEventListener("click", () => toggleList(!document.body.classList.contains("listing")));
at("more-conversations").addEventListener("click", () => attempt(() => list(state.older)));
at("earlier").addEventListener("click", () => attempt(earlier));
at("rename").addEventListener("click", () => attempt(rename));
at("delete").addEventListener("click", () => attempt(forget));
for (const form of ["json", "markdown"]) {
  at(`export-${form}`).addEventListener("click", () =>
    attempt(() => save(`/conversations/${state.conversation.id}/export?format=${form}`)));
}
for (const button of document.querySelectorAll("dialog .cancel")) {
  button.addEventListener("click", () => button.closest("dialog").close(""));
}
document.addEventListener("keydown", (event) => { if (event.key === "Escape") toggleList(false); });
window.addEventListener("hashchange", follow);
window.addEventListener("popstate", follow);

await Promise.all([attempt(() => list()), examples(), follow()]);
