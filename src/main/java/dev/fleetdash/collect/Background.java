package dev.fleetdash.collect;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The latest answer to a question that may never be answered. Asked on a thread of its own, one
 * question at a time, so that whoever needs the answer does not wait. Safe for use by several
 * threads.
 */
final class Background<T> {
  private final String name;
  private final LongSupplier nanos;
  private @Nullable Answer<T> latest;
  private long askedNanos;
  private boolean asked;
  private boolean underWay;

  /**
   * @param name the thread's
   */
  Background(String name, LongSupplier nanos) {
    this.name = name;
    this.nanos = nanos;
  }

  /** Asks, unless the last question is not answered yet or younger than that. */
  synchronized void ask(Callable<T> question, Duration pause) {
    long now = nanos.getAsLong();
    if (underWay || (asked && now - askedNanos < pause.toNanos())) {
      return;
    }
    asked = true;
    underWay = true;
    askedNanos = now;
    boolean started = false;
    try {
      Thread.ofPlatform().daemon().name(name).start(() -> answer(question));
      started = true;
    } finally {
      // Where there is no memory for a thread, it is asked again.
      underWay = started;
    }
  }

  /** The last answer, if it is younger than that. */
  synchronized Optional<T> latest(Duration maxAge) {
    Answer<T> answer = latest;
    if (answer == null || nanos.getAsLong() - answer.nanos > maxAge.toNanos()) {
      return Optional.empty();
    }
    return Optional.of(answer.value);
  }

  /** Whether a question has been without an answer for longer than that. */
  synchronized boolean overdue(Duration patience) {
    return underWay && nanos.getAsLong() - askedNanos > patience.toNanos();
  }

  private void answer(Callable<T> question) {
    Answer<T> answer = null;
    try {
      answer = new Answer<>(question.call(), nanos.getAsLong());
    } catch (Exception | Error e) {
      // No answer: the one before grows too old, which whoever asks can see.
    } finally {
      synchronized (this) {
        latest = answer == null ? latest : answer;
        underWay = false;
      }
    }
  }

  private record Answer<T>(T value, long nanos) {}
}
