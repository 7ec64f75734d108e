// Pages of accounts: showing a typed password, passkeys, copying recovery codes.
(function () {
  "use strict";

  // A password can be looked at while it is typed.
  document.querySelectorAll("[data-show-password]").forEach(function (button) {
    const field = document.getElementById(button.dataset.showPassword);
    button.hidden = false;
    button.addEventListener("click", function () {
      const show = field.type === "password";
      field.type = show ? "text" : "password";
      button.setAttribute("aria-pressed", String(show));
      field.focus();
    });
    field.form.addEventListener("submit", function () { field.type = "password"; });
  });

  document.querySelectorAll("[data-copy-codes]").forEach(function (button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      const codes = Array.from(document.querySelectorAll("[data-codes] code"), function (code) { return code.textContent; });
      navigator.clipboard.writeText(codes.join("\n") + "\n").then(function () {
        button.querySelector("span").textContent = button.dataset.done;
      });
    });
  });

  // Passkeys. The server speaks JSON with base64url where the browser wants bytes.
  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }
  function text(buffer) {
    const plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function withBytes(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    (options.excludeCredentials || []).concat(options.allowCredentials || []).forEach(function (each) {
      each.id = bytes(each.id);
    });
    return options;
  }
  function asJson(credential) {
    const response = {};
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    });
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response: response,
      clientExtensionResults: credential.getClientExtensionResults()
    });
  }

  async function ask(form) {
    const answer = await fetch(form.dataset.options, {
      method: "POST", headers: { "X-CSRFToken": form.elements.csrf_token.value, "Accept": "application/json" }
    });
    if (!answer.ok || !(answer.headers.get("Content-Type") || "").startsWith("application/json")) {
      // A page instead of options: it says what is to be done first.
      if (answer.redirected) return window.location.assign(answer.url);
      throw new TypeError("no options");
    }
    const options = { publicKey: withBytes(await answer.json()) };
    const make = form.dataset.passkey === "create";
    const credential = await (make ? navigator.credentials.create(options) : navigator.credentials.get(options));
    form.elements.credential.value = asJson(credential);
    form.submit();
  }

  const able = window.isSecureContext && window.PublicKeyCredential && !/^[\d.]+$|:/.test(window.location.hostname);
  if (!able) return;
  document.querySelectorAll("[data-passkey-part]").forEach(function (part) { part.hidden = false; });
  document.querySelectorAll("[data-passkey-missing]").forEach(function (part) { part.hidden = true; });
  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    const problem = form.querySelector("[data-passkey-problem]");
    const button = form.querySelector("button");
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      problem.hidden = true;
      button.disabled = true;
      ask(form).catch(function (error) {
        const sentence = error.name === "InvalidStateError" ? "known" : error.name === "TypeError" ? "offline" : "refused";
        problem.textContent = problem.dataset[sentence];
        problem.hidden = false;
      }).finally(function () { button.disabled = false; });
    });
  });
})();
