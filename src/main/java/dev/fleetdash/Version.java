package dev.fleetdash;
final class Version {
  private Version() {}
  static String number() { return "0.1.0"; }
  static String commit() { return "unknown"; }
}
