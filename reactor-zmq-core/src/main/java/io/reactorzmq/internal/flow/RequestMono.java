package io.reactorzmq.internal.flow;

import io.netty.util.ReferenceCounted;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** One {@code request}: each subscription is an {@link Exchange} of its own. */
final class RequestMono<Q, R> extends Mono<R> {

  private final Supplier<RequestFlow<Q, R>> flows;
  private final Q value;
  private final AtomicBoolean used = new AtomicBoolean();

  /** Sends by the flow that is given at subscription. */
  RequestMono(Supplier<RequestFlow<Q, R>> flows, Q value) {
    this.flows = flows;
    this.value = value;
  }

  @Override
  public void subscribe(CoreSubscriber<? super R> actual) {
    if (value instanceof ReferenceCounted && !used.compareAndSet(false, true)) {
      Operators.error(actual, Submission.usedTwice("request"));
      return;
    }
    actual.onSubscribe(new Exchange<>(actual, flows.get(), value));
  }
}
