"use strict";
// Keeps the page as it is on the server: told by the stream, and looking once a minute.
(() => {
  const state = document.getElementById("state");
  const said = document.getElementById("said");
  const words = state.dataset;
  let live = document.getElementById("live");
  let known = live.innerHTML;
  let source = null, looking = null, soon = null;

  const show = (text) => { if (state.textContent !== text) state.textContent = text; };
  const over = () => live.dataset.over === "1";

  async function refresh() {
    try {
      const answer = await fetch(location.href, { cache: "no-cache" });
      if (!answer.ok) return false;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("live");
      if (fresh.innerHTML !== known) put(fresh, page.title);
      return true;
    } catch {
      return false;
    }
  }

  function put(fresh, title) {
    const before = live.querySelector("h1").textContent;
    const focused = live.contains(document.activeElement) && document.activeElement.id;
    known = fresh.innerHTML;
    live.replaceWith(fresh);
    live = fresh;
    document.title = title;
    if (focused) document.getElementById(focused)?.focus();
    const now = live.querySelector("h1").textContent;
    if (now !== before) said.textContent = now;
    if (over()) stop();
  }

  // Many events at once are one look.
  function told() {
    soon ??= setTimeout(() => { soon = null; refresh(); }, 200);
  }

  function listen() {
    source?.close();
    source = new EventSource(words.stream);
    source.onopen = () => show(words.connected);
    source.onerror = () => show(words.lost);
    // "hello" comes when the stream knows where it starts: what came before that is looked up.
    for (const kind of ["hello", "tracking", "shipment"]) source.addEventListener(kind, told);
  }

  // A dead connection can look alive for long: what the stream keeps back is found here.
  async function look() {
    const well = await refresh();
    if (!source) return;
    if (source.readyState !== EventSource.OPEN) show(well ? words.polling : words.lost);
    if (!well || source.readyState === EventSource.CLOSED) listen();
  }

  function start() {
    listen();
    looking ??= setInterval(look, 60000);
  }

  function stop() {
    source?.close();
    clearInterval(looking);
    source = looking = null;
    show("");
  }

  function again() {
    if (over() || document.hidden) return;
    start();
    refresh();
  }

  // A phone in a pocket asks for nothing; taken out again, it looks at once.
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); else again(); });
  addEventListener("offline", () => { if (source) show(words.lost); });
  addEventListener("online", again);
  if (!over() && !document.hidden) start();
})();
