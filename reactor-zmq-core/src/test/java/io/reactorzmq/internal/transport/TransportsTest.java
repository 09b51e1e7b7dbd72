package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransportsTest {

  private static final Endpoint RDMA = Endpoint.parse("rdma://h:1");

  @Test
  void eachSchemeHasItsTransport() {
    assertThat(Transports.forEndpoint(Endpoint.parse("tcp://h:1")))
        .isInstanceOf(TcpTransport.class)
        .isSameAs(Transports.forEndpoint(Endpoint.parse("tcp://i:2")));
    assertThat(Transports.forEndpoint(Endpoint.parse("inproc://jobs")))
        .isInstanceOf(InprocTransport.class);
  }

  @Test
  void anUnknownSchemeNamesTheKnownOnes() {
    assertThatThrownBy(() -> Transports.forEndpoint(Endpoint.parse("udp://h:1")))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("endpoint 'udp://h:1' has the unknown scheme 'udp'; known here: ")
        .hasMessageContaining("inproc, tcp");
  }

  @Test
  void rdmaNamesItsJar() {
    assertThatThrownBy(() -> Transports.forEndpoint(RDMA))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("add the jar reactor-zmq-rdma");
  }

  @Test
  void aTransportForANewerJavaIsLeftOut(@TempDir Path classes) throws IOException {
    Files.write(classes.resolve("OfTheFuture.class"), ofTheFuture());
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(
        services.resolve(Transport.class.getName()),
        "OfTheFuture\n" + InprocTransport.class.getName() + "\n");
    try (URLClassLoader loader = servicesOf(classes)) {
      Transports transports = Transports.load(loader);
      assertThat(transports.find(Endpoint.parse("inproc://a"))).isInstanceOf(InprocTransport.class);
      assertThatThrownBy(() -> transports.find(RDMA))
          .isInstanceOf(EndpointException.class)
          .hasMessage(
              "endpoint 'rdma://h:1' has the unknown scheme 'rdma'; reactor-zmq-rdma needs Java 22"
                  + " or later and this is Java "
                  + Runtime.version().feature()
                  + "; known here: inproc");
    }
  }

  /** Sees the services of one place only, but all classes. */
  private static URLClassLoader servicesOf(Path place) throws IOException {
    return new URLClassLoader(
        new URL[] {place.toUri().toURL()}, Transports.class.getClassLoader()) {
      @Override
      public Enumeration<URL> getResources(String name) throws IOException {
        return findResources(name);
      }
    };
  }

  /** The bytes of some class, said to be compiled for a Java that there is not. */
  private static byte[] ofTheFuture() throws IOException {
    try (InputStream in = TransportsTest.class.getResourceAsStream("TransportsTest.class")) {
      byte[] bytes = in.readAllBytes();
      bytes[6] = 1; // the major version is in the bytes 6 and 7
      return bytes;
    }
  }
}
