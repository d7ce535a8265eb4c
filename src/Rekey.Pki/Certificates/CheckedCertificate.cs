using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

/// <summary>
/// A certificate that <see cref="Lint"/> found right and that nobody has signed yet. It can be signed once: signing takes it, and
/// nothing but the lint makes one, so a certificate that was not checked cannot be signed.
/// </summary>
public sealed class CheckedCertificate
{
    private TbsCertificate? tbs;

    internal CheckedCertificate(TbsCertificate tbs)
    {
        this.tbs = tbs;
        SerialHex = Certificate.ToSerialHex(tbs.Serial.Span);
        Issuer = tbs.Issuer;
        Subject = tbs.Subject;
        NotBefore = tbs.NotBefore.Instant;
        NotAfter = tbs.NotAfter.Instant;
    }

    /// <summary>As <see cref="Certificate.SerialHex"/>.</summary>
    public string SerialHex { get; }

    /// <summary>Who must sign it.</summary>
    public DistinguishedName Issuer { get; }

    /// <summary>Whose it will be.</summary>
    public DistinguishedName Subject { get; }

    /// <summary>First second of validity, UTC.</summary>
    public DateTimeOffset NotBefore { get; }

    /// <summary>Last second of validity, UTC.</summary>
    public DateTimeOffset NotAfter { get; }

    /// <summary>Signs it.</summary>
    /// <returns>The DER certificate.</returns>
    /// <exception cref="InvalidOperationException">Signed before, or the key is of another suite than the certificate names.</exception>
    public byte[] Sign(ISigningKey key)
    {
        var taken = Interlocked.Exchange(ref tbs, null) ?? throw new InvalidOperationException("this certificate was signed already");
        if (!taken.SignatureAlgorithm.Span.SequenceEqual(SignatureIdentifiers.Of(key.PublicKey.Suite)))
        {
            throw new InvalidOperationException("the signing key is of another suite than the certificate names");
        }

        return SignatureIdentifiers.Sign(taken.Encoded.Span, key);
    }
}
