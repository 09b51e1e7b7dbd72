package io.reactorzmq.cli;

import io.netty.buffer.Unpooled;
import io.reactorzmq.cli.tensor.TensorMessage;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * Saves the tensors of each request, and answers with the same ones or with none, which says that
 * they are saved.
 */
final class SavedAnswers implements Answers<TensorMessage, TensorMessage> {

  private final Session session;
  private final Saving saving;
  private final boolean echo;
  private long number;
  private boolean failed;

  SavedAnswers(Session session, Saving saving, boolean echo) {
    this.session = session;
    this.saving = saving;
    this.echo = echo;
  }

  @Override
  public Mono<TensorMessage> answer(TensorMessage request, Consumer<byte[]> printing) {
    try {
      printing.accept(saving.save(++number, "", request));
    } catch (IOException e) {
      failed = true;
      session.say("request " + number + " is not saved: " + Failures.sentence(e));
      request.release();
      return Mono.error(
          new RemoteException(RemoteException.Code.HANDLER, false, "the tensors cannot be saved"));
    }
    if (echo) {
      return Mono.just(request);
    }
    boolean isSet = request.isSet();
    request.release();
    return Mono.just(new TensorMessage("", none(isSet), isSet));
  }

  /** No tensors; to who sent a single one, a single one without elements. */
  private static NamedTensors none(boolean isSet) {
    return NamedTensors.of(
        isSet ? Map.of() : Map.of("none", Tensor.of(DType.U8, Shape.of(0), Unpooled.EMPTY_BUFFER)));
  }

  @Override
  public void discard(TensorMessage request) {
    request.release();
  }

  @Override
  public boolean hasFailed() {
    return failed;
  }
}
