package dev.fleetdash.web;

import static dev.fleetdash.testing.Patience.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Row;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Rows;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StreamTest {
  private static final Duration LONG = Duration.ofHours(1);

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // by each test
  private RunningServer node;

  private final List<Client> clients = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    node = RunningServer.in(folder);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "Content-Length: 9\r\n\r\nhalf",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
      })
  void whatFollowsARequestForAStreamIsNotKeptAsLongAsItLasts(String more) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.server.port())) {
      socket.setSoTimeout(Patience.MILLIS);
      socket
          .getOutputStream()
          .write(("GET /api/stream HTTP/1.1\r\nHost: localhost\r\n" + more).getBytes(UTF_8));
      BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));

      assertThat(in.readLine()).startsWith("HTTP/1.1 400 ");
      await().until(() -> node.server.streams().count() == 0);
    }
  }

  @Test
  void whatStreamsKeepIsBoundedAndGivenBackWhenTheyEnd() throws Exception {
    String large = "X-Large: " + "x".repeat(7_000);
    AtomicInteger second = new AtomicInteger();
    for (int round = 0; round < 3; round++) {
      node.tick(second.incrementAndGet());
      int open = 0;
      while (client(large).head().startsWith("HTTP/1.1 200 ")) {
        open++;
      }
      assertThat(open).isBetween(400, 450);

      for (Client client : clients) {
        client.close();
      }
      clients.clear();
      await()
          .until(() -> {
            // Of a client that has left one learns when it is written to.
            node.tick(second.incrementAndGet());
            return node.server.streams().count() == 0;
          });
    }
  }

  private void limit(Streams.Limits limits) throws Exception {
    node.close();
    node = RunningServer.limited(folder, limits);
  }

  @AfterEach
  void stop() throws Exception {
    for (Client client : clients) {
      client.close();
    }
    node.close();
  }

  @Test
  void aClientGetsTheNewestRowAtOnceAndThenEachTick() throws Exception {
    Row before = node.tick(0);

    Client client = client();
    assertThat(client.head())
        .startsWith("HTTP/1.1 200 ")
        .contains(
            "Content-Type: text/event-stream",
            "Cache-Control: no-store, no-transform",
            "X-Accel-Buffering: no",
            "X-Fleetdash-Host: web-1");
    assertThat(client.next()).isEqualTo("retry: 1000");
    assertThat(client.next()).isEqualTo(event(before));
    for (int second = 1; second <= 5; second++) {
      Row row = node.tick(second);
      assertThat(client.next()).isEqualTo(event(row));
    }
  }

  @Test
  void aClientThatComesBackGetsWhatItMissed() throws Exception {
    List<Row> rows = IntStream.range(0, 10).mapToObj(node::tick).toList();

    Client client = client("Last-Event-ID: " + rows.get(6).ts());

    assertThat(client.next()).isEqualTo("retry: 1000");
    assertThat(List.of(client.next(), client.next(), client.next()))
        .isEqualTo(rows.subList(7, 10).stream().map(StreamTest::event).toList());
    assertThat(client.next(node.tick(10))).isTrue();
  }

  @Test
  void aRowIsSentOnceAlsoWhereTheClockStoodStillOrWentBack() throws Exception {
    Row first = node.tick(50);
    Client client = client();
    client.next();
    assertThat(client.next(first)).isTrue();

    node.server.publish(first);
    Row earlier = node.tick(10);

    assertThat(client.next(earlier)).isTrue();
  }

  @Test
  void streamsWithLongHeadsAreRefusedBeforeTheyFillTheMemory() throws Exception {
    String longField = "X-Long: " + "x".repeat(7_000);
    int taken = 0;
    while (client(longField).head().startsWith("HTTP/1.1 200 ") && taken < 1_000) {
      taken++;
    }

    assertThat(clients.getLast().head()).startsWith("HTTP/1.1 503 ");
    assertThat(taken).isGreaterThan(100);

    clients.removeFirst().close();
    await().until(() -> client().head().startsWith("HTTP/1.1 200 "));
  }

  @Test
  void anIdOfAnotherStreamIsRefused() throws Exception {
    HttpResponse<String> answer = node.get("/api/stream", "Last-Event-ID", "abc");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"field\":\"Last-Event-ID\"");
  }

  @Test
  void aQuietStreamIsKeptUpByComments() throws Exception {
    limit(new Streams.Limits(10, Duration.ofMillis(1), LONG));
    Client client = client();
    client.next();

    assertThat(client.next()).isEqualTo(":");
    assertThat(client.next()).isEqualTo(":");
  }

  @Test
  void aSlowClientMissesRowsWhileOthersGetThemAll() throws Exception {
    limit(new Streams.Limits(10, LONG, LONG));
    Client slow = client();
    Client quick = client();
    quick.next();

    int second = 0;
    while (skipped() == 0) {
      Row row = large(second++);
      node.tick(row);
      assertThat(quick.next(row)).isTrue();
    }

    assertThat(second).isLessThan(1000);
    assertThat(slow.head()).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void aClientThatDoesNotReadIsDropped() throws Exception {
    limit(new Streams.Limits(1, LONG, Duration.ofMillis(500)));
    Client stuck = client();
    int second = 0;
    while (skipped() == 0) {
      node.tick(large(second++));
    }

    await().until(() -> count("streams_dropped") == 1);
    await().until(() -> client().head().startsWith("HTTP/1.1 200 "));
    assertThat(stuck.head()).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void theThreadSleepsWhileNobodyWatches() throws Exception {
    limit(new Streams.Limits(10, Duration.ofMillis(1), LONG));
    assertThat(node.server.streams().idle()).isTrue();

    for (int visit = 0; visit < 2; visit++) {
      Client first = client();
      Client second = client();
      first.next();
      second.next();
      first.close();
      await().until(() -> node.server.streams().count() == 1);
      assertThat(second.next()).isEqualTo(":");
      assertThat(node.server.streams().idle()).isFalse();

      second.close();
      await().until(() -> node.server.streams().count() == 0);
      await().until(() -> node.server.streams().idle());
    }
  }

  @Test
  void thereAreOnlySoManyStreams() throws Exception {
    limit(new Streams.Limits(2, LONG, LONG));
    Client first = client();
    first.next();
    client().next();

    // Said before anything else is made of the request, its wrong parameters included.
    for (String path : List.of("/api/stream", "/api/stream?host=,", "/api/stream/fleet?hosts=,")) {
      HttpResponse<String> third = node.get(path);
      assertThat(third.statusCode()).isEqualTo(503);
      assertThat(third.headers().firstValue("Cache-Control")).hasValue("no-store");
      assertThat(third.body()).contains("\"code\":\"too_many_streams\"");
    }
    first.close();
    AtomicInteger ticks = new AtomicInteger();
    await()
        .until(() -> {
          node.tick(ticks.incrementAndGet());
          return client().head().startsWith("HTTP/1.1 200 ");
        });
  }

  @Test
  void theSamplerIsToldOnlyWhileSomebodyWatches() throws Exception {
    node.tick(0);
    int unwatched = node.watched.get();
    Client client = client();
    client.next();
    client.next();

    client.next(node.tick(1));

    assertThat(unwatched).isZero();
    assertThat(node.watched.get()).isEqualTo(1);
  }

  @Test
  void closingEndsAllStreams() throws Exception {
    List<Client> open = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Client client = client();
      client.next();
      open.add(client);
    }

    node.server.close();

    for (Client client : open) {
      assertThat(client.next()).isNull();
    }
  }

  @Test
  void aStreamNeedsNoAcceptHeader() throws Exception {
    assertThat(client("Accept: */*").head()).contains("text/event-stream");
    assertThat(client().head()).contains("text/event-stream");
  }

  private static String event(Row row) {
    return "id: " + row.ts() + "\ndata: " + new String(row.json(), UTF_8);
  }

  /** Fills socket buffers quickly. */
  private static Row large(int second) {
    List<Item> items =
        Collections.nCopies(5000, Item.of(Family.INTERFACES, "interface-with-a-long-name").build());
    return Row.at(RunningServer.TS + second, Rows.HOST, 1).add(Family.INTERFACES, items).build();
  }

  private long skipped() {
    return count("stream_rows_skipped");
  }

  private long count(String name) {
    return node.telemetry.counters().stream()
        .filter(counter -> counter.name().equals(name))
        .mapToLong(counter -> counter.count())
        .sum();
  }

  private Client client(String... headers) throws IOException {
    Client client = new Client(node.server.port(), headers);
    clients.add(client);
    return client;
  }

  /** Reads a stream as it comes over the wire, no faster than it is asked to. */
  private static final class Client implements AutoCloseable {
    private final Socket socket = new Socket();
    private final BufferedReader in;
    private final StringBuilder unread = new StringBuilder();
    private String head = "";

    Client(int port, String... headers) throws IOException {
      socket.setReceiveBufferSize(8192);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.setSoTimeout(Patience.MILLIS);
      String request =
          "GET /api/stream HTTP/1.1\r\nHost: localhost\r\n"
              + String.join("", Arrays.stream(headers).map(h -> h + "\r\n").toList())
              + "\r\n";
      socket.getOutputStream().write(request.getBytes(UTF_8));
      in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    /** The status line and the headers. */
    String head() throws IOException {
      if (head.isEmpty()) {
        StringBuilder lines = new StringBuilder();
        for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
          lines.append(line).append('\n');
        }
        head = lines.toString();
      }
      return head;
    }

    /** The next event or comment, or null at the end. */
    @Nullable String next() throws IOException {
      head();
      int end = unread.indexOf("\n\n");
      while (end < 0) {
        String size = in.readLine();
        if (size != null && size.isEmpty()) {
          // The end of a chunk may come only with the next one.
          size = in.readLine();
        }
        if (size == null || size.equals("0")) {
          return null;
        }
        char[] chunk = new char[Integer.parseInt(size, 16)];
        for (int read = 0; read < chunk.length; ) {
          read += in.read(chunk, read, chunk.length - read);
        }
        unread.append(chunk);
        end = unread.indexOf("\n\n");
      }
      String event = unread.substring(0, end);
      unread.delete(0, end + 2);
      return event;
    }

    boolean next(Row row) throws IOException {
      return event(row).equals(next());
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
