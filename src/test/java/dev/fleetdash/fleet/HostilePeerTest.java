package dev.fleetdash.fleet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.fleetdash.fleet.PeerClient.Bounds;
import dev.fleetdash.place.AddressBlock;
import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.MemoryArchive;
import dev.fleetdash.testing.Patience;
import dev.fleetdash.testing.RawPeer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a peer can do to the one that asks it: nothing but be told apart, with the reason. */
class HostilePeerTest {
  private static final HostName HOST = new HostName("web-2");
  private static final Bounds BOUNDS = new Bounds(Patience.LIMIT, 10_000);
  private static final Pattern NONCE = Pattern.compile("nonce=([0-9a-f]{32})");
  private static final String PATH = "/peer/live";
  private static final String GOOD = "{\"rows\":[]}";

  private final FakeClock clock = new FakeClock("2026-11-23T12:00:00Z");
  private final FleetKey key = FleetKey.random();
  private final List<AutoCloseable> open = new ArrayList<>();
  private PeerClient client;

  @BeforeEach
  void start() {
    MemoryArchive archive = new MemoryArchive();
    archive.put(FleetKeys.OBJECT, FleetKeysJson.write(List.of(key)));
    FleetKeys keys = new FleetKeys(archive, System::nanoTime, Patience.LIMIT, new Telemetry(clock));
    client = client(keys, "127.0.0.0/8");
  }

  private PeerClient client(FleetKeys keys, String allowed) {
    PeerClient made =
        new PeerClient(
            keys, List.of(AddressBlock.parse(allowed)), Set.of(80), new Telemetry(clock).clocks());
    open.add(made);
    return made;
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void whatIsSignedIsBelieved() throws Exception {
    RawPeer peer = peer((head, out) -> send(out, head, 200, GOOD, HOST, key, 0));

    assertThat(client.get(peer.address(), HOST, PATH, BOUNDS)).asString(UTF_8).isEqualTo(GOOD);
  }

  @Test
  void aPeerThatDripsIsNotWaitedForAndItsConnectionIsBroken() throws Exception {
    CountDownLatch broken = new CountDownLatch(1);
    RawPeer peer =
        peer((_, out) -> {
          byte[] answer = "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n".getBytes(ISO_8859_1);
          try {
            for (int i = 0; ; i++) {
              out.write(i < answer.length ? answer[i] : 'x');
              out.flush();
              Thread.sleep(Duration.ofMillis(i < 20 ? 1 : 50));
            }
          } catch (IOException e) {
            broken.countDown();
            throw e;
          }
        });

    // It goes on for ever, so without the bound this would not return.
    assertThat(reason(peer, new Bounds(Duration.ofMillis(1500), 10_000)))
        .isEqualTo("it does not answer");

    Patience.await(broken);
  }

  @Test
  void whatWaitsForRoomIsNotCalledSilent() throws Exception {
    RawPeer peer = peer((head, out) -> send(out, head, 200, GOOD, HOST, key, 0));
    CountDownLatch never = new CountDownLatch(1);
    PeerClient.Room full =
        new PeerClient.Room() {
          @Override
          public void take(long bytes) throws InterruptedException {
            never.await();
          }

          @Override
          public boolean awaited() {
            return true;
          }
        };

    // It waits for ever, so without the bound this would not return.
    assertThat(reason(peer, new Bounds(Duration.ofMillis(1500), 10_000, full)))
        .isEqualTo(PeerClient.Room.NONE);
  }

  @Test
  void anAnswerThatSaysItIsHugeTakesNoRoom() throws Exception {
    RawPeer peer =
        peer((_, out) ->
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n".getBytes(ISO_8859_1)));
    List<Long> taken = new ArrayList<>();

    assertThat(reason(peer, new Bounds(Patience.LIMIT, 10_000, taken::add)))
        .isEqualTo("its answer is larger than 10000 bytes");

    assertThat(taken).isEmpty();
  }

  @Test
  void aHugeAnswerIsNotRead() throws Exception {
    RawPeer peer =
        peer((_, out) -> {
          out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(ISO_8859_1));
          byte[] much = new byte[1 << 16];
          while (true) {
            out.write(much);
          }
        });

    assertThat(reason(peer)).isEqualTo("its answer is larger than 10000 bytes");
  }

  @Test
  void aRedirectIsNotFollowed() throws Exception {
    RawPeer elsewhere = peer((head, out) -> send(out, head, 200, GOOD, HOST, key, 0));
    for (String to :
        List.of(
            "http://169.254.169.254/latest/meta-data/", "http://" + elsewhere.address() + PATH)) {
      RawPeer peer =
          peer((_, out) ->
              out.write(
                  ("HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n")
                      .getBytes(ISO_8859_1)));

      assertThat(reason(peer)).isEqualTo("its answer (302) is not signed");
    }
    assertThat(elsewhere.requests()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1:80, 127.0.0.0/8",
    "169.254.169.254:80, 0.0.0.0/0",
    "[fd00:ec2::254]:80, fc00::/7",
    "[::ffff:169.254.169.254]:80, 0.0.0.0/0",
    "0.0.0.0:80, 0.0.0.0/0",
    "[::]:80, ::/0",
    "224.0.0.1:80, 0.0.0.0/0",
    "8.8.8.8:80, 10.0.0.0/8",
    "127.0.0.1:80, 10.0.0.0/8",
    "localhost:80, 10.0.0.0/8",
  })
  void anAddressThatIsNotAllowedIsNotContacted(String address, String allowed) throws Exception {
    PeerException refused =
        catchThrowableOfType(
            PeerException.class,
            () -> PeerAddress.parse(address).resolve(List.of(AddressBlock.parse(allowed))));

    assertThat(refused.reason()).endsWith("is not among FLEETDASH_PEERS_ALLOW");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.0.0.1",
        "10.0.0.1:0",
        "10.0.0.1:99999",
        "10.0.0.1:80/../x",
        "user@10.0.0.1:80",
        "10.0.0.1:80#",
        "http://10.0.0.1:80",
        "10.0.0.1\r\nHost: x:80",
      })
  void whatIsNoAddressIsNotAsked(String address) {
    PeerException refused =
        catchThrowableOfType(PeerException.class, () -> PeerAddress.parse(address));

    assertThat(refused.reason()).isEqualTo("its record has no address with a port");
  }

  @Test
  void addressesThatOnlyLookLikeOnesLeadNowhere() {
    for (String address : List.of("1:80", "0x7f.0.0.1:80", "127.1:80", "2130706433:80")) {
      PeerException refused =
          catchThrowableOfType(
              PeerException.class,
              () -> PeerAddress.parse(address).resolve(List.of(AddressBlock.parse("10.0.0.0/8"))));
      assertThat(refused).as(address).isNotNull();
    }
  }

  @Test
  void aPageDoesNotTellWhetherAPortRefusesBreaksOrIsSilent() throws Exception {
    int closed;
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = gone.getLocalPort();
    }
    RawPeer breaking = peer((_, _) -> {});
    CountDownLatch over = new CountDownLatch(1);
    RawPeer silent = peer((_, _) -> Patience.await(over));

    assertThat(reason("127.0.0.1:" + closed)).isEqualTo("it does not answer");
    assertThat(reason(breaking)).isEqualTo("it does not answer");
    assertThat(reason(silent, new Bounds(Duration.ofMillis(500), 10_000)))
        .isEqualTo("it does not answer");
    over.countDown();
  }

  @Test
  void aServiceOfTheSystemIsNotAskedUnlessItIsOurPort() {
    assertThat(reason("127.0.0.1:22")).startsWith("its port 22 is not asked");
    assertThat(reason("[::1]:25")).startsWith("its port 25 is not asked");
    // Ours here.
    assertThat(reason("10.0.0.1:80")).endsWith("is not among FLEETDASH_PEERS_ALLOW");
  }

  @Test
  void aWrongSignatureIsNotBelieved() throws Exception {
    RawPeer peer = peer((head, out) -> send(out, head, 200, GOOD, HOST, FleetKey.random(), 0));

    assertThat(reason(peer)).isEqualTo("the signature of its answer is wrong");
  }

  @Test
  void anAnswerOfBeforeIsNotBelieved() throws Exception {
    AtomicReference<String> first = new AtomicReference<>("");
    RawPeer peer =
        peer((head, out) -> {
          first.compareAndSet("", head);
          send(out, first.get(), 200, GOOD, HOST, key, 0);
        });
    client.get(peer.address(), HOST, PATH, BOUNDS);

    assertThat(reason(peer)).isEqualTo("the signature of its answer is wrong");
  }

  @Test
  void aSignatureHoldsForItsStatusAndBody() throws Exception {
    RawPeer peer =
        peer((head, out) -> {
          String signature = signature(head, 200, GOOD, HOST, key, 0);
          send(out, 200, GOOD.replace("[", "[ "), signature);
        });

    assertThat(reason(peer)).isEqualTo("the signature of its answer is wrong");
  }

  @Test
  void whoIsAtARecycledAddressIsNamedAndNotBelieved() throws Exception {
    RawPeer peer = peer((head, out) -> send(out, head, 200, GOOD, new HostName("web-7"), key, 0));

    assertThat(reason(peer)).isEqualTo("at its address is host web-7");
  }

  @ParameterizedTest
  @CsvSource({"45, ahead", "-45, behind"})
  void aWrongClockIsTheReason(int seconds, String direction) throws Exception {
    RawPeer peer = peer((head, out) -> send(out, head, 403, "{}", HOST, key, seconds * 1000L));

    assertThat(reason(peer)).isEqualTo("its clock is 45 s " + direction);
  }

  @Test
  void whoHasAnotherKeyIsToldSo() throws Exception {
    RawPeer peer =
        peer((_, out) -> send(out, 401, "{}", "host=web-2,time=1,signature=" + "0".repeat(64)));

    assertThat(reason(peer)).isEqualTo("it has another fleet key");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 999999999999 \r\n\r\n",
        "HTTP/1.1 200 OK\r\nFleetdash-Signature: host=<script>,time=x\r\nContent-Length: 0\r\n\r\n",
      })
  void nonsenseIsAReason(String answer) throws Exception {
    RawPeer peer = peer((_, out) -> out.write(answer.getBytes(ISO_8859_1)));

    assertThat(reason(peer)).matches("it does not answer|its answer \\(-?\\d+\\) is not signed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"rows\":[{}]}",
        "{\"rows\":[{\"ts\":1,\"host\":\"web-1\",\"run\":1}]}",
        "{\"rows\":[{\"ts\":1.5,\"host\":\"web-2\",\"run\":1}]}",
        "{\"rows\":[{\"ts\":2,\"host\":\"web-2\",\"run\":1},{\"ts\":1,\"host\":\"web-2\",\"run\":1}]}",
        "{\"rows\":[{\"ts\":1,\"host\":\"web-2\",\"run\":1,\"x\":[[[[[[[[[[1]]]]]]]]]]}]}",
        "{\"rows\":[{\"ts\":1,\"host\":\"web-2\",\"run\":1,\"cores\":[7]}]}",
        "{\"rows\":[{\"ts\":1,\"host\":\"web-2\",\"run\":1",
      })
  void rowsThatAreNoneAreRefused(String body) {
    assertThat(
            catchThrowableOfType(
                    PeerException.class, () -> LiveReport.read(HOST, body.getBytes(UTF_8)))
                .reason())
        .isEqualTo("its answer is malformed");
  }

  @Test
  void aRowKeepsItsDigitsWhatIsUnknownAndMarkupAsText() throws Exception {
    String row =
        "{\"ts\":5,\"host\":\"web-2\",\"run\":7,\"cpu_utilization\":0.5,\"load1\":1.0E400,\"memory_total_bytes\":8589934592,\"load5\":\"</script>\",\"new_metric\":10000000.0,\"filesystems\":[{\"mount\":\"<img"
            + " src=x>\",\"type\":\"ext4\",\"used_bytes\":7,\"later\":{\"a\":[1,null,true]}}]}";

    LiveReport report =
        LiveReport.read(HOST, ("{\"rows\":[" + row.replace(",", " ,\n ") + "]}").getBytes(UTF_8));

    Row read = report.rows().getFirst();
    assertThat(read.json()).asString(UTF_8).isEqualTo(row);
    assertThat(read.value(dev.fleetdash.sample.Metric.CPU_UTILIZATION)).isEqualTo(0.5);
    assertThat(read.has(dev.fleetdash.sample.Metric.LOAD1)).isFalse();
    assertThat(read.has(dev.fleetdash.sample.Metric.LOAD5)).isFalse();
    assertThat(read.items(Family.FILESYSTEMS).getFirst().labels())
        .containsExactly("<img src=x>", "ext4");
  }

  private String reason(RawPeer peer) {
    return reason(peer, BOUNDS);
  }

  private String reason(RawPeer peer, Bounds bounds) {
    return reason(peer.address(), bounds);
  }

  private String reason(String address) {
    return reason(address, BOUNDS);
  }

  private String reason(String address, Bounds bounds) {
    return catchThrowableOfType(PeerException.class, () -> client.get(address, HOST, PATH, bounds))
        .reason();
  }

  private RawPeer peer(RawPeer.Answer answer) throws IOException {
    RawPeer made = new RawPeer(answer);
    open.add(made);
    return made;
  }

  private void send(
      OutputStream out,
      String head,
      int status,
      String body,
      HostName host,
      FleetKey with,
      long aheadMillis)
      throws IOException {
    send(out, status, body, signature(head, status, body, host, with, aheadMillis));
  }

  private static void send(OutputStream out, int status, String body, String signature)
      throws IOException {
    out.write(
        "HTTP/1.1 %d X\r\n%s: %s\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(status, PeerSignature.ANSWER_HEADER, signature, body.length(), body)
            .getBytes(ISO_8859_1));
  }

  private String signature(
      String head, int status, String body, HostName host, FleetKey with, long aheadMillis) {
    Matcher nonce = NONCE.matcher(head);
    assertThat(nonce.find()).isTrue();
    return PeerSignature.Answer.signed(
            with, nonce.group(1), status, body.getBytes(UTF_8), host, clock.millis() + aheadMillis)
        .header();
  }
}
