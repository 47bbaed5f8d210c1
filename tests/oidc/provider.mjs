// An institution for the tests: the certified `oidc-provider` with passwords, groups and PKCE required.
// Settings by environment: PORT, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, USERS (JSON: name to {password, name, groups}).
import { createServer } from "node:http";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { Provider } from "oidc-provider";

const { PORT, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;
const users = JSON.parse(process.env.USERS);
const issuer = `http://127.0.0.1:${PORT}`;

function signingKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: "tests", alg: "RS256", use: "sig" };
}

async function findAccount(_context, id) {
  const user = users[id];
  if (!user) return undefined;
  const { name, groups } = user;
  const claims = { sub: `person-${id}`, preferred_username: id, name, groups };
  return { accountId: id, claims: async () => claims };
}

// The hub is the institution's own client, so nobody is asked for consent.
async function loadExistingGrant({ oidc }) {
  const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
  grant.addOIDCScope("openid profile groups");
  await grant.save();
  return grant;
}

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: [REDIRECT_URI],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  jwks: { keys: [signingKey()] },
  cookies: { keys: [randomBytes(24).toString("hex")] },
  scopes: ["openid", "profile", "groups"],
  claims: { openid: ["sub"], profile: ["name", "preferred_username"], groups: ["groups"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, interaction) => `/sign-in/${interaction.uid}` },
  findAccount,
  loadExistingGrant,
});

async function form(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

const page = (note) => `<!doctype html><html lang="en"><title>University sign-in</title><h1>University</h1><p>${note}</p>
<form method="post"><label>Name <input name="username"></label>
<label>Password <input name="password" type="password"></label><button>Sign in</button></form></html>`;

async function signIn(request, response) {
  response.setHeader("content-type", "text/html; charset=utf-8");
  await provider.interactionDetails(request, response);
  if (request.method === "GET") return response.end(page("Welcome"));
  const given = await form(request);
  const name = given.get("username");
  if (users[name]?.password !== given.get("password")) {
    response.statusCode = 401;
    return response.end(page("That is not right"));
  }
  const login = { accountId: name, amr: ["pwd"], remember: false };
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
