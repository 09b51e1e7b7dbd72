package io.reactorzmq.cli;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.TensorCodec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** What tests of files of tensors between a PUSH and a PULL have in common. */
abstract class TensorTransfers {

  static final String ANY_PORT = "tcp://127.0.0.1:0";

  @TempDir Path dir;

  Running pull(String... more) {
    List<String> options =
        new ArrayList<>(
            List.of("pull", "--bind", ANY_PORT, "--tensor-dir", dir.resolve("out").toString()));
    options.addAll(List.of(more));
    return Running.zmq(options.toArray(String[]::new));
  }

  static Running push(Running pull, Path... files) {
    List<String> options = new ArrayList<>(List.of("push", "--connect", pull.endpoint()));
    for (Path file : files) {
      options.addAll(List.of("--tensor", file.toString()));
    }
    return Running.zmq(options.toArray(String[]::new));
  }

  static void send(String endpoint, List<NamedTensors> sets) {
    PushSocket<NamedTensors> push =
        Zmq.push().codec(TensorCodec.named()).connect(endpoint).openNow();
    for (NamedTensors each : sets) {
      push.send(each).block();
    }
    push.disposeLater().block();
  }

  static ByteBuf buffer(int bytes) {
    return Unpooled.wrappedBuffer(new byte[bytes]);
  }

  String saved(String name) {
    return out(name).toString();
  }

  Path out(String name) {
    return dir.resolve("out").resolve(name);
  }
}
