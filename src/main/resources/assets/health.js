// The problems of the node that serves the page, looked at again while it is open.
import { byId, element, setText, setTone } from "./dom.js";
import { bytes, clock, count, moment } from "./format.js";

const EVERY_MS = 10000;
/** As in Alert.java. */
const USUAL_SEGMENTS = 5;
const ARCHIVE_STATES = { starting: "nothing flushed yet", up: "up", failing: "failing" };

export function watchHealth() {
  for (const time of document.querySelectorAll("time[datetime]")) localise(time);
  let shown = null;
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch("/health/details", { headers: { accept: "application/json" }, cache: "no-store" });
      const details = await answer.json();
      if (!Array.isArray(details.parts)) return;
      const alerts = alertsOf(details);
      const key = JSON.stringify(alerts);
      if (key !== shown) byId("alerts").replaceChildren(...alerts.map(line));
      shown = key;
      archiveState(details.parts);
    } catch {
      // No answer: the stream says "reconnecting", which is the same news.
    }
  };
  setTimeout(look, 2000);
  setInterval(look, EVERY_MS);
}

function alertsOf({ parts, spool }) {
  const alerts = parts
    .filter((part) => part.status === "failing")
    .map((part) => ({ title: `${part.name.charAt(0).toUpperCase()}${part.name.slice(1).replaceAll("_", " ")} failing`, detail: part.detail ?? "", since: part.since }));
  if (spool?.segments > USUAL_SEGMENTS) {
    alerts.push({ title: "Archive behind", detail: `${count(spool.segments)} segments (${bytes(spool.bytes)}) wait on this node's disk for the archive` });
  }
  return alerts;
}

function line({ title, detail, since }) {
  const node = element("p", "alert");
  node.append(element("strong", "", title), " ", element("span", "", detail));
  if (since) {
    const time = element("time", "", `since ${since}`);
    time.dateTime = since;
    localise(time);
    node.append(" ", time);
  }
  return node;
}

function archiveState(parts) {
  const part = parts.find((one) => one.name === "archive");
  if (!part) return;
  const node = byId("archive-state");
  setText(node, ARCHIVE_STATES[part.status] ?? part.status);
  setTone(node, part.status === "failing" ? "bad" : "ok");
}

/** The server writes UTC; people read their own clock. */
function localise(time) {
  const ms = Date.parse(time.dateTime);
  if (Number.isNaN(ms)) return;
  time.title = time.dateTime;
  const today = Math.abs(Date.now() - ms) < 43200000;
  setText(time, time.textContent.replace(time.dateTime, (today ? clock : moment)(ms / 1000)));
}
