// The table of hosts. Only the lines that are on the screen exist, however many hosts there are.
import * as f from "./format.js";
import { byId, element, setState, setText } from "./dom.js";
import { NUMBERS } from "./hosts.js";
import { stateOf } from "./state.js";
import { fill, shareCell } from "./tables.js";

const OVERSCAN = 8;

/**
 * Which lines of equal height are on the screen.
 *
 * @param top pixels from the first line's top to the screen's; negative where the table begins further down
 * @return {first, end}: the end is exclusive
 */
export function windowOf({ top, height, line, count, overscan = OVERSCAN }) {
  const first = Math.max(0, Math.min(count, Math.floor(top / line) - overscan));
  const end = Math.max(first, Math.min(count, Math.ceil((top + height) / line) + overscan));
  return { first, end };
}

export class Rows {
  #table = byId("hosts");
  #body = this.#table.tBodies[0];
  #blank = this.#body.rows[0].cloneNode(true);
  #before = pad();
  #after = pad();
  #list = null;
  #lines = new Map();
  #line = 0;
  #frame = 0;

  /** @param on {visible(names), sort(key), pick(name, picked), picked(name), spark(node, name), now()} */
  constructor(on) {
    this.on = on;
    addEventListener("scroll", () => this.#soon(), { passive: true });
    new ResizeObserver(() => this.#soon(true)).observe(this.#table);
    this.#table.tHead.addEventListener("click", (event) => {
      const key = event.target.closest("th[data-sort]")?.dataset.sort;
      if (key && event.target.closest("button")) on.sort(key);
    });
    this.#body.addEventListener("change", (event) => on.pick(event.target.closest("tr").dataset.host, event.target.checked));
  }

  /** Whether somebody is at it, so that lines had better stay where they are. */
  get busy() {
    return this.#body.matches(":hover") || this.#body.contains(document.activeElement);
  }

  /** @param list all hosts of the table, in order; @param sort {key, down} */
  show(list, sort) {
    if (this.#list === null) this.#body.replaceChildren(this.#before, this.#after);
    this.#list = list;
    this.#table.setAttribute("aria-rowcount", list.length + 1);
    byId("none").hidden = list.length > 0;
    for (const head of this.#table.querySelectorAll("th[data-sort]")) {
      head.setAttribute("aria-sort", head.dataset.sort !== sort.key ? "none" : sort.down ? "descending" : "ascending");
    }
    this.#draw();
  }

  /** Fills those lines that are on the screen. */
  update(hosts) {
    for (const host of hosts) {
      const line = this.#lines.get(host.host);
      if (line) this.#fill(line, host);
    }
  }

  /** What is true of lines without a new row: the time that has passed. */
  tick() {
    if (this.#list === null) return;
    for (const host of this.#list) {
      const line = host.state === "live" ? undefined : this.#lines.get(host.host);
      if (line) this.#state(line, host);
    }
  }

  spark(name) {
    const line = this.#lines.get(name);
    if (line) this.on.spark(line.querySelector(".sparkline"), name);
  }

  /** After the choice of hosts was changed elsewhere. */
  picked() {
    for (const [name, line] of this.#lines) line.querySelector("input").checked = this.on.picked(name);
  }


  #soon(measure = false) {
    if (measure) this.#line = 0;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.#list !== null) this.#draw();
    });
  }

  #draw() {
    const list = this.#list;
    if (this.#line === 0) this.#measure();
    const top = -this.#before.getBoundingClientRect().top;
    const { first, end } = windowOf({ top, height: innerHeight, line: this.#line, count: list.length });
    const wanted = list.slice(first, end);
    const names = new Set(wanted.map((host) => host.host));
    const free = [];
    for (const [name, line] of this.#lines) {
      if (names.has(name)) continue;
      this.#lines.delete(name);
      free.push(line);
    }
    let after = this.#before;
    wanted.forEach((host, i) => {
      let line = this.#lines.get(host.host);
      if (!line) {
        line = free.pop() ?? this.#blank.cloneNode(true);
        this.#lines.set(host.host, line);
        this.#name(line, host);
        this.#fill(line, host);
      }
      const index = String(first + i + 2);
      if (line.ariaRowIndex !== index) line.ariaRowIndex = index;
      if (after.nextSibling !== line) after.after(line);
      after = line;
    });
    for (const line of free) line.remove();
    this.#before.style.height = `${first * this.#line}px`;
    this.#after.style.height = `${(list.length - end) * this.#line}px`;
    this.on.visible([...names]);
  }

  /** All lines are as high as the first: the style sheet sees to it. */
  #measure() {
    const probe = this.#lines.values().next().value ?? this.#blank;
    const was = probe.isConnected;
    if (!was) this.#before.after(probe);
    this.#line = Math.max(20, probe.getBoundingClientRect().height);
    if (!was) probe.remove();
  }

  #name(line, host) {
    line.dataset.host = host.host;
    const link = line.querySelector("th a");
    setText(link, host.host);
    link.href = `/hosts/${encodeURIComponent(host.host)}`;
    link.title = host.host;
    const box = line.querySelector("input");
    box.checked = this.on.picked(host.host);
    box.setAttribute("aria-label", `Select ${host.host}`);
    this.on.spark(line.querySelector(".sparkline"), host.host);
  }

  #fill(line, host) {
    const cell = (name) => line.querySelector(`[data-cell="${name}"]`);
    const n = Object.fromEntries(Object.entries(NUMBERS).map(([name, number]) => [name, number(host.row)]));
    line.classList.toggle("past", host.state !== "live" && host.state !== "stale");
    setText(line.querySelector("th small"), [host.zone, host.type, host.version].filter(Boolean).join(" · "));
    this.#state(line, host);
    fill(cell("cpu"), shareCell(n.cpu, 0.8, 0.95));
    fill(cell("memory"), shareCell(n.memory, 0.85, 0.95));
    fill(cell("space"), shareCell(n.space, 0.85, 0.95));
    setText(cell("load"), f.load(n.load));
    setText(cell("disk"), f.bytesPerSecond(n.disk));
    setText(cell("network"), f.bytesPerSecond(n.network));
    setText(cell("uptime"), f.duration(n.uptime));
  }

  #state(line, host) {
    const { kind, brief, reason } = stateOf(host, host.row?.ts, this.on.now());
    setState(line.querySelector(".state"), { kind, text: brief });
    const why = line.querySelector(".why");
    setText(why, reason);
    if (why.title !== reason) why.title = reason;
  }
}

function pad() {
  const line = element("tr", "pad");
  line.setAttribute("aria-hidden", "true");
  line.append(element("td"));
  return line;
}
