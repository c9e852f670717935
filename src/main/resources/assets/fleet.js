// The table of hosts and the totals over them, as FleetPage.java makes them for the first view.
import * as f from "./format.js";
import { setState, setText, svg } from "./dom.js";
import { Live, stateAt } from "./live.js";
import { fill, shareCell } from "./tables.js";

const SPARK_POINTS = 60;
const SPARK_EVERY_MS = 60000;
/** The history answers for no more hosts at once. */
const HOSTS_A_QUERY = 50;

export class Fleet {
  #lives = new Map();
  #lines = new Map();

  constructor(now) {
    this.now = now;
    for (const line of document.querySelectorAll("#hosts tr[data-host]")) this.#lines.set(line.dataset.host, line);
    this.#sparks();
    setInterval(() => document.hidden || this.#sparks(), SPARK_EVERY_MS);
  }

  take(row, cores) {
    if (!this.#lives.has(row.host)) this.#lives.set(row.host, new Live(cores));
    const live = this.#lives.get(row.host);
    live.take(row);
    const line = this.#lines.get(row.host);
    if (line) this.#draw(line, live);
    if (this.#lives.size === this.#lines.size) this.#totals();
  }

  /** The line of the host whose rows come in. */
  state(host, state) {
    const node = this.#lines.get(host)?.querySelector(".state");
    if (node) setState(node, state);
  }

  #draw(line, n) {
    const cell = (name) => line.querySelector(`[data-cell="${name}"]`);
    fill(cell("cpu"), shareCell(n.get("cpu_utilization"), 0.8, 0.95));
    fill(cell("memory"), shareCell(n.get("memory_used_bytes") / n.get("memory_total_bytes"), 0.85, 0.95));
    if (n.has("filesystems")) fill(cell("space"), shareCell(n.get("filesystem_used_ratio_max"), 0.85, 0.95));
    setText(cell("load"), f.load(n.get("load1")));
    setText(cell("disk"), f.bytesPerSecond(n.sum("disk_read_bytes_per_second", "disk_written_bytes_per_second")));
    setText(cell("network"), f.bytesPerSecond(n.sum("network_received_bytes_per_second", "network_sent_bytes_per_second")));
    setText(cell("uptime"), f.duration(n.get("uptime_seconds")));
  }

  #totals() {
    const lives = [...this.#lives.values()];
    const sum = (...fields) => sumOfKnown(lives.map((live) => live.sum(...fields)));
    const total = (id, text) => setText(document.querySelector(`[data-total="${id}"] dd`), text);
    const live = lives.filter((one) => stateAt(one.row.ts, this.now()).kind === "live").length;
    const cores = lives.reduce((all, one) => all + one.cores, 0);
    total("hosts", `${live} of ${this.#lines.size}`);
    total("cores", cores === 0 ? f.ABSENT : f.count(cores));
    total("memory", `${f.bytes(sum("memory_used_bytes"))} of ${f.bytes(sum("memory_total_bytes"))}`);
    total("disk", f.bytesPerSecond(sum("disk_read_bytes_per_second", "disk_written_bytes_per_second")));
    total("received", f.bytesPerSecond(sum("network_received_bytes_per_second")));
    total("sent", f.bytesPerSecond(sum("network_sent_bytes_per_second")));
  }

  async #sparks() {
    const hosts = [...this.#lines.keys()];
    for (let i = 0; i < hosts.length; i += HOSTS_A_QUERY) await this.#sparksOf(hosts.slice(i, i + HOSTS_A_QUERY));
  }

  async #sparksOf(hosts) {
    const query = new URLSearchParams({ hosts: hosts.join(","), metrics: "cpu_utilization", from: "-1h", points: SPARK_POINTS });
    try {
      const answer = await fetch(`/api/history?${query}`);
      if (!answer.ok) return;
      const range = await answer.json();
      for (const series of range.series) {
        const line = this.#lines.get(series.host);
        if (line) spark(line.querySelector(".sparkline"), series, range);
      }
    } catch {
      // The next look comes in a minute; what was drawn stays.
    }
  }
}

/** NaN where nothing is known. */
function sumOfKnown(values) {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? NaN : known.reduce((sum, value) => sum + value, 0);
}

/** A line per stretch without gaps, over 0 to 100 %. */
function spark(node, { avg }, { buckets }) {
  let path = "";
  let drawing = false;
  avg.forEach((value, i) => {
    if (value === null) {
      drawing = false;
      return;
    }
    const x = ((i / Math.max(1, buckets - 1)) * 120).toFixed(1);
    const y = (23 - Math.min(1, value) * 22).toFixed(1);
    path += `${drawing ? "L" : "M"}${x} ${y}`;
    drawing = true;
  });
  const known = avg.filter((value) => value !== null);
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  node.setAttribute("aria-label", known.length === 0 ? "CPU over the last hour: nothing recorded" : `CPU over the last hour: average ${f.percent(mean)}`);
  node.replaceChildren(svg("path", { d: path }));
}
