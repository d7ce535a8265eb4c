namespace Rekey.Tokens.Journal;

/// <summary>How far a renewal has come, as far as its token shows.</summary>
public enum RenewalStep
{
    /// <summary>The new key exists, without a certificate.</summary>
    KeyGenerated,

    /// <summary>The new certificate is written; whether the CA has confirmed it, only the CA knows.</summary>
    CertificateWritten,

    /// <summary>
    /// The old private key is gone, its certificate is not: the CA has confirmed (nothing is removed before that) and only the
    /// removal is left. Shows after login only.
    /// </summary>
    Retiring,

    /// <summary>
    /// The old certificate is no longer on the token; or a download's certificate, which replaces none, is written: whether the CA has confirmed
    /// that, only the CA knows, and on the token nothing is left to do.
    /// </summary>
    Finished,
}

/// <summary>One renewal or download as its token shows it.</summary>
/// <param name="RenewalId">Its id: 16 octets, lower-case hex.</param>
/// <param name="Step">How far it has come.</param>
/// <param name="New">The new signing pair.</param>
/// <param name="Old">The pair that it replaces, or null when that is gone.</param>
public sealed record TokenRenewal(string RenewalId, RenewalStep Step, TokenPair New, TokenPair? Old)
{
    /// <summary>Whether something is left to do on the token.</summary>
    public bool IsPending => Step != RenewalStep.Finished;
}

/// <summary>
/// Reads from a token's pairs which renewals it has seen and how far each has come. Nothing else records this, so what this says and
/// what the token holds cannot differ.
/// </summary>
public static class TokenJournal
{
    /// <summary>All renewals and downloads that the pairs tell of, in the token's order.</summary>
    /// <param name="pairs">What <see cref="IToken.ListPairs"/> returned.</param>
    public static IReadOnlyList<TokenRenewal> Read(IReadOnlyList<TokenPair> pairs) =>
    [
        .. from pair in pairs
           let id = RenewalKeyId.TryRead(pair.Id)
           where id is { Use: PairUse.Signing }
           let old = pairs.FirstOrDefault(p => p.Certificate is { } c && id.Replaces(c))
           select new TokenRenewal(id.RenewalId, StepOf(pair, old), pair, old),
    ];

    /// <summary>
    /// Whether a pair is the half that a cut-short generation or removal of ours left: without certificate, and without private key or
    /// without any trace of its public key. It can neither sign nor be certified, on any computer. Shows after login only.
    /// </summary>
    public static bool IsDebris(TokenPair pair) =>
        RenewalKeyId.TryRead(pair.Id) is not null && pair.Certificate is null && (pair.HasPrivateKey is false || (pair.HasPrivateKey is true && pair.Spki is null));

    private static RenewalStep StepOf(TokenPair pair, TokenPair? old) =>
        pair.Certificate is null ? RenewalStep.KeyGenerated
        : old is null ? RenewalStep.Finished
        : old.HasPrivateKey is false ? RenewalStep.Retiring
        : RenewalStep.CertificateWritten;
}
