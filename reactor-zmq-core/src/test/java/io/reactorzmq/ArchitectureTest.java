package io.reactorzmq;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.SYNCHRONIZED;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noCodeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The layers: each package imports only those below it, and each library has its place. */
class ArchitectureTest {
  private static final String ROOT = "io.reactorzmq";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
          .importPackages(ROOT);

  /** From top to bottom; what a package may import of the others. The root may import all. */
  private static final Map<String, List<String>> LAYERS = new LinkedHashMap<>();

  static {
    LAYERS.put(
        "internal.peer",
        List.of(
            "internal.flow",
            "internal.wire",
            "internal.transport",
            "options",
            "event",
            "transport",
            "message",
            "error"));
    LAYERS.put("internal.flow", List.of("internal.wire", "options", "event", "message", "error"));
    LAYERS.put("internal.wire", List.of("message", "error"));
    LAYERS.put("internal.transport", List.of("options", "event", "transport", "error"));
    LAYERS.put("options", List.of("event", "transport", "message", "error"));
    LAYERS.put("event", List.of("options", "transport", "message", "error"));
    LAYERS.put("transport", List.of("error"));
    LAYERS.put("message", List.of("error"));
    LAYERS.put("error", List.of());
  }

  static Stream<String> layers() {
    return LAYERS.keySet().stream();
  }

  @Test
  void everyPackageIsALayer() {
    Set<String> layers = LAYERS.keySet();
    assertThat(packagesWithClasses())
        .extracting(JavaPackage::getName)
        .allMatch(name -> name.equals(ROOT) || layers.contains(name.substring(ROOT.length() + 1)));
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(packagesWithClasses())
        .allSatisfy(p -> assertThat(p.isAnnotatedWith(NullMarked.class)).as(p.getName()).isTrue());
  }

  @ParameterizedTest
  @MethodSource("layers")
  void aLayerImportsOnlyThoseBelowIt(String layer) {
    String[] allowed =
        Stream.concat(Stream.of(layer), LAYERS.get(layer).stream())
            .map(ArchitectureTest::named)
            .toArray(String[]::new);
    check(
        classes()
            .that()
            .resideInAPackage(named(layer))
            .should()
            .onlyDependOnClassesThat(
                not(resideInAPackage(ROOT + "..")).or(resideInAnyPackage(allowed))));
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching(ROOT + ".(**)").should().beFreeOfCycles());
  }

  @Test
  void rsocketStaysBelowTheFlow() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(
                named("transport"), named("internal.transport"), named("internal.peer"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.rsocket.."));
  }

  @Test
  void reactorNettyStaysInTheTransports() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(named("internal.transport"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("reactor.netty.."));
  }

  @Test
  void onlyJsonCodecSeesJackson() {
    String codec = ROOT + ".message.JsonCodec";
    check(
        noClasses()
            .that(
                describe(
                    "are not JsonCodec",
                    c -> !c.getName().equals(codec) && !c.getName().startsWith(codec + "$")))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("tools.jackson..", "com.fasterxml.."));
  }

  @Test
  void flowHasNoChannels() {
    check(
        noClasses()
            .that()
            .resideInAPackage(named("internal.flow"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.rsocket..", "io.netty.channel.."));
  }

  @Test
  void wireIsBytesOnly() {
    check(
        noClasses()
            .that()
            .resideInAPackage(named("internal.wire"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "reactor..", "org.reactivestreams..", "io.rsocket..", "io.netty.channel.."));
  }

  @Test
  void noMethodIsSynchronized() {
    check(noMethods().should().haveModifier(SYNCHRONIZED));
  }

  @Test
  void onlyMethodsEndingInNowBlock() {
    check(
        noCodeUnits()
            .that(describe("do not end in Now", unit -> !unit.getName().endsWith("Now")))
            .should(block()));
  }

  private static ArchCondition<JavaCodeUnit> block() {
    return new ArchCondition<>("block") {
      @Override
      public void check(JavaCodeUnit unit, ConditionEvents events) {
        unit.getMethodCallsFromSelf().stream()
            .filter(
                call ->
                    call.getTargetOwner().isEquivalentTo(Mono.class)
                        || call.getTargetOwner().isEquivalentTo(Flux.class))
            .filter(call -> call.getName().startsWith("block"))
            .forEach(
                call -> events.add(SimpleConditionEvent.satisfied(unit, call.getDescription())));
      }
    };
  }

  private static String named(String layer) {
    return ROOT + "." + layer;
  }

  private static List<JavaPackage> packagesWithClasses() {
    return CLASSES.stream().map(c -> c.getPackage()).distinct().toList();
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CLASSES);
  }
}
