import Foundation

/// Whether random tests run for minutes, with the numbers of cases that a release asks for:
/// `JOT_CAMPAIGN=yes`, as `make key-campaign` sets it.
public let isCampaign = ProcessInfo.processInfo.environment["JOT_CAMPAIGN"] == "yes"
