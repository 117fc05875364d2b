// A token's content for people to read. No verifier accepts this type, and it yields no claims.

/// An unverified token's content: for logs and debugging, never for decisions.
public struct UnverifiedToken: Sendable {
  /// The header, a strict JSON object.
  public let header: JSON
  /// The payload, a strict JSON object.
  public let claims: JSON
  /// Bytes in the signature.
  public let signatureLength: Int

  /// Decodes `token` and checks only its form.
  ///
  /// - Throws: `tokenTooLarge`, `tokenMalformed`, `encrypted`, `base64Invalid`, `headerInvalid`,
  ///   `claimsInvalid`.
  public init(
    decoding token: String, tokenLimit: Int = Verifier.defaultTokenLimit
  ) throws(JWTError) {
    // A token that is too long must not cost memory.
    guard token.utf8.count <= tokenLimit else { throw .tokenTooLarge(limit: tokenLimit) }
    let token = Array(token.utf8)
    let text = token.span
    let jws: CompactJWS
    do throws(CompactJWSError) {
      jws = try CompactJWS(text, limit: tokenLimit)
    } catch {
      throw JWTError(of: error, text, limit: tokenLimit)
    }
    do throws(JWTError) {
      header = try Self.object(token, jws.header, .header, Header.memberLimit)
      claims = try Self.object(token, jws.payload, .payload, .max)
      signatureLength = try Self.decode(token, jws.signature, .signature).count
    } catch {
      throw error.explained(by: text)
    }
  }

  private static func object(
    _ token: [UInt8], _ range: Range<Int>, _ segment: JWTError.Segment, _ memberLimit: Int
  ) throws(JWTError) -> JSON {
    let bytes = try decode(token, range, segment)
    do throws(JSONError) {
      return .object(try JSON.members(bytes, memberLimit: memberLimit))
    } catch {
      throw segment == .header ? .headerInvalid(error) : .claimsInvalid(error)
    }
  }

  private static func decode(
    _ token: [UInt8], _ range: Range<Int>, _ segment: JWTError.Segment
  ) throws(JWTError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var span = bytes.mutableSpan
    let count = try Segments.decode(token.span, range, segment, into: &span)
    return Array(bytes[..<count])
  }
}
