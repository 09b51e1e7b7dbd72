package io.reactorzmq.testing;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.AnnotationBasedArgumentsProvider;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * The transports that the tests of sockets run over. The system property {@code
 * zmq.test.transports} names them, so that a module with a transport runs the same tests over its
 * own.
 */
public final class TestedTransports extends AnnotationBasedArgumentsProvider<EachTransport> {

  private static final List<String> NAMES =
      List.of(System.getProperty("zmq.test.transports", "tcp,inproc").split(","));

  /** Their schemes, at least one. */
  public static List<String> names() {
    return NAMES;
  }

  @Override
  protected Stream<? extends Arguments> provideArguments(
      ParameterDeclarations parameters, ExtensionContext context, EachTransport annotation) {
    return NAMES.stream()
        .flatMap(name -> rows(name, annotation.value()))
        .map(row -> Arguments.of((Object[]) row.trim().split(" *, *")));
  }

  private static Stream<String> rows(String transport, String[] rows) {
    List<String> own = Arrays.stream(rows).filter(row -> row.startsWith(transport)).toList();
    return own.isEmpty() && !transport.equals("inproc")
        ? Arrays.stream(rows)
            .filter(row -> row.startsWith("tcp"))
            .map(row -> transport + row.substring("tcp".length()))
        : own.stream();
  }
}
