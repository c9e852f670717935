package dev.fleetdash.archive;

import dev.fleetdash.archive.ArchiveException.Kind;
import dev.fleetdash.archive.S3Faults.Action;
import dev.fleetdash.telemetry.Requests;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The archive in a bucket. The client is made when it is first needed. It never deletes.
 *
 * <p>Safe for use by several threads. A conditional put whose answer was lost is sent again, and
 * can then meet its own object: false does not say whose object is there.
 */
public final class S3Archive implements Archive {
  private static final int PAGE = 1000;
  private static final int CONFLICTS = 5;
  private static final int CONFLICT = 409;
  private static final int PRECONDITION_FAILED = 412;
  private static final int NOT_FOUND = 404;

  private final ArchiveLocation.InBucket location;
  private final S3Connection connection;
  private final Telemetry telemetry;
  private @Nullable S3Client client;

  public S3Archive(
      ArchiveLocation.InBucket location, S3Connection connection, Telemetry telemetry) {
    this.location = location;
    this.connection = connection;
    this.telemetry = telemetry;
  }

  private interface Request<T> {
    T send(S3Client s3);
  }

  @Override
  public Optional<Content> get(String key, long maxBytes) throws IOException {
    Keys.check(key);
    GetObjectRequest request =
        GetObjectRequest.builder().bucket(location.bucket()).key(location.prefix() + key).build();
    Optional<Content> received;
    try {
      received = s3().getObject(request, bounded(maxBytes));
    } catch (AwsServiceException e) {
      if (e.statusCode() == NOT_FOUND && !isCode(e, "NoSuchBucket")) {
        return Optional.empty();
      }
      throw explain(e, Action.GET, key);
    } catch (SdkException e) {
      throw explain(e, Action.GET, key);
    }
    if (received.isEmpty()) {
      throw new ArchiveException(
          Kind.BAD_OBJECT, key + " in " + location + " is larger than " + maxBytes + " bytes");
    }
    return received;
  }

  /** Empty where the object is larger. */
  private static ResponseTransformer<GetObjectResponse, Optional<Content>> bounded(long maxBytes) {
    int most = (int) Math.min(maxBytes, Integer.MAX_VALUE - 16);
    return (response, in) -> {
      Long length = response.contentLength();
      byte[] bytes = length != null && length > most ? null : readAtMost(in, most);
      if (bytes == null) {
        // The rest is not worth reading to keep the connection.
        in.abort();
        return Optional.empty();
      }
      return Optional.of(new Content(bytes, response.eTag()));
    };
  }

  private static byte @Nullable [] readAtMost(AbortableInputStream in, int most)
      throws IOException {
    byte[] bytes = in.readNBytes(most);
    return in.read() < 0 ? bytes : null;
  }

  @Override
  public String put(String key, byte[] bytes) throws IOException {
    PutObjectRequest request = putRequest(key, bytes).build();
    return ask(Action.PUT, key, s3 -> s3.putObject(request, RequestBody.fromBytes(bytes)).eTag());
  }

  @Override
  public boolean putIfAbsent(String key, byte[] bytes) throws IOException {
    PutObjectRequest request = putRequest(key, bytes).ifNoneMatch("*").build();
    for (int conflicts = 0; conflicts < CONFLICTS; conflicts++) {
      try {
        s3().putObject(request, RequestBody.fromBytes(bytes));
        return true;
      } catch (AwsServiceException e) {
        if (e.statusCode() == PRECONDITION_FAILED) {
          return false;
        }
        if (e.statusCode() != CONFLICT) {
          throw explain(e, Action.PUT, key);
        }
        pause(conflicts);
      } catch (SdkException e) {
        throw explain(e, Action.PUT, key);
      }
    }
    throw new ArchiveException(
        Kind.UNREACHABLE,
        "cannot put " + key + " in " + location + ": others keep writing it; it is tried again");
  }

  @Override
  public boolean putIfMatch(String key, byte[] bytes, String etag) throws IOException {
    PutObjectRequest request = putRequest(key, bytes).ifMatch(etag).build();
    try {
      s3().putObject(request, RequestBody.fromBytes(bytes));
      return true;
    } catch (AwsServiceException e) {
      boolean gone = e.statusCode() == NOT_FOUND && !isCode(e, "NoSuchBucket");
      if (gone || e.statusCode() == PRECONDITION_FAILED || e.statusCode() == CONFLICT) {
        return false;
      }
      throw explain(e, Action.PUT, key);
    } catch (SdkException e) {
      throw explain(e, Action.PUT, key);
    }
  }

  @Override
  public List<Listed> list(String prefix, int limit, Consumer<String> foreign) throws IOException {
    Keys.checkPrefix(prefix);
    List<Listed> found = new ArrayList<>();
    String next = null;
    do {
      ListObjectsV2Response page = page(prefix, null, Math.min(PAGE, limit - found.size()), next);
      for (S3Object object : page.contents()) {
        String key = object.key().substring(location.prefix().length());
        if (Keys.legal(key)) {
          found.add(new Listed(key, object.size(), object.eTag()));
        } else {
          foreign.accept(key);
        }
      }
      next = page.nextContinuationToken();
    } while (next != null && found.size() < limit);
    return List.copyOf(found);
  }

  @Override
  public List<String> folders(String prefix, Consumer<String> others) throws IOException {
    Keys.checkFolder(prefix);
    List<String> names = new ArrayList<>();
    int skipped = location.prefix().length();
    String next = null;
    do {
      ListObjectsV2Response page = page(prefix, "/", PAGE, next);
      for (CommonPrefix folder : page.commonPrefixes()) {
        String key = folder.prefix().substring(skipped, folder.prefix().length() - 1);
        if (Keys.legal(key)) {
          names.add(key.substring(prefix.length()));
        } else {
          others.accept(key + "/");
        }
      }
      page.contents().forEach(object -> others.accept(object.key().substring(skipped)));
      next = page.nextContinuationToken();
    } while (next != null);
    names.sort(Comparator.naturalOrder());
    return List.copyOf(names);
  }

  private ListObjectsV2Response page(
      String prefix, @Nullable String delimiter, int most, @Nullable String next)
      throws ArchiveException {
    ListObjectsV2Request request =
        ListObjectsV2Request.builder()
            .bucket(location.bucket())
            .prefix(location.prefix() + prefix)
            .delimiter(delimiter)
            .maxKeys(most)
            .continuationToken(next)
            // Some characters that a key can have are none in XML.
            .encodingType(EncodingType.URL)
            .build();
    return ask(Action.LIST, prefix, s3 -> s3.listObjectsV2(request));
  }

  @Override
  public String location() {
    return location.toString();
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.close();
      client = null;
    }
  }

  private synchronized S3Client s3() throws ArchiveException {
    if (client == null) {
      client = S3Clients.make(connection, new Requests(telemetry));
    }
    return client;
  }

  private <T> T ask(Action action, String key, Request<T> request) throws ArchiveException {
    try {
      return request.send(s3());
    } catch (SdkException e) {
      throw explain(e, action, key);
    }
  }

  private PutObjectRequest.Builder putRequest(String key, byte[] bytes) throws ArchiveException {
    Keys.check(key);
    CRC32 sum = new CRC32();
    sum.update(bytes);
    byte[] crc = ByteBuffer.allocate(Integer.BYTES).putInt((int) sum.getValue()).array();
    return PutObjectRequest.builder()
        .bucket(location.bucket())
        .key(location.prefix() + key)
        .checksumCRC32(Base64.getEncoder().encodeToString(crc))
        .contentType(contentType(key));
  }

  /**
   * No Content-Encoding for gzip: engines go by the name, and a browser or proxy must not unpack
   * it.
   */
  private static String contentType(String key) {
    if (key.endsWith(".ndjson.gz")) {
      return "application/x-ndjson";
    }
    if (key.endsWith(".sql") || key.endsWith(".md")) {
      return "text/plain; charset=utf-8";
    }
    return key.endsWith(".json") ? "application/json" : "application/octet-stream";
  }

  private ArchiveException explain(SdkException e, Action action, String key) {
    return new S3Faults(location.toString(), location.bucket()).explain(e, action, key);
  }

  private static boolean isCode(AwsServiceException e, String code) {
    return e.awsErrorDetails() != null && code.equals(e.awsErrorDetails().errorCode());
  }

  private void pause(int conflicts) throws ArchiveException {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(20L << conflicts) + 10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ArchiveException(Kind.UNREACHABLE, "interrupted while writing to " + location, e);
    }
  }
}
