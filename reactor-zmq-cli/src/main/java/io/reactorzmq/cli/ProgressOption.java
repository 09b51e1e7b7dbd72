package io.reactorzmq.cli;

import io.reactorzmq.cli.tensor.Transfer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/**
 * The option of the commands that send or receive tensors. It says whether to tell how far it is.
 */
final class ProgressOption {

  /** When to tell. */
  enum When {
    NEVER,
    AUTO,
    ALWAYS
  }

  @Option(
      names = "--progress",
      paramLabel = "never|auto|always",
      converter = Converter.class,
      description = {
        "With tensors: tell on stderr how far they are, on one line that changes in place:",
        "auto: of large and of slow ones, if stderr is a terminal (default);",
        "always: of all of them, whatever stderr is;",
        "never: of none."
      })
  private @Nullable When when;

  boolean isGiven() {
    return when != null;
  }

  /** Begins to tell, if it is to be told. */
  Progress start(Session session, List<Supplier<Transfer>> transfers) {
    When chosen = when == null ? When.AUTO : when;
    boolean never = chosen == When.NEVER || chosen == When.AUTO && !session.shell().errIsTerminal();
    Progress progress = new Progress(session, never ? List.of() : transfers, chosen == When.ALWAYS);
    progress.start();
    return progress;
  }

  /** Tells during one run. */
  @SuppressWarnings("try") // it tells by itself
  int during(Session session, List<Supplier<Transfer>> transfers, IntSupplier run) {
    try (Progress progress = start(session, transfers)) {
      return run.getAsInt();
    }
  }

  /** Finds it by its name in lower case. */
  static final class Converter implements ITypeConverter<When> {
    @Override
    public When convert(String name) {
      return Arrays.stream(When.values())
          .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(name))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'" + name + "' is not one of never, auto and always"));
    }
  }
}
