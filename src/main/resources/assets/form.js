// The form that filters. What it says is kept in the address.
import { byId, element } from "./dom.js";
import { CHOICES, NOWHERE, filterOf, isEmpty, toQuery } from "./filter.js";
import { COUNTED } from "./state.js";

const TYPING_MS = 120;

export class FilterForm {
  #form = byId("filter");
  #timer = 0;

  /** @param changed called when other hosts are wanted */
  constructor(changed) {
    this.filter = filterOf(new URLSearchParams(location.search));
    this.changed = changed;
    this.#form.hidden = false;
    this.#form.q.value = this.filter.q;
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#form.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#read(), TYPING_MS);
    });
    document.addEventListener("click", (event) => this.#follow(event));
    addEventListener("popstate", () => this.#set(filterOf(new URLSearchParams(location.search))));
  }

  /** Offers what there is, and what is chosen, if nobody is like that any more. */
  offer(hosts) {
    const values = { state: COUNTED };
    for (const choice of CHOICES) {
      values[choice] ??= [...new Set(hosts.map((host) => host[choice] || NOWHERE))].sort();
      const node = this.#form[choice];
      const chosen = this.filter[choice];
      const all = [...new Set([...values[choice], ...(chosen ? [chosen] : [])])];
      const seen = all.join("\n");
      if (node.dataset.seen === seen) continue;
      node.dataset.seen = seen;
      node.replaceChildren(node.options[0], ...all.map((value) => option(value)));
      node.value = chosen;
    }
  }

  clear() {
    this.#set(filterOf(new URLSearchParams()));
    this.#keep();
  }

  /** @param also that there is more to be taken back than the filter */
  clearable(also) {
    byId("clear").hidden = isEmpty(this.filter) && !also;
  }

  #read() {
    this.filter = { q: this.#form.q.value.trim(), ...Object.fromEntries(CHOICES.map((choice) => [choice, this.#form[choice].value])) };
    this.#keep();
    this.changed();
  }

  #set(filter) {
    this.filter = filter;
    this.#form.q.value = filter.q;
    for (const choice of CHOICES) {
      if (filter[choice] && ![...this.#form[choice].options].some(({ value }) => value === filter[choice])) this.#form[choice].append(option(filter[choice]));
      this.#form[choice].value = filter[choice];
    }
    this.changed();
  }

  #keep() {
    const query = toQuery(this.filter, new URLSearchParams(location.search));
    history.replaceState(null, "", query.size > 0 ? `?${query}` : location.pathname);
  }

  /** A link to the fleet with another filter needs no other page. */
  #follow(event) {
    const link = event.target.closest?.("#states a, .lane h3 a");
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.#set(filterOf(new URL(link.href).searchParams));
    this.#keep();
  }
}

function option(value) {
  const node = element("option", "", value);
  node.value = value;
  return node;
}
