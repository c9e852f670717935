package dev.fleetdash.web;

import dev.fleetdash.sample.HostName;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.PreEncodedHttpField;

/** The fields that every answer has, encoded once. */
final class Headers {
  /** Which host the numbers in an answer are of; behind a balancer the address does not say. */
  static final String HOST_FIELD = "X-Fleetdash-Host";

  private static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final List<HttpField> fields;

  Headers(HostName host) {
    this.fields =
        List.of(
            new PreEncodedHttpField("Content-Security-Policy", CONTENT_SECURITY_POLICY),
            new PreEncodedHttpField("X-Content-Type-Options", "nosniff"),
            new PreEncodedHttpField("Referrer-Policy", "no-referrer"),
            new PreEncodedHttpField("Cross-Origin-Opener-Policy", "same-origin"),
            new PreEncodedHttpField("Cross-Origin-Resource-Policy", "same-origin"),
            new PreEncodedHttpField(
                "Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
            new PreEncodedHttpField(HOST_FIELD, host.value()));
  }

  /** Adds them to an answer that has nothing yet. */
  void begin(HttpFields.Mutable answer) {
    for (HttpField field : fields) {
      answer.add(field);
    }
  }

  /** Sees to it that an answer has them, whatever became of it since it began. */
  void complete(HttpFields.Mutable answer) {
    for (HttpField field : fields) {
      answer.put(field);
    }
  }
}
