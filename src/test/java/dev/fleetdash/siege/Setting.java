package dev.fleetdash.siege;

/** What the node stands on while it is attacked. */
enum Setting {
  UP("a directory archive"),
  AWAY("the archive away: a file in place of its directory"),
  SLOW("S3 that answers after 2 s"),
  CROWDED("a directory archive with 3,000 other hosts each day, which started 20 times each"),
  POOR("256 files and sockets at most (ulimit -n)");

  private final String text;

  Setting(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }
}
