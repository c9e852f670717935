// What is known of a host now: the newest row, and what less frequent samples last said.
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
