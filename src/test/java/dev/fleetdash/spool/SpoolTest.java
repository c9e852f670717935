package dev.fleetdash.spool;

import static dev.fleetdash.testing.Rows.HOST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Rows;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  private static final String START = "2026-11-23T10:15:00Z";
  private static final long TS = Rows.ts(START);
  private static final Spool.Settings SETTINGS = new Spool.Settings(60, 1 << 20);

  @TempDir private Path directory;
  private final FakeClock clock = new FakeClock(START);
  private final Telemetry telemetry = new Telemetry(clock);

  @Test
  void aRowIsInAFileAsSoonAsItIsAppended() throws IOException {
    Spool spool = open();

    spool.append(Rows.at(TS + 3, spool.run(), 0.5));

    Path file = directory.resolve("open/2026-11-23T101503-" + spool.run() + "-0-web-1.ndjson");
    assertThat(file)
        .content()
        .isEqualTo(
            new String(Rows.at(TS + 3, spool.run(), 0.5).json(), StandardCharsets.UTF_8) + "\n");
    assertThat(spool.oldest()).isEmpty();
  }

  @Test
  void cutsAtUtcMultiplesOfTheInterval() throws IOException {
    Spool spool = open();

    append(spool, TS + 50, TS + 190);

    assertThat(drain(spool)).extracting(List::getFirst).containsExactly(TS + 50, TS + 60, TS + 120);
    assertThat(spool.oldest()).isEmpty();
    spool.seal();
    assertThat(drain(spool))
        .containsExactly(Stream.iterate(TS + 180, ts -> ts + 1).limit(10).toList());
  }

  @Test
  void aStepBackOfTheClockBeginsANewSegment() throws IOException {
    Spool spool = open();

    append(spool, TS + 10, TS + 30);
    append(spool, TS + 5, TS + 15);
    append(spool, TS + 10, TS + 12);
    spool.seal();

    List<List<Long>> segments = drain(spool);
    assertThat(segments)
        .hasSize(3)
        .allSatisfy(rows -> assertThat(rows).isSorted().doesNotHaveDuplicates());
    assertThat(segments.stream().mapToInt(List::size).sum()).isEqualTo(20 + 10 + 2);
  }

  @Test
  void aStepForthBeginsANewSegment() throws IOException {
    Spool spool = open();

    append(spool, TS, TS + 3);
    append(spool, TS + 86_400, TS + 86_402);
    append(spool, TS + 4, TS + 6);
    spool.seal();

    assertThat(drain(spool))
        .containsExactly(
            List.of(TS, TS + 1, TS + 2),
            List.of(TS + 4, TS + 5),
            List.of(TS + 86_400, TS + 86_401));
  }

  @Test
  void aSegmentNeverCrossesAnHourWhateverTheIntervalWasInTheRunBefore() throws IOException {
    try (Spool spool = Spool.open(directory, new Spool.Settings(3600, 1 << 20), clock, telemetry)) {
      append(spool, TS + 2690, TS + 2710);
    }
    try (Spool spool = Spool.open(directory, new Spool.Settings(10, 1 << 20), clock, telemetry)) {
      append(spool, TS + 2705, TS + 2715);
      spool.seal();

      assertThat(drain(spool))
          .extracting(rows -> rows.getFirst() - TS)
          .containsExactly(2690L, 2700L, 2705L, 2710L);
    }
  }

  @Test
  void whatAKilledProcessLeftIsRepairedAndSealed() throws IOException {
    Spool killed = open();
    append(killed, TS, TS + 20);
    Path file = onlyFile("open");
    Files.writeString(file, "{\"ts\":17638884", StandardOpenOption.APPEND);
    kill(killed);

    Spool spool = open();

    assertThat(drain(spool)).containsExactly(Stream.iterate(TS, ts -> ts + 1).limit(20).toList());
    assertThat(spool.run()).isGreaterThan(killed.run());
    assertThat(count("rows_torn")).isOne();
  }

  @Test
  void zeroBytesThatAPowerFailureLeftAreCutOut() throws IOException {
    Spool killed = open();
    append(killed, TS, TS + 2);
    Files.write(onlyFile("open"), new byte[500], StandardOpenOption.APPEND);
    kill(killed);

    Spool spool = open();

    assertThat(drain(spool)).containsExactly(List.of(TS, TS + 1));
  }

  @Test
  void aSegmentWithoutAWholeRowLeavesNothing() throws IOException {
    Spool killed = open();
    append(killed, TS, TS + 1);
    Files.writeString(onlyFile("open"), "{\"ts\"");
    kill(killed);

    Spool spool = open();

    assertThat(spool.oldest()).isEmpty();
    assertThat(files("open")).isEmpty();
    assertThat(files("sealed")).isEmpty();
  }

  @Test
  void aSegmentThatWasSealedKeepsItsBytesWhenTheKillCameBeforeItsOpenFileWasDeleted()
      throws IOException {
    Spool killed = open();
    append(killed, TS, TS + 5);
    Path open = onlyFile("open");
    byte[] content = Files.readAllBytes(open);
    killed.seal();
    byte[] sealed = killed.read(killed.oldest().orElseThrow()).orElseThrow();
    Files.write(open, content);
    kill(killed);

    Spool spool = open();

    assertThat(files("open")).isEmpty();
    assertThat(spool.read(spool.oldest().orElseThrow())).contains(sealed);
    assertThat(spool.backlog().segments()).isOne();
  }

  @Test
  void aHalfWrittenSealIsDoneAgain() throws IOException {
    Spool killed = open();
    append(killed, TS, TS + 5);
    Path hour = directory.resolve("sealed/2026-11-23T10");
    Files.createDirectories(hour);
    Files.writeString(hour.resolve(onlyFile("open").getFileName() + ".gz.tmp"), "half");
    kill(killed);

    Spool spool = open();

    assertThat(drain(spool)).hasSize(1);
    assertThat(files("sealed")).isEmpty();
  }

  @Test
  void aSecondProcessIsRefused() throws IOException {
    open();

    assertThatThrownBy(this::open)
        .isInstanceOf(SpoolInUseException.class)
        .hasMessageContaining("FLEETDASH_SPOOL")
        .hasMessageContaining(directory.toString());
  }

  @Test
  void runsGrowEvenWhenTheClockGoesBack() throws IOException {
    Spool first = open();
    first.close();
    clock.set(Instant.parse(START).minusSeconds(90));

    Spool second = open();

    assertThat(first.run()).isEqualTo(Instant.parse(START).toEpochMilli());
    assertThat(second.run()).isEqualTo(first.run() + 1);
  }

  @Test
  void theOldestSegmentsGoWhenTheSpoolIsFullAndAreCounted() throws IOException {
    Spool spool = Spool.open(directory, new Spool.Settings(60, 2000), clock, telemetry);

    append(spool, TS, TS + 3600);
    spool.seal();

    Spool.Backlog backlog = spool.backlog();
    assertThat(backlog.bytes()).isLessThanOrEqualTo(2000);
    assertThat(backlog.segments()).isPositive();
    assertThat(count("segments_dropped")).isEqualTo(60 - backlog.segments());
    assertThat(drain(spool).getLast()).endsWith(TS + 3599);
  }

  @Test
  void knowsItsBacklogAfterARestart() throws IOException {
    Spool before = open();
    append(before, TS, TS + 600);
    before.close();

    Spool spool = open();

    assertThat(spool.backlog().segments()).isEqualTo(10);
    assertThat(spool.backlog().bytes()).isPositive();
    assertThat(spool.backlog().oldest()).contains(TS);
    drain(spool);
    assertThat(spool.backlog()).isEqualTo(new Spool.Backlog(0, 0, Optional.empty(), 0));
    assertThat(files("sealed")).isEmpty();
  }

  @Test
  void aQuarantinedSegmentIsKeptAsideAndCounted() throws IOException {
    Spool spool = open();
    append(spool, TS, TS + 5);
    spool.seal();

    spool.quarantine(spool.oldest().orElseThrow());

    assertThat(spool.oldest()).isEmpty();
    assertThat(spool.backlog().quarantined()).isOne();
    assertThat(files("quarantine")).hasSize(1);
    assertThat(count("segments_quarantined")).isOne();
    spool.close();
    assertThat(open().backlog().quarantined()).isOne();
  }

  @Test
  void findsTheSegmentsOfARange() throws IOException {
    Spool spool = open();
    append(spool, TS, TS + 7200);
    spool.seal();

    List<Segment> found = spool.between(HOST, TS + 3600, TS + 3660);

    assertThat(found)
        .extracting(Segment::ts)
        .contains(TS + 3600)
        .doesNotContain(TS + 3660)
        .isSorted();
    assertThat(found).allMatch(segment -> segment.ts() >= TS + 2700);
  }

  @Test
  void aSpoolThatCannotBeWrittenFailsItsPartHoldsRowsAndComesBack() throws IOException {
    Path blocked = directory.resolve("blocked");
    Files.writeString(blocked, "a file where a directory should be");
    Spool spool = Spool.open(blocked, SETTINGS, clock, telemetry);
    assertThat(telemetry.part("spool").state().status()).isEqualTo(Status.FAILING);

    append(spool, TS, TS + 10);
    assertThat(telemetry.part("spool").state().detail()).contains("held in memory");
    Files.delete(blocked);
    append(spool, TS + 60, TS + 70);
    spool.seal();

    assertThat(drain(spool)).containsExactly(seconds(TS, 10), seconds(TS + 60, 10));
    assertThat(telemetry.part("spool").state().status()).isEqualTo(Status.UP);
    assertThat(count("rows_dropped")).isZero();
  }

  @Test
  void rowsThatTheDiskDoesNotTakeGoFromMemory() throws IOException {
    Spool spool = open();
    append(spool, TS, TS + 30);
    block("open");

    append(spool, TS + 60, TS + 190);
    spool.seal();

    assertThat(spool.backlog().segments()).isEqualTo(4);
    assertThat(spool.between(HOST, TS, TS + 3600)).hasSize(4);
    assertThat(drain(spool))
        .containsExactly(
            seconds(TS, 30), seconds(TS + 60, 60), seconds(TS + 120, 60), seconds(TS + 180, 10));
    assertThat(spool.backlog()).isEqualTo(new Spool.Backlog(0, 0, Optional.empty(), 0));
    assertThat(count("rows_dropped")).isZero();
    assertThat(telemetry.part("spool").state().status()).isEqualTo(Status.FAILING);
  }

  @Test
  void whatMemoryHoldsIsOnTheDiskAsSoonAsThatTakesIt() throws IOException {
    Spool killed = open();
    block("sealed");
    block("open");
    append(killed, TS, TS + 60);
    killed.seal();
    byte[] held = killed.read(killed.oldest().orElseThrow()).orElseThrow();

    unblock("sealed");
    unblock("open");
    append(killed, TS + 60, TS + 120);
    killed.seal();
    kill(killed);

    Spool spool = open();
    assertThat(spool.read(spool.oldest().orElseThrow())).contains(held);
    assertThat(drain(spool)).containsExactly(seconds(TS, 60), seconds(TS + 60, 60));
    assertThat(count("rows_dropped")).isZero();
  }

  @Test
  void whatOnlyLacksRoomToBeSealedIsPutFromMemoryAndIsTheSameBytesAfterAKill() throws IOException {
    Spool killed = open();
    append(killed, TS, TS + 60);
    block("sealed");
    killed.seal();
    Segment segment = killed.oldest().orElseThrow();
    byte[] put = killed.read(segment).orElseThrow();
    assertThat(seconds(put)).isEqualTo(seconds(TS, 60));
    kill(killed);
    unblock("sealed");

    Spool spool = open();
    assertThat(spool.oldest()).contains(segment);
    assertThat(spool.read(segment)).contains(put);
  }

  @Test
  void whatWasPutFromMemoryIsNotSealedOnceMore() throws IOException {
    Spool spool = open();
    append(spool, TS, TS + 60);
    block("sealed");
    spool.seal();
    spool.remove(spool.oldest().orElseThrow());
    assertThat(files("open")).isEmpty();

    unblock("sealed");
    append(spool, TS + 60, TS + 70);
    spool.seal();

    assertThat(drain(spool)).containsExactly(seconds(TS + 60, 10));
  }

  @Test
  void rowsOfASpoolThatSomebodyRemovedAreNotLost() throws IOException {
    Spool spool = open();
    append(spool, TS, TS + 90);
    assertThat(spool.backlog().segments()).isOne();
    spool.remove(spool.oldest().orElseThrow());
    removeAll();

    append(spool, TS + 90, TS + 190);
    spool.seal();

    assertThat(drain(spool))
        .containsExactly(seconds(TS + 60, 60), seconds(TS + 120, 60), seconds(TS + 180, 10));
    assertThat(spool.backlog().segments()).isZero();
    assertThat(count("rows_dropped")).isZero();
    assertThatThrownBy(this::open).isInstanceOf(SpoolInUseException.class);
  }

  @Test
  void segmentsThatSomebodyRemovedNoLongerWait() throws IOException {
    Spool spool = open();
    append(spool, TS, TS + 190);
    removeAll();

    assertThat(spool.oldest()).isEmpty();
    append(spool, TS + 190, TS + 250);
    spool.seal();

    assertThat(spool.backlog().segments()).isEqualTo(2);
  }

  @Test
  void rowsAreTheirOwnersOnlyWhateverTheUmask() throws IOException {
    Path root = directory.resolve("spool");
    Spool spool = Spool.open(root, SETTINGS, clock, telemetry);
    append(spool, TS, TS + 70);
    spool.quarantine(spool.oldest().orElseThrow());
    append(spool, TS + 70, TS + 130);

    assertOwnersOnly(root);
  }

  @Test
  void spoolThatEveryUserCouldReadIsClosedAtTheStart() throws IOException {
    Path root = directory.resolve("spool");
    Spool before = Spool.open(root, SETTINGS, clock, telemetry);
    append(before, TS, TS + 5);
    kill(before);
    for (String folder : List.of("", "open", "sealed")) {
      Files.setPosixFilePermissions(
          root.resolve(folder), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    Spool spool = Spool.open(root, SETTINGS, clock, telemetry);

    assertThat(spool.backlog().segments()).isOne();
    assertOwnersOnly(root);
  }

  @Test
  void directoryThatHoldsMoreThanASpoolStaysAsItIs() throws IOException {
    Path root = Files.createDirectory(directory.resolve("shared"));
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(root.resolve("other"), "of somebody else");

    Spool.open(root, SETTINGS, clock, telemetry);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
        .isEqualTo("rwxr-xr-x");
    assertOwnersOnly(root.resolve("open"));
  }

  private static void assertOwnersOnly(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as(file.toString())
            .isEqualTo(Files.isDirectory(file) ? "rwx------" : "rw-------");
      }
    }
  }

  @Test
  void memoryIsBoundedAndWhatIsLostIsCounted() throws IOException {
    Path blocked = directory.resolve("blocked");
    Files.writeString(blocked, "a file where a directory should be");
    Spool spool = Spool.open(blocked, new Spool.Settings(1, 1 << 20), clock, telemetry);

    append(spool, TS, TS + 20_000);
    spool.seal();

    long kept = spool.backlog().segments();
    assertThat(spool.backlog().bytes()).isBetween(1L << 19, 1L << 20);
    assertThat(count("rows_dropped")).isEqualTo(20_000 - kept);
    spool.close();
    assertThat(count("rows_dropped")).isEqualTo(20_000);
  }

  private static List<Long> seconds(long from, int count) {
    return Stream.iterate(from, ts -> ts + 1).limit(count).toList();
  }

  /** No file can be made there any more. */
  private void block(String folder) throws IOException {
    Files.move(directory.resolve(folder), directory.resolve(folder + ".away"));
    Files.writeString(directory.resolve(folder), "a file where a directory should be");
  }

  private void unblock(String folder) throws IOException {
    Files.delete(directory.resolve(folder));
    Files.move(directory.resolve(folder + ".away"), directory.resolve(folder));
  }

  private void removeAll() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(directory)) {
          Files.delete(file);
        }
      }
    }
  }

  @Test
  void theWriterHandsOverEveryRowBeforeItCloses() throws IOException {
    Spool spool = open();
    SpoolWriter writer = new SpoolWriter(spool, telemetry);
    writer.start();

    for (long ts = TS; ts < TS + 500; ts++) {
      writer.accept(Rows.at(ts, spool.run(), 0.5));
    }
    writer.close();
    spool.seal();

    assertThat(drain(spool).stream().mapToInt(List::size).sum()).isEqualTo(500);
    assertThat(count("rows_dropped")).isZero();
  }

  @Test
  void theWriterCountsRowsThatADiskWhichHangsCannotTake() throws IOException {
    Spool spool = open();
    SpoolWriter writer = new SpoolWriter(spool, telemetry);

    for (long ts = TS; ts < TS + 700; ts++) {
      writer.accept(Rows.at(ts, spool.run(), 0.5));
    }

    assertThat(count("rows_dropped")).isEqualTo(100);
  }

  private Spool open() throws IOException {
    return Spool.open(directory, SETTINGS, clock, telemetry);
  }

  /** Lets go of the lock as a kill does, without sealing anything. */
  private static void kill(Spool spool) throws IOException {
    spool.abandon();
  }

  private static void append(Spool spool, long from, long to) {
    for (long ts = from; ts < to; ts++) {
      Row row = Rows.at(ts, spool.run(), 0.25);
      spool.append(row);
    }
  }

  /** The seconds of each sealed segment, oldest first; the spool is empty after that. */
  private static List<List<Long>> drain(Spool spool) throws IOException {
    List<List<Long>> found = new ArrayList<>();
    for (Optional<Segment> next = spool.oldest(); next.isPresent(); next = spool.oldest()) {
      found.add(seconds(spool.read(next.get()).orElseThrow()));
      spool.remove(next.get());
    }
    return found;
  }

  private static List<Long> seconds(byte[] gzipped) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzipped))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> Long.parseLong(line.replaceFirst("\\{\"ts\":(\\d+),.*}", "$1")))
          .toList();
    }
  }

  private Path onlyFile(String folder) throws IOException {
    List<Path> files = files(folder);
    assertThat(files).hasSize(1);
    return files.getFirst();
  }

  private List<Path> files(String folder) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(folder))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private long count(String counter) {
    return telemetry.counters().stream()
        .filter(c -> c.name().equals(counter))
        .mapToLong(c -> c.count())
        .sum();
  }
}
