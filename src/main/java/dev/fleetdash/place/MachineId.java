package dev.fleetdash.place;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells this machine from another of the same name: by the instance's id, else by the machine id of
 * systemd, which is keyed because it is not for others to know, else by a random one that is kept
 * in a file.
 */
public final class MachineId {
  private static final Logger log = LoggerFactory.getLogger(MachineId.class);

  private static final Path SYSTEMD = Path.of("/etc/machine-id");
  private static final String PURPOSE = "fleetdash host record";
  private static final int BYTES = 16;

  private MachineId() {}

  /**
   * This machine's.
   *
   * @param kept the file for a random one
   * @param with what it is created with
   */
  public static String of(Place place, Path kept, FileAttribute<?>... with) {
    return of(place, SYSTEMD, kept, with);
  }

  static String of(Place place, Path systemd, Path kept, FileAttribute<?>... with) {
    return place
        .instance()
        .map(Place.Instance::id)
        .or(() -> read(systemd).map(MachineId::keyed))
        .orElseGet(() -> random(kept, with));
  }

  /** A random one, as old as the file. */
  public static String random(Path kept, FileAttribute<?>... with) {
    return read(kept).orElseGet(() -> keep(kept, with));
  }

  private static Optional<String> read(Path file) {
    try {
      return Optional.of(Files.readString(file).strip()).filter(id -> id.matches("[0-9a-f]{32}"));
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /** As machine-id(5) asks for. */
  private static String keyed(String id) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(id.getBytes(UTF_8), "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(PURPOSE.getBytes(UTF_8)), 0, BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }

  private static String keep(Path file, FileAttribute<?>... with) {
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    String id = HexFormat.of().formatHex(random);
    try {
      Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
      Files.deleteIfExists(temporary);
      Files.writeString(Files.createFile(temporary, with), id + "\n");
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      log.warn("machine id cannot be kept file={} reason=\"{}\"", file, e.toString());
    }
    return id;
  }
}
