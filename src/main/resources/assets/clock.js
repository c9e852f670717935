// The servers' time: what the page was made at, then the rows'; the browser's clock is not believed.
export class Clock {
  #ts;
  #at = performance.now();
  /** A view of the past: there, no time passes. */
  #still = Boolean(globalThis.document?.querySelector?.(".past"));

  constructor(ts) {
    this.#ts = ts;
  }

  now() {
    return this.#still ? this.#ts : this.#ts + (performance.now() - this.#at) / 1000;
  }

  /** A row of that second has just come; an old one that comes late says nothing. */
  take(ts) {
    if (ts <= this.now() && this.now() - ts >= 2) return;
    this.#ts = ts;
    this.#at = performance.now();
  }
}
