// The audit log: who did what to whom and when, and whether anybody changed it.
import { at, complain, element, item, when } from "./account.js";
import { onSubmit, pressed } from "./acts.js";
import { get } from "./api.js";
import { paged, personCalled, wrong } from "./roles.js";

function entry(one) {
  const other = one.subject_id && one.subject_id !== one.person_id;
  const whom = other && one.subject_name ? ` → ${one.subject_name}` : "";
  const thing = other && !one.subject_name ? [element("span", { className: "soft" }, one.subject_id)] : null;
  const made = item(`${one.person_name || one.person_id}${whom}`, [[element("code", {}, one.action)], thing, when(one.at)]);
  if (Object.keys(one.details).length) {
    const label = `Details of ${one.action}`;
    made.append(element("details", {}, element("summary", {}, label),
      element("pre", { className: "details" }, JSON.stringify(one.details, null, 1))));
  }
  return made;
}

async function idOf(field) {
  const name = field.value.trim();
  if (!name) return "";
  const found = await personCalled(name);
  if (!found) throw wrong(field.name, `Nobody has the user name ${name}.`, "The page of people lists all of them.");
  return found.id;
}

// The moment at which a day begins here; `later` days after it.
function dawn(day, later = 0) {
  if (!day) return "";
  const moment = new Date(`${day}T00:00`);
  moment.setDate(moment.getDate() + later);
  return moment.toISOString();
}

async function events() {
  const { by, to, action, since, until } = at("find").elements;
  const wanted = {
    limit: 50, person_id: await idOf(by), subject_id: await idOf(to), action: action.value.trim(),
    since: dawn(since.value), until: dawn(until.value, 1),
  };
  const asked = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
  await paged("events", `/audit?${asked}`, entry, "Nothing fits.");
}

onSubmit(at("find"), async () => {
  await events();
  return `Events shown: ${at("events").querySelectorAll("h3").length}.`;
});

at("verify").addEventListener("click", pressed(async () => {
  at("verified").replaceChildren("Looking …");
  try {
    at("verified").replaceChildren(...inWords(await get("/audit/verification")));
  } catch (problem) {
    at("verified").replaceChildren();
    throw problem;
  }
}));

function inWords({ sound, events: count, anchors, waiting, findings, seconds }) {
  const looked = `${count.toLocaleString()} events and ${anchors.toLocaleString()} notes kept outside the database were looked at in ${seconds} s.`;
  const fresh = waiting ? ` ${waiting.toLocaleString()} new events are sealed within seconds.` : "";
  if (sound) return [element("p", { className: "good" }, `Nobody changed the log. ${looked}${fresh}`)];
  const text = `The log was changed. ${looked} Keep the machine and its backups as they are, and tell whoever operates the hub.`;
  const where = ({ what, place, event_id: id }) => [what, place && `at event ${place.toLocaleString()}`, id].filter(Boolean).join(", ");
  return [element("p", { className: "bad" }, text), element("ul", {}, ...findings.map((one) => element("li", {}, where(one))))];
}

events().catch((problem) => complain(problem.message));
