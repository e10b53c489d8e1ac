// Passkeys: the browser is asked, and what it answers goes into the form. What the server wants stands in the form's data-options.
(() => {
  "use strict";

  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const readKeys = (keys) => (keys || []).map((key) => ({ ...key, id: toBytes(key.id) }));

  const readWish = ({ publicKey }) => {
    const wish = { ...publicKey, challenge: toBytes(publicKey.challenge) };
    if (wish.user) wish.user = { ...wish.user, id: toBytes(wish.user.id) };
    if (wish.allowCredentials) wish.allowCredentials = readKeys(wish.allowCredentials);
    if (wish.excludeCredentials) wish.excludeCredentials = readKeys(wish.excludeCredentials);
    return { publicKey: wish };
  };

  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const writeAnswer = (credential) => {
    const response = {};
    for (const part of PARTS) {
      if (credential.response[part]) response[part] = toText(credential.response[part]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return JSON.stringify({
      type: credential.type,
      id: credential.id,
      rawId: toText(credential.rawId),
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };

  const askForKey = async (form) => {
    const options = JSON.parse(form.dataset.options);
    const wish = readWish(options);
    const alone = form.elements.passwordless.checked;
    wish.publicKey.authenticatorSelection = {
      ...wish.publicKey.authenticatorSelection,
      residentKey: alone ? "required" : "discouraged",
      requireResidentKey: alone,
      ...(alone ? { userVerification: "required" } : {}),
    };
    return navigator.credentials.create(wish);
  };
  const fetchOptions = async (form) => {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no options");
    return (await answer.json()).request_options;
  };
  const askForProof = async (form) => {
    const options = form.dataset.passkey === "login" ? await fetchOptions(form) : JSON.parse(form.dataset.options);
    return navigator.credentials.get(readWish(options));
  };

  const SENTENCES = {
    InvalidStateError: "This passkey is here already.",
    NotAllowedError: "The browser was not allowed to, or it took too long. Try again.",
    SecurityError: "Passkeys do not work at this address. Open the site by its name, over https.",
  };
  const begin = async (form) => {
    const words = form.querySelector("[role=alert]");
    const button = form.querySelector("button");
    words.hidden = true;
    button.disabled = true;
    try {
      const credential = await (form.dataset.passkey === "add" ? askForKey(form) : askForProof(form));
      form.elements.credential.value = writeAnswer(credential);
      form.submit();
    } catch (error) {
      words.textContent = SENTENCES[error.name] || "That did not work. Try again, or use another way.";
      words.hidden = false;
      button.disabled = false;
    }
  };

  const isNumber = /^[\d.]+$|:/.test(location.hostname); // browsers make no passkey for one
  const canDo = Boolean(window.isSecureContext && window.PublicKeyCredential && navigator.credentials) && !isNumber;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!canDo) continue;
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      begin(form);
    });
  }
})();
