package dev.fleetdash.place;

import dev.fleetdash.place.Place.Instance;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the instance metadata service, version 2 only: a token, and the instance's identity document.
 * Each of the two requests has two attempts, all within three seconds. Never goes through a proxy.
 */
final class InstanceMetadata {
  private static final Duration CONNECT = Duration.ofMillis(500);
  private static final Duration ANSWER = Duration.ofMillis(650);
  private static final Duration PAUSE = Duration.ofMillis(150);
  private static final int ATTEMPTS = 2;
  private static final int LONGEST_ANSWER = 64 * 1024;
  private static final String TOKEN_SECONDS = "60";
  private static final JsonFactory JSON = new JsonFactory();

  private final URI endpoint;

  /** Takes the service's address, such as {@code http://169.254.169.254}. */
  InstanceMetadata(URI endpoint) {
    this.endpoint = endpoint;
  }

  Instance read() throws IOException {
    String token =
        request("PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS);
    String document =
        request(
            "GET",
            "/latest/dynamic/instance-identity/document",
            "X-aws-ec2-metadata-token",
            token.strip());
    return parse(document);
  }

  /** Picks the instance from its identity document. */
  static Instance parse(String document) throws IOException {
    Map<String, String> fields = fields(document);
    return new Instance(
        required(fields, "instanceId"),
        required(fields, "instanceType"),
        required(fields, "availabilityZone"),
        required(fields, "region"));
  }

  private static Map<String, String> fields(String document) throws IOException {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), document)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the instance identity document is not a JSON object");
      }
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        if (json.nextToken() == JsonToken.VALUE_STRING) {
          fields.put(name, json.getString());
        } else {
          json.skipChildren();
        }
      }
      return fields;
    } catch (JacksonException e) {
      throw new IOException("the instance identity document is not JSON", e);
    }
  }

  private static String required(Map<String, String> fields, String name) throws IOException {
    String value = fields.get(name);
    if (value == null || value.isBlank()) {
      throw new IOException("the instance identity document has no " + name);
    }
    return value;
  }

  private String request(String method, String path, String header, String value)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return once(method, path, header, value);
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
        pause();
      }
    }
  }

  private String once(String method, String path, String header, String value) throws IOException {
    URI uri = endpoint.resolve(path);
    if (!(uri.toURL().openConnection(Proxy.NO_PROXY) instanceof HttpURLConnection connection)) {
      throw new IOException("not an HTTP address: " + endpoint);
    }
    try {
      connection.setRequestMethod(method);
      connection.setConnectTimeout((int) CONNECT.toMillis());
      connection.setReadTimeout((int) ANSWER.toMillis());
      connection.setInstanceFollowRedirects(false);
      connection.setUseCaches(false);
      connection.setRequestProperty(header, value);
      int status = connection.getResponseCode();
      if (status != HttpURLConnection.HTTP_OK) {
        throw new IOException(method + " " + uri + " was answered with " + status);
      }
      try (InputStream in = connection.getInputStream()) {
        return new String(in.readNBytes(LONGEST_ANSWER), StandardCharsets.UTF_8);
      }
    } finally {
      connection.disconnect();
    }
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
