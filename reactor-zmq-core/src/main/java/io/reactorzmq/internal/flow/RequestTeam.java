package io.reactorzmq.internal.flow;

import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * The flows of one REQ that lives on several event loops, each with connections of its own. Deals
 * requests out to them in turn; what one has no room for goes to another.
 */
public final class RequestTeam<Q, R> {

  private final Surplus<Q> surplus = new Surplus<>();
  private final List<RequestFlow<Q, R>> flows = new ArrayList<>();

  /** Creates a team without flows. */
  public RequestTeam() {}

  Surplus<Q> surplus() {
    return surplus;
  }

  /** Adds a flow whose router has joined the surplus. */
  void join(RequestFlow<Q, R> flow) {
    flows.add(flow);
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param value taken at subscription
   * @return cold; the reply
   */
  public Mono<R> request(Q value) {
    return new RequestMono<>(() -> flows.get(surplus.next()), value);
  }
}
