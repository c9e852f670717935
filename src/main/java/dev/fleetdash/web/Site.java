package dev.fleetdash.web;

import dev.fleetdash.fleet.Fleet;
import dev.fleetdash.fleet.FleetView;
import dev.fleetdash.fleet.HostStatus;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.telemetry.OwnCost;
import dev.fleetdash.telemetry.PriceTag;
import dev.fleetdash.telemetry.Telemetry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The pages for people, each made of what is known at that moment. Safe for use by several threads.
 */
final class Site {
  /** For a page that can do without those who are slow. */
  private static final Duration BRIEFLY = Duration.ofMillis(600);

  /** For a page that is about one host. */
  private static final Duration PATIENCE = Duration.ofMillis(1500);

  private final Node node;
  private final Sampling sampling;
  private final Fleet fleet;
  private final PriceTag priceTag;
  private final Telemetry telemetry;
  private final InstantSource clock;
  private final Pages pages = new Pages();
  private final Assets assets = new Assets();

  Site(
      Node node,
      Sampling sampling,
      Fleet fleet,
      PriceTag priceTag,
      Telemetry telemetry,
      InstantSource clock) {
    this.node = node;
    this.sampling = sampling;
    this.fleet = fleet;
    this.priceTag = priceTag;
    this.telemetry = telemetry;
    this.clock = clock;
  }

  Assets assets() {
    return assets;
  }

  /** May wait a moment for peers. */
  byte[] fleet() throws InterruptedException {
    FleetView known = fleet.looked(List.of(), BRIEFLY);
    FleetPage page = FleetPage.of(known, view(), assets);
    fleet.look(page.hosts().stream().map(line -> new HostName(line.host())).toList());
    return pages.fleet(page);
  }

  /**
   * The host's page, or empty where there was no such host; may wait a moment for it.
   *
   * @throws ApiException where that cannot be said
   */
  Optional<byte[]> host(String name) throws InterruptedException {
    Optional<HostName> host = HostName.parse(name);
    if (host.isEmpty()) {
      return Optional.empty();
    }
    boolean own = host.get().equals(node.host());
    FleetView view = own ? fleet.view() : fleet.looked(List.of(host.get()), PATIENCE);
    Optional<HostStatus> known =
        view.hosts().stream().filter(one -> one.host().equals(host.get())).findFirst();
    if (known.isEmpty() && view.trouble().isPresent()) {
      throw new ApiException(
          ApiError.STORAGE_UNREACHABLE,
          "whether there is a host " + name + " is unknown: " + view.trouble().get());
    }
    return known.map(status -> pages.host(HostPage.of(new HostView(status), view(), assets)));
  }

  byte[] unknownHost(String name) {
    return pages.error(ErrorPage.unknownHost(Text.brief(name), view(), assets));
  }

  /** Says on a page what the problem says to programs. */
  byte[] error(Problem problem) {
    NodeView view = view();
    return pages.error(
        switch (problem.status()) {
          case 404 -> ErrorPage.of(404, "There is no such page", problem.message(), view, assets);
          case 500 -> ErrorPage.failed(view, assets);
          default ->
              ErrorPage.of(
                  problem.status(),
                  "This request cannot be answered",
                  problem.message(),
                  view,
                  assets);
        });
  }

  private NodeView view() {
    Instant now = clock.instant();
    Spool.Backlog backlog = sampling.spool().backlog();
    return new NodeView(
        node.host(),
        node.version(),
        now,
        node.archive(),
        telemetry.parts(),
        new NodeView.Backlog(backlog.segments(), backlog.bytes()),
        cost(),
        priceTag.month().filter(month -> month.allRequests() > 0).map(this::price),
        node.past());
  }

  private NodeView.Price price(PriceTag.Month month) {
    PriceTag.CloudWatch other = Sampled.in(sampling.ring()).at(priceTag);
    return new NodeView.Price(
        month.allRequests(),
        month.dollars(),
        other.metrics(),
        other.dollars(),
        priceTag.prices().date());
  }

  private NodeView.OwnCost cost() {
    double hours = telemetry.age().toMillis() / 3.6e6;
    double cpuSeconds = OwnCost.cpuTime().map(time -> time.toNanos() / 1e9).orElse(Double.NaN);
    OptionalLong resident = OwnCost.residentBytes();
    return new NodeView.OwnCost(
        hours > 0 ? cpuSeconds / hours : Double.NaN,
        resident.isPresent() ? (double) resident.getAsLong() : Double.NaN);
  }
}
