package dev.fleetdash.siege;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.fleetdash.archive.Archive;
import dev.fleetdash.archive.Gzip;
import dev.fleetdash.archive.RawKey;
import dev.fleetdash.sample.HostName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** What others have put into the archive, while people ask for it. */
final class BadObjects implements Attack {
  private static final HostName HOST = new HostName("bad-objects");
  private static final int HOUR = 3_600;

  private final int foreign;

  /**
   * @param foreign how many more objects lie beside them, each with a name as it should be
   */
  BadObjects(int foreign) {
    this.foreign = foreign;
  }

  @Override
  public String name() {
    return foreign == 0 ? "bad-objects" : "foreign-objects";
  }

  @Override
  public String what() {
    return foreign == 0
        ? "8 clients ask for an hour of bombs, brackets, noise, links and objects that are cut or"
            + " of others"
        : "8 clients ask for an hour that holds %,d objects".formatted(foreign);
  }

  @Override
  public void prepare(Besieged node) throws IOException, InterruptedException {
    long now = InstantSource.system().instant().getEpochSecond();
    long hour = now / HOUR * HOUR - HOUR;
    try (Archive archive = node.archive()) {
      new Neighbours(archive).moveIn(HOST, "127.0.0.1:9");
    }
    Path folder = Files.createDirectories(node.root().resolve(RawKey.folder(HOST, hour)));
    int seq = 0;
    if (foreign == 0) {
      for (byte[] bytes : bodies(hour).values()) {
        Files.write(folder.resolve(name(hour, seq++)), bytes);
      }
      for (String to : new String[] {"/etc/passwd", "/dev/zero", "/", "/proc/self/environ"}) {
        Files.createSymbolicLink(folder.resolve(name(hour, seq++)), Path.of(to));
      }
      Files.createDirectory(folder.resolve(name(hour, seq++)));
      new ProcessBuilder("mkfifo", folder.resolve(name(hour, seq++)).toString()).start().waitFor();
      for (String odd : new String[] {"a\nb", "-rf", "<b>'\"&", "x".repeat(240), "\u001b[2J"}) {
        Files.write(folder.resolve(odd + ".ndjson.gz"), new byte[10]);
      }
    }
    byte[] small = Gzip.compress(row(hour, HOST.value(), ""));
    for (int i = 0; i < foreign; i++) {
      Files.write(folder.resolve(name(hour + i % HOUR, i)), small);
    }
  }

  private static String name(long ts, int seq) {
    String key = new RawKey(HOST, ts, 1, seq).text();
    return key.substring(key.lastIndexOf('/') + 1);
  }

  private static byte[] row(long ts, String host, String more) {
    return "{\"ts\":%d,\"host\":\"%s\",\"run\":1%s}\n".formatted(ts, host, more).getBytes(UTF_8);
  }

  private static Map<String, byte[]> bodies(long hour) throws IOException {
    byte[] good = Gzip.compress(row(hour, HOST.value(), ",\"load1\":0.5"));
    byte[] noise = new byte[30 << 20];
    new Random(1).nextBytes(noise);
    byte[] flipped = good.clone();
    flipped[flipped.length / 2] ^= 0x10;
    Map<String, byte[]> bodies = new LinkedHashMap<>();
    bodies.put("good", good);
    bodies.put("cut", Arrays.copyOf(good, good.length / 2));
    bodies.put("flipped", flipped);
    bodies.put("empty", new byte[0]);
    bodies.put("noise", noise);
    bodies.put("bomb", times(20, Gzip.compress(new byte[16 << 20])));
    bodies.put("brackets", Gzip.compress("[".repeat(10_000_000).getBytes(UTF_8)));
    bodies.put("members", times(2_000, good));
    bodies.put("other", Gzip.compress(row(hour, "web-1", "")));
    bodies.put(
        "numbers", Gzip.compress(row(hour, HOST.value(), ",\"load1\":1e999,\"load5\":\"NaN\"")));
    bodies.put("years", Gzip.compress(row(Long.MAX_VALUE / 2, HOST.value(), "")));
    bodies.put("cores", Gzip.compress(row(hour, HOST.value(), ",\"cores\":" + cores())));
    return bodies;
  }

  private static String cores() {
    return "[" + "{\"utilization\":0.5},".repeat(300_000) + "{}]";
  }

  private static byte[] times(int times, byte[] member) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      all.write(member);
    }
    return all.toByteArray();
  }

  @Override
  public void run(Besieged node, Tally tally, Until until) {
    byte[] question =
        node.target()
            .get("/api/history?hosts=" + HOST + "&metrics=load1,cores.utilization&from=-3h");
    new Askers(node.target(), tally).attack(8, () -> question, Duration.ofMillis(50), until);
  }
}
