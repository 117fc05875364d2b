// Names of up to seven bytes as one word, so that a switch decides instead of compares.

/// The registered names that Jot reads, packed as ``JSONString/packed(_:)`` packs what it finds:
/// the bytes from the lowest on, the length in the highest.
enum ShortName {
  static var iss: UInt64 { @_noAllocation get { 0x0300_0000_0073_7369 } }
  static var sub: UInt64 { @_noAllocation get { 0x0300_0000_0062_7573 } }
  static var aud: UInt64 { @_noAllocation get { 0x0300_0000_0064_7561 } }
  static var exp: UInt64 { @_noAllocation get { 0x0300_0000_0070_7865 } }
  static var nbf: UInt64 { @_noAllocation get { 0x0300_0000_0066_626e } }
  static var iat: UInt64 { @_noAllocation get { 0x0300_0000_0074_6169 } }
  static var jti: UInt64 { @_noAllocation get { 0x0300_0000_0069_746a } }
  static var alg: UInt64 { @_noAllocation get { 0x0300_0000_0067_6c61 } }
  static var kid: UInt64 { @_noAllocation get { 0x0300_0000_0064_696b } }
  static var typ: UInt64 { @_noAllocation get { 0x0300_0000_0070_7974 } }
  static var cty: UInt64 { @_noAllocation get { 0x0300_0000_0079_7463 } }
  static var crit: UInt64 { @_noAllocation get { 0x0400_0000_7469_7263 } }
  static var b64: UInt64 { @_noAllocation get { 0x0300_0000_0034_3662 } }

  /// Packs `name`: what the constants are checked with.
  static func pack(_ name: String) -> UInt64 {
    name.utf8.reversed().reduce(0) { $0 << 8 | UInt64($1) } | UInt64(name.utf8.count) << 56
  }
}
