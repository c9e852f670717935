package dev.fleetdash.archive;

import dev.fleetdash.archive.RowScanner.BadRow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Puts recomputed rows in the place of those that a rollup object has. A row that is not recomputed
 * stays as it is, byte by byte; so does one that sums up more rows than the recomputed one, because
 * then what it was made from has expired in part. For one thread.
 */
public final class RollupMerge {
  private static final int BUFFER = 8192;

  private final TierKey key;
  private final NavigableMap<Long, RollupRow> rows = new TreeMap<>();

  public RollupMerge(TierKey key) {
    this.key = key;
  }

  /** The recomputed row that the second {@code ts} belongs to, made when it is first asked for. */
  RollupRow row(long ts) {
    long start = ts - Math.floorMod(ts, key.tier().step());
    return rows.computeIfAbsent(start, first -> new RollupRow(first, key.host()));
  }

  /** Whether nothing was recomputed. */
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /**
   * The object as it should be.
   *
   * @param present the object as it is; null where there is none
   * @return empty where it is so already
   * @throws ArchiveException of kind BAD_OBJECT when the present object is not good
   */
  public Optional<byte[]> with(byte @Nullable [] present) throws ArchiveException {
    int likely = (present == null ? 0 : present.length) + 16 * BUFFER;
    ByteArrayOutputStream packed = new ByteArrayOutputStream(likely);
    boolean changed;
    try (OutputStream out = new GZIPOutputStream(packed, BUFFER)) {
      changed = present != null && merge(present, out);
      changed |= writeUpTo(Long.MAX_VALUE, out);
    } catch (ArchiveException e) {
      throw e;
    } catch (BadRow | IOException e) {
      throw RowReader.bad(key.text(), String.valueOf(e.getMessage()), e);
    }
    return changed ? Optional.of(packed.toByteArray()) : Optional.empty();
  }

  private boolean merge(byte[] present, OutputStream out) throws IOException, BadRow {
    List<Long> starts = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    new RollupReader(Set.of())
        .read(
            key,
            present,
            (ts, _, count) -> {
              starts.add(ts);
              counts.add(count);
            });
    boolean changed = false;
    ByteArrayOutputStream line = new ByteArrayOutputStream(BUFFER);
    try (GzipInput in = new GzipInput(present, RollupReader.MAX_BYTES)) {
      RowScanner json = new RowScanner(in);
      for (int i = 0; json.nextLine(); i++) {
        changed |= writeUpTo(starts.get(i), out);
        json.passLine();
        line.reset();
        json.copyLine(line);
        byte[] kept = line.toByteArray();
        RollupRow row = rows.remove(starts.get(i));
        byte[] wanted = row == null || row.count() < counts.get(i) ? kept : line(row);
        changed |= !Arrays.equals(kept, wanted);
        out.write(wanted);
      }
    }
    return changed;
  }

  private boolean writeUpTo(long ts, OutputStream out) throws IOException {
    boolean any = false;
    while (!rows.isEmpty() && rows.firstKey() < ts) {
      out.write(line(rows.pollFirstEntry().getValue()));
      any = true;
    }
    return any;
  }

  private static byte[] line(RollupRow row) {
    byte[] json = row.json();
    byte[] line = Arrays.copyOf(json, json.length + 1);
    line[json.length] = '\n';
    return line;
  }
}
