package dev.fleetdash;

import java.util.stream.Collectors;

/** What {@code --help} says. */
final class Help {
  private Help() {}

  static String text() {
    return """
    Samples this host every second, shows it in a browser, and keeps the rows in a directory or an S3 bucket.

    usage: java -jar fleetdash.jar [--check-config | --compact | --help | --version]

      without an argument  run until SIGTERM
      --check-config       print the configuration that holds, secrets masked
      --compact            finish compaction for all hosts of the archive, from anywhere
      --help               print this
      --version            print version, commit and platform

    variables (an empty one counts as not set; AWS_* are the AWS SDK's own):
    """
        + Settings.ALL.stream().map(Help::line).collect(Collectors.joining())
        + """

        durations are 1s, 5m, 2h, 40d, 2y (of 365 days); sizes 512MiB, 1GB or plain bytes

        exit codes: 0 done, 1 failed, 2 configuration or usage
        """;
  }

  private static String line(Setting<?> setting) {
    return "  %-22s %s [%s]\n"
        .formatted(setting.name(), plain(setting.meaning()), plain(setting.byDefault()));
  }

  private static String plain(String markdown) {
    return markdown.replace("`", "");
  }
}
