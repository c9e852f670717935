package dev.fleetdash.testing;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.archive.S3Connection;
import dev.fleetdash.archive.S3Options;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A store that speaks S3 with other people's shortcomings, in memory, over HTTP. It takes any
 * signature, and the bucket in the path or in the host's name. For several threads.
 */
public final class StrangeStore implements AutoCloseable {
  /** What is not as in S3. */
  public enum Quirk {
    IGNORES_IF_NONE_MATCH,
    IGNORES_IF_MATCH,
    /** 501 for a put with a condition. */
    REFUSES_CONDITIONS,
    /** 400 InvalidArgument for it. */
    DISLIKES_CONDITIONS,
    /** 501 for a put with a checksum other than Content-MD5. */
    REFUSES_CHECKSUMS,
    /** 400 InvalidArgument for any request that names one, also a GET. */
    DISLIKES_CHECKSUMS,
    /** Does not repeat the checksum of a put. */
    KEEPS_CHECKSUMS_TO_ITSELF,
    /** Etags are no MD5, as where objects are encrypted. */
    OPAQUE_ETAGS,
    /** Says that the empty body of a put's answer is HTML. */
    CALLS_NOTHING_HTML,
    /** A put answers success, and nothing is kept. */
    FORGETS,
    /** What is kept ends early. */
    CUTS,
    REFUSES_PATH_STYLE,
    /** 501 for each put. */
    READ_ONLY,
    /** 503 for everything. */
    AWAY
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Stored(byte[] bytes, String etag, @Nullable String md5) {}

  /**
   * A request as it came.
   *
   * @param host with the port
   */
  public record Seen(String method, String host, String path, Headers headers) {}

  private final HttpServer server;
  private final TreeMap<String, Stored> objects = new TreeMap<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private volatile Set<Quirk> quirks;

  public StrangeStore(Quirk... quirks) throws IOException {
    this.quirks = Set.of(quirks);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::serve);
    server.start();
  }

  /** From now on it is another store, with the same objects. */
  public void become(Quirk... others) {
    quirks = Set.of(others);
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port());
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /** Under a name that is also known with the bucket in front; see {@link StoreNames}. */
  public URI namedEndpoint() {
    return URI.create("http://" + StoreNames.STORE + ":" + port());
  }

  /** An archive here, as a process opens it; the caller closes it. */
  public Archive archive(S3Options options, Telemetry telemetry) {
    return archive(endpoint(), options, telemetry);
  }

  /** The same, at another of the names of this store. */
  public Archive archive(URI endpoint, S3Options options, Telemetry telemetry) {
    ArchiveLocation.InBucket location =
        (ArchiveLocation.InBucket) ArchiveLocation.parse("s3://bucket");
    return location.open(connection(endpoint), options, telemetry);
  }

  public S3Connection connection() {
    return connection(endpoint());
  }

  private static S3Connection connection(URI endpoint) {
    Duration patience = Duration.ofMinutes(1);
    return new S3Connection(
        endpoint, "us-east-1", "AKIDEXAMPLE", "secret", patience, patience.multipliedBy(2));
  }

  /** The keys in the bucket, without the bucket's name. */
  public synchronized List<String> keys() {
    return List.copyOf(objects.keySet());
  }

  public List<Seen> seen() {
    return List.copyOf(seen);
  }

  public long count(String method) {
    return seen.stream().filter(request -> request.method().equals(method)).count();
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String host = String.valueOf(exchange.getRequestHeaders().getFirst("Host"));
      String path = exchange.getRequestURI().getPath();
      seen.add(new Seen(exchange.getRequestMethod(), host, path, exchange.getRequestHeaders()));
      if (has(Quirk.AWAY)) {
        error(exchange, 503, "SlowDown");
        return;
      }
      boolean inHost = host.startsWith("bucket.");
      if (!inHost && has(Quirk.REFUSES_PATH_STYLE)) {
        error(exchange, 403, "SecondLevelDomainForbidden");
        return;
      }
      String key = inHost ? path.substring(1) : path.replaceFirst("^/[^/]*/?", "");
      answer(exchange, key, body);
    }
  }

  private boolean has(Quirk quirk) {
    return quirks.contains(quirk);
  }

  private synchronized void answer(HttpExchange exchange, String key, byte[] body)
      throws IOException {
    Headers asked = exchange.getRequestHeaders();
    boolean checksum =
        asked.keySet().stream()
            .anyMatch(name -> name.toLowerCase(Locale.ROOT).matches("x-amz-(sdk-)?checksum-.*"));
    if (checksum && has(Quirk.DISLIKES_CHECKSUMS)) {
      error(exchange, 400, "InvalidArgument");
      return;
    }
    switch (exchange.getRequestMethod()) {
      case "PUT" -> {
        if (has(Quirk.READ_ONLY) || (checksum && has(Quirk.REFUSES_CHECKSUMS))) {
          error(exchange, 501, "NotImplemented");
        } else {
          put(exchange, key, body);
        }
      }
      case "GET" -> {
        if (key.isEmpty()) {
          list(exchange);
        } else {
          get(exchange, key);
        }
      }
      default -> get(exchange, key);
    }
  }

  private void put(HttpExchange exchange, String key, byte[] body) throws IOException {
    Headers asked = exchange.getRequestHeaders();
    String none = asked.getFirst("If-None-Match");
    String match = asked.getFirst("If-Match");
    boolean conditional = none != null || match != null;
    if (conditional && has(Quirk.REFUSES_CONDITIONS)) {
      error(exchange, 501, "NotImplemented");
      return;
    }
    if (conditional && has(Quirk.DISLIKES_CONDITIONS)) {
      error(exchange, 400, "InvalidArgument");
      return;
    }
    Stored present = objects.get(key);
    if (none != null && present != null && !has(Quirk.IGNORES_IF_NONE_MATCH)) {
      error(exchange, 412, "PreconditionFailed");
      return;
    }
    if (match != null && !has(Quirk.IGNORES_IF_MATCH)) {
      if (present == null) {
        error(exchange, 404, "NoSuchKey");
        return;
      }
      if (!present.etag().equals(match)) {
        error(exchange, 412, "PreconditionFailed");
        return;
      }
    }
    String md5 = HexFormat.of().formatHex(md5(body));
    String given = asked.getFirst("Content-MD5");
    if (given != null && !given.equals(Base64.getEncoder().encodeToString(md5(body)))) {
      error(exchange, 400, "BadDigest");
      return;
    }
    String etag = "\"" + (has(Quirk.OPAQUE_ETAGS) ? "opaque-" + objects.size() : md5) + "\"";
    if (!has(Quirk.FORGETS)) {
      byte[] kept = has(Quirk.CUTS) ? Arrays.copyOf(body, body.length / 2) : body;
      objects.put(key, new Stored(kept, etag, asked.getFirst("x-amz-meta-md5")));
    }
    Headers answer = exchange.getResponseHeaders();
    answer.set("ETag", etag);
    if (has(Quirk.CALLS_NOTHING_HTML)) {
      answer.set("Content-Type", "text/html; charset=utf-8");
    }
    if (asked.containsKey("x-amz-checksum-crc32") && !has(Quirk.KEEPS_CHECKSUMS_TO_ITSELF)) {
      answer.set("x-amz-checksum-crc32", crc32(body));
    }
    send(exchange, 200, new byte[0]);
  }

  private void get(HttpExchange exchange, String key) throws IOException {
    Stored present = objects.get(key);
    if (present == null) {
      error(exchange, 404, "NoSuchKey");
      return;
    }
    Headers answer = exchange.getResponseHeaders();
    answer.set("ETag", present.etag());
    answer.set("Content-Type", "application/octet-stream");
    if (present.md5() != null) {
      answer.set("x-amz-meta-md5", present.md5());
    }
    send(exchange, 200, present.bytes());
  }

  private void list(HttpExchange exchange) throws IOException {
    Map<String, String> query = query(exchange.getRequestURI());
    String prefix = query.getOrDefault("prefix", "");
    String delimiter = query.getOrDefault("delimiter", "");
    StringBuilder contents = new StringBuilder();
    Set<String> folders = new TreeSet<>();
    for (Map.Entry<String, Stored> object : objects.entrySet()) {
      String key = object.getKey();
      if (!key.startsWith(prefix)) {
        continue;
      }
      int end = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
      if (end >= 0) {
        folders.add(key.substring(0, end + 1));
      } else {
        contents.append(
            "<Contents><Key>%s</Key><ETag>%s</ETag><Size>%d</Size></Contents>"
                .formatted(
                    key,
                    object.getValue().etag().replace("\"", "&quot;"),
                    object.getValue().bytes().length));
      }
    }
    folders.forEach(folder ->
        contents.append("<CommonPrefixes><Prefix>%s</Prefix></CommonPrefixes>".formatted(folder)));
    exchange.getResponseHeaders().set("Content-Type", "application/xml");
    send(
        exchange,
        200,
        ("<?xml"
                + " version=\"1.0\"?><ListBucketResult><Name>bucket</Name><IsTruncated>false</IsTruncated>"
                + contents
                + "</ListBucketResult>")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, String> query(URI uri) {
    Map<String, String> query = new TreeMap<>();
    for (String part : uri.getRawQuery().split("&", -1)) {
      String[] both = part.split("=", 2);
      query.put(both[0], both.length < 2 ? "" : URLDecoder.decode(both[1], StandardCharsets.UTF_8));
    }
    return query;
  }

  private static void error(HttpExchange exchange, int status, String code) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/xml");
    send(
        exchange,
        status,
        "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>made for a test</Message></Error>"
            .formatted(code)
            .getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  private static String crc32(byte[] bytes) {
    CRC32 sum = new CRC32();
    sum.update(bytes);
    return Base64.getEncoder()
        .encodeToString(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
  }

  private static byte[] md5(byte[] bytes) {
    try {
      return MessageDigest.getInstance("MD5").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
