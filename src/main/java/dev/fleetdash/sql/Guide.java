package dev.fleetdash.sql;

/** The page that explains the archive to whoever comes upon it. */
final class Guide {
  private Guide() {}

  static String text(int revision) {
    return """
    # An archive of fleetdash

    Metrics of hosts as gzipped JSON lines, one object a line. All times are UTC. Revision %d of this page; `schema.json` holds the
    same for programs: every field with its unit, type and meaning.

    | key | holds |
    |---|---|
    | `v1/raw/dt=D/hour=H/host=NAME/HHMMSS-RUN-SEQ.ndjson.gz` | rows as they came in, mostly a minute of them, written once |
    | `v1/1s/dt=D/hour=H/host=NAME/data.ndjson.gz` | one host's hour at full resolution |
    | `v1/1m/dt=D/host=NAME/data.ndjson.gz` | one host's day in minutes |
    | `v1/1h/month=M/host=NAME/data.ndjson.gz` | one host's month in hours |
    | `v1/1d/year=Y/host=NAME/data.ndjson.gz` | one host's year in days |

    ## Rows

    `ts` (epoch seconds), `host`, `run`, then numbers in base units: ratios from 0 to 1, bytes, seconds, rates per second. A number that
    could not be read is absent, which is not 0. Not everything is in each row: `cadence_seconds` of the schema says how often. Reals
    always have a decimal point, whole numbers never do.

    A second can be there twice: in `raw` and in `1s`, or after a clock was stepped back. Of rows with the same `host` and `ts` the
    one with the greater (`run`, `uptime_seconds`) counts. The view `seconds` of each script does that; prefer it.

    ## Rollups

    `ts` is the first second of the minute, hour or day; `count` is the number of rows in it. Each metric is an object with `min`, `max`
    and `sum`, and with a `count` of its own where that differs from the row's (in an array: from the item's). The average is
    `sum / coalesce(metric.count, count)`.

    ## SQL

    | engine | script | tried on |
    |---|---|---|
    | DuckDB | `duckdb.sql` | every build, on a directory |
    | Athena | `athena.sql` | its documentation only |
    | Trino | `trino.sql` | version 476, on an S3 server |
    | Spark | `spark.sql` | version 4.2.0, on an S3 server |

    Whatever is asked, ask for `dt` (and `hour`) too: they are folders, and all others are left unopened. Rows of the last hour are in
    many small objects; what is older is in `1s`, and rollups are smaller by far.

    One damaged object makes most engines refuse the whole query; `/api/history` over the same range skips it and names it.
    """
        .formatted(revision);
  }
}
