// The charts of a page: one set of columns, one time axis, one crosshair.
import * as f from "./format.js";
import { copyOnClick, setText } from "./dom.js";
import { drawMarks } from "./marks.js";

const SYNC = "fleetdash";
const POWERS_OF_TWO = Array.from({ length: 50 }, (_, i) => 2 ** i);
const QUARTERS = [0, 0.25, 0.5, 0.75, 1];
const LEAST_RATE = 1024;
const SUMMARY_EVERY_MS = 15000;

/** Null where no part is known. */
function sumOf(columns, metrics) {
  const parts = metrics.map((metric) => columns.column(metric).avg);
  if (parts.length === 1) return parts[0];
  return parts[0].map((_, i) => parts.reduce((sum, part) => (part[i] === null ? sum : (sum ?? 0) + part[i]), null));
}

const sumOfRow = (row, metrics) => metrics.reduce((sum, metric) => (row[metric] === undefined ? sum : (sum ?? 0) + row[metric]), undefined);

/** Canvas colours come from the style sheet, resolved for the theme that is on. */
function colours() {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const known = new Map();
  const get = (name) => {
    if (!known.has(name)) {
      probe.style.color = `var(--${name})`;
      known.set(name, getComputedStyle(probe).color);
    }
    return known.get(name);
  };
  const all = { get, done: () => probe.remove() };
  return all;
}

const faded = (colour, alpha) => colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);

/** Axis labels: a full date only where the day changes or hours no longer matter. */
function timeLabels(_, splits, __, ___, increment) {
  return splits.map((ts) => {
    if (increment >= 2419200) return f.month(ts);
    const text = f.clock(ts, increment < 60);
    return increment >= 86400 || text === "00:00" ? f.day(ts) : text;
  });
}

class Chart {
  #plot = null;
  #node;
  #box;
  #spec;
  #owner;
  #lines = [];
  #columns = null;
  #row = null;

  constructor(node, owner) {
    this.#node = node;
    this.#box = node.querySelector(".plot");
    this.#spec = owner.specs[node.dataset.chart];
    this.#owner = owner;
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    copyOnClick(node.querySelector('[data-form="sql"]'));
    this.#box.addEventListener("blur", () => this.#plot?.setCursor({ left: -10, top: -10 }, true, true));
    new ResizeObserver(() => this.#fit()).observe(this.#box);
  }

  get width() {
    return this.#box.clientWidth;
  }

  set columns(columns) {
    this.#columns = columns;
  }

  destroy() {
    this.#plot?.destroy();
    this.#plot = null;
  }

  draw() {
    if (!this.#columns || this.width === 0) return;
    const data = this.#data();
    if (this.#plot) this.#plot.setData(data);
    else this.#plot = new uPlot(this.#options(), data, this.#box);
    if (this.#plot.cursor.idx !== null && this.#plot.cursor.idx !== undefined) this.#legend();
  }

  /** The newest values, unless the crosshair shows others. */
  newest(row) {
    this.#row = row;
    if (this.#plot?.cursor.idx === null || this.#plot?.cursor.idx === undefined) this.#legend();
  }

  /** Lets the numbers that are drawn be taken away. @param range {hosts, from, to, points} */
  offer(range) {
    const metrics = (this.#spec.takes ?? [...new Set(this.#spec.lines.flatMap((line) => line.metrics))]).join(",");
    for (const link of this.#node.querySelectorAll("[data-form]")) {
      link.href = `/api/history.${link.dataset.form}?${new URLSearchParams({ ...range, metrics })}`;
    }
    this.#node.querySelector("[data-take]").hidden = false;
  }

  summarise() {
    if (!this.#columns) return;
    const summary = this.#spec.summary.filter(({ mode }) => !mode || mode === this.#owner.mode);
    const parts = summary.map(({ name, metric, format = this.#spec.format }) => {
      const { avg, max } = this.#columns.column(metric);
      let sum = 0;
      let known = 0;
      let top = -1;
      avg.forEach((value, i) => {
        if (value === null) return;
        sum += value;
        known++;
        if (top < 0 || max[i] > max[top]) top = i;
      });
      if (known === 0) return `${name}: nothing recorded`;
      const at = this.#columns.start + top * this.#columns.step;
      const length = this.#owner.view.to - this.#owner.view.from;
      const when = length > 86400 ? f.momentOf(at, length, false) : f.clock(at, this.#columns.step < 60);
      return `${name} average ${format(sum / known)}, peak ${format(max[top])} at ${when}`;
    });
    setText(this.#node.querySelector("[data-summary]"), parts.join(" · "));
  }

  /** In this mode. */
  get #drawn() {
    return this.#spec.lines.filter((line) => !line.mode || line.mode === this.#owner.mode);
  }

  get #quarters() {
    const { quarters } = this.#spec;
    return typeof quarters === "function" ? quarters(this.#owner.mode) : quarters;
  }

  #data() {
    const columns = this.#columns;
    const times = columns.times();
    const sums = this.#spec.lines.map((line) => sumOf(columns, line.metrics));
    this.#lines = sums;
    if (!this.#spec.stacked) {
      return [times, ...this.#drawn.flatMap((line) => {
        const { avg, min, max } = columns.column(line.metrics[0]);
        return line.mode ? [avg] : [avg, max, min];
      })];
    }
    const stacked = [];
    sums.forEach((line, i) => stacked.push(line.map((value, j) => (value === null ? (i > 0 ? stacked[i - 1][j] : null) : value + (i > 0 ? (stacked[i - 1][j] ?? 0) : 0)))));
    const peak = columns.step > 1 ? columns.column(this.#spec.peak).max : new Array(columns.count).fill(null);
    return [times, ...stacked, peak];
  }

  #options() {
    const palette = colours();
    const line = palette.get("line");
    const ink = palette.get("ink-2");
    const surface = palette.get("surface");
    const faint = faded(ink, 0.55);
    const { view } = this.#owner;
    const format = this.#drawn[0].format ?? this.#spec.format;
    const options = {
      width: this.width,
      height: this.#box.clientHeight,
      padding: [10, 14, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        sync: { key: SYNC, setSeries: false, filters: { pub: (type) => !/^mouse(down|up)$|^dblclick$/.test(type) } },
        drag: { x: true, y: false, setScale: false },
        points: { size: 7, width: 2 },
        bind: { dblclick: () => () => this.#owner.on.reset() },
      },
      scales: { x: { time: true, range: () => [view.from, view.to] }, y: { range: (_, __, most) => [0, this.#top(most)] } },
      axes: [
        { stroke: ink, font: "11px system-ui, sans-serif", grid: { show: false }, ticks: { stroke: line, size: 4 }, size: 26, gap: 4, space: 64, values: timeLabels },
        {
          stroke: ink,
          font: "11px system-ui, sans-serif",
          size: 62,
          gap: 6,
          ticks: { show: false },
          grid: { stroke: line, width: 1 },
          incrs: this.#quarters ? [0.25] : POWERS_OF_TWO,
          space: this.#quarters ? 16 : 34,
          values: (_, splits) => splits.map((value) => format(value).replace(/\.0(?=\u00a0)/, "").replace("/s", "")),
          ...(this.#quarters ? { splits: () => QUARTERS } : {}),
        },
      ],
      series: [{}, ...this.#series(palette)],
      bands: this.#bands(palette),
      hooks: {
        setSelect: [(plot) => this.#selected(plot)],
        setCursor: [() => this.#legend()],
        draw: [(plot) => drawMarks(plot, this.#owner.marks, { line: faint, ink, surface })],
      },
    };
    palette.done();
    return options;
  }

  #top(most) {
    const fixed = this.#spec.top?.(this.#columns, this.#owner.mode) ?? 0;
    return fixed > 0 ? fixed : Math.max(this.#spec.least ?? LEAST_RATE, (most ?? 0) * 1.08);
  }

  #series(palette) {
    const quiet = { stroke: "transparent", width: 0, points: { show: false } };
    const small = { points: { show: (plot, _, from, to) => to - from < 3, size: 3 } };
    if (this.#spec.stacked) {
      return [
        ...this.#spec.lines.map(({ kind }, i) => ({
          stroke: palette.get(kind),
          width: 1,
          fill: i === 0 ? faded(palette.get(kind), 0.55) : undefined,
          points: { show: false },
        })),
        { stroke: faded(palette.get("ink-2"), 0.7), width: 1, points: { show: false } },
      ];
    }
    return this.#drawn.flatMap(({ kind, dash, area, mode }) => {
      const line = { stroke: palette.get(kind), width: 1.5, dash, fill: area ? faded(palette.get(kind), 0.12) : undefined, ...small };
      return mode ? [line] : [line, quiet, quiet];
    });
  }

  #bands(palette) {
    if (this.#spec.stacked) return this.#spec.lines.slice(1).map(({ kind }, i) => ({ series: [i + 2, i + 1], fill: faded(palette.get(kind), 0.55) }));
    if (this.#owner.mode) return [];
    return this.#spec.lines.map(({ kind }, i) => ({ series: [i * 3 + 2, i * 3 + 3], fill: faded(palette.get(kind), 0.25) }));
  }

  #legend() {
    const i = this.#plot?.cursor.idx;
    const hovering = i !== null && i !== undefined && this.#columns;
    for (const [j, line] of this.#spec.lines.entries()) {
      const node = this.#node.querySelector(`[data-line="${line.kind}"] b`);
      const format = line.format ?? this.#spec.format;
      if (hovering) setText(node, format(this.#lines[j]?.[i]));
      else if (this.#row) setText(node, format(sumOfRow(this.#row, line.metrics)));
    }
    const step = this.#columns?.step ?? 1;
    const at = hovering ? this.#columns.start + i * step : 0;
    const length = this.#owner.view.to - this.#owner.view.from;
    const when = length > 86400 ? f.momentOf(at, length, false) : f.clock(at);
    setText(this.#node.querySelector("[data-at]"), hovering ? when + (step > 1 ? `, average of ${f.span(step)}` : "") : "");
  }

  #selected(plot) {
    const { left, width } = plot.select;
    if (width < 4) return;
    const from = plot.posToVal(left, "x");
    const to = plot.posToVal(left + width, "x");
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#owner.on.zoom(from, to);
  }

  #key(event) {
    const plot = this.#plot;
    if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const { view, on } = this.#owner;
    const last = this.#columns.count - 1;
    const i = plot.cursor.idx ?? last;
    const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -last, End: last }[event.key];
    if (move !== undefined) {
      const to = Math.min(last, Math.max(0, i + move));
      plot.setCursor({ left: plot.valToPos(this.#columns.start + to * this.#columns.step, "x"), top: 20 }, true, true);
    } else if (event.key === "+" || event.key === "=" || event.key === "-") {
      const at = plot.cursor.idx === null || plot.cursor.idx === undefined ? (view.from + view.to) / 2 : this.#columns.start + i * this.#columns.step;
      const half = ((view.to - view.from) / 2) * (event.key === "-" ? 2 : 0.5);
      on.zoom(at - half, Math.min(at + half, this.#owner.view.now()));
    } else if (event.key === "Escape") {
      on.reset();
    } else {
      return;
    }
    event.preventDefault();
  }

  #fit() {
    if (!this.#plot) this.draw();
    else if (this.width > 0) this.#plot.setSize({ width: this.width, height: this.#box.clientHeight });
  }
}

export class Charts {
  #charts;
  #columns = null;
  #summarised = 0;

  /** Vertical lines: events, oldest first. */
  #marks = [];

  /** @param on {zoom(from, to), reset()}; @param mode which lines are drawn, where not always all are */
  constructor(specs, view, on, mode = "") {
    this.specs = specs;
    this.view = view;
    this.on = on;
    this.mode = mode;
    this.#charts = [...document.querySelectorAll("[data-chart]")].map((node) => new Chart(node, this));
    addEventListener("themechange", () => this.#repaint());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#repaint());
  }

  get width() {
    return Math.max(0, ...this.#charts.map((chart) => chart.width));
  }

  set columns(columns) {
    this.#columns = columns;
    this.#summarised = 0;
    for (const chart of this.#charts) chart.columns = columns;
    this.draw();
  }

  get columns() {
    return this.#columns;
  }

  draw() {
    for (const chart of this.#charts) chart.draw();
    if (performance.now() - this.#summarised < SUMMARY_EVERY_MS && this.#summarised > 0) return;
    this.#summarised = performance.now();
    for (const chart of this.#charts) chart.summarise();
  }

  newest(row) {
    for (const chart of this.#charts) chart.newest(row);
  }

  offer(range) {
    for (const chart of this.#charts) chart.offer(range);
  }

  get marks() {
    return this.#marks;
  }

  set marks(marks) {
    this.#marks = marks;
    this.draw();
  }

  show(mode) {
    this.mode = mode;
    this.#summarised = 0;
    this.#repaint();
  }

  withdraw() {
    for (const node of document.querySelectorAll("[data-take]")) node.hidden = true;
  }

  #repaint() {
    for (const chart of this.#charts) chart.destroy();
    this.draw();
  }
}
