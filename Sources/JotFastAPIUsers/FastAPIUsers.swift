// The namespace of FastAPI Users' vocabulary.

/// FastAPI Users in Swift: users, strategies, transports, backends and the tokens of its routes.
///
/// A namespace, so that no name here collides with a web framework's `User`, `Response` or
/// `Authenticator`. ``JWTStrategy`` is outside, since it is what most programs need.
public enum FastAPIUsers {}
