// The security page: each part shows itself; then what was typed before stands there again.
import { at, complain } from "./account.js";
import { resume } from "./acts.js";
import { get } from "./api.js";
import { devices, prefill } from "./devices.js";
import { factors } from "./factors.js";
import { email, password } from "./password.js";
import { sessions } from "./sessions.js";
import { tokens } from "./tokens.js";

async function open() {
  const me = await get("/me");
  const parts = [email(), factors(), sessions(), tokens(me), devices(me), password()];
  const failed = (await Promise.allSettled(parts)).filter((one) => one.reason);
  at(location.hash.slice(1))?.scrollIntoView();
  resume();
  prefill();
  if (failed.length) complain(failed[0].reason);
}

open().catch(complain);
