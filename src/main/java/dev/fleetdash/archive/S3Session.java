package dev.fleetdash.archive;

import dev.fleetdash.archive.S3Options.Conditions;
import dev.fleetdash.archive.S3Options.PathStyle;
import dev.fleetdash.telemetry.Requests;
import dev.fleetdash.telemetry.Telemetry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The way to one store, and what it is asked for. A store that refuses some of S3 is asked for less
 * at once, and from then on; the part {@code store} says so. Clients are made when they are first
 * needed.
 *
 * <p>Safe for use by several threads.
 */
final class S3Session implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(S3Session.class);
  private static final int SERVER_ERROR = 500;

  private final S3Connection connection;
  private final S3Options options;
  private final Telemetry telemetry;
  private final Map<S3Manner, S3Client> clients = new HashMap<>();
  private volatile S3Manner manner;

  S3Session(S3Connection connection, S3Options options, Telemetry telemetry) {
    this.connection = connection;
    this.options = options;
    this.telemetry = telemetry;
    this.manner = new S3Manner(options.pathStyle(), true);
  }

  /** One operation. It may be sent twice. */
  interface Request<T> {
    T send(S3Client s3, S3Manner manner);
  }

  /**
   * Sends the request as the store takes it.
   *
   * @throws ArchiveException where there cannot even be a client
   */
  <T> T ask(Request<T> request) throws ArchiveException {
    S3Manner now = manner;
    AwsServiceException refusal = null;
    while (true) {
      try {
        T answer = request.send(client(now), now);
        adopt(now);
        return answer;
      } catch (AwsServiceException e) {
        Optional<S3Manner> less = now.insteadOf(e);
        if (less.isEmpty()) {
          throw last(e, refusal, now);
        }
        refusal = e;
        now = less.get();
      } catch (SdkClientException e) {
        // A bucket's own host name, say, that nobody knows.
        throw refusal == null ? e : refusal;
      }
    }
  }

  /** Another refusal than before shows that it was about what is no longer asked for. */
  private AwsServiceException last(
      AwsServiceException e, @Nullable AwsServiceException refusal, S3Manner now) {
    if (refusal == null) {
      return e;
    }
    String code = S3Faults.code(e);
    if (code.equals(S3Faults.code(refusal)) && e.statusCode() == refusal.statusCode()) {
      return refusal;
    }
    if (!code.isEmpty() && e.statusCode() < SERVER_ERROR) {
      adopt(now);
    }
    return e;
  }

  private synchronized S3Client client(S3Manner of) throws ArchiveException {
    S3Client client = clients.get(of);
    if (client == null) {
      client = S3Clients.make(connection, of, new Requests(telemetry));
      if (clients.isEmpty()) {
        say();
        sayUnread();
      }
      clients.put(of, client);
    }
    return client;
  }

  private synchronized void adopt(S3Manner of) {
    if (!of.equals(manner)) {
      manner = of;
      log.info(
          "store is asked for less than S3 has pathStyle={} checksums={}",
          of.pathStyle(),
          of.checksums());
      say();
    }
  }

  private void sayUnread() {
    if (connection.variables().isEmpty()) {
      return;
    }
    Stream.concat(
            AwsVariables.unread(connection.variables()).stream(),
            AwsVariables.unreadOfProfile().stream())
        .forEach(sentence -> log.warn("setting of AWS reason=\"{}\"", sentence));
  }

  /** What a person should know of the store; nothing of one that does all. */
  private void say() {
    List<String> remarks = new ArrayList<>();
    if (options.conditions() == Conditions.SINGLE_WRITER) {
      remarks.add(
          "single writer: this host's name is not claimed, and what others left open is not"
              + " compacted");
    }
    if (options.pathStyle() == PathStyle.AUTO && manner.pathStyle() == PathStyle.NO) {
      remarks.add("the store refuses path style, so the bucket is in the host name");
    }
    if (!manner.checksums()) {
      remarks.add("the store refuses CRC32 checksums, so puts carry their MD5");
    }
    if (!remarks.isEmpty()) {
      telemetry.part("store").up(String.join("; ", remarks));
    }
  }

  @Override
  public synchronized void close() {
    clients.values().forEach(S3Client::close);
    clients.clear();
  }
}
