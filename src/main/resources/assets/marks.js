// Events as vertical lines on a chart; those too close to be told apart share one.
const CLOSEST_PX = 14;
const FONT = "600 10px system-ui, sans-serif";

const NAMES = { launched: "launched", version: "version", ended: "ended", lost: "lost" };

/** Groups of events, oldest first, that lie within so many pixels of the first one. @param x of an event, in pixels */
export function group(events, x, closest = CLOSEST_PX) {
  const groups = [];
  for (const event of events) {
    const at = x(event);
    const last = groups.at(-1);
    if (last && at - last.x < closest) last.events.push(event);
    else groups.push({ x: at, events: [event] });
  }
  return groups;
}

/** What a line is called: "2 launched, 1 ended", or a version. */
export function labelOf(events) {
  const counts = new Map();
  for (const { kind } of events) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const versions = [...new Set(events.filter((event) => event.kind === "version").map((event) => event.detail))];
  return [...counts]
    .map(([kind, count]) => {
      if (kind === "version" && versions.length === 1 && versions[0]) return versions[0];
      return events.length === 1 ? NAMES[kind] ?? kind : `${count} ${NAMES[kind] ?? kind}`;
    })
    .join(", ");
}

/** A uPlot hook. A label is drawn where there is room for it; the list below the charts has them all. */
export function drawMarks(plot, events, { line, ink, surface }) {
  if (events.length === 0) return;
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const { min, max } = plot.scales.x;
  const shown = events.filter(({ ts }) => ts >= min && ts <= max);
  let free = bbox.left;
  ctx.save();
  ctx.strokeStyle = line;
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 3 * ratio]);
  ctx.font = FONT.replace("10px", `${10 * ratio}px`);
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  for (const { x, events: some } of group(shown, ({ ts }) => plot.valToPos(ts, "x", true), CLOSEST_PX * ratio)) {
    ctx.beginPath();
    ctx.moveTo(Math.round(x) + 0.5, bbox.top);
    ctx.lineTo(Math.round(x) + 0.5, bbox.top + bbox.height);
    ctx.stroke();
    const text = labelOf(some);
    const wide = ctx.measureText(text).width + 6 * ratio;
    const left = x + wide <= bbox.left + bbox.width ? x : x - wide;
    if (left < free) continue;
    ctx.fillStyle = surface;
    ctx.fillRect(left + ratio, bbox.top, wide - ratio, 13 * ratio);
    ctx.fillStyle = ink;
    ctx.fillText(text, left + 4 * ratio, bbox.top + 1.5 * ratio);
    free = left + wide + 4 * ratio;
  }
  ctx.restore();
}
