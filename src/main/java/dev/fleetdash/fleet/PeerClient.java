package dev.fleetdash.fleet;

import dev.fleetdash.place.AddressBlock;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.ClockCheck;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks peers, and believes only what they have signed. Never follows a redirect or a proxy, never
 * contacts an address that is not allowed, and bounds each answer in bytes and each question in
 * time as a whole, however slowly it drips. Safe for use by several threads.
 */
public final class PeerClient implements AutoCloseable {
  private static final int OK = HttpURLConnection.HTTP_OK;

  /** Services of the system, at which nobody is to knock through us. */
  private static final int FIRST_FREE_PORT = 1024;

  /** The same whether it is refused, broken or too late: pages show it to everybody. */
  private static final String NO_ANSWER = "it does not answer";

  private final FleetKeys keys;
  private final List<AddressBlock> allowed;
  private final Set<Integer> ports;
  private final ClockCheck clocks;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("peer-", 0).factory());

  /**
   * @param allowed which addresses may be asked
   * @param ports of this host: others of the fleet may have them too, though they are below 1024
   * @param clocks is told what peers' clocks say
   */
  public PeerClient(
      FleetKeys keys, List<AddressBlock> allowed, Set<Integer> ports, ClockCheck clocks) {
    this.keys = keys;
    this.allowed = List.copyOf(allowed);
    this.ports = Set.copyOf(ports);
    this.clocks = clocks;
  }

  /** Where the body of an answer goes. */
  @FunctionalInterface
  interface Room {
    /** Why there is no answer where there was no room for it. */
    String NONE = "this node has no memory left for its answer; ask for less, or try again";

    /**
     * Takes room for a body before it is read, and waits for it. Once for each body.
     *
     * @throws PeerException where none comes
     */
    void take(long bytes) throws PeerException, InterruptedException;

    /** Whether it is waited for. */
    default boolean awaited() {
      return false;
    }
  }

  /**
   * What one question may cost.
   *
   * @param time in all, that for room included
   * @param bytes of the answer
   */
  record Bounds(Duration time, int bytes, Room room) {
    /** For an answer that is small enough to need no room. */
    Bounds(Duration time, int bytes) {
      this(time, bytes, _ -> {});
    }
  }

  /**
   * Gets what {@code host} answers.
   *
   * @param address as its record says
   * @param path with the query
   * @throws PeerException with the reason, where there is no answer to be believed
   */
  byte[] get(String address, HostName host, String path, Bounds bounds)
      throws PeerException, InterruptedException {
    Future<byte[]> answer = threads.submit(() -> ask(address, host, path, bounds));
    try {
      return answer.get(bounds.time().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      throw new PeerException(bounds.room().awaited() ? Room.NONE : NO_ANSWER);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof PeerException reason
          ? reason
          : new PeerException("its answer cannot be read");
    } finally {
      // Breaks the connection on which it still waits.
      answer.cancel(true);
    }
  }

  private byte[] ask(String address, HostName host, String path, Bounds bounds)
      throws PeerException, InterruptedException {
    PeerAddress at = PeerAddress.parse(address);
    if (at.port() < FIRST_FREE_PORT && !ports.contains(at.port())) {
      throw new PeerException(
          "its port " + at.port() + " is not asked: below 1024 only those that this host has are");
    }
    Question question = new Question(at.resolve(allowed), at.port(), host, path, bounds);
    List<FleetKey> before = keys.accepted();
    Answer answer = question.put(key());
    if (answer.status() == HttpURLConnection.HTTP_UNAUTHORIZED && keys.changedSince(before)) {
      answer = question.put(key());
    }
    return answer.believed(host, clocks);
  }

  private FleetKey key() throws PeerException {
    return keys.signing()
        .orElseThrow(() -> new PeerException("this host has not read the fleet's key"));
  }

  /** An answer with what is needed to judge it. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Answer(
      int status,
      byte[] body,
      Optional<PeerSignature.Answer> signature,
      PeerSignature.Request request,
      FleetKey key,
      long now) {

    byte[] believed(HostName host, ClockCheck clocks) throws PeerException {
      if (status == HttpURLConnection.HTTP_UNAUTHORIZED) {
        throw new PeerException("it has another fleet key");
      }
      if (signature.isEmpty()) {
        throw new PeerException("its answer (" + status + ") is not signed");
      }
      PeerSignature.Answer signed = signature.get();
      if (!signed.signedWith(key, request.nonce(), status, body)) {
        throw new PeerException("the signature of its answer is wrong");
      }
      if (!signed.host().equals(host)) {
        throw new PeerException("at its address is host " + signed.host());
      }
      clocks.peerSaid(host.value(), Instant.ofEpochMilli(signed.millis()));
      long ahead = signed.millis() - now;
      if (Math.abs(ahead) > PeerGate.SKEW.toMillis()) {
        throw new PeerException(
            "its clock is %d s %s"
                .formatted(Math.round(Math.abs(ahead) / 1000.0), ahead > 0 ? "ahead" : "behind"));
      }
      if (status != OK) {
        throw new PeerException("it answers " + status);
      }
      return body;
    }
  }

  /** One path at one address. */
  private final class Question {
    private final InetAddress address;
    private final int port;
    private final HostName host;
    private final String path;
    private final Bounds bounds;

    Question(InetAddress address, int port, HostName host, String path, Bounds bounds) {
      this.address = address;
      this.port = port;
      this.host = host;
      this.path = path;
      this.bounds = bounds;
    }

    Answer put(FleetKey key) throws PeerException, InterruptedException {
      PeerSignature.Request request =
          PeerSignature.Request.signed(key, "GET", path, host, clocks.millis());
      try {
        HttpURLConnection connection = open();
        try {
          return read(connection, request, key);
        } catch (IOException | PeerException | InterruptedException e) {
          connection.disconnect();
          throw e;
        }
      } catch (IOException | IllegalArgumentException _) {
        throw new PeerException(NO_ANSWER);
      }
    }

    private HttpURLConnection open() throws IOException {
      if (URI.create("http://" + literal() + path).toURL().openConnection(Proxy.NO_PROXY)
          instanceof HttpURLConnection connection) {
        return connection;
      }
      throw new IOException("not an HTTP address");
    }

    private String literal() {
      String text = address.getHostAddress();
      return (address instanceof Inet6Address ? "[" + text + "]" : text) + ":" + port;
    }

    private Answer read(HttpURLConnection connection, PeerSignature.Request request, FleetKey key)
        throws IOException, PeerException, InterruptedException {
      int millis = Math.toIntExact(bounds.time().toMillis());
      connection.setConnectTimeout(millis);
      connection.setReadTimeout(millis);
      connection.setInstanceFollowRedirects(false);
      connection.setUseCaches(false);
      connection.setRequestProperty(PeerSignature.REQUEST_HEADER, request.header());
      int status = connection.getResponseCode();
      String signature = connection.getHeaderField(PeerSignature.ANSWER_HEADER);
      InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream();
      byte[] body = in == null ? new byte[0] : body(in, connection.getContentLengthLong());
      return new Answer(
          status,
          body,
          Optional.ofNullable(signature).flatMap(PeerSignature.Answer::parse),
          request,
          key,
          clocks.millis());
    }

    /**
     * @param length as was said, or -1
     */
    private byte[] body(InputStream in, long length)
        throws IOException, PeerException, InterruptedException {
      int most = bounds.bytes() + 1;
      if (length >= most) {
        throw tooLarge();
      }
      // Where the length is not known it grows by copies.
      bounds.room().take(length < 0 ? 2L * most : length);
      byte[] body = length < 0 ? in.readNBytes(most) : whole(in, (int) length);
      if (body.length == most) {
        throw tooLarge();
      }
      in.close();
      return body;
    }

    private static byte[] whole(InputStream in, int length) throws IOException {
      byte[] body = new byte[length];
      if (in.readNBytes(body, 0, length) < length) {
        throw new IOException("it ends early");
      }
      return body;
    }

    private PeerException tooLarge() {
      return new PeerException("its answer is larger than " + bounds.bytes() + " bytes");
    }
  }

  /** Questions under way are broken off. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
