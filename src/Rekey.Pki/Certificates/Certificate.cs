using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

/// <summary>
/// An X.509 certificate (RFC 5280), parsed once and strictly as DER. Reading one proves nothing about it: trust comes from
/// <see cref="ChainValidator"/>. Instances can be used by several threads.
/// </summary>
public sealed class Certificate : IEquatable<Certificate>
{
    private readonly TbsCertificate tbs;
    private readonly Lazy<PublicKey> publicKey;

    private Certificate(ReadOnlyMemory<byte> encoded, TbsCertificate tbs, string signatureOid, ReadOnlyMemory<byte> signature, PublicKey? key)
    {
        Encoded = encoded;
        this.tbs = tbs;
        SignatureOid = signatureOid;
        Signature = signature;
        Sha256 = SHA256.HashData(encoded.Span);
        SerialHex = ToSerialHex(tbs.Serial.Span);
        publicKey = key?.Spki.Span.SequenceEqual(tbs.Spki.Span) == true ? new(key) : new(() => PublicKey.FromSpki(tbs.Spki));

        KeyUsage = Find(Oids.KeyUsage) is { } ku ? ExtensionReader.KeyUsage(ku.Value) : null;
        ExtendedKeyUsage = Find(Oids.ExtendedKeyUsage) is { } eku ? ExtensionReader.ExtendedKeyUsage(eku.Value) : [];
        (IsCa, PathLength) = Find(Oids.BasicConstraints) is { } bc ? ExtensionReader.BasicConstraints(bc.Value) : default;
        SubjectKeyIdentifier = Find(Oids.SubjectKeyIdentifier) is { } ski ? ExtensionReader.SubjectKeyIdentifier(ski.Value) : null;
        AuthorityKeyIdentifier = Find(Oids.AuthorityKeyIdentifier) is { } aki ? ExtensionReader.AuthorityKeyIdentifier(aki.Value) : null;
    }

    /// <summary>The whole certificate, DER.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>The signed part, DER.</summary>
    public ReadOnlyMemory<byte> Tbs => tbs.Encoded;

    /// <summary>Object identifier of the signature algorithm.</summary>
    public string SignatureOid { get; }

    /// <summary>The signature.</summary>
    public ReadOnlyMemory<byte> Signature { get; }

    /// <summary>1, 2 or 3.</summary>
    public int Version => tbs.Version;

    /// <summary>Serial number, upper-case hexadecimal of its magnitude in whole octets: the form in stores, logs and on pages.</summary>
    public string SerialHex { get; }

    /// <summary>Content octets of the serial's INTEGER (two's complement, big-endian).</summary>
    public ReadOnlyMemory<byte> Serial => tbs.Serial;

    /// <summary>Who signed it.</summary>
    public DistinguishedName Issuer => tbs.Issuer;

    /// <summary>Whose it is.</summary>
    public DistinguishedName Subject => tbs.Subject;

    /// <summary>First second of validity, UTC.</summary>
    public DateTimeOffset NotBefore => tbs.NotBefore.Instant;

    /// <summary>Last second of validity, UTC.</summary>
    public DateTimeOffset NotAfter => tbs.NotAfter.Instant;

    /// <summary>DER SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> Spki => tbs.Spki;

    /// <summary>The key, imported at first use and kept.</summary>
    /// <exception cref="UnsupportedKeyException">Of a kind that we do not know.</exception>
    public PublicKey PublicKey => publicKey.Value;

    /// <summary>SHA-256 of <see cref="Encoded"/>.</summary>
    public byte[] Sha256 { get; }

    /// <summary>keyUsage, or null when the extension is absent.</summary>
    public KeyUsages? KeyUsage { get; }

    /// <summary>Purposes of extKeyUsage as OIDs; empty when the extension is absent.</summary>
    public IReadOnlyList<string> ExtendedKeyUsage { get; }

    /// <summary>Whether basicConstraints says cA.</summary>
    public bool IsCa { get; }

    /// <summary>pathLenConstraint, or null.</summary>
    public int? PathLength { get; }

    /// <summary>subjectKeyIdentifier, or null.</summary>
    public byte[]? SubjectKeyIdentifier { get; }

    /// <summary>keyIdentifier of authorityKeyIdentifier, or null.</summary>
    public byte[]? AuthorityKeyIdentifier { get; }

    /// <summary>All extensions as encoded.</summary>
    public IReadOnlyList<CertificateExtension> Extensions => tbs.Extensions;

    /// <summary>HTTP and LDAP addresses of cRLDistributionPoints.</summary>
    public IReadOnlyList<string> CrlUrls => Find(Oids.CrlDistributionPoints) is { } e ? ExtensionReader.CrlUrls(e.Value) : [];

    /// <summary>Addresses of OCSP responders.</summary>
    public IReadOnlyList<string> OcspUrls => Access(Oids.AccessOcsp);

    /// <summary>Addresses of the issuer's certificate.</summary>
    public IReadOnlyList<string> CaIssuerUrls => Access(Oids.AccessCaIssuers);

    /// <summary>Policy OIDs.</summary>
    public IReadOnlyList<string> Policies => Find(Oids.CertificatePolicies) is { } e ? ExtensionReader.Policies(e.Value) : [];

    /// <summary>Whether issuer and subject are the same name (RFC 5280 section 6.1 calls it self-issued).</summary>
    public bool IsSelfIssued => Issuer.Equals(Subject);

    /// <summary>Reads a DER certificate.</summary>
    /// <exception cref="MalformedException">Not DER, not a certificate, or an extension that cannot be read.</exception>
    public static Certificate FromDer(ReadOnlyMemory<byte> der) => FromDer(der, null);

    /// <summary>Reads a DER certificate whose key the caller has imported already (importing is dear); another certificate's key is not used.</summary>
    /// <exception cref="MalformedException">Not DER, not a certificate, or an extension that cannot be read.</exception>
    public static Certificate FromDer(ReadOnlyMemory<byte> der, PublicKey? key)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var encoded = outer.PeekEncodedValue();
            var body = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var tbs = TbsCertificate.Read(body.ReadEncodedValue());
            var algorithm = body.ReadEncodedValue();
            if (!algorithm.Span.SequenceEqual(tbs.SignatureAlgorithm.Span))
            {
                throw new MalformedException("the two signature algorithms of the certificate differ"); // RFC 5280 section 4.1.1.2
            }

            var signature = body.ReadBitString(out var unused);
            body.ThrowIfNotEmpty();
            if (unused != 0)
            {
                throw new MalformedException("the signature is not whole octets");
            }

            return new(encoded, tbs, ReadOid(algorithm), signature, key);
        }
        catch (AsnContentException e)
        {
            throw new MalformedException("a certificate is not DER", e);
        }
    }

    /// <summary>Reads all certificates of a PEM text (RFC 7468), in order; other blocks are skipped.</summary>
    /// <exception cref="MalformedException">A block that is no certificate.</exception>
    public static IReadOnlyList<Certificate> FromPem(ReadOnlySpan<char> pem)
    {
        var list = new List<Certificate>();
        while (PemEncoding.TryFind(pem, out var fields))
        {
            if (pem[fields.Label] is "CERTIFICATE" or "X509 CERTIFICATE")
            {
                list.Add(FromDer(Convert.FromBase64String(pem[fields.Base64Data].ToString())));
            }

            pem = pem[fields.Location.End..];
        }

        return list;
    }

    /// <summary>PEM text (RFC 7468) with an end of line.</summary>
    public string ToPem() => PemEncoding.WriteString("CERTIFICATE", Encoded.Span) + "\n";

    /// <summary>An extension by its OID, or null.</summary>
    public CertificateExtension? Find(string oid) => Extensions.FirstOrDefault(e => e.Oid == oid);

    /// <summary>Whether the issuer's key made the signature. Says nothing about names, time or purpose.</summary>
    public bool Verify(PublicKey issuerKey) => issuerKey.Verify(SignatureOid, Tbs.Span, Signature.Span);

    /// <inheritdoc/>
    public bool Equals(Certificate? other) => other is not null && Encoded.Span.SequenceEqual(other.Encoded.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Certificate);

    /// <inheritdoc/>
    public override int GetHashCode() => BitConverter.ToInt32(Sha256);

    /// <summary>Subject and serial, for logs.</summary>
    public override string ToString() => $"{Subject} ({SerialHex})";

    /// <summary>The form of <see cref="SerialHex"/> for a serial's INTEGER content octets.</summary>
    public static string ToSerialHex(ReadOnlySpan<byte> serial) =>
        Convert.ToHexString(serial.Length > 1 && serial[0] == 0 ? serial[1..] : serial);

    private static string ReadOid(ReadOnlyMemory<byte> algorithm) =>
        new AsnReader(algorithm, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier();

    private IReadOnlyList<string> Access(string method) =>
        Find(Oids.AuthorityInfoAccess) is { } e ? ExtensionReader.AccessUrls(e.Value, method) : [];
}
