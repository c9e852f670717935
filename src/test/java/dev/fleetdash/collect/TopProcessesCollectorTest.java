package dev.fleetdash.collect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Item;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopProcessesCollectorTest {
  private final List<ProcessUse> processes = new ArrayList<>();
  private long nanos = 1_000_000_000L;
  private final TopProcessesCollector top =
      new TopProcessesCollector(new FakeProcesses(), () -> 4, () -> nanos);

  @Test
  void unitesTheBusiestAndTheLargest() throws IOException {
    for (int pid = 1; pid <= 40; pid++) {
      processes.add(new ProcessUse(pid, "p" + pid, 0, 0, pid * 1000L));
    }
    Looks.prime(top);
    processes.replaceAll(p ->
        new ProcessUse(p.pid(), p.name(), 0, p.pid() <= 12 ? p.pid() / 10.0 : 0, 1000L * p.pid()));
    nanos += 10_000_000_000L;

    List<Item> items = Looks.row(top).items(Family.TOP_PROCESSES);

    assertThat(items)
        .extracting(Item::key)
        .containsExactly(
            "p12", "p11", "p10", "p9", "p8", "p7", "p6", "p5", "p4", "p3", "p40", "p39", "p38",
            "p37", "p36", "p35", "p34", "p33", "p32", "p31");
    assertThat(items.getFirst().labels()).containsExactly("p12", "12", "user12");
    assertThat(items.getFirst().value(Metric.PROCESS_CPU_UTILIZATION)).isEqualTo(0.03);
    assertThat(items.getLast().value(Metric.PROCESS_CPU_UTILIZATION)).isZero();
    assertThat(items.getLast().value(Metric.PROCESS_MEMORY_BYTES)).isEqualTo(31_000);
  }

  @Test
  void sharesOfTheFirstLookAreUnknown() throws IOException {
    processes.add(new ProcessUse(1, "init", 0, 500, 1000));

    Row row = Looks.row(top);

    assertThat(row.items(Family.TOP_PROCESSES)).hasSize(1);
    assertThat(row.items(Family.TOP_PROCESSES).getFirst().has(Metric.PROCESS_CPU_UTILIZATION))
        .isFalse();
  }

  @Test
  void processWithTheIdOfAnEarlierOneIsANewOne() throws IOException {
    processes.add(new ProcessUse(5, "old", 100, 90, 1000));
    Looks.prime(top);
    processes.set(0, new ProcessUse(5, "new", 200, 4, 1000));
    nanos += 10_000_000_000L;

    Item item = Looks.row(top).items(Family.TOP_PROCESSES).getFirst();

    assertThat(item.value(Metric.PROCESS_CPU_UTILIZATION)).isEqualTo(0.1);
  }

  @Test
  void processThatEndedMeanwhileIsLeftOut() throws IOException {
    processes.add(new ProcessUse(666, "gone", 0, 0, 1000));

    assertThat(Looks.row(top).items(Family.TOP_PROCESSES)).isEmpty();
  }

  private final class FakeProcesses implements ProcessSource {
    @Override
    public List<ProcessUse> read() {
      return List.copyOf(processes);
    }

    @Override
    public String user(int pid) {
      return pid == 666 ? "" : "user" + pid;
    }
  }
}
