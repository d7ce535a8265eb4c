using System.Security.Cryptography;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.Agent.Renewal;

/// <summary>
/// The encryption half of a renewal or download on its token. The new key comes from the key-management centre and opens on the token only; the old one
/// stays, because what was encrypted for it is still to be read, and is proved to.
/// </summary>
internal sealed class EncryptionOnToken : IDisposable
{
    private readonly IToken token;
    private readonly byte[] id;
    private readonly string label;
    private readonly (byte[] Id, EncryptionProbe Probe)? old;
    private readonly PublicKey transport;

    private EncryptionOnToken(IToken token, byte[] id, string label, (byte[] Id, EncryptionProbe Probe)? old, EncryptionRequest request)
    {
        this.token = token;
        this.id = id;
        this.label = label;
        this.old = old;
        transport = request.TransportKey;
        Request = request;
    }

    /// <summary>What to ask the CA for.</summary>
    public EncryptionRequest Request { get; }

    /// <summary>Demands that the token takes the other half. Before anything is made on it.</summary>
    /// <param name="token">The token.</param>
    /// <param name="keyType">Suite name of the signing key.</param>
    /// <param name="half">The other half; null for a certificate alone.</param>
    /// <exception cref="ProblemException">It does not.</exception>
    public static void DemandTaken(TokenInfo token, string keyType, EncryptionHalfCommand? half)
    {
        if (half is not null
            && !(AlgorithmSuite.TryParse(keyType, out var signing) && AlgorithmSuite.TryParse(half.KeyType, out var encryption) && token.Takes(signing, encryption)))
        {
            throw new ProblemException(Problems.TokenCannotImport(half.KeyType));
        }
    }

    /// <summary>Begins it: makes the probe of the old key, and the key that the new one is to be enveloped for.</summary>
    /// <param name="token">Logged in.</param>
    /// <param name="pairs">What is on it.</param>
    /// <param name="half">The half; null for a certificate alone.</param>
    /// <param name="id">What names it on the token.</param>
    /// <param name="label">For people, where no old half has one.</param>
    /// <param name="newSigning">The new signing pair.</param>
    /// <returns>Null for a certificate alone.</returns>
    public static EncryptionOnToken? Begin(IToken token, IReadOnlyList<TokenPair> pairs, EncryptionHalfCommand? half, RenewalKeyId id, string label, TokenPair newSigning)
    {
        if (half is null || !AlgorithmSuite.TryParse(half.KeyType, out var suite))
        {
            return null; // a kind that is not known was refused before
        }

        var before = half.CertSha256 is null ? null : pairs.FirstOrDefault(p => p.Certificate is { } der && Convert.ToHexStringLower(SHA256.HashData(der)) == half.CertSha256);
        return new(
            token,
            id.ToBytes(),
            before?.Label ?? label,
            Guarded(token, before),
            new(suite, PublicKey.FromSpki(token.BeginImport(newSigning.Id)), before?.Certificate));
    }

    /// <summary>Brings the key in, unless an earlier run did, and writes its certificate. Before the signing certificate, which says that the pair is whole.</summary>
    public void Write(IssuedCertificate issued)
    {
        var key = Certificate.FromDer(issued.Der).PublicKey;
        var present = token.ListPairs().FirstOrDefault(p => p.Id.AsSpan().SequenceEqual(id));
        if (present is not { HasPrivateKey: true } || !token.Opens(id, EncryptionProbe.For(key)))
        {
            if (present is not null)
            {
                token.DeletePair(id);
            }

            // Confirmed, so on the token once, and no longer there: the key-management centre recovers it at the RA, not by itself.
            token.ImportEncryptionKey(id, label, issued.Key ?? throw new ProblemException(Problems.EncryptionKeyLost()), key.Spki.Span);
        }

        token.WriteCertificate(id, label, issued.Der);
    }

    /// <summary>Proves that the new key opens what is encrypted for its certificate, and the old one still what was encrypted for it before.</summary>
    public void Prove(IssuedCertificate issued)
    {
        var read = token.ListPairs().FirstOrDefault(p => p.Id.AsSpan().SequenceEqual(id));
        if (!read?.Certificate.AsSpan().SequenceEqual(issued.Der) ?? true)
        {
            throw new ProblemException(Problems.ReadBackFailed());
        }

        if (!token.Opens(id, EncryptionProbe.For(Certificate.FromDer(issued.Der).PublicKey)))
        {
            throw new ProblemException(Problems.EncryptionKeyRefused());
        }

        ProveOld();
    }

    /// <summary>Proves that the old key still opens what was encrypted for it.</summary>
    public void ProveOld()
    {
        if (old is { } guarded && !token.Opens(guarded.Id, guarded.Probe))
        {
            throw new ProblemException(Problems.OldEncryptionKeyUnusable());
        }
    }

    /// <summary>Removes what of the new half is there: nothing will come of it any more.</summary>
    public void Remove() => token.DeletePair(id);

    /// <inheritdoc/>
    public void Dispose() => transport.Dispose();

    // A key that is not there, or opens nothing even now, has nothing to lose.
    private static (byte[] Id, EncryptionProbe Probe)? Guarded(IToken token, TokenPair? before)
    {
        if (before is not { HasPrivateKey: true, Certificate: { } der })
        {
            return null;
        }

        var probe = EncryptionProbe.For(Certificate.FromDer(der).PublicKey);
        return token.Opens(before.Id, probe) ? (before.Id, probe) : null;
    }
}
