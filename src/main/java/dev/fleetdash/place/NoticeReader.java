package dev.fleetdash.place;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Asks the metadata service for notices, over and over: at each look for what comes at short
 * notice, and at each twelfth for what is announced days before or only explains. For one thread.
 */
final class NoticeReader {
  private static final String SPOT = "/latest/meta-data/spot/instance-action";
  private static final String LIFECYCLE = "/latest/meta-data/autoscaling/target-lifecycle-state";
  private static final String MAINTENANCE = "/latest/meta-data/events/maintenance/scheduled";
  private static final String REBALANCE = "/latest/meta-data/events/recommendations/rebalance";
  private static final String PURCHASE = "/latest/meta-data/instance-life-cycle";

  private static final int SELDOM = 12;

  private final MetadataService service;
  private int looks;
  private boolean interruptible = true;
  private boolean rebalance;
  private List<Departure> maintenance = List.of();

  NoticeReader(MetadataService service) {
    this.service = service;
  }

  Notices read() throws IOException {
    List<Departure> departures = new ArrayList<>();
    if (interruptible) {
      service.get(SPOT).map(Notices::spot).ifPresent(departures::add);
    }
    service.get(LIFECYCLE).flatMap(Notices::lifecycle).ifPresent(departures::add);
    // What cannot be read here may not hide an end that is certain.
    if (departures.isEmpty() && looks % SELDOM == 0) {
      readSeldom();
    }
    looks++;
    departures.addAll(maintenance);
    return new Notices(departures, rebalance);
  }

  private void readSeldom() throws IOException {
    interruptible = !service.get(PURCHASE).map(String::strip).equals(Optional.of("on-demand"));
    rebalance = interruptible && service.get(REBALANCE).isPresent();
    Optional<String> announced = service.get(MAINTENANCE);
    maintenance = announced.isPresent() ? Notices.maintenance(announced.get()) : List.of();
  }
}
