package dev.fleetdash.web;

import java.util.List;

/**
 * A table as a page shows it.
 *
 * @param empty what is said where there is no line
 */
public record Table(String id, String title, List<Column> columns, List<Line> lines, String empty) {
  public Table {
    columns = List.copyOf(columns);
    lines = List.copyOf(lines);
  }

  /**
   * A column and what its cells are.
   *
   * @param kind {@code name}, {@code text}, {@code number} or {@code bar}
   */
  public record Column(String label, String kind) {}

  public record Line(List<Cell> cells) {
    public Line {
      cells = List.copyOf(cells);
    }
  }

  /**
   * One cell.
   *
   * @param bar for a column of bars
   * @param tone as in {@link Tile}
   */
  public record Cell(String text, Bar bar, String tone) {
    static Cell of(String text) {
      return new Cell(text, Bar.NONE, "ok");
    }

    static Cell share(double ratio, double warn, double bad) {
      return new Cell(Figures.percent(ratio), Bar.of(ratio), Tile.tone(ratio, warn, bad));
    }
  }
}
