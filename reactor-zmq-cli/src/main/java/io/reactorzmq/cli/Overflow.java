package io.reactorzmq.cli;

import io.reactorzmq.options.OverflowPolicy;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Finds a policy by its name, in any case and with dashes or underscores. */
final class Overflow implements ITypeConverter<OverflowPolicy> {

  static final String NAMES = "drop_latest|drop_oldest|conflate|disconnect|wait";
  static final String DROP_LATEST = "drop_latest: the new message is dropped (default);";
  static final String DROP_OLDEST = "drop_oldest: those that wait longest are dropped for it;";

  static final String CONFLATE =
      "conflate: only the last message of each topic waits, it takes the place of an older one;";

  @Override
  public OverflowPolicy convert(String text) {
    String name = text.replace('-', '_').toUpperCase(Locale.ROOT);
    return Arrays.stream(OverflowPolicy.values())
        .filter(policy -> policy.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'"
                        + text
                        + "' is not one of drop_latest, drop_oldest, conflate, disconnect and"
                        + " wait"));
  }
}
