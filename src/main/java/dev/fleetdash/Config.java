package dev.fleetdash;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.archive.Retention;
import dev.fleetdash.archive.S3Options;
import dev.fleetdash.place.AddressBlock;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.Prices;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.web.Listen;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the process was told by its environment, checked as a whole. Immutable. Bad values,
 * contradictions and unknown variables are refused together; nothing is repaired.
 *
 * @param effective every variable with the value that holds, in the order of the documentation,
 *     secrets masked
 */
record Config(
    Storage storage, Identity identity, Http http, Sampling sampling, List<Effective> effective) {

  /**
   * Where rows go, and for how long they stay.
   *
   * @param s3 how a bucket is asked
   * @param prices instead of the built-in ones
   */
  record Storage(
      ArchiveLocation archive,
      S3Options s3,
      Path spool,
      Spool.Settings segments,
      Retention.Ages ages,
      Optional<Prices> prices) {

    /** The archive. It opens nothing before it is used. */
    Archive open(Telemetry telemetry) {
      return archive.open(s3, telemetry);
    }
  }

  /**
   * Who this host is to others.
   *
   * @param host empty: the instance id or the machine's name
   * @param advertise empty: the own private address
   * @param peersAllowed addresses that may be asked
   */
  record Identity(
      Optional<HostName> host, Optional<String> advertise, List<AddressBlock> peersAllowed) {}

  /**
   * Where and to whom pages are served.
   *
   * @param url under which people open them; empty: nobody said
   * @param drain how long a stopping process says so before it stops serving
   */
  record Http(Listen listen, Optional<URI> url, Duration drain) {}

  /** How often rows are made, and how much memory the newest take. */
  record Sampling(Duration interval, long ringBytes) {}

  /**
   * A variable as it holds.
   *
   * @param value as the variable would be written; what is found out only when needed is empty
   * @param set whether the environment sets it
   */
  record Effective(String name, String value, boolean set) {}

  /**
   * Reads the environment.
   *
   * @param heapBytes how much memory the process has for everything
   * @throws ConfigException with everything that is wrong
   */
  static Config read(Map<String, String> variables, long heapBytes) throws ConfigException {
    Environment environment = new Environment(variables);
    Settings.ALL.forEach(environment::value);
    Contradictions.note(environment, heapBytes);
    environment.check();
    Http http = http(environment);
    return new Config(
        storage(environment),
        identity(environment),
        http,
        sampling(environment),
        effective(environment, http.listen()));
  }

  /** By variable, as pages show it to everybody: of this machine's directories the last names. */
  Map<String, String> shown() {
    Map<String, String> shown = new LinkedHashMap<>();
    effective.forEach(setting ->
        shown.put(
            setting.name(),
            setting.value().startsWith("s3:")
                ? setting.value()
                : setting.value().replaceFirst("^(file:)?/.*(?=/)", "$1…")));
    return shown;
  }

  private static Storage storage(Environment environment) {
    Duration flush = environment.value(Settings.FLUSH);
    return new Storage(
        environment.value(Settings.ARCHIVE),
        new S3Options(
            environment.value(Settings.S3_PATH_STYLE), environment.value(Settings.S3_CONDITIONS)),
        environment.value(Settings.SPOOL),
        new Spool.Settings(
            Math.toIntExact(flush.toSeconds()), environment.value(Settings.SPOOL_MAX)),
        new Retention.Ages(
            environment.value(Settings.RETAIN_RAW),
            environment.value(Settings.RETAIN_1S),
            environment.value(Settings.RETAIN_1M),
            environment.value(Settings.RETAIN_1H),
            environment.value(Settings.RETAIN_1D)),
        environment.value(Settings.PRICES));
  }

  private static Identity identity(Environment environment) {
    return new Identity(
        environment.value(Settings.HOST),
        environment.value(Settings.ADVERTISE),
        environment.value(Settings.PEERS_ALLOW));
  }

  private static Http http(Environment environment) {
    String address = environment.text(Settings.BIND);
    // No others, or a page from elsewhere could have its name point here, and read what is there.
    Set<String> hosts = new LinkedHashSet<>(environment.value(Settings.ALLOW_HOSTS));
    environment.value(Settings.ADVERTISE).map(Config::withoutPort).ifPresent(hosts::add);
    environment.value(Settings.HOST).map(HostName::value).ifPresent(hosts::add);
    environment.value(Settings.URL).map(URI::getHost).ifPresent(hosts::add);
    return new Http(
        new Listen(
            address,
            environment.value(Settings.PORT),
            hosts,
            environment.value(Settings.TRUST_PROXY)),
        environment.value(Settings.URL),
        environment.value(Settings.DRAIN));
  }

  /** Where this host listens, and where it says that it does. */
  Set<Integer> ports() {
    Set<Integer> ports = new HashSet<>();
    ports.add(http.listen().port());
    identity
        .advertise()
        .filter(address -> address.matches("(?:[^:]*|\\[.*]):\\d{1,5}"))
        .map(address -> Integer.valueOf(address.substring(address.lastIndexOf(':') + 1)))
        .ifPresent(ports::add);
    return ports;
  }

  /** A name, or an address in whatever form: those are taken anyway. */
  private static String withoutPort(String advertised) {
    return advertised.replaceFirst(":\\d{1,5}$", "");
  }

  private static Sampling sampling(Environment environment) {
    return new Sampling(environment.value(Settings.SAMPLE), environment.value(Settings.RING));
  }

  private static List<Effective> effective(Environment environment, Listen listen) {
    List<Effective> all = new ArrayList<>();
    for (Setting<?> setting : Settings.ALL) {
      boolean set = environment.isSet(setting);
      boolean chosen = !set && setting.equals(Settings.ALLOW_HOSTS);
      String value =
          chosen
              ? String.join(",", listen.allowedHosts().stream().sorted().toList())
              : environment.text(setting);
      all.add(new Effective(setting.name(), Secrets.masked(setting.name(), value), set));
    }
    return List.copyOf(all);
  }
}
