package dev.fleetdash.place;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.place.Place.Instance;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MetadataServer;
import dev.fleetdash.testing.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlaceFinderTest {
  private static final String DOCUMENT =
      """
      {
        "accountId" : "123456789012",
        "availabilityZone" : "eu-central-1b",
        "billingProducts" : [ "bp-1" ],
        "devpayProductCodes" : null,
        "instanceId" : "i-0123456789abcdef0",
        "instanceType" : "t4g.small",
        "region" : "eu-central-1"
      }
      """;
  private static final Instance INSTANCE =
      new Instance("i-0123456789abcdef0", "t4g.small", "eu-central-1b", "eu-central-1");

  @TempDir private Path dmi;
  private final Telemetry telemetry = new Telemetry(new FakeClock("2026-11-23T10:15:00Z"));
  private final Map<String, String> environment = new HashMap<>();
  private MetadataServer service;

  @BeforeEach
  void startService() throws IOException {
    service = new MetadataServer();
    service.set(MetadataServer.IDENTITY, DOCUMENT);
    environment.put("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.endpoint());
  }

  @AfterEach
  void stopService() throws IOException {
    service.close();
  }

  @Test
  void instanceIdIsTheHostsName() {
    Place place = find(Optional.empty());

    assertThat(place).isEqualTo(new Place(new HostName(INSTANCE.id()), Optional.of(INSTANCE)));
    assertThat(service.requests())
        .containsExactly(
            "PUT /latest/api/token for 21600 s",
            "GET /latest/dynamic/instance-identity/document",
            "GET /latest/meta-data/local-hostname",
            "GET /latest/meta-data/public-hostname");
    assertThat(state()).isEqualTo(Status.UP);
  }

  @Test
  void configuredNameGoesFirstAndThePlaceIsKnownAllTheSame() {
    Place place = find(Optional.of(new HostName("db-1")));

    assertThat(place).isEqualTo(new Place(new HostName("db-1"), Optional.of(INSTANCE)));
  }

  @Test
  void namesThatEc2HasOfTheInstanceAreItsOwn() {
    service.set(MetadataServer.LOCAL_NAME, "ip-10-0-1-17.corp.example corp2.example\n");
    service.set(MetadataServer.PUBLIC_NAME, "ec2-203-0-113-7.compute-1.amazonaws.com");

    assertThat(find(Optional.empty()).names())
        .containsExactlyInAnyOrder(
            "ip-10-0-1-17.corp.example", "ec2-203-0-113-7.compute-1.amazonaws.com");
  }

  @Test
  void namesThatEc2DoesNotTellAreNoFailure() {
    service.set(MetadataServer.LOCAL_NAME, "ip-10-0-1-17.ec2.internal");
    service.set(MetadataServer.PUBLIC_NAME, "\n");
    assertThat(find(Optional.empty()).names()).containsExactly("ip-10-0-1-17.ec2.internal");

    service.next(200, 200, 500, 500);
    Place place = find(Optional.empty());

    assertThat(place).isEqualTo(new Place(new HostName(INSTANCE.id()), Optional.of(INSTANCE)));
    assertThat(state()).isEqualTo(Status.UP);
  }

  @ParameterizedTest
  @CsvSource({"IPv6, http://[fd00:ec2::254]", "ipv4, http://169.254.169.254"})
  void metadataServiceIsAskedByTheProtocolThatIsChosen(String mode, String endpoint)
      throws IOException {
    Files.writeString(dmi.resolve("sys_vendor"), "Amazon EC2\n");

    assertThat(
            MetadataService.of(Map.of("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", mode), dmi)
                .map(MetadataService::endpoint))
        .contains(endpoint);
  }

  @Test
  void oneFailureOfEachRequestIsForgiven() {
    service.next(500, 200, 503);

    assertThat(find(Optional.empty()).instance()).contains(INSTANCE);
    assertThat(service.requests()).hasSize(6);
  }

  @Test
  void refusalMakesItTheMachinesNameAndSaysWhy() {
    service.next(403, 403);

    Place place = find(Optional.empty());

    assertThat(place).isEqualTo(new Place(new HostName("box.example"), Optional.empty()));
    assertThat(state()).isEqualTo(Status.FAILING);
    assertThat(telemetry.state("place").orElseThrow().detail())
        .contains("403")
        .contains("FLEETDASH_HOST");
  }

  @Test
  void serviceThatNeverAnswersIsGivenUp() {
    service.next(0, 0, 0, 0);
    Optional<MetadataService> impatient = MetadataService.of(environment, dmi);

    Place place = find(impatient, Optional.empty());

    assertThat(place.instance()).isEmpty();
    assertThat(state()).isEqualTo(Status.FAILING);
  }

  @Test
  void closedPortIsAFailureWithTheEndpointNamed() {
    service.stop();

    assertThat(find(Optional.empty()).instance()).isEmpty();
    assertThat(telemetry.state("place").orElseThrow().detail())
        .contains(environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[]", "not json", "{\"instanceId\":\"i-1\"}", "{\"instanceId\":", "\"x\""})
  void documentThatMakesNoSenseIsAFailure(String nonsense) {
    service.set(MetadataServer.IDENTITY, nonsense);

    assertThat(find(Optional.empty()).instance()).isEmpty();
    assertThat(state()).isEqualTo(Status.FAILING);
  }

  @Test
  void endpointThatIsNoAddressIsAFailure() {
    environment.put("AWS_EC2_METADATA_SERVICE_ENDPOINT", "not an address");

    assertThat(find(Optional.empty()).instance()).isEmpty();
    assertThat(state()).isEqualTo(Status.FAILING);
  }

  @Test
  void elsewhereNobodyIsAsked() throws IOException {
    environment.clear();
    Files.writeString(dmi.resolve("sys_vendor"), "QEMU\n");
    Files.writeString(dmi.resolve("product_version"), "pc-i440fx\n");

    Place place = find(Optional.empty());

    assertThat(place).isEqualTo(new Place(new HostName("box.example"), Optional.empty()));
    assertThat(service.requests()).isEmpty();
    assertThat(state()).isEqualTo(Status.UP);
    assertThat(detail()).isEqualTo("not on EC2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "TRUE", " true "})
  void whereItIsSwitchedOffNobodyIsAsked(String disabled) throws IOException {
    environment.put("AWS_EC2_METADATA_DISABLED", disabled);
    Files.writeString(dmi.resolve("sys_vendor"), "Amazon EC2\n");

    find(Optional.empty());

    assertThat(service.requests()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "sys_vendor, Amazon EC2, true",
    "bios_vendor, Amazon EC2, true",
    "product_version, 4.11.amazon, true",
    "product_uuid, EC2A1B2C-0000-0000-0000-000000000000, true",
    "product_uuid, ec2a1b2c-0000-0000-0000-000000000000, true",
    "product_uuid, 4C4C4544-0000-0000-0000-000000000000, false",
    "sys_vendor, Dell Inc., false",
    "sys_vendor, ec2-like, false",
  })
  void firmwareTellsWhetherTheMachineIsAmazons(String file, String text, boolean amazons)
      throws IOException {
    Files.writeString(dmi.resolve(file), text + "\n");

    assertThat(MetadataService.of(Map.of(), dmi).isPresent()).isEqualTo(amazons);
  }

  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "web-1.example.org,web-1.example.org",
        "Jörgs Rechner,J-rgs-Rechner",
        "-dash,dash",
        "...,localhost",
        "'',localhost",
        "a123456789b123456789c123456789d123456789e123456789f123456789g123456789"
            + ",a123456789b123456789c123456789d123456789e123456789f123456789g123",
      })
  void anyNameBecomesAValidOne(String name, String host) {
    assertThat(PlaceFinder.valid(name)).isEqualTo(new HostName(host));
  }

  @Test
  void machineWithoutANameIsLocalhostAndFails() {
    PlaceFinder finder =
        new PlaceFinder(
            Optional.empty(),
            () -> {
              throw new IOException("no name");
            },
            telemetry);

    assertThat(finder.find(Optional.empty()).host()).isEqualTo(new HostName("localhost"));
    assertThat(state()).isEqualTo(Status.FAILING);
  }

  @ParameterizedTest
  @CsvSource({
    "Büro PC, B-ro-PC, 'Büro PC'",
    "東京-1, 1, 東京-1",
    "web_1!, web_1-, web_1!",
    "ip-10-0-1-17, ip-10-0-1-17, its address",
    "ip-10-0-1-17.eu-central-1.compute.internal, ip-10-0-1-17.eu-central-1.compute.internal, its"
        + " address",
    "0123456789ab, 0123456789ab, a container's id",
  })
  void nameThatAnotherMachineMayGetIsSaidWithItsMend(String name, String host, String said) {
    assertThat(named(name)).isEqualTo(new HostName(host));

    assertThat(state()).isEqualTo(Status.UP);
    assertThat(detail()).contains(said).contains("FLEETDASH_HOST");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "localhost.localdomain", "LOCALHOST", "", " ", "(none)", "...", "日本"})
  void nameThatManyMachinesHaveIsAFailure(String name) {
    named(name);

    assertThat(state()).isEqualTo(Status.FAILING);
    assertThat(detail()).contains("FLEETDASH_HOST");
  }

  @ParameterizedTest
  @ValueSource(strings = {"web-1", "web-1.example.org", "DESKTOP-4F2A1BC", "Mac.local"})
  void usualNameIsNoMatter(String name) {
    assertThat(named(name)).isEqualTo(new HostName(name));

    assertThat(detail()).isEqualTo("not on EC2");
  }

  @Test
  void chosenNameIsNotDoubted() {
    new PlaceFinder(Optional.empty(), () -> "localhost", telemetry)
        .find(Optional.of(new HostName("web-1")));

    assertThat(detail()).isEqualTo("not on EC2");
  }

  private HostName named(String name) {
    return new PlaceFinder(Optional.empty(), () -> name, telemetry).find(Optional.empty()).host();
  }

  private String detail() {
    return telemetry.state("place").orElseThrow().detail();
  }

  @Test
  void thisMachineHasTheNameThatTheKernelTells() throws IOException {
    Process uname = new ProcessBuilder("uname", "-n").start();

    assertThat(MachineNames.ofThisMachine()).isEqualTo(uname.inputReader().readLine());
  }

  @Test
  void nameFromAFileEndsBeforeItsNewline() {
    assertThat(PlaceFinder.valid("my_box\n")).isEqualTo(new HostName("my_box"));
  }

  private Place find(Optional<HostName> configured) {
    return find(
        MetadataService.of(environment, dmi).map(asked -> asked.waiting(Patience.LIMIT)),
        configured);
  }

  private Place find(Optional<MetadataService> asked, Optional<HostName> configured) {
    return new PlaceFinder(asked, () -> "box.example", telemetry).find(configured);
  }

  private Status state() {
    return telemetry.state("place").orElseThrow().status();
  }
}
