package io.reactorzmq.rdma;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorzmq.RepSocket;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.TensorCodec;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import reactor.core.publisher.Mono;

/**
 * Tensors between two processes, there and back: {@code serve rdma://host:port} answers each tensor
 * with itself until its peer leaves, {@code send rdma://host:port} sends one of every type and
 * size, compares what comes back and prints what carried them. Exit code 0: all were the same.
 */
public final class TransferMain {

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final int MAX_BYTES = 32 * 1024 * 1024;

  private TransferMain() {}

  public static void main(String[] arguments) {
    if (arguments[0].equals("serve")) {
      serve(arguments[1]);
    } else {
      System.exit(send(arguments[1]) ? 0 : 1);
    }
  }

  private static void serve(String endpoint) {
    RepSocket rep =
        Zmq.rep()
            .codec(TensorCodec.tensors())
            .handle(Mono::just)
            .maxMessageSize(MAX_BYTES)
            .bind(endpoint)
            .openNow();
    System.out.println("listening at " + rep.endpoints().get(0));
    SocketEvent.Disconnected gone =
        rep.events().ofType(SocketEvent.Disconnected.class).blockFirst();
    System.exit(gone != null && gone.cause() == null ? 0 : 1);
  }

  private static boolean send(String endpoint) {
    ReqSocket<Tensor, Tensor> req =
        Zmq.req()
            .codec(TensorCodec.tensors())
            .maxMessageSize(MAX_BYTES)
            .connect(endpoint)
            .openNow();
    SocketEvent.Connected connected =
        req.events().ofType(SocketEvent.Connected.class).blockFirst(PATIENCE);
    System.out.println("transport " + (connected == null ? "none" : connected.peer().transport()));
    int sent = 0;
    boolean same = true;
    for (DType dtype : DType.values()) {
      for (Shape shape :
          List.of(Shape.scalar(), Shape.of(0, 3), Shape.of(1_000), Shape.of(70_001))) {
        same &= echo(req, dtype, shape);
        sent++;
      }
    }
    for (int mebibytes : new int[] {1, 5, 20}) {
      same &= echo(req, DType.F32, Shape.of(mebibytes, 256 * 1024));
      sent++;
    }
    System.out.println(sent + " tensors, " + (same ? "all the same" : "NOT the same"));
    req.disposeLater().block(PATIENCE);
    return same;
  }

  private static boolean echo(ReqSocket<Tensor, Tensor> req, DType dtype, Shape shape) {
    byte[] bytes = new byte[(int) (shape.elements() * dtype.itemSize())];
    new Random(shape.elements()).nextBytes(bytes);
    ByteBuf data =
        PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(1, bytes.length)).writeBytes(bytes);
    Tensor reply = req.request(Tensor.of(dtype, shape, data)).block(PATIENCE);
    if (reply == null) {
      return false;
    }
    try {
      return reply.dtype() == dtype
          && reply.shape().equals(shape)
          && Arrays.equals(
              ByteBufUtil.getBytes(
                  Unpooled.wrappedBuffer(reply.segments().toArray(ByteBuf[]::new))),
              bytes);
    } finally {
      reply.release();
    }
  }
}
