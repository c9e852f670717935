package dev.fleetdash.fleet;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveException;
import dev.fleetdash.archive.Tier;
import dev.fleetdash.archive.TierKey;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * The newest row of each host that has one in the last day of an archive: from raw, or from the
 * compacted hour where raw has expired. For one thread.
 */
final class NewestRows {
  private static final int HOUR = 3_600;
  private static final int DAY = 86_400;
  private static final int AT_ONCE = 16;

  private final Archive archive;
  private final Traces traces;
  private final Room room;
  private final Semaphore places = new Semaphore(AT_ONCE);
  private boolean crowded;

  /**
   * @param room for how many hosts
   */
  NewestRows(Archive archive, Room room) {
    this.archive = archive;
    this.room = room;
    this.traces = new Traces(archive);
  }

  /** Why not all hosts that have rows are among them, if they are not; a sentence. */
  Optional<String> crowded() {
    return crowded
        ? Optional.of(
            ("there are more than %,d hosts that have rows, and this viewer has memory for so many:"
                    + " those whose rows are newest are known; start java with a larger -Xmx")
                .formatted(room.hosts()))
        : Optional.empty();
  }

  /** An hour of which there are rows, in raw or compacted. */
  private record Hour(long start, String folder, boolean raw) {}

  /** Where a host's newest rows are. */
  private record Place(long hour, boolean raw) {}

  Map<HostName, Latest> read() throws IOException, InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<HostName, Place> found = new TreeMap<>();
      List<Hour> hours = hours();
      List<List<HostName>> hosts = all(threads, hours, this::hosts);
      for (int i = 0; i < hours.size(); i++) {
        for (HostName host : hosts.get(i)) {
          add(found, host, hours.get(i));
        }
      }
      List<Map.Entry<HostName, Place>> places = List.copyOf(found.entrySet());
      List<Optional<Latest>> latest =
          all(threads, places, of -> latest(of.getKey(), of.getValue()));
      Map<HostName, Latest> newest = new LinkedHashMap<>();
      for (int i = 0; i < places.size(); i++) {
        HostName host = places.get(i).getKey();
        latest.get(i).ifPresent(of -> newest.put(host, of));
      }
      return newest;
    }
  }

  /** Hours come from the newest on: where there is no room, hosts that are gone are left out. */
  private void add(Map<HostName, Place> found, HostName host, Hour hour) {
    if (found.size() < room.hosts() || found.containsKey(host)) {
      found.merge(host, new Place(hour.start(), hour.raw()), NewestRows::better);
    } else {
      crowded = true;
    }
  }

  private static Place better(Place one, Place other) {
    if (one.hour() != other.hour()) {
      return one.hour() > other.hour() ? one : other;
    }
    return one.raw() ? one : other;
  }

  /** Does it for each, several at once; answers in their order. */
  private <A, B> List<B> all(ExecutorService threads, List<A> of, Question<A, B> question)
      throws IOException, InterruptedException {
    List<Future<B>> asked = new ArrayList<>();
    for (A one : of) {
      Callable<B> task =
          () -> {
            places.acquire();
            try {
              return question.ask(one);
            } finally {
              places.release();
            }
          };
      asked.add(threads.submit(task));
    }
    List<B> answers = new ArrayList<>();
    for (Future<B> answer : asked) {
      try {
        answers.add(answer.get());
      } catch (ExecutionException e) {
        throw e.getCause() instanceof IOException io ? io : new IOException("read rows", e);
      }
    }
    return answers;
  }

  private interface Question<A, B> {
    B ask(A of) throws IOException, InterruptedException;
  }

  /** Those of the last day in which there are rows. */
  private List<Hour> hours() throws IOException {
    TreeSet<LocalDate> days = new TreeSet<>(days("v1/raw/"));
    days.addAll(days("v1/1s/"));
    List<Hour> hours = new ArrayList<>();
    if (!days.isEmpty()) {
      for (LocalDate day : List.of(days.last().minusDays(1), days.last())) {
        hours(day, "v1/raw/", true, hours);
        hours(day, "v1/1s/", false, hours);
      }
    }
    long last = hours.stream().mapToLong(Hour::start).max().orElse(0);
    hours.removeIf(hour -> hour.start() <= last - DAY);
    hours.sort(Comparator.comparingLong(Hour::start).reversed());
    return hours;
  }

  private List<LocalDate> days(String tier) throws IOException {
    List<LocalDate> days = new ArrayList<>();
    for (String folder : archive.folders(tier)) {
      try {
        if (folder.startsWith("dt=")) {
          days.add(LocalDate.parse(folder.substring("dt=".length())));
        }
      } catch (DateTimeException _) {
        // None of ours.
      }
    }
    return days;
  }

  private void hours(LocalDate day, String tier, boolean raw, List<Hour> into) throws IOException {
    String folder = tier + "dt=" + day + "/";
    for (String hour : archive.folders(folder)) {
      if (hour.matches("hour=([01]\\d|2[0-3])")) {
        long of = Long.parseLong(hour.substring("hour=".length()));
        into.add(new Hour(day.toEpochDay() * DAY + of * HOUR, folder + hour + "/", raw));
      }
    }
  }

  private List<HostName> hosts(Hour hour) throws IOException {
    return archive.folders(hour.folder()).stream()
        .filter(name -> name.startsWith("host="))
        .flatMap(name -> HostName.parse(name.substring("host=".length())).stream())
        // One more tells that there are more.
        .limit(room.hosts() + 1L)
        .toList();
  }

  private Optional<Latest> latest(HostName host, Place place)
      throws IOException, InterruptedException {
    long end = place.hour() + HOUR - 1;
    try {
      Optional<Latest> latest =
          place.raw()
              ? traces.find(host, place.hour() - DAY, end, end).map(Traces.Trace::latest)
              : Optional.empty();
      return latest.isPresent()
          ? latest
          : traces.compacted(TierKey.of(Tier.SECONDS, host, place.hour()));
    } catch (ArchiveException e) {
      if (e.kind() != ArchiveException.Kind.BAD_OBJECT) {
        throw e;
      }
      return Optional.empty();
    }
  }
}
