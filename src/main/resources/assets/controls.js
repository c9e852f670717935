// The buttons above the charts, and what is said beside them; the same on every page.
import { byId, setText } from "./dom.js";
import { momentOf, percent, span as lasting } from "./format.js";

/** @param changed called when another time is to be shown */
export function wireControls(view, changed) {
  byId("ranges").addEventListener("click", (event) => {
    const seconds = Number(event.target.closest("button")?.dataset.range);
    if (!seconds) return;
    view.last(seconds);
    changed();
  });
  byId("pause").addEventListener("click", () => {
    if (view.live) view.pause();
    else view.goLive();
    changed();
  });
}

/** @param last that there is nothing after the end of the view, for its host has ended */
export function showControls(view, last) {
  for (const button of document.querySelectorAll("#ranges button")) {
    button.setAttribute("aria-pressed", String(view.live && Number(button.dataset.range) === view.seconds));
  }
  const pause = byId("pause");
  pause.hidden = view.live && last;
  setText(pause, view.live ? "Pause" : last ? "To its last second" : "Back to live");
  pause.classList.toggle("primary", !view.live);
}

/** @param last likewise */
export function showWindow(view, columns, last) {
  const step = columns ? ` · a point is ${lasting(columns.step)}` : "";
  const complete = typeof columns?.completeness === "number" && columns.completeness < 0.9995 ? ` · ${percent(Math.floor(columns.completeness * 1000) / 1000)} of the rows` : "";
  const length = view.to - view.from;
  const span = view.live && !last ? `from ${momentOf(view.from, length, false)}` : `${momentOf(view.from, length)} to ${momentOf(view.to, length)}${view.live ? ", its last second" : ""}`;
  setText(byId("window"), span + step + complete);
}

export function note(text) {
  const node = byId("note");
  node.hidden = text === "";
  setText(node, text);
}

/** @param found as in the answer of /api/history */
export function problems(found = []) {
  if (found.length === 0) return "";
  const what = found.length === 1 ? "One object" : `${found.length} objects`;
  return `${what} of the archive could not be read, so a gap here may not be one: ${found[0].key} (${found[0].reason})`;
}
