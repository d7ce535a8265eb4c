using Rekey.Pki.Algorithms;

namespace Rekey.Tokens.Journal;

/// <summary>A pair's private key as a signing key. Signing throws <see cref="TokenException"/>.</summary>
public sealed class TokenSigningKey : ISigningKey, IDisposable
{
    private readonly IToken token;
    private readonly byte[] id;

    /// <summary>Wraps a pair of a token that is logged in.</summary>
    /// <param name="token">The token; stays the caller's.</param>
    /// <param name="pair">A pair of it whose public key is known.</param>
    /// <exception cref="UnsupportedKeyException">The pair's public key is of no suite.</exception>
    public TokenSigningKey(IToken token, TokenPair pair)
    {
        this.token = token;
        id = pair.Id;
        PublicKey = PublicKey.FromSpki(pair.Spki ?? throw new UnsupportedKeyException("the token does not show the public key"));
    }

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> data) => token.Sign(id, PublicKey.Suite, data);

    /// <inheritdoc/>
    public void Dispose() => PublicKey.Dispose();
}
