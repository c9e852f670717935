package dev.fleetdash.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An EC2 instance metadata service of our own, version 2 only: without a token that it gave out,
 * and still knows, it answers 401. Safe for use by several threads.
 */
public final class MetadataServer implements AutoCloseable {
  public static final String LIFECYCLE = "/latest/meta-data/autoscaling/target-lifecycle-state";
  public static final String SPOT = "/latest/meta-data/spot/instance-action";
  public static final String MAINTENANCE = "/latest/meta-data/events/maintenance/scheduled";
  public static final String REBALANCE = "/latest/meta-data/events/recommendations/rebalance";
  public static final String PURCHASE = "/latest/meta-data/instance-life-cycle";
  public static final String IDENTITY = "/latest/dynamic/instance-identity/document";
  public static final String LOCAL_NAME = "/latest/meta-data/local-hostname";
  public static final String PUBLIC_NAME = "/latest/meta-data/public-hostname";

  private static final String TOKEN_PATH = "/latest/api/token";
  private static final int HANG = 0;

  private final ReservedPort port;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Queue<Integer> failures = new ConcurrentLinkedQueue<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final AtomicInteger generation = new AtomicInteger();

  /**
   * Starts on a free port of the loopback. It knows of an instance on demand that nobody wants to
   * end.
   */
  public MetadataServer() throws IOException {
    answers.put(LIFECYCLE, "InService");
    answers.put(MAINTENANCE, "[]");
    answers.put(PURCHASE, "on-demand");
    port = ReservedPort.take();
    server =
        HttpServer.create(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port.number()), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  public String endpoint() {
    return "http://127.0.0.1:" + port.number();
  }

  /** From now on this is at the path. */
  public void set(String path, String text) {
    answers.put(path, text);
  }

  /** From now on nothing is at the path. */
  public void remove(String path) {
    answers.remove(path);
  }

  /** The next requests are answered so, one after the other; 200 is as usual, 0 never. */
  public void next(Integer... statuses) {
    failures.addAll(List.of(statuses));
  }

  /** The tokens given out so far are of no use any more. */
  public void forgetTokens() {
    generation.incrementAndGet();
  }

  /** Method and path of each, and a token's time to live where one was asked for. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String ttl = exchange.getRequestHeaders().getFirst("X-aws-ec2-metadata-token-ttl-seconds");
    requests.add(
        exchange.getRequestMethod() + " " + path + (ttl == null ? "" : " for " + ttl + " s"));
    Integer failure = failures.poll();
    if (failure != null && failure == HANG) {
      hang();
    }
    if (failure != null && failure != 200) {
      send(exchange, failure == HANG ? 503 : failure, "");
    } else if (path.equals(TOKEN_PATH)) {
      boolean right = exchange.getRequestMethod().equals("PUT") && ttl != null;
      send(exchange, right ? 200 : 400, right ? token() : "");
    } else if (!token().equals(exchange.getRequestHeaders().getFirst("X-aws-ec2-metadata-token"))) {
      send(exchange, 401, "");
    } else {
      String text = answers.get(path);
      send(exchange, text == null ? 404 : 200, text == null ? "<html>Not Found</html>" : text);
    }
  }

  private String token() {
    return "token-" + generation.get() + "==";
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    try (exchange;
        InputStream request = exchange.getRequestBody()) {
      request.readAllBytes();
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private void hang() {
    try {
      closing.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** From now on connections are refused. */
  public void stop() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  @Override
  public void close() throws IOException {
    stop();
    port.close();
  }
}
