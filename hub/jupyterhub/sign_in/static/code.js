// Takes the code from behind the # of a mailed link into the form, and out of the address bar and the history.
(() => {
  const code = location.hash.slice(1);
  const field = document.querySelector("input[data-code]");
  if (!field || !code) return;
  history.replaceState(null, "", location.pathname + location.search);
  field.value = code;
  for (const one of document.querySelectorAll("[data-without-code]")) one.hidden = true;
  const box = field.closest("details");
  if (box) box.open = true;
  if (field.form.dataset.send !== undefined) {
    field.form.requestSubmit();
    return;
  }
  const next = [...field.form.elements].find((one) => one !== field && one.type === "password");
  (next || field).focus();
})();
