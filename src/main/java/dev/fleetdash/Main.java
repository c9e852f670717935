package dev.fleetdash;

/** Starts the program. */
public final class Main {
  private Main() {}

  /** Runs until it is stopped. */
  public static void main(String[] args) {
    System.out.println("fleetdash");
  }
}
