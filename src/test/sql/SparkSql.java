import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.util.StringUtils;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Runs the statements of SQL scripts, one script after the other, and prints the rows of those that
 * answer rows as tab-separated values. Scripts are split as spark-sql does, which is not on Maven
 * Central.
 */
final class SparkSql {
  private SparkSql() {}

  public static void main(String[] scripts) throws IOException {
    try (SparkSession spark = SparkSession.builder().getOrCreate()) {
      for (String script : scripts) {
        for (String statement : statements(Files.readString(Path.of(script)))) {
          for (Row row : spark.sql(statement).collectAsList()) {
            System.out.println(
                IntStream.range(0, row.size())
                    .mapToObj(i -> String.valueOf(row.get(i)))
                    .collect(Collectors.joining("\t")));
          }
        }
      }
    }
  }

  private static List<String> statements(String script) {
    return CollectionConverters.asJava(StringUtils.splitSemiColonWithIndex(script, false)).stream()
        .filter(statement -> !statement.isBlank())
        .toList();
  }
}
