package io.reactorzmq.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * Runs a parameterized test once per row for each of the {@link TestedTransports}. A transport has
 * the rows that begin with its name; one that has none, other than inproc, has those of tcp with
 * its own name instead.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ArgumentsSource(TestedTransports.class)
public @interface EachTransport {

  /** The rows; their columns are separated by commas. */
  String[] value() default {"tcp", "inproc"};
}
