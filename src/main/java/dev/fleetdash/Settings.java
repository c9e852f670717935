package dev.fleetdash;

import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.archive.S3Options.Conditions;
import dev.fleetdash.archive.S3Options.PathStyle;
import dev.fleetdash.place.AddressBlock;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Prices;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Every variable there is, with its default: read by {@link Config}, and told by {@code --help},
 * {@code --check-config} and the README.
 */
final class Settings {
  static final String PREFIX = "FLEETDASH_";

  static final Setting<ArchiveLocation> ARCHIVE =
      new Setting<>(
          "FLEETDASH_ARCHIVE",
          "file:data/archive",
          "where rows are kept: `file:DIR` or `s3://bucket[/prefix]`",
          "",
          ArchiveLocation::parse);

  static final Setting<PathStyle> S3_PATH_STYLE =
      new Setting<>(
          "FLEETDASH_S3_PATH_STYLE",
          "auto",
          "whether the bucket is in the path (`yes`), or in the host name (`no`); `auto`: as AWS or"
              + " the store wants it",
          "auto",
          Syntax::pathStyle);

  static final Setting<Conditions> S3_CONDITIONS =
      new Setting<>(
          "FLEETDASH_S3_CONDITIONS",
          "require",
          "`require`: write only where the store has conditional writes; `single-writer`: each name"
              + " has one machine for sure, and nobody compacts another's rows",
          "require",
          Syntax::conditions);

  static final Setting<Path> SPOOL =
      new Setting<>(
          "FLEETDASH_SPOOL",
          "data/spool",
          "directory for rows on their way to the archive, one process each",
          "data/spool",
          Syntax::path);

  static final Setting<Long> SPOOL_MAX =
      new Setting<>(
          "FLEETDASH_SPOOL_MAX",
          "512MiB",
          "bound of the spool (about 70 days); past it the oldest rows go, counted and shown",
          "512MiB",
          Syntax.bytesFrom(1 << 20, "1MiB"));

  static final Setting<Optional<HostName>> HOST =
      new Setting<>(
          "FLEETDASH_HOST",
          "",
          "EC2 instance id (IMDSv2), else host name",
          "this host's name in rows, keys and pages: letters, digits, `.`, `_`, `-`, at most 64",
          "web-1",
          Syntax.optional(Syntax::hostName));

  static final Setting<InetAddress> BIND =
      new Setting<>(
          "FLEETDASH_BIND",
          "127.0.0.1",
          "address to listen on; `0.0.0.0` is all",
          "0.0.0.0",
          Syntax::address);

  static final Setting<Integer> PORT =
      new Setting<>(
          "FLEETDASH_PORT",
          "8080",
          "port to listen on; `0` is any that is free",
          "8080",
          Syntax::port);

  static final Setting<Optional<String>> ADVERTISE =
      new Setting<>(
          "FLEETDASH_ADVERTISE",
          "",
          "own private address",
          "name or address, with or without a port, at which peers reach this host",
          "10.0.1.17",
          Syntax.optional(Syntax::endpoint));

  static final Setting<List<AddressBlock>> PEERS_ALLOW =
      new Setting<>(
          "FLEETDASH_PEERS_ALLOW",
          "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7",
          "addresses that may be asked as peers: addresses and blocks, with commas between",
          "10.0.0.0/8",
          Syntax::blocks);

  static final Setting<List<AddressBlock>> TRUST_PROXY =
      new Setting<>(
          "FLEETDASH_TRUST_PROXY",
          "",
          "none",
          "whose `X-Forwarded-*` headers count: addresses and blocks, with commas between",
          "10.0.0.0/16",
          Syntax::blocks);

  static final Setting<Set<String>> ALLOW_HOSTS =
      new Setting<>(
          "FLEETDASH_ALLOW_HOSTS",
          "",
          "none",
          "names that a `Host` header may have besides `localhost`, this machine's names and `FLEETDASH_ADVERTISE`'s, with commas between: a balancer's or proxy's, and the domain's; addresses always may",
          "metrics.example.org",
          Syntax::webHosts);

  static final Setting<Optional<URI>> URL =
      new Setting<>(
          "FLEETDASH_URL",
          "",
          "none",
          "address under which people open the dashboard, with the path that a proxy puts before it: links for them begin with it, and a `Host` header may have its name",
          "https://metrics.example.org",
          Syntax.optional(Syntax::webAddress));

  static final Setting<Duration> SAMPLE =
      new Setting<>(
          "FLEETDASH_SAMPLE",
          "1s",
          "time between rows: whole seconds that divide 60",
          "1s",
          Syntax::dividingMinute);

  static final Setting<Duration> FLUSH =
      new Setting<>(
          "FLEETDASH_FLUSH",
          "60s",
          "time between puts into the archive: whole seconds or minutes that divide 60",
          "60s",
          Syntax::dividingHour);

  static final Setting<Long> RING =
      new Setting<>(
          "FLEETDASH_RING",
          "8MiB",
          "memory for the newest rows; labelled series may keep less time than scalars",
          "8MiB",
          Syntax.bytesFrom(1 << 20, "1MiB"));

  static final Setting<Duration> RETAIN_RAW =
      retention("RAW", "40d", "rows as they were put, once the compacted hour holds them too");
  static final Setting<Duration> RETAIN_1S = retention("1S", "400d", "compacted rows");
  static final Setting<Duration> RETAIN_1M = retention("1M", "2y", "1-minute rollups");
  static final Setting<Duration> RETAIN_1H = retention("1H", "10y", "1-hour rollups");
  static final Setting<Duration> RETAIN_1D = retention("1D", "10y", "1-day rollups");

  static final Setting<Duration> DRAIN =
      new Setting<>(
          "FLEETDASH_DRAIN",
          "0s",
          "how long `/health` says draining before the process stops serving",
          "20s",
          Syntax::pause);

  static final Setting<Optional<Prices>> PRICES =
      new Setting<>(
          "FLEETDASH_PRICES",
          "",
          "built in, dated",
          "file of S3 and CloudWatch list prices for the price tag",
          "/etc/fleetdash/prices.properties",
          Syntax.optional(text -> Prices.of(Syntax.readableFile(text))));

  /** In the order in which they are told. */
  static final List<Setting<?>> ALL =
      List.of(
          ARCHIVE,
          S3_PATH_STYLE,
          S3_CONDITIONS,
          SPOOL,
          SPOOL_MAX,
          HOST,
          BIND,
          PORT,
          ADVERTISE,
          PEERS_ALLOW,
          TRUST_PROXY,
          ALLOW_HOSTS,
          URL,
          SAMPLE,
          FLUSH,
          RING,
          RETAIN_RAW,
          RETAIN_1S,
          RETAIN_1M,
          RETAIN_1H,
          RETAIN_1D,
          DRAIN,
          PRICES);

  private Settings() {}

  private static Setting<Duration> retention(String tier, String fallback, String what) {
    return new Setting<>(
        "FLEETDASH_RETAIN_" + tier,
        fallback,
        "how long the directory archive keeps " + what + ": whole days",
        fallback,
        Syntax::days);
  }

  static List<String> names() {
    return ALL.stream().map(Setting::name).toList();
  }

  /** The README's table. */
  static String table() {
    return ALL.stream()
        .map(setting ->
            "| `%s` | %s | %s |\n"
                .formatted(setting.name(), setting.byDefault(), setting.meaning()))
        .collect(Collectors.joining("", "| variable | default | meaning |\n|---|---|---|\n", ""));
  }
}
