// The text of each refusal.

extension JWTError: CustomStringConvertible {
  /// One line: what is wrong, where and, for keys and callers, what to do.
  public var description: String {
    if case .flaw(let flaw) = detail { return flaw.rawValue }
    return switch code {
    case .tokenTooLarge:
      limit.map { "the token is longer than the limit of \($0) bytes" }
        ?? "the token is longer than the verifier's limit"
    case .tokenMalformed:
      "the token is not three segments of base64url characters; pass it without Bearer and spaces"
    case .encrypted: "the token is encrypted (JWE); Jot reads signed tokens (JWS)"
    case .base64Invalid: "the token's \(segment?.rawValue ?? "segment") is not canonical base64url"
    case .headerInvalid:
      exceeded("header")
        ?? "the token's header is not a strict JSON object with alg and members of the right types"
    case .algorithmNotAllowed: "the token's alg is not in the verifier's allow list"
    case .criticalUnsupported: "the token's header has crit; Jot supports no extension"
    case .b64Unsupported: "the token's header has a b64 that is not true"
    case .typeMismatch: "the token's typ is not the expected one"
    case .algorithmKeyMismatch:
      "the algorithm does not fit the key: HS needs a secret, RS an RSA key, PS that or an RSA-PSS"
        + " key of its hash, ES and EdDSA a key on their curve; a JWK's alg allows no other"
    case .signatureInvalid: "the token's signature does not verify"
    case .claimsInvalid:
      exceeded("payload") ?? "the token's payload is not a strict JSON object"
    case .claimMissing: "the token lacks the claim \(claim ?? "that is required")"
    case .claimType: "the token's \(claim ?? "claim") has the wrong type"
    case .claimRange: "the token's \(claim ?? "time") does not fit 64 bits"
    case .claimMismatch: "the token's \(claim ?? "claim") is not what it must be"
    case .expired: "the token has expired"
    case .notYetValid: "the token is not valid yet: \(claim ?? "a time") is in the future"
    case .issuerMismatch: "the token's issuer is not an expected one"
    case .issuerUnknown: "the token's issuer has no verifier"
    case .subjectMismatch: "the token's subject is not the expected one"
    case .audienceMismatch:
      detail == .variant
        ? "the token has an audience; pass audience:"
        : "the token's audience is not an expected one"
    case .tooOld: "the token was issued too long ago"
    case .keyNotFound:
      switch detail {
      case .selection(.noKeyID):
        "the token has no kid, and several keys of the set fit its alg; the signer must name its key"
      case .selection(.noneFits): "the token has no kid, and no key of the set fits its alg"
      case .skipped(let index, let code):
        "no usable key of the set has the token's kid; the element at index \(index) has it and was"
          + " skipped (\(code.rawValue))"
      default:
        "no key of the set has the token's kid; if the issuer has new keys, load its set again"
      }
    case .keysUnavailable:
      "the keys are not there: they were not fetched yet, or not for too long; try again"
    case .keyEmpty: "the secret is empty; make one with: openssl rand -hex 32"
    case .keyTooShort: secretTooShort
    case .keyWeak:
      detail == .variant
        ? "the RSA key comes from a faulty generator (CVE-2017-15361); make a new one"
        : "the secret is one byte repeated; make one with: openssl rand -hex 32"
    case .keyLooksAsymmetric:
      "the secret is \(found.rawValue), which others may know; pass it as a key (--key), with an"
        + " algorithm of its type"
    case .keyMalformed: keyMalformed
    case .keyEncrypted:
      detail == .openSSH
        ? "the OpenSSH private key is encrypted, which Jot can't decrypt; decrypt a copy of it:"
          + " ssh-keygen -p -N '' -f COPY"
        : "the private key is encrypted; pass its passphrase (--passphrase-file), or decrypt it: openssl pkey -in OLD -out NEW"
    case .keyPassphraseWrong:
      "the private key can't be decrypted with this passphrase; pass the right one, or, if it is"
        + " right, get the key again: it is damaged"
    case .keyPassphraseCost:
      "the encrypted private key needs more than 10,000,000 iterations, or as much work of scrypt;"
        + " use fewer: openssl pkcs8 -topk8 -iter 600000"
    case .keyUnsupported:
      switch found {
      case .legacyCipher:
        "the private key is \(found.rawValue); convert it: openssl pkcs8 -topk8 -provider legacy"
          + " -provider default -in OLD -out NEW"
      case .manyPrimes: "the key is \(found.rawValue); make one of two with: openssl genrsa 2048"
      case .otherPSS:
        "the key is \(found.rawValue); make an RSA key, which serves PS too: openssl genrsa 2048"
      case .otherUse: "the key is \(found.rawValue); pass one for RS, PS, ES or EdDSA signatures"
      default:
        "the key is \(found.rawValue); pass RSA, P-256, P-384, P-521, secp256k1, Ed25519 or Ed448"
      }
    case .keyUse: "the JWK's use or key_ops does not allow this; pass a key that allows it"
    case .keyAlgorithmMismatch: "the JWK's alg does not fit its kty and crv; correct the JWK"
    case .keyTooSmall:
      "the RSA key has \(bits ?? 0) bits; make one of 2048 or more with: openssl genrsa 2048"
    case .keyTooLarge: "the RSA key has \(bits ?? 0) bits; use one of 8192 or fewer"
    case .keyBadExponent: "the RSA key's public exponent is not valid; make a key with 65537"
    case .keyInvalidPoint:
      "the public key is not a valid point of its curve; get the key again from its owner"
    case .keySetDuplicateID: keySetDuplicateID
    case .keySetMixed: "the set has secrets and public keys; make a separate set of each"
    case .keySetPrivate: "the set has a private key; publish and load its public half only"
    case .keySetEmpty:
      if case .skipped(let index, let code) = detail {
        "the set has no key that can verify; the element at index \(index) was skipped"
          + " (\(code.rawValue))"
      } else {
        "the set has no key that can verify"
      }
    case .keySetTooMany:
      "the set has more than \(limit ?? 0) keys; if all are needed, raise keyLimit (--key-limit)"
    case .remoteSignatureInvalid:
      "the remote signer's answer is not a signature by its key: raw r and s for ES, not DER"
    case .issuerAbsent:
      "the verifier at index \(index ?? 0) accepts any issuer; make it with issuer:"
    case .issuerDuplicate:
      "the verifier at index \(index ?? 0) has the issuer of an earlier one; leave out one of them"
    case .issuerKeyShared:
      "the verifier at index \(index ?? 0) has a key of an earlier one, so each could sign for the"
        + " other; give each its own keys, or make both with sharedIssuers:"
    case .bufferTooSmall: "the buffer is too short; pass one of \(neededBytes ?? 0) bytes"
    case .cryptographyFailed:
      detail == .providerMissing
        ? "OpenSSL has no default or FIPS provider, so no key can be read or used; check"
          + " OPENSSL_CONF and OPENSSL_MODULES"
        : "OpenSSL failed; the key is intact, try again"
    }
  }

  /// Which limit the JSON of a segment exceeds.
  private func exceeded(_ segment: String) -> String? {
    guard case .exceeds(let limit) = detail else { return nil }
    return switch limit {
    case .members: "the token's \(segment) has more than \(Header.memberLimit) members"
    case .depth: "the token's \(segment) is nested deeper than \(JSONScanner.maximumDepth) levels"
    case .digits:
      "the token's \(segment) has a number of more than \(JSONScanner.maximumDigits) digits"
    }
  }

  private var keySetDuplicateID: String {
    guard case .indexes(let first, let second) = detail else {
      return "two keys of the set have the same kid and fit the same algorithm"
    }
    return "the keys at index \(first) and \(second) of the set have the same kid and fit the same"
      + " algorithm; give each its own kid, or its own alg"
  }

  private var secretTooShort: String {
    guard case .bytes(let needed, let has?) = detail else { return "the secret is too short" }
    return "the secret has \(has) bytes and the algorithm needs \(needed); make one with:"
      + " openssl rand -hex \(needed)"
  }

  private var found: KeyText { if case .text(_, let found) = detail { found } else { .unknown } }

  private var keyMalformed: String {
    switch detail {
    case .member(.keys, .absent):
      "the JSON object has no keys; pass a JWK set: {\"keys\":[…]}, which the jwks_uri of a provider's"
        + " metadata names"
    case .member(.keys, let flaw):
      "the JSON object's keys \(flaw.rawValue); pass a JWK set: {\"keys\":[…]}"
    case .member(.kty, .absent):
      "the JSON object has neither kty nor keys, so it is no JWK and no JWK set; pass one, such as what"
        + " the jwks_uri of a provider's metadata names"
    case .member(let member, let flaw):
      "the JWK's \(member.rawValue) \(flaw.rawValue); export the key again"
    case .number(let number):
      "the RSA key's \(number.rawValue) contradicts its other numbers; export the key again"
    case .blocks(let wanted, let blocks):
      "the PEM text has \(blocks.text); pass \(wanted.asWanted)"
    case .text(let wanted, let found): "the key is \(found.rawValue); pass \(wanted.asWanted)"
    default: "the key can't be read"
    }
  }
}
