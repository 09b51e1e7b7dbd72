package io.reactorzmq.tensor.file;

import io.reactorzmq.tensor.Shape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The header of a {@code .npy} file: a Python dict with three known keys. Reads what NumPy and its
 * likes write, and refuses everything else that Python would evaluate.
 */
final class NpyDict {

  private final String text;
  private final Place place;
  private final String descr;
  private final boolean fortranOrder;
  private final long[] shape;
  private int at;

  NpyDict(String text, Place place) throws TensorFileException {
    this.text = text;
    this.place = place;
    @Nullable String descr = null;
    @Nullable Boolean fortranOrder = null;
    long @Nullable [] shape = null;
    expect('{');
    while (!accept('}')) {
      String key = string();
      boolean twice =
          switch (key) {
            case "descr" -> descr != null;
            case "fortran_order" -> fortranOrder != null;
            case "shape" -> shape != null;
            default -> throw fault("the unknown key " + Place.quote(key));
          };
      if (twice) {
        throw fault("the key " + Place.quote(key) + " twice");
      }
      expect(':');
      switch (key) {
        case "descr" -> descr = type();
        case "fortran_order" -> fortranOrder = truth();
        default -> shape = tuple();
      }
      if (!accept(',') && peek() != '}') {
        throw unexpected("',' or '}'");
      }
    }
    if (peek() != 0 || at < text.length()) {
      throw unexpected("the end");
    }
    if (descr == null || fortranOrder == null || shape == null) {
      throw fault("not all of the keys 'descr', 'fortran_order' and 'shape'");
    }
    this.descr = descr;
    this.fortranOrder = fortranOrder;
    this.shape = shape;
  }

  String descr() {
    return descr;
  }

  boolean fortranOrder() {
    return fortranOrder;
  }

  long[] shape() {
    return shape;
  }

  private String type() throws TensorFileException {
    if (peek() == '[') {
      throw place.fault("has elements with several fields, which are no tensors");
    }
    return string();
  }

  private String string() throws TensorFileException {
    char quote = peek();
    if (quote != '\'' && quote != '"') {
      throw unexpected("a string");
    }
    int end = text.indexOf(quote, at + 1);
    if (end < 0) {
      throw fault("a string without an end at " + at);
    }
    String string = text.substring(at + 1, end);
    if (string.indexOf('\\') >= 0) {
      throw fault("an escape in the string " + Place.quote(string));
    }
    at = end + 1;
    return string;
  }

  private boolean truth() throws TensorFileException {
    peek();
    for (boolean value : new boolean[] {true, false}) {
      String name = value ? "True" : "False";
      if (text.startsWith(name, at)) {
        at += name.length();
        return value;
      }
    }
    throw unexpected("True or False");
  }

  private long[] tuple() throws TensorFileException {
    long[] dims = new long[8];
    int rank = 0;
    boolean comma = true;
    expect('(');
    while (!accept(')')) {
      if (!comma) {
        throw unexpected("',' or ')'");
      }
      if (rank == Shape.MAX_RANK) {
        throw fault("a shape of more than " + Shape.MAX_RANK + " axes");
      }
      dims = rank == dims.length ? Arrays.copyOf(dims, 2 * rank) : dims;
      dims[rank++] = integer();
      comma = accept(',');
    }
    if (rank == 1 && !comma) {
      throw fault("a shape that is a number and not a tuple"); // (3) is 3, (3,) is a tuple
    }
    return Arrays.copyOf(dims, rank);
  }

  private long integer() throws TensorFileException {
    peek();
    int end = at;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    String digits = text.substring(at, end);
    if (digits.isEmpty()) {
      throw unexpected("a number of 0 or more");
    }
    if (digits.length() > 1 && digits.charAt(0) == '0') {
      throw fault("a number that begins with 0 at " + at);
    }
    at = end;
    if (at < text.length() && text.charAt(at) == 'L') {
      at++; // Python 2 wrote its longs so
    }
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw fault("an axis of " + Place.quote(digits) + " elements, more than 2^63 - 1");
    }
  }

  /** What comes next that is no white space, 0 at the end. */
  private char peek() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private boolean accept(char wanted) {
    boolean found = peek() == wanted;
    at += found ? 1 : 0;
    return found;
  }

  private void expect(char wanted) throws TensorFileException {
    if (!accept(wanted)) {
      throw unexpected("'" + wanted + "'");
    }
  }

  private TensorFileException unexpected(String wanted) {
    String found = at < text.length() ? Place.quote(text.substring(at, at + 1)) : "its end";
    return fault("%s at %d where %s belongs".formatted(found, at, wanted));
  }

  private TensorFileException fault(String what) {
    return place.fault("has in its header " + what);
  }
}
