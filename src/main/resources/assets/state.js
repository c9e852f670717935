// A host's state as HostState.java writes it.
import { duration, rough } from "./format.js";

/** As in State.java, in the order in which they need a look. */
export const STATES = ["lost", "unreachable", "unknown", "stale", "live", "ended"];
/** The order in which they are counted. */
export const COUNTED = ["live", "stale", "unreachable", "lost", "ended", "unknown"];

/** @param host {state, reason, since}; @param ts its newest row's second, or nothing */
export function stateText({ state, reason, since }, ts, now) {
  const why = reason ? `: ${reason}` : "";
  const lasting = rough(Math.max(0, Math.floor(now) - since));
  const silent = ts ? duration(Math.max(0, Math.floor(now) - ts)) : "no row yet";
  switch (state) {
    case "live":
      return ts ? "live" : `live, ${silent}`;
    case "stale":
      return `stale, ${silent}${why}`;
    case "unreachable":
      return `unreachable for ${lasting}${why}`;
    case "lost":
    case "ended":
      return `${state} ${lasting} ago${why}`;
    default:
      return `unknown${why || ": the archive cannot be read"}`;
  }
}
