package dev.fleetdash.hosts;

import java.util.Optional;

/**
 * What a host runs on, and how it samples.
 *
 * @param id tells two machines of one name apart; opaque
 * @param zone of the cloud
 * @param type of the instance
 * @param instance its id
 * @param address at which peers reach the process
 * @param version the program's
 * @param sampleSeconds between rows
 */
public record Machine(
    String id,
    Optional<String> zone,
    Optional<String> type,
    Optional<String> instance,
    Optional<String> address,
    String version,
    int sampleSeconds) {}
