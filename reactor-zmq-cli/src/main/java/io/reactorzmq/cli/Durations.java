package io.reactorzmq.cli;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Durations as people type them. A number alone is refused, because its unit could only be guessed.
 */
final class Durations {

  /** What a socket takes for "wait for ever". */
  static final Duration FOREVER = Duration.ofMillis(-1);

  /** More nanoseconds than about three times as many do not fit a number. */
  private static final Duration LONGEST = Duration.ofDays(100 * 365);

  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(us|ms|s|m|h)");

  private Durations() {}

  /** A number and a unit. */
  static final class Finite implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return parse(text, "expected for example 100ms, 1s or 2m");
    }
  }

  /** The same, or {@code infinite}. */
  static final class Any implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      return text.equals("infinite")
          ? FOREVER
          : parse(text, "expected for example 100ms, 1s, 2m or infinite");
    }
  }

  /** A finite duration as one would type it. */
  static String print(Duration duration) {
    long micros = TimeUnit.NANOSECONDS.toMicros(duration.toNanos());
    if (micros % 1000 != 0) {
      return micros + "us";
    }
    return micros % 1_000_000 != 0 ? micros / 1000 + "ms" : micros / 1_000_000 + "s";
  }

  private static Duration parse(String text, String expected) {
    Matcher matcher = DURATION.matcher(text);
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    if (!matcher.matches()) {
      throw new TypeConversionException("'" + text + "' is not a duration, " + expected);
    }
    long number = Long.parseLong(matcher.group(1));
    Duration duration =
        switch (matcher.group(2)) {
          case "us" -> Duration.ofNanos(1000 * number);
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          default -> Duration.ofHours(number);
        };
    return duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
  }
}
