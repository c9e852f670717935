// Which hosts are looked at: words and choices, kept in the address, so that a link shows the same.
export const CHOICES = ["state", "zone", "type", "version"];
const MAX_LENGTH = 200;

/** Where a host has no zone, the word for it. */
export const NOWHERE = "none";

/** @param query URLSearchParams */
export function filterOf(query) {
  const filter = { q: (query.get("q") ?? "").slice(0, MAX_LENGTH).trim() };
  for (const choice of CHOICES) filter[choice] = (query.get(choice) ?? "").slice(0, MAX_LENGTH);
  return filter;
}

/** Sets what the filter says into the query and takes out what it does not say. */
export function toQuery(filter, query) {
  for (const name of ["q", ...CHOICES]) {
    if (filter[name]) query.set(name, filter[name]);
    else query.delete(name);
  }
  return query;
}

export const isEmpty = (filter) => ["q", ...CHOICES].every((name) => !filter[name]);

/** Words are all to be found; key:value is one of the choices, or part of it. */
export function words(q) {
  return q
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => {
      const [, key, value] = /^(host|state|zone|type|version|instance|address):(.+)$/.exec(word) ?? [];
      return key ? { key, value } : { value: word };
    });
}

const NAMES = ["host", "zone", "type", "instance", "address", "version"];
const valueOf = (host, choice) => host[choice] || NOWHERE;
const holds = (text, part) => typeof text === "string" && text.toLowerCase().includes(part);

/** A function that says of a host whether it is looked at. */
export function matcher(filter) {
  const wanted = words(filter.q);
  const chosen = CHOICES.filter((choice) => filter[choice]);
  return (host) =>
    chosen.every((choice) => valueOf(host, choice) === filter[choice]) &&
    wanted.every(({ key, value }) => (key ? holds(valueOf(host, key), value) : NAMES.some((name) => holds(host[name], value))));
}
