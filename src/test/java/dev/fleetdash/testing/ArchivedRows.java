package dev.fleetdash.testing;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.archive.RowReader;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Reads back what an archive holds. */
public final class ArchivedRows {
  private static final int MUCH = 64 << 20;

  private ArchivedRows() {}

  /**
   * The seconds of all rows, in order; a second that is archived twice is here twice. Fails where
   * an object is not whole.
   */
  public static List<Long> seconds(Archive archive) throws IOException {
    return seconds(archive, _ -> true);
  }

  /** The same of one host; what others have put beside it may be anything. */
  public static List<Long> seconds(Archive archive, HostName host) throws IOException {
    return seconds(archive, key -> key.contains("/host=" + host + "/"));
  }

  private static List<Long> seconds(Archive archive, Predicate<String> of) throws IOException {
    List<Long> found = new ArrayList<>();
    RowReader reader = new RowReader(List.of(), MUCH);
    for (Archive.Listed object : archive.list("v1/raw/", 1_000_000)) {
      if (!of.test(object.key())) {
        continue;
      }
      RawKey key = RawKey.parse(object.key()).orElseThrow();
      List<Long> rows = new ArrayList<>();
      reader.read(
          object.key(),
          archive.get(object.key(), MUCH).orElseThrow().bytes(),
          key.host(),
          (ts, _, _) -> rows.add(ts));
      if (rows.isEmpty()
          || !rows.getFirst().equals(key.ts())
          || !rows.equals(rows.stream().sorted().distinct().toList())) {
        throw new IOException(
            object.key() + " does not hold strictly increasing rows from its own time on: " + rows);
      }
      found.addAll(rows);
    }
    return found.stream().sorted().toList();
  }
}
