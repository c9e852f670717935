package dev.fleetdash.fleet;

import dev.fleetdash.history.Recent;
import dev.fleetdash.sample.HostName;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;

/** The newest rows of another host, which is asked for them. */
record PeerRecent(PeerClient client, HostName host, String address) implements Recent {
  private static final PeerClient.Bounds BOUNDS =
      new PeerClient.Bounds(Duration.ofSeconds(2), 4 << 20);

  @Override
  public OptionalLong pour(Query query, Sink into) throws IOException, InterruptedException {
    try {
      byte[] body = client.get(address, host, PeerPaths.history(query), BOUNDS);
      return HistoryReport.pour(body, query, into);
    } catch (PeerException e) {
      throw new IOException("its newest rows are missing: " + e.reason(), e);
    }
  }
}
