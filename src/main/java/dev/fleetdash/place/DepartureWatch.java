package dev.fleetdash.place;

import dev.fleetdash.place.Departure.Reason;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows when this host is about to end: on EC2 from the notices that the metadata service has,
 * which it asks every five seconds on a thread of its own, and when the process is told to stop,
 * from systemd. Elsewhere nobody is asked. A metadata service that is away cancels nothing and is
 * no fault. Safe for use by several threads.
 */
public final class DepartureWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DepartureWatch.class);

  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final Duration LAST_LOOK = Duration.ofSeconds(2);

  /** Maintenance is announced days before, spot interruptions two minutes. */
  private static final Duration LEAD = Duration.ofMinutes(5);

  private final Optional<NoticeReader> reader;
  private final Optional<Part> part;
  private final StopReason stopReason;
  private final Duration lastLook;
  private final InstantSource clock;
  private final Consumer<Optional<Departure>> listener;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("notices").daemon().factory());
  private volatile Optional<Departure> departure = Optional.empty();

  /**
   * A watch of this machine.
   *
   * @param environment of the process
   * @param listener told each time that a departure is announced or taken back; called on the
   *     watch's thread, and may not block
   */
  public DepartureWatch(
      Map<String, String> environment,
      InstantSource clock,
      Telemetry telemetry,
      Consumer<Optional<Departure>> listener) {
    this(
        MetadataService.of(environment, PlaceFinder.DMI),
        StopReason.of(environment),
        LAST_LOOK,
        clock,
        telemetry,
        listener);
  }

  /**
   * @param lastLook how long a look may keep the process from stopping
   */
  DepartureWatch(
      Optional<MetadataService> service,
      StopReason stopReason,
      Duration lastLook,
      InstantSource clock,
      Telemetry telemetry,
      Consumer<Optional<Departure>> listener) {
    this.reader = service.map(NoticeReader::new);
    this.part = service.map(_ -> telemetry.part("notices"));
    this.stopReason = stopReason;
    this.lastLook = lastLook;
    this.clock = clock;
    this.listener = listener;
  }

  /** Begins to ask, where there is somebody to ask. */
  public void start() {
    if (reader.isPresent()) {
      schedule();
    }
  }

  private void schedule() {
    if (!thread.isShutdown()) {
      var _ = thread.schedule(this::lookAndReschedule, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void lookAndReschedule() {
    try {
      look();
    } finally {
      schedule();
    }
  }

  /** Asks once. */
  void look() {
    reader.ifPresent(notices -> part.ifPresent(told -> read(notices, told)));
  }

  private void read(NoticeReader reader, Part told) {
    try {
      Notices notices = reader.read();
      told.up(notices.summary());
      announce(
          notices.departures().stream()
              .filter(next -> next.within(LEAD, clock.instant()))
              .findFirst());
    } catch (IOException e) {
      told.up("unknown, the EC2 metadata service does not tell: " + e.getMessage());
    } catch (RuntimeException | Error e) {
      told.failing("notices are not understood: " + e);
    }
  }

  private void announce(Optional<Departure> next) {
    Optional<Departure> before = departure;
    if (next.equals(before)) {
      return;
    }
    departure = next;
    if (next.isPresent()) {
      log.info("host is about to end departure=\"{}\"", next.get());
    } else {
      log.info("host stays after all departure=\"{}\"", before.map(Departure::toString).orElse(""));
    }
    listener.accept(next);
  }

  /**
   * Why the process is told to stop. What the cloud announced explains more than systemd's word
   * does; where there is only that, EC2 is asked once more, because an instance may be ended within
   * an interval.
   */
  public Departure whenStopped() {
    Optional<Reason> word = stopReason.read();
    if (word.isPresent() && departure.isEmpty() && reader.isPresent()) {
      lookOnceMore();
    }
    return departure.orElseGet(
        () -> word.map(DepartureWatch::toldBySystemd).orElseGet(DepartureWatch::ofTheProcess));
  }

  private static Departure toldBySystemd(Reason reason) {
    return new Departure(reason, reason.text(), Optional.empty());
  }

  private static Departure ofTheProcess() {
    return new Departure(Reason.STOPPED, "SIGTERM", Optional.empty());
  }

  private void lookOnceMore() {
    Future<?> look = thread.submit(this::look);
    try {
      look.get(lastLook.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.debug("last look at the notices did not finish", e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
