// Roles to choose from, people by their user name, and the same list page after page.
import { at, button, element, list } from "./account.js";
import { pressed } from "./acts.js";
import { get, Problem } from "./api.js";

export const ROLES = ["farmer", "adviser", "researcher", "student", "instructor", "steward", "admin"];

export function offer(fieldset) {
  fieldset.append(...ROLES.map((role) => element("label", { className: "check" },
    element("input", { type: "checkbox", name: "roles", value: role }), element("span", {}, role))));
}

export const chosen = (form) => [...form.querySelectorAll('input[name="roles"]:checked')].map((box) => box.value);

export async function personCalled(username) {
  const { items } = await get(`/people?limit=1000&text=${encodeURIComponent(username)}`);
  return items.find((one) => one.username === username);
}

// What is wrong with one field, said as the API says it.
export const wrong = (where, message, remedy) => new Problem(message, 422, { errors: [{ where, message, remedy }] });

// `path` gives a page; more of it comes with a button below the list.
export async function paged(id, path, entry, none) {
  const shown = [];
  async function more(cursor) {
    const { items, next_cursor: next } = await get(cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path);
    shown.push(...items.map(entry));
    list(id, shown, none);
    const go = button("Show more", `${id}-more`, pressed(async () => {
      const first = shown.length;
      await more(next);
      const after = shown[first]?.querySelector("button, summary, h3");
      after?.setAttribute("tabindex", after.tagName === "H3" ? "-1" : "0");
      after?.focus();
    }));
    at(`${id}-next`).replaceChildren(...(next ? [go] : []));
  }
  await more("");
}
