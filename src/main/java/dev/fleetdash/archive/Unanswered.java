package dev.fleetdash.archive;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;

/** Why a request got no answer, as far as the network is to blame. */
final class Unanswered {
  private static final Pattern TUNNEL =
      Pattern.compile("^Unable to tunnel through proxy.*\"HTTP/1\\.\\d (\\d{3})");

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

  /** A proxy's refusal, of which the JVM says no more than its status. */
  private static Optional<String> tunnel(IOException e) {
    Matcher refusal = TUNNEL.matcher(String.valueOf(e.getMessage()));
    if (!refusal.find()) {
      return Optional.empty();
    }
    String status = refusal.group(1);
    return Optional.of(
        status.equals("407")
            ? "the proxy of HTTPS_PROXY wants another user and password than those in it (407)"
            : "the proxy of HTTPS_PROXY does not lead there (" + status + ")");
  }

  private static @Nullable String whyOf(Throwable cause) {
    return switch (cause) {
      case ConnectException _, NoRouteToHostException _ -> "nothing answers at its address";
      case UnknownHostException unknown -> "the host " + unknown.getMessage() + " is not known";
      case SocketTimeoutException _, ApiCallTimeoutException _, ApiCallAttemptTimeoutException _ ->
          "no answer in time";
      case IOException refused when tunnel(refused).isPresent() -> tunnel(refused).get();
      case SSLException _ -> "no secure connection: " + cause.getMessage();
      default -> null;
    };
  }
}
