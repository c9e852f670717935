package dev.fleetdash.siege;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.Patience;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Requests that are nearly right, over raw sockets, to every path: none is answered by a failure of
 * ours, each refusal is a sentence, and the node is afterwards what it was before. Repeat one with
 * {@code -Dfleetdash.fuzz.seed=N}.
 */
class FuzzIT {
  private static final int REQUESTS = Integer.getInteger("fleetdash.fuzz.requests", 100_000);
  private static final int CLIENTS = 4;
  private static final int MOST_LINES = 20;
  private static final int MOST_FAULTS = 20;

  @TempDir private Path directory;

  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final Tally tally = new Tally();

  @Test
  void aHundredThousandRequestsThatAreNearlyRightDoNothing() throws Exception {
    long seed = Long.getLong("fleetdash.fuzz.seed", System.nanoTime());
    System.out.println("fuzz: -Dfleetdash.fuzz.seed=" + seed);
    try (Besieged node = Besieged.start(directory, Setting.UP);
        Weather weather = new Weather(node.vitals())) {
      Mutations mutations = mutations(node, seed);
      // Until everything has been asked once, files are opened and threads begun for good.
      fuzz(node, mutations, -REQUESTS / 20, 0);
      long descriptors = node.vitals().descriptors();
      long threads = node.vitals().threads();
      int lines = node.log().size();
      long begun = InstantSource.system().instant().getEpochSecond();

      fuzz(node, mutations, 0, REQUESTS);

      System.out.printf("fuzz: %s; RSS %.0f MiB%n", tally, node.vitals().residentMebibytes());
      assertThat(faults).as("seed " + seed).isEmpty();
      assertThat(node.log().stream().skip(lines)).hasSizeLessThan(MOST_LINES);
      assertThat(node.vitals().residentMebibytes()).isLessThan(Outcome.MOST_RESIDENT);
      List<Long> rows = node.rowsAfter(begun);
      for (long ts = rows.getFirst(); ts < rows.getLast(); ts++) {
        assertThat(rows.contains(ts) || weather.slow(ts)).as("a row of second " + ts).isTrue();
      }
      Patience.await().until(() -> node.vitals().descriptors() <= descriptors);
      Patience.await().until(() -> node.vitals().threads() <= threads);
    }
  }

  /** Of what the node itself says that it answers. */
  private static Mutations mutations(Besieged node, long seed) throws IOException {
    JsonNode paths = new ObjectMapper().readTree(node.get("/api/openapi.json")).get("paths");
    Set<String> parameters = new TreeSet<>();
    paths
        .findValues("parameters")
        .forEach(all -> all.forEach(one -> parameters.add(one.path("name").asString("x"))));
    parameters.addAll(List.of("step", "after", "unknown"));
    List<String> all = new ArrayList<>(paths.propertyNames());
    all.addAll(List.of("/peer/live", "/peer/history", "/assets/{hash}/{name}", "/{nothing}", "*"));
    return new Mutations(all, List.copyOf(parameters), "127.0.0.1:" + node.port(), seed);
  }

  private void fuzz(Besieged node, Mutations mutations, long from, long to) {
    AtomicLong next = new AtomicLong(from);
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      for (int i = 0; i < CLIENTS; i++) {
        threads.execute(() -> {
          for (long n = next.getAndIncrement(); n < to; n = next.getAndIncrement()) {
            send(node, mutations.request(n), n);
          }
        });
      }
    }
  }

  /** One connection, which says no more than that, and takes every answer that comes. */
  private void send(Besieged node, byte[] request, long number) {
    boolean head = new String(request, ISO_8859_1).contains("HEAD ");
    try (Socket socket = new Socket()) {
      socket.bind(node.target().source());
      socket.setSoTimeout(Patience.MILLIS);
      socket.connect(node.target().node(), Patience.MILLIS);
      socket.getOutputStream().write(request);
      socket.shutdownOutput();
      InputStream in = new BufferedInputStream(socket.getInputStream());
      take(in, head, request, number);
    } catch (IOException e) {
      // The server closes where it will not read on; what it had said is lost with it.
      tally.outcome(e.getClass().getSimpleName());
    }
  }

  private void take(InputStream in, boolean head, byte[] request, long number) throws IOException {
    boolean none = true;
    while (true) {
      // Of two requests on one connection one may be a HEAD: what follows it cannot be told.
      Optional<Answer> read = Answer.read(in, head);
      if (read.isEmpty()) {
        if (none) {
          tally.outcome("no answer");
        }
        return;
      }
      Answer answer = read.get();
      none = false;
      tally.outcome(Integer.toString(answer.status()));
      answer.fault(head).ifPresent(fault -> fault(number, fault, request));
      if (head || answer.streams()) {
        return;
      }
    }
  }

  private void fault(long number, String fault, byte[] request) {
    if (faults.size() < MOST_FAULTS) {
      faults.add("request %d: %s: %s".formatted(number, fault, new String(request, ISO_8859_1)));
    }
  }
}
