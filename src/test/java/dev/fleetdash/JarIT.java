package dev.fleetdash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.testing.LinkedClasses;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.Shaded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;

class JarIT {
  private static final String AWS = "software/amazon/awssdk/";
  private static final String SERVICE = AWS + "services/(s3|sso|ssooidc|sts)/";

  /** What the AWS clients are asked for. */
  private static final String CALLED =
      SERVICE
          + "(model|transform)/(AssumeRole|AssumeRoleWithWebIdentity|CreateToken|GetObject|GetRoleCredentials|HeadBucket|HeadObject|ListObjectsV2|PutObject)(Request|Response).*";

  /**
   * Classes that are left out.
   *
   * @param reason why nothing of them is missed
   * @param missing their names, as a pattern
   * @param users who may name them, as a pattern
   */
  private record LeftOut(String reason, String missing, String users) {
    boolean covers(String name, String user) {
      return name.matches(missing) && user.matches(users);
    }
  }

  private static final List<LeftOut> LEFT_OUT =
      List.of(
          new LeftOut(
              "clients have a method for each operation, and few are called",
              SERVICE + "(model|paginators|transform|waiters)/.*",
              SERVICE
                  + "((Default|Delegating)?[A-Za-z0-9]+Client|endpoints/internal/S3EndpointResolverUtils|internal/handlers/(CreateBucket|DecodeUrlEncodedResponse)Interceptor)"),
          new LeftOut(
              "a request is kept for the JVM's verifier, without what is put into it",
              SERVICE + "(model|transform)/.*",
              SERVICE
                  + "model/([A-Za-z0-9]+Request|ObjectLockRetention|ObjectLockRule|S3KeyFilter|S3Location)([$].*)?"),
          new LeftOut(
              "S3 is called by one thread at a time, without multipart",
              AWS + "services/s3/(DelegatingS3AsyncClient|S3AsyncClient|(internal/)?multipart/.*)",
              AWS
                  + "services/s3/internal/(client|crossregion|s3express)/.*Async.*|.*/S3ExpressIdentityCache"),
          new LeftOut(
              "helpers of other operations",
              SERVICE
                  + "model/(CopyObject|CreateMultipartUpload|GetUrl|UploadPartCopy)Request[$]Builder",
              AWS
                  + "services/s3/(S3Utilities|internal/CustomRequestTransformerUtils|internal/handlers/ObjectMetadataInterceptor)"),
          new LeftOut(
              "sessions of directory buckets are switched off",
              AWS + "services/s3/model/(CreateSession.*|SessionCredentials)",
              AWS + "services/s3/(internal/)?s3express/.*"),
          new LeftOut(
              "the clients compute their endpoints themselves",
              AWS + "regions/servicemetadata/.*",
              AWS + "regions/GeneratedServiceMetadataProvider"),
          new LeftOut(
              "AWS's native library, for signatures and checksums that are not used",
              AWS + "crt/.*",
              AWS + "(checksums/internal|crtcore|http/auth/aws/crt/internal)/.*"),
          new LeftOut(
              "web sockets are not served",
              "org/eclipse/jetty/(ee10/)?websocket/.*",
              "io/javalin/(jetty|websocket)/.*"),
          new LeftOut(
              "JSON is written by hand",
              "com/fasterxml/jackson/.*",
              "io/javalin/json/Jackson.*|io/javalin/json/JavalinJackson.*"),
          new LeftOut(
              "answers are compressed by us",
              "com/(aayushatharva/brotli4j|github/luben/zstd)/.*",
              "io/javalin/compression/.*"),
          new LeftOut(
              "systems on which nobody will see us",
              "oshi/.*/(aix|dragonflybsd|freebsd|netbsd|openbsd|solaris)/.*",
              "oshi/(nativefree/)?SystemInfo"));

  @Test
  void everyClassThatAKeptOneNeedsIsThereOrLeftOutForAReason() throws IOException {
    Map<String, Set<String>> missing = LinkedClasses.of(Shaded.jar()).missing();

    List<String> unexplained = new ArrayList<>();
    missing.forEach((name, users) ->
        users.stream()
            .filter(user ->
                name.matches(CALLED) || LEFT_OUT.stream().noneMatch(l -> l.covers(name, user)))
            .forEach(user -> unexplained.add(name + ", needed by " + user)));
    assertThat(unexplained).isEmpty();
    assertThat(LEFT_OUT)
        .as("reasons that nothing needs")
        .allMatch(left ->
            missing.entrySet().stream()
                .anyMatch(e -> e.getValue().stream().anyMatch(u -> left.covers(e.getKey(), u))));
  }

  @Test
  void isNoLargerThanItMayBe() throws IOException {
    assertThat(Files.size(Shaded.jar())).isLessThanOrEqualTo(14_600_000);
  }

  @Test
  void startsWithTheShippedFlagsAndPrintsNothingButItsOwn() throws Exception {
    Process process = Shaded.command("--version").redirectErrorStream(true).start();

    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(Patience.exitCode(process)).isZero();
    assertThat(output).matches("fleetdash 0\\.1\\.0( \\([0-9a-f]+\\))? java 25\\S* \\S+ \\S+\n");
  }

  @Test
  void aMissingAotCacheIsNoErrorInTheJournal() throws Exception {
    ProcessBuilder builder = Shaded.command("--version").redirectErrorStream(true);
    builder.command().add(1, "-XX:AOTCache=" + Shaded.jar().resolveSibling("no-such.aot"));
    Process process = builder.start();

    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(Patience.exitCode(process)).isZero();
    assertThat(output).startsWith("fleetdash ").hasLineCount(1);
  }

  @Test
  void holdsOurClassesAndNoBuildTools() throws IOException {
    try (JarFile jar = new JarFile(Shaded.jar().toFile())) {
      assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class"))
          .isEqualTo("dev.fleetdash.Launcher");
      assertThat(jar.stream().map(Object::toString))
          .contains("dev/fleetdash/Main.class", "simplelogger.properties")
          .noneMatch(name -> name.startsWith("META-INF/maven/") || name.endsWith(".SF"));
    }
  }
}
