// An institution for the tests: the certified `oidc-provider` with passwords, a second factor, groups, PKCE required, and
// signing out both ways. Settings by environment: PORT, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, HUB, TWO_FACTORS (an acr),
// USERS (JSON: name to {password, name, groups}). All its people have the same address, which it says it verified.
import { createServer } from "node:http";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { Provider, interactionPolicy } from "oidc-provider";

const { PORT, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, HUB, TWO_FACTORS } = process.env;
const users = JSON.parse(process.env.USERS);
const issuer = `http://127.0.0.1:${PORT}`;
const CODE = "123456";

function signingKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: "tests", alg: "RS256", use: "sig" };
}

async function findAccount(_context, id) {
  const user = users[id];
  if (!user) return undefined;
  const { name, groups } = user;
  const address = { email: "lea@example.org", email_verified: true };
  const claims = { sub: id, preferred_username: id, name, groups, ...address };
  return { accountId: id, claims: async () => claims };
}

// The hub is the institution's own client, so nobody is asked for consent.
async function loadExistingGrant({ oidc }) {
  const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope("openid profile email groups");
  await grant.save();
  return grant;
}

// Who is remembered with one factor is asked again when two are wanted; once, whatever comes of it.
const policy = interactionPolicy.base();
const { Check } = interactionPolicy;
const again = new Check("two_factors", "two factors are wanted", ({ oidc }) => {
  const wanted = (oidc.params.acr_values ?? "").split(" ").includes(TWO_FACTORS);
  return wanted && oidc.session.acr !== TWO_FACTORS && !oidc.result?.login;
});
policy.get("login").checks.add(again);

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [REDIRECT_URI],
      post_logout_redirect_uris: [`${HUB}/hub/login`],
      backchannel_logout_uri: `${HUB}/hub/backchannel-logout`,
      backchannel_logout_session_required: true,
      require_auth_time: true,
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  jwks: { keys: [signingKey()] },
  cookies: { keys: [randomBytes(24).toString("hex")], names: { session: `session-${PORT}` } },
  scopes: ["openid", "profile", "email", "groups"],
  acrValues: [TWO_FACTORS],
  claims: {
    openid: ["sub", "amr"],
    profile: ["name", "preferred_username"],
    email: ["email", "email_verified"],
    groups: ["groups"],
    acr: null,
    auth_time: null,
    iss: null,
    sid: null,
  },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  // The hub is at an address of this machine, where the original asks for nothing.
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
  interactions: { policy, url: (_context, interaction) => `/sign-in/${interaction.uid}` },
  findAccount,
  loadExistingGrant,
});

async function form(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

const page = (note, second) => `<!doctype html><html lang="en"><title>University sign-in</title><h1>University</h1><p>${note}</p>
<form method="post"><label>Name <input name="username"></label>
<label>Password <input name="password" type="password"></label>
${second ? '<label>Code <input name="code"></label>' : ""}<button>Sign in</button></form></html>`;

async function signIn(request, response) {
  response.setHeader("content-type", "text/html; charset=utf-8");
  const { params } = await provider.interactionDetails(request, response);
  const second = (params.acr_values ?? "").split(" ").includes(TWO_FACTORS);
  if (request.method === "GET") return response.end(page("Welcome", second));
  const given = await form(request);
  const name = given.get("username");
  const right = users[name]?.password === given.get("password");
  if (!right) {
    response.statusCode = 401;
    return response.end(page("That is not right", second));
  }
  // Whoever leaves the code empty is signed in all the same, with one factor: a hub must look.
  const both = second && given.get("code") === CODE;
  const login = { accountId: name, amr: both ? ["pwd", "otp", "mfa"] : ["pwd"], remember: true };
  if (both) login.acr = TWO_FACTORS;
  return provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
}

const oidc = provider.callback();
createServer(async (request, response) => {
  if (!request.url.startsWith("/sign-in/")) return oidc(request, response);
  try {
    await signIn(request, response);
  } catch (error) {
    response.statusCode = 400;
    response.end(String(error));
  }
}).listen(Number(PORT), "127.0.0.1", () => console.log(`ready at ${issuer}`));
