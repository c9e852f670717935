package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.archive.S3Options;
import dev.fleetdash.archive.S3Options.Conditions;
import dev.fleetdash.archive.S3Options.PathStyle;
import dev.fleetdash.place.AddressBlock;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.web.Listen;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
  private static final String PRICES =
      """
      date=2030-01-31
      source=a test
      s3_put_per_1000=0.005
      s3_get_per_1000=0.0004
      s3_list_per_1000=0.005
      s3_gb_month=0.023
      cloudwatch_metric_month_first_10000=0.30
      cloudwatch_metric_month_next_240000=0.10
      cloudwatch_metric_month_next_750000=0.05
      cloudwatch_metric_month_beyond_1000000=0.02
      """;

  private static final long HEAP = 48L << 20;

  @Test
  void emptyEnvironmentGivesTheDefaults() throws ConfigException {
    Config config = Config.read(Map.of(), HEAP);

    Config.Storage storage = config.storage();
    assertThat(storage.archive()).isEqualTo(ArchiveLocation.parse("file:data/archive"));
    assertThat(storage.s3()).isEqualTo(S3Options.DEFAULT);
    assertThat(storage.spool()).isEqualTo(Path.of("data/spool"));
    assertThat(storage.segments().maxBytes()).isEqualTo(512L << 20);
    assertThat(storage.segments().flushSeconds()).isEqualTo(60);
    assertThat(storage.ages().raw()).isEqualTo(Duration.ofDays(40));
    assertThat(storage.ages().seconds()).isEqualTo(Duration.ofDays(400));
    assertThat(storage.ages().minutes()).isEqualTo(Duration.ofDays(2 * 365));
    assertThat(storage.ages().hours()).isEqualTo(Duration.ofDays(10 * 365));
    assertThat(storage.ages().days()).isEqualTo(Duration.ofDays(10 * 365));
    assertThat(storage.prices()).isEmpty();
    assertThat(config.identity().host()).isEmpty();
    assertThat(config.identity().advertise()).isEmpty();
    assertThat(config.identity().peersAllowed())
        .containsExactly(
            block("10.0.0.0/8"),
            block("172.16.0.0/12"),
            block("192.168.0.0/16"),
            block("fc00::/7"));
    assertThat(config.http().listen().address()).isEqualTo("127.0.0.1");
    assertThat(config.http().listen().port()).isEqualTo(8080);
    assertThat(config.http().listen().allowedHosts()).containsExactly("localhost");
    assertThat(config.http().listen().trustedProxies()).isEmpty();
    assertThat(config.http().url()).isEmpty();
    assertThat(config.http().drain()).isEqualTo(Duration.ZERO);
    assertThat(config.sampling().interval()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.sampling().ringBytes()).isEqualTo(8L << 20);
    assertThat(config.effective()).extracting(Config.Effective::name).isEqualTo(Settings.names());
    assertThat(config.effective()).noneMatch(Config.Effective::set);
  }

  @Test
  void everyVariableIsMapped(@TempDir Path directory) throws ConfigException, IOException {
    Path prices = Files.writeString(directory.resolve("prices"), PRICES);
    Map<String, String> variables = new HashMap<>();
    variables.put("FLEETDASH_ARCHIVE", "s3://bucket/prefix");
    variables.put("FLEETDASH_S3_PATH_STYLE", "no");
    variables.put("FLEETDASH_S3_CONDITIONS", "single-writer");
    variables.put("FLEETDASH_SPOOL", "/var/lib/fleetdash");
    variables.put("FLEETDASH_SPOOL_MAX", "1GB");
    variables.put("FLEETDASH_HOST", "web-1");
    variables.put("FLEETDASH_BIND", "0.0.0.0");
    variables.put("FLEETDASH_PORT", "0");
    variables.put("FLEETDASH_ADVERTISE", "10.0.1.17:8443");
    variables.put("FLEETDASH_PEERS_ALLOW", "10.0.0.0/16, 192.0.2.7");
    variables.put("FLEETDASH_TRUST_PROXY", "10.0.0.9");
    variables.put("FLEETDASH_ALLOW_HOSTS", "Metrics.example.org,[fd00::1]");
    variables.put("FLEETDASH_URL", "https://Dash.example.org:8443/fleet/");
    variables.put("FLEETDASH_SAMPLE", "5s");
    variables.put("FLEETDASH_FLUSH", "5m");
    variables.put("FLEETDASH_RING", "2000000");
    variables.put("FLEETDASH_RETAIN_RAW", "1d");
    variables.put("FLEETDASH_RETAIN_1S", "48h");
    variables.put("FLEETDASH_RETAIN_1M", "3d");
    variables.put("FLEETDASH_RETAIN_1H", "4d");
    variables.put("FLEETDASH_RETAIN_1D", "1y");
    variables.put("FLEETDASH_DRAIN", "20s");
    variables.put("FLEETDASH_PRICES", prices.toString());

    Config config = Config.read(variables, HEAP);

    assertThat(variables.keySet()).containsExactlyInAnyOrderElementsOf(Settings.names());
    Config.Storage storage = config.storage();
    assertThat(storage.archive()).isEqualTo(ArchiveLocation.parse("s3://bucket/prefix"));
    assertThat(storage.s3()).isEqualTo(new S3Options(PathStyle.NO, Conditions.SINGLE_WRITER));
    assertThat(storage.spool()).isEqualTo(Path.of("/var/lib/fleetdash"));
    assertThat(storage.segments().maxBytes()).isEqualTo(1_000_000_000);
    assertThat(storage.segments().flushSeconds()).isEqualTo(300);
    assertThat(storage.ages().raw()).isEqualTo(Duration.ofDays(1));
    assertThat(storage.ages().seconds()).isEqualTo(Duration.ofDays(2));
    assertThat(storage.ages().minutes()).isEqualTo(Duration.ofDays(3));
    assertThat(storage.ages().hours()).isEqualTo(Duration.ofDays(4));
    assertThat(storage.ages().days()).isEqualTo(Duration.ofDays(365));
    assertThat(storage.prices().orElseThrow().date()).hasToString("2030-01-31");
    assertThat(config.identity().host()).contains(new HostName("web-1"));
    assertThat(config.identity().advertise()).contains("10.0.1.17:8443");
    assertThat(config.identity().peersAllowed())
        .containsExactly(block("10.0.0.0/16"), block("192.0.2.7"));
    assertThat(config.http().listen().address()).isEqualTo("0.0.0.0");
    assertThat(config.http().listen().port()).isZero();
    assertThat(config.http().listen().allowedHosts())
        .containsExactlyInAnyOrder(
            "localhost",
            "metrics.example.org",
            "fd00::1",
            "10.0.1.17",
            "web-1",
            "dash.example.org");
    assertThat(config.http().listen().trustedProxies()).containsExactly(block("10.0.0.9"));
    assertThat(config.http().url()).contains(URI.create("https://Dash.example.org:8443/fleet"));
    assertThat(config.http().drain()).isEqualTo(Duration.ofSeconds(20));
    assertThat(config.sampling().interval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.sampling().ringBytes()).isEqualTo(2_000_000);
    assertThat(config.effective()).allMatch(Config.Effective::set);
    assertThat(config.shown()).containsEntry("FLEETDASH_FLUSH", "5m");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ARCHIVE      | /srv/archive    | must begin with file: or s3://         |"
            + " file:data/archive",
        "ARCHIVE      | s3://B          | has no bucket name                     |"
            + " s3://my-bucket/fleetdash",
        "S3_PATH_STYLE | true           | is none of auto, yes and no            |"
            + " FLEETDASH_S3_PATH_STYLE=auto",
        "S3_CONDITIONS | no             | is neither require nor single-writer   |"
            + " FLEETDASH_S3_CONDITIONS=require",
        "SPOOL        | ~/spool         | only a shell expands                   |"
            + " FLEETDASH_SPOOL=data/spool",
        "SPOOL_MAX    | 512             | too small: at least 1MiB               |"
            + " FLEETDASH_SPOOL_MAX=512MiB",
        "SPOOL_MAX    | half            | is not a size                          |"
            + " FLEETDASH_SPOOL_MAX=512MiB",
        "SPOOL_MAX    | 512MIB          | is not a size                          |"
            + " FLEETDASH_SPOOL_MAX=512MiB",
        "SPOOL_MAX    | 99999999999TiB  | more than there can be                 |"
            + " FLEETDASH_SPOOL_MAX=512MiB",
        "HOST         | web/1           | is not a name for a host               |"
            + " FLEETDASH_HOST=web-1",
        "HOST         | -web            | is not a name for a host               |"
            + " FLEETDASH_HOST=web-1",
        "BIND         | localhost       | is not an IP address                   |"
            + " FLEETDASH_BIND=0.0.0.0",
        "BIND         | 127.1           | is not an IP address                   |"
            + " FLEETDASH_BIND=0.0.0.0",
        "PORT         | 65536           | 0 to 65535                             |"
            + " FLEETDASH_PORT=8080",
        "PORT         | -1              | 0 to 65535                             |"
            + " FLEETDASH_PORT=8080",
        "PORT         | http            | 0 to 65535                             |"
            + " FLEETDASH_PORT=8080",
        "ADVERTISE    | 0.0.0.0         | stands for every address               |"
            + " FLEETDASH_ADVERTISE=10.0.1.17",
        "ADVERTISE    | 10.0.1.17:0     | names port 0                           |"
            + " FLEETDASH_ADVERTISE=10.0.1.17",
        "ADVERTISE    | http://10.0.1.1 | neither a host name nor an address     |"
            + " FLEETDASH_ADVERTISE=10.0.1.17",
        "PEERS_ALLOW  | 10.0.0.0/40     | prefix length of 0 to 32               |"
            + " FLEETDASH_PEERS_ALLOW=10.0.0.0/8",
        "PEERS_ALLOW  | 10.0.0.7/8      | the block is 10.0.0.0/8                |"
            + " FLEETDASH_PEERS_ALLOW=10.0.0.0/8",
        "TRUST_PROXY  | proxy           | is not an IP address                   |"
            + " FLEETDASH_TRUST_PROXY=10.0.0.0/16",
        "TRUST_PROXY  | 10.0.0.1,       | is not an IP address                   |"
            + " FLEETDASH_TRUST_PROXY=10.0.0.0/16",
        "ALLOW_HOSTS  | localhost:8080  | without a port                         |"
            + " FLEETDASH_ALLOW_HOSTS=metrics.example.org",
        "ALLOW_HOSTS  | *               | neither a host name nor an address     |"
            + " FLEETDASH_ALLOW_HOSTS=metrics.example.org",
        "URL | metrics.example.org | does not begin with https:// |"
            + " FLEETDASH_URL=https://metrics.example.org",
        "URL | ftp://metrics.local | does not begin with https:// |"
            + " FLEETDASH_URL=https://metrics.example.org",
        "URL | https:///fleet | does not begin with https:// |"
            + " FLEETDASH_URL=https://metrics.example.org",
        "URL | https://a b | is no address of a web page |"
            + " FLEETDASH_URL=https://metrics.example.org",
        "URL | https://me:x@dash.local | has more than scheme |"
            + " FLEETDASH_URL=https://metrics.example.org",
        "URL | https://dash.local?a=1 | has more than scheme |"
            + " FLEETDASH_URL=https://metrics.example.org",
        "URL | https://dash.local/#a | has more than scheme |"
            + " FLEETDASH_URL=https://metrics.example.org",
        "URL | https://dash.local:0 | 1 to 65535 |" + " FLEETDASH_URL=https://metrics.example.org",
        "URL | https://dash.local/a/../b | empty |" + " FLEETDASH_URL=https://metrics.example.org",
        "URL | https://dash.local/a// | empty |" + " FLEETDASH_URL=https://metrics.example.org",
        "URL | https://dash_1.local | does not begin with |"
            + " FLEETDASH_URL=https://metrics.example.org",
        "SAMPLE       | 7s              | does not divide a minute               |"
            + " FLEETDASH_SAMPLE=1s",
        "SAMPLE       | 0s              | does not divide a minute               |"
            + " FLEETDASH_SAMPLE=1s",
        "SAMPLE       | 1               | is not a duration                      |"
            + " FLEETDASH_SAMPLE=1s",
        "SAMPLE       | 500ms           | is not a duration                      |"
            + " FLEETDASH_SAMPLE=1s",
        "FLUSH        | 45s             | divides neither a minute nor an hour   |"
            + " FLEETDASH_FLUSH=60s",
        "FLUSH        | 90s             | divides neither a minute nor an hour   |"
            + " FLEETDASH_FLUSH=60s",
        "FLUSH        | 2h              | divides neither a minute nor an hour   |"
            + " FLEETDASH_FLUSH=60s",
        "RING         | 64kB            | too small: at least 1MiB               |"
            + " FLEETDASH_RING=8MiB",
        "RING         | 32MiB           | more than half of java's heap of 48 MiB | -Xmx65m",
        "RETAIN_RAW   | 36h             | whole days                             |"
            + " FLEETDASH_RETAIN_RAW=40d",
        "RETAIN_1S    | 0d              | whole days                             |"
            + " FLEETDASH_RETAIN_1S=400d",
        "RETAIN_1M    | forever         | is not a duration                      |"
            + " FLEETDASH_RETAIN_1M=2y",
        "RETAIN_1H    | 101y            | longer than 100 years                  |"
            + " FLEETDASH_RETAIN_1H=10y",
        "RETAIN_1D    | 10Y             | is not a duration                      |"
            + " FLEETDASH_RETAIN_1D=10y",
        "DRAIN        | 2h              | longer than an hour                    |"
            + " FLEETDASH_DRAIN=20s",
        "PRICES       | /nowhere/prices | is not a file that this user can read  |"
            + " FLEETDASH_PRICES=/etc/fleetdash/prices.properties",
        "HOST         | ' web'          | begins or ends with white space        |"
            + " FLEETDASH_HOST=web-1",
      })
  void badValueIsRefusedWithItsMend(String name, String value, String why, String mend) {
    List<String> problems = problems(Map.of("FLEETDASH_" + name, value));

    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst()).startsWith("FLEETDASH_" + name + ": '").contains(why, mend);
  }

  @Test
  void allThatIsWrongWithPricesIsToldAtOnce(@TempDir Path directory) throws IOException {
    Path prices =
        Files.writeString(
            directory.resolve("prices"),
            PRICES
                .replace("date=2030-01-31", "date=soon")
                .replace("s3_put_per_1000=0.005", "s3_put_per_1000=-1")
                .replace("s3_list_per_1000", "s3_lists_per_1000"));

    List<String> problems = problems(Map.of("FLEETDASH_PRICES", prices.toString()));

    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst())
        .startsWith("FLEETDASH_PRICES: '" + prices + "' ")
        .contains(
            "there is no s3_lists_per_1000; did you mean 's3_list_per_1000'?",
            "date is 'soon', not a day like 2026-11-23",
            "s3_put_per_1000 is '-1', not a number of dollars like 0.005",
            "s3_list_per_1000 is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FLUSH=15s SAMPLE=10s           | FLUSH=15s     | SAMPLE=10s                |"
            + " FLEETDASH_FLUSH=60s",
        "FLUSH=5s SAMPLE=10s            | FLUSH=5s      | SAMPLE=10s                |"
            + " FLEETDASH_FLUSH=60s",
        "SPOOL_MAX=1MiB FLUSH=60m       | SPOOL_MAX=1MiB | FLUSH=60m                |"
            + " FLEETDASH_SPOOL_MAX=4MiB",
        "SPOOL=data/archive/spool       | SPOOL=data/archive/spool | ARCHIVE=file:data/archive |"
            + " FLEETDASH_SPOOL=data/spool",
        "ARCHIVE=file:data/spool/x      | SPOOL=data/spool | ARCHIVE=file:data/spool/x |"
            + " FLEETDASH_SPOOL=data/spool",
        "ARCHIVE=file:./data/spool      | SPOOL=data/spool | ARCHIVE=file:./data/spool |"
            + " FLEETDASH_ARCHIVE=file:data/archive",
        "RETAIN_1S=30d                  | RETAIN_1S=30d | RETAIN_RAW=40d (its default) |"
            + " FLEETDASH_RETAIN_1S=40d or longer",
        "RETAIN_1S=3y                   | RETAIN_1M=2y (its default) | RETAIN_1S=3y |"
            + " FLEETDASH_RETAIN_1M=3y or longer",
        "RETAIN_1H=1y                   | RETAIN_1H=1y  | RETAIN_1M=2y              |"
            + " FLEETDASH_RETAIN_1H=2y or longer",
        "RETAIN_1D=5y                   | RETAIN_1D=5y  | RETAIN_1H=10y             |"
            + " FLEETDASH_RETAIN_1D=10y or longer",
        "ADVERTISE=10.0.0.1             | ADVERTISE=10.0.0.1 | BIND=127.0.0.1       |"
            + " FLEETDASH_BIND=0.0.0.0",
      })
  void contradictionNamesBothAndItsMend(String settings, String one, String other, String mend) {
    List<String> problems = problems(variables(settings));

    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst())
        .contains("FLEETDASH_" + one, "contradicts", "FLEETDASH_" + other, mend);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FLUSH=1s",
        "FLUSH=60m SPOOL_MAX=4MiB",
        "FLUSH=30s SAMPLE=30s",
        "BIND=::1",
        "ARCHIVE=s3://data/spool SPOOL=data/spool",
        "ADVERTISE=10.0.0.1 TRUST_PROXY=127.0.0.1",
        "ADVERTISE=127.0.0.1:8081",
        "ADVERTISE=fleet.internal BIND=0.0.0.0",
        "ADVERTISE=[fd00::1]:8080 BIND=::",
      })
  void whatCanHoldTogetherIsTaken(String settings) throws ConfigException {
    assertThat(Config.read(variables(settings), HEAP).effective()).anyMatch(Config.Effective::set);
  }

  @Test
  void severalMistakesAreToldAtOnce() {
    List<String> problems =
        problems(variables("PORT=x SAMPLE=7s FLUSH=60s RETAIN_RAW=500d PROT=1"));

    assertThat(problems).hasSize(4);
    assertThat(problems)
        .anySatisfy(problem -> assertThat(problem).startsWith("FLEETDASH_PORT:"))
        .anySatisfy(problem -> assertThat(problem).startsWith("FLEETDASH_SAMPLE:"))
        .anySatisfy(problem -> assertThat(problem).startsWith("FLEETDASH_RETAIN_1S=400d"))
        .anySatisfy(problem -> assertThat(problem).startsWith("FLEETDASH_PROT:"));
  }

  @Test
  void badValueIsNotBlamedForContradictionsToo() {
    assertThat(problems(variables("RETAIN_1S=1 RETAIN_RAW=39d")))
        .singleElement()
        .asString()
        .startsWith("FLEETDASH_RETAIN_1S:");
  }

  @ParameterizedTest
  @CsvSource({
    "FLEETDASH_PROT, did you mean FLEETDASH_PORT?",
    "FLEETDASH_SPOOLMAX, did you mean FLEETDASH_SPOOL_MAX?",
    "FLEETDASH_RETAIN_1s, did you mean FLEETDASH_RETAIN_1S?",
    "FLEETDASH_ALLOWED_HOST, did you mean FLEETDASH_ALLOW_HOSTS?",
    "fleetdash_bind, did you mean FLEETDASH_BIND?",
    "FLEETDASH_KUBERNETES, see --help",
    "FLEETDASH_, see --help",
  })
  void unknownVariableIsRefusedWithTheNearestName(String name, String mend) {
    assertThat(problems(Map.of(name, "1")))
        .singleElement()
        .asString()
        .startsWith(name + ":")
        .contains(mend);
  }

  @Test
  void variablesOfOthersAreNotLookedAt() throws ConfigException {
    assertThat(
            Config.read(
                    Map.of("PATH", "/bin", "FLEETDASH", "x", "AWS_REGION", "eu-central-1"), HEAP)
                .effective())
        .noneMatch(Config.Effective::set);
  }

  @Test
  void emptyVariableCountsAsNotSet() throws ConfigException {
    Config config = Config.read(Map.of("FLEETDASH_PORT", "", "FLEETDASH_HOST", ""), HEAP);

    assertThat(config.http().listen().port()).isEqualTo(8080);
    assertThat(config.effective()).noneMatch(Config.Effective::set);
  }

  @Test
  void noNameIsTakenThatNobodyConfiguredWhereverIsListened() throws ConfigException {
    for (String bind : List.of("0.0.0.0", "127.0.0.1", "::")) {
      assertThat(Config.read(variables("BIND=" + bind), HEAP).http().listen().allowedHosts())
          .containsExactly("localhost");
    }
  }

  @Test
  void aProxyThatIsTrustedOpensNoNames() throws ConfigException {
    for (String bind : List.of("0.0.0.0", "10.0.1.17", "::", "127.0.0.1")) {
      assertThat(listen("TRUST_PROXY=10.0.0.0/22 BIND=" + bind).allowedHosts())
          .containsExactly("localhost");
      assertThat(
              listen("TRUST_PROXY=10.0.0.0/22 ALLOW_HOSTS=dash.local BIND=" + bind).allowedHosts())
          .containsExactlyInAnyOrder("localhost", "dash.local");
    }
  }

  private static Listen listen(String variables) throws ConfigException {
    return Config.read(variables(variables), HEAP).http().listen();
  }

  @Test
  void configuredNamesAreTakenBesidesThoseOfTheHostAndItsAddress() throws ConfigException {
    assertThat(
            Config.read(
                    variables(
                        "ALLOW_HOSTS=dash.local BIND=0.0.0.0 HOST=web-1 ADVERTISE=web-1.example:8080"),
                    HEAP)
                .http()
                .listen()
                .allowedHosts())
        .containsExactlyInAnyOrder("localhost", "dash.local", "web-1", "web-1.example");
  }

  @Test
  void secretsInBadValuesAreNotRepeated() {
    assertThat(problems(Map.of("FLEETDASH_ARCHIVE", "http://user:hush@bucket")).getFirst())
        .doesNotContain("hush");
    assertThat(problems(variables("SPOOL=s3://user:hush@x ARCHIVE=file:s3:")).toString())
        .doesNotContain("hush");
  }

  private static AddressBlock block(String text) {
    return AddressBlock.parse(text);
  }

  private static Map<String, String> variables(String settings) {
    Map<String, String> variables = new HashMap<>();
    for (String setting : settings.split(" ", -1)) {
      String[] parts = setting.split("=", 2);
      variables.put("FLEETDASH_" + parts[0], parts[1]);
    }
    return variables;
  }

  private static List<String> problems(Map<String, String> variables) {
    return catchThrowableOfType(ConfigException.class, () -> Config.read(variables, HEAP))
        .problems();
  }
}
