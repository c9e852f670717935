package dev.fleetdash.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FiguresTest {
  static List<FigureCases.Case> cases() {
    return FigureCases.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aNumberReadsAsTheTableSays(FigureCases.Case one) {
    double x = one.input();

    String figure =
        switch (one.function()) {
          case "percent" -> Figures.percent(x);
          case "bytes" -> Figures.bytes(x);
          case "bytesPerSecond" -> Figures.bytesPerSecond(x);
          case "perSecond" -> Figures.perSecond(x);
          case "count" -> Figures.count(x);
          case "load" -> Figures.load(x);
          case "celsius" -> Figures.celsius(x);
          case "duration" -> Figures.duration(x);
          case "hosts" -> Figures.hosts(x);
          case "rough" -> Figures.rough(x);
          default -> throw new IllegalArgumentException(one.function());
        };

    assertThat(figure).isEqualTo(one.expected());
  }
}
