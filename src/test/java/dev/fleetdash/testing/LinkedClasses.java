package dev.fleetdash.testing;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * What the classes of a jar need when they are linked or run: what they extend, call, make, cast to
 * and catch. Names are binary ones with slashes.
 */
public final class LinkedClasses {
  private static final String SUFFIX = ".class";

  private final Set<String> kept = new HashSet<>();
  private final Map<String, Set<String>> users = new TreeMap<>();

  private LinkedClasses() {}

  /** Reads the whole jar. */
  public static LinkedClasses of(Path file) throws IOException {
    LinkedClasses classes = new LinkedClasses();
    try (JarFile jar = new JarFile(file.toFile())) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        if (entry.getName().endsWith(SUFFIX)) {
          try (InputStream in = jar.getInputStream(entry)) {
            classes.add(ClassFile.of().parse(in.readAllBytes()));
          }
        }
      }
    }
    return classes;
  }

  /** Those that are neither in the jar nor in the JDK, each with the classes that name it. */
  public Map<String, Set<String>> missing() {
    Map<String, Set<String>> missing = new TreeMap<>(users);
    missing.keySet().removeAll(kept);
    missing
        .keySet()
        .removeIf(name -> ClassLoader.getPlatformClassLoader().getResource(name + SUFFIX) != null);
    return missing;
  }

  private void add(ClassModel model) {
    String user = model.thisClass().asInternalName();
    kept.add(user);
    model.superclass().ifPresent(type -> add(type, user));
    model.interfaces().forEach(type -> add(type, user));
    for (PoolEntry entry : model.constantPool()) {
      if (entry instanceof MemberRefEntry member) {
        add(member.owner(), user);
      }
    }
    model.methods().stream()
        .flatMap(method -> method.code().stream())
        .forEach(code -> code.forEach(element -> add(element, user)));
  }

  private void add(CodeElement element, String user) {
    switch (element) {
      case NewObjectInstruction made -> add(made.className(), user);
      case NewReferenceArrayInstruction made -> add(made.componentType(), user);
      case NewMultiArrayInstruction made -> add(made.arrayType(), user);
      case TypeCheckInstruction checked -> add(checked.type(), user);
      case ExceptionCatch caught -> caught.catchType().ifPresent(type -> add(type, user));
      case ConstantInstruction.LoadConstantInstruction loaded -> {
        if (loaded.constantEntry() instanceof ClassEntry type) {
          add(type, user);
        }
      }
      default -> {
        // Names no class.
      }
    }
  }

  private void add(ClassEntry type, String user) {
    String name = type.asInternalName().replaceFirst("^\\[+", "");
    boolean array = name.length() < type.asInternalName().length();
    if (array && !name.startsWith("L")) {
      return; // An array of primitives.
    }
    String element = array ? name.substring(1, name.length() - 1) : name;
    users.computeIfAbsent(element, _ -> new TreeSet<>()).add(user);
  }
}
