package dev.fleetdash.archive;

import dev.fleetdash.archive.RowScanner.BadRow;
import dev.fleetdash.sample.HostName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one host's hour from any number of objects, each second once: of two rows with the
 * same second the one with the greater run counts, and within a run the one with the greater
 * uptime. Lines are kept as they are written, with all that is in them. Rows of another hour are
 * left out.
 *
 * <p>Holds the objects packed, and unpacks a few of them at a time. For one thread.
 */
public final class RowUnion {
  private static final int SECONDS = 3600;
  private static final int NONE = -1;
  private static final int MOST_OPEN = 4;
  private static final int BUFFER = 8192;

  private final HostName host;
  private final long hour;
  private final RowReader heads = new RowReader(Set.of(), RowReader.DEFAULT_MAX_BYTES);
  private final List<Source> sources = new ArrayList<>();
  private final int[] source = new int[SECONDS];
  private final int[] line = new int[SECONDS];
  private final long[] run = new long[SECONDS];
  private final long[] uptime = new long[SECONDS];
  private boolean orderly = true;

  @SuppressWarnings("ArrayRecordComponent")
  private record Source(String key, byte[] object) {}

  /**
   * @param hour its first second, epoch seconds
   */
  public RowUnion(HostName host, long hour) {
    this.host = host;
    this.hour = hour;
    Arrays.fill(source, NONE);
  }

  /**
   * Adds an object's rows; answers whether any of them counts.
   *
   * @throws ArchiveException of kind BAD_OBJECT when the object is not good; none of its rows was
   *     added then
   */
  public boolean add(String key, byte[] object) throws ArchiveException {
    Adding adding = new Adding(sources.size());
    heads.read(key, object, host, adding);
    if (adding.counting) {
      sources.add(new Source(key, object));
    }
    return adding.counting;
  }

  private final class Adding implements RowVisitor {
    private final int from;
    private int at;
    private long last = Long.MIN_VALUE;
    private boolean counting;

    Adding(int from) {
      this.from = from;
    }

    @Override
    public void row(long ts, long ofRun, long upSince) {
      int second = second(ts);
      orderly &= second >= 0 && ts > last;
      last = ts;
      if (second >= 0 && (source[second] == NONE || wins(ofRun, upSince, second))) {
        source[second] = from;
        line[second] = at;
        run[second] = ofRun;
        uptime[second] = upSince;
        counting = true;
      }
      at++;
    }
  }

  private boolean wins(long ofRun, long upSince, int second) {
    return ofRun != run[second] ? ofRun > run[second] : upSince > uptime[second];
  }

  /** Negative where it is another hour's. */
  private int second(long ts) {
    return ts >= hour && ts < hour + SECONDS ? (int) (ts - hour) : NONE;
  }

  /** Whether each object so far had rows of the hour alone, each later than the one before. */
  public boolean orderly() {
    return orderly;
  }

  /** The second after the last one that has a row; 0 where none has. */
  public long end() {
    for (int second = SECONDS - 1; second >= 0; second--) {
      if (source[second] != NONE) {
        return hour + second + 1;
      }
    }
    return 0;
  }

  /** The rows in order, as an object of {@link Tier#SECONDS}. */
  public byte[] object() throws ArchiveException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(packed, BUFFER);
        Lines lines = new Lines()) {
      for (int second = 0; second < SECONDS; second++) {
        if (source[second] != NONE) {
          lines.copy(source[second], line[second], out);
        }
      }
    } catch (BadRow | IOException e) {
      throw RowReader.bad("an object of " + host, String.valueOf(e.getMessage()), e);
    }
    return packed.toByteArray();
  }

  /** Places in objects, of which those used last are kept. */
  private final class Lines implements AutoCloseable {
    private final Map<Integer, Place> open = new LinkedHashMap<>(MOST_OPEN, 0.75f, true);

    void copy(int from, int number, OutputStream out) throws IOException, BadRow {
      Place place = open.get(from);
      if (place == null || place.next > number) {
        close(place);
        place = new Place(sources.get(from));
        open.put(from, place);
        closeOldest();
      }
      place.copy(number, out);
    }

    private void closeOldest() {
      if (open.size() > MOST_OPEN) {
        Iterator<Place> oldest = open.values().iterator();
        close(oldest.next());
        oldest.remove();
      }
    }

    private static void close(@Nullable Place place) {
      if (place != null) {
        place.in.close();
      }
    }

    @Override
    public void close() {
      open.values().forEach(Lines::close);
    }
  }

  private static final class Place {
    private final GzipInput in;
    private final RowScanner json;
    private int next;

    Place(Source source) {
      in = new GzipInput(source.object(), RowReader.DEFAULT_MAX_BYTES);
      json = new RowScanner(in);
    }

    void copy(int number, OutputStream out) throws IOException, BadRow {
      while (json.nextLine()) {
        json.passLine();
        if (next++ == number) {
          json.copyLine(out);
          return;
        }
      }
      throw new IOException("a row is gone");
    }
  }
}
