package dev.fleetdash.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a client and an HTTP server on the loopback, and does to the requests what
 * networks and servers do. Each request goes to the server on a connection of its own; writes go
 * one by one, which makes a server's conditional writes atomic.
 *
 * <p>Safe for use by several threads.
 */
public final class FaultProxy implements AutoCloseable {
  private static final Pattern DATE = Pattern.compile("(?i)\r\nDate: [^\r]*\r\n");
  private static final Pattern SIGNED = Pattern.compile("(?i)\r\nx-amz-date: (\\w+)\r\n");
  private static final DateTimeFormatter SIGNED_AT =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmssX", Locale.ROOT);
  private static final Duration MOST_SKEW = Duration.ofMinutes(15);
  private static final Pattern LENGTH = Pattern.compile("(?im)^content-length: *(\\d+)");
  private static final Pattern EXPECT = Pattern.compile("(?im)^expect:.*\\r\\n");
  private static final Pattern CONNECTION = Pattern.compile("(?im)^connection:.*\\r\\n");

  /** What happens to a request. */
  public sealed interface Fault {
    /**
     * Its clock is another one: like S3 it refuses what was signed more than 15 minutes away from
     * its time, and each answer says that.
     *
     * @param off how far it is ahead of this machine's
     */
    record OtherTime(Duration off) implements Fault {}

    /** It is never answered and never reaches the server. */
    record Hang() implements Fault {}

    /** The server gets it and answers, but the answer is lost: the connection closes. */
    record LoseAnswer() implements Fault {}

    /** The answer is late. */
    record Delay(Duration by) implements Fault {}

    /** The server is not asked; this is the answer, in the form of S3's errors. */
    record Answer(int status, String code, String header) implements Fault {
      public Answer(int status, String code) {
        this(status, code, "x-amz-request-id: 1");
      }
    }

    /**
     * The server is not asked; this is the answer, of somebody who is not S3.
     *
     * @param headers as in {@code Content-Type: text/html}; without a length
     * @param missing how many bytes of the body the length promises that do not come
     */
    record Page(int status, List<String> headers, String body, int missing) implements Fault {
      /** Instead: there is no length, and the end of the connection is that of the body. */
      public static final int NO_LENGTH = -1;
    }

    /** The server gets it and answers; of the answer only the first half comes. */
    record CutShort() implements Fault {}
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Plan(Fault fault, String method, int[] passes, int[] times) {}

  private final int upstream;
  private final InetAddress address;
  private final ReservedPort port;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger hanging = new AtomicInteger();
  private final ReentrantLock writes = new ReentrantLock();
  private @Nullable ServerSocket server;
  private @Nullable Thread acceptor;
  private @Nullable Plan plan;

  private FaultProxy(int upstream, InetAddress address, ReservedPort port) throws IOException {
    this.upstream = upstream;
    this.address = address;
    this.port = port;
    this.server = listen(address, port.number());
  }

  /** Starts to listen, on a free port of the loopback, for a server on another port of it. */
  public static FaultProxy before(int upstream) throws IOException {
    return before(upstream, InetAddress.getLoopbackAddress());
  }

  /** Listens on another address of this machine, for clients in networks of their own. */
  static FaultProxy before(int upstream, InetAddress address) throws IOException {
    FaultProxy proxy = new FaultProxy(upstream, address, ReservedPort.take(address));
    proxy.accept();
    return proxy;
  }

  public URI endpoint() {
    return URI.create("http://" + address.getHostAddress() + ":" + port.number());
  }

  /** The requests that came, as in {@code PUT /bucket/key}, refused connections not counted. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** Does this to the next {@code times} requests of the method, then nothing more. */
  public synchronized void next(int times, String method, Fault fault) {
    plan = new Plan(fault, method, new int[] {0}, new int[] {times});
  }

  /**
   * Lets that many requests of the method pass, and does this to all that follow.
   *
   * @param method any where it is empty
   */
  public synchronized void after(int passes, String method, Fault fault) {
    plan = new Plan(fault, method, new int[] {passes}, new int[] {Integer.MAX_VALUE});
  }

  /** How many requests hang. */
  public int hanging() {
    return hanging.get();
  }

  /** Does this to each request from now on. */
  public void always(Fault fault) {
    next(Integer.MAX_VALUE, "", fault);
  }

  /** From now on connections are refused, and those that are open break. */
  public synchronized void refuse() throws IOException {
    if (server != null) {
      server.close();
      server = null;
    }
    join(acceptor);
    for (Socket socket : open) {
      socket.close();
    }
  }

  /** From now on everything passes. */
  public synchronized void heal() throws IOException {
    plan = null;
    if (server == null) {
      server = listen(address, port.number());
      accept();
    }
  }

  private static void join(@Nullable Thread thread) {
    if (thread != null) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() throws IOException {
    refuse();
    port.close();
  }

  private static ServerSocket listen(InetAddress address, int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    socket.bind(new InetSocketAddress(address, port), 128);
    return socket;
  }

  private synchronized void accept() {
    ServerSocket listening = server;
    if (listening == null) {
      return;
    }
    // A platform thread: a virtual one would keep the socket open for a moment after it was closed.
    acceptor =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              while (!listening.isClosed()) {
                try {
                  Socket client = listening.accept();
                  open.add(client);
                  Thread.ofVirtual().start(() -> serve(client));
                } catch (IOException _) {
                  return;
                }
              }
            });
  }

  private void serve(Socket client) {
    try (client) {
      String head = head(client.getInputStream());
      if (EXPECT.matcher(head).find()) {
        client
            .getOutputStream()
            .write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        head = EXPECT.matcher(head).replaceAll("");
      }
      byte[] body = client.getInputStream().readNBytes(length(head));
      String[] line = head.split(" ", 3);
      requests.add(line[0] + " " + line[1]);
      handle(client, line[0], head, body);
    } catch (IOException _) {
      // The client or the server went; closing is the answer.
    } finally {
      open.remove(client);
    }
  }

  private void handle(Socket client, String method, String head, byte[] body) throws IOException {
    switch (faultOf(method)) {
      case null -> client.getOutputStream().write(forward(method, head, body));
      case Fault.Hang _ -> {
        hanging.incrementAndGet();
        try {
          client.getInputStream().read();
        } finally {
          hanging.decrementAndGet();
        }
      }
      case Fault.LoseAnswer _ -> forward(method, head, body);
      case Fault.Delay(Duration by) -> {
        byte[] answer = forward(method, head, body);
        pause(by);
        client.getOutputStream().write(answer);
      }
      case Fault.OtherTime(Duration off) ->
          client.getOutputStream().write(atTime(Instant.now().plus(off), method, head, body));
      case Fault.Answer answer -> client.getOutputStream().write(error(answer));
      case Fault.Page page -> client.getOutputStream().write(page(page, method));
      case Fault.CutShort _ -> {
        byte[] answer = forward(method, head, body);
        int start = new String(answer, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
        client.getOutputStream().write(answer, 0, start + (answer.length - start) / 2);
      }
    }
  }

  private byte[] atTime(Instant now, String method, String head, byte[] body) throws IOException {
    String date =
        "Date: " + DateTimeFormatter.RFC_1123_DATE_TIME.format(now.atOffset(ZoneOffset.UTC));
    Matcher signed = SIGNED.matcher(head);
    if (signed.find()
        && Duration.between(Instant.from(SIGNED_AT.parse(signed.group(1))), now)
                .abs()
                .compareTo(MOST_SKEW)
            > 0) {
      return error(new Fault.Answer(403, "RequestTimeTooSkewed", date));
    }
    String answer = new String(forward(method, head, body), StandardCharsets.ISO_8859_1);
    return DATE.matcher(answer)
        .replaceFirst("\r\n" + date + "\r\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private synchronized @Nullable Fault faultOf(String method) {
    if (plan == null
        || (!plan.method().isEmpty() && !plan.method().equals(method))
        || plan.times()[0] == 0) {
      return null;
    }
    if (plan.passes()[0] > 0) {
      plan.passes()[0]--;
      return null;
    }
    plan.times()[0]--;
    return plan.fault();
  }

  private byte[] forward(String method, String head, byte[] body) throws IOException {
    boolean write = method.equals("PUT");
    if (write) {
      writes.lock();
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), upstream)) {
      String closing =
          CONNECTION.matcher(head).replaceAll("").replaceFirst("\r\n", "\r\nConnection: close\r\n");
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      request.write(closing.getBytes(StandardCharsets.ISO_8859_1));
      request.write(body);
      socket.getOutputStream().write(request.toByteArray());
      return readAll(socket.getInputStream());
    } finally {
      if (write) {
        writes.unlock();
      }
    }
  }

  private static byte[] readAll(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      in.transferTo(all);
    } catch (SocketException e) {
      // A server that refuses a request early resets the connection behind its answer.
      if (all.size() == 0) {
        throw e;
      }
    }
    return all.toByteArray();
  }

  private static byte[] error(Fault.Answer answer) {
    String body =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code><Message>made for a test</Message></Error>"
            .formatted(answer.code());
    return """
    HTTP/1.1 %d Answer\r
    Content-Type: application/xml\r
    %s\r
    Content-Length: %d\r
    Connection: close\r
    \r
    %s\
    """
        .formatted(answer.status(), answer.header(), body.length(), body)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] page(Fault.Page page, String method) {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + page.status() + " Page\r\n");
    page.headers().forEach(header -> head.append(header).append("\r\n"));
    int length = page.body().length() + page.missing();
    if (page.status() != 204 && page.missing() != Fault.Page.NO_LENGTH) {
      head.append("Content-Length: ").append(length).append("\r\n");
    }
    head.append("Connection: close\r\n\r\n");
    String body = method.equals("HEAD") || page.status() == 204 ? "" : page.body();
    return (head + body).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
      int one = in.read();
      if (one < 0) {
        throw new EOFException();
      }
      head.append((char) one);
    }
    return head.toString();
  }

  private static int length(String head) {
    Matcher length = LENGTH.matcher(head);
    return length.find() ? Integer.parseInt(length.group(1)) : 0;
  }

  private static void pause(Duration by) throws IOException {
    try {
      Thread.sleep(by);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
