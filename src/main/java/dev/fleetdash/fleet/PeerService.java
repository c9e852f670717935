package dev.fleetdash.fleet;

import dev.fleetdash.history.Recent;

/**
 * What a node needs to answer its peers.
 *
 * @param gate who is let in
 * @param self whose rows they get
 * @param recent the same, over time
 */
public record PeerService(PeerGate gate, Self self, Recent recent) {}
