// Starts Swagger UI with the browser session of the hub. JupyterHub accepts the session cookie of
// a script's request only together with X-XSRFToken, also for GET.
const xsrf = document.querySelector('meta[name="xsrf"]').content;
const place = document.getElementById("swagger");
const api = place.dataset.document.replace(/\/openapi\.json$/, "");

async function fetchJson(address) {
  const answer = await fetch(address, { headers: { "X-XSRFToken": xsrf } });
  return answer.ok ? answer.json() : null;
}

function operations(description) {
  return Object.values(description.paths).flatMap((path) =>
    Object.values(path).filter((one) => one.parameters),
  );
}

// Examples carry ids of the right form only. The viewer's own lists give real ones, by name
// ("animal_id"), so that every "Execute" button answers with data the viewer may see.
async function realIds(description) {
  const sources = new Map();
  for (const operation of operations(description)) {
    for (const parameter of operation.parameters) {
      if (parameter["x-example-from"]) sources.set(parameter.name, parameter["x-example-from"]);
    }
  }
  const held = (await fetchJson(`${api}/me`))?.permissions ?? [];
  const may = ([, list]) => held.includes(description.paths[list]?.get?.["x-permission"]);
  const found = await Promise.all(
    [...sources].filter(may).map(async ([name, list]) => {
      const page = await fetchJson(`${api}${list}?limit=1`).catch(() => null);
      return [name, page?.items?.[0]?.[name.endsWith("_id") ? "id" : name]];
    }),
  );
  return Object.fromEntries(found.filter(([, id]) => id));
}

function withRealIds(value, ids) {
  if (Array.isArray(value)) return value.map((one) => withRealIds(one, ids));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, ids[name] ?? withRealIds(one, ids)]),
  );
}

function fillExamples(description, ids) {
  for (const operation of operations(description)) {
    const type = operation.parameters.find(({ name }) => name === "type")?.example;
    for (const parameter of operation.parameters) {
      const typed = parameter.in === "path" && parameter.name === "id" && ids[`${type}_id`];
      if (typed) parameter.example = typed;
      if (parameter.in === "path" && ids[parameter.name]) parameter.example = ids[parameter.name];
      const named = ids[`${parameter.name}_id`];
      if (parameter.in === "query" && parameter.example && named) parameter.example = named;
    }
    const media = operation.requestBody?.content?.["application/json"];
    if (media?.example) media.example = withRealIds(media.example, ids);
  }
}

const description = await fetchJson(place.dataset.document);
fillExamples(description, await realIds(description));

window.ui = SwaggerUIBundle({
  spec: description,
  domNode: place,
  deepLinking: true,
  // All operations at once took minutes to draw; a subject opens in a blink.
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  showMutatedRequest: false,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-XSRFToken"] = xsrf;
    }
    return request;
  },
});
