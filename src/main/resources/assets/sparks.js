// The small lines in the table: the last hour of those hosts that are on the screen.
import { svg } from "./dom.js";
import { percent } from "./format.js";
import { HOSTS_A_PAGE, ask } from "./gather.js";

const POINTS = 60;
const WIDTH = 120;
const AGAIN_MS = 60000;
const AFTER_MS = 250;

export class Sparks {
  #known = new Map();
  #timer = 0;
  #wanted = [];
  #asking = false;

  /** @param drawn called with a host's name when its line is known */
  constructor(drawn) {
    this.drawn = drawn;
    setInterval(() => document.hidden || this.want(this.#wanted), AGAIN_MS / 4);
  }

  /** These are on the screen now. */
  want(names) {
    this.#wanted = names;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fetch(), AFTER_MS);
  }

  draw(node, name) {
    const { path = "", label = "CPU over the last hour: not looked up yet" } = this.#known.get(name) ?? {};
    if (node.dataset.path === path && node.getAttribute("aria-label") === label) return;
    node.dataset.path = path;
    node.setAttribute("aria-label", label);
    node.replaceChildren(...(path ? [svg("path", { d: path })] : []));
  }

  async #fetch() {
    if (this.#asking) return;
    const old = performance.now() - AGAIN_MS;
    const names = this.#wanted.filter((name) => !(this.#known.get(name)?.at > old)).slice(0, HOSTS_A_PAGE);
    if (names.length === 0) return;
    this.#asking = true;
    try {
      const range = await ask({ hosts: names.join(","), metrics: "cpu_utilization", from: "-1h", points: POINTS });
      const at = performance.now();
      for (const name of names) this.#known.set(name, { at, path: "", label: "CPU over the last hour: nothing recorded" });
      for (const { host, avg } of range.series) this.#known.set(host, { at, ...pathOf(avg) });
      names.forEach(this.drawn);
    } catch {
      // What was drawn stays; the next look comes soon.
    }
    this.#asking = false;
    if (this.#wanted.some((name) => !this.#known.has(name))) this.want(this.#wanted);
  }
}

/** A line per stretch without gaps, over 0 to 100 %. */
export function pathOf(avg) {
  let path = "";
  let drawing = false;
  avg.forEach((value, i) => {
    if (value === null) {
      drawing = false;
      return;
    }
    const x = ((i / Math.max(1, avg.length - 1)) * WIDTH).toFixed(1);
    const y = (23 - Math.min(1, value) * 22).toFixed(1);
    path += `${drawing ? "L" : "M"}${x} ${y}`;
    drawing = true;
  });
  const known = avg.filter((value) => value !== null);
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  return { path, label: known.length === 0 ? "CPU over the last hour: nothing recorded" : `CPU over the last hour: average ${percent(mean)}` };
}
