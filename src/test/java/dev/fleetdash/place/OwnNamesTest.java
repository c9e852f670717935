package dev.fleetdash.place;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class OwnNamesTest {
  @Test
  void aMachineIsCalledAsItsFilesSay() {
    List<String> hosts =
        List.of(
            "127.0.0.1 localhost",
            "127.0.1.1  web-1.example.org web-1 # this machine",
            "10.0.0.9 bucket.example.net bucket");
    List<String> resolver = List.of("nameserver 10.0.0.2", "search eu.internal corp.example");

    assertThat(OwnNames.of("web-1", hosts, resolver))
        .containsExactlyInAnyOrder(
            "web-1", "web-1.local", "web-1.eu.internal", "web-1.corp.example", "web-1.example.org");
  }

  @Test
  void aFullNameIsAlsoKnownByItsFirstPart() {
    assertThat(OwnNames.of("web-1.example.org", List.of(), List.of("", "search")))
        .containsExactlyInAnyOrder("web-1.example.org", "web-1", "web-1.local");
  }

  @Test
  void aMachineWithoutANameHasNone() {
    assertThat(OwnNames.of("", List.of("127.0.0.1 localhost"), List.of("search x"))).isEmpty();
  }

  @Test
  void thisMachineHasOne() {
    assertThat(OwnNames.find()).isNotEmpty();
  }
}
