// The commit that a program was built from. The build writes Stamp.swift (see Plugins/stamp).

public enum BuildStamp {
  /// The first 12 digits of the commit; nil if the sources were in no repository.
  public static var commit: String? { stampedCommit }
  /// Whether the sources differed from the commit.
  public static var isChanged: Bool { stampedChanges }
}
