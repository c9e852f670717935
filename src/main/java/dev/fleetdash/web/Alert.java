package dev.fleetdash.web;

import dev.fleetdash.telemetry.Part;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Something of the serving process that its users should know of, above all else on the page.
 *
 * @param since when it began, RFC 3339; empty where that means nothing
 */
public record Alert(String title, String detail, String since) {
  /**
   * A spool that holds more than this is behind: one segment is always open and one may be on its
   * way.
   */
  private static final long USUAL_SEGMENTS = 5;

  static List<Alert> of(NodeView node) {
    Stream<Alert> failing =
        node.parts().stream()
            .filter(part -> part.status() == Part.Status.FAILING)
            .map(Alert::failing);
    return Stream.concat(failing, behind(node.backlog())).toList();
  }

  private static Alert failing(Part.State part) {
    return new Alert(
        title(part.name()), part.detail(), DateTimeFormatter.ISO_INSTANT.format(part.since()));
  }

  private static Stream<Alert> behind(NodeView.Backlog backlog) {
    if (backlog.segments() <= USUAL_SEGMENTS) {
      return Stream.empty();
    }
    String detail =
        Figures.count((double) backlog.segments())
            + " segments ("
            + Figures.bytes((double) backlog.bytes())
            + ") wait on this node's disk for the archive";
    return Stream.of(new Alert("Archive behind", detail, ""));
  }

  private static String title(String part) {
    return part.isEmpty()
        ? "Failing"
        : part.substring(0, 1).toUpperCase(Locale.ROOT)
            + part.substring(1).replace('_', ' ')
            + " failing";
  }
}
