package dev.fleetdash.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fleetdash.archive.AwsVariables.Name;
import dev.fleetdash.archive.AwsVariables.Use;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.profiles.ProfileProperty;
import software.amazon.awssdk.services.s3.S3SystemSetting;
import software.amazon.awssdk.utils.SystemSetting;

class AwsVariablesTest {
  /** Where those that are read are tried. */
  private static final List<String> TRIALS =
      List.of(
          "AwsVariablesIT.java",
          "NetworkIT.java",
          "CredentialsIT.java",
          "place/PlaceFinderTest.java",
          "testing/CredentialServer.java",
          "testing/S3Server.java");

  @Test
  void everyVariableOfTheSdkIsInTheTable() {
    assertThat(
            Stream.<SystemSetting[]>of(
                    SdkSystemSetting.values(),
                    S3SystemSetting.values(),
                    ProfileFileSystemSetting.values())
                .flatMap(Arrays::stream)
                .map(SystemSetting::environmentVariable))
        .isNotEmpty()
        .allMatch(name -> AwsVariables.of(name).isPresent());
  }

  @Test
  void everySettingOfAProfileThatTheSdkHasIsInTheTable() throws IllegalAccessException {
    List<String> names = new ArrayList<>();
    for (Field field : ProfileProperty.class.getFields()) {
      names.add(String.valueOf(field.get(null)));
    }

    assertThat(names).isNotEmpty();
    assertThat(AwsVariables.SETTINGS).extracting(Name::name).containsAll(names);
  }

  @Test
  void nothingIsInTheTableTwiceAndWhatIsNotReadHasItsMend() {
    assertThat(AwsVariables.VARIABLES).extracting(Name::name).doesNotHaveDuplicates();
    assertThat(AwsVariables.SETTINGS).extracting(Name::name).doesNotHaveDuplicates();
    assertThat(Stream.concat(AwsVariables.VARIABLES.stream(), AwsVariables.SETTINGS.stream()))
        .allMatch(name -> (name.use() == Use.UNREAD) != name.instead().isEmpty());
  }

  @Test
  void everyNameThatIsReadIsTried() throws IOException {
    StringBuilder trials = new StringBuilder();
    for (String file : TRIALS) {
      trials.append(Files.readString(Path.of("src/test/java/dev/fleetdash", file)));
    }

    assertThat(
            AwsVariables.SETTINGS.stream().filter(name -> name.use() == Use.READ).map(Name::name))
        .isNotEmpty()
        .allMatch(name -> Pattern.compile("(\\b|\\\\n)" + name + "\\b").matcher(trials).find());
    assertThat(AwsVariables.read())
        .isNotEmpty()
        .allMatch(name -> Pattern.compile("\"" + name + "\\b").matcher(trials).find());
  }

  @Test
  void tableOfTheReadmeIsTheCodes() throws IOException {
    String readme = Files.readString(Path.of("README.md"));

    assertThat(readme).contains("<!-- aws -->\n" + AwsVariables.table() + "<!-- /aws -->\n");
  }

  @ParameterizedTest
  @CsvSource({
    "AWS_ENDPOINT, set AWS_ENDPOINT_URL_S3",
    "AWS_SECURITY_TOKEN, set AWS_SESSION_TOKEN",
    "ALL_PROXY, set HTTPS_PROXY",
  })
  void whatIsCountedOnInVainIsSaidWithItsMend(String name, String mend) {
    assertThat(AwsVariables.unread(Map.of(name, "x", "AWS_PAGER", "less", "AWS_REGION", "r")))
        .containsExactly(name + " is not read here; " + mend);
    assertThat(AwsVariables.unread(Map.of(name, " "))).isEmpty();
  }
}
