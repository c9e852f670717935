// What happened to the hosts: a list, and the marks on the charts.
import { byId, element, setText } from "./dom.js";
import { count, moment } from "./format.js";
import { labelOf } from "./marks.js";

const FIRST = 4;
const MOST = 300;
const AGAIN_MS = 60000;

export class Events {
  #all = [];
  #span = null;
  #asked = null;
  #open = false;
  #trouble = null;
  #shown = "";

  /** @param wanted which hosts' events count, called with a name; @param on told the events, oldest first */
  constructor(wanted, on) {
    this.wanted = wanted;
    this.on = on;
    byId("events-all").addEventListener("click", () => {
      this.#open = !this.#open;
      this.show();
    });
    setInterval(() => document.hidden || !this.#span?.live || this.load(this.#span), AGAIN_MS);
  }

  /** @param span {from, to, live}: functions where it moves on */
  async load(span) {
    this.#span = span;
    this.#asked?.abort();
    const mine = (this.#asked = new AbortController());
    try {
      const query = new URLSearchParams({ from: Math.floor(span.from()), to: Math.ceil(span.to()) });
      const answer = await fetch(`/api/events?${query}`, { signal: mine.signal });
      const said = await answer.json();
      if (!answer.ok) throw new Error(said.error?.message ?? `status ${answer.status}`);
      this.#all = (said.events ?? []).filter(({ ts }) => Number.isInteger(ts)).sort((a, b) => a.ts - b.ts);
      this.#trouble = said.trouble ?? null;
      this.show();
    } catch (error) {
      if (!mine.signal.aborted) setText(byId("events-summary"), `The events cannot be shown: ${error.message}`);
    }
  }

  /** Again, because other hosts are wanted now. */
  show() {
    const events = this.#all.filter(({ host }) => this.wanted(host));
    const newest = events.toReversed();
    const told = events.length === 0 ? "None in the time that is shown" : `In the time that is shown: ${labelOf(events)}`;
    setText(byId("events-summary"), this.#trouble ? `${told}; ${this.#trouble}` : told);
    const lines = newest.slice(0, this.#open ? MOST : FIRST);
    const key = JSON.stringify([this.#open, events]);
    if (key !== this.#shown) {
      byId("events").replaceChildren(...lines.map(line));
      this.#shown = key;
      this.on(events);
    }
    const more = byId("events-all");
    more.hidden = events.length <= FIRST;
    more.setAttribute("aria-expanded", String(this.#open));
    setText(more, this.#open ? "Show fewer" : `Show all ${count(Math.min(MOST, events.length))}`);
  }
}

function line({ ts, host, kind, detail }) {
  const node = element("li");
  const time = element("time", "", moment(ts));
  time.dateTime = new Date(ts * 1000).toISOString();
  const link = element("a", "", host);
  link.href = `/hosts/${encodeURIComponent(host)}`;
  node.append(time, " ", element("b", `event event-${/^[a-z]+$/.test(kind) ? kind : "other"}`, kind), " ", link);
  if (detail) node.append(" ", element("span", "dim", detail));
  return node;
}
