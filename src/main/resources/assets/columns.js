// The answer of /api/history as columns that live rows go on filling. Knows nothing of the page.

/** One line's buckets: average, smallest and largest, null where there is nothing. */
class Column {
  constructor(avg, min, max) {
    this.avg = avg;
    this.min = min ?? avg.slice();
    this.max = max ?? avg.slice();
  }

  push(value) {
    this.avg.push(value);
    this.min.push(value);
    this.max.push(value);
  }

  shift(count) {
    for (const array of [this.avg, this.min, this.max]) array.splice(0, count);
  }
}

export class Columns {
  /** How many rows each of the newest buckets holds, as far as that matters for adding one more. */
  #rowsInLast;

  /** @param range the answer of /api/history, for one host */
  constructor(range, metrics) {
    this.start = range.start;
    this.step = range.step;
    this.count = range.buckets;
    /** Rows up to this second are in the answer already. */
    this.until = range.to - 1;
    this.byMetric = new Map();
    for (const metric of metrics) {
      const series = range.series.find((one) => one.metric === metric && !one.key);
      this.byMetric.set(metric, series ? new Column(series.avg, series.min, series.max) : new Column(new Array(this.count).fill(null)));
    }
    const lastStart = this.start + (this.count - 1) * this.step;
    this.#rowsInLast = Math.max(1, Math.min(this.step, range.to - lastStart));
  }

  get end() {
    return this.start + this.count * this.step;
  }

  times() {
    return Array.from({ length: this.count }, (_, i) => this.start + i * this.step);
  }

  column(metric) {
    return this.byMetric.get(metric);
  }

  /** Adds a live row; seconds in between that had none stay empty buckets. Answers whether it was newer than what is held. */
  add(row) {
    if (row.ts <= this.until) return false;
    const gap = Math.floor((row.ts - this.start) / this.step) - this.count + 1;
    for (let i = 0; i < gap; i++) {
      for (const column of this.byMetric.values()) column.push(null);
      this.count++;
      this.#rowsInLast = 0;
    }
    for (const [metric, column] of this.byMetric) merge(column, this.count - 1, this.#rowsInLast, row[metric]);
    this.#rowsInLast++;
    this.until = row.ts;
    return true;
  }

  /** Forgets buckets that end before that second. */
  forgetBefore(ts) {
    const old = Math.max(0, Math.min(this.count - 1, Math.floor((ts - this.start) / this.step)));
    if (old === 0) return;
    for (const column of this.byMetric.values()) column.shift(old);
    this.start += old * this.step;
    this.count -= old;
  }
}

function merge(column, i, rows, value) {
  if (value === undefined || value === null) return;
  const before = column.avg[i];
  if (before === null || before === undefined || rows === 0) {
    column.avg[i] = column.min[i] = column.max[i] = value;
    return;
  }
  column.avg[i] = before + (value - before) / (rows + 1);
  column.min[i] = Math.min(column.min[i], value);
  column.max[i] = Math.max(column.max[i], value);
}
