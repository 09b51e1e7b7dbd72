package io.reactorzmq.tensor;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.core.domain.JavaModifier.SYNCHRONIZED;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** Tensors know of the core what every user knows, and each library has its place. */
class ArchitectureTest {
  private static final String ROOT = "io.reactorzmq.tensor";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
          .importPackages(ROOT);

  @Test
  void ofTheCoreOnlyWhatIsPublic() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat(
                resideInAPackage("io.reactorzmq..")
                    .and(
                        resideOutsideOfPackages(
                            ROOT + "..",
                            "io.reactorzmq",
                            "io.reactorzmq.message",
                            "io.reactorzmq.error",
                            "io.reactorzmq.event",
                            "io.reactorzmq.options",
                            "io.reactorzmq.transport"))));
  }

  @Test
  void noTransport() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.rsocket..", "reactor.netty..", "io.netty.channel.."));
  }

  @Test
  void onlyOnnxSeesItsRuntime() {
    onlyIn(ROOT + ".onnx", "ai.onnxruntime..");
  }

  @Test
  void onlyFilesSeeJackson() {
    onlyIn(ROOT + ".file", "tools.jackson..", "com.fasterxml..");
  }

  private static void onlyIn(String place, String... libraries) {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(place)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(libraries));
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(CLASSES.stream().map(JavaClass::getPackage).distinct())
        .isNotEmpty()
        .allSatisfy(p -> assertThat(p.isAnnotatedWith(NullMarked.class)).as(p.getName()).isTrue());
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching("io.reactorzmq.(**)").should().beFreeOfCycles());
  }

  @Test
  void noMethodIsSynchronized() {
    check(noMethods().should().haveModifier(SYNCHRONIZED));
  }

  @Test
  void nothingBlocks() {
    check(
        noClasses()
            .should()
            .accessTargetWhere(
                describe(
                    "blocks a Mono or Flux",
                    (JavaAccess<?> access) ->
                        access.getTargetOwner().getPackageName().equals("reactor.core.publisher")
                            && access.getName().startsWith("block"))));
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CLASSES);
  }
}
