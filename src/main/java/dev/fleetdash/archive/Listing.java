package dev.fleetdash.archive;

import dev.fleetdash.archive.Archive.Listed;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The objects below a prefix one after the other, however many there are: some thousands of them
 * are held at a time. For one thread.
 */
public final class Listing {
  /** Four answers to a LIST. */
  private static final int PAGE = 4_000;

  private final Archive archive;
  private final String prefix;
  private final Consumer<String> foreign;
  private final Deque<Listed> page = new ArrayDeque<>();
  private String last = "";
  private boolean ended;

  /**
   * @param foreign is told the names of what lies there and cannot be a key
   */
  public Listing(Archive archive, String prefix, Consumer<String> foreign) {
    this.archive = archive;
    this.prefix = prefix;
    this.foreign = foreign;
  }

  /** The next one, which stays the next one. */
  public Optional<Listed> peek() throws IOException {
    if (page.isEmpty() && !ended) {
      page.addAll(archive.list(prefix, last, PAGE, foreign));
      ended = page.size() < PAGE;
      last = page.isEmpty() ? last : page.getLast().key();
    }
    return Optional.ofNullable(page.peek());
  }

  /** The next one; empty behind the last. */
  public Optional<Listed> next() throws IOException {
    Optional<Listed> next = peek();
    next.ifPresent(_ -> page.remove());
    return next;
  }

  /** Goes on behind that key, which may be before where it is. */
  public void restart(String after) {
    page.clear();
    ended = false;
    last = after;
  }
}
