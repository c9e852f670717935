package dev.fleetdash.siege;

/** What the node stands on while it is attacked. */
enum Setting {
  UP("a directory archive"),
  AWAY("the archive away: a file in place of its directory"),
  SLOW("S3 that answers after 2 s"),
  POOR("256 files and sockets at most (ulimit -n)");

  private final String text;

  Setting(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }
}
