// Rows as they are sampled. EventSource reconnects by itself while the server lets it; a refusal ends it, and then this does.
const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 30000;

export class Stream {
  #source = null;
  #timer = 0;
  #retry = FIRST_RETRY_MS;

  /** @param on {row(row), state("open" | "reconnecting")} */
  constructor(host, on) {
    this.url = `/api/stream?host=${encodeURIComponent(host)}`;
    this.on = on;
  }

  open() {
    this.close();
    const source = new EventSource(this.url);
    this.#source = source;
    source.onopen = () => {
      this.#retry = FIRST_RETRY_MS;
      this.on.state("open");
    };
    source.onmessage = (event) => {
      let row;
      try {
        row = JSON.parse(event.data);
      } catch {
        return;
      }
      if (Number.isInteger(row?.ts)) this.on.row(row);
    };
    source.onerror = () => {
      this.on.state("reconnecting");
      if (source.readyState === EventSource.CLOSED) this.#later();
    };
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  get opened() {
    return this.#source !== null && this.#source.readyState === EventSource.OPEN;
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), this.#retry * (0.75 + Math.random() / 2));
    this.#retry = Math.min(LAST_RETRY_MS, this.#retry * 2);
  }
}
