package dev.fleetdash;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.AwsVariables;
import dev.fleetdash.audit.Audit;
import dev.fleetdash.audit.PrintedReport;
import dev.fleetdash.audit.Report;
import dev.fleetdash.compact.Sweep;
import dev.fleetdash.hosts.Scope;
import dev.fleetdash.sample.Nearest;
import dev.fleetdash.sample.Printable;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the program does for its arguments, and what it says on the way: answers to out, trouble to
 * err.
 */
final class CommandLine {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int MISUSED = 2;

  private static final List<String> ARGUMENTS =
      List.of("--check-config", "--compact", "--help", "--verify", "--version", "--viewer");

  private static final List<String> WITH_SCOPE = List.of("--compact", "--verify");

  private final Map<String, String> variables;
  private final PrintStream out;
  private final PrintStream err;

  /** What is run when nothing else is asked for. */
  @FunctionalInterface
  interface Program {
    /**
     * Runs until the process is told to stop.
     *
     * @throws IOException when it cannot start; the message is a sentence that says why, and what
     *     mends it
     */
    void run(Config config) throws IOException, InterruptedException;
  }

  CommandLine(Map<String, String> variables, PrintStream out, PrintStream err) {
    this.variables = variables;
    this.out = out;
    this.err = err;
  }

  /** Does what the arguments say; answers the exit code. */
  int run(List<String> arguments, Program program) {
    return run(arguments, program, program);
  }

  /**
   * The same.
   *
   * @param viewer what is run to look at an archive
   */
  int run(List<String> arguments, Program program, Program viewer) {
    if (arguments.isEmpty()) {
      return start(program);
    }
    List<String> more = arguments.subList(1, arguments.size());
    if (!more.isEmpty() && !WITH_SCOPE.contains(arguments.getFirst())) {
      return misused("fleetdash takes one argument at most, not " + String.join(" ", arguments));
    }
    return switch (arguments.getFirst()) {
      case "--help" -> say(Help.text());
      case "--version" -> say(Version.ofThisBuild().line() + "\n");
      case "--check-config" -> checkConfig();
      case "--compact" -> start(more, this::compact);
      case "--verify" -> start(more, this::verify);
      case "--viewer" -> start(viewer);
      case String unknown ->
          misused("unknown argument '" + unknown + "'" + Nearest.hint(unknown, ARGUMENTS));
    };
  }

  /** What is done with a part of the archive. */
  private interface Work {
    void run(Config config, Scope scope) throws IOException, InterruptedException;
  }

  private int start(List<String> scope, Work work) {
    Scope meant;
    try {
      meant = ScopeArguments.read(scope, InstantSource.system().instant());
    } catch (IllegalArgumentException e) {
      return misused(String.valueOf(e.getMessage()));
    }
    return start(config -> work.run(config, meant));
  }

  private int start(Program program) {
    try {
      program.run(config());
      return DONE;
    } catch (ConfigException e) {
      return refused(e);
    } catch (IOException e) {
      err.println("fleetdash: " + Secrets.masked(String.valueOf(e.getMessage())));
      return FAILED;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return FAILED;
    }
  }

  /** Says how complete the archive is, and what is wrong with it; reads only. */
  private void verify(Config config, Scope scope) throws IOException, InterruptedException {
    InstantSource clock = InstantSource.system();
    Optional<PrintStream> terminal = Terminal.isError() ? Optional.of(err) : Optional.empty();
    try (Archive archive = config.storage().open(new Telemetry(clock))) {
      Report.Outcome outcome =
          new Audit(archive, config.storage().ages(), clock, new PrintedReport(out, terminal))
              .run(scope);
      out.flush();
      if (outcome.isEmpty()) {
        throw new IOException(
            "there is nothing to audit in %s; see that FLEETDASH_ARCHIVE, --from, --to and --host are what you mean"
                .formatted(archive.location()));
      }
      if (outcome.wrong() > 0) {
        throw new IOException(
            "%s is not as it should be; what is wrong is listed above"
                .formatted(archive.location()));
      }
    }
  }

  /**
   * Finishes what is open in the archive, of all hosts; what is done already stays as it is. Where
   * days are named, also what is closed.
   */
  private void compact(Config config, Scope scope) throws IOException {
    InstantSource clock = InstantSource.system();
    Telemetry telemetry = new Telemetry(clock);
    try (Archive archive = config.storage().open(telemetry)) {
      Sweep.Outcome outcome =
          new Sweep(
                  archive, telemetry.clocks(), line -> out.println(Printable.text(line)), telemetry)
              .run(scope);
      out.printf("%s: %d days of hosts finished%n", archive.location(), outcome.days());
      if (outcome.unreadable() > 0) {
        throw new IOException(
            "%d objects could not be read and were left out; the log names them"
                .formatted(outcome.unreadable()));
      }
    }
  }

  private int checkConfig() {
    try {
      return say(
          config().effective().stream().map(CommandLine::line).collect(Collectors.joining())
              + aws());
    } catch (ConfigException e) {
      return refused(e);
    }
  }

  private Config config() throws ConfigException {
    return Config.read(variables, Runtime.getRuntime().maxMemory());
  }

  private static String line(Config.Effective setting) {
    return "%s=%s  # %s\n"
        .formatted(
            setting.name(), setting.value(), setting.set() ? "set" : "default" + computed(setting));
  }

  private static String computed(Config.Effective setting) {
    return Settings.ALL.stream()
        .filter(s -> setting.value().isEmpty() && s.name().equals(setting.name()))
        .map(s -> ": " + s.unset())
        .collect(Collectors.joining());
  }

  /** AWS's own variables that are set, and whether they hold. */
  private String aws() {
    String read =
        AwsVariables.read().stream()
            .filter(name -> !variables.getOrDefault(name, "").isEmpty())
            .map(name ->
                "%s=%s  # set\n"
                    .formatted(name, Secrets.masked(name, variables.getOrDefault(name, ""))))
            .collect(Collectors.joining());
    return read
        + AwsVariables.unread(variables).stream()
            .map(sentence -> "# " + sentence + "\n")
            .collect(Collectors.joining());
  }

  private int refused(ConfigException e) {
    int count = e.problems().size();
    err.println(
        "fleetdash: the configuration has " + (count == 1 ? "a problem:" : count + " problems:"));
    e.problems().forEach(problem -> err.println("  " + problem));
    return MISUSED;
  }

  private int misused(String why) {
    err.println("fleetdash: " + why + (why.endsWith("?") ? "" : "; --help lists the arguments"));
    return MISUSED;
  }

  private int say(String text) {
    out.print(text);
    out.flush();
    return DONE;
  }
}
