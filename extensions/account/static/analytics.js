// How the hub is used, in counts, and signing everybody out.
import { at, complain } from "./account.js";
import { onSubmit, resume } from "./acts.js";
import { get, remove } from "./api.js";
import { wrong } from "./roles.js";
import { counted, table } from "./tables.js";

const WORDS = "sign everybody out";
const ENDINGS = {
  signed_out: "signed out",
  revoked: "ended by the person, from elsewhere",
  limit: "too many browsers at a time",
  administrator: "ended by an administrator",
  institution: "signed out at the institution",
  replaced: "new sign-in in the same browser",
  credentials: "password, second factor or account changed",
  too_old: "reached its longest time",
  idle: "not used any more",
  still_open: "still open",
};

const picture = (caption, head, names, counts) => {
  const most = Math.max(1, ...counts.map((one) => one.count ?? 0));
  return table(caption, [head, "Count"], counts.map((one) => counted(names[one.name] || one.name, one.count, most)));
};

async function figures() {
  const told = await get("/sessions/analytics");
  const active = [["the last day", told.active_day], ["the last 7 days", told.active_week], ["the last 30 days", told.active_month]];
  at("figures").replaceChildren(
    picture("People who were here", "In", {}, active.map(([name, count]) => ({ name, count }))),
    picture("Sign-ins", "By way of", {}, told.sign_ins),
    picture("Devices", "Device", {}, told.devices),
    picture("From the first to the last request", "Length", {}, told.lengths),
    picture("How they ended", "Ending", ENDINGS, told.endings));
}

onSubmit(at("everybody"), async (form) => {
  if (form.elements.typed.value.trim().toLowerCase() !== WORDS) {
    throw wrong("typed", "Nobody was signed out.", `Type the words “${WORDS}” to go on.`);
  }
  const { ended } = await remove("/sessions");
  form.reset();
  await figures();
  return `Sign-ins that were ended: ${ended}. Yours goes on.`;
});

figures().then(resume).catch((problem) => complain(problem.message));
