package dev.fleetdash.archive;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.fleetdash.archive.RowScanner.BadRow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Recognises the fields of JSON objects that mostly have the same ones in the same order: a name is
 * first compared with those that followed the one before it last time. For one thread.
 */
final class FieldNames {
  static final int UNWANTED = -1;

  /** So that an object full of ever new names costs no memory. */
  private static final int MOST = 512;

  private final Map<String, Field> fields = new HashMap<>();
  private final Field start = new Field("", UNWANTED);

  /** A name, with what came after it the last two times that differed. */
  static final class Field {
    private final byte[] quoted;
    private final int number;
    private @Nullable Field next;
    private @Nullable Field other;

    private Field(String name, int number) {
      this.quoted = (name + "\"").getBytes(ISO_8859_1);
      this.number = number;
    }

    /** Of the wanted names, which, or {@link #UNWANTED}. */
    int number() {
      return number;
    }
  }

  FieldNames(List<String> wanted) {
    for (int i = 0; i < wanted.size(); i++) {
      fields.put(wanted.get(i), new Field(wanted.get(i), i));
    }
  }

  /** What is before the first field of an object. */
  Field start() {
    return start;
  }

  /** Steps over the rest of a name and its final quote. */
  Field read(RowScanner scanner, Field before) throws BadRow {
    Field next = before.next;
    if (next != null && scanner.takeExactly(next.quoted)) {
      return next;
    }
    Field other = before.other;
    if (other != null && scanner.takeExactly(other.quoted)) {
      return other;
    }
    Field found = find(scanner.rawString());
    before.other = next;
    before.next = found;
    return found;
  }

  private Field find(String name) {
    Field known = fields.get(name);
    if (known != null) {
      return known;
    }
    Field unwanted = new Field(name, UNWANTED);
    if (fields.size() < MOST) {
      fields.put(name, unwanted);
    }
    return unwanted;
  }
}
