// Requests to the hub's API with the browser session: JupyterHub accepts the session cookie of a
// script's request only together with X-XSRFToken, also for GET.
const AWAY = "The hub cannot be reached. Check the connection and try again.";
const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;

// `errors` say what is wrong with which field; `stepUp` is the page on which to confirm who one is.
export class Problem extends Error {
  constructor(detail, status, told = {}) {
    super(detail);
    this.status = status;
    this.code = told.code || "";
    this.errors = told.errors || [];
    this.stepUp = told.step_up || "";
  }
}

async function send(method, path, body) {
  const headers = { "X-XSRFToken": meta("xsrf") };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(meta("api") + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Problem(AWAY, 0);
  }
  if (!answer.ok) throw await problem(answer);
  return answer;
}

async function problem(answer) {
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 401 && !told.step_up) {
    return new Problem("You have been signed out. Load this page again to sign in.", 401, told);
  }
  const wrong = told.errors?.[0]; // what to do is said there, where a value was wrong
  const detail = wrong ? [wrong.message, wrong.remedy].filter(Boolean).join(" ") : told.detail;
  const unknown = `The hub answered with an error (${answer.status}). Try again in a moment.`;
  return new Problem(detail || told.title || unknown, answer.status, told);
}

async function content(answer) {
  const text = await answer.text(); // empty where there is nothing to tell
  return text ? JSON.parse(text) : null;
}

export const get = async (path) => (await send("GET", path)).json();
export const post = async (path, body) => content(await send("POST", path, body));
export const replace = async (path, body) => content(await send("PUT", path, body));
export const patch = async (path, body) => content(await send("PATCH", path, body));
export const remove = async (path) => content(await send("DELETE", path));

// Send content as it is; `told(bytes, stop)` hears how much of it went out, and how to stop.
export function put(path, content, told) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much went out
    const stop = () => request.abort();
    request.open("PUT", meta("api") + path);
    request.setRequestHeader("X-XSRFToken", meta("xsrf"));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => told(event.loaded, stop);
    request.onerror = request.onabort = () => failed(new Problem(AWAY, 0));
    request.onload = async () => {
      if (request.status < 300) return done(JSON.parse(request.responseText));
      return failed(await problem(new Response(request.responseText, { status: request.status })));
    };
    told(0, stop);
    request.send(content);
  });
}

// Save what an address gives as a file, under the name that the hub gives it; POST for what is
// given only once.
export async function save(path, method = "GET") {
  const answer = await send(method, path);
  const named = /filename\*=utf-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") || "");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = named ? decodeURIComponent(named[1]) : "conversation";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
