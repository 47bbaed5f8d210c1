// The sharing page: what farms share, who has a place, projects and classes, invitations.
import { complain } from "./account.js";
import { resume } from "./acts.js";
import { fitGrant, grants } from "./grants.js";
import { fitInvitation, invitations } from "./invitations.js";
import { load, may, suggest } from "./mine.js";
import { places } from "./places.js";
import { projects } from "./projects.js";

const wrong = (problem) => complain(problem.message);

async function farms() {
  await places();
  if (may("sharing:read")) await grants();
  suggest();
}

async function start() {
  await load(() => farms().catch(wrong));
  await Promise.all([farms(), projects()]);
  await invitations();
  suggest();
  resume();
  fitGrant();
  fitInvitation();
}

start().catch(wrong);
