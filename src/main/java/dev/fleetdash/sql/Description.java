package dev.fleetdash.sql;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the archive says of itself: a guide, the schema, and a script for each engine. The same for
 * every host with the same catalogue.
 */
public final class Description {
  /**
   * Grows with every change of the texts, so that of two versions in one fleet the newer one's
   * stay.
   */
  static final int REVISION = 2;

  /** The one that is put last, and tells the revision of all. */
  static final String SCHEMA = "v1/schema.json";

  private static final String NO_BUCKET = "s3://YOUR-BUCKET";

  private Description() {}

  /**
   * By key, the schema last.
   *
   * @param url of the archive: an absolute path, or {@code s3://bucket/prefix}
   */
  static Map<String, byte[]> of(String url) {
    boolean bucket = url.startsWith("s3://");
    String inBucket = bucket ? url : NO_BUCKET;
    String note =
        bucket
            ? ""
            : "-- This archive is a directory: copy v1/ to a bucket and put its name below.\n";
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("v1/README.md", utf8(Guide.text(REVISION)));
    files.put("v1/athena.sql", utf8(note + new Athena(inBucket).script()));
    files.put("v1/trino.sql", utf8(note + new Trino(inBucket).script()));
    files.put("v1/duckdb.sql", utf8(new DuckDb(url).script()));
    files.put("v1/spark.sql", utf8(new Spark(url).script()));
    files.put(SCHEMA, Schema.json(REVISION));
    return files;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
