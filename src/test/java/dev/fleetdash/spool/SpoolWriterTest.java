package dev.fleetdash.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

import dev.fleetdash.sample.Row;
import dev.fleetdash.telemetry.Part.Status;
import dev.fleetdash.telemetry.Telemetry;
import dev.fleetdash.testing.FakeClock;
import dev.fleetdash.testing.Rows;
import org.junit.jupiter.api.Test;

class SpoolWriterTest {
  private final Telemetry telemetry = new Telemetry(new FakeClock("2026-11-23T10:00:00Z"));

  @Test
  void aFaultOfItsOwnCostsOneRowAndNotTheThreadThatWritesTheOthers() {
    // No disk makes the spool fail so.
    Spool spool = mock(Spool.class);
    doThrow(new StackOverflowError("for the test"))
        .doThrow(new IllegalStateException("for the test"))
        .doNothing()
        .when(spool)
        .append(any(Row.class));
    Row third = Rows.at(102, 1, 0.5);
    try (SpoolWriter writer = new SpoolWriter(spool, telemetry)) {
      writer.start();
      writer.accept(Rows.at(100, 1, 0.5));
      writer.accept(Rows.at(101, 1, 0.5));
      writer.accept(third);
    }

    verify(spool).append(third);
    assertThat(telemetry.state("spool").orElseThrow().status()).isEqualTo(Status.FAILING);
    assertThat(telemetry.counter("rows_dropped", "Rows that the spool could not take").count())
        .isEqualTo(2);
  }
}
