// Starts Swagger UI with the browser session of the hub. JupyterHub accepts the session cookie of
// a script's request only together with X-XSRFToken, also for GET.
const xsrf = document.querySelector('meta[name="xsrf"]').content;
const place = document.getElementById("swagger");

window.ui = SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  syntaxHighlight: { activated: true },
  requestInterceptor: (request) => {
    if (new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-XSRFToken"] = xsrf;
    }
    return request;
  },
});
