package io.reactorzmq.cli.demo;

import io.netty.buffer.Unpooled;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.file.TensorFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A REQ sends files of tensors, made of the lines, to a REP that saves them and sends them back.
 * The files must be the same, byte by byte, at the replier and back at the requester.
 */
final class TensorFilesEcho implements Scenario {

  private static final int LARGEST = 64 << 20;
  private static final double NANOS = 1e9;

  private final long enoughLines;

  TensorFilesEcho(long enoughLines) {
    this.enoughLines = enoughLines;
  }

  @Override
  public String title() {
    return "Tensors: a REQ sends files to a REP and gets them back";
  }

  @Override
  public long enoughLines() {
    return enoughLines;
  }

  @Override
  public List<Outcome> run(Stage stage)
      throws IOException, InterruptedException, ExecutionException {
    Path dir = Files.createTempDirectory("zmq-demo-");
    try {
      return run(stage, dir);
    } finally {
      delete(dir);
    }
  }

  private static List<Outcome> run(Stage stage, Path dir)
      throws IOException, InterruptedException, ExecutionException {
    List<Path> files = files(stage.corpus(), dir);
    LineSum sent = sum(files);
    Child rep =
        stage.start(
            "rep",
            "--echo",
            "--bind",
            "tcp://127.0.0.1:0",
            "--tensor-dir",
            dir.resolve("at-rep").toString());
    String endpoint = rep.awaitEndpoint();

    long start = System.nanoTime();
    LineSum saved = new LineSum();
    LineSum returned = new LineSum();
    Future<?> saving = stage.collect(rep, file -> saved.add(content(file)));
    Child req =
        stage.start(
            "req",
            "--connect",
            endpoint,
            "--in-flight",
            "1",
            "--tensor",
            files.get(0).toString(),
            "--tensor",
            files.get(1).toString(),
            "--tensor-dir",
            dir.resolve("at-req").toString());
    Future<?> collecting = stage.collect(req, file -> returned.add(content(file)));
    stage.await(collecting, files.size(), saved::count, returned::count);
    req.awaitSuccess();
    rep.leave();
    rep.awaitSuccess();
    saving.get();
    stage.note("%,d bytes of files each way".formatted(sent.bytes()));
    return List.of(
        new Outcome("Tensors, there", true, sent, saved, (saved.lastNanos() - start) / NANOS),
        new Outcome("Tensors, back", true, sent, returned, (returned.lastNanos() - start) / NANOS));
  }

  /** A single tensor, and a set of two with a text about them. */
  private static List<Path> files(Corpus corpus, Path dir) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    IntStream.Builder lengths = IntStream.builder();
    float[] letters = new float[256];
    corpus.forEach(
        line -> {
          if (bytes.size() + line.length <= LARGEST) {
            bytes.writeBytes(line);
            lengths.add(line.length);
          }
          for (byte b : line) {
            letters[b & 0xff]++;
          }
        });
    Path matrix = dir.resolve("letters.npy");
    TensorFiles.write(matrix, NamedTensors.of(Map.of("letters", Tensor.of(letters, 16, 16))));
    Tensor text =
        Tensor.of(DType.U8, Shape.of(bytes.size()), Unpooled.wrappedBuffer(bytes.toByteArray()));
    Tensor lines = Tensor.of(lengths.build().toArray());
    Path set = dir.resolve("lines.safetensors");
    TensorFiles.write(
        set,
        NamedTensors.of(
            Map.of("bytes", text, "lengths", lines), Map.of("about", corpus.toString())));
    return List.of(matrix, set);
  }

  private static LineSum sum(List<Path> files) throws IOException {
    LineSum sum = new LineSum();
    for (Path each : files) {
      sum.add(Files.readAllBytes(each));
    }
    return sum;
  }

  private static byte[] content(byte[] file) throws IOException {
    return Files.readAllBytes(Path.of(new String(file, StandardCharsets.UTF_8)));
  }

  private static void delete(Path dir) throws IOException {
    try (Stream<Path> all = Files.walk(dir)) {
      all.sorted(Comparator.reverseOrder())
          .forEach(
              each -> {
                try {
                  Files.delete(each);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
