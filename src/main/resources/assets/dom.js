// The few ways in which the page is changed. Text is always set as text: names in rows come from anywhere.
const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/** Leaves the node alone when nothing changes, so that selections and screen readers are not disturbed. */
export function setText(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

export function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function svg(name, attributes = {}) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** Replaces whatever tone- class the node has. */
export function setTone(node, tone) {
  for (const name of [...node.classList]) {
    if (name.startsWith("tone-") && name !== `tone-${tone}`) node.classList.remove(name);
  }
  if (!node.classList.contains(`tone-${tone}`)) node.classList.add(`tone-${tone}`);
}

/** Setting what is there already would have the browser style the node anew. */
function set(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** Draws pieces ({kind, x, width}, percent as text) into an svg.bar. */
export function setBar(node, pieces) {
  while (node.childElementCount > pieces.length) node.lastElementChild.remove();
  while (node.childElementCount < pieces.length) node.append(svg("rect", { height: "1" }));
  pieces.forEach((piece, i) => {
    const rect = node.children[i];
    set(rect, "class", `fill-${piece.kind}`);
    set(rect, "x", piece.x);
    set(rect, "width", piece.width);
  });
}

export function newBar(pieces) {
  const node = svg("svg", { class: "bar", viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true" });
  setBar(node, pieces);
  return node;
}

/** The host's state, drawn into a span.state. */
export function setState(node, { kind, text }) {
  if (node.className !== `state state-${kind}`) node.className = `state state-${kind}`;
  setText(node.querySelector("span"), text);
}

/**
 * Puts what the link leads to onto the clipboard. Where that is not allowed, which is where the page came by plain HTTP from another
 * host, it stays a link.
 */
export function copyOnClick(link) {
  const label = link.textContent;
  link.addEventListener("click", async (event) => {
    if (!navigator.clipboard || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      await navigator.clipboard.writeText(await answer.text());
      setText(link, "copied");
      setTimeout(() => setText(link, label), 2000);
    } catch {
      location.assign(link.href);
    }
  });
}
