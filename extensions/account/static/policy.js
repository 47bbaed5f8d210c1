// What the settings ask of everybody, and which variable changes each.
import { at, complain, element } from "./account.js";
import { get } from "./api.js";
import { row, table } from "./tables.js";

const WHOM = { phone: "everybody else, on a phone or tablet", other: "everybody else" };
const WHAT = {
  read: "reading",
  write: "entering and changing",
  heavy: "starting long work: imports, evaluations, exports",
  sensitive: "sharing, roles, keys, erasing",
  proof: "passwords, codes and tokens to be checked",
  anonymous: "requests of nobody who is signed in",
  failed: "credentials that were wrong",
  guesses: "wrong passwords for one account",
  "guesses-address": "wrong passwords",
};

const variable = (name) => element("code", {}, name);
const lasts = (minutes) => {
  const [count, unit] = minutes < 120 ? [minutes, "minute"] : minutes < 2880 ? [minutes / 60, "hour"] : [minutes / 1440, "day"];
  return `${count.toLocaleString([], { maximumFractionDigits: 1 })} ${unit}${count === 1 ? "" : "s"}`;
};

async function open() {
  const policy = await get("/policy");
  const { settings } = policy;
  const roles = policy.second_factor_roles;
  at("two").replaceChildren(roles.length ? `These roles sign in with two factors: ${roles.join(", ")}.` : "No role has to sign in with two factors.",
    " Changed by ", variable(settings.second_factor_roles), ".");
  at("again").textContent = `What is sensitive asks who one is again after ${lasts(policy.confirm_within_minutes)}; this is fixed.`;
  at("lasting").replaceChildren(
    table("Sign-ins by role", ["Role", "Unused for", "In any case after", "Browsers at a time"], policy.sessions.map((one) =>
      row(WHOM[one.of] || one.of, lasts(one.idle_minutes), lasts(one.hours * 60), one.at_once))),
    element("p", {}, "Changed by ", variable(settings.session_idle_minutes), ", ", variable(settings.session_hours), " and ",
      variable(settings.sessions_at_once), ", in this order of columns."));
  at("often").replaceChildren(
    table("Requests allowed", ["Kind", "At most", "For each", "Name in the variable"], policy.rates.map((one) =>
      row(WHAT[one.name] || one.name, `${one.units.toLocaleString()} in ${lasts(one.seconds / 60)}`,
        element("td", {}, one.by_address ? "address" : one.name === "guesses" ? "account" : "person"),
        element("td", {}, one.changeable ? variable(one.name) : "fixed")))));
  at("often-about").replaceChildren("Changed by ", variable(settings.limits), ", such as ", variable('{"read": "6000/60"}'), ". A token has half of its person's.");
}

open().catch((problem) => complain(problem.message));
