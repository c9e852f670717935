// What is known of every host: the answer of /api/fleet, kept up by the stream. Knows nothing of the page.
import { isAfter } from "./live.js";
import { COUNTED, STATES } from "./state.js";

/** Those that are not on the screen are asked every 15 s. A host's newest row may be older by the time between its rows. */
const HELD_SECONDS = 17;

/** Whether its numbers are those of now. */
export const isCurrent = (host, now) => host.state === "live" && host.row?.ts >= now - HELD_SECONDS - (host.sample ?? 1);

export class Hosts {
  #byName = new Map();

  /** @param list as in /api/fleet; a row that is newer here stays */
  replace(list) {
    const before = this.#byName;
    this.#byName = new Map();
    for (const host of list) {
      const known = before.get(host.host);
      const row = known?.row && (!host.row || !isAfter(host.row, known.row)) ? known.row : host.row;
      this.#byName.set(host.host, { ...host, row: row ?? null });
    }
  }

  /** Takes in what has changed. Answers the hosts that changed; a host that was not known has nothing but its state yet. */
  merge(changes) {
    return changes.map(({ host: name, state, reason, since, row }) => {
      const host = this.#byName.get(name) ?? { host: name, row: null, runs: [] };
      Object.assign(host, { state, reason, since });
      if (row && isAfter(row, host.row)) host.row = row;
      this.#byName.set(name, host);
      return host;
    });
  }

  get size() {
    return this.#byName.size;
  }

  get(name) {
    return this.#byName.get(name);
  }

  has(name) {
    return this.#byName.has(name);
  }

  all() {
    return [...this.#byName.values()];
  }
}

const known = (value) => (typeof value === "number" ? value : NaN);

/** The sum of the row's fields that are known; NaN where none is. */
export const sumOf = (row, ...fields) => (row ? fields.reduce((sum, field) => (typeof row[field] === "number" ? (Number.isNaN(sum) ? row[field] : sum + row[field]) : sum), NaN) : NaN);

/** What the columns of the table are made of, and sorted by. */
export const NUMBERS = {
  cpu: (row) => known(row?.cpu_utilization),
  memory: (row) => known(row?.memory_used_bytes) / known(row?.memory_total_bytes),
  space: (row) => known(row?.filesystem_used_ratio_max),
  load: (row) => known(row?.load1),
  disk: (row) => sumOf(row, "disk_read_bytes_per_second", "disk_written_bytes_per_second"),
  network: (row) => sumOf(row, "network_received_bytes_per_second", "network_sent_bytes_per_second"),
  uptime: (row) => known(row?.uptime_seconds),
};

const byName = (a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0);
const rank = (host) => STATES.indexOf(host.state);
/** Numbers of now come before those of a host's end. */
const past = (host) => (host.state === "live" || host.state === "stale" ? 0 : 1);

/** @param sort {key, down}; what is unknown comes last either way */
export function comparator({ key, down }) {
  const way = down ? -1 : 1;
  if (key === "host") return (a, b) => way * byName(a, b);
  const number = NUMBERS[key];
  if (!number) return (a, b) => way * (rank(a) - rank(b)) || byName(a, b);
  return (a, b) => {
    if (past(a) !== past(b)) return past(a) - past(b);
    const x = number(a.row);
    const y = number(b.row);
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || byName(a, b);
    return way * (x - y) || byName(a, b);
  };
}

export function countStates(hosts) {
  const counts = new Map(COUNTED.map((state) => [state, 0]));
  for (const { state } of hosts) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}

/** Over the live ones: the numbers of others are not of now. */
export function totals(hosts) {
  const sums = { cores: NaN, cpu: NaN, used: NaN, total: NaN, disk: NaN, received: NaN, sent: NaN };
  const add = (name, value) => {
    if (!Number.isNaN(value)) sums[name] = Number.isNaN(sums[name]) ? value : sums[name] + value;
  };
  let busy = 0;
  let fullest = null;
  for (const host of hosts) {
    if (host.state !== "live") continue;
    add("cores", known(host.cores));
    const cpu = NUMBERS.cpu(host.row);
    add("cpu", cpu);
    if (!Number.isNaN(cpu)) busy++;
    add("used", known(host.row?.memory_used_bytes));
    add("total", known(host.row?.memory_total_bytes));
    add("disk", NUMBERS.disk(host.row));
    add("received", known(host.row?.network_received_bytes_per_second));
    add("sent", known(host.row?.network_sent_bytes_per_second));
    const space = NUMBERS.space(host.row);
    if (!Number.isNaN(space) && !(fullest && NUMBERS.space(fullest.row) >= space)) fullest = host;
  }
  return { ...sums, cpu: sums.cpu / busy, fullest };
}

const CPU_CLASSES = 5;

/** The colour of the host's cell: cpu0 to cpu4 for a live one, else its state. */
export function cellKind(host) {
  if (host.state !== "live") return host.state;
  const cpu = NUMBERS.cpu(host.row);
  return Number.isNaN(cpu) ? "none" : `cpu${Math.min(CPU_CLASSES - 1, Math.max(0, Math.floor(cpu * CPU_CLASSES)))}`;
}
