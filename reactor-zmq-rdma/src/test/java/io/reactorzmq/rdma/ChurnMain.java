package io.reactorzmq.rdma;

import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.ZmqResources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Sockets that come and go on many event loops at a time, each with a connection over RDMA: {@code
 * ChurnMain threads rounds}. It prints {@code done} unless anything fails, or UCX ends the process.
 */
public final class ChurnMain {

  static final int PEERS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private ChurnMain() {}

  public static void main(String[] arguments) throws Exception {
    int threads = Integer.parseInt(arguments[0]);
    int rounds = Integer.parseInt(arguments[1]);
    ExecutorService all = Executors.newFixedThreadPool(threads);
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      running.add(
          all.submit(
              () -> {
                for (int round = 0; round < rounds; round++) {
                  comeAndGo();
                }
              }));
    }
    for (Future<?> each : running) {
      each.get();
    }
    System.out.println("done");
    System.exit(0);
  }

  private static void comeAndGo() {
    ZmqResources resources = ZmqResources.builder().eventLoops(2).build();
    PullSocket<String> pull =
        Zmq.pull()
            .codec(Codec.utf8())
            .resources(resources)
            .bind("rdma://127.0.0.1:0")
            .openNow(PATIENCE);
    List<PushSocket<String>> pushes = new ArrayList<>();
    for (int i = 0; i < PEERS; i++) {
      PushSocket<String> push =
          Zmq.push()
              .codec(Codec.utf8())
              .resources(resources)
              .connect(pull.endpoints().get(0).toString())
              .openNow(PATIENCE);
      push.send("hello").subscribe(sent -> {}, Throwable::printStackTrace);
      pushes.add(push);
    }
    pull.receive().take(PEERS).blockLast(PATIENCE);
    pushes.forEach(PushSocket::dispose);
    pull.dispose();
    resources.disposeLater().block(PATIENCE);
  }
}
