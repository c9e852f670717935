package dev.fleetdash;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the order in which a sample travels: an arrow between packages never points back. */
class ArchitectureTest {
  private static final String ROOT = "dev.fleetdash.";
  private static JavaClasses ours;

  @BeforeAll
  static void read() {
    ours =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.fleetdash");
  }

  @Test
  void arrowsNeverPointBack() {
    // Each package with all that may use it; the root may use everything.
    ArchRule rule =
        layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("root")
            .definedBy("dev.fleetdash")
            .layer("sample")
            .definedBy(ROOT + "sample..")
            .layer("telemetry")
            .definedBy(ROOT + "telemetry..")
            .layer("place")
            .definedBy(ROOT + "place..")
            .layer("collect")
            .definedBy(ROOT + "collect..")
            .layer("ring")
            .definedBy(ROOT + "ring..")
            .layer("spool")
            .definedBy(ROOT + "spool..")
            .layer("archive")
            .definedBy(ROOT + "archive..")
            .layer("hosts")
            .definedBy(ROOT + "hosts..")
            .layer("compact")
            .definedBy(ROOT + "compact..")
            .layer("audit")
            .definedBy(ROOT + "audit..")
            .layer("history")
            .definedBy(ROOT + "history..")
            .layer("sql")
            .definedBy(ROOT + "sql..")
            .layer("fleet")
            .definedBy(ROOT + "fleet..")
            .layer("alert")
            .definedBy(ROOT + "alert..")
            .layer("web")
            .definedBy(ROOT + "web..")
            .whereLayer("root")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("sample")
            .mayOnlyBeAccessedByLayers(
                "telemetry",
                "place",
                "collect",
                "ring",
                "spool",
                "archive",
                "hosts",
                "audit",
                "compact",
                "history",
                "sql",
                "fleet",
                "alert",
                "web",
                "root")
            .whereLayer("telemetry")
            .mayOnlyBeAccessedByLayers(
                "place", "collect", "spool", "archive", "hosts", "audit", "compact", "history",
                "sql", "fleet", "alert", "web", "root")
            .whereLayer("place")
            .mayOnlyBeAccessedByLayers(
                "archive", "hosts", "audit", "compact", "history", "sql", "fleet", "alert", "web",
                "root")
            .whereLayer("collect")
            .mayOnlyBeAccessedByLayers(
                "archive", "hosts", "audit", "compact", "history", "sql", "fleet", "alert", "web",
                "root")
            .whereLayer("ring")
            .mayOnlyBeAccessedByLayers(
                "archive", "hosts", "audit", "compact", "history", "sql", "fleet", "alert", "web",
                "root")
            .whereLayer("spool")
            .mayOnlyBeAccessedByLayers(
                "archive", "hosts", "audit", "compact", "history", "sql", "fleet", "alert", "web",
                "root")
            .whereLayer("archive")
            .mayOnlyBeAccessedByLayers(
                "hosts", "audit", "compact", "history", "sql", "fleet", "alert", "web", "root")
            .whereLayer("hosts")
            .mayOnlyBeAccessedByLayers(
                "audit", "compact", "history", "sql", "fleet", "alert", "web", "root")
            .whereLayer("compact")
            .mayOnlyBeAccessedByLayers("history", "sql", "fleet", "alert", "web", "root")
            .whereLayer("audit")
            .mayOnlyBeAccessedByLayers("root")
            .whereLayer("history")
            .mayOnlyBeAccessedByLayers("sql", "fleet", "alert", "web", "root")
            .whereLayer("sql")
            .mayOnlyBeAccessedByLayers("web", "root")
            .whereLayer("fleet")
            .mayOnlyBeAccessedByLayers("alert", "web", "root")
            .whereLayer("alert")
            .mayOnlyBeAccessedByLayers("web", "root")
            .whereLayer("web")
            .mayOnlyBeAccessedByLayers("root");

    rule.check(ours);
  }

  @ParameterizedTest
  @CsvSource({
    "oshi.., collect",
    "com.sun.jna.., collect",
    "software.amazon.., archive|place",
    "io.javalin.., web",
    "gg.jte.., web",
    "jakarta.servlet.., web",
    "org.eclipse.jetty.., web",
    "io.prometheus.., web",
    "tools.jackson.., sample|telemetry|place|spool|archive|hosts|compact|history|sql|fleet|alert|web",
  })
  void vendorTypesStayInOnePlace(String vendor, String homes) {
    String[] packages = homes.split("\\|");
    for (int i = 0; i < packages.length; i++) {
      packages[i] = ROOT + packages[i] + "..";
    }

    noClasses()
        .that(not(resideInAnyPackage(packages)))
        .should()
        .dependOnClassesThat(resideInAPackage(vendor))
        .allowEmptyShould(true)
        .check(ours);
  }

  @Test
  void everyClassHasItsPackage() {
    classes()
        .should()
        .resideInAnyPackage(
            "dev.fleetdash",
            ROOT + "sample",
            ROOT + "telemetry",
            ROOT + "place",
            ROOT + "collect",
            ROOT + "ring",
            ROOT + "spool",
            ROOT + "archive",
            ROOT + "hosts",
            ROOT + "audit",
            ROOT + "compact",
            ROOT + "history",
            ROOT + "sql",
            ROOT + "fleet",
            ROOT + "alert",
            ROOT + "web",
            ROOT + "web.pages..")
        .check(ours);
  }
}
