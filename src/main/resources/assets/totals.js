// How many hosts there are in which state, and what they come to, as Totals.java makes it for the first view.
import { byId, element, setText } from "./dom.js";
import * as f from "./format.js";
import { NUMBERS, countStates, totals } from "./hosts.js";

export function showTotals(hosts) {
  const sums = totals(hosts);
  states(hosts);
  const total = (id, text) => setText(document.querySelector(`[data-total="${id}"] dd`), text);
  // Not every node tells how many cores a host has; the server that made the page counted them.
  if (!Number.isNaN(sums.cores)) total("cores", f.count(sums.cores));
  total("cpu", f.percent(sums.cpu));
  total("memory", `${f.bytes(sums.used)} of ${f.bytes(sums.total)}`);
  total("disk", f.bytesPerSecond(sums.disk));
  total("received", f.bytesPerSecond(sums.received));
  total("sent", f.bytesPerSecond(sums.sent));
  total("fullest", sums.fullest ? f.percent(NUMBERS.space(sums.fullest.row)) : f.ABSENT);
  const whose = document.querySelector(".whose a");
  setText(whose, sums.fullest?.host ?? "");
  const href = sums.fullest ? `/hosts/${encodeURIComponent(sums.fullest.host)}` : null;
  if (href !== null && whose.getAttribute("href") !== href) whose.setAttribute("href", href);
}

function states(hosts) {
  const node = byId("states");
  setText(node.querySelector("b"), f.count(hosts.length));
  setText(node.querySelector("a span"), hosts.length === 1 ? "host" : "hosts");
  const counts = [...countStates(hosts)].filter(([state, number]) => number > 0 || state === "live");
  const links = [...node.querySelectorAll(".state")];
  if (links.map((link) => link.dataset.state).join() === counts.map(([state]) => state).join()) {
    counts.forEach(([state, number], i) => setText(links[i].querySelector("span"), `${f.count(number)} ${state}`));
    return;
  }
  for (const link of links) link.remove();
  for (const [state, number] of counts) {
    const link = element("a", `state state-${state}`);
    link.href = `/?state=${encodeURIComponent(state)}`;
    link.dataset.state = state;
    const dot = element("i");
    dot.setAttribute("aria-hidden", "true");
    link.append(dot, element("span", "", `${f.count(number)} ${state}`));
    node.append(" ", link);
  }
}
