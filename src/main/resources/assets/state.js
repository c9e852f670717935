// A host's state as HostState.java writes it.
import { duration, rough } from "./format.js";

/** As in State.java, in the order in which they need a look. */
export const STATES = ["lost", "unreachable", "unknown", "stale", "live", "ended"];
/** The order in which they are counted. */
export const COUNTED = ["live", "stale", "unreachable", "lost", "ended", "unknown"];

/** @param host {state, reason, since}; @param ts its newest row's second, or nothing; @return {kind, brief, reason} */
export function stateOf({ state, reason, since }, ts, now) {
  const lasting = rough(Math.max(0, Math.floor(now) - since));
  const silent = ts ? duration(Math.max(0, Math.floor(now) - ts)) : "no row yet";
  const is = (brief, why = reason ?? "") => ({ kind: state, brief, reason: why });
  switch (state) {
    case "live":
      return is(ts ? "live" : `live, ${silent}`);
    case "stale":
      return is(`stale, ${silent}`);
    case "unreachable":
      return is(`unreachable for ${lasting}`);
    case "lost":
    case "ended":
      return is(`${state} ${lasting} ago`);
    default:
      return is(state, reason || "the archive cannot be read");
  }
}

/** All of it. */
export const stateText = ({ brief, reason }) => (reason ? `${brief}: ${reason}` : brief);
