namespace Rekey.Tokens.Skf;

/// <summary>What a container has in the place of one of its two pairs.</summary>
/// <param name="Use">Which place.</param>
/// <param name="HasKey">There is a key pair.</param>
/// <param name="Spki">DER SubjectPublicKeyInfo, from the key or the certificate; null when there is neither, or none of a kind that is known.</param>
/// <param name="Certificate">What is in the certificate's place; null when nothing is, or a <see cref="RemovalMark"/>.</param>
/// <param name="IsRemoved">The pair was removed as far as it can be.</param>
internal sealed record SkfSlot(PairUse Use, bool HasKey, byte[]? Spki, byte[]? Certificate, bool IsRemoved)
{
    /// <summary>Whether there is something that counts.</summary>
    public bool IsLive => !IsRemoved && (HasKey || Certificate is not null);
}
