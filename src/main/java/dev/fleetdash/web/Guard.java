package dev.fleetdash.web;

import dev.fleetdash.fleet.PeerPaths;
import java.util.Optional;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Stands before the routes: gives every answer its security headers, and turns away what a page
 * elsewhere has a browser ask, under its own name that it has led here (DNS rebinding) or across
 * sites, and bodies that nothing here would read.
 */
final class Guard extends Handler.Wrapper {
  private static final int MAX_BODY_BYTES = 64 * 1024;
  private static final String HEALTH = "/health";
  private static final HttpField CLOSE =
      new PreEncodedHttpField(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());

  private final Listen listen;
  private final Headers headers;
  private final Errors errors;

  Guard(Listen listen, Headers headers, Errors errors) {
    this.listen = listen;
    this.headers = headers;
    this.errors = errors;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    headers.begin(response.getHeaders());
    if (hasBody(request)) {
      // Nothing reads it, so that no other request can follow it.
      response.getHeaders().add(CLOSE);
    }
    Optional<Problem> refusal = refusal(request);
    if (refusal.isPresent()) {
      errors.write(request, response, callback, refusal.get());
      return true;
    }
    return super.handle(request, response, callback);
  }

  private Optional<Problem> refusal(Request request) {
    String path = Request.getPathInContext(request);
    Optional<String> foreign = foreignHost(request, path);
    if (foreign.isPresent()) {
      String message =
          "requests for host '"
              + Text.brief(foreign.get())
              + "' are not answered here; add the name to FLEETDASH_ALLOW_HOSTS if it is this node's";
      return Optional.of(new ApiException(ApiError.BAD_HOST, message, "Host").problem());
    }
    if (fromElsewhere(request, path)) {
      String message = "another site's page asked this; open it from the dashboard itself";
      return Optional.of(
          new ApiException(ApiError.CROSS_SITE, message, "Sec-Fetch-Site").problem());
    }
    return request.getLength() > MAX_BODY_BYTES
        ? Optional.of(Problem.ofStatus(413, null))
        : Optional.empty();
  }

  private Optional<String> foreignHost(Request request, String path) {
    // Balancers ask for the health under any name, and learn nothing else. Peers sign what they
    // ask.
    if (path.equals(HEALTH) || path.startsWith(PeerPaths.ALL)) {
      return Optional.empty();
    }
    return listen.forwarded().hosts(request).stream()
        .filter(host -> !listen.allows(host))
        .findFirst();
  }

  /** Browsers say so; everyone else says nothing. A link to a page may be on any site. */
  private static boolean fromElsewhere(Request request, String path) {
    HttpFields fields = request.getHeaders();
    String site = fields.get("Sec-Fetch-Site");
    if (site == null || site.equals("same-origin") || site.equals("none")) {
      return false;
    }
    boolean followed =
        "navigate".equals(fields.get("Sec-Fetch-Mode"))
            && "document".equals(fields.get("Sec-Fetch-Dest"));
    return !(followed && Errors.page(path));
  }

  /** Whether bytes follow the head that belong to the request. */
  static boolean hasBody(Request request) {
    return request.getLength() > 0 || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
  }
}
