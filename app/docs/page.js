// Fills the examples of the API document with what is really there, so that "Execute" works:
// this installation's commodities, days to come, and whatever the pasted key may see.
"use strict";

const WRITTEN_ON = Date.parse("2026-11-21"); // the day the examples' dates were written for
const DAY = 86400000;
const EXAMPLE_KEY = "pasar-jaya-";
const said = document.getElementById("said");
const input = document.getElementById("value");

async function read(path, key) {
  const headers = key ? { Authorization: "Bearer " + key } : {};
  const answer = await fetch(path, { headers });
  return answer.ok ? (await answer.json()).data : [];
}

// The newest object of each kind that the key may see, by the prefix of its id.
async function found(key) {
  const ids = {};
  const note = (thing) => { if (thing && thing.id) ids[thing.id.split("_")[0]] = thing.id; return thing; };
  const newest = async (path) => note((await read(path, key))[0]);
  note((await read("/v1/commodities")).find((c) => c.code === "eggs"));
  if (!key) { await newest("/v1/listings?limit=1"); return ids; }
  const party = await newest("/v1/parties?limit=1");
  if (party) {
    for (const kind of ["sites", "licences", "members"]) {
      note((await read(`/v1/parties/${party.id}/${kind}`, key))[0]);
    }
  }
  await newest("/v1/listings?mine=true&limit=1");
  for (const kind of ["supply-offers", "allocations", "lots", "goods-receipts", "api-keys"]) {
    await newest(`/v1/${kind}?limit=1`);
  }
  const shipment = await newest("/v1/shipments?limit=1");
  if (shipment) ids.code = shipment.tracking_code;
  for (const kind of ["agreements", "orders"]) {
    const whole = await newest(`/v1/${kind}?limit=1`);
    if (whole && whole.lines) note(whole.lines[0]);
  }
  return ids;
}

// Text in, text out: ids of the kinds that were found, days moved to today, references not used yet.
function filled(document, ids) {
  const late = Math.round((Date.now() - WRITTEN_ON) / DAY);
  const fresh = Math.random().toString(36).slice(2, 8);
  let text = document
    .replace(/\b20(26|27)-\d\d-\d\d(?!\d)/g, (day) => {
      const time = Date.parse(day);
      return Number.isNaN(time) || time < WRITTEN_ON - 7 * DAY ? day : new Date(time + late * DAY).toISOString().slice(0, 10);
    })
    .replace(/("external_reference": ?")([^"]+)"/g, `$1$2-${fresh}"`);
  for (const [prefix, id] of Object.entries(ids)) {
    text = prefix === "code"
      ? text.replace(/BTC-[0-9A-Z]{10}/g, id)
      : text.replace(new RegExp(`\\b${prefix}_01[0-9a-hjkmnp-tv-z]{24}`, "g"), id);
  }
  return text;
}

async function show(key) {
  const ids = await found(key);
  const document = await (await fetch("/openapi.json")).text();
  const ui = SwaggerUIBundle({
    spec: JSON.parse(filled(document, ids)),
    dom_id: "#ui",
    deepLinking: true,
    tryItOutEnabled: true,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    onComplete: () => { if (key) ui.preauthorizeApiKey("apiKey", key); },
    requestInterceptor: (request) => {
      // The example key would belong to the first request ever sent with it.
      if ((request.headers["Idempotency-Key"] || "").startsWith(EXAMPLE_KEY)) {
        request.headers["Idempotency-Key"] = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
      }
      return request;
    },
  });
  const kinds = Object.keys(ids).length;
  said.textContent = key
    ? `The examples name ${kinds} things that this key may see, newest first; every Execute sends a fresh Idempotency-Key.`
    : "Without a key the public examples run. Paste a key and the others name your own things.";
}

document.querySelector("#key form").addEventListener("submit", (event) => {
  event.preventDefault();
  show(input.value.trim());
});
show("");
