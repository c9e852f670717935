package dev.fleetdash.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** An agent that takes all the memory of the process that it gets into. */
public final class HeapEater {
  private static final int PIECE = 64 << 10;

  private HeapEater() {}

  /** Called in that process; does not return. */
  public static void agentmain(String arguments) {
    List<byte[]> eaten = new ArrayList<>();
    while (eaten.size() < Integer.MAX_VALUE) {
      eaten.add(new byte[PIECE]);
    }
  }

  /** Makes a jar of it. */
  public static Path jar(Path directory) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Agent-Class", HeapEater.class.getName());
    Path jar = directory.resolve("heap-eater.jar");
    String file = HeapEater.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest);
        InputStream in = HeapEater.class.getClassLoader().getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException("there is no " + file);
      }
      out.putNextEntry(new JarEntry(file));
      in.transferTo(out);
    }
    return jar;
  }
}
