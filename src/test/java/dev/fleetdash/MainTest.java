package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Patience;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process as whoever starts it sees it. */
class MainTest {
  /** The tests' own settings are in front of it on the class path. */
  private static final List<String> LOG_AS_SHIPPED =
      List.of(
          "-Dorg.slf4j.simpleLogger.logFile=System.out",
          "-Dorg.slf4j.simpleLogger.defaultLogLevel=info");

  @TempDir private Path directory;
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : started) {
      Patience.exitCode(process.destroyForcibly());
    }
  }

  @Test
  void sigtermClosesInOrderAndEndsWith143() throws IOException, InterruptedException {
    Process process = start(Map.of());
    BufferedReader out = process.inputReader();
    awaitLine(out, "listening");

    process.toHandle().destroy();
    process.toHandle().destroy();

    assertThat(Patience.exitCode(process)).isEqualTo(143);
    assertThat(out.lines()).last().asString().contains("stopped");
  }

  @Test
  void takenPortIsOneSentenceAndExit1() throws IOException, InterruptedException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Process process = start(Map.of("FLEETDASH_PORT", String.valueOf(taken.getLocalPort())));

      assertThat(Patience.exitCode(process)).isEqualTo(1);
      assertThat(process.errorReader().lines())
          .containsExactly(
              "fleetdash: port %d on 127.0.0.1 is in use: stop the other process or set FLEETDASH_PORT"
                  .formatted(taken.getLocalPort()));
    }
  }

  @Test
  void takenSpoolIsOneSentenceAndExit1() throws IOException, InterruptedException {
    Process first = start(Map.of());
    awaitLine(first.inputReader(), "listening");

    Process second = start(Map.of());

    assertThat(Patience.exitCode(second)).isEqualTo(1);
    assertThat(second.errorReader().lines())
        .singleElement()
        .asString()
        .contains("is in use by another", "FLEETDASH_SPOOL");
  }

  @Test
  void badConfigurationIsExit2() throws IOException, InterruptedException {
    Process process = start(Map.of("FLEETDASH_PROT", "8080"));

    assertThat(Patience.exitCode(process)).isEqualTo(2);
    assertThat(process.errorReader().lines())
        .last()
        .asString()
        .contains("FLEETDASH_PROT", "FLEETDASH_PORT");
  }

  @Test
  void unknownArgumentIsExit2() throws IOException, InterruptedException {
    assertThat(Patience.exitCode(start(Map.of(), "--prot"))).isEqualTo(2);
  }

  @Test
  void versionIsExit0() throws IOException, InterruptedException {
    Process process = start(Map.of(), "--version");

    assertThat(Patience.exitCode(process)).isZero();
    assertThat(process.inputReader().lines()).singleElement().asString().startsWith("fleetdash ");
  }

  private Process start(Map<String, String> variables, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(LOG_AS_SHIPPED);
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.fleetdash.Launcher"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder
        .environment()
        .keySet()
        .removeIf(name ->
            name.startsWith(Settings.PREFIX)
                || name.startsWith("JAVA_TOOL")
                || name.startsWith("JDK_JAVA"));
    builder.environment().put("FLEETDASH_PORT", "0");
    builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
    builder.environment().putAll(variables);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private static void awaitLine(BufferedReader out, String text) throws IOException {
    String line = out.readLine();
    while (line != null && !line.contains(text)) {
      line = out.readLine();
    }
    assertThat(line).as("a line with " + text).isNotNull();
  }
}
