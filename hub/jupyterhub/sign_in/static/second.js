// Passkeys on the pages of sign-in. A form with data-passkey="<address of the options>" asks the
// browser for a passkey and sends what it answers in its field `credential`.
(function () {
  "use strict";

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0)).buffer;
  }

  function text(buffer) {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function withBytes(options) {
    const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
    const read = { ...options, challenge: bytes(options.challenge) };
    if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
    if (options.excludeCredentials) read.excludeCredentials = named(options.excludeCredentials);
    if (options.allowCredentials) read.allowCredentials = named(options.allowCredentials);
    return read;
  }

  function plain(credential) {
    const response = {};
    for (const name of
      ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    if (credential.response.getTransports) {
      response.transports = credential.response.getTransports();
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: response,
      clientExtensionResults: {},
    });
  }

  function say(form, message) {
    const place = form.querySelector("[data-passkey-said]");
    place.textContent = message;
  }

  const REASONS = {
    NotAllowedError: "No passkey was used: it was cancelled, or took too long.",
    InvalidStateError: "This device has a passkey for this account already.",
    SecurityError: "Passkeys do not work at this address. Open the hub at its own address.",
  };

  async function ask(form) {
    const answer = await fetch(form.dataset.passkey, {
      method: "POST",
      headers: { "X-XSRFToken": form.elements._xsrf.value },
      credentials: "same-origin",
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.detail || "The hub did not answer. Load the page again.");
    const publicKey = withBytes(said.options);
    return said.make
      ? navigator.credentials.create({ publicKey })
      : navigator.credentials.get({ publicKey });
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    const button = form.querySelector("button");
    form.addEventListener("submit", async (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      button.disabled = true;
      say(form, "Your browser asks for your passkey.");
      try {
        form.elements.credential.value = plain(await ask(form));
        form.submit();
      } catch (error) {
        say(form, REASONS[error.name] || error.message);
        button.disabled = false;
        button.focus();
      }
    });
  }
})();
