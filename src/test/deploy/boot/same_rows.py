"""Whether two processes on one host saw the same: same_rows.py ROWS ROWS, files of one JSON object a line. Ends with 0 when
they did, with 1 when not, and with 2 while too few rows are in both to tell.

What names or sizes something has to be equal in each row that both have. What moves was read by both within the same
second, but not at the same moment: of it the sums over all these rows have to agree to a tenth, or to what the two
greatest single rows amount to, since what happens on the edge of a second belongs to either.
"""

import json
import sys

# Rates are over the time since the reading before, of which the first ones have none or another one.
WARM_UP = 12
STATIC = {"host", "memory_total_bytes", "swap_total_bytes", "total_bytes", "inodes"}
# What differs because the two are two: their own starts.
OWN = {"run"}
KEYS = {
    "cores": ("core",),
    "filesystems": ("mount", "type"),
    "disks": ("disk",),
    "interfaces": ("interface",),
    "temperatures": ("sensor",),
    "top_processes": ("pid", "name", "user"),
}
# Least amounts that count as a difference, by what the name ends with.
SLACK = {"_bytes": 32 << 20, "_bytes_per_second": 200_000, "_per_second": 50, "load1": 0.2, "load5": 0.2, "load15": 0.2}
RATIO_SLACK = 0.05
COUNT_SLACK = 8
# Who has so much memory is among the ten with most in a container, however little it does.
LARGE_BYTES = 48 << 20
# With one of each cadence among them, the slowest of which is a minute.
ENOUGH = 15


def rows(path: str) -> dict[int, dict]:
    with open(path) as file:
        all_rows = [json.loads(line) for line in file]
    return {row["ts"]: row for row in all_rows[WARM_UP:]}


def flat(row: dict, path: str = "") -> dict[str, object]:
    """Leaves by path; items of a list by what names them."""
    leaves: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, list):
            keys = KEYS[name]
            for item in value:
                key = ",".join(str(item[k]) for k in keys)
                rest = {k: v for k, v in item.items() if k not in keys}
                leaves |= flat(rest, f"{name}[{key}].")
            leaves[f"{name}[]"] = sorted(",".join(str(i[k]) for k in keys) for i in value)
        elif name not in OWN:
            leaves[path + name] = value
    return leaves


def enough(inside: dict[int, dict], outside: dict[int, dict]) -> bool:
    common = inside.keys() & outside.keys()
    return len(common) >= ENOUGH and any("tcp_listen" in outside[ts] and "top_processes" in outside[ts] for ts in common)


def large(row: dict) -> set[str]:
    """Processes that are at the top whenever somebody looks."""
    return {
        ",".join(str(one[key]) for key in KEYS["top_processes"])
        for one in row.get("top_processes", [])
        if one.get("memory_bytes", 0) >= LARGE_BYTES
    }


def slack(name: str) -> float:
    for end, amount in SLACK.items():
        if name.endswith(end):
            return amount
    if any(word in name for word in ("processes", "threads", "open_files", "tcp_", "inodes_used", "uptime")):
        return COUNT_SLACK if "ratio" not in name else RATIO_SLACK
    return RATIO_SLACK


def differences(inside: dict[int, dict], outside: dict[int, dict]) -> list[str]:
    common = sorted(inside.keys() & outside.keys())
    found: list[str] = []
    series: dict[str, list[tuple[float, float]]] = {}
    for ts in common:
        a, b = flat(inside[ts]), flat(outside[ts])
        for name in sorted(a.keys() | b.keys()):
            top = name.startswith("top_processes")
            if name not in a or name not in b:
                # Of processes that take next to nothing, either may be among the first.
                if not top:
                    found.append(f"{ts} {name}: only {'inside' if name in a else 'outside'}")
            elif name.endswith("[]"):
                missing = (large(inside[ts]) - set(b[name])) | (large(outside[ts]) - set(a[name])) if top else set()
                if missing or (not top and a[name] != b[name]):
                    found.append(f"{ts} {name}: {a[name]} inside, {b[name]} outside")
            elif name.rsplit(".")[-1] in STATIC or isinstance(a[name], str):
                if a[name] != b[name]:
                    found.append(f"{ts} {name}: {a[name]} inside, {b[name]} outside")
            else:
                series.setdefault(name, []).append((a[name], b[name]))
    for name, pairs in sorted(series.items()):
        sums = [sum(values) for values in zip(*pairs)]
        edges = sum(sorted((max(pair) for pair in pairs), reverse=True)[:2]) if len(pairs) > 2 else 0
        moving = name.endswith("_per_second") or "busy" in name or "utilization" in name or "pressure" in name
        allowed = max(0.1 * max(sums), slack(name) * len(pairs), edges if moving else 0)
        if abs(sums[0] - sums[1]) > allowed:
            found.append(f"{name}: {sums[0]} inside, {sums[1]} outside, over {len(pairs)} rows")
    seen = {name.split("[")[0] for name in series} | {name for row in outside.values() for name in row}
    print(f"{len(common)} rows, {len(series)} series, of {len(seen)} fields")
    return found


both = rows(sys.argv[1]), rows(sys.argv[2])
if not enough(*both):
    print("too few rows in common")
    sys.exit(2)
wrong = differences(*both)
print("\n".join(wrong))
sys.exit(bool(wrong))
