// Events as they come. EventSource reconnects by itself while the server lets it; a refusal ends it, and a node that hangs is not
// noticed by it. Then this opens another one, which behind a balancer leads to another node.
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 5000;
const LAST_SILENCE_MS = 30000;
const LOOK_MS = 1000;

export class Stream {
  #source = null;
  #timer = 0;
  #watch = 0;
  #retry = FIRST_RETRY_MS;
  #heard = 0;
  /** Whether that was an event of this connection. */
  #event = false;
  #silence;
  #lastSilence;

  /**
   * @param url called for every connection
   * @param on {event(data), state("open" | "reconnecting")}
   * @param silence milliseconds after which a connection without events is given up
   */
  constructor(url, on, silence) {
    this.url = url;
    this.on = on;
    this.silence = silence;
    this.#silence = silence;
    this.#lastSilence = Math.max(LAST_SILENCE_MS, silence);
  }

  /** Opens another connection; the present one goes on until the other is there. */
  open() {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    const before = this.#source;
    if (before) before.onerror = null;
    const source = new EventSource(this.url());
    this.#source = source;
    this.#heard = performance.now();
    this.#event = false;
    source.onopen = () => {
      before?.close();
      this.#retry = FIRST_RETRY_MS;
      this.on.state("open");
    };
    source.onmessage = (event) => {
      this.#pace();
      let data;
      try {
        data = JSON.parse(event.data);
      } catch {
        return;
      }
      if (Number.isInteger(data?.ts)) this.on.event(data);
    };
    source.onerror = () => {
      before?.close();
      this.on.state("reconnecting");
      if (source.readyState === EventSource.CLOSED) this.#later();
    };
    this.#watch = setInterval(() => this.#look(before), LOOK_MS);
  }

  close() {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#source?.close();
    this.#source = null;
  }

  /** Whether it is open, or is about to be. */
  get started() {
    return this.#source !== null;
  }

  get opened() {
    return this.#source !== null && this.#source.readyState === EventSource.OPEN;
  }

  /** Hosts may sample less often than every second: silence is measured by what came before it. */
  #pace() {
    const now = performance.now();
    if (this.#event) this.#silence = Math.min(this.#lastSilence, Math.max(this.silence, (now - this.#heard) * 2.5));
    this.#event = true;
    this.#heard = now;
  }

  #look(before) {
    if (document.hidden || performance.now() - this.#heard < this.#silence) return;
    this.#silence = Math.min(this.#lastSilence, this.#silence * 2);
    before?.close();
    this.#source?.close();
    this.#source = null;
    this.on.state("reconnecting");
    this.open();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), this.#retry * (0.75 + Math.random() / 4));
    this.#retry = Math.min(LAST_RETRY_MS, this.#retry * 2);
  }
}
