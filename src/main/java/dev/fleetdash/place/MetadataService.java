package dev.fleetdash.place;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The EC2 instance metadata service, version 2 only. The token is kept for as long as the service
 * takes it. Each request has two attempts of about a second. Never goes through a proxy. Safe for
 * use by several threads.
 */
final class MetadataService {
  private static final String DISABLED = "AWS_EC2_METADATA_DISABLED";
  private static final String ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT";
  private static final String ENDPOINT_MODE = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
  private static final String IPV4 = "http://169.254.169.254";
  private static final String IPV6 = "http://[fd00:ec2::254]";
  private static final List<String> DMI_FILES =
      List.of("sys_vendor", "board_vendor", "bios_vendor", "product_version", "product_uuid");

  private static final Limits LIMITS = new Limits(Duration.ofMillis(500), Duration.ofMillis(650));
  private static final Duration PAUSE = Duration.ofMillis(150);
  private static final int ATTEMPTS = 2;
  private static final int LONGEST_ANSWER = 64 * 1024;
  private static final String TOKEN_PATH = "/latest/api/token";
  private static final String TOKEN = "X-aws-ec2-metadata-token";
  private static final String TOKEN_SECONDS = "X-aws-ec2-metadata-token-ttl-seconds";
  private static final String SIX_HOURS = "21600";

  private final String endpoint;
  private final Limits limits;
  private @Nullable String token;

  /** How long one attempt waits for the connection, and then for each part of the answer. */
  private record Limits(Duration connect, Duration answer) {}

  private record Answer(int status, String text) {
    /** Whether another attempt would be answered likewise. */
    boolean settled() {
      return status == HttpURLConnection.HTTP_OK
          || status == HttpURLConnection.HTTP_UNAUTHORIZED
          || status == HttpURLConnection.HTTP_NOT_FOUND;
    }
  }

  /** Takes the service's address, such as {@code http://169.254.169.254}. */
  MetadataService(String endpoint) {
    this(endpoint, LIMITS);
  }

  private MetadataService(String endpoint, Limits limits) {
    this.endpoint = endpoint;
    this.limits = limits;
  }

  /** The same service, given that long for each connection and each answer. */
  MetadataService waiting(Duration patience) {
    return new MetadataService(endpoint, new Limits(patience, patience));
  }

  /**
   * The service, where there is one worth asking: the machine says that it is EC2's, or an endpoint
   * is configured.
   *
   * @param dmi the directory in which the firmware names the machine's maker
   */
  static Optional<MetadataService> of(Map<String, String> environment, Path dmi) {
    if (Boolean.parseBoolean(environment.getOrDefault(DISABLED, "false").strip())) {
      return Optional.empty();
    }
    String configured = environment.getOrDefault(ENDPOINT, "");
    if (!configured.isBlank()) {
      return Optional.of(new MetadataService(configured));
    }
    if (DMI_FILES.stream().noneMatch(file -> madeByAmazon(dmi, file))) {
      return Optional.empty();
    }
    boolean ipv6 = environment.getOrDefault(ENDPOINT_MODE, "").equalsIgnoreCase("IPv6");
    return Optional.of(new MetadataService(ipv6 ? IPV6 : IPV4));
  }

  /** Nitro says Amazon EC2 in several places; Xen only has a version or an id that tells. */
  private static boolean madeByAmazon(Path dmi, String file) {
    try {
      String text = Files.readString(dmi.resolve(file)).strip();
      return text.equals("Amazon EC2")
          || text.endsWith(".amazon")
          || (file.equals("product_uuid") && text.regionMatches(true, 0, "ec2", 0, 3));
    } catch (IOException e) {
      return false;
    }
  }

  String endpoint() {
    return endpoint;
  }

  /** What is at the path, such as {@code /latest/meta-data/instance-id}; empty where nothing is. */
  synchronized Optional<String> get(String path) throws IOException {
    String kept = token;
    if (kept != null) {
      Answer answer = request("GET", path, TOKEN, kept);
      if (answer.status() != HttpURLConnection.HTTP_UNAUTHORIZED) {
        return found(answer, path);
      }
    }
    String fresh =
        found(request("PUT", TOKEN_PATH, TOKEN_SECONDS, SIX_HOURS), TOKEN_PATH)
            .orElseThrow(() -> new IOException("there are no tokens"))
            .strip();
    token = fresh;
    return found(request("GET", path, TOKEN, fresh), path);
  }

  private static Optional<String> found(Answer answer, String path) throws IOException {
    return switch (answer.status()) {
      case HttpURLConnection.HTTP_OK -> Optional.of(answer.text());
      case HttpURLConnection.HTTP_NOT_FOUND -> Optional.empty();
      default -> throw new IOException(path + " was answered with " + answer.status());
    };
  }

  private Answer request(String method, String path, String header, String value)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        Answer answer = once(method, path, header, value);
        if (answer.settled() || attempt == ATTEMPTS) {
          return answer;
        }
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
      pause();
    }
  }

  private Answer once(String method, String path, String header, String value) throws IOException {
    HttpURLConnection connection = open(path);
    try {
      connection.setRequestMethod(method);
      connection.setConnectTimeout((int) limits.connect().toMillis());
      connection.setReadTimeout((int) limits.answer().toMillis());
      connection.setInstanceFollowRedirects(false);
      connection.setUseCaches(false);
      connection.setRequestProperty(header, value);
      // Kept for the next request it would cost the platform's timer thread, and that is in
      // seconds.
      connection.setRequestProperty("Connection", "close");
      int status = connection.getResponseCode();
      return new Answer(status, status == HttpURLConnection.HTTP_OK ? text(connection) : "");
    } finally {
      connection.disconnect();
    }
  }

  private static String text(HttpURLConnection connection) throws IOException {
    try (InputStream in = connection.getInputStream()) {
      return new String(in.readNBytes(LONGEST_ANSWER), StandardCharsets.UTF_8);
    }
  }

  private HttpURLConnection open(String path) throws IOException {
    try {
      if (URI.create(endpoint).resolve(path).toURL().openConnection(Proxy.NO_PROXY)
          instanceof HttpURLConnection connection) {
        return connection;
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("not an address: " + endpoint, e);
    }
    throw new IOException("not an HTTP address: " + endpoint);
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while asking the EC2 metadata service", e);
    }
  }
}
