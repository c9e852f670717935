package dev.fleetdash.siege;

import dev.fleetdash.testing.Patience;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Clients that ask one question after the other and read what they are told. */
final class Askers {
  private static final int CONNECTING = 10_000;

  private final Target target;
  private final Tally tally;

  Askers(Target target, Tally tally) {
    this.target = target;
    this.tally = tally;
  }

  /**
   * Returns when the time is over and the last answers have come.
   *
   * @param requests whole GETs
   * @param pause of each client after each answer
   */
  void attack(int clients, Supplier<byte[]> requests, Duration pause, Until until) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < clients; i++) {
        threads.execute(() -> ask(requests, pause, until));
      }
    }
  }

  private void ask(Supplier<byte[]> requests, Duration pause, Until until) {
    while (!until.over()) {
      try (Socket socket = new Socket()) {
        socket.bind(target.source());
        socket.setSoTimeout(Patience.MILLIS);
        socket.connect(target.node(), CONNECTING);
        InputStream in = new BufferedInputStream(socket.getInputStream());
        boolean open = true;
        while (open && !until.over()) {
          tally.asked();
          socket.getOutputStream().write(requests.get());
          Optional<Answer> answer = Answer.read(in, false);
          answer.ifPresentOrElse(tally::answered, () -> tally.outcome("closed without an answer"));
          open = answer.filter(one -> !one.streams()).isPresent();
          LockSupport.parkNanos(pause.toNanos());
        }
      } catch (SocketTimeoutException _) {
        tally.outcome("no answer");
      } catch (IOException _) {
        tally.outcome("broke");
        LockSupport.parkNanos(pause.plusMillis(10).toNanos());
      }
    }
  }
}
