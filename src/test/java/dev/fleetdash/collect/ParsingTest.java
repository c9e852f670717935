package dev.fleetdash.collect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.fleetdash.collect.DiskSource.DiskCounters;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts as kernels write them. */
class ParsingTest {
  private static final String STAT =
      """
      cpu  14937 7 5398 264497 1095 3 378 3013 11 0
      cpu0 7040 3 1960 134115 126 1 37 1321 5 0
      cpu2 7897 4 3438 130381 968 2 340 1692 6 0
      intr 1234567 0 9 0
      ctxt 2345
      """;

  @Test
  void readsCpuTicksOfAllAndOfEachCoreByItsNumber() throws IOException {
    CpuTicks ticks = ProcCpu.parse(Cursor.of(STAT));

    assertThat(ticks.total()).containsExactly(14937, 7, 5398, 264497, 1095, 3, 378, 3013);
    assertThat(ticks.cores().keySet()).containsExactly("0", "2");
    assertThat(ticks.cores().get("2")).containsExactly(7897, 4, 3438, 130381, 968, 2, 340, 1692);
  }

  @Test
  void stolenTimeIsNoneWhereAnOldKernelDoesNotTellIt() throws IOException {
    CpuTicks ticks = ProcCpu.parse(Cursor.of("cpu  1 2 3 4\ncpu0 1 2 3 4\n"));

    assertThat(ticks.total()).containsExactly(1, 2, 3, 4, 0, 0, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "cpufreq\n", "intr 5\n"})
  void textThatIsNoStatIsAnError(String text) {
    assertThatThrownBy(() -> ProcCpu.parse(Cursor.of(text))).isInstanceOf(IOException.class);
  }

  @Test
  void readsLoadAverages() {
    assertThat(LoadSource.Load.parse(Cursor.of("4.55 12.29 0.05 3/287 16238\n")))
        .isEqualTo(new LoadSource.Load(4.55, 12.29, 0.05));
  }

  @Test
  void readsMemoryInBytes() {
    Memory memory =
        ProcMemory.parse(
            Cursor.of(
                """
                MemTotal:       24682416 kB
                MemFree:        24176320 kB
                MemAvailable:   24317272 kB
                Buffers:           20420 kB
                Cached:           299604 kB
                SwapCached:         1000 kB
                SwapTotal:       2097148 kB
                SwapFree:        2000000 kB
                KReclaimable:      84720 kB
                SReclaimable:      84720 kB
                """));

    assertThat(memory)
        .isEqualTo(
            new Memory(
                24682416L * 1024,
                24317272L * 1024,
                (20420L + 299604 + 84720) * 1024,
                2097148L * 1024,
                2000000L * 1024));
  }

  @Test
  void memoryThatIsNotToldIsUnknown() {
    assertThat(ProcMemory.parse(Cursor.of("MemTotal: 10 kB\n")))
        .isEqualTo(new Memory(10240, -1, -1, -1, -1));
  }

  @Test
  void readsPressureTotals() {
    String text =
        """
        some avg10=0.12 avg60=0.00 avg300=0.00 total=123456
        full avg10=0.00 avg60=0.00 avg300=0.00 total=789
        """;
    Cursor cursor = Cursor.of(text);

    assertThat(PressureCollector.total(cursor, "some")).isEqualTo(123456);
    assertThat(PressureCollector.total(cursor, "full")).isEqualTo(789);
    assertThat(PressureCollector.total(Cursor.of("some avg10=0.12\n"), "full")).isEqualTo(-1);
  }

  @Test
  void readsTheDisksAndLeavesOutTheirPartitionsAndOthers() {
    String text =
        """
           7       0 loop0 1 0 8 1 0 0 0 0 0 1 1 0 0 0 0 0 0
         259       0 nvme0n1 54218 10567 3007938 33073 22243 12301 2562928 11351 2 19512 45784 7607 75 260968 1128 2892 230
         259       1 nvme0n1p1 54000 10000 3000000 33000 22000 12000 2500000 11000 0 19000 45000
         252       0 dm-0 60000 0 3000000 33000 30000 0 2500000 11000 0 19000 45000
        """;

    assertThat(ProcDisks.parse(Cursor.of(text), Set.of("nvme0n1")))
        .containsExactly(
            new DiskCounters("nvme0n1", 3007938L * 512, 2562928L * 512, 54218, 22243, 19512));
  }

  @Test
  void readsInterfacesWithErrorsAndDropsOfBothWays() {
    String text =
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo:    3193      29    0    0    0     0          0         0     3193      29    0    0    0     0       0          0
          eth0:508429660   14314    1    2    0     0          0         7  1565820    9712    30   40    0     0       0          0
        """;

    assertThat(ProcInterfaces.parse(Cursor.of(text)))
        .containsExactly(
            new InterfaceCounters("lo", true, 3193, 3193, 29, 29, 0, 0),
            new InterfaceCounters("eth0", true, 508429660, 1565820, 14314, 9712, 31, 42));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 64, 8192})
  void countsTcpStatesHoweverTheTableIsCut(int piece) {
    String text =
        """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1 0000 100 0 0 10 0
           1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 1235 1 0000 20 4 30 10 -1
           2: 0100007F:D431 0100007F:1F90 06 00000000:00000000 03:000017A0 00000000     0        0 0 3 0000
          10: 0100007F:D431 0100007F:1F91 0C 00000000:00000000 03:000017A0 00000000     0        0 0 3 0000
        """;
    TcpStates states = new TcpStates();

    for (int table = 0; table < 2; table++) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      for (int from = 0; from < bytes.length; from += piece) {
        byte[] cut =
            java.util.Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + piece));
        states.add(cut, cut.length);
      }
      states.endOfTable();
    }

    assertThat(states.count(TcpStates.LISTEN)).isEqualTo(2);
    assertThat(states.count(TcpStates.ESTABLISHED)).isEqualTo(2);
    assertThat(states.count(TcpStates.TIME_WAIT)).isEqualTo(2);
    assertThat(states.count(TcpStates.SYN_RECEIVED, TcpStates.NEW_SYN_RECEIVED)).isEqualTo(2);
    assertThat(states.count(TcpStates.CLOSE_WAIT)).isZero();
  }

  @Test
  void readsAProcessWhateverItCallsItself() {
    String text =
        "4242 (a) (b c)\nd) S 1 4242 4242 0 -1 4194560 1 2 3 4 150 50 7 8 20 -5 9 0 98765"
            + " 123456 321 18446744073709551615\n";

    assertThat(ProcProcesses.parse(Cursor.of(text), 4096))
        .isEqualTo(new ProcessUse(4242, "a) (b c)\nd", 98765, 2.0, 321L * 4096));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "12", "12 (x", "12 (x) S 1 2\n"})
  void processThatEndedWhileItWasReadIsNone(String text) {
    assertThat(ProcProcesses.parse(Cursor.of(text), 4096)).isNull();
  }

  @Test
  void namesUsersByTheFirstEntryOfTheirNumber() {
    assertThat(
            Users.parse(
                List.of("root:x:0:0::/root:/bin/sh", "toor:x:0:0::/:/bin/sh", "bad", "a:x:1000:1")))
        .containsOnly(entry(0L, "root"), entry(1000L, "a"));
  }

  @Test
  void readsInodesAndLeavesOutFileSystemsWithoutAny() {
    assertThat(Inodes.parse("16777216 16362866 /\n0 0 /btrfs\n100 90 /with space\nstat: no\n"))
        .containsOnly(
            entry("/", new Inodes(16777216, 16362866)), entry("/with space", new Inodes(100, 90)));
  }
}
