package io.reactorzmq.examples;

/**
 * The network of {@link Classifier} in plain Java, to check it. Its weights come from the same
 * formula as those in the file.
 */
final class PlainClassifier {

  private static final int HIDDEN = 8;

  private PlainClassifier() {}

  /** The probability of each class for one row of features. */
  static float[] classify(float[] features) {
    float[] hidden = sums(1, features, HIDDEN);
    for (int i = 0; i < HIDDEN; i++) {
      hidden[i] = Math.max(0, hidden[i]);
    }
    float[] scores = sums(2, hidden, Classifier.CLASSES);
    float total = 0;
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) Math.exp(scores[i]);
      total += scores[i];
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] /= total;
    }
    return scores;
  }

  private static float[] sums(int layer, float[] inputs, int outputs) {
    float[] sums = new float[outputs];
    for (int column = 0; column < outputs; column++) {
      sums[column] = weight(layer, inputs.length, column); // the bias
      for (int row = 0; row < inputs.length; row++) {
        sums[column] += inputs[row] * weight(layer, row, column);
      }
    }
    return sums;
  }

  private static float weight(int layer, int row, int column) {
    return ((7 * layer + 5 * row + 3 * column) % 11 - 5) / 8f;
  }
}
