package dev.fleetdash.web;

import java.util.ArrayList;
import java.util.List;

/**
 * A thin horizontal bar over 0 to 100, in pieces from the left.
 *
 * @param pieces none where the share is unknown
 */
public record Bar(List<Piece> pieces) {
  static final Bar NONE = new Bar(List.of());

  public Bar {
    pieces = List.copyOf(pieces);
  }

  /**
   * A stretch of one colour.
   *
   * @param kind names the colour
   * @param x from the left, percent, as the attribute's text
   * @param width likewise
   */
  public record Piece(String kind, String x, String width) {}

  static Bar of(double share) {
    return Double.isNaN(share) ? NONE : of(List.of("main"), share);
  }

  /** One piece a share, side by side; what is unknown takes no room. */
  static Bar of(List<String> kinds, double... shares) {
    List<Piece> pieces = new ArrayList<>();
    double x = 0;
    for (int i = 0; i < shares.length; i++) {
      double width = Double.isNaN(shares[i]) ? 0 : Math.clamp(shares[i] * 100, 0, 100 - x);
      pieces.add(new Piece(kinds.get(i), Figures.decimal(x, 1), Figures.decimal(width, 1)));
      x += width;
    }
    return new Bar(pieces);
  }
}
