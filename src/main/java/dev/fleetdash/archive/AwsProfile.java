package dev.fleetdash.archive;

import dev.fleetdash.archive.CredentialsSource.Form;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.profiles.Profile;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileLocation;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.profiles.ProfileProperty;

/** A profile of AWS's files that is meant to give credentials. Immutable. */
final class AwsProfile {
  private static final String SSO_SESSION = "sso_session";

  /** Any of them means that the profile is more than a region. */
  private static final List<String> CREDENTIALS =
      List.of(
          ProfileProperty.AWS_ACCESS_KEY_ID,
          ProfileProperty.AWS_SECRET_ACCESS_KEY,
          ProfileProperty.CREDENTIAL_PROCESS,
          ProfileProperty.CREDENTIAL_SOURCE,
          ProfileProperty.LOGIN_SESSION,
          ProfileProperty.ROLE_ARN,
          ProfileProperty.SOURCE_PROFILE,
          ProfileProperty.SSO_ACCOUNT_ID,
          ProfileProperty.SSO_ROLE_NAME,
          ProfileProperty.SSO_START_URL,
          SSO_SESSION,
          ProfileProperty.WEB_IDENTITY_TOKEN_FILE);

  private final ProfileFile file;
  private final Profile profile;

  private AwsProfile(ProfileFile file, Profile profile) {
    this.file = file;
    this.profile = profile;
  }

  /**
   * The one of {@code AWS_PROFILE}, else {@code default}; empty where nobody chose one and the
   * default gives no credentials.
   *
   * @throws CredentialsFault where the files cannot be read, the chosen one is not there, or it
   *     asks for what a process alone cannot do
   */
  static Optional<AwsProfile> chosen() {
    ProfileFile file;
    try {
      file = ProfileFile.defaultProfileFile();
    } catch (RuntimeException e) {
      throw CredentialsFault.refused(
          "the AWS profiles in " + files() + " cannot be read: " + e.getMessage(), e);
    }
    Optional<String> chosen =
        ProfileFileSystemSetting.AWS_PROFILE
            .getNonDefaultStringValue()
            .filter(text -> !text.isBlank());
    String name = chosen.orElse(ProfileFileSystemSetting.AWS_PROFILE.defaultValue());
    Optional<Profile> profile = file.profile(name);
    if (profile.isEmpty() && chosen.isPresent()) {
      throw CredentialsFault.refused(
          "there is no AWS profile "
              + name
              + " in "
              + files()
              + "; correct AWS_PROFILE or the files");
    }
    return profile
        .filter(p -> CREDENTIALS.stream().anyMatch(key -> p.property(key).isPresent()))
        .map(p -> new AwsProfile(file, p).checked());
  }

  /** Both files by their names, as they were looked for. */
  private static String files() {
    return told(ProfileFileLocation.configurationFilePath())
        + " and "
        + told(ProfileFileLocation.credentialsFilePath());
  }

  private static String told(Path path) {
    return path
        + (Files.isReadable(path) ? "" : Files.exists(path) ? " (unreadable)" : " (no such file)");
  }

  private AwsProfile checked() {
    chain().forEach(AwsProfile::checkAlone);
    return this;
  }

  private void checkAlone() {
    if (has(ProfileProperty.LOGIN_SESSION)) {
      throw CredentialsFault.refused(
          "the AWS profile %s has a login_session, which only the AWS CLI can use; add a profile with credential_process = aws configure export-credentials --profile %s --format process"
              .formatted(name(), name()));
    }
    if (has(ProfileProperty.MFA_SERIAL) && has(ProfileProperty.ROLE_ARN)) {
      throw CredentialsFault.refused(
          "the AWS profile %s has an mfa_serial, and nobody is here to type a code; choose a role that does without"
              .formatted(name()));
    }
  }

  String name() {
    return profile.name();
  }

  /** The value of a property, for a message. */
  Optional<String> property(String key) {
    return profile.property(key);
  }

  private boolean has(String key) {
    return profile.property(key).isPresent();
  }

  /** In the order in which the SDK decides. */
  Form form() {
    if (has(ProfileProperty.ROLE_ARN) && has(ProfileProperty.WEB_IDENTITY_TOKEN_FILE)) {
      return Form.WEB_IDENTITY;
    }
    if (usesSso()) {
      return Form.SSO;
    }
    if (has(ProfileProperty.ROLE_ARN)) {
      return Form.ROLE;
    }
    return has(ProfileProperty.CREDENTIAL_PROCESS) ? Form.PROCESS : Form.KEYS;
  }

  private boolean usesSso() {
    return has(SSO_SESSION) || has(ProfileProperty.SSO_START_URL);
  }

  /** The profile that is signed in to, this one or one that its role is assumed from. */
  Optional<AwsProfile> signedIn() {
    return chain().stream().filter(AwsProfile::usesSso).findFirst();
  }

  /** The profile that runs a process. */
  Optional<AwsProfile> running() {
    return chain().stream().filter(p -> p.has(ProfileProperty.CREDENTIAL_PROCESS)).findFirst();
  }

  /** This one, the one that its role is assumed from, and so on. */
  private List<AwsProfile> chain() {
    List<AwsProfile> chain = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Optional<AwsProfile> next = Optional.of(this);
        next.isPresent() && seen.add(next.get().name());
        next = next.get().source()) {
      chain.add(next.get());
    }
    return chain;
  }

  private Optional<AwsProfile> source() {
    return profile
        .property(ProfileProperty.SOURCE_PROFILE)
        .flatMap(file::profile)
        .map(source -> new AwsProfile(file, source));
  }

  /** Reads the files again when they change. */
  AwsCredentialsProvider provider() {
    return ProfileCredentialsProvider.create(name());
  }
}
