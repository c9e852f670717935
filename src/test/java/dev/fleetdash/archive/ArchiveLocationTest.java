package dev.fleetdash.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveLocationTest {

  @ParameterizedTest
  @CsvSource({
    "file:data/archive,data/archive",
    "file:/srv/archive,/srv/archive",
    "file:///srv/archive,/srv/archive",
    "file:a b,a b"
  })
  void fileNamesADirectory(String text, String path) {
    assertThat(ArchiveLocation.parse(text))
        .isEqualTo(new ArchiveLocation.InDirectory(Path.of(path)));
  }

  @ParameterizedTest
  @CsvSource({
    "s3://bucket,bucket,'',s3://bucket",
    "s3://bucket/,bucket,'',s3://bucket",
    "s3://my-bucket.1/fleet,my-bucket.1,fleet/,s3://my-bucket.1/fleet",
    "s3://bucket/a/b=c/,bucket,a/b=c/,s3://bucket/a/b=c"
  })
  void s3NamesABucketAndAPrefix(String text, String bucket, String prefix, String normal) {
    ArchiveLocation location = ArchiveLocation.parse(text);

    assertThat(location)
        .isEqualTo(new ArchiveLocation.InBucket(bucket, prefix))
        .hasToString(normal);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "data",
        "/data",
        "File:data",
        "file:",
        "file: ",
        "file://host/data",
        "file:~/data",
        "file:a\u0000b",
        "s3:bucket",
        "s3://",
        "s3:///prefix",
        "s3://ab",
        "s3://Bucket",
        "s3://-bucket",
        "s3://bucket-",
        "s3://buc..ket",
        "s3://buc_ket",
        "s3://192.168.0.1",
        "s3://bucket//a",
        "s3://bucket/a//b",
        "s3://bucket/../a",
        "s3://bucket/.a",
        "s3://bucket/a?b",
        "s3://bucket/ä",
        "https://bucket.s3.amazonaws.com"
      })
  void otherTextIsRefusedWithAnExample(String text) {
    assertThatThrownBy(() -> ArchiveLocation.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("'" + text + "' ")
        .hasMessageContaining("for example file:data/archive");
  }

  @Test
  void reasonIsNamed() {
    assertThatThrownBy(() -> ArchiveLocation.parse("s3://Bucket/x"))
        .hasMessageContaining("bucket name")
        .hasMessageContaining("3 to 63");
    assertThatThrownBy(() -> ArchiveLocation.parse("s3://bucket/a//b"))
        .hasMessageContaining("prefix");
    assertThatThrownBy(() -> ArchiveLocation.parse("file:~/x"))
        .hasMessageContaining("only a shell expands");
  }
}
