using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Rekey.Pki.Certificates;

/// <summary>Makes extensions. Criticality is what RFC 5280 section 4.2 wants.</summary>
public static class ExtensionWriter
{
    /// <summary>keyUsage, critical.</summary>
    public static CertificateExtension KeyUsage(KeyUsages usages)
    {
        var highest = 31 - System.Numerics.BitOperations.LeadingZeroCount((uint)usages);
        var bits = new byte[(highest / 8) + 1];
        for (var bit = 0; bit <= highest; bit++)
        {
            if (((int)usages & (1 << bit)) != 0)
            {
                bits[bit / 8] |= (byte)(0x80 >> (bit % 8));
            }
        }

        return Make(Oids.KeyUsage, true, w => w.WriteBitString(bits, 7 - (highest % 8)));
    }

    /// <summary>extKeyUsage, not critical.</summary>
    public static CertificateExtension ExtendedKeyUsage(IEnumerable<string> oids) => Make(Oids.ExtendedKeyUsage, false, w =>
    {
        using (w.PushSequence())
        {
            foreach (var oid in oids)
            {
                w.WriteObjectIdentifier(oid);
            }
        }
    });

    /// <summary>basicConstraints, critical.</summary>
    /// <param name="isCa">cA.</param>
    /// <param name="pathLength">How many CA certificates may follow; only with <paramref name="isCa"/>.</param>
    public static CertificateExtension BasicConstraints(bool isCa, int? pathLength = null) => Make(Oids.BasicConstraints, true, w =>
    {
        using (w.PushSequence())
        {
            if (isCa)
            {
                w.WriteBoolean(true);
            }

            if (pathLength is { } length)
            {
                w.WriteInteger(length);
            }
        }
    });

    /// <summary>subjectKeyIdentifier.</summary>
    public static CertificateExtension SubjectKeyIdentifier(byte[] keyId) =>
        Make(Oids.SubjectKeyIdentifier, false, w => w.WriteOctetString(keyId));

    /// <summary>authorityKeyIdentifier with a keyIdentifier alone.</summary>
    public static CertificateExtension AuthorityKeyIdentifier(byte[] keyId) => Make(Oids.AuthorityKeyIdentifier, false, w =>
    {
        using (w.PushSequence())
        {
            w.WriteOctetString(keyId, new Asn1Tag(TagClass.ContextSpecific, 0));
        }
    });

    /// <summary>cRLDistributionPoints: one point, its addresses.</summary>
    public static CertificateExtension CrlDistributionPoints(IEnumerable<string> urls) => Make(Oids.CrlDistributionPoints, false, w =>
    {
        using (w.PushSequence())
        using (w.PushSequence())
        {
            WriteFullName(w, urls);
        }
    });

    /// <summary>authorityInfoAccess.</summary>
    /// <param name="ocsp">OCSP responders.</param>
    /// <param name="caIssuers">Where the issuer's certificate lies.</param>
    public static CertificateExtension AuthorityInfoAccess(IEnumerable<string> ocsp, IEnumerable<string> caIssuers) =>
        Make(Oids.AuthorityInfoAccess, false, w =>
        {
            using (w.PushSequence())
            {
                foreach (var (method, url) in ocsp.Select(u => (Oids.AccessOcsp, u)).Concat(caIssuers.Select(u => (Oids.AccessCaIssuers, u))))
                {
                    using (w.PushSequence())
                    {
                        w.WriteObjectIdentifier(method);
                        WriteUrl(w, url);
                    }
                }
            }
        });

    /// <summary>certificatePolicies without qualifiers (RFC 5280 section 4.2.1.4 recommends none).</summary>
    public static CertificateExtension CertificatePolicies(IEnumerable<string> oids) => Make(Oids.CertificatePolicies, false, w =>
    {
        using (w.PushSequence())
        {
            foreach (var oid in oids)
            {
                using (w.PushSequence())
                {
                    w.WriteObjectIdentifier(oid);
                }
            }
        }
    });

    /// <summary>id-pkix-ocsp-nocheck: nobody need ask whether the responder's own certificate is revoked.</summary>
    public static CertificateExtension OcspNoCheck() => Make(Oids.OcspNoCheck, false, w => w.WriteNull());

    /// <summary>An extension whose value is one character string, as the national subject extensions have it.</summary>
    public static CertificateExtension Text(string oid, string value, UniversalTagNumber encoding) =>
        Make(oid, false, w => w.WriteCharacterString(encoding, value));

    /// <summary>The key identifier of a public key: the leftmost 160 bits of SHA-256 over its bits (RFC 7093 section 2, method 1).</summary>
    /// <param name="spki">DER SubjectPublicKeyInfo.</param>
    public static byte[] KeyIdentifier(ReadOnlyMemory<byte> spki)
    {
        var body = new AsnReader(spki, AsnEncodingRules.DER).ReadSequence();
        body.ReadEncodedValue();
        return SHA256.HashData(body.ReadBitString(out _))[..20];
    }

    internal static CertificateExtension Make(string oid, bool critical, Action<AsnWriter> value)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        value(writer);
        return new(oid, critical, writer.Encode());
    }

    internal static void Write(AsnWriter writer, IEnumerable<CertificateExtension> extensions)
    {
        using (writer.PushSequence())
        {
            foreach (var extension in extensions)
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(extension.Oid);
                    if (extension.Critical)
                    {
                        writer.WriteBoolean(true);
                    }

                    writer.WriteOctetString(extension.Value.Span);
                }
            }
        }
    }

    /// <summary>Writes <c>distributionPoint [0] { fullName [0] { url … } }</c>.</summary>
    internal static void WriteFullName(AsnWriter w, IEnumerable<string> urls)
    {
        var zero = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        using (w.PushSequence(zero))
        using (w.PushSequence(zero))
        {
            foreach (var url in urls)
            {
                WriteUrl(w, url);
            }
        }
    }

    private static void WriteUrl(AsnWriter w, string url) =>
        w.WriteCharacterString(UniversalTagNumber.IA5String, url, new Asn1Tag(TagClass.ContextSpecific, 6));
}
