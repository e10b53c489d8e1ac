// What the pages do beyond HTMX: count clocks, copy, keep folds open through a swap, and poll while the websocket is down.
// Every page works without this file.
(() => {
  "use strict";

  const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const POLL_MS = 2000;
  const PATIENCE_MS = 1500;
  const NOT_ALLOWED_ANY_MORE = 4403; // how the server closes a socket whose visitor may not see the page any more
  const LOOK_AGAIN_MS = 15000; // waiting changes a state too (sending becomes held), and nobody sends a message about it
  const $ = (selector) => document.querySelector(selector);

  // The same words as payments/web/durations.py says: the two largest units.
  const clock = (span) => {
    let rest = Math.max(Math.floor(span), 0);
    const parts = UNITS.map(([size, unit]) => {
      const count = Math.floor(rest / size);
      rest %= size;
      return [count, unit];
    });
    const first = parts.findIndex(([count]) => count > 0);
    return parts.slice(first < 0 ? 3 : first).slice(0, 2).map((part) => part.join(" ")).join(" ");
  };

  const say = (element, words) => {
    if (element.textContent !== words) element.textContent = words;
  };

  const tick = () => {
    const now = Date.now();
    for (const element of document.querySelectorAll("time[data-until]")) {
      const left = (Date.parse(element.dataset.until) - now) / 1000;
      say(element, left > 0 ? clock(left) : "0 s: it has run out");
      element.parentElement.classList.toggle("over", left <= 0);
    }
    for (const element of document.querySelectorAll("time[data-since]")) {
      say(element, clock((now - Date.parse(element.dataset.since)) / 1000));
    }
  };

  const copyText = async (text) => {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.body.appendChild(document.createElement("textarea")); // plain http on a home network has no clipboard object
    area.value = text;
    area.className = "sr";
    area.select();
    document.execCommand("copy");
    area.remove();
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await copyText(button.dataset.copy);
    const label = button.getAttribute("aria-label");
    button.classList.add("copied");
    button.setAttribute("aria-label", "Copied");
    setTimeout(() => {
      button.classList.remove("copied");
      button.setAttribute("aria-label", label);
    }, 1600);
  });

  // What is on the screen is what would be paid: while the text is newer than its preview, the button waits.
  document.addEventListener("input", (event) => {
    const button = $("#pay-button");
    if (button && event.target.form && event.target.form.id === "read") button.disabled = true;
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "pay") return;
    const button = $("#pay-button");
    if (button) setTimeout(() => { button.disabled = true; }); // after the browser has read the form
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && $("#pay-button")) $("#pay-button").disabled = false;
  });

  // One menu at a time, and none once somebody goes on elsewhere.
  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A suggestion is read like any answer; its field is kept through the swap, so it must say the same already.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fills]");
    const field = button && document.getElementById(button.dataset.fills);
    if (field) field.value = button.value;
  });

  // An invoice is one word: Enter in the box neither breaks it nor pays it. And to pick a route is not yet to pay.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.target.id === "text" || event.target.type === "radio")) event.preventDefault();
  });

  // Signed out meanwhile: the answer is the door, and the door is a page of its own.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, pathInfo } = event.detail;
    if (!xhr.responseURL || new URL(xhr.responseURL).pathname === pathInfo.requestPath) return;
    event.detail.shouldSwap = false;
    location.reload();
  });
  const reached = (yes) => () => {
    if ($("#unreachable")) $("#unreachable").hidden = yes;
  };
  for (const name of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(name, reached(false));
  document.addEventListener("htmx:afterOnLoad", reached(true));

  // A swap replaces folds and buttons: those that were open stay open, and the focus stays where it was.
  let kept = null;
  const keep = () => {
    kept = {
      open: [...document.querySelectorAll("details[open][id]")].map((fold) => fold.id),
      focus: document.activeElement && document.activeElement.id,
    };
  };
  const restore = () => {
    if (!kept) return;
    for (const id of kept.open) {
      const fold = document.getElementById(id);
      if (fold) fold.open = true;
    }
    const focused = kept.focus && document.getElementById(kept.focus);
    if (focused && focused !== document.activeElement) focused.focus({ preventScroll: true });
    kept = null;
    tick();
  };
  for (const name of ["htmx:wsBeforeMessage", "htmx:beforeSwap"]) document.addEventListener(name, keep);
  for (const name of ["htmx:wsAfterMessage", "htmx:afterSettle"]) document.addEventListener(name, restore);

  let socketIsUp = false;
  let downSince = Date.now();
  let heardAt = Date.now();
  for (const name of ["htmx:wsAfterMessage", "htmx:afterOnLoad"]) document.addEventListener(name, () => { heardAt = Date.now(); });
  // A page's own socket hangs on its body; a fragment may bring another, whose end says nothing about the page.
  document.addEventListener("htmx:wsOpen", (event) => { if (event.target === document.body) socketIsUp = true; });
  document.addEventListener("htmx:wsClose", (event) => {
    if (event.target !== document.body) return;
    if (event.detail.event && event.detail.event.code === NOT_ALLOWED_ANY_MORE) window.location.reload(); // it says what is different now
    if (socketIsUp) downSince = Date.now();
    socketIsUp = false;
  });
  const watchSocket = () => {
    const isDown = !socketIsUp && Date.now() - downSince > PATIENCE_MS;
    const badge = $("#connection");
    if (badge && document.body.hasAttribute("ws-connect")) badge.hidden = !isDown;
    const isStale = Date.now() - heardAt > LOOK_AGAIN_MS;
    if ((isDown || isStale) && $("#poll") && !$("[data-final]") && !document.hidden) htmx.trigger("#poll", "poll");
  };

  tick();
  setInterval(tick, 1000);
  setInterval(watchSocket, POLL_MS);
})();
