package dev.fleetdash.archive;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;

/** Why a request got no answer, as far as the network is to blame. */
final class Unanswered {
  private Unanswered() {}

  /** Half a sentence from the failure or one of its causes; empty where none is of the network. */
  static Optional<String> why(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String why = whyOf(cause);
      if (why != null) {
        return Optional.of(why);
      }
    }
    return Optional.empty();
  }

  private static @Nullable String whyOf(Throwable cause) {
    return switch (cause) {
      case ConnectException _, NoRouteToHostException _ -> "nothing answers at its address";
      case UnknownHostException unknown -> "the host " + unknown.getMessage() + " is not known";
      case SocketTimeoutException _, ApiCallTimeoutException _, ApiCallAttemptTimeoutException _ ->
          "no answer in time";
      case SSLException _ -> "no secure connection: " + cause.getMessage();
      default -> null;
    };
  }
}
