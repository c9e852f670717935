package dev.fleetdash.archive;

import java.util.Map;

/** AWS's own variables, and what is done about each. */
public final class AwsVariables {
  private AwsVariables() {}

  /** What has to be done before the process opens its first connection. */
  public static void prepare(Map<String, String> variables) {
    AwsNetwork.prepare(variables);
  }
}
