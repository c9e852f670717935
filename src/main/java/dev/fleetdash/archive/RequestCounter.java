package dev.fleetdash.archive;

import dev.fleetdash.telemetry.Counter;
import dev.fleetdash.telemetry.Telemetry;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;

/**
 * Counts what S3 bills: every request really sent, retries included, and the bytes of the bodies.
 */
final class RequestCounter implements ExecutionInterceptor {
  private final Counter puts;
  private final Counter gets;
  private final Counter lists;
  private final Counter sent;
  private final Counter received;

  RequestCounter(Telemetry telemetry) {
    puts = requests(telemetry, S3Faults.Action.PUT);
    gets = requests(telemetry, S3Faults.Action.GET);
    lists = requests(telemetry, S3Faults.Action.LIST);
    sent = telemetry.counter("archive_sent_bytes", "Bytes sent to S3, without headers");
    received =
        telemetry.counter("archive_received_bytes", "Bytes received from S3, without headers");
  }

  private static Counter requests(Telemetry telemetry, S3Faults.Action action) {
    return telemetry.counter(
        "archive_requests",
        "Requests sent to S3, retries included",
        Map.of("operation", action.word()));
  }

  @Override
  public void beforeTransmission(
      Context.BeforeTransmission context, ExecutionAttributes attributes) {
    String operation =
        String.valueOf(attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME))
            .toLowerCase(Locale.ROOT);
    Counter counter =
        operation.startsWith("put") ? puts : operation.startsWith("get") ? gets : lists;
    counter.increment();
    context
        .httpRequest()
        .firstMatchingHeader("Content-Length")
        .ifPresent(length -> sent.add(Long.parseLong(length)));
  }

  @Override
  public Optional<InputStream> modifyHttpResponseContent(
      Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
    return context.responseBody().map(Counting::new);
  }

  private final class Counting extends FilterInputStream {
    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int one = super.read();
      received.add(one < 0 ? 0 : 1);
      return one;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int n = super.read(bytes, offset, length);
      received.add(Math.max(n, 0));
      return n;
    }
  }
}
