// Personal access tokens, and permissions in words.
import { at, button, element, item, list, once, say, sure, when } from "./account.js";
import { onSubmit, pressed } from "./acts.js";
import { get, post, remove } from "./api.js";

const GROUPS = [
  ["Animals and records", ["animals", "records", "events", "reports", "breeding"]],
  ["Farms, sharing and projects", ["farms", "sharing", "projects"]],
  ["Genetics", ["genotypes", "evaluations", "associations"]],
  ["Data", ["imports", "exports", "datasets", "lineage", "sources", "jobs"]],
  ["Emilia", ["chat"]],
  ["Your account", ["account"]],
  ["The hub", ["people", "audit"]],
];
const sentences = JSON.parse(at("token-scopes").dataset.permissions);

// What a permission allows, in words; its name where this person does not have it (any more).
export const inWords = (permission) => sentences[permission] || permission;

export function choice(permission, checked = false) {
  const box = element("input", { type: "checkbox", name: "scopes", value: permission, checked });
  return element("label", { className: "check" }, box, element("span", {}, inWords(permission)));
}

export const chosen = (form) =>
  [...form.querySelectorAll('input[name="scopes"]:checked')].map((box) => box.value);

export async function tokens(me) {
  const own = me.permissions.toSorted();
  const groups = GROUPS.map(([title, nouns]) => [title, own.filter((one) => nouns.includes(one.split(":")[0]))]);
  at("token-scopes").replaceChildren(...groups.filter(([, held]) => held.length).map(([title, held]) =>
    element("fieldset", {}, element("legend", {}, title), ...held.map((one) => choice(one)))));
  await show();
}

async function show() {
  const { items } = await get("/me/tokens");
  list("token-list", items.map(entry), "You have none.");
}

function entry(one) {
  const may = element("details", {}, element("summary", {}, `What ${one.name} may do`),
    element("ul", {}, ...one.scopes.map((scope) => element("li", {}, inWords(scope)))));
  const end = button("End it", `token-${one.id}`, pressed(async () => {
    if (!(await sure(`End ${one.name}?`, "Programs that use this token are refused from their next request on.", "End it"))) return;
    await remove(`/me/tokens/${one.id}`);
    await show();
    at("tokens-title").focus();
    say(`${one.name} was ended.`);
  }), "quiet danger");
  end.setAttribute("aria-label", `End ${one.name}`);
  const made = item(one.name, [["made ", when(one.created_at), ", works until ", when(one.expires_at)],
    ["last used ", when(one.last_used_on)]], end);
  made.append(may);
  return made;
}

onSubmit(at("token"), async (form) => {
  const { name, days } = form.elements;
  const made = await post("/me/tokens", { name: name.value, scopes: chosen(form), days: Number(days.value) });
  form.reset();
  at("token-part").open = false;
  await show();
  once(at("token-once"), `Token for ${made.name}`, "It is shown only now. Keep it where you keep passwords, not in a file that you share.", made.token);
});
