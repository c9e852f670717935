package dev.fleetdash.collect;

import dev.fleetdash.telemetry.Part;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Asks collectors on a thread that can be left behind.
 *
 * <p>All collectors of a tick are one job of one worker, which costs one hand-off. When a collector
 * overstays, its worker is abandoned to it and a new worker does the rest of the job; the collector
 * is asked again after it has returned. So there are never more threads than collectors plus one.
 *
 * <p>{@link #collect} is for one thread; everything the workers share is guarded by one lock, which
 * is never held while a collector works.
 */
final class Crew implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition done = lock.newCondition();
  private final List<Member> members;
  private final Waiting waiting;
  private @Nullable Worker worker;
  private int workersStarted;

  /** Waits for the workers. What that takes counts against the deadlines. */
  @FunctionalInterface
  interface Waiting {
    /**
     * As {@link Condition#awaitNanos}.
     *
     * @return the nanoseconds that are left
     */
    long on(Condition done, long nanos) throws InterruptedException;
  }

  Crew(List<Collector> collectors, Telemetry telemetry) {
    this(collectors, telemetry, Condition::awaitNanos);
  }

  Crew(List<Collector> collectors, Telemetry telemetry, Waiting waiting) {
    this.waiting = waiting;
    this.members =
        collectors.stream()
            .map(c -> new Member(c, telemetry.part("collector:" + c.name())))
            .toList();
  }

  /** What the collectors that are due had to say in time. Their parts are told how it went. */
  List<Reading> collect(Due due, Deadlines deadlines) throws InterruptedException {
    List<Reading> readings = new ArrayList<>();
    long left = deadlines.tick().toNanos();
    lock.lockInterruptibly();
    try {
      List<Member> rest = idle(due);
      while (!rest.isEmpty()) {
        Job job = handOver(new Job(due, rest));
        left = await(job, deadlines.collector().toNanos(), left);
        rest = settle(job, readings, left > 0);
      }
    } finally {
      lock.unlock();
    }
    return readings;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      dismiss();
    } finally {
      lock.unlock();
    }
  }

  private List<Member> idle(Due due) {
    List<Member> idle = new ArrayList<>(members.size());
    for (Member member : members) {
      if (!member.collector.due(due)) {
        continue;
      }
      if (member.away) {
        member.part.failing(member.overstayed());
      } else {
        idle.add(member);
      }
    }
    return idle;
  }

  private Job handOver(Job job) {
    Worker ready = worker;
    if (ready == null) {
      ready = new Worker();
      Thread.ofPlatform().daemon().name("collector-" + ++workersStarted).start(ready);
      worker = ready;
    }
    ready.job = job;
    work.signalAll();
    return job;
  }

  /**
   * Waits until the job is done or one of its collectors overstays; returns what is left of the
   * tick's time.
   */
  private long await(Job job, long patience, long left) throws InterruptedException {
    long spent = 0;
    while (!job.done() && left > 0 && spent < patience) {
      int before = job.next;
      long most = Math.min(left, patience - spent);
      long waited = most - waiting.on(done, most);
      left -= waited;
      // A collector that began during the wait gets its patience anew.
      spent = job.next == before ? spent + waited : 0;
    }
    return left;
  }

  /**
   * Takes the answers, leaves behind who has not answered, and returns who is still to be asked.
   */
  private List<Member> settle(Job job, List<Reading> readings, boolean timeLeft) {
    for (int i = 0; i < job.answers.size(); i++) {
      job.answers.get(i).report(job.members.get(i).part, readings);
    }
    if (job.done()) {
      return List.of();
    }
    job.abandoned = true;
    dismiss();
    int asked = job.answers.size();
    int rest = asked;
    if (job.next > asked) {
      Member overstaying = job.members.get(asked);
      overstaying.part.failing(overstaying.overstayed());
      rest++;
    }
    List<Member> unasked = job.members.subList(rest, job.members.size());
    if (timeLeft) {
      return unasked;
    }
    unasked.forEach(m -> m.part.failing("not asked: the collectors before it used up the tick"));
    return List.of();
  }

  private void dismiss() {
    if (worker != null) {
      worker.dismissed = true;
      worker = null;
      work.signalAll();
    }
  }

  /** A collector and whether some worker is still waiting for it. */
  private static final class Member {
    final Collector collector;
    final Part part;
    boolean away;

    Member(Collector collector, Part part) {
      this.collector = collector;
      this.part = part;
    }

    String overstayed() {
      return collector.name() + " did not answer in time; its metrics are missing until it does";
    }
  }

  /** Some members asked one after the other. The answers are in the members' order. */
  private static final class Job {
    final Due due;
    final List<Member> members;
    final List<Answer> answers = new ArrayList<>();
    int next;
    boolean abandoned;

    Job(Due due, List<Member> members) {
      this.due = due;
      this.members = members;
    }

    boolean done() {
      return answers.size() == members.size();
    }
  }

  /** A reading or the reason why there is none. */
  private record Answer(@Nullable Reading reading, String reason) {
    void report(Part part, List<Reading> readings) {
      if (reading != null) {
        readings.add(reading);
      }
      if (reason.isEmpty()) {
        part.up();
      } else {
        part.failing(reason);
      }
    }
  }

  private final class Worker implements Runnable {
    @Nullable Job job;
    boolean dismissed;

    @Override
    public void run() {
      lock.lock();
      try {
        while (!dismissed) {
          Job current = job;
          if (current == null) {
            work.awaitUninterruptibly();
          } else {
            job = null;
            work(current);
          }
        }
      } finally {
        lock.unlock();
      }
    }

    /** Called and left with the lock held. */
    private void work(Job current) {
      while (!current.abandoned && current.next < current.members.size()) {
        Member member = current.members.get(current.next++);
        member.away = true;
        lock.unlock();
        Answer answer;
        try {
          answer = ask(member.collector, current.due);
        } finally {
          lock.lock();
          member.away = false;
        }
        current.answers.add(answer);
      }
      if (!current.abandoned) {
        done.signalAll();
      }
    }

    private static Answer ask(Collector collector, Due due) {
      try {
        Reading reading = collector.collect(due);
        return new Answer(reading, reading.problem().orElse(""));
      } catch (IOException e) {
        return new Answer(null, String.valueOf(e.getMessage()));
      } catch (RuntimeException | Error e) {
        // A collector meets whatever a kernel or a driver makes up; the others go on.
        return new Answer(null, e.toString());
      }
    }
  }
}
