package dev.fleetdash.collect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.sample.Family;
import dev.fleetdash.sample.Metric;
import dev.fleetdash.sample.Row;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class CpuCollectorTest {
  private String stat = "cpu  0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0\n";
  private final CpuCollector cpu = new CpuCollector(() -> ProcCpu.parse(Cursor.of(stat)));

  @Test
  void firstReadIsUnknown() throws IOException {
    Row row = Looks.row(cpu);

    assertThat(row.has(Metric.CPU_UTILIZATION)).isFalse();
  }

  @Test
  void sharesAreOfTheTicksThatPassed() throws IOException {
    Looks.prime(cpu);
    stat = "cpu  20 10 30 100 15 2 3 20\ncpu0 10 0 0 80 10 0 0 0\n";

    Row row = Looks.row(cpu);

    assertThat(row.value(Metric.CPU_USER)).isEqualTo(0.1);
    assertThat(row.value(Metric.CPU_NICE)).isEqualTo(0.05);
    assertThat(row.value(Metric.CPU_SYSTEM)).isEqualTo(0.15);
    assertThat(row.value(Metric.CPU_IOWAIT)).isEqualTo(0.075);
    assertThat(row.value(Metric.CPU_IRQ)).isEqualTo(0.025);
    assertThat(row.value(Metric.CPU_STEAL)).isEqualTo(0.1);
    assertThat(row.value(Metric.CPU_UTILIZATION)).isEqualTo(0.425);
    assertThat(row.items(Family.CORES).getFirst().value(Metric.CORE_UTILIZATION)).isEqualTo(0.1);
  }

  @Test
  void idleTimeTakenBackByTheKernelCountsAsNone() throws IOException {
    stat = "cpu  0 0 0 1000 50 0 0 0\n";
    Looks.prime(cpu);
    stat = "cpu  60 0 40 1100 48 0 0 0\n";

    Row row = Looks.row(cpu);

    assertThat(row.value(Metric.CPU_IOWAIT)).isZero();
    assertThat(row.value(Metric.CPU_USER)).isEqualTo(0.3);
  }

  @Test
  void countersThatBeganAnewAreUnknownForOneTick() throws IOException {
    stat = "cpu  5000 0 0 90000 0 0 0 0\n";
    Looks.prime(cpu);
    stat = "cpu  10 0 0 90 0 0 0 0\n";
    Row reset = Looks.row(cpu);
    stat = "cpu  20 0 0 180 0 0 0 0\n";

    assertThat(reset.has(Metric.CPU_USER)).isFalse();
    assertThat(Looks.row(cpu).value(Metric.CPU_USER)).isEqualTo(0.1);
  }

  @Test
  void noTicksPassedIsUnknown() throws IOException {
    Looks.prime(cpu);

    assertThat(Looks.row(cpu).has(Metric.CPU_UTILIZATION)).isFalse();
  }

  @Test
  void coreThatComesBackIsUnknownFirstAndLeavesTheOthersAlone() throws IOException {
    stat = "cpu  0 0 0 0\ncpu0 0 0 0 0\ncpu1 0 0 0 0\n";
    Looks.prime(cpu);
    stat = "cpu  0 0 0 10\ncpu1 5 0 0 5\n";
    Looks.row(cpu);
    stat = "cpu  0 0 0 20\ncpu0 900 0 0 1\ncpu1 10 0 0 10\n";

    Row row = Looks.row(cpu);

    assertThat(row.items(Family.CORES)).hasSize(2);
    assertThat(row.items(Family.CORES).get(0).has(Metric.CORE_UTILIZATION)).isFalse();
    assertThat(row.items(Family.CORES).get(1).value(Metric.CORE_UTILIZATION)).isEqualTo(0.5);
  }

  @Test
  void coresCoverTheTimeSinceTheyWereLastInARow() throws IOException {
    Looks.prime(cpu);
    stat = "cpu  10 0 0 0\ncpu0 10 0 0 0\n";
    Row between = Looks.row(cpu, 5);
    stat = "cpu  10 0 0 10\ncpu0 10 0 0 10\n";

    Row row = Looks.row(cpu, 10);

    assertThat(between.has(Family.CORES)).isFalse();
    assertThat(row.value(Metric.CPU_USER)).isZero();
    assertThat(row.items(Family.CORES).getFirst().value(Metric.CORE_UTILIZATION)).isEqualTo(0.5);
  }
}
