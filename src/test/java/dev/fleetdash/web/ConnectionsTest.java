package dev.fleetdash.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.testing.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConnectionsTest {
  private static final Duration LONG = Duration.ofHours(1);
  private static final String HALF = "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(7000);
  private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final int MOST = 8;
  private static final long MUCH = 1 << 20;

  @TempDir private Path folder;
  private final List<Socket> sockets = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @Test
  void halfOpenRequestsAreClosedForWhoComesLater() throws Exception {
    try (RunningServer node = limited(new Connections.Limits(MOST, LONG, LONG, MUCH))) {
      for (int i = 0; i < 10 * MOST; i++) {
        send(node, HALF);
      }

      Socket later = send(node, HEALTH);

      assertThat(answer(later)).startsWith("HTTP/1.1 200 ");
      Patience.await().until(() -> cut(node) == 9 * MOST + 1);
    }
  }

  @Test
  void whoIsBeingAnsweredIsNotClosedForOthers() throws Exception {
    try (RunningServer node = limited(new Connections.Limits(MOST, LONG, LONG, MUCH))) {
      node.tick(1);
      Socket stream = send(node, "GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
      awaitText(stream, "\ndata: ");

      for (int i = 0; i < 10 * MOST; i++) {
        send(node, HALF);
      }
      Patience.await().until(() -> cut(node) >= 9 * MOST);
      node.tick(2);

      awaitText(stream, "id: " + (RunningServer.TS + 2));
    }
  }

  @Test
  void aStreamTakesNoPlaceOfOthers() throws Exception {
    try (RunningServer node = limited(new Connections.Limits(MOST, LONG, LONG, MUCH))) {
      node.tick(1);
      for (int i = 0; i < 3 * MOST; i++) {
        awaitText(send(node, "GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"), "\ndata: ");
      }

      assertThat(node.server.streams().count()).isEqualTo(3 * MOST);
      assertThat(cut(node)).isZero();
    }
  }

  @Test
  void aHeadThatDripsIsNotWaitedForByteByByte() throws Exception {
    try (RunningServer node =
        limited(new Connections.Limits(MOST, Duration.ofMillis(1), LONG, MUCH))) {
      Socket socket = send(node, "GET / HTTP/1.1\r\nHost: localhost\r\nX: ");

      Patience.await()
          .until(() -> {
            try {
              socket.getOutputStream().write('x');
              return false;
            } catch (IOException _) {
              return true;
            }
          });
    }
  }

  @Test
  void aConnectionThatWaitsBetweenItsRequestsIsKept() throws Exception {
    Duration once = Duration.ofNanos(1);
    try (RunningServer node = limited(new Connections.Limits(MOST, once, once, MUCH))) {
      Socket kept = send(node, HEALTH);
      assertThat(answer(kept)).startsWith("HTTP/1.1 200 ");
      // Its end shows that connections were looked at.
      Socket dripping = send(node, "GET");
      assertThat(dripping.getInputStream().read()).isEqualTo(-1);

      kept.getOutputStream().write(HEALTH.getBytes(ISO_8859_1));

      assertThat(answer(kept)).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void anAnswerThatIsNotTakenIsGivenUp() throws Exception {
    try (RunningServer node =
        limited(new Connections.Limits(MOST, LONG, Duration.ofMillis(1), MUCH))) {
      send(node, "GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2000));

      Patience.await().until(() -> cut(node) == 1);
    }
  }

  @Test
  void whoDoesNotReadLosesItsAnswersToWhoDoes() throws Exception {
    long aFewAnswers = 200_000;
    try (RunningServer node = limited(new Connections.Limits(1000, LONG, LONG, aFewAnswers))) {
      String question = "GET /api/catalogue HTTP/1.1\r\nHost: localhost\r\n\r\n";
      // As many as it takes until one is closed.
      Patience.await()
          .until(() -> {
            send(node, question.repeat(1000));
            return cut(node) > 0;
          });

      assertThat(node.get("/").statusCode()).isEqualTo(200);
      assertThat(node.get("/api/fleet").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void anAnswerForWhichThereIsNoRoomIsRefusedWithASentence() throws Exception {
    try (RunningServer node = limited(new Connections.Limits(MOST, LONG, LONG, 10))) {
      for (String path : List.of("/api/fleet", "/api/catalogue", "/api/history?metrics=load1")) {
        HttpResponse<String> answer = node.get(path, "Accept-Encoding", "gzip");

        assertThat(answer.statusCode()).as(path).isEqualTo(503);
        assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(answer.body()).contains("\"code\":\"busy\"").contains("try again");
      }
      assertThat(node.get("/health?x").statusCode()).isEqualTo(503);
      assertThat(node.get("/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void whoComesWhileHundredsWaitIsRefusedAndAllWhoWaitedAreAnswered() throws Exception {
    int asking = 300;
    int waiting = 256;
    CountDownLatch free = new CountDownLatch(1);
    List<String> answers = new CopyOnWriteArrayList<>();
    try (RunningServer node = limited(new Connections.Limits(2 * asking, LONG, LONG, MUCH))) {
      node.asked = () -> await(free);
      for (int i = 0; i < asking; i++) {
        // The query takes it to the threads that may wait.
        Socket socket = send(node, "GET /health?x HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Thread.ofVirtual().start(() -> answers.add(uncheckedAnswer(socket)));
      }

      Patience.await().until(() -> answers.size() > (asking - waiting) / 2);
      assertThat(answers).allMatch(text -> text.startsWith("HTTP/1.1 503 ") && isBusy(text));

      free.countDown();
      Patience.await().until(() -> answers.size() == asking);
      assertThat(answers.stream().filter(text -> text.startsWith("HTTP/1.1 200 ")))
          .hasSizeGreaterThanOrEqualTo(waiting);
      assertThat(answers).allMatch(text -> text.startsWith("HTTP/1.1 200 ") || isBusy(text));
    } finally {
      free.countDown();
    }
  }

  private static boolean isBusy(String answer) {
    return answer.contains("more requests wait here than there is room for");
  }

  private static void await(CountDownLatch latch) {
    try {
      Patience.await(latch);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String uncheckedAnswer(Socket socket) {
    try {
      return answer(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private RunningServer limited(Connections.Limits limits) throws Exception {
    return RunningServer.limited(folder, limits);
  }

  private static long cut(RunningServer node) {
    return node.telemetry.counters().stream()
        .filter(counter -> counter.name().equals("connections_cut"))
        .mapToLong(Counter::count)
        .sum();
  }

  private Socket send(RunningServer node, String text) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.server.port());
    sockets.add(socket);
    socket.setSoTimeout(Patience.MILLIS);
    Thread.ofVirtual()
        .start(() -> {
          try {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
          } catch (IOException _) {
            // Closed by the other side, as it may be.
          }
        });
    return socket;
  }

  private static String answer(Socket socket) throws IOException {
    byte[] some = new byte[4096];
    int count = socket.getInputStream().read(some);
    return new String(some, 0, Math.max(count, 0), ISO_8859_1);
  }

  private static void awaitText(Socket socket, String text) {
    StringBuilder all = new StringBuilder();
    while (all.indexOf(text) < 0) {
      try {
        String more = answer(socket);
        assertThat(more).as("after %s", all).isNotEmpty();
        all.append(more);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
