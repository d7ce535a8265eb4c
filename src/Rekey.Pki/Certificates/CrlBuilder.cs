using System.Formats.Asn1;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

/// <summary>A revoked certificate on a CRL (RFC 5280 section 5.3).</summary>
/// <param name="SerialHex">As <see cref="Certificate.SerialHex"/>.</param>
/// <param name="RevokedAt">revocationDate.</param>
/// <param name="Reason">CRLReason number; 0 (unspecified) is not written (RFC 5280 section 5.3.1).</param>
/// <param name="InvalidityDate">Since when the key is not to be trusted, or null.</param>
public sealed record CrlEntry(string SerialHex, DateTimeOffset RevokedAt, int Reason = 0, DateTimeOffset? InvalidityDate = null);

/// <summary>What a full CRL shall say.</summary>
public sealed record CrlTemplate
{
    /// <summary>cRLNumber, only growing.</summary>
    public required long Number { get; init; }

    /// <summary>thisUpdate.</summary>
    public required DateTimeOffset ThisUpdate { get; init; }

    /// <summary>nextUpdate.</summary>
    public required DateTimeOffset NextUpdate { get; init; }

    /// <summary>All revoked and held certificates, in the order in which they shall stand.</summary>
    public required IEnumerable<CrlEntry> Entries { get; init; }

    /// <summary>
    /// expiredCertsOnCRL: certificates that expired at or after this instant stay on the CRL; null: they leave it at their expiry.
    /// </summary>
    public DateTimeOffset? ExpiredSince { get; init; }
}

/// <summary>Builds CRLs (RFC 5280 section 5).</summary>
public static class CrlBuilder
{
    /// <summary>Builds and signs a full CRL.</summary>
    /// <param name="template">What it says.</param>
    /// <param name="issuer">The signer's certificate.</param>
    /// <param name="key">The signer's key.</param>
    /// <returns>DER CertificateList.</returns>
    public static byte[] Sign(CrlTemplate template, Certificate issuer, ISigningKey key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1); // v2
            writer.WriteEncodedValue(SignatureIdentifiers.Of(key.PublicKey.Suite));
            writer.WriteEncodedValue(issuer.Subject.Encoded.Span);
            DerTime.Write(writer, template.ThisUpdate);
            DerTime.Write(writer, template.NextUpdate);
            WriteEntries(writer, template.Entries);
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                ExtensionWriter.Write(writer, Extensions(template, issuer));
            }
        }

        return SignatureIdentifiers.Sign(writer.Encode(), key);
    }

    private static void WriteEntries(AsnWriter writer, IEnumerable<CrlEntry> entries)
    {
        using var all = entries.GetEnumerator();
        if (!all.MoveNext())
        {
            return; // RFC 5280 section 5.1.2.6: no list at all rather than an empty one
        }

        using (writer.PushSequence())
        {
            do
            {
                WriteEntry(writer, all.Current);
            }
            while (all.MoveNext());
        }
    }

    private static void WriteEntry(AsnWriter writer, CrlEntry entry)
    {
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(Convert.FromHexString(entry.SerialHex));
            DerTime.Write(writer, entry.RevokedAt);
            var extensions = new List<CertificateExtension>(2);
            if (entry.Reason != 0)
            {
                extensions.Add(ExtensionWriter.Make(Oids.CrlReason, false, w => w.WriteEncodedValue([0x0A, 0x01, (byte)entry.Reason]))); // ENUMERATED
            }

            if (entry.InvalidityDate is { } since)
            {
                extensions.Add(ExtensionWriter.Make(Oids.InvalidityDate, false, w => w.WriteGeneralizedTime(since.ToUniversalTime(), omitFractionalSeconds: true)));
            }

            if (extensions.Count > 0)
            {
                ExtensionWriter.Write(writer, extensions);
            }
        }
    }

    private static IEnumerable<CertificateExtension> Extensions(CrlTemplate template, Certificate issuer)
    {
        yield return ExtensionWriter.AuthorityKeyIdentifier(issuer.SubjectKeyIdentifier ?? ExtensionWriter.KeyIdentifier(issuer.Spki));
        yield return ExtensionWriter.Make(Oids.CrlNumber, false, w => w.WriteInteger(template.Number));
        if (template.ExpiredSince is { } since)
        {
            yield return ExtensionWriter.Make(Oids.ExpiredCertsOnCrl, false, w => w.WriteGeneralizedTime(since.ToUniversalTime(), omitFractionalSeconds: true));
        }
    }
}
