package dev.fleetdash.archive;

import dev.fleetdash.archive.ArchiveException.Kind;
import dev.fleetdash.archive.S3Faults.Action;
import dev.fleetdash.telemetry.Telemetry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The archive in a bucket. It never deletes, and takes an answer for one only where S3 could have
 * given it.
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
  private final S3Session session;
  private final String way;

  public S3Archive(
      ArchiveLocation.InBucket location,
      S3Connection connection,
      S3Options options,
      Telemetry telemetry) {
    this.location = location;
    this.session = new S3Session(connection, options, telemetry);
    this.way = Proxies.way(connection.variables());
  }

  @Override
  public Optional<Content> get(String key, long maxBytes) throws IOException {
    Keys.check(key);
    GetObjectRequest request =
        GetObjectRequest.builder().bucket(location.bucket()).key(location.prefix() + key).build();
    Optional<Content> received;
    try {
      received = session.ask((s3, _) -> s3.getObject(request, bounded(maxBytes)));
    } catch (AwsServiceException e) {
      if (isAbsence(e)) {
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

  /** Whoever else says 404 does not know of the object. */
  private static boolean isAbsence(AwsServiceException e) {
    return e.statusCode() == NOT_FOUND && S3Faults.code(e).equals("NoSuchKey");
  }

  /** Empty where the object is larger. */
  private static ResponseTransformer<GetObjectResponse, Optional<Content>> bounded(long maxBytes) {
    int most = (int) Math.min(maxBytes, Integer.MAX_VALUE - 16);
    return (response, in) -> {
      StrangeAnswerException.check(response.sdkHttpResponse());
      String etag = response.eTag();
      if (etag == null || etag.isEmpty()) {
        throw new StrangeAnswerException("an object without an ETag");
      }
      Long length = response.contentLength();
      if (length == null && !isChunked(response.sdkHttpResponse())) {
        throw new StrangeAnswerException("an object without a length");
      }
      byte[] bytes = length != null && length > most ? null : readAtMost(in, most);
      if (bytes == null) {
        // The rest is not worth reading to keep the connection.
        in.abort();
        return Optional.empty();
      }
      return Optional.of(new Content(bytes, etag));
    };
  }

  /** Of both the HTTP client tells an answer that is cut short, but not where there is neither. */
  private static boolean isChunked(SdkHttpResponse response) {
    return response.firstMatchingHeader("Transfer-Encoding").isPresent();
  }

  private static byte @Nullable [] readAtMost(AbortableInputStream in, int most)
      throws IOException {
    byte[] bytes = in.readNBytes(most);
    return in.read() < 0 ? bytes : null;
  }

  @Override
  public String put(String key, byte[] bytes) throws IOException {
    Keys.check(key);
    Sent sent = Sent.of(bytes);
    PutObjectResponse answer =
        ask(
            Action.PUT,
            key,
            (s3, manner) -> s3.putObject(putRequest(key, sent, manner).build(), body(sent)));
    return etagOf(answer, key, sent);
  }

  @Override
  public boolean putIfAbsent(String key, byte[] bytes) throws IOException {
    Keys.check(key);
    Sent sent = Sent.of(bytes);
    for (int conflicts = 0; conflicts < CONFLICTS; conflicts++) {
      try {
        PutObjectResponse answer =
            session.ask((s3, manner) ->
                s3.putObject(putRequest(key, sent, manner).ifNoneMatch("*").build(), body(sent)));
        var _ = etagOf(answer, key, sent);
        return true;
      } catch (AwsServiceException e) {
        if (isCode(e, PRECONDITION_FAILED, "PreconditionFailed")) {
          return false;
        }
        if (!isConflict(e)) {
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
    Keys.check(key);
    Sent sent = Sent.of(bytes);
    PutObjectResponse answer;
    try {
      answer =
          session.ask((s3, manner) ->
              s3.putObject(putRequest(key, sent, manner).ifMatch(etag).build(), body(sent)));
    } catch (AwsServiceException e) {
      if (isAbsence(e) || isCode(e, PRECONDITION_FAILED, "PreconditionFailed") || isConflict(e)) {
        return false;
      }
      throw explain(e, Action.PUT, key);
    } catch (SdkException e) {
      throw explain(e, Action.PUT, key);
    }
    var _ = etagOf(answer, key, sent);
    return true;
  }

  private static boolean isConflict(AwsServiceException e) {
    return isCode(e, CONFLICT, "ConditionalRequestConflict")
        || isCode(e, CONFLICT, "OperationAborted");
  }

  /**
   * The etag of what was put. A put counts when its answer has the CRC32 or the MD5 of what was
   * sent; where a store gives neither, the object is looked at.
   */
  private String etagOf(PutObjectResponse answer, String key, Sent sent) throws ArchiveException {
    try {
      StrangeAnswerException.checkStatus(answer.sdkHttpResponse());
      String crc32 = answer.checksumCRC32();
      if (crc32 != null && !crc32.equals(sent.crc32())) {
        throw new StrangeAnswerException("a put answered with the checksum of something else");
      }
      String etag = answer.eTag();
      if (etag != null && (crc32 != null || sent.isEtag(etag))) {
        // Whatever it calls its empty body: some stores say that it is HTML.
        return etag;
      }
      StrangeAnswerException.check(answer.sdkHttpResponse());
      return etagOf(key, sent);
    } catch (SdkException e) {
      throw explain(e, Action.PUT, key);
    }
  }

  private String etagOf(String key, Sent sent) throws ArchiveException {
    HeadObjectRequest request =
        HeadObjectRequest.builder().bucket(location.bucket()).key(location.prefix() + key).build();
    HeadObjectResponse head;
    try {
      head = session.ask((s3, _) -> s3.headObject(request));
    } catch (AwsServiceException e) {
      if (e.statusCode() == NOT_FOUND) {
        throw new StrangeAnswerException("a put answered with success, and no object is there");
      }
      throw explain(e, Action.HEAD, key);
    }
    StrangeAnswerException.check(head.sdkHttpResponse());
    Long length = head.contentLength();
    if (length == null
        || length != sent.bytes().length
        || head.eTag() == null
        || !sent.md5Hex().equals(head.metadata().get(Sent.METADATA))) {
      throw new StrangeAnswerException("a put answered with nothing that shows what was kept");
    }
    return head.eTag();
  }

  @Override
  public List<Listed> list(String prefix, String after, int limit, Consumer<String> foreign)
      throws IOException {
    Keys.checkPrefix(prefix);
    List<Listed> found = new ArrayList<>();
    String next = null;
    do {
      ListObjectsV2Response page =
          page(prefix, null, after, Math.min(PAGE, limit - found.size()), next);
      for (S3Object object : page.contents()) {
        String key = object.key().substring(location.prefix().length());
        if (Keys.legal(key)) {
          found.add(new Listed(key, object.size(), version(object)));
        } else {
          foreign.accept(key);
        }
      }
      next = page.isTruncated() ? page.nextContinuationToken() : null;
    } while (next != null && found.size() < limit);
    return List.copyOf(found);
  }

  /** Some stores list an object that is just written without its etag. */
  private static String version(S3Object object) {
    return object.eTag() == null ? object.size() + "-" + object.lastModified() : object.eTag();
  }

  @Override
  public List<String> folders(String prefix, Consumer<String> others) throws IOException {
    Keys.checkFolder(prefix);
    List<String> names = new ArrayList<>();
    int skipped = location.prefix().length();
    String next = null;
    do {
      ListObjectsV2Response page = page(prefix, "/", "", PAGE, next);
      for (CommonPrefix folder : page.commonPrefixes()) {
        String key = folder.prefix().substring(skipped, folder.prefix().length() - 1);
        if (Keys.legal(key)) {
          names.add(key.substring(prefix.length()));
        } else {
          others.accept(key + "/");
        }
      }
      page.contents().forEach(object -> others.accept(object.key().substring(skipped)));
      next = page.isTruncated() ? page.nextContinuationToken() : null;
    } while (next != null);
    names.sort(Comparator.naturalOrder());
    return List.copyOf(names);
  }

  private ListObjectsV2Response page(
      String prefix, @Nullable String delimiter, String after, int most, @Nullable String next)
      throws ArchiveException {
    ListObjectsV2Request request =
        ListObjectsV2Request.builder()
            .bucket(location.bucket())
            .prefix(location.prefix() + prefix)
            .delimiter(delimiter)
            .startAfter(after.isEmpty() ? null : location.prefix() + after)
            .maxKeys(most)
            .continuationToken(next)
            // Some characters that a key can have are none in XML.
            .encodingType(EncodingType.URL)
            .build();
    return ask(
        Action.LIST,
        prefix,
        (s3, _) -> {
          ListObjectsV2Response page = s3.listObjectsV2(request);
          check(page, location.prefix() + prefix, next);
          return page;
        });
  }

  /**
   * The client takes any XML for a list, which is then empty; and a list that is cut off without a
   * word where it goes on must not count as whole.
   */
  private static void check(ListObjectsV2Response page, String prefix, @Nullable String before) {
    StrangeAnswerException.check(page.sdkHttpResponse());
    String next = page.nextContinuationToken();
    if (page.isTruncated() == null) {
      throw new StrangeAnswerException("200 with other XML than a list");
    }
    if (page.isTruncated() && (next == null || next.isEmpty() || next.equals(before))) {
      throw new StrangeAnswerException("a part of a list that does not say how it goes on");
    }
    for (S3Object object : page.contents()) {
      if (object.key() == null || !object.key().startsWith(prefix) || object.size() == null) {
        throw new StrangeAnswerException("a list of other objects than were asked for");
      }
    }
    for (CommonPrefix folder : page.commonPrefixes()) {
      if (folder.prefix() == null
          || !folder.prefix().startsWith(prefix)
          || !folder.prefix().endsWith("/")) {
        throw new StrangeAnswerException("a list of other folders than were asked for");
      }
    }
  }

  @Override
  public String location() {
    return location.toString();
  }

  @Override
  public void close() {
    session.close();
  }

  private <T> T ask(Action action, String key, S3Session.Request<T> request)
      throws ArchiveException {
    try {
      return session.ask(request);
    } catch (SdkException e) {
      throw explain(e, action, key);
    }
  }

  private PutObjectRequest.Builder putRequest(String key, Sent sent, S3Manner manner) {
    PutObjectRequest.Builder request =
        PutObjectRequest.builder()
            .bucket(location.bucket())
            .key(location.prefix() + key)
            .metadata(Map.of(Sent.METADATA, sent.md5Hex()))
            .contentType(contentType(key));
    return manner.checksums()
        ? request.checksumCRC32(sent.crc32())
        : request.contentMD5(sent.md5Base64());
  }

  private static RequestBody body(Sent sent) {
    return RequestBody.fromBytes(sent.bytes());
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
    return new S3Faults(location.toString(), location.bucket(), way).explain(e, action, key);
  }

  private static boolean isCode(AwsServiceException e, int status, String code) {
    return e.statusCode() == status && S3Faults.code(e).equals(code);
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
