package io.reactorzmq.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Turns the signals that end a process into a wish to end: the first one is heard, the second one
 * ends the process at once. A shutdown hook could not do that, because the Java machine ignores
 * every signal after the first.
 */
final class Interrupts {

  /** Ctrl-C, kill, and a terminal that was closed. */
  private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

  private static final int EXIT_BY_SIGNAL = 128;

  private Interrupts() {}

  /** Completes at the first signal; signals are caught from the subscription on. */
  static Mono<Void> first() {
    return Mono.defer(
        () -> {
          Sinks.Empty<Void> first = Sinks.empty();
          AtomicBoolean heard = new AtomicBoolean();
          for (String name : SIGNALS) {
            handle(
                name,
                number -> {
                  if (heard.getAndSet(true)) {
                    Runtime.getRuntime().halt(EXIT_BY_SIGNAL + number);
                  }
                  first.tryEmitEmpty();
                });
          }
          return first.asMono();
        });
  }

  /** Receives the number of a signal. */
  private interface Handler {
    void signal(int number);
  }

  /**
   * {@code sun.misc.Signal} is there on every JDK, but javac warns of its name and the warning
   * cannot be silenced. A signal that the JVM does not leave to us keeps its usual effect.
   */
  private static void handle(String name, Handler handler) {
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object signal = signalType.getConstructor(String.class).newInstance(name);
      int number = (int) signalType.getMethod("getNumber").invoke(signal);
      InvocationHandler proxy =
          (self, method, args) -> answer(self, method.getName(), args, handler, number);
      Object signalHandler =
          Proxy.newProxyInstance(
              Interrupts.class.getClassLoader(), new Class<?>[] {handlerType}, proxy);
      signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, signalHandler);
    } catch (ReflectiveOperationException e) {
      // the signal ends the process, as it does where nobody asks
    }
  }

  private static @Nullable Object answer(
      Object self, String method, Object @Nullable [] args, Handler handler, int number) {
    return switch (method) {
      case "handle" -> {
        handler.signal(number);
        yield null;
      }
      case "equals" -> args != null && args[0] == self;
      case "hashCode" -> System.identityHashCode(self);
      default -> "Interrupts";
    };
  }
}
