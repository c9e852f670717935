package dev.fleetdash.web;

/**
 * What can be wrong with a request, or keep it from being answered: a stable code for programs, and
 * the status that goes with it.
 */
enum ApiError {
  BAD_REQUEST("bad_request", 400),
  UNKNOWN_PARAMETER("unknown_parameter", 400),
  DUPLICATE_PARAMETER("duplicate_parameter", 400),
  MISSING_PARAMETER("missing_parameter", 400),
  UNKNOWN_METRIC("unknown_metric", 400),
  UNKNOWN_ENGINE("unknown_engine", 400),
  BAD_HOST_NAME("bad_host_name", 400),
  BAD_TIME("bad_time", 400),
  BAD_RANGE("bad_range", 400),
  BAD_POINTS("bad_points", 400),
  TOO_MUCH("too_much", 400),
  CROSS_SITE("cross_site", 403),
  NOT_FOUND("not_found", 404),
  UNKNOWN_HOST("unknown_host", 404),
  METHOD_NOT_ALLOWED("method_not_allowed", 405),
  REQUEST_TIMEOUT("request_timeout", 408),
  BODY_TOO_LARGE("body_too_large", 413),
  URI_TOO_LONG("uri_too_long", 414),
  BAD_HOST("bad_host", 421),
  UPGRADE_REQUIRED("upgrade_required", 426),
  HEADERS_TOO_LARGE("headers_too_large", 431),
  INTERNAL("internal", 500),
  NOT_IMPLEMENTED("not_implemented", 501),
  NO_ROW("no_row", 503),
  STARTING("starting", 503),
  STORAGE_UNREACHABLE("storage_unreachable", 503),
  BUSY("busy", 503),
  TOO_MANY_STREAMS("too_many_streams", 503),
  HTTP_VERSION("http_version", 505);

  private final String code;
  private final int status;

  ApiError(String code, int status) {
    this.code = code;
    this.status = status;
  }

  String code() {
    return code;
  }

  int status() {
    return status;
  }
}
