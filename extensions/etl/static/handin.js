// The page where files are handed in: what is on its way, what waits, what is there.
import { get, remove } from "./api.js";
import { element } from "./element.js";
import { begun, Sending } from "./sending.js";

const GENOTYPES = /\.(bed|bim|fam|ped|map|vcf|vcf\.gz|snp|idat)$|final_?report/i;
const at = (id) => document.getElementById(id);
const entries = new Map(); // upload id -> what is shown of it

function complain(text) {
  at("error").textContent = text;
  at("error").hidden = !text;
}

function amount(bytes) {
  const units = ["bytes", "kB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${(bytes / 1000 ** power).toLocaleString([], { maximumFractionDigits: power > 1 ? 1 : 0 })} ${units[power]}`;
}

// --- one file --------------------------------------------------------------------------------

function entry(upload) {
  const bar = element("progress", { max: 1, value: 0, "aria-label": `${upload.name} sent` });
  const told = element("p", { className: "soft", role: "status" });
  const actions = element("div", { className: "actions" });
  const item = element("li", {}, element("h3", {}, upload.name), bar, told, actions);
  at("list").prepend(item);
  at("none").hidden = true;
  const one = { item, bar, told, actions, sending: null, wrong: "" };
  entries.set(upload.id, one);
  return one;
}

function button(text, act, className = "quiet") {
  return element("button", { type: "button", className, textContent: text, onclick: act });
}

function show(one) {
  const { sending } = one;
  const { upload } = sending;
  one.bar.value = upload.state === "open" ? sending.sent / upload.size : 1;
  one.bar.hidden = upload.state === "done";
  one.told.className = one.wrong ? "wrong" : "soft";
  one.told.textContent = one.wrong || sending.trouble || status(sending);
  const now = one.wrong ? "wrong" : upload.state + sending.paused;
  if (one.shown === now) return; // buttons that are looked at must not be made anew
  one.shown = now;
  one.actions.replaceChildren(...choices(one));
}

function status({ upload, sent, paused }) {
  if (upload.state === "done") return `${amount(upload.size)}, there.`;
  if (upload.state === "finishing") return "Sent. The hub puts it together and looks at it …";
  return `${amount(sent)} of ${amount(upload.size)}${paused ? ", paused" : ""}`;
}

function choices(one) {
  const { upload, paused } = one.sending;
  if (upload.state === "done") return next(upload);
  if (upload.state === "finishing") return [];
  const drop = button("Discard", () => discard(one));
  if (one.wrong) return [button("Try again", () => run(one)), drop];
  return [paused ? button("Go on", () => run(one)) : button("Pause", () => one.sending.pause()), drop];
}

function next({ file_id, name }) {
  const table = element("a", { href: `/services/dashboards/import?file=${file_id}` }, "Look at it and import");
  const set = element("a", { href: `/services/dashboards/genotypes?file=${file_id}` }, "Make a genotype set of it");
  return GENOTYPES.test(name) ? [set, table] : [table];
}

async function run(one) {
  one.wrong = "";
  one.sending.paused = false;
  show(one);
  try {
    await one.sending.run();
  } catch (problem) {
    one.wrong = problem.message || "Something went wrong on this page. Load it again.";
  }
  show(one);
}

async function discard(one) {
  try {
    await one.sending.discard();
    drop(one.sending.upload.id);
  } catch (problem) {
    complain(problem.message);
  }
}

function drop(id) {
  entries.get(id)?.item.remove();
  entries.delete(id);
  at("none").hidden = entries.size > 0;
}

// --- all files -------------------------------------------------------------------------------

async function take(files) {
  complain("");
  for (const file of files) {
    try {
      await accept(file);
    } catch (problem) {
      complain(`${file.name}: ${problem.message}`);
    }
  }
  at("files").value = "";
}

async function accept(file) {
  const earlier = begun((await get("/uploads")).items, file);
  if (earlier && entries.get(earlier.id)?.sending) return; // it is on its way already
  if (earlier) drop(earlier.id);
  let one = null;
  const changed = () => one && show(one);
  const sending = earlier ? new Sending(earlier, file, changed) : await Sending.start(file, changed);
  one = entry(sending.upload);
  one.sending = sending;
  run(one);
}

function waiting(upload) {
  const one = entry(upload);
  one.bar.value = upload.received.length / upload.parts;
  const share = Math.floor(100 * one.bar.value);
  one.told.textContent = upload.error || `${share} % of ${amount(upload.size)} are there. Choose the same file again to go on.`;
  one.actions.replaceChildren(button("Discard", async () => {
    try {
      await remove(`/uploads/${upload.id}`);
      drop(upload.id);
    } catch (problem) {
      complain(problem.message);
    }
  }));
}

async function open() {
  const { items } = await get("/uploads");
  items.filter((one) => one.state === "open").reverse().forEach(waiting);
}

const drops = at("drop");
for (const kind of ["dragover", "dragenter"]) {
  drops.addEventListener(kind, (event) => { event.preventDefault(); drops.classList.add("over"); });
}
for (const kind of ["dragleave", "drop"]) drops.addEventListener(kind, () => drops.classList.remove("over"));
drops.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files); });
at("files").addEventListener("change", () => take([...at("files").files]));
addEventListener("beforeunload", (event) => {
  const busy = [...entries.values()].some(({ sending }) => sending && !sending.paused && sending.upload.state === "open");
  if (busy) event.preventDefault();
});
open().catch((problem) => complain(problem.message));
