// Which time the charts show: the last so many seconds, moving on, or a fixed stretch. Kept in the address, so that a link shows the same.
const RANGES = [900, 3600, 21600, 86400, 604800, 2592000, 31536000, 157680000];
const DEFAULT = 3600;
const SHORTEST = 10;

export class View {
  /** Set when the charts stand still. */
  fixed = null;

  constructor(now) {
    this.now = now;
    const query = new URLSearchParams(location.search);
    const seconds = Number(query.get("range"));
    this.seconds = RANGES.includes(seconds) ? seconds : DEFAULT;
    const from = Number(query.get("from"));
    const to = Number(query.get("to"));
    if (Number.isInteger(from) && Number.isInteger(to) && from > 0 && to - from >= SHORTEST) this.fixed = { from, to };
  }

  get live() {
    return this.fixed === null;
  }

  get from() {
    return this.live ? this.now() - this.seconds : this.fixed.from;
  }

  get to() {
    return this.live ? this.now() : this.fixed.to;
  }

  last(seconds) {
    this.seconds = seconds;
    this.fixed = null;
    this.#keep();
  }

  pause() {
    this.zoom(this.now() - this.seconds, this.now());
  }

  zoom(from, to) {
    const middle = (from + to) / 2;
    const half = Math.max(SHORTEST, to - from) / 2;
    this.fixed = { from: Math.floor(middle - half), to: Math.ceil(middle + half) };
    this.#keep();
  }

  goLive() {
    this.fixed = null;
    this.#keep();
  }

  /** Leaves alone what else is in the address. */
  #keep() {
    const query = new URLSearchParams(location.search);
    query.delete("from");
    query.delete("to");
    if (this.seconds === DEFAULT) query.delete("range");
    else query.set("range", this.seconds);
    if (!this.live) {
      query.set("from", this.fixed.from);
      query.set("to", this.fixed.to);
    }
    const text = query.toString();
    history.replaceState(null, "", text ? `?${text}` : location.pathname);
  }
}
