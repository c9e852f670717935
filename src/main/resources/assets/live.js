// What is known of a host now: the newest row, and what less frequent samples last said.
/** A row that is later by so much than the time since the last one cannot be the next one. */
const JUMP_SECONDS = 120;

/**
 * Whether a row came after another of the same host, whatever their seconds say: the clock may have been put back in between. As in
 * the archive, the later start counts, then the time since the host booted.
 */
export function isAfter(row, before) {
  if (!before) return true;
  if (Number.isInteger(row.run) && Number.isInteger(before.run) && row.run !== before.run) return row.run > before.run;
  const both = [row.uptime_seconds, before.uptime_seconds];
  return both.every((value) => typeof value === "number") ? both[0] >= both[1] : row.ts >= before.ts;
}

/** Whether the host's clock was put, or nothing came for long: what is drawn does not go on with this row. */
export const isJump = (row, before) => before !== null && (row.ts < before.ts || row.ts - before.ts > JUMP_SECONDS);

const SLOW = /^(tcp_|filesystem_|processes$|threads$|open_files$)/;

export class Live {
  #numbers = new Map();
  #families = new Map();
  row = null;

  constructor(cores) {
    this.coresAtLoad = cores;
  }

  take(row) {
    this.row = row;
    for (const [field, value] of Object.entries(row)) {
      if (typeof value === "number") this.#numbers.set(field, { value, ts: row.ts });
      else if (Array.isArray(value)) this.#families.set(field, { items: value, ts: row.ts });
    }
  }

  /** The number as last seen, if that was within twice its cadence; else NaN. */
  get(field) {
    const seen = this.#numbers.get(field);
    if (!seen || !this.row) return NaN;
    return this.row.ts - seen.ts <= (SLOW.test(field) ? 20 : 2) ? seen.value : NaN;
  }

  /** The sum of those that are known; NaN where none is. */
  sum(...fields) {
    return fields.map((field) => this.get(field)).reduce((sum, value) => (Number.isNaN(value) ? sum : Number.isNaN(sum) ? value : sum + value), NaN);
  }

  has(family) {
    return this.#families.has(family);
  }

  items(family) {
    return this.#families.get(family)?.items ?? [];
  }

  /** When the family was last seen, or undefined. */
  seen(family) {
    return this.#families.get(family)?.ts;
  }

  get cores() {
    return this.has("cores") ? this.items("cores").length : this.coresAtLoad;
  }
}
