package io.reactorzmq.cli.tensor;

import io.reactorzmq.tensor.TensorInfo;
import java.util.ArrayList;
import java.util.List;

/** A message of tensors as a line for people: name, type, shape and some elements of each. */
public final class TensorLine {

  private static final int MAX_SHOWN = 8;
  private static final int MAX_CHARACTERS = 80;

  private TensorLine() {}

  /**
   * The line; a tab separates the tensors, and texts about them come last.
   *
   * @param message stays the caller's
   * @return without control characters but the tabs, whatever the names are
   */
  public static String of(TensorMessage message) {
    List<String> pieces = new ArrayList<>();
    message
        .tensors()
        .asMap()
        .forEach(
            (name, tensor) -> {
              TensorInfo info = new TensorInfo(shown(name), tensor.dtype(), tensor.shape());
              // which is "Tensor", the type, the shape and the elements
              String text = tensor.toString();
              String elements = text.substring(text.indexOf(']') + 1);
              add(pieces, info + elements);
            });
    message
        .tensors()
        .metadata()
        .forEach((key, text) -> add(pieces, shown(key) + "=" + shown(text)));
    int all = message.tensors().size() + message.tensors().metadata().size();
    if (all > MAX_SHOWN) {
      pieces.add("and %d more".formatted(all - MAX_SHOWN));
    }
    return pieces.isEmpty() ? "no tensors" : String.join("\t", pieces);
  }

  private static void add(List<String> pieces, String piece) {
    if (pieces.size() < MAX_SHOWN) {
      pieces.add(piece);
    }
  }

  private static String shown(String text) {
    String start =
        text.length() > MAX_CHARACTERS ? text.substring(0, MAX_CHARACTERS) + "..." : text;
    return start.replaceAll("\\p{Cntrl}|\\p{Cf}|\\p{Zl}|\\p{Zp}", "?");
  }
}
