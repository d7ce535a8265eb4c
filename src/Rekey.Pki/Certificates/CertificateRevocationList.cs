using System.Formats.Asn1;
using System.Numerics;
using Rekey.Pki.Algorithms;

namespace Rekey.Pki.Certificates;

/// <summary>A full CRL (RFC 5280 section 5), read strictly as DER. Reading proves nothing; <see cref="Verify"/> does.</summary>
public sealed class CertificateRevocationList
{
    private readonly Dictionary<string, CrlEntry> entries;
    private readonly ReadOnlyMemory<byte> tbs;
    private readonly string signatureOid;
    private readonly byte[] signature;

    private CertificateRevocationList(ReadOnlyMemory<byte> encoded, ReadOnlyMemory<byte> tbs, string signatureOid, byte[] signature)
    {
        Encoded = encoded;
        this.tbs = tbs;
        this.signatureOid = signatureOid;
        this.signature = signature;
        entries = [];

        var body = new AsnReader(tbs, AsnEncodingRules.DER).ReadSequence();
        if (body.PeekTag() == Asn1Tag.Integer)
        {
            body.ReadInteger();
        }

        body.ReadEncodedValue(); // signature algorithm, compared with the outer one by the caller
        Issuer = DistinguishedName.FromDer(body.ReadEncodedValue());
        ThisUpdate = DerTime.Read(body).Instant;
        NextUpdate = IsTime(body) ? DerTime.Read(body).Instant : null;
        if (body.HasData && body.PeekTag() == Asn1Tag.Sequence)
        {
            ReadEntries(body.ReadSequence());
        }

        if (body.HasData)
        {
            var wrapped = body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true));
            Extensions = TbsCertificate.ReadExtensions(wrapped.ReadSequence());
        }

        body.ThrowIfNotEmpty();
        if (Extensions.FirstOrDefault(e => e.Critical) is { } critical)
        {
            // A partial or indirect CRL must not pass for a full one (RFC 5280 section 5.2.5).
            throw new MalformedException($"the CRL has the critical extension {critical.Oid}, which is not served here");
        }

        Number = Extensions.FirstOrDefault(e => e.Oid == Oids.CrlNumber) is { } number
            ? new AsnReader(number.Value, AsnEncodingRules.DER).ReadInteger()
            : null;
    }

    /// <summary>DER CertificateList.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>Who signed it.</summary>
    public DistinguishedName Issuer { get; }

    /// <summary>thisUpdate, UTC.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>nextUpdate, UTC, or null.</summary>
    public DateTimeOffset? NextUpdate { get; }

    /// <summary>cRLNumber, or null.</summary>
    public BigInteger? Number { get; }

    /// <summary>Extensions of the CRL.</summary>
    public IReadOnlyList<CertificateExtension> Extensions { get; } = [];

    /// <summary>Revoked certificates.</summary>
    public IReadOnlyCollection<CrlEntry> Entries => entries.Values;

    /// <summary>Reads a DER or PEM CRL.</summary>
    /// <exception cref="MalformedException">Neither, or not a full direct CRL.</exception>
    public static CertificateRevocationList Read(ReadOnlyMemory<byte> content)
    {
        try
        {
            var der = content.Span.StartsWith("-----"u8) ? FromPem(System.Text.Encoding.ASCII.GetString(content.Span)) : content;
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var body = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var tbs = body.ReadEncodedValue();
            var oid = body.ReadSequence().ReadObjectIdentifier();
            return new(der, tbs, oid, body.ReadBitString(out _));
        }
        catch (Exception e) when (e is AsnContentException or FormatException)
        {
            throw new MalformedException("a CRL is not DER", e);
        }
    }

    /// <summary>The entry of a serial number (<see cref="Certificate.SerialHex"/>), or null.</summary>
    public CrlEntry? Find(string serialHex) => entries.GetValueOrDefault(serialHex);

    /// <summary>Whether an issuer's key made the signature.</summary>
    public bool Verify(PublicKey issuerKey) => issuerKey.Verify(signatureOid, tbs.Span, signature);

    private static byte[] FromPem(string pem) =>
        System.Security.Cryptography.PemEncoding.TryFind(pem, out var fields) && pem[fields.Label] == "X509 CRL"
            ? Convert.FromBase64String(pem[fields.Base64Data])
            : throw new MalformedException("the PEM text has no X509 CRL");

    private static bool IsTime(AsnReader reader) => reader.HasData && reader.PeekTag() is { TagClass: TagClass.Universal, TagValue: (int)UniversalTagNumber.UtcTime or (int)UniversalTagNumber.GeneralizedTime };

    private void ReadEntries(AsnReader list)
    {
        while (list.HasData)
        {
            var one = list.ReadSequence();
            var serial = Certificate.ToSerialHex(one.ReadIntegerBytes().Span);
            var revokedAt = DerTime.Read(one).Instant;
            var (reason, since) = (0, (DateTimeOffset?)null);
            if (one.HasData)
            {
                foreach (var extension in TbsCertificate.ReadExtensions(one.ReadSequence()))
                {
                    (reason, since) = extension.Oid switch
                    {
                        Oids.CrlReason => (new AsnReader(extension.Value, AsnEncodingRules.DER).ReadEnumeratedBytes().Span[0], since),
                        Oids.InvalidityDate => (reason, new AsnReader(extension.Value, AsnEncodingRules.DER).ReadGeneralizedTime()),
                        _ when extension.Critical => throw new MalformedException($"a CRL entry has the critical extension {extension.Oid}"),
                        _ => (reason, since),
                    };
                }
            }

            entries[serial] = new(serial, revokedAt, reason, since);
        }
    }
}
