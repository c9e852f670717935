// Many hosts taken together, as Spread.java does it for the first view. Knows nothing of the page.

/** The smallest of the sorted values that at least 95 % of them do not exceed (nearest rank). */
export const p95 = (sorted) => (sorted.length === 0 ? NaN : sorted[Math.floor((sorted.length * 95 + 99) / 100) - 1]);

/** Of those values that are known; null where none is. */
export function spread(values) {
  const known = Float64Array.from(values).filter((value) => !Number.isNaN(value));
  if (known.length === 0) return null;
  known.sort();
  const sum = known.reduce((a, b) => a + b, 0);
  return { avg: sum / known.length, p95: p95(known), max: known[known.length - 1], sum };
}

/** What is drawn: each subject is the sum of its metrics on every host. */
export const SUBJECTS = {
  cpu: ["cpu_utilization"],
  memory: ["memory_used_bytes"],
  disk: ["disk_read_bytes_per_second", "disk_written_bytes_per_second"],
  network: ["network_received_bytes_per_second", "network_sent_bytes_per_second"],
};
export const SUBJECT_METRICS = Object.values(SUBJECTS).flat();
/** Sorted without giving way. */
const VALUES_AT_ONCE = 10000;
const STATISTICS = ["avg", "p95", "max", "sum"];

/** One subject in one bucket: each host's average there, NaN where it has none. */
class Bucket {
  #rows = null;

  constructor(hosts) {
    this.avg = new Float64Array(hosts).fill(NaN);
  }

  /** Adds up, because a subject may be of several metrics. */
  put(host, avg) {
    this.avg[host] = Number.isNaN(this.avg[host]) ? avg : this.avg[host] + avg;
  }

  /** Averages one more row in. What the history has put there counts as one row. */
  add(host, value) {
    this.#rows ??= Uint16Array.from(this.avg, (known) => (Number.isNaN(known) ? 0 : 1));
    const rows = ++this.#rows[host];
    this.avg[host] = rows === 1 ? value : this.avg[host] + (value - this.avg[host]) / rows;
  }
}

/**
 * Columns over the hosts of a selection, filled from answers of /api/history page by page and then by live rows. A column is named by
 * subject and statistic: cpu.p95. A bucket that no host has anything in stays a gap.
 */
export class Aggregates {
  #index;
  #buckets = {};
  #columns = new Map();
  /** Rows that arrive for buckets up to here are in the history already. */
  #until;

  /** @param names of the hosts; @param to the second after the last one asked for */
  constructor(names, { start, step, buckets }, to) {
    this.start = start;
    this.step = step;
    this.count = buckets;
    this.#until = to - 1;
    this.#index = new Map(names.map((name, i) => [name, i]));
    for (const subject of Object.keys(SUBJECTS)) {
      this.#buckets[subject] = Array.from({ length: buckets }, () => new Bucket(names.length));
      for (const statistic of STATISTICS) this.#columns.set(`${subject}.${statistic}`, column(buckets));
    }
  }

  /** How many hosts are taken together. */
  get hosts() {
    return this.#index.size;
  }

  get end() {
    return this.start + this.count * this.step;
  }

  times() {
    return Array.from({ length: this.count }, (_, i) => this.start + i * this.step);
  }

  column(name) {
    return this.#columns.get(name);
  }

  /** Takes in one page of the history: the same axis, other hosts. */
  fill(range) {
    const shift = (range.start - this.start) / this.step;
    if (range.step !== this.step || !Number.isInteger(shift)) throw new Error("the pages of the history do not fit together");
    for (const [subject, metrics] of Object.entries(SUBJECTS)) {
      const buckets = this.#buckets[subject];
      for (const { host, metric, key, avg } of range.series) {
        const i = this.#index.get(host);
        if (key || i === undefined || !metrics.includes(metric)) continue;
        avg.forEach((value, j) => value !== null && buckets[j + shift]?.put(i, value));
      }
    }
  }

  /** Computes all columns anew. @param pause awaited between pieces of work that take some milliseconds */
  async settle(pause = () => {}) {
    let values = 0;
    for (let i = 0; i < this.count; i++) {
      this.#settle(i);
      values += this.hosts;
      if (values < VALUES_AT_ONCE) continue;
      values = 0;
      await pause();
    }
  }

  /** Adds what is known of the live hosts at that second. @param values pairs of a subject and pairs of a host and its number */
  add(ts, values) {
    if (ts <= this.#until) return false;
    this.#until = ts;
    const last = Math.floor((ts - this.start) / this.step);
    while (this.count <= last) this.#push();
    for (const [subject, known] of values) {
      const bucket = this.#buckets[subject][this.count - 1];
      for (const [host, value] of known) {
        const i = this.#index.get(host);
        if (i !== undefined && !Number.isNaN(value)) bucket.add(i, value);
      }
    }
    this.#settle(this.count - 1);
    return true;
  }

  /** Forgets buckets that end before that second. */
  forgetBefore(ts) {
    const old = Math.max(0, Math.min(this.count - 1, Math.floor((ts - this.start) / this.step)));
    if (old === 0) return;
    for (const buckets of Object.values(this.#buckets)) buckets.splice(0, old);
    for (const { avg } of this.#columns.values()) avg.splice(0, old);
    this.start += old * this.step;
    this.count -= old;
  }

  #push() {
    for (const buckets of Object.values(this.#buckets)) buckets.push(new Bucket(this.hosts));
    for (const { avg } of this.#columns.values()) avg.push(null);
    this.count++;
  }

  #settle(i) {
    for (const subject of Object.keys(SUBJECTS)) {
      const over = spread(this.#buckets[subject][i].avg);
      for (const statistic of STATISTICS) this.#columns.get(`${subject}.${statistic}`).avg[i] = over?.[statistic] ?? null;
    }
  }
}

/** As those of one host, where the extremes are the value itself. */
function column(count) {
  const avg = new Array(count).fill(null);
  return { avg, min: avg, max: avg };
}
