package dev.fleetdash.place;

import dev.fleetdash.sample.HostName;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What speaks against a machine's own name as its name in a fleet, where another machine may come
 * to have the same.
 *
 * @param text a sentence with its mend
 * @param serious whether most machines without a name have this one
 */
record NameDoubt(String text, boolean serious) {
  private static final Pattern NOBODYS =
      Pattern.compile("(?i)localhost([.-].*)?|unknown|\\(none\\)|none");
  private static final Pattern ADDRESS = Pattern.compile("(?i)ip-\\d+-\\d+-\\d+-\\d+(\\..*)?");
  private static final Pattern CONTAINER = Pattern.compile("[0-9a-f]{12}");
  private static final String MEND = "; choose one with FLEETDASH_HOST";

  /**
   * @param name as the machine says it
   * @param host what became of it
   */
  static Optional<NameDoubt> of(String name, HostName host) {
    String said = name.strip();
    if (NOBODYS.matcher(said).matches() || NOBODYS.matcher(host.value()).matches()) {
      return doubt(
          true, "the machine's name is '%s', as that of many: two of them would be one host", said);
    }
    if (!said.equals(host.value())) {
      return doubt(
          false, "the machine's name '%s' has become '" + host + "', as another's might", said);
    }
    if (ADDRESS.matcher(said).matches()) {
      return doubt(
          false, "the machine's name %s is its address, which another machine has later", said);
    }
    if (CONTAINER.matcher(said).matches()) {
      return doubt(
          false, "the name %s is a container's id, and the next container is another host", said);
    }
    return Optional.empty();
  }

  private static Optional<NameDoubt> doubt(boolean serious, String text, String name) {
    String plain = name.replaceAll("\\p{Cntrl}", "?");
    return Optional.of(new NameDoubt(text.formatted(plain) + MEND, serious));
  }
}
