package dev.fleetdash;

import dev.fleetdash.archive.ArchiveLocation;
import dev.fleetdash.archive.Retention;
import dev.fleetdash.sample.HostName;
import dev.fleetdash.spool.Spool;
import dev.fleetdash.web.Listen;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

record Settings(
    ArchiveLocation archive,
    Path spool,
    Spool.Settings segments,
    Optional<HostName> host,
    Listen listen,
    Duration drain,
    Duration sample,
    long ringBytes,
    Retention.Ages ages,
    Map<String, String> shown) {}
