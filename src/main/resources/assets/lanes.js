// A strip of cells for each zone, as Lane.java makes it for the first view. One tab stop a strip; arrows move along it.
import { byId, element, setText } from "./dom.js";
import { count, percent } from "./format.js";
import { NOWHERE } from "./filter.js";
import { NUMBERS, cellKind, countStates } from "./hosts.js";

/** As in Lane.java. */
const MANY = 100;
const gone = (host) => Number(host.state === "ended");
const order = (a, b) => gone(a) - gone(b) || (a.host < b.host ? -1 : 1);
const titleOf = (host) => `${host.host}, ${host.state === "live" ? `CPU ${percent(NUMBERS.cpu(host.row))}` : host.state}`;

/** How many there are by state, those that there are none of left out. */
export const summary = (hosts) =>
  [...countStates(hosts)]
    .filter(([, number]) => number > 0)
    .map(([state, number]) => `${count(number)} ${state}`)
    .join(", ");

/** Zones by name, those without one last. */
export function byZone(hosts) {
  const zones = new Map();
  for (const host of hosts) {
    const zone = host.zone ?? "";
    if (!zones.has(zone)) zones.set(zone, []);
    zones.get(zone).push(host);
  }
  return [...zones].sort(([a], [b]) => Number(a === "") - Number(b === "") || (a < b ? -1 : 1)).map(([zone, all]) => [zone, all.sort(order)]);
}

export class Lanes {
  #cells = new Map();
  #seen = "";

  constructor() {
    byId("lanes").addEventListener("keydown", (event) => this.#key(event));
  }

  /** Builds the strips anew where hosts came, went or moved; the colours follow in any case. */
  show(hosts) {
    const zones = byZone(hosts);
    const seen = JSON.stringify(zones.map(([zone, all]) => [zone, all.map((host) => host.host)]));
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#cells.clear();
      byId("lanes").replaceChildren(...zones.map(([zone, all]) => this.#lane(zone, all)));
    }
    for (const [zone, all] of zones) {
      const node = byId("lanes").querySelector(`[data-zone="${CSS.escape(zone)}"] small`);
      setText(node, summary(all));
    }
    this.update(hosts);
  }

  update(hosts) {
    for (const host of hosts) {
      const cell = this.#cells.get(host.host);
      if (!cell) continue;
      const kind = cellKind(host);
      if (cell.className !== kind) cell.className = kind;
      const title = titleOf(host);
      if (cell.title !== title) cell.title = title;
    }
  }

  /** Those that are not wanted step back. @param wanted names, or null for all */
  dim(wanted) {
    for (const [name, cell] of this.#cells) {
      const off = wanted !== null && !wanted.has(name);
      if (cell.hasAttribute("data-off") !== off) cell.toggleAttribute("data-off", off);
    }
  }

  #lane(zone, hosts) {
    const label = zone === "" ? "No zone" : zone;
    const node = element("div", "lane");
    node.dataset.zone = zone;
    const head = element("h3");
    const link = element("a", "", label);
    link.href = `/?${new URLSearchParams({ zone: zone || NOWHERE })}`;
    head.append(link, " ", element("small"));
    const strip = element("div", hosts.length > MANY ? "cells many" : "cells");
    strip.setAttribute("role", "group");
    strip.setAttribute("aria-label", label);
    for (const [i, host] of hosts.entries()) {
      const cell = element("a", cellKind(host));
      cell.href = `/hosts/${encodeURIComponent(host.host)}`;
      cell.tabIndex = i === 0 ? 0 : -1;
      strip.append(cell);
      this.#cells.set(host.host, cell);
    }
    node.append(head, strip);
    return node;
  }

  #key(event) {
    const strip = event.target.closest(".cells");
    const cells = strip ? [...strip.children] : [];
    const i = cells.indexOf(event.target);
    if (i < 0) return;
    const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: cells.length - 1 }[event.key];
    if (to === undefined || !cells[to]) return;
    cells[i].tabIndex = -1;
    cells[to].tabIndex = 0;
    cells[to].focus();
    event.preventDefault();
  }
}
