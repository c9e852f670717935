package dev.fleetdash.siege;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Requests that are nearly right: of a path that there is, with parameters that it takes, and then
 * bent here and there. The same seed and number give the same request.
 */
final class Mutations {
  private static final List<String> METHODS =
      List.of(
          "GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "TRACE", "PRI", "get", "");
  private static final List<String> VERSIONS =
      List.of(
          "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "");
  private static final List<String> VALUES =
      List.of(
          "load1",
          "cpu_utilization,filesystems.used_bytes",
          "it-host",
          "-1h",
          "-7d",
          "now",
          "500",
          "0",
          "-1",
          "99999999999999999999",
          "9223372036854775807",
          "2147483648",
          "1e9",
          "NaN",
          "2026-11-23T10:00:00+99:99",
          "+1000000000-01-01T00:00:00Z",
          "",
          ",",
          ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,",
          "%00",
          "%",
          "%c0%ae%c0%ae/",
          "%ff%fe",
          "../../../etc/passwd",
          "..%2f..%2f",
          "<script>alert(1)</script>",
          "' OR 1=1 --",
          "\u00e4\u00f6\u00fc",
          "a".repeat(300),
          "a,".repeat(60),
          "duckdb",
          "athena",
          "{host}",
          "$ {jndi:ldap://x}",
          "\t");
  private static final List<String> FIELDS =
      List.of(
          "Accept: text/html",
          "Accept: application/openmetrics-text;q=9.9.9",
          "Accept-Encoding: gzip",
          "Accept-Encoding: gzip;q=x, *;q=0",
          "Authorization: Fleetdash-1 host=it-host,time=1,nonce=0,signature=0",
          "Connection: close",
          "Connection: Upgrade, HTTP2-Settings",
          "Content-Length: -1",
          "Content-Length: 5",
          "Content-Length: 99999999999999999999",
          "Transfer-Encoding: chunked",
          "Transfer-Encoding: gzip, chunked",
          "Transfer-Encoding : chunked",
          "Expect: 100-continue",
          "Host: evil.example",
          "Host:",
          "If-None-Match: \"x\"",
          "If-Modified-Since: never",
          "Last-Event-ID: 1",
          "Last-Event-ID: x",
          "Range: bytes=0-1,5-",
          "Sec-Fetch-Site: cross-site",
          "Upgrade: h2c",
          "Upgrade: websocket",
          "X-Forwarded-For: 1.2.3.4, <b>",
          "X-Forwarded-Host: evil.example",
          "X-Forwarded-Proto: javascript",
          " folded: line",
          "no colon",
          ": no name",
          "X: " + "y".repeat(9_000));

  private final List<String> paths;
  private final List<String> parameters;
  private final String host;
  private final long seed;

  /**
   * @param paths with {@code {name}} where something varies
   * @param parameters names that any of them takes
   */
  Mutations(List<String> paths, List<String> parameters, String host, long seed) {
    this.paths = paths;
    this.parameters = parameters;
    this.host = host;
    this.seed = seed;
  }

  /** The request of that number. */
  byte[] request(long number) {
    SplittableRandom random = new SplittableRandom(seed + number * 0x9E3779B97F4A7C15L);
    byte[] whole = whole(random).getBytes(ISO_8859_1);
    for (int bends = random.nextInt(4); bends > 0; bends--) {
      whole = bent(whole, random);
    }
    return whole;
  }

  private String whole(SplittableRandom random) {
    StringBuilder request = new StringBuilder();
    request.append(one(METHODS, random)).append(' ').append(target(random)).append(' ');
    request.append(one(VERSIONS, random)).append("\r\nHost: ").append(host).append("\r\n");
    for (int fields = random.nextInt(3); fields > 0; fields--) {
      request.append(one(FIELDS, random)).append("\r\n");
    }
    return request.append("\r\n").append(random.nextInt(8) == 0 ? "body!" : "").toString();
  }

  private String target(SplittableRandom random) {
    String path = one(paths, random);
    StringBuilder target = new StringBuilder();
    for (String part : path.split("(?<=})|(?=\\{)", -1)) {
      target.append(part.startsWith("{") ? one(VALUES, random) : part);
    }
    for (int count = random.nextInt(5); count > 0; count--) {
      target.append(target.indexOf("?") < 0 ? '?' : '&');
      target.append(one(parameters, random)).append('=').append(one(VALUES, random));
    }
    return target.toString();
  }

  private static byte[] bent(byte[] request, SplittableRandom random) {
    if (request.length == 0) {
      return request;
    }
    int at = random.nextInt(request.length);
    int length = Math.min(request.length - at, 1 + random.nextInt(16));
    byte[] head = Arrays.copyOf(request, at);
    byte[] middle = Arrays.copyOfRange(request, at, at + length);
    byte[] tail = Arrays.copyOfRange(request, at + length, request.length);
    return switch (random.nextInt(6)) {
      case 0 -> {
        middle[0] ^= (byte) (1 << random.nextInt(8));
        yield joined(head, middle, tail);
      }
      case 1 -> {
        random.nextBytes(middle);
        yield joined(head, middle, tail);
      }
      case 2 -> joined(head, tail);
      case 3 -> joined(head, middle, middle, tail);
      case 4 -> joined(head, one(VALUES, random).getBytes(ISO_8859_1), middle, tail);
      default -> random.nextInt(4) == 0 ? head : joined(request, request);
    };
  }

  private static byte[] joined(byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    byte[] all = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  private static String one(List<String> of, SplittableRandom random) {
    return of.get(random.nextInt(of.size()));
  }
}
