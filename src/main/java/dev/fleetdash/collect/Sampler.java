package dev.fleetdash.collect;

import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a row at every tick and hands it to the consumers, one after the other, on its own thread.
 *
 * <p>Nothing ends the sampling but {@link #close}: a collector that hangs or throws costs its own
 * metrics, a consumer that throws is counted and asked again with the next row, and where a
 * consumer hangs, a new thread goes on without it until it returns. Safe for use by several
 * threads.
 */
public final class Sampler implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Sampler.class);

  private static final Duration LEAD = Duration.ofMillis(100);
  private static final Duration WATCH = Duration.ofSeconds(5);

  /** After a tick is due: then the sampler is started anew. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** After a tick is due: then whoever asks is told. */
  private static final Duration STALL = Duration.ofSeconds(30);

  private static final Duration CLOSING = Duration.ofSeconds(5);
  private static final Duration LOOK_PAUSE = Duration.ofSeconds(3);

  private final LongFunction<Row.Builder> rows;
  private final Duration interval;
  private final List<Delivery> deliveries;
  private final SampleClock clock;
  private final Function<String, ScheduledExecutorService> timers;
  private final Crew crew;
  private final Part part;
  private final Counter missed;
  private final Counter restarts;
  private final Counter refusals;
  private final ScheduledExecutorService watchdog;
  private final AtomicBoolean processesWanted = new AtomicBoolean();

  private volatile long lastTickNanos;
  private volatile long begunNanos;
  private volatile Beat beat;
  private volatile boolean closed;

  /**
   * @param rows starts the row of a wall second
   * @param interval whole seconds that divide 60
   * @param consumers are given each row in this order
   */
  public Sampler(
      LongFunction<Row.Builder> rows,
      Duration interval,
      List<Collector> collectors,
      List<Consumer<Row>> consumers,
      SampleClock clock,
      Telemetry telemetry) {
    this(
        rows,
        interval,
        new Crew(collectors, telemetry),
        consumers,
        clock,
        telemetry,
        Sampler::timer);
  }

  Sampler(
      LongFunction<Row.Builder> rows,
      Duration interval,
      Crew crew,
      List<Consumer<Row>> consumers,
      SampleClock clock,
      Telemetry telemetry,
      Function<String, ScheduledExecutorService> timers) {
    if (!divides60(interval)) {
      throw new IllegalArgumentException(
          "interval: not whole seconds that divide 60 (such as 1s, 5s, 10s): " + interval);
    }
    this.rows = rows;
    this.interval = interval;
    this.deliveries = consumers.stream().map(Delivery::new).toList();
    this.clock = clock;
    this.timers = timers;
    this.crew = crew;
    this.part = telemetry.part("sampler");
    this.missed = telemetry.counter("ticks_missed", "Ticks that passed without a row");
    this.restarts =
        telemetry.counter("sampler_restarts", "Times the sampler stalled and was started anew");
    this.refusals =
        telemetry.counter("row_refusals", "Rows that a consumer failed to take or was not given");
    this.watchdog = timers.apply("sampler-watchdog");
    this.beat = new Beat(timers.apply("sampler"));
  }

  /** Begins to sample; returns at once. The first row comes at the next tick, with rates. */
  public void start() {
    lastTickNanos = clock.nanos().getAsLong();
    begunNanos = lastTickNanos;
    log.info("sampling interval={}", interval);
    beat.timer.execute(beat::prime);
    var _ = watchdog.schedule(this::watch, WATCH.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Time since a row was last handed over (or since the start); monotonic. */
  public Duration sinceLastTick() {
    return Duration.ofNanos(clock.nanos().getAsLong() - lastTickNanos);
  }

  /** When a row was last handed over (or the start was), on the monotonic clock. */
  public long lastTickNanos() {
    return lastTickNanos;
  }

  /**
   * Whether the process no longer does its work: a tick was due 30 s ago, and no row came, however
   * often the sampler was started anew.
   */
  public boolean stalled() {
    return sinceLastTick().compareTo(STALL.plus(interval)) > 0;
  }

  /**
   * Asks for the top processes in the next row, or in the first one some seconds after the last
   * look.
   */
  public void lookAtProcesses() {
    processesWanted.set(true);
  }

  /** Stops after the tick under way; afterwards no consumer is called. */
  @Override
  public void close() {
    closed = true;
    watchdog.shutdown();
    Beat last = beat;
    // Not shutdownNow: an interrupt in the middle of a consumer's write could cost it its file.
    last.timer.shutdown();
    try {
      if (!last.timer.awaitTermination(CLOSING.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("consumer overstays close limit={}", CLOSING);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    crew.close();
  }

  private void watch() {
    try {
      look();
    } catch (RuntimeException | Error e) {
      // Whatever it is, such as no memory for another thread: it is looked again.
      part.failing("the sampler could not be started anew: " + e);
    } finally {
      if (!closed) {
        var _ = watchdog.schedule(this::watch, WATCH.toNanos(), TimeUnit.NANOSECONDS);
      }
    }
  }

  private void look() {
    long now = clock.nanos().getAsLong();
    long since = Math.min(now - lastTickNanos, now - begunNanos);
    if (!closed && since > PATIENCE.plus(interval).toNanos()) {
      restart();
    }
  }

  private void restart() {
    restarts.increment();
    part.failing("no row for " + sinceLastTick().toSeconds() + " s; started anew");
    Beat stuck = beat;
    Beat next = new Beat(timers.apply("sampler"));
    beat = next;
    stuck.timer.shutdown();
    begunNanos = clock.nanos().getAsLong();
    next.timer.execute(next::prime);
  }

  private static boolean divides60(Duration interval) {
    long seconds = interval.toSeconds();
    return seconds > 0 && interval.equals(Duration.ofSeconds(seconds)) && 60 % seconds == 0;
  }

  private static ScheduledExecutorService timer(String name) {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name(name).factory());
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return timer;
  }

  /** The sampler's heart; a stalled one is replaced. Runs on its own timer only. */
  private final class Beat {
    final ScheduledExecutorService timer;
    private final TickSchedule schedule = new TickSchedule(interval);
    private long lookNanos;
    private boolean looked;

    Beat(ScheduledExecutorService timer) {
      this.timer = timer;
    }

    /** Reads everything once, so that the first row has rates. */
    void prime() {
      try {
        crew.collect(new Due(0, true, true), Deadlines.OF_THE_FIRST);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException | Error e) {
        failed(e);
      }
      schedule.start(clock.wall().instant(), clock.nanos().getAsLong(), LEAD);
      again();
    }

    private void run() {
      try {
        tick();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException | Error e) {
        failed(e);
      }
      again();
    }

    private void again() {
      if (current()) {
        long delay = schedule.delay(clock.nanos().getAsLong());
        var _ = timer.schedule(this::run, delay, TimeUnit.NANOSECONDS);
      }
    }

    private void tick() throws InterruptedException {
      long nanos = clock.nanos().getAsLong();
      TickSchedule.Tick tick = schedule.begin(clock.wall().instant(), nanos);
      missed.add(tick.missed());
      Row.Builder row = rows.apply(tick.ts());
      for (Reading reading : crew.collect(due(tick.ts(), nanos), Deadlines.OF_A_TICK)) {
        reading.copyTo(row);
      }
      hand(row.build());
    }

    private Due due(long ts, long nanos) {
      boolean rested = !looked || nanos - lookNanos >= LOOK_PAUSE.toNanos();
      Due due = new Due(ts, false, rested && processesWanted.getAndSet(false));
      if (due.processes()) {
        looked = true;
        lookNanos = nanos;
      }
      return due;
    }

    private void hand(Row row) {
      String problem = "";
      for (Delivery delivery : deliveries) {
        if (!current()) {
          return;
        }
        String refused = delivery.offer(row);
        if (!refused.isEmpty()) {
          refusals.increment();
          problem = refused;
        }
      }
      if (!current()) {
        return;
      }
      lastTickNanos = clock.nanos().getAsLong();
      if (problem.isEmpty()) {
        part.up();
      } else {
        part.failing(problem);
      }
    }

    private void failed(Throwable e) {
      part.failing("tick failed: " + e);
    }

    private boolean current() {
      return !closed && beat == this;
    }
  }

  /** A consumer that is never called while a call to it is still under way. */
  private static final class Delivery {
    private final Consumer<Row> consumer;
    private final AtomicBoolean under = new AtomicBoolean();

    Delivery(Consumer<Row> consumer) {
      this.consumer = consumer;
    }

    /** Empty, or why the row was not taken. */
    String offer(Row row) {
      if (!under.compareAndSet(false, true)) {
        return "a consumer of rows hangs: " + consumer;
      }
      try {
        consumer.accept(row);
        return "";
      } catch (RuntimeException | Error e) {
        return "a consumer of rows failed: " + e;
      } finally {
        under.set(false);
      }
    }
  }
}
