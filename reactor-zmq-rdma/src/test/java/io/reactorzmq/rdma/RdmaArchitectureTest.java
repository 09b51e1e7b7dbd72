package io.reactorzmq.rdma;

import static com.tngtech.archunit.core.domain.JavaModifier.SYNCHRONIZED;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What the module may use, and what of it may be used. */
class RdmaArchitectureTest {

  private static final String ROOT = "io.reactorzmq.rdma";
  private static final String INTERNAL = ROOT + ".internal";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
          .importPackages(ROOT);

  private static void check(ArchRule rule) {
    rule.check(CLASSES);
  }

  @Test
  void theClassesAreThere() {
    assertThat(CLASSES.contain(RdmaTransport.class)).isTrue();
    assertThat(CLASSES.contain(INTERNAL + ".UcxLoop")).isTrue();
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(CLASSES.stream().map(c -> c.getPackage()).distinct())
        .hasSize(2)
        .allSatisfy(p -> assertThat(p.isAnnotatedWith(NullMarked.class)).as(p.getName()).isTrue());
  }

  @Test
  void ofTheInternalClassesOnlyOneIsPublic() {
    assertThat(
            CLASSES.stream()
                .filter(c -> c.getPackageName().equals(INTERNAL))
                .filter(
                    c ->
                        c.getModifiers()
                            .contains(com.tngtech.archunit.core.domain.JavaModifier.PUBLIC))
                .map(c -> c.getSimpleName()))
        .containsExactly("RdmaEndpoints");
  }

  @Test
  void theInternalClassesKnowNothingOfTheTransport() {
    check(
        noClasses()
            .that()
            .resideInAPackage(INTERNAL)
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName(RdmaTransport.class.getName()));
  }

  @Test
  void nativeCodeIsCalledOnlyInside() {
    check(
        noClasses()
            .that()
            .resideInAPackage(ROOT)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.lang.foreign..", "java.lang.invoke..", "io.netty.."));
  }

  @Test
  void ofTheCoreOnlyTransportsAreKnown() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.reactorzmq",
                "io.reactorzmq.internal.peer..",
                "io.reactorzmq.internal.flow..",
                "io.reactorzmq.internal.wire..",
                "io.reactorzmq.message..",
                "io.reactorzmq.event..",
                "io.reactorzmq.options..",
                "io.rsocket..",
                "reactor.netty.."));
  }

  @Test
  void noMethodIsSynchronized() {
    check(noMethods().should().haveModifier(SYNCHRONIZED));
  }

  @Test
  void nothingBlocksOnAPublisher() {
    check(
        noClasses()
            .should()
            .callMethodWhere(
                com.tngtech.archunit.core.domain.JavaCall.Predicates.target(
                    com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameStartingWith(
                        "block"))));
  }
}
