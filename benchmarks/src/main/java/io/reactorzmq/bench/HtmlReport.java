package io.reactorzmq.bench;

/** Results as one HTML file. */
final class HtmlReport {

  private HtmlReport() {}

  static String of(Results results) {
    return "<pre>" + TextReport.of(results) + "</pre>";
  }
}
