package io.reactorzmq.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;

class ReportTest {

  private static Results results() {
    RowResult latency = new RowResult(Figures.row("latency-64"));
    for (int i = 0; i < Verdict.ENOUGH; i++) {
      latency.compare(
          List.of("libzmq", "zmq-req"),
          Map.of(0, Figures.latency(20_000), 1, Figures.latency(50_000)));
      latency.add("libzmq", Figures.latency(20_000));
      latency.add("zmq-req", Figures.latency(50_000));
    }
    latency.repeated("jeromq", "it was late");
    latency.repeated("jeromq", "late again");
    latency.failed("jeromq", "it ended <early>");
    latency.repeated("libzmq", "it <waited>");
    return new Results(
        Figures.environment(2),
        List.of(Figures.pairs("push-64", 1.75), latency, Figures.pairs("push4-1k", 1)));
  }

  @Test
  void whatWasWrittenAsJsonIsReadBack() throws IOException {
    Results written = results();
    Results read = JsonLines.read(JsonLines.write(written).lines().toList(), Rows.ALL);
    assertThat(read.environment()).isEqualTo(written.environment());
    assertThat(read.isComplete()).isFalse();
    assertThat(read.verdicts()).isEqualTo(written.verdicts());
    assertThat(TextReport.of(read)).isEqualTo(TextReport.of(written));
    assertThat(HtmlReport.of(read)).isEqualTo(HtmlReport.of(written));
  }

  @Test
  void jsonHasALineForEachContenderWithAllRounds() {
    List<String> lines = JsonLines.write(results()).lines().toList();
    assertThat(lines.get(0)).contains("\"processors\":2", "\"libzmq\":\"4.3.4\"");
    assertThat(lines)
        .filteredOn(line -> line.contains("\"contender\":\"zmq-sendall\""))
        .first()
        .asString()
        .contains("\"row\":\"push-64\"", "\"libzmq\":[1.75,1.75,1.75,1.75,1.75,1.75,1.75]");
    assertThat(lines).anyMatch(line -> line.contains("\"outcome\":\"not met\""));
  }

  @Test
  void linesOfBeforeRunsWereRepeatedAreRead() throws IOException {
    String written = JsonLines.write(results());
    String older = written.replaceAll("\"repeated\":\\[[^]]*],", "");
    assertThat(older).isNotEqualTo(written);
    Results read = JsonLines.read(older.lines().toList(), Rows.ALL);
    assertThat(read.verdicts()).isEqualTo(results().verdicts());
  }

  @Test
  void onlyTheRowsThatAreAskedForAreRead() throws IOException {
    List<String> lines = JsonLines.write(results()).lines().toList();
    Results read = JsonLines.read(lines, List.of(Figures.row("latency-64")));
    assertThat(read.rows()).extracting(result -> result.row().name()).containsExactly("latency-64");
    assertThatThrownBy(() -> JsonLines.read(lines.subList(1, 3), Rows.ALL))
        .isInstanceOf(IOException.class);
  }

  @Test
  void theTextSaysRatiosAndOutcomes() {
    String text = TextReport.of(results());
    assertThat(text)
        .contains(
            "a <fast> processor", "libzmq 4.3.4", "JVM: -Xms512m -Xmx512m", "every JVM: -Done=two")
        .contains(
            "1.75x (1.75-1.75)",
            "jeromq: runs that did not count and were done again: 2, it was late; it ended <early>",
            "libzmq: runs that did not count and were done again: 1, it <waited>")
        .containsPattern("push-64 +zmq-sendall +rate at least 1.5x libzmq .* 7 +met")
        .containsPattern("latency-64 +zmq-req +p50 at most 1.1x libzmq +2.50x .* not met")
        .containsPattern("push4-1k .* reported only: fewer than 4 processors");
  }

  @Test
  void theHtmlIsWellFormedAndNeedsNothingElse() throws Exception {
    String html = HtmlReport.of(results());
    assertThat(html).doesNotContain("<script", "<link", "<img", "src=", "url(", "NaN", "Infinity");
    String parsed = html.replace("<!DOCTYPE html>", "").replaceAll("<meta ([^>]*)>", "<meta $1/>");
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new ByteArrayInputStream(parsed.getBytes(StandardCharsets.UTF_8)));
    // ratios of each row, rates of two and percentiles of one
    assertThat(document.getElementsByTagName("svg").getLength()).isEqualTo(6);
    assertThat(document.getElementsByTagName("circle").getLength()).isEqualTo(2 * 3);
    assertThat(html)
        .contains(
            "a &lt;fast&gt; processor",
            "it ended &lt;early&gt;",
            "again: 1, it &lt;waited&gt;",
            "prefers-color-scheme")
        .contains("<td class=\"met\">met", "<td class=\"not-met\">not met")
        .contains("zmq-sendall to libzmq", "class=\"goal\"", "class=\"whisker\"");
  }

  @Test
  void barsEndWhereTheirValuesAre() {
    BarChart chart = new BarChart("a chart", 1.0, String::valueOf);
    chart.add(new BarChart.Bar("one", "peer", new Spread(1, 2, 4), "2x", 4.0));
    double unit = (BarChart.WIDTH - BarChart.LEFT - BarChart.RIGHT) / 4.0;
    assertThat(chart.svg())
        .contains("class=\"whisker\" x1=\"" + BarChart.text("%.1f", BarChart.LEFT + unit))
        .contains("class=\"goal\" x1=\"" + BarChart.text("%.1f", BarChart.LEFT + 4 * unit))
        .contains("class=\"reference\" x1=\"" + BarChart.text("%.1f", BarChart.LEFT + unit));
    assertThat(BarChart.step(4)).isEqualTo(1);
    assertThat(BarChart.step(30_000_000)).isEqualTo(1e7);
  }

  @Test
  void progressEstimatesWhatIsLeft() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    Progress progress = new Progress(out, true, 2, 200);
    progress.row(Figures.row("push-64"), 100, 60);
    progress.run(Figures.row("push-64"), "libzmq", 0, 7);
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("row 1 of 2, push-64: round 1 of 7, libzmq; 0:00 so far, about 2:40 left");
    assertThat(Progress.minutes(3725)).isEqualTo("1:02:05");
  }
}
