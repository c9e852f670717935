package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  private final Map<String, String> variables = new HashMap<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final AtomicReference<Config> started = new AtomicReference<>();

  @Test
  void withoutArgumentsTheProgramRuns() {
    variables.put("FLEETDASH_PORT", "8081");

    assertThat(run()).isZero();

    assertThat(started.get().http().listen().port()).isEqualTo(8081);
    assertThat(out.toString(StandardCharsets.UTF_8) + err).isEmpty();
  }

  @Test
  void badConfigurationIsToldWhollyAndNothingStarts() {
    variables.put("FLEETDASH_PORT", "x");
    variables.put("FLEETDASH_PROT", "1");

    assertThat(run()).isEqualTo(2);

    assertThat(started).hasNullValue();
    assertThat(err.toString(StandardCharsets.UTF_8).lines())
        .hasSize(3)
        .first()
        .isEqualTo("fleetdash: the configuration has 2 problems:");
  }

  @Test
  void failureToStartIsOneSentence() {
    int code =
        commandLine()
            .run(
                List.of(),
                _ -> {
                  throw new IOException("port 8080 is in use");
                });

    assertThat(code).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("fleetdash: port 8080 is in use\n");
  }

  @Test
  void checkConfigPrintsWhatHolds() {
    variables.put("FLEETDASH_PORT", "8081");

    assertThat(run("--check-config")).isZero();

    assertThat(started).hasNullValue();
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .hasSameSizeAs(Settings.ALL)
        .contains(
            "FLEETDASH_PORT=8081  # set",
            "FLEETDASH_BIND=127.0.0.1  # default",
            "FLEETDASH_ALLOW_HOSTS=localhost  # default",
            "FLEETDASH_HOST=  # default: EC2 instance id (IMDSv2), else host name");
  }

  @Test
  void checkConfigShowsWhereAwsIsAndNoSecret() {
    variables.put("AWS_REGION", "eu-central-1");
    variables.put("AWS_ACCESS_KEY_ID", "AKIAHUSH");
    variables.put("AWS_SECRET_ACCESS_KEY", "hush");
    variables.put("AWS_ENDPOINT_URL_S3", "https://me:hush@s3.local:9000");
    variables.put("HTTPS_PROXY", "me:hush@proxy:3128");
    variables.put("HTTP_PROXY", "http://me:hush@proxy:3128");
    variables.put("AWS_SECURITY_TOKEN", "hush");

    assertThat(run("--check-config")).isZero();

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(
            "AWS_REGION=eu-central-1  # set\n",
            "AWS_SECRET_ACCESS_KEY=***  # set\n",
            "=https://***@s3.local:9000  # set\n",
            "HTTPS_PROXY=***@proxy:3128  # set\n",
            "HTTP_PROXY=http://***@proxy:3128  # set\n",
            "# AWS_SECURITY_TOKEN is not read here; set AWS_SESSION_TOKEN\n")
        .doesNotContainIgnoringCase("hush");
  }

  @Test
  void checkConfigRefusesWhatWouldNotStart() {
    variables.put("FLEETDASH_SAMPLE", "7s");

    assertThat(run("--check-config")).isEqualTo(2);

    assertThat(out.size()).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("a problem:\n  FLEETDASH_SAMPLE: '7s'");
  }

  @Test
  void helpTellsEveryVariableAndExitCode() {
    assertThat(run("--help")).isZero();

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(Settings.names())
        .contains(
            "--check-config",
            "--version",
            "--verify",
            "0 done, 1 failed or something is wrong, 2 configuration or usage");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "--version"})
  void badConfigurationIsNoObstacleToHelp(String argument) {
    variables.put("FLEETDASH_PORT", "x");

    assertThat(run(argument)).isZero();
  }

  @Test
  void versionIsOneLine() {
    assertThat(run("--version")).isZero();

    assertThat(out.toString(StandardCharsets.UTF_8)).matches("fleetdash .* java 25.*\n");
  }

  @ParameterizedTest
  @CsvSource({
    "--hlep, did you mean '--help'?",
    "--check, --help lists the arguments",
    "--checkconfig, did you mean '--check-config'?",
    "8080, --help lists the arguments",
    "'', --help lists the arguments",
  })
  void unknownArgumentIsRefusedWithTheNearest(String argument, String mend) {
    assertThat(run(argument)).isEqualTo(2);

    assertThat(started).hasNullValue();
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("fleetdash: unknown argument '" + argument + "'")
        .contains(mend);
  }

  @Test
  void secondArgumentIsRefused() {
    assertThat(run("--version", "--help")).isEqualTo(2);

    assertThat(out.size()).isZero();
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("one argument at most, not --version --help");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--form x | unknown argument '--form'; did you mean '--from'?",
        "--from | --from has no value; for example --from 2026-11-23",
        "--from 23.11.2026 | --from '23.11.2026' is not a time; times are 2026-11-23, 2026-11-23T10:00:00Z, epoch seconds, or -7d for days ago; for example --from 2026-11-23",
        "--from 2026-02-30 | --from '2026-02-30' is not a time",
        "--to=2026-11-23T10:00 | --to '2026-11-23T10:00' is not a time",
        "--from 2026-01-02 --to 2026-01-02 | --from 2026-01-02 is not before --to 2026-01-02; for example --from 2026-11-23 --to 2026-11-24 is one day",
        "--from 2999-01-01 | --from 2999-01-01 is in the future; for example --from -7d",
        "--host ../x | --host '../x' is no host name (letters, digits, '.', '_', '-'; at most 64); for example --host web-1",
        "--host=a --host=b | --host is there twice; leave one out; for example --host web-1",
      })
  void badScopeIsRefusedWithTheMend(String scope, String told) {
    List<String> arguments = new java.util.ArrayList<>(List.of("--verify"));
    arguments.addAll(List.of(scope.split(" ")));

    assertThat(run(arguments.toArray(String[]::new))).isEqualTo(2);

    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("fleetdash: " + told);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--from 2026-11-23 --to 2026-11-24 | 2026-11-23 | 2026-11-24",
        "--from=2026-11-23T10:00:00Z --to=2026-11-24T00:00:01Z | 2026-11-23 | 2026-11-25",
        "--from -7d | 2026-11-18 | +999999999-12-31",
        "--to 1795392000 | 1970-01-01 | 2026-11-23",
      })
  void scopeIsOfWholeDays(String scope, java.time.LocalDate from, java.time.LocalDate to) {
    assertThat(
            ScopeArguments.read(
                List.of(scope.split(" ")), java.time.Instant.parse("2026-11-25T09:00:00Z")))
        .isEqualTo(new dev.fleetdash.hosts.Scope(from, to, java.util.Optional.empty()));
  }

  @Test
  void nothingToVerifyIsNotFine(@org.junit.jupiter.api.io.TempDir java.nio.file.Path directory) {
    variables.put("FLEETDASH_ARCHIVE", "file:" + directory.resolve("none"));

    assertThat(run("--verify")).isEqualTo(1);

    assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is nothing to audit in file:");
    assertThat(directory.resolve("none")).doesNotExist();
  }

  private int run(String... arguments) {
    return commandLine().run(List.of(arguments), started::set);
  }

  private CommandLine commandLine() {
    return new CommandLine(
        variables,
        new PrintStream(out, false, StandardCharsets.UTF_8),
        new PrintStream(err, false, StandardCharsets.UTF_8));
  }
}
