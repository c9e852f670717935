package dev.fleetdash.web;

import dev.fleetdash.fleet.FleetView;
import dev.fleetdash.fleet.State;
import java.util.List;

/**
 * All hosts, as the first page shows them before any script runs.
 *
 * @param trouble why the list may not be whole, empty where it is
 * @param hosts the first {@link #LINES} of them; the rest comes by script
 * @param charts over all that are live
 */
public record FleetPage(
    Frame frame,
    String trouble,
    Totals totals,
    List<Lane> lanes,
    List<HostLine> hosts,
    List<ChartCard> charts) {
  static final int LINES = 50;

  public FleetPage {
    lanes = List.copyOf(lanes);
    hosts = List.copyOf(hosts);
    charts = List.copyOf(charts);
  }

  static FleetPage of(FleetView fleet, NodeView node, Assets assets) {
    List<HostView> hosts =
        fleet.hosts().stream().map(HostView::new).sorted(HostLine.ORDER).toList();
    return new FleetPage(
        Frame.of("Fleet", "fleet", "", node, assets),
        fleet.trouble().orElse(""),
        Totals.of(hosts),
        Lane.of(hosts),
        hosts.stream().limit(LINES).map(host -> HostLine.of(host, node.now())).toList(),
        ChartCard.ofFleet(
            hosts.stream().filter(host -> host.status().state() == State.LIVE).toList()));
  }

  /** Whether there are more hosts than are in the page's text. */
  public boolean more() {
    return hosts.size() == LINES;
  }
}
