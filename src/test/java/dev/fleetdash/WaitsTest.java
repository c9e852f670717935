package dev.fleetdash;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.microsoft.playwright.Page;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.fleetdash.testing.Patience;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A limit that a test has of its own is right on the machine on which it was guessed: all are in
 * {@link Patience}.
 */
class WaitsTest {
  private static JavaClasses tests;

  @BeforeAll
  static void read() {
    tests =
        new ClassFileImporter()
            .withImportOption(new ImportOption.OnlyIncludeTests())
            .importPackages("dev.fleetdash");
  }

  @Test
  void noTestHasALimitOfItsOwn() {
    noClasses().should().beAnnotatedWith(Timeout.class).check(tests);
    noMethods().should().beAnnotatedWith(Timeout.class).check(tests);
  }

  /** Of those with a time: the others wait until the test's own limit. */
  @ParameterizedTest
  @CsvSource({
    "org.awaitility.Awaitility, await",
    "org.awaitility.core.ConditionFactory, atMost|during|timeout",
    "java.lang.Process, waitFor",
    "java.util.concurrent.CountDownLatch, await",
    "java.util.concurrent.CompletableFuture, get|orTimeout",
    "java.util.concurrent.Future, get",
    "java.lang.Thread, join",
  })
  void onlyPatienceWaitsWithALimit(String owner, String methods) {
    Set<String> names = Set.of(methods.split("\\|"));
    noClasses()
        .that()
        .doNotBelongToAnyOf(Patience.class)
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                owner + "." + methods + " with a time",
                call ->
                    call.getTargetOwner().isAssignableTo(owner)
                        && names.contains(call.getName())
                        && hasATime(call)))
        .check(tests);
  }

  private static boolean hasATime(JavaMethodCall call) {
    return call.getTargetOwner().getPackageName().startsWith("org.awaitility")
        || call.getTarget().getRawParameterTypes().stream()
            .anyMatch(type ->
                type.isEquivalentTo(TimeUnit.class)
                    || type.isEquivalentTo(java.time.Duration.class)
                    || type.isEquivalentTo(long.class));
  }

  @Test
  void noTestWaitsForAPageForATimeOfItsOwn() {
    noClasses()
        .that()
        .haveSimpleNameNotEndingWith("Bench")
        .should()
        .callMethod(Page.class, "waitForTimeout", double.class)
        .check(tests);
  }
}
