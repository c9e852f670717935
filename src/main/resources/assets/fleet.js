// Wires the fleet's page: who there is comes from /api/fleet, what changes by the stream, the past page by page from the history.
import { SUBJECTS, spread } from "./aggregate.js";
import { Charts } from "./charts.js";
import { Clock } from "./clock.js";
import { note, problems, showControls, showWindow, wireControls } from "./controls.js";
import { byId, setText } from "./dom.js";
import { Events } from "./events.js";
import { count } from "./format.js";
import { FilterForm } from "./form.js";
import { isEmpty, matcher } from "./filter.js";
import { gather, pointsFor } from "./gather.js";
import { watchHealth } from "./health.js";
import { Hosts, comparator, isCurrent, sumOf } from "./hosts.js";
import { Lanes } from "./lanes.js";
import { Rows } from "./rows.js";
import { Sparks } from "./sparks.js";
import { FLEET_CHARTS } from "./specs.js";
import { Stream } from "./stream.js";
import { showTotals } from "./totals.js";
import { View } from "./view.js";

const SILENCE_MS = 4000;
const REFRESH_MS = 300000;
const RETRY_MS = 5000;
const HIDDEN_CLOSES_MS = 300000;
const SORT_AGAIN_MS = 5000;
const SUBSCRIBE_AFTER_MS = 600;
/** The server's limit on a request's head leaves room for so many names. */
const MOST_WATCHED = 80;
const FEW = 50;

const data = document.body.dataset;
const clock = new Clock(Number(data.now), reload);
/** Of this browser, for what takes time: no step of a clock changes it. */
const seconds = () => performance.now() / 1000;
const now = () => clock.now();
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const hosts = new Hosts();
const picked = new Set();
let sort = sortOf(new URLSearchParams(location.search).get("sort"));
/** Names whose numbers the charts take together; null while that is everybody. */
let selection = null;
let watched = [];
let visible = [];
let reconnecting = false;
let loadedAt = 0;
let drawnAt = 0;
let sortedAt = 0;
/** How many hosts the charts are over while they are over everybody. */
let drawnHosts = 0;
let hiddenAt = 0;
const timers = {};
let asked = null;

const view = new View(now);
const charts = new Charts(
  FLEET_CHARTS,
  view,
  {
    zoom(from, to) {
      view.zoom(from, to);
      changed();
    },
    reset() {
      view.goLive();
      changed();
    },
  },
  "spread",
);
const events = new Events(
  (name) => selection === null || selection.has(name),
  (found) => (charts.marks = found),
);
const form = new FilterForm(() => select());
const lanes = new Lanes();
const sparks = new Sparks((name) => rows.spark(name));
const rows = new Rows({
  now,
  visible(names) {
    visible = names;
    sparks.want(names);
    watch();
  },
  sort(key) {
    sort = { key, down: sort.key === key ? !sort.down : key !== "host" && key !== "state" };
    const query = new URLSearchParams(location.search);
    if (sort.key === "state" && !sort.down) query.delete("sort");
    else query.set("sort", `${sort.down ? "-" : ""}${sort.key}`);
    history.replaceState(null, "", query.size > 0 ? `?${query}` : location.pathname);
    arrange();
  },
  pick(name, on) {
    if (on) picked.add(name);
    else picked.delete(name);
    select();
  },
  picked: (name) => picked.has(name),
  spark: (node, name) => sparks.draw(node, name),
});
const stream = new Stream(
  () => `/api/stream/fleet?hosts=${watched.map(encodeURIComponent).join(",")}`,
  { event: take, state: connection },
  SILENCE_MS,
);

function sortOf(text) {
  const [, down, key] = /^(-?)(host|state|cpu|memory|space|load|disk|network|uptime)$/.exec(text ?? "") ?? [];
  return key ? { key, down: down === "-" } : { key: "state", down: false };
}

/** Again and again until somebody answers; what is shown stays. */
async function who() {
  clearTimeout(timers.who);
  try {
    const answer = await fetch("/api/fleet", { cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const fleet = await answer.json();
    clock.take(fleet.ts);
    hosts.replace(fleet.hosts);
    const trouble = byId("trouble");
    trouble.hidden = !fleet.trouble;
    setText(trouble.querySelector("span"), fleet.trouble ?? "");
    const first = data.hosts === undefined;
    data.hosts = String(hosts.size);
    form.offer(hosts.all());
    lanes.show(hosts.all());
    select();
    if (first) {
      watched = visible.slice(0, MOST_WATCHED);
      stream.open();
    }
    timers.who = setTimeout(who, hosts.size > 200 ? REFRESH_MS : REFRESH_MS / 5);
  } catch {
    timers.who = setTimeout(who, RETRY_MS * (0.5 + Math.random() / 2));
  }
}

function take({ ts, hosts: changes = [] }) {
  clock.take(ts);
  const strange = changes.some(({ host, state }) => !hosts.has(host) || (state === "live" && hosts.get(host).state === "ended"));
  const moved = changes.some(({ host, state }) => hosts.get(host)?.state !== state);
  const fresh = hosts.merge(changes);
  if (strange) {
    clearTimeout(timers.who);
    timers.who = setTimeout(who, 500 + Math.random() * 1000);
  }
  const chosen = live();
  const values = Object.entries(SUBJECTS).map(([subject, fields]) => [subject, chosen.map((host) => [host.host, sumOf(host.row, ...fields)])]);
  if (view.live) charts.columns?.add(ts, values);
  data.liveTs = String(ts);
  if (document.hidden) return;
  lanes.update(fresh);
  showTotals(hosts.all());
  rows.update(fresh);
  if (moved && form.filter.state) later("select", select, 1000);
  else if (moved || performance.now() - sortedAt > SORT_AGAIN_MS) arrange(true);
  if (!view.live) return;
  charts.newest(newestOf(values));
  const pause = calm.matches ? 10 : Math.min(10, Math.max(1, (charts.columns?.step ?? 1) / 4));
  if (seconds() - drawnAt >= pause - 0.5) draw();
}

/** Of the selection, and with numbers of now. */
function live() {
  return hosts.all().filter((host) => isCurrent(host, now()) && (selection === null || selection.has(host.host)));
}

/** By column, as a legend has it. */
function newestOf(values) {
  const row = {};
  for (const [subject, known] of values) {
    for (const [statistic, value] of Object.entries(spread(known.map(([, one]) => one)) ?? {})) row[`${subject}.${statistic}`] = value;
  }
  return row;
}

function connection(state) {
  const back = reconnecting && state === "open";
  reconnecting = state === "reconnecting";
  byId("stream").hidden = !reconnecting;
  if (!back) return;
  // Whoever answers now may know more; and what was missed is in the history.
  who();
  later("load", load, 500 + Math.random() * 1500);
}

/** The hosts on the screen are asked every second, so the stream has to know them. */
function watch() {
  if (!stream.started || visible.every((name) => watched.includes(name))) return;
  later("watch", () => {
    watched = visible.slice(0, MOST_WATCHED);
    stream.open();
  }, SUBSCRIBE_AFTER_MS);
}

/** Puts the table in order. @param gently not while somebody is at it */
function arrange(gently = false) {
  if (gently && rows.busy) return;
  sortedAt = performance.now();
  const filter = form.filter;
  const matching = isEmpty(filter) ? hosts.all() : hosts.all().filter(matcher(filter));
  rows.show(matching.sort(comparator(sort)), sort);
}

/** Picked hosts, else those that match, else everybody. */
function select() {
  arrange();
  const filter = form.filter;
  const matching = isEmpty(filter) ? null : hosts.all().filter(matcher(filter)).map((host) => host.host);
  const chosen = picked.size > 0 ? [...picked].filter((name) => hosts.has(name)) : matching;
  const before = selection === null ? null : [...selection].join();
  selection = chosen === null ? null : new Set(chosen);
  lanes.dim(selection);
  const all = count(hosts.size);
  const size = selection === null ? all : count(selection.size);
  const hostsOf = (number) => `${number} ${number === "1" ? "host" : "hosts"}`;
  setText(byId("scope"), picked.size > 0 ? `${size} selected` : matching === null ? hostsOf(all) : `${size} of ${hostsOf(all)}`);
  setText(byId("charts-title"), selection === null ? "All hosts" : picked.size > 0 ? hostsOf(size) + " selected" : `${hostsOf(size)} that match`);
  form.clearable(picked.size > 0);
  byId("pick-all").checked = picked.size > 0;
  showTotals(hosts.all());
  if (loadedAt > 0 && selection === null && hosts.size !== drawnHosts) later("load", load, 2000);
  if (loadedAt === 0 || before !== (chosen === null ? null : chosen.join())) later("load", load, loadedAt === 0 ? 0 : 400);
  events.show();
}

/** What is drawn does not go on where the node's clock was put. */
function reload() {
  if (!view.live || loadedAt === 0) return;
  charts.columns = null;
  load();
}

async function load() {
  if (hosts.size === 0) return;
  asked?.abort();
  clearTimeout(timers.retry);
  const mine = (asked = new AbortController());
  drawnHosts = hosts.size;
  const names = selection === null ? hosts.all().map((host) => host.host) : [...selection];
  const to = view.live ? Math.floor(now()) + 1 : Math.ceil(view.to);
  const from = view.live ? Math.floor(to - view.seconds) : Math.floor(view.from);
  if (names.length === 0) {
    note("No host is chosen, so there is nothing to draw.");
    return;
  }
  const points = pointsFor(names.length, Math.max(200, Math.min(1000, Math.round(charts.width))));
  try {
    const found = await gather(names, { from, to, points }, mine.signal, (done) => {
      if (names.length > FEW) setText(byId("window"), `reading ${count(done)} of ${count(names.length)} hosts`);
    });
    if (found === null) return;
    loadedAt = performance.now();
    charts.columns = found.columns;
    if (names.length <= FEW) charts.offer({ hosts: names.join(","), from, to, points });
    else charts.withdraw();
    const lost = found.missing.length > 0 ? `The history of ${count(found.missing.length)} of ${count(names.length)} hosts is missing here: ${found.reason}. ` : "";
    note(lost + problems(found.problems));
    showWindow(view, charts.columns, false);
    data.historyLoaded = String(found.columns.start);
  } catch (error) {
    if (mine.signal.aborted) return;
    note(`The history cannot be shown: ${error.message}. Live values go on; trying again.`);
    timers.retry = setTimeout(load, RETRY_MS * 3);
  }
}

function draw() {
  drawnAt = seconds();
  if (view.live) charts.columns?.forgetBefore(view.from - 60);
  charts.draw();
  showWindow(view, charts.columns, false);
}

function changed() {
  showControls(view, false);
  draw();
  load();
  events.load({ from: () => view.from, to: () => view.to + 1, live: view.live });
}

function later(name, action, ms) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(action, ms);
}

wireControls(view, changed);
byId("modes").addEventListener("click", (event) => {
  const mode = event.target.closest("button")?.dataset.mode;
  if (!mode) return;
  for (const button of byId("modes").children) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
  charts.show(mode);
});
byId("pick-all").hidden = false;
byId("pick-all").addEventListener("change", (event) => {
  picked.clear();
  if (event.target.checked) for (const host of hosts.all().filter(matcher(form.filter))) picked.add(host.host);
  rows.picked();
  select();
});
byId("clear").addEventListener("click", () => {
  picked.clear();
  rows.picked();
  form.clear();
});

document.addEventListener("visibilitychange", () => {
  clearTimeout(timers.close);
  if (document.hidden) {
    hiddenAt = performance.now();
    timers.close = setTimeout(() => stream.close(), HIDDEN_CLOSES_MS);
    return;
  }
  wake(performance.now() - hiddenAt > 60000);
});
addEventListener("pageshow", (event) => event.persisted && wake(true));
addEventListener("online", () => wake(true));

/** Back from where nothing was drawn, or nothing came in. */
function wake(refill) {
  if (data.hosts !== undefined && !stream.opened) stream.open();
  if (refill) {
    who();
    load();
  }
  lanes.update(hosts.all());
  showTotals(hosts.all());
  if (hosts.size > 0) arrange();
  draw();
}

setInterval(() => {
  if (document.hidden) return;
  rows.tick();
  if (view.live && seconds() - drawnAt > 12) draw();
  if (view.live && loadedAt > 0 && performance.now() - loadedAt > REFRESH_MS) {
    loadedAt = performance.now();
    load();
  }
}, 1000);

changed();
who();
watchHealth();
