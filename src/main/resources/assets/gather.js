// The history of many hosts: asked page by page, because an answer is for 50 hosts and 100,000 values at most.
import { Aggregates, SUBJECT_METRICS } from "./aggregate.js";

export const HOSTS_A_PAGE = 50;
const VALUES_AN_ANSWER = 100000;
/** Over all pages, so that a chart of a thousand hosts stays a few megabytes. */
const VALUES_IN_ALL = 600000;
const FEWEST_POINTS = 60;
const AT_ONCE = 3;
const TRIES = 4;
const PAUSE_MS = 700;

/** How many points are worth asking for. */
export function pointsFor(hosts, width, metrics = SUBJECT_METRICS.length) {
  const page = Math.floor(VALUES_AN_ANSWER / (Math.min(hosts, HOSTS_A_PAGE) * metrics));
  const all = Math.floor(VALUES_IN_ALL / (hosts * metrics));
  return Math.max(1, Math.min(page, width, Math.max(FEWEST_POINTS, all)));
}

export const pagesOf = (names) => Array.from({ length: Math.ceil(names.length / HOSTS_A_PAGE) }, (_, i) => names.slice(i * HOSTS_A_PAGE, (i + 1) * HOSTS_A_PAGE));

/** A busy node is asked again; behind a balancer that may be another one. */
export async function ask(query, signal) {
  for (let left = TRIES; ; ) {
    const answer = await fetch(`/api/history?${new URLSearchParams(query)}`, { signal });
    if (answer.ok) return answer.json();
    const error = (await answer.json().catch(() => null))?.error;
    if (--left === 0 || (answer.status !== 503 && answer.status !== 429)) throw new Error(error?.message ?? `status ${answer.status}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (1 + Math.random())));
  }
}

/**
 * The history of these hosts taken together.
 *
 * @param names at least one; @param range {from, to, points}; @param progress told how many hosts are in
 * @return {columns, missing, problems}: missing are hosts whose page failed, with the reason of the last failure
 */
export async function gather(names, range, signal, progress = () => {}) {
  const pages = pagesOf(names);
  let columns = null;
  let done = 0;
  let reason = "";
  const missing = [];
  const problems = [];
  const next = async () => {
    for (let page = pages.shift(); page; page = pages.shift()) {
      try {
        const answer = await ask({ hosts: page.join(","), metrics: SUBJECT_METRICS.join(","), ...range }, signal);
        if (signal.aborted) return;
        columns ??= new Aggregates(names, answer, range.to);
        columns.fill(answer);
        problems.push(...(answer.problems ?? []));
      } catch (error) {
        if (signal.aborted) return;
        missing.push(...page);
        reason = error.message;
      }
      progress((done += page.length));
      await pause();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  if (signal.aborted) return null;
  if (!columns) throw new Error(reason);
  await columns.settle(pause);
  return { columns, missing, reason, problems };
}

/** Lets the browser paint and take input between two pieces of work. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 0));
