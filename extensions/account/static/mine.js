// Who is looking at the sharing page: what they may, which farms they decide about, whom they know.
import { at, element } from "./account.js";
import { get, Problem } from "./api.js";

const CHOSEN = "sharing:farm";
const ALL = "all";

export const mine = { me: null, decides: [], owned: [] };
const known = { people: new Map(), projects: new Map() };

export const may = (permission) => mine.me.permissions.includes(permission);
export const isSteward = () => mine.me.roles.some((role) => ["steward", "admin"].includes(role));

export async function load(changed) {
  mine.me = await get("/me");
  mine.owned = mine.me.farms.filter((farm) => farm.my_role === "owner");
  if (may("sharing:manage")) mine.decides = isSteward() ? (await get("/farms?limit=1000")).items : mine.owned;
  else mine.owned = [];
  choices();
  at("farm").addEventListener("change", () => {
    sessionStorage.setItem(CHOSEN, at("farm").value); // it is the same after confirming who one is
    changed();
  });
}

function choices() {
  const all = mine.owned.length > 1 ? [element("option", { value: ALL }, "All my farms")] : [];
  at("farm").replaceChildren(...all, ...options());
  const before = sessionStorage.getItem(CHOSEN);
  if ([...at("farm").options].some((option) => option.value === before)) at("farm").value = before;
  at("farm-choice").hidden = mine.decides.length < 2;
}

export const options = () =>
  mine.decides.map((farm) => element("option", { value: farm.id }, called(farm)));

// The farms whose sharing is shown: one, or all of one's own.
export function shown() {
  const chosen = at("farm").value;
  return chosen === ALL ? mine.owned : mine.decides.filter((farm) => farm.id === chosen);
}

export const called = ({ name, code, username }) => {
  const short = code || username;
  return name && short && name !== short ? `${name} (${short})` : name || short;
};

// --- names that this person knows already, to choose from ---------------------------------------

export const know = (what, short, name) => short && known[what].set(short, name || short);

export function suggest() {
  for (const [what, names] of Object.entries(known)) {
    at(`known-${what}`).replaceChildren(
      ...[...names].map(([value, name]) => element("option", { value, label: called({ name, code: value }) })));
  }
}

const FIELDS = { "farms.no_such_person": "username", "projects.no_such_code": "project" };

// The API tells by its code which name it does not know; it stands at that field.
export async function naming(doing) {
  try {
    return await doing;
  } catch (problem) {
    const where = problem instanceof Problem && FIELDS[problem.code];
    if (where && !problem.errors.length) problem.errors = [{ where, message: problem.message }];
    throw problem;
  }
}
