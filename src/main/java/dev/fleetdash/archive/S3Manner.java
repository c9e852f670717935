package dev.fleetdash.archive;

import dev.fleetdash.archive.S3Options.PathStyle;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/**
 * What of S3 a store is asked for. Immutable.
 *
 * @param checksums CRC32 with puts, and with what is read; else puts carry their MD5
 */
record S3Manner(PathStyle pathStyle, boolean checksums) {
  private static final int BAD_REQUEST = 400;
  private static final int NOT_IMPLEMENTED = 501;

  /** Of Alibaba's OSS, Huawei's OBS, Volcano Engine's TOS and Tencent's COS. */
  private static final Set<String> WANT_THE_BUCKET_IN_THE_HOST =
      Set.of(
          "SecondLevelDomainForbidden",
          "VirtualHostDomainRequired",
          "InvalidPathAccess",
          "PathStyleDomainForbidden");

  private static final Set<String> UNKNOWN_HEADER =
      Set.of("InvalidArgument", "InvalidRequest", "NotImplemented");

  /** What may be asked for instead of what was refused; empty where there is nothing. */
  Optional<S3Manner> insteadOf(AwsServiceException refusal) {
    if (pathStyle == PathStyle.AUTO && refusesPathStyle(refusal)) {
      return Optional.of(new S3Manner(PathStyle.NO, checksums));
    }
    if (checksums && isUnsupported(refusal)) {
      return Optional.of(new S3Manner(pathStyle, false));
    }
    return Optional.empty();
  }

  static boolean refusesPathStyle(AwsServiceException refusal) {
    return WANT_THE_BUCKET_IN_THE_HOST.contains(S3Faults.code(refusal));
  }

  /** Whether the store does not know what it was asked for, rather than not now or not for us. */
  static boolean isUnsupported(AwsServiceException refusal) {
    String code = S3Faults.code(refusal);
    return (refusal.statusCode() == NOT_IMPLEMENTED && !code.isEmpty())
        || (refusal.statusCode() == BAD_REQUEST && UNKNOWN_HEADER.contains(code));
  }
}
