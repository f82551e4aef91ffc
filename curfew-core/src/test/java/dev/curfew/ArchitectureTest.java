// SPDX-License-Identifier: Apache-2.0

package dev.curfew;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import java.io.FileDescriptor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for the code of core as a whole, whoever adds to it. */
class ArchitectureTest {
  private static final String ROOT = "dev.curfew";

  /** Each package uses only those before it. */
  private static final List<String> ORDER =
      List.of(
          "dev.curfew.time",
          "dev.curfew.report",
          "dev.curfew.resource",
          "dev.curfew.task",
          "dev.curfew.service");

  private static final int FEWEST_TYPES = 100;
  private static final int MOST_PUBLIC_TYPES_OF_A_PACKAGE = 14;
  private static final int MOST_PUBLIC_TYPES = 40;

  private static JavaClasses core;

  @BeforeAll
  static void scan() {
    core = new ClassFileImporter().withImportOption(new DoNotIncludeTests()).importPackages(ROOT);
  }

  /**
   * A rule about all classes holds of no class too: this says that there was something to judge.
   */
  @Test
  void enoughTypesAreScanned() {
    assertThat(types()).hasSizeGreaterThanOrEqualTo(FEWEST_TYPES);
  }

  @Test
  void everyTypeIsInAPackageThatHasItsPlaceInTheOrder() {
    classes().should().resideInAnyPackage(ORDER.toArray(String[]::new)).check(core);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aPackageUsesOnlyThoseBeforeIt(int place) {
    String[] later = ORDER.subList(place + 1, ORDER.size()).toArray(String[]::new);
    noClasses()
        .that(resideInAPackage(ORDER.get(place)))
        .should()
        .dependOnClassesThat(resideInAnyPackage(later))
        .check(core);
  }

  /** Follows from the order today; stays when somebody has a reason to loosen it. */
  @Test
  void noPackagesUseEachOther() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(core);
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(types())
        .extracting(JavaClass::getPackage)
        .allSatisfy(home ->
            assertThat(home.isAnnotatedWith(NullMarked.class))
                .as("%s is @NullMarked", home.getName())
                .isTrue());
  }

  @Test
  void onlyTheReportWriterUsesTheStandardStreams() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.curfew.report")
        .should(ACCESS_STANDARD_STREAMS)
        .orShould()
        .accessField(FileDescriptor.class, "err")
        .orShould()
        .accessField(FileDescriptor.class, "out")
        .check(core);
  }

  @Test
  void noPackageIsCalledInternalOrUtil() {
    noClasses()
        .should()
        .resideInAnyPackage("..internal..", "..impl..", "..util..", "..utils..", "..helper..")
        .check(core);
  }

  @Test
  void thePublicSurfaceOfAPackageStaysSmall() {
    Map<String, List<JavaClass>> byPackage =
        publicTypes().stream().collect(groupingBy(JavaClass::getPackageName));
    assertThat(byPackage)
        .allSatisfy((home, types) ->
            assertThat(types)
                .as("public types of %s", home)
                .hasSizeLessThanOrEqualTo(MOST_PUBLIC_TYPES_OF_A_PACKAGE));
  }

  @Test
  void thePublicSurfaceOfCoreStaysSmall() {
    assertThat(publicTypes()).hasSizeLessThanOrEqualTo(MOST_PUBLIC_TYPES);
  }

  private static List<JavaClass> publicTypes() {
    return types().stream()
        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .toList();
  }

  /** The top-level types, without the {@code package-info} of each package. */
  private static List<JavaClass> types() {
    return core.stream()
        .filter(JavaClass::isTopLevelClass)
        .filter(type -> !type.getSimpleName().equals("package-info"))
        .toList();
  }
}
