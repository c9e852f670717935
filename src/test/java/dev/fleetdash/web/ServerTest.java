package dev.fleetdash.web;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.place.Departure;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Prices;
import dev.fleetdash.telemetry.Requests;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Patience;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ServerTest {
  private static final Map<String, String> ON_EVERY_ANSWER =
      Map.of(
          "content-security-policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
              + " connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none';"
              + " frame-ancestors 'none'",
          "x-content-type-options",
          "nosniff",
          "referrer-policy",
          "no-referrer",
          "cross-origin-opener-policy",
          "same-origin",
          "cross-origin-resource-policy",
          "same-origin",
          "permissions-policy",
          "camera=(), geolocation=(), microphone=()",
          "x-fleetdash-host",
          "web-1");

  @TempDir private Path folder;
  private RunningServer node;

  @BeforeEach
  void start() throws Exception {
    node = RunningServer.in(folder);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @Test
  void healthIsUpBeforeTheFirstRow() throws Exception {
    HttpResponse<String> answer = node.get("/health");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo("{\"status\":\"up\",\"host\":\"web-1\",\"version\":\"1.2.3\",\"ts\":null}");
  }

  @Test
  void healthNamesTheNewestRow() throws Exception {
    node.tick(7);

    assertThat(node.get("/health").body())
        .isEqualTo(
            "{\"status\":\"up\",\"host\":\"web-1\",\"version\":\"1.2.3\",\"ts\":%d}"
                .formatted(RunningServer.TS + 7));
  }

  @Test
  void aSamplerThatSaysItIsStalledIsToldWhateverItsAge() throws Exception {
    node.sinceLastTick = Duration.ofSeconds(59);
    int between = node.get("/health").statusCode();
    node.stalled = true;

    HttpResponse<String> answer = node.get("/health");

    assertThat(between).isEqualTo(200);
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).startsWith("{\"status\":\"stalled\"");
    assertThat(node.get("/health/details").statusCode()).isEqualTo(503);
  }

  @Test
  void aDrainingNodeSaysSoAndServesAllElse() throws Exception {
    node.tick(1);
    node.server.drain();

    HttpResponse<String> health = node.get("/health");

    assertThat(health.statusCode()).isEqualTo(503);
    assertThat(health.body()).startsWith("{\"status\":\"draining\"");
    assertThat(node.get("/api/live").statusCode()).isEqualTo(200);
  }

  @Test
  void aFailingArchiveIsInTheDetailsAndNotInTheStatus() throws Exception {
    node.telemetry.part("archive").failing("put s3://metrics: no answer");

    HttpResponse<String> details = node.get("/health/details");

    assertThat(node.get("/health").statusCode()).isEqualTo(200);
    assertThat(details.statusCode()).isEqualTo(200);
    assertThat(details.body())
        .contains("\"sampler_age_seconds\":0.0")
        .contains("\"spool\":{\"segments\":0,\"bytes\":0,\"oldest\":null,\"quarantined\":0}")
        .contains(
            "{\"name\":\"archive\",\"status\":\"failing\",\"detail\":\"put s3://metrics: no"
                + " answer\",\"since\":\"2026-11-23T12:00:00Z\",\"failures\":1}")
        .contains("{\"name\":\"rows_dropped\",\"count\":0}");
  }

  @Test
  void aDepartureIsInTheDetailsAndNotInTheStatus() throws Exception {
    String before = node.get("/health/details").body();
    node.server.departing(
        Optional.of(
            new Departure(
                Departure.Reason.SPOT_INTERRUPTION,
                "terminate",
                Optional.of(Instant.parse("2026-11-23T12:02:00Z")))));

    String details = node.get("/health/details").body();

    assertThat(before).contains("\"departure\":null");
    assertThat(details)
        .contains(
            "\"departure\":{\"reason\":\"spot_interruption\",\"notice\":\"terminate\",\"at\":\"2026-11-23T12:02:00Z\"}");
    assertThat(node.get("/health").statusCode()).isEqualTo(200);
  }

  @Test
  void liveIsTheRowAsTheArchiveHasIt() throws Exception {
    Row row = node.tick(3);

    HttpResponse<String> answer = node.get("/api/live?host=web-1");

    assertThat(answer.body()).isEqualTo(new String(row.json(), ISO_8859_1));
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(answer.headers().firstValue("cache-control")).hasValue("no-store");
  }

  @Test
  void liveBeforeTheFirstRowSaysToComeBack() throws Exception {
    HttpResponse<String> answer = node.get("/api/live");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).contains("\"code\":\"starting\"");
    assertThat(answer.headers().firstValue("retry-after")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/live", "/api/stream"})
  void anotherHostIsNeverAnsweredWithThisOne(String path) throws Exception {
    node.tick(1);

    HttpResponse<String> answer = node.get(path + "?host=db-1");

    // That there is no such host cannot be told while its record cannot be looked for.
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body())
        .contains("\"code\":\"storage_unreachable\"", "whether there is a host db-1 is unknown");
    try (RunningServer other =
        RunningServer.over(new MemoryArchive(), folder.resolve("with-archive"))) {
      other.tick(1);
      HttpResponse<String> unknown = other.get(path + "?host=db-1");
      assertThat(unknown.statusCode()).isEqualTo(404);
      assertThat(unknown.body())
          .isEqualTo(
              "{\"error\":{\"code\":\"unknown_host\",\"message\":\"no host db-1 was heard of in the"
                  + " last 24 hours\",\"field\":\"host\"}}");
    }
  }

  @Test
  void infoShowsWhatRuns() throws Exception {
    assertThat(node.get("/api/info").body())
        .isEqualTo(
            """
            {"host":"web-1","place":"eu-west-1a","version":"1.2.3","commit":"0123456789ab","started":"2026-11-23T12:00:00Z",\
            "configuration":{"FLEETDASH_PORT":"8080"},"cost":{"prices_of":"2026-11-23","prices_source":"%s","currency":"USD",\
            "counted":{"seconds":0,"put_requests":0,"get_requests":0,"list_requests":0,"sent_bytes":0,"received_bytes":0},\
            "month":null,"cloudwatch_month":{"metrics":0,"dollars":0.0000,"labelled_series":0,"labelled_dollars":0.0000}}}\
            """
                .formatted(Prices.builtIn().source()));
  }

  @Test
  void infoShowsWhatAMonthCosts() throws Exception {
    node.tick(0);
    Requests requests = new Requests(node.telemetry);
    for (int minute = 0; minute < 60; minute++) {
      requests.sent(Requests.Kind.PUT);
      requests.sentBytes(4000);
    }
    requests.sent(Requests.Kind.LIST);
    node.clock.advance(Duration.ofHours(1));

    assertThat(node.get("/api/info").body())
        .contains(
            """
            "counted":{"seconds":3600,"put_requests":60,"get_requests":0,"list_requests":1,"sent_bytes":240000,"received_bytes":0},\
            "month":{"hours":730,"put_requests":43800,"get_requests":0,"list_requests":730,"dollars":0.2227,"storage_dollars":0.0040},\
            "cloudwatch_month":{"metrics":3,"dollars":0.9000,"labelled_series":0,"labelled_dollars":0.0000}\
            """);
    assertThat(node.get("/").body())
        .contains(
            "S3 takes 44,530 requests a month, $0.22; the same 3 metrics in CloudWatch: $0.90 (list"
                + " prices of 2026-11-23,");
    assertThat(node.get("/metrics").body())
        .contains("fleetdash_archive_requests_total{operation=\"put\"} 60.0\n")
        .contains("fleetdash_archive_sent_bytes_total 240000.0\n");
  }

  @Test
  void aDirectoryHasNoPrice() throws Exception {
    node.tick(0);
    node.clock.advance(Duration.ofHours(1));

    assertThat(node.get("/api/info").body())
        .contains("\"month\":{\"hours\":730,\"put_requests\":0,")
        .contains("\"dollars\":0.0000,\"storage_dollars\":0.0000}");
    assertThat(node.get("/").body()).doesNotContain("S3 takes", "CloudWatch");
  }

  @Test
  void theCatalogueHasEveryMetricWithItsUnit() throws Exception {
    assertThat(node.get("/api/catalogue").body())
        .startsWith(
            """
            {"metrics":[{"name":"cpu_utilization","field":"cpu_utilization","unit":"ratio","digits":4,"kind":"mean","cadence_seconds":1,\
            "help":"Share of CPU time not idle and not waiting for I/O"}\
            """)
        .contains(
            """
            {"name":"filesystems.used_bytes","field":"used_bytes","family":"filesystems","unit":"bytes","digits":0,"kind":"gauge","cadence_seconds":10,\
            "help":"Space in use, as df counts it"}\
            """)
        .endsWith(
            "{\"field\":\"top_processes\",\"labels\":[\"name\",\"pid\",\"user\"],\"cadence_seconds\":30,\"history\":false}]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/hosts/web-1",
        "/hosts/db-1",
        "/assets/x/y",
        "/health",
        "/metrics",
        "/api/live",
        "/api/live?host=db-1",
        "/api/history",
        "/api/nothing",
        "/a%2fb"
      })
  void everyAnswerHasTheSecurityHeaders(String path) throws Exception {
    node.tick(1);

    HttpResponse<String> answer = node.get(path);

    ON_EVERY_ANSWER.forEach((name, value) ->
        assertThat(answer.headers().allValues(name)).as(name).containsExactly(value));
    assertThat(answer.headers().map().keySet())
        .doesNotContain("server", "x-powered-by", "access-control-allow-origin", "set-cookie");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/hosts/web-1",
        "/health",
        "/health/details",
        "/metrics",
        "/api/live",
        "/api/catalogue",
        "/api/info"
      })
  void headIsGetWithoutTheBody(String path) throws Exception {
    node.tick(1);
    HttpResponse<String> get = node.get(path);

    HttpResponse<String> head = node.send(HttpRequest.newBuilder(node.uri(path)).HEAD());

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValue("content-type"))
        .isEqualTo(get.headers().firstValue("content-type"));
    assertThat(head.headers().firstValueAsLong("content-length").orElse(0)).isPositive();
  }

  @Test
  void headOfTheStreamEnds() throws Exception {
    HttpResponse<String> head = node.send(HttpRequest.newBuilder(node.uri("/api/stream")).HEAD());

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.headers().firstValue("content-type").orElse(""))
        .startsWith("text/event-stream");
  }

  @ParameterizedTest
  @CsvSource({
    "POST,/health",
    "DELETE,/api/live",
    "PUT,/hosts/web-1",
    "OPTIONS,/api/history",
    "PATCH,/"
  })
  void otherMethodsAreNotAllowed(String method, String path) throws Exception {
    HttpResponse<String> answer =
        node.send(HttpRequest.newBuilder(node.uri(path)).method(method, BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("allow")).hasValue("GET, HEAD");
    assertThat(answer.body())
        .isEqualTo(
            "{\"error\":{\"code\":\"method_not_allowed\",\"message\":\"this path answers GET and"
                + " HEAD only\"}}");
  }

  @Test
  void nothingIsNotFoundAsJsonForPrograms() throws Exception {
    HttpResponse<String> answer = node.get("/nothing");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body())
        .isEqualTo(
            "{\"error\":{\"code\":\"not_found\",\"message\":\"there is nothing at this path\"}}");
    assertThat(answer.headers().firstValue("cache-control")).hasValue("no-store");
  }

  @Test
  void nothingIsNotFoundAsAPageForPeople() throws Exception {
    HttpResponse<String> answer = node.get("/nothing", "Accept", "text/html,*/*;q=0.8");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("text/html");
    assertThat(answer.body()).contains("There is no such page");
  }

  @Test
  void theApiAnswersBrowsersInJsonToo() throws Exception {
    assertThat(node.get("/api/nothing", "Accept", "text/html").headers().firstValue("content-type"))
        .hasValue("application/json");
  }

  @Test
  void pagesNameTheHostTheyShow() throws Exception {
    node.tick(1);

    HttpResponse<String> host = node.get("/hosts/web-1");
    HttpResponse<String> other = node.get("/hosts/db-1", "Accept", "text/html");

    assertThat(host.statusCode()).isEqualTo(200);
    assertThat(host.body()).contains("<title>web-1");
    assertThat(node.get("/").body()).contains("Fleet").contains("web-1");
    assertThat(other.statusCode()).as("the archive cannot be read").isEqualTo(503);
    assertThat(other.body()).contains("whether there is a host db-1 is unknown");
  }

  @Test
  void aHostThatNobodyHasHeardOfIsNotFound(@TempDir Path folder) throws Exception {
    try (RunningServer known = RunningServer.over(new MemoryArchive(), folder)) {
      HttpResponse<String> other = known.get("/hosts/db-1", "Accept", "text/html");

      assertThat(other.statusCode()).isEqualTo(404);
      assertThat(other.body()).contains("knows nothing of db-1");
    }
  }

  @Test
  void aPageIsCompressedForWhoeverTakesThat() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(node.uri("/hosts/web-1"))
            .header("Accept-Encoding", "gzip, br")
            .build();

    HttpResponse<byte[]> answer = node.client().send(request, BodyHandlers.ofByteArray());

    assertThat(answer.headers().firstValue("content-encoding")).hasValue("gzip");
    assertThat(answer.headers().firstValue("vary")).hasValue("Accept-Encoding");
    assertThat(new GZIPInputStream(new ByteArrayInputStream(answer.body())))
        .asString(UTF_8)
        .contains("<title>web-1");
  }

  @Test
  void assetsOfAPageAreServedForEver() throws Exception {
    String page = node.get("/").body();
    String script = page.replaceAll("(?s).*\"(/assets/[^\"]+\\.js)\".*", "$1");

    HttpResponse<String> answer = node.get(script);
    HttpResponse<String> again =
        node.get(script, "If-None-Match", answer.headers().firstValue("etag").orElseThrow());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().allValues("cache-control"))
        .containsExactly("public, max-age=31536000, immutable");
    assertThat(again.statusCode()).isEqualTo(304);
  }

  @Test
  void aHeadThatFillsSeveralBuffersIsReadAsAWhole() throws Exception {
    int cookies = Acceptor.LEAST_BUFFER_BYTES * 3;
    String head = "GET /api/info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

    assertThat(raw(head + "Cookie: a=" + "x".repeat(cookies) + "\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ");
  }

  @Test
  void aHeaderOfAHundredKilobytesIsRefused() throws Exception {
    String answer =
        raw(
            "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Large: "
                + "x".repeat(100_000)
                + "\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 431 ");
    assertThat(answer)
        .endsWith(
            "{\"error\":{\"code\":\"headers_too_large\",\"message\":\"the request's header fields"
                + " are larger than 8 KiB\"}}");
  }

  @Test
  void anAddressOfAHundredKilobytesIsRefused() throws Exception {
    assertThat(raw("GET /" + "x".repeat(100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        .startsWith("HTTP/1.1 414 ")
        .contains("\"code\":\"uri_too_long\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /hosts/%ff%fe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /hosts/..%2fhealth HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /hosts/%2e%2e/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET //health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /health;x=1 HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /health HTTP/1.1\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nBad Name: x\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "nonsense\r\n\r\n",
      })
  void aMalformedRequestIsRefused(String request) throws Exception {
    String answer = raw(request);

    assertThat(answer)
        .startsWith("HTTP/1.1 400 ")
        .contains("{\"error\":{\"code\":\"bad_request\",\"message\":\"the request is malformed");
    assertThat(answer).contains("X-Content-Type-Options: nosniff");
    assertSilentAboutItself(answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/live?host=%",
        "/api/live?host=%4",
        "/api/live?host=%zz",
        "/api/live?host=%ff",
        "/api/live?%c3%28=1"
      })
  void malformedPercentEncodingInTheQueryIsRefused(String path) throws Exception {
    assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ")
        .contains("malformed percent-encoding");
  }

  @ParameterizedTest
  @CsvSource({
    "'GET /health HTTP/1.2', 505, http_version",
    "'GET /health HTTP/3.0', 505, http_version",
    "'POST /health HTTP/1.1\r\nContent-Length: 3', 405, method_not_allowed",
    "'GET /nothing HTTP/1.1\r\nTransfer-Encoding: chunked', 404, not_found",
    "'GET /hosts/%ff%fe HTTP/1.1', 400, bad_request",
  })
  void whatEndsTheConnectionSaysSo(String request, int status, String code) throws Exception {
    assertThat(raw(request + "\r\nHost: localhost\r\n\r\n"))
        .startsWith("HTTP/1.1 " + status + " ")
        .contains("\r\nConnection: close\r\n")
        .contains("\"code\":\"" + code + "\"")
        .doesNotContain("its log says what");
  }

  @Test
  void aLargeBodyIsRefusedUnread() throws Exception {
    String answer =
        raw("POST /api/live HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 413 ").contains("\"code\":\"body_too_large\"");
  }

  @ParameterizedTest
  @CsvSource({
    "/api/live?hots=web-1,hots,host",
    "/api/history?metric=load1,metric,metrics",
    "/api/stream?Host=web-1,Host,host"
  })
  void anUnknownParameterIsNamedWithTheNearest(String path, String typed, String meant)
      throws Exception {
    HttpResponse<String> answer = node.get(path);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .startsWith(
            "{\"error\":{\"code\":\"unknown_parameter\",\"message\":\"unknown parameter '%s'; did you mean '%s'?"
                .formatted(typed, meant))
        .endsWith("\"field\":\"" + typed + "\"}}");
  }

  @Test
  void aParameterGivenTwiceIsRefused() throws Exception {
    HttpResponse<String> answer = node.get("/api/live?host=web-1&host=db-1");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .contains("\"code\":\"duplicate_parameter\"")
        .contains("\"field\":\"host\"");
  }

  @Test
  void balancersMayPutAQueryBehindHealth() throws Exception {
    assertThat(node.get("/health?from=balancer").statusCode()).isEqualTo(200);
  }

  @Test
  void errorsSayNothingOfWhatTheServerIsMadeOf() throws Exception {
    for (String path : List.of("/nothing", "/api/live?x=1", "/a%2fb", "/api/history")) {
      for (String accept : List.of("text/html", "application/json", "text/plain")) {
        HttpResponse<String> answer = node.get(path, "Accept", accept);

        assertSilentAboutItself(
            answer.body().replaceAll("/assets/[^\"]*", "") + answer.headers().map());
      }
    }
  }

  private static void assertSilentAboutItself(String answer) {
    assertThat(answer)
        .doesNotContainIgnoringCase("jetty")
        .doesNotContainIgnoringCase("javalin")
        .doesNotContain("Exception")
        .doesNotContain("\tat ");
  }

  @Test
  void aTakenPortIsNamed() {
    Listen listen = new Listen("127.0.0.1", node.server.port(), Set.of());

    assertThatThrownBy(() -> node.another(listen).start())
        .isInstanceOf(ListenException.class)
        .hasMessage(
            "port "
                + node.server.port()
                + " on 127.0.0.1 is in use: stop the other process or set FLEETDASH_PORT");
  }

  @Test
  void anAddressOfAnotherMachineIsNamed() {
    assertThatThrownBy(() -> node.another(new Listen("192.0.2.1", 0, Set.of())).start())
        .isInstanceOf(ListenException.class)
        .hasMessageStartingWith("cannot listen on 192.0.2.1 port 0: ");
  }

  /** What the server sends until it closes the connection. */
  private String raw(String request) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.server.port())) {
      socket.setSoTimeout(Patience.MILLIS);
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), ISO_8859_1);
    }
  }
}
