package io.reactorzmq.rdma;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.options.ZmqResources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The code in docs/rdma.md is this code, which is compiled and runs. */
class DocumentTest {

  private static final Path SOURCE = Path.of("src/test/java/io/reactorzmq/rdma/DocumentTest.java");

  @Test
  void theOptionsAreSetAsTheDocumentSays() {
    // tag::options
    ZmqResources resources =
        ZmqResources.builder()
            .eventLoops(1)
            .transportOptions(RdmaOptions.defaults().spin(RdmaOptions.FOR_EVER).devices("mlx5_0:1"))
            .build();
    // end::options
    RdmaOptions options = resources.transportOptions(RdmaOptions.class);
    assertThat(options).isNotNull();
    assertThat(options.spin()).isEqualTo(RdmaOptions.FOR_EVER);
    assertThat(options.devices()).containsExactly("mlx5_0:1");
    resources.dispose();
  }

  @Test
  void theDocumentHasThisCode() throws IOException {
    String source = Files.readString(SOURCE);
    String tagged =
        source.substring(
            source.indexOf("// tag::options\n") + 16, source.indexOf("    // end::options"));
    String code = tagged.lines().map(line -> line.substring(4)).collect(Collectors.joining("\n"));
    assertThat(Files.readString(Path.of("../docs/rdma.md"))).contains("```java\n" + code + "\n```");
  }
}
