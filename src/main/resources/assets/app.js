// Wires the page: rows come in by the stream, the past by the history, and everything shown follows from both.
import { Charts, METRICS } from "./charts.js";
import { Columns } from "./columns.js";
import { byId, setState, setText } from "./dom.js";
import { Fleet } from "./fleet.js";
import { duration, momentOf, percent, span as lasting } from "./format.js";
import { watchHealth } from "./health.js";
import { Live, stateAt } from "./live.js";
import { Stream } from "./stream.js";
import { updateTables } from "./tables.js";
import { updateTiles } from "./tiles.js";
import { View } from "./view.js";

const KEPT_ROWS = 300;
const REFRESH_MS = 300000;
const RETRY_MS = 15000;
const HIDDEN_CLOSES_MS = 300000;
const FRESH_SECONDS = 30;
/** Up to this range every second is a point, however narrow the chart. */
const SECONDS_RANGE = 900;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const data = document.body.dataset;
const host = data.host;

/** The host's time: the server's at first, then the rows'; the browser's clock is not believed. */
const time = { ts: Number(data.now), at: performance.now() };
const now = () => time.ts + (performance.now() - time.at) / 1000;

let newest = Number(data.liveTs) || 0;
let reconnecting = false;
let recent = [];
let asked = null;
let loadedAt = 0;
let drawnAt = 0;
let retry = 0;
let hiddenAt = 0;
let closing = 0;

const live = new Live(Number(data.cores));
const view = new View(now);
const charts = new Charts(view, {
  zoom(from, to) {
    view.zoom(from, to);
    changed();
  },
  reset() {
    view.goLive();
    changed();
  },
});
const fleet = data.page === "fleet" ? new Fleet(now) : null;
const stream = new Stream(host, {
  row: take,
  state(state) {
    const back = reconnecting && state === "open";
    reconnecting = state === "reconnecting";
    showState();
    // The server replays what it still has; what it has not is in the history.
    if (back) setTimeout(load, 500 + Math.random() * 1500);
  },
});

function take(row) {
  if (row.host !== host || row.ts < newest) return;
  if (row.ts > now() || now() - row.ts < 2) Object.assign(time, { ts: row.ts, at: performance.now() });
  newest = row.ts;
  live.take(row);
  keep(row);
  if (view.live && charts.columns) charts.columns.add(row);
  if (!document.hidden) show(row);
  data.liveTs = String(row.ts);
}

function show(row) {
  updateTiles(live);
  updateTables(live, row);
  fleet?.take(row, Number(data.cores));
  setText(byId("uptime"), duration(live.get("uptime_seconds")));
  showState();
  if (view.live) {
    charts.newest(row);
    drawSometimes();
  }
}

/** Every second is one too many for a chart of days, and for people who asked for less motion. */
function drawSometimes() {
  const pause = calm.matches ? 10 : Math.min(10, Math.max(1, (charts.columns?.step ?? 1) / 4));
  if (now() - drawnAt < pause - 0.5) return;
  draw();
}

function draw() {
  drawnAt = now();
  if (view.live) charts.columns?.forgetBefore(view.from - 60);
  charts.draw();
  showWindow();
}

/** What the charts need of the row, until a history is known to hold it. */
function keep(row) {
  const slim = { ts: row.ts };
  for (const metric of METRICS) if (row[metric] !== undefined) slim[metric] = row[metric];
  recent.push(slim);
  if (recent.length > KEPT_ROWS) recent = recent.slice(-KEPT_ROWS);
}

async function load() {
  asked?.abort();
  clearTimeout(retry);
  const mine = (asked = new AbortController());
  const isLive = view.live;
  const to = isLive ? (now() - newest < FRESH_SECONDS ? newest + 1 : Math.floor(now())) : Math.ceil(view.to);
  const from = isLive ? Math.floor(to - view.seconds) : Math.floor(view.from);
  const width = Math.max(200, Math.min(1500, Math.round(charts.width)));
  const points = to - from <= SECONDS_RANGE ? Math.max(to - from, 10) : width;
  const query = new URLSearchParams({ hosts: host, metrics: METRICS.join(","), from, to, points });
  try {
    const answer = await fetch(`/api/history?${query}`, { signal: mine.signal });
    const range = await answer.json();
    if (!answer.ok) throw new Error(range.error?.message ?? `status ${answer.status}`);
    if (mine.signal.aborted) return;
    loadedAt = performance.now();
    const columns = new Columns({ ...range, to }, METRICS);
    if (isLive) for (const row of recent) columns.add(row);
    charts.columns = columns;
    charts.offer({ hosts: host, from, to, points });
    range.completeness && (columns.completeness = range.completeness[host]);
    note(problems(range.problems));
    showWindow();
    data.historyLoaded = String(range.start);
  } catch (error) {
    if (mine.signal.aborted) return;
    note(`The history cannot be shown: ${error.message}. Live values go on; trying again.`);
    retry = setTimeout(load, RETRY_MS);
  }
}

function problems(found = []) {
  if (found.length === 0) return "";
  const what = found.length === 1 ? "One object" : `${found.length} objects`;
  return `${what} of the archive could not be read, so a gap here may not be one: ${found[0].key} (${found[0].reason})`;
}

function note(text) {
  const node = byId("note");
  node.hidden = text === "";
  setText(node, text);
}

function showWindow() {
  const columns = charts.columns;
  const step = columns ? ` · a point is ${lasting(columns.step)}` : "";
  const complete = typeof columns?.completeness === "number" && columns.completeness < 0.9995 ? ` · ${percent(Math.floor(columns.completeness * 1000) / 1000)} of the rows` : "";
  const length = view.to - view.from;
  const span = view.live ? `from ${momentOf(view.from, length, false)}` : `${momentOf(view.from, length)} to ${momentOf(view.to, length)}`;
  setText(byId("window"), span + step + complete);
}

function showState() {
  const state = reconnecting ? { kind: "stale", text: "reconnecting…" } : stateAt(newest, now());
  const node = document.querySelector(".who .state");
  if (node) setState(node, state);
  fleet?.state(host, state);
}

function showControls() {
  for (const button of document.querySelectorAll("#ranges button")) {
    button.setAttribute("aria-pressed", String(view.live && Number(button.dataset.range) === view.seconds));
  }
  setText(byId("pause"), view.live ? "Pause" : "Back to live");
  byId("pause").classList.toggle("primary", !view.live);
}

function changed() {
  showControls();
  draw();
  load();
}

byId("ranges").addEventListener("click", (event) => {
  const seconds = Number(event.target.closest("button")?.dataset.range);
  if (!seconds) return;
  view.last(seconds);
  changed();
});
byId("pause").addEventListener("click", () => {
  if (view.live) view.pause();
  else view.goLive();
  changed();
});

document.addEventListener("visibilitychange", () => {
  clearTimeout(closing);
  if (document.hidden) {
    hiddenAt = performance.now();
    closing = setTimeout(() => stream.close(), HIDDEN_CLOSES_MS);
    return;
  }
  wake(performance.now() - hiddenAt > 60000 || now() - newest > 5);
});
addEventListener("pageshow", (event) => event.persisted && wake(true));
addEventListener("online", () => wake(true));

/** Back from where nothing was drawn, or nothing came in. */
function wake(refill) {
  if (!stream.opened) stream.open();
  if (live.row) show(live.row);
  if (refill) load();
  else draw();
}

setInterval(() => {
  if (document.hidden) return;
  showState();
  if (view.live && now() - drawnAt > 12) draw();
  if (view.live && performance.now() - loadedAt > REFRESH_MS && loadedAt > 0) {
    loadedAt = performance.now();
    load();
  }
}, 1000);

showControls();
load();
stream.open();
watchHealth();
