package dev.fleetdash.archive;

import java.util.Map;

/** The JVM's leave to tell a proxy user and password. */
public final class ProxyLogin {
  private static final String TUNNELS_WITHOUT = "jdk.http.auth.tunneling.disabledSchemes";

  private ProxyLogin() {}

  /**
   * Lets them be sent to the proxy of HTTPS, where it has any. The JVM does so only if it is told
   * before its first connection.
   */
  public static void prepare(Map<String, String> variables) {
    boolean login =
        variables.getOrDefault("HTTPS_PROXY", "").contains("@")
            || variables.getOrDefault("https_proxy", "").contains("@");
    if (login && System.getProperty(TUNNELS_WITHOUT) == null) {
      System.setProperty(TUNNELS_WITHOUT, "");
    }
  }
}
