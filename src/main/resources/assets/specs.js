// What each chart draws. Ids and kinds are the ones of ChartCard.java.
import { SUBJECTS } from "./aggregate.js";
import * as f from "./format.js";

/** Lines from the bottom up; a line of several metrics is their sum. */
export const HOST_CHARTS = {
  cpu: {
    format: f.percent,
    stacked: true,
    lines: [
      { kind: "user", metrics: ["cpu_user", "cpu_nice"] },
      { kind: "system", metrics: ["cpu_system", "cpu_irq"] },
      { kind: "steal", metrics: ["cpu_steal"] },
      { kind: "iowait", metrics: ["cpu_iowait"] },
    ],
    peak: "cpu_utilization",
    summary: [{ name: "CPU", metric: "cpu_utilization" }],
    top: () => 1,
    quarters: true,
  },
  memory: {
    format: f.bytes,
    lines: [
      { kind: "used", metrics: ["memory_used_bytes"], area: true },
      { kind: "cached", metrics: ["memory_cached_bytes"] },
      { kind: "swap", metrics: ["swap_used_bytes"], dash: [4, 3] },
    ],
    summary: [{ name: "Used", metric: "memory_used_bytes" }],
    top: (columns) => largest(columns.column("memory_total_bytes").max),
  },
  disk: {
    format: f.bytesPerSecond,
    lines: [
      { kind: "read", metrics: ["disk_read_bytes_per_second"], area: true },
      { kind: "written", metrics: ["disk_written_bytes_per_second"], dash: [5, 3] },
    ],
    summary: [
      { name: "Read", metric: "disk_read_bytes_per_second" },
      { name: "Written", metric: "disk_written_bytes_per_second" },
    ],
  },
  network: {
    format: f.bytesPerSecond,
    lines: [
      { kind: "received", metrics: ["network_received_bytes_per_second"], area: true },
      { kind: "sent", metrics: ["network_sent_bytes_per_second"], dash: [5, 3] },
    ],
    summary: [
      { name: "Received", metric: "network_received_bytes_per_second" },
      { name: "Sent", metric: "network_sent_bytes_per_second" },
    ],
  },
};

/** What the charts of a host need of the history. */
export const HOST_METRICS = [
  ...new Set(["memory_total_bytes", ...Object.values(HOST_CHARTS).flatMap((chart) => [...chart.lines.flatMap((line) => line.metrics), ...(chart.peak ? [chart.peak] : [])])]),
];

const FORMATS = { cpu: f.percent, memory: f.bytes, disk: f.bytesPerSecond, network: f.bytesPerSecond };

/** Several hosts taken together; each mode draws some of the lines. */
export const FLEET_CHARTS = Object.fromEntries(
  Object.entries(FORMATS).map(([id, format]) => [
    id,
    {
      format,
      takes: SUBJECTS[id],
      lines: [
        { kind: "avg", metrics: [`${id}.avg`], area: true, mode: "spread" },
        { kind: "p95", metrics: [`${id}.p95`], mode: "spread" },
        { kind: "max", metrics: [`${id}.max`], dash: [4, 3], mode: "spread" },
        { kind: "sum", metrics: [`${id}.sum`], area: true, mode: "sum", format: id === "cpu" ? f.hosts : format },
      ],
      summary: [
        { name: "Per host,", metric: `${id}.avg`, mode: "spread" },
        { name: "Sum,", metric: `${id}.sum`, mode: "sum", format: id === "cpu" ? f.hosts : format },
      ],
      top: (_, mode) => (id === "cpu" && mode === "spread" ? 1 : 0),
      quarters: (mode) => id === "cpu" && mode === "spread",
      least: id === "cpu" ? 1 : undefined,
    },
  ]),
);

function largest(values) {
  let most = 0;
  for (const value of values) if (value !== null && value > most) most = value;
  return most;
}
