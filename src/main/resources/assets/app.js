// Wires a host's page: rows come in by the stream, the past by the history, and everything shown follows from both. Where the host is
// gone, the page stands at its last second.
import { Charts } from "./charts.js";
import { Clock } from "./clock.js";
import { Columns } from "./columns.js";
import { note, problems, showControls, showWindow, wireControls } from "./controls.js";
import { byId, setState, setText } from "./dom.js";
import { Events } from "./events.js";
import { duration } from "./format.js";
import { watchHealth } from "./health.js";
import { Live, isAfter, isJump } from "./live.js";
import { HOST_CHARTS, HOST_METRICS } from "./specs.js";
import { stateOf, stateText } from "./state.js";
import { Stream } from "./stream.js";
import { updateTables } from "./tables.js";
import { updateTiles } from "./tiles.js";
import { View } from "./view.js";

const KEPT_ROWS = 300;
const REFRESH_MS = 300000;
const RETRY_MS = 15000;
const HIDDEN_CLOSES_MS = 300000;
/** Beyond the time between two rows, the newest one is still where the charts end. */
const FRESH_SECONDS = 29;
/** A connection without an event for so long may be to a node that hangs. The fleet's comes every second. */
const SILENCE_MS = 5000;
/** With rows that are older than the time between two and this, the host is not called live, and it is asked what became of it. */
const LATE_SECONDS = 3;
/** Up to this range every second is a point, however narrow the chart. */
const SECONDS_RANGE = 900;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const data = document.body.dataset;
const host = data.host;
const who = document.querySelector(".who");
/** Seconds between two rows. */
const sample = Number(who.dataset.sample);
const clock = new Clock(Number(data.now));

/** As the page said it, then as the fleet says it. */
let known = { state: who.dataset.state, reason: who.dataset.reason || null, since: Number(who.dataset.since) };
let newest = Number(data.liveTs) || 0;
let reconnecting = false;
let recent = [];
let asked = null;
let loadedAt = 0;
let drawnAt = 0;
let retry = 0;
let hiddenAt = 0;
let closing = 0;

/** Whether there is nothing more to come from the host. */
const gone = () => known.state === "lost" || known.state === "ended" || known.state === "unknown";
/** Where charts end: now, or the host's last second. */
const now = () => (gone() ? (newest || known.since) + 1 : clock.now());
/** Of this browser, for what takes time: no step of a clock changes it. */
const seconds = () => performance.now() / 1000;
const silent = () => clock.now() - newest > sample + LATE_SECONDS;

const live = new Live(Number(data.cores));
const view = new View(now);
const charts = new Charts(HOST_CHARTS, view, {
  zoom(from, to) {
    view.zoom(from, to);
    changed();
  },
  reset() {
    view.goLive();
    changed();
  },
});
const events = new Events(
  (name) => name === host,
  (found) => (charts.marks = found),
);
const rows = new Stream(() => `/api/stream?host=${encodeURIComponent(host)}`, { event: take, state: connection }, Math.max(SILENCE_MS, sample * 2500));
/** Says what became of a host that is silent. */
const fleet = new Stream(() => `/api/stream/fleet?hosts=${encodeURIComponent(host)}`, { event: learn, state: () => {} }, SILENCE_MS);

function connection(state) {
  const back = reconnecting && state === "open";
  reconnecting = state === "reconnecting";
  showState();
  // The server replays what it still has; what it has not is in the history.
  if (back) setTimeout(load, 500 + Math.random() * 1500);
}

function take(row) {
  const before = live.row;
  if (row.host !== host || !isAfter(row, before) || (!before && row.ts < newest)) return;
  const jump = isJump(row, before);
  if (row.ts < newest) clock.putBack(row.ts);
  else clock.take(row.ts);
  newest = row.ts;
  live.take(row);
  if (jump) recent = [];
  keep(row);
  if (!silent()) arrived();
  if (jump && view.live) {
    charts.columns = null;
    load();
  } else if (view.live) charts.columns?.add(row);
  if (!document.hidden) show(row);
  data.liveTs = String(row.ts);
}

/** A row of now is the best of news. */
function arrived() {
  const before = gone();
  if (known.state !== "live") known = { state: "live", reason: null, since: newest };
  fleet.close();
  if (before) changed();
}

function learn({ ts, hosts = [] }) {
  const said = hosts.find((one) => one.host === host);
  if (!said) return;
  if (silent()) clock.take(ts);
  const before = gone();
  known = { state: said.state, reason: said.reason ?? null, since: said.since };
  if (known.state === "live" && !rows.opened) rows.open();
  if (gone()) rows.close();
  showState();
  if (before !== gone()) changed();
}

function show(row) {
  byId("no-row")?.remove();
  updateTiles(live);
  updateTables(live, row);
  setText(byId("uptime"), duration(live.get("uptime_seconds")));
  if (!gone()) setText(byId("tables-title"), "Now");
  showState();
  if (view.live) {
    charts.newest(row);
    drawSometimes();
  }
}

/** Every second is one too many for a chart of days, and for people who asked for less motion. */
function drawSometimes() {
  const pause = calm.matches ? 10 : Math.min(10, Math.max(1, (charts.columns?.step ?? 1) / 4));
  if (seconds() - drawnAt < pause - 0.5) return;
  draw();
}

function draw() {
  drawnAt = seconds();
  if (view.live) charts.columns?.forgetBefore(view.from - 60);
  charts.draw();
  showWindow(view, charts.columns, gone());
}

/** What the charts need of the row, until a history is known to hold it. */
function keep(row) {
  const slim = { ts: row.ts };
  for (const metric of HOST_METRICS) if (row[metric] !== undefined) slim[metric] = row[metric];
  recent.push(slim);
  if (recent.length > KEPT_ROWS) recent = recent.slice(-KEPT_ROWS);
}

async function load() {
  asked?.abort();
  clearTimeout(retry);
  const mine = (asked = new AbortController());
  const isLive = view.live;
  const to = isLive ? (now() - newest < sample + FRESH_SECONDS ? newest + 1 : Math.floor(now())) : Math.ceil(view.to);
  const from = isLive ? Math.floor(to - view.seconds) : Math.floor(view.from);
  const width = Math.max(200, Math.min(1500, Math.round(charts.width)));
  const points = to - from <= SECONDS_RANGE ? Math.max(to - from, 10) : width;
  const query = new URLSearchParams({ hosts: host, metrics: HOST_METRICS.join(","), from, to, points });
  try {
    const answer = await fetch(`/api/history?${query}`, { signal: mine.signal });
    const range = await answer.json();
    if (!answer.ok) throw new Error(range.error?.message ?? `status ${answer.status}`);
    if (mine.signal.aborted) return;
    loadedAt = performance.now();
    const columns = new Columns({ ...range, to }, HOST_METRICS);
    if (isLive) for (const row of recent) columns.add(row);
    charts.columns = columns;
    charts.offer({ hosts: host, from, to, points });
    range.completeness && (columns.completeness = range.completeness[host]);
    note(problems(range.problems));
    showWindow(view, columns, gone());
    data.historyLoaded = String(range.start);
  } catch (error) {
    if (mine.signal.aborted) return;
    note(`The history cannot be shown: ${error.message}. ${gone() ? "" : "Live values go on; "}trying again.`);
    retry = setTimeout(load, RETRY_MS);
  }
}

function showState() {
  const state = reconnecting && !gone() ? { kind: "stale", text: "reconnecting…" } : stateNow();
  setState(who.querySelector(".state"), state);
}

function stateNow() {
  const state = stateOf({ ...known, state: kindNow() }, newest, clock.now());
  return { kind: state.kind, text: stateText(state) };
}

/** Rows that no longer come make a host stale before anybody has said so. */
const kindNow = () => (known.state === "live" && newest && silent() ? "stale" : known.state);

function changed() {
  showControls(view, gone());
  draw();
  load();
  // What ended it comes right after its last second.
  events.load({ from: () => view.from, to: () => (view.live ? clock.now() + 1 : view.to), live: view.live });
}

wireControls(view, changed);

document.addEventListener("visibilitychange", () => {
  clearTimeout(closing);
  if (document.hidden) {
    hiddenAt = performance.now();
    closing = setTimeout(() => [rows, fleet].forEach((stream) => stream.close()), HIDDEN_CLOSES_MS);
    return;
  }
  wake(performance.now() - hiddenAt > 60000 || clock.now() - newest > sample + LATE_SECONDS + 1);
});
addEventListener("pageshow", (event) => event.persisted && wake(true));
addEventListener("online", () => wake(true));

/** Back from where nothing was drawn, or nothing came in. */
function wake(refill) {
  if (!gone() && !rows.opened) rows.open();
  if (live.row) show(live.row);
  if (refill) load();
  else draw();
}

setInterval(() => {
  if (document.hidden) return;
  showState();
  if ((gone() || (silent() && !reconnecting)) && !fleet.started) fleet.open();
  if (view.live && !gone() && seconds() - drawnAt > 12) draw();
  if (view.live && !gone() && performance.now() - loadedAt > REFRESH_MS && loadedAt > 0) {
    loadedAt = performance.now();
    load();
  }
}, 1000);

changed();
if (!gone()) rows.open();
watchHealth();
