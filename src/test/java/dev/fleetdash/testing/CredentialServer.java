package dev.fleetdash.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Gives out the credentials that {@link S3Server} knows, as STS, SSO, SSO's OIDC and a container's
 * agent do, to who asks as {@link #ASKING_KEY} or with {@link #TOKEN}, else nothing. Safe for use
 * by several threads.
 */
public final class CredentialServer implements AutoCloseable {
  /** The access key id that may assume roles; it may do nothing in S3. */
  public static final String ASKING_KEY = "asking-access-key";

  /** The bearer token, web identity token or authorization that is accepted. */
  public static final String TOKEN = "a-token-that-is-known";

  public static final String REFRESH_TOKEN = "a-refresh-token";
  public static final String ROLE = "arn:aws:iam::123456789012:role/archivist";

  private static final String LATER = "2999-01-01T00:00:00Z";

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<Map<String, String>> forms = new CopyOnWriteArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile @Nullable Refusal refusal;
  private volatile boolean hanging;

  private record Refusal(int status, String code) {}

  /** Starts on a free port of the loopback. */
  public CredentialServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", exchange -> answered(exchange, "sts", this::sts));
    server.createContext("/federation", exchange -> answered(exchange, "sso", this::sso));
    server.createContext("/token", exchange -> answered(exchange, "oidc", this::oidc));
    server.createContext(
        "/container", exchange -> answered(exchange, "container", this::container));
    server.start();
  }

  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** What a process needs in its environment to ask here. */
  public Map<String, String> environment() {
    return Map.of(
        "AWS_ENDPOINT_URL_STS", endpoint(),
        "AWS_ENDPOINT_URL_SSO", endpoint(),
        "AWS_ENDPOINT_URL_SSO_OIDC", endpoint());
  }

  /** From now on each question is answered so. */
  public void refuse(int status, String code) {
    refusal = new Refusal(status, code);
  }

  /** From now on nobody is answered. */
  public void hang() {
    hanging = true;
  }

  /** Which service was asked what, as in {@code sts AssumeRole}. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** What STS was asked for by that name, as in {@code ExternalId}. */
  public List<String> parameters(String name) {
    return forms.stream().map(form -> form.getOrDefault(name, "")).toList();
  }

  private record Answer(int status, String type, String body) {}

  private interface Service {
    Answer answer(HttpExchange exchange, String body);
  }

  private void answered(HttpExchange exchange, String name, Service service) throws IOException {
    try (exchange;
        InputStream in = exchange.getRequestBody()) {
      String body = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      requests.add(
          name + " " + form(body).getOrDefault("Action", exchange.getRequestURI().getPath()));
      forms.add(form(body));
      if (hanging) {
        Patience.await(closing);
      }
      Refusal refused = refusal;
      Answer answer =
          refused == null
              ? service.answer(exchange, body)
              : refused(name, refused.status, refused.code);
      byte[] bytes = answer.body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", answer.type);
      if (refused != null) {
        exchange.getResponseHeaders().set("x-amzn-ErrorType", refused.code);
      }
      exchange.sendResponseHeaders(answer.status, bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static Answer refused(String name, int status, String code) {
    return name.equals("sts")
        ? new Answer(
            status,
            "text/xml",
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>%s</Code><Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>"
                .formatted(code))
        : new Answer(
            status, "application/json", "{\"message\":\"no\",\"__type\":\"" + code + "\"}");
  }

  private Answer sts(HttpExchange exchange, String body) {
    Map<String, String> form = form(body);
    String action = form.getOrDefault("Action", "");
    String signed = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    boolean known =
        switch (action) {
          case "AssumeRole" -> signed.contains("Credential=" + ASKING_KEY + "/");
          case "AssumeRoleWithWebIdentity" -> TOKEN.equals(form.get("WebIdentityToken"));
          default -> false;
        };
    if (!known || !ROLE.equals(form.get("RoleArn"))) {
      return refused("sts", 403, "AccessDenied");
    }
    return new Answer(
        200,
        "text/xml",
        """
        <%1$sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%1$sResult><Credentials>\
        <AccessKeyId>%2$s</AccessKeyId><SecretAccessKey>%3$s</SecretAccessKey><SessionToken>session</SessionToken>\
        <Expiration>%4$s</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:me</AssumedRoleId>\
        <Arn>arn:aws:sts::123456789012:assumed-role/archivist/me</Arn></AssumedRoleUser></%1$sResult>\
        <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></%1$sResponse>\
        """
            .formatted(action, S3Server.ACCESS_KEY, S3Server.SECRET_KEY, LATER));
  }

  private Answer sso(HttpExchange exchange, String body) {
    if (!TOKEN.equals(exchange.getRequestHeaders().getFirst("x-amz-sso_bearer_token"))) {
      return refused("sso", 401, "UnauthorizedException");
    }
    return new Answer(
        200,
        "application/json",
        "{\"roleCredentials\":{\"accessKeyId\":\"%s\",\"secretAccessKey\":\"%s\",\"sessionToken\":\"session\",\"expiration\":%d}}"
            .formatted(
                S3Server.ACCESS_KEY, S3Server.SECRET_KEY, Instant.parse(LATER).toEpochMilli()));
  }

  private Answer oidc(HttpExchange exchange, String body) {
    return body.contains(REFRESH_TOKEN)
        ? new Answer(
            200,
            "application/json",
            "{\"accessToken\":\"%s\",\"expiresIn\":3600,\"refreshToken\":\"%s\",\"tokenType\":\"Bearer\"}"
                .formatted(TOKEN, REFRESH_TOKEN))
        : refused("oidc", 400, "InvalidGrantException");
  }

  private Answer container(HttpExchange exchange, String body) {
    return TOKEN.equals(exchange.getRequestHeaders().getFirst("Authorization"))
        ? new Answer(200, "application/json", json())
        : refused("container", 401, "Unauthorized");
  }

  /** As a container's agent, and a {@code credential_process}, print them. */
  public static String json() {
    return "{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"%s\",\"SessionToken\":\"session\",\"Token\":\"session\",\"Expiration\":\"%s\"}"
        .formatted(S3Server.ACCESS_KEY, S3Server.SECRET_KEY, LATER);
  }

  private static Map<String, String> form(String body) {
    return Arrays.stream(body.split("&"))
        .filter(pair -> pair.contains("=") && !pair.startsWith("{"))
        .map(pair -> pair.split("=", 2))
        .collect(
            Collectors.toMap(
                pair -> pair[0],
                pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8),
                (first, _) -> first));
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
