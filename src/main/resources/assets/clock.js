// The servers' time: what the page was made at, then the rows'; the browser's clock is not believed.

/** What comes later than that is late, or the server's clock was put back. */
const LATE_SECONDS = 2;
/** So many in a row that are late by the same tell that it was put back. */
const WITNESSES = 3;
const JUMP_SECONDS = 120;

export class Clock {
  #ts;
  #at = performance.now();
  /** A view of the past: there, no time passes. */
  #still = Boolean(globalThis.document?.querySelector?.(".past"));
  #late = { by: 0, seen: 0 };
  #jumped;

  /** @param jumped called when the servers' time has gone back, or on by more than it took */
  constructor(ts, jumped = () => {}) {
    this.#ts = ts;
    this.#jumped = jumped;
  }

  now() {
    return this.#still ? this.#ts : this.#ts + (performance.now() - this.#at) / 1000;
  }

  /** Something of that second has just come; one old thing that comes late says nothing. */
  take(ts) {
    const late = this.now() - ts;
    if (late < LATE_SECONDS) {
      this.#set(ts);
      if (late < -JUMP_SECONDS) this.#jumped();
      return;
    }
    this.#late = { by: late, seen: Math.abs(late - this.#late.by) < 1 ? this.#late.seen + 1 : 1 };
    if (this.#late.seen >= WITNESSES) this.putBack(ts);
  }

  /** The servers' time is that, and was later before. */
  putBack(ts) {
    this.#set(ts);
    this.#jumped();
  }

  #set(ts) {
    this.#late.seen = 0;
    this.#ts = ts;
    this.#at = performance.now();
  }
}
