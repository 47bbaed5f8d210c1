// Devices and programs: letting in what shows a code, and ending what was let in.
import { at, button, element, item, list, say, sure, when } from "./account.js";
import { onSubmit, pressed } from "./acts.js";
import { get, post, remove } from "./api.js";
import { choice, chosen, inWords } from "./tokens.js";

const KINDS = { device: "device", family: "program that stays signed in" };
let farms = [];
let asks = null;

export async function devices(me) {
  farms = me.farms;
  await show();
}

// The address on a device may bring the code along. It stays in the form and leaves the address.
export function prefill() {
  const code = new URLSearchParams(location.search).get("user_code");
  if (!code) return;
  history.replaceState(null, "", `${location.pathname}#devices`);
  at("user-code").value = code.slice(0, 40);
  at("devices").scrollIntoView();
  at("user-code").focus();
}

async function show() {
  const { items } = await get("/me/devices");
  list("device-list", items.map(entry), "You let none in.");
}

const farmName = (id) => farms.find((one) => one.id === id)?.name || "one farm";

function entry(one) {
  const may = one.scopes.map(inWords).join("; ");
  const end = button("End it", `device-${one.id}`, pressed(async () => {
    if (!(await sure(`End ${one.name}?`, "It is let in no more, from its next request on.", "End it"))) return;
    await remove(`/me/devices/${one.id}`);
    await show();
    at("devices-title").focus();
    say(`${one.name} was ended.`);
  }), "quiet danger");
  end.setAttribute("aria-label", `End ${one.name}`);
  return item(one.name, [
    [KINDS[one.kind] || one.kind, one.farm_id ? `, ${farmName(one.farm_id)} only` : "", one.address ? `, asked from ${one.address}` : ""],
    `may: ${may}`,
    ["let in ", when(one.created_at), ", works until ", when(one.expires_at), ", last used ", when(one.last_used_on)],
  ], end);
}

onSubmit(at("device-code"), async (form) => {
  at("device").hidden = true;
  const code = encodeURIComponent(form.elements.user_code.value);
  asks = await get(`/me/devices/approve?user_code=${code}`);
  at("device-title").textContent = `${asks.name} wants to be let in`;
  at("device-from").replaceChildren(`It asked from the address ${asks.address || "unknown"} at `, when(asks.asked_at),
    ". Refuse it if you did not start it yourself.");
  at("device-name").value = asks.name;
  at("device-scopes").replaceChildren(element("legend", {}, "It may"), ...asks.scopes.map((one) => choice(one, true)));
  offer(asks.client);
  at("device").hidden = false;
  at("device-title").focus();
  at("device").scrollIntoView({ block: "nearest" });
});

// Only devices can be kept to one farm; a program is the person's own.
function offer(client) {
  const bound = client === "agrigen-device";
  at("device-farm").hidden = !bound;
  const mine = farms.filter((farm) => farm.may_write);
  const options = mine.map((farm) => element("option", { value: farm.id }, farm.name));
  at("farm").replaceChildren(element("option", { value: "" }, "All farms that I may write to"), ...options);
  if (bound && mine.length) at("farm").value = mine[0].id;
}

async function answered(text) {
  at("device").hidden = true;
  at("device-code").reset();
  asks = null;
  await show();
  at("devices-title").focus();
  say(text);
}

onSubmit(at("device"), async (form) => {
  const { name, farm_id: farm } = form.elements;
  const body = { user_code: asks.user_code, approve: true, name: name.value, scopes: chosen(form) };
  if (asks.client === "agrigen-device" && farm.value) body.farm_id = farm.value;
  await post("/me/devices/approve", body);
  await answered(`${name.value} is let in. It goes on by itself within seconds.`);
});

at("device-refuse").addEventListener("click", pressed(async () => {
  const { name } = asks;
  await post("/me/devices/approve", { user_code: asks.user_code, approve: false });
  await answered(`${name} was refused.`);
}));
