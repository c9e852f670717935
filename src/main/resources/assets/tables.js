// The tables, as Tables.java makes them for the first view.
import * as f from "./format.js";
import { element, newBar, setBar, setText, setTone } from "./dom.js";
import { shareBar, tone, fullness } from "./tiles.js";

const TOP = 10;
/** A family is sampled every 10 s, processes every 30 s; older than this is worth saying. */
const OLD_SECONDS = { top_processes: 65 };
const OLD_SECONDS_ELSE = 25;

const number = (value) => value ?? NaN;
const cell = (text) => ({ text, tone: "ok" });
const share = (ratio, warn, bad) => ({ text: f.percent(ratio), bar: shareBar(ratio), tone: tone(ratio, warn, bad) });
const fault = (rate) => ({ text: f.perSecond(rate), tone: rate > 0 ? "warn" : "ok" });

function top(items, field) {
  return items
    .filter((item) => item[field] !== undefined)
    .sort((a, b) => b[field] - a[field])
    .slice(0, TOP)
    .map((item) => [cell(item.name), cell(item.user), cell(item.pid), cell(f.percent(item.cpu_utilization)), cell(f.bytes(item.memory_bytes))]);
}

const FAMILY_TABLES = {
  filesystems: ["filesystems", (items) =>
    items.map((item) => [
      cell(item.mount),
      cell(item.type),
      share(fullness(item), 0.85, 0.95),
      cell(f.bytes(item.used_bytes)),
      cell(f.bytes(item.available_bytes)),
      cell(f.bytes(item.total_bytes)),
      cell(f.percent(item.inodes_used / item.inodes)),
    ])],
  disks: ["disks", (items) =>
    items.map((item) => [
      cell(item.disk),
      share(number(item.busy_ratio), 0.8, 0.95),
      cell(f.bytesPerSecond(item.read_bytes_per_second)),
      cell(f.bytesPerSecond(item.written_bytes_per_second)),
      cell(f.perSecond(item.reads_per_second)),
      cell(f.perSecond(item.writes_per_second)),
    ])],
  interfaces: ["interfaces", (items) =>
    items.map((item) => [
      cell(item.interface),
      cell(f.bytesPerSecond(item.received_bytes_per_second)),
      cell(f.bytesPerSecond(item.sent_bytes_per_second)),
      cell(f.perSecond(item.received_packets_per_second)),
      cell(f.perSecond(item.sent_packets_per_second)),
      fault(item.errors_per_second),
      fault(item.drops_per_second),
    ])],
  "processes-cpu": ["top_processes", (items) => top(items, "cpu_utilization")],
  "processes-memory": ["top_processes", (items) => top(items, "memory_bytes")],
  cores: ["cores", (items) => items.map((item) => [cell(item.core), share(number(item.utilization), 0.8, 0.95)])],
  temperatures: ["temperatures", (items) => items.map((item) => [cell(item.sensor), cell(f.celsius(item.celsius))])],
};

const FACT_TABLES = {
  system: (n) => [
    f.count(n.get("processes")),
    f.count(n.get("threads")),
    f.count(n.get("open_files")),
    f.bytes(n.get("memory_cached_bytes")),
    f.bytes(n.get("memory_available_bytes")),
    f.bytes(n.get("swap_used_bytes")),
    f.bytes(n.get("swap_total_bytes")),
  ],
  tcp: (n) => [
    f.count(n.get("tcp_established")),
    f.count(n.get("tcp_listen")),
    f.count(n.sum("tcp_syn_sent", "tcp_syn_received")),
    f.count(n.get("tcp_fin_wait")),
    f.count(n.get("tcp_time_wait")),
    f.count(n.get("tcp_close_wait")),
    f.count(n.get("tcp_closing")),
  ],
};

/** Which field shows that a table of facts has its slow numbers; before, the server's are the newest there are. */
const FACTS_NEED = { system: "processes", tcp: "tcp_established" };
const seenFacts = new Set();

export function updateTables(live, row) {
  for (const node of document.querySelectorAll("[data-table]")) {
    const id = node.dataset.table;
    if (FACT_TABLES[id]) updateFacts(node, id, live, row);
    else if (FAMILY_TABLES[id]) updateFamily(node, FAMILY_TABLES[id], live, row);
  }
}

function updateFacts(node, id, live, row) {
  if (row[FACTS_NEED[id]] !== undefined) seenFacts.add(id);
  if (!seenFacts.has(id)) return;
  const cells = node.querySelectorAll("tbody td");
  FACT_TABLES[id](live).forEach((text, i) => setText(cells[i], text));
}

function updateFamily(node, [family, lines], live, row) {
  if (row[family]) draw(node, lines(row[family]));
  const seen = live.seen(family);
  const age = seen === undefined ? 0 : row.ts - seen;
  setText(node.querySelector("[data-age]"), age > (OLD_SECONDS[family] ?? OLD_SECONDS_ELSE) ? `${f.duration(age)} ago` : "");
}

function draw(node, lines) {
  const body = node.querySelector("tbody");
  const kinds = [...node.querySelectorAll("thead th")].map((head) => head.className);
  if (lines.length === 0) {
    if (!body.querySelector(".empty")) {
      const line = element("tr", "empty");
      const only = element("td", "", "None");
      only.colSpan = kinds.length;
      line.append(only);
      body.replaceChildren(line);
    }
    return;
  }
  body.querySelector(".empty")?.remove();
  while (body.rows.length > lines.length) body.rows[body.rows.length - 1].remove();
  while (body.rows.length < lines.length) body.append(emptyLine(kinds));
  lines.forEach((cells, i) => cells.forEach((content, j) => fill(body.rows[i].cells[j], content)));
}

function emptyLine(kinds) {
  const line = element("tr");
  for (const kind of kinds) {
    const node = element(kind === "name" ? "th" : "td", kind);
    if (kind === "name") node.scope = "row";
    if (kind === "bar") node.append(element("span"), newBar([]));
    line.append(node);
  }
  return line;
}

/** Fills a cell of whatever kind it already is. */
export function fill(node, content) {
  if (content.bar) {
    setText(node.querySelector("span"), content.text);
    setBar(node.querySelector("svg"), content.bar);
  } else {
    setText(node, content.text);
  }
  if (node.tagName === "TD") setTone(node, content.tone);
}

export { share as shareCell };
