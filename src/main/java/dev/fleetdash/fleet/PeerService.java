package dev.fleetdash.fleet;

/**
 * What a node needs to answer its peers.
 *
 * @param gate who is let in
 * @param self whose rows they get
 */
public record PeerService(PeerGate gate, Self self) {}
