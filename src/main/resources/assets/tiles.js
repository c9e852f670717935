// The key figures, as Tile.java makes them for the first view.
import * as f from "./format.js";
import { setBar, setText, setTone } from "./dom.js";

export function tone(value, warn, bad) {
  if (value >= bad) return "bad";
  return value >= warn ? "warn" : "ok";
}

export function bar(kinds, ...shares) {
  let x = 0;
  return shares.map((share, i) => {
    const width = Number.isNaN(share) ? 0 : Math.min(Math.max(share * 100, 0), 100 - x);
    const piece = { kind: kinds[i], x: f.decimal(x, 1), width: f.decimal(width, 1) };
    x += width;
    return piece;
  });
}

export const shareBar = (share) => (Number.isNaN(share) ? [] : bar(["main"], share));

/** The share of a file system that an ordinary user cannot write to. */
export const fullness = (item) => item.used_bytes / (item.used_bytes + item.available_bytes);

const DOT = "\u00a0· ";

const TILES = {
  cpu(n) {
    const used = n.get("cpu_utilization");
    const shares = [n.sum("cpu_user", "cpu_nice"), n.sum("cpu_system", "cpu_irq"), n.get("cpu_steal"), n.get("cpu_iowait")];
    const stolen = shares[2] >= 0.001 ? `${DOT}steal\u00a0${f.percent(shares[2])}` : "";
    return {
      figure: f.percent(used),
      detail: `user\u00a0${f.percent(shares[0])}${DOT}system\u00a0${f.percent(shares[1])}${DOT}iowait\u00a0${f.percent(shares[3])}${stolen}`,
      bar: Number.isNaN(used) ? [] : bar(["user", "system", "steal", "iowait"], ...shares),
      tone: tone(used, 0.8, 0.95),
    };
  },
  memory(n) {
    const used = n.get("memory_used_bytes");
    const total = n.get("memory_total_bytes");
    const swap = n.get("swap_used_bytes");
    return {
      figure: f.percent(used / total),
      detail: `${f.bytes(used)} of ${f.bytes(total)}${swap > 0 ? `${DOT}swap\u00a0${f.bytes(swap)}` : ""}`,
      bar: shareBar(used / total),
      tone: tone(used / total, 0.85, 0.95),
    };
  },
  load(n) {
    const load = n.get("load1");
    const cores = n.cores;
    const perCore = cores === 0 ? NaN : load / cores;
    const of = cores === 0 ? "" : `${DOT}${cores}\u00a0${cores === 1 ? "core" : "cores"}`;
    return {
      figure: f.load(load),
      detail: `5\u00a0min\u00a0${f.load(n.get("load5"))}${DOT}15\u00a0min\u00a0${f.load(n.get("load15"))}${of}`,
      bar: shareBar(perCore),
      tone: tone(perCore, 1, 2),
    };
  },
  disk(n) {
    const busy = n.get("disk_busy_ratio");
    const read = f.bytesPerSecond(n.get("disk_read_bytes_per_second"));
    const written = f.bytesPerSecond(n.get("disk_written_bytes_per_second"));
    return { figure: f.percent(busy), detail: `read\u00a0${read}${DOT}written\u00a0${written}`, bar: shareBar(busy), tone: tone(busy, 0.8, 0.95) };
  },
  network(n) {
    const lost = n.sum("network_errors_per_second", "network_drops_per_second");
    const faults = lost > 0 ? `${DOT}errors\u00a0and\u00a0drops\u00a0${f.perSecond(lost)}` : "";
    return {
      figure: f.bytesPerSecond(n.get("network_received_bytes_per_second")),
      detail: `out\u00a0${f.bytesPerSecond(n.get("network_sent_bytes_per_second"))}${faults}`,
      bar: [],
      tone: lost > 0 ? "warn" : "ok",
    };
  },
  filesystem(n) {
    // Until the first row that has them, the server's figures are the newest there are.
    if (!n.has("filesystems")) return null;
    const used = n.get("filesystem_used_ratio_max");
    const known = n.items("filesystems").filter((item) => !Number.isNaN(fullness(item)));
    const fullest = known.reduce((most, item) => (most && fullness(most) > fullness(item) ? most : item), null);
    const detail = fullest ? `${f.bytes(fullest.available_bytes)} free on ${fullest.mount}` : "";
    return { figure: f.percent(used), detail, bar: shareBar(used), tone: tone(used, 0.85, 0.95) };
  },
  pressure(n) {
    const [cpu, memory, io] = ["cpu", "memory", "io"].map((of) => n.get(`${of}_pressure_some`));
    const known = [cpu, memory, io].filter((value) => !Number.isNaN(value));
    const most = known.length === 0 ? NaN : Math.max(0, ...known);
    const detail = `CPU\u00a0${f.percent(cpu)}${DOT}memory\u00a0${f.percent(memory)}${DOT}I/O\u00a0${f.percent(io)}`;
    return { figure: f.percent(most), detail, bar: shareBar(most), tone: tone(most, 0.1, 0.4) };
  },
};

export function updateTiles(live) {
  for (const node of document.querySelectorAll("[data-tile]")) {
    const tile = TILES[node.dataset.tile](live);
    if (!tile) continue;
    const [number, unit = ""] = tile.figure.split("\u00a0");
    setText(node.querySelector(".figure b"), number);
    setText(node.querySelector(".figure span"), unit);
    setText(node.querySelector(".detail"), tile.detail);
    setBar(node.querySelector("svg.bar"), tile.bar);
    setTone(node, tile.tone);
  }
}
