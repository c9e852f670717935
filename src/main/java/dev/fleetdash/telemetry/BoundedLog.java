package dev.fleetdash.telemetry;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.simple.SimpleServiceProvider;

/**
 * The log of this process, libraries included, in which nothing repeats without bound, whatever
 * causes it. Made by SLF4J.
 */
public final class BoundedLog extends SimpleServiceProvider {
  private final Map<String, Logger> loggers = new ConcurrentHashMap<>();

  /** From now on SLF4J uses it; called before anybody asks for a logger. */
  public static void install() {
    System.setProperty("slf4j.provider", BoundedLog.class.getName());
    // Else it tells which provider it takes.
    System.setProperty("slf4j.internal.verbosity", "WARN");
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    ILoggerFactory plain = super.getLoggerFactory();
    return name ->
        loggers.computeIfAbsent(name, n -> new BoundedLogger(plain.getLogger(n), System::nanoTime));
  }
}
