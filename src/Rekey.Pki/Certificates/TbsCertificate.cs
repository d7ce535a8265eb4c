using System.Formats.Asn1;

namespace Rekey.Pki.Certificates;

/// <summary>One extension as it is encoded.</summary>
/// <param name="Oid">Its type.</param>
/// <param name="Critical">Whether who does not know it must refuse the certificate.</param>
/// <param name="Value">DER inside the OCTET STRING.</param>
public sealed record CertificateExtension(string Oid, bool Critical, ReadOnlyMemory<byte> Value);

/// <summary>
/// A TBSCertificate (RFC 5280 section 4.1.2) read strictly as DER, whether a certificate's or one that is not signed yet; the
/// lint reads with the same eyes as every later reader.
/// </summary>
internal sealed class TbsCertificate
{
    private TbsCertificate(ReadOnlyMemory<byte> encoded) => Encoded = encoded;

    public ReadOnlyMemory<byte> Encoded { get; }

    public int Version { get; private set; }

    /// <summary>Content octets of the serial's INTEGER, two's complement.</summary>
    public ReadOnlyMemory<byte> Serial { get; private set; }

    /// <summary>DER AlgorithmIdentifier.</summary>
    public ReadOnlyMemory<byte> SignatureAlgorithm { get; private set; }

    public DistinguishedName Issuer { get; private set; } = null!;

    public DerTime NotBefore { get; private set; }

    public DerTime NotAfter { get; private set; }

    public DistinguishedName Subject { get; private set; } = null!;

    public ReadOnlyMemory<byte> Spki { get; private set; }

    public bool HasUniqueIds { get; private set; }

    public IReadOnlyList<CertificateExtension> Extensions { get; private set; } = [];

    /// <summary>Reads one; throws <see cref="MalformedException"/>.</summary>
    public static TbsCertificate Read(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var tbs = new TbsCertificate(outer.PeekEncodedValue());
            var body = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            tbs.ReadBody(body);
            return tbs;
        }
        catch (AsnContentException e)
        {
            throw new MalformedException("a certificate is not DER", e);
        }
    }

    private void ReadBody(AsnReader body)
    {
        var versionTag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        Version = 1;
        if (body.PeekTag() == versionTag)
        {
            var version = body.ReadSequence(versionTag);
            if (!version.TryReadInt32(out var number) || number is < 1 or > 2)
            {
                throw new MalformedException("the certificate's version is unknown");
            }

            version.ThrowIfNotEmpty();
            Version = number + 1;
        }

        Serial = body.ReadIntegerBytes();
        SignatureAlgorithm = body.ReadEncodedValue();
        Issuer = DistinguishedName.FromDer(body.ReadEncodedValue());
        var validity = body.ReadSequence();
        NotBefore = DerTime.Read(validity);
        NotAfter = DerTime.Read(validity);
        validity.ThrowIfNotEmpty();
        Subject = DistinguishedName.FromDer(body.ReadEncodedValue());
        Spki = body.ReadEncodedValue();
        while (body.HasData && body.PeekTag() is { TagClass: TagClass.ContextSpecific, TagValue: 1 or 2 })
        {
            HasUniqueIds = true;
            body.ReadEncodedValue();
        }

        if (body.HasData)
        {
            var wrapped = body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3, isConstructed: true));
            Extensions = ReadExtensions(wrapped.ReadSequence());
            wrapped.ThrowIfNotEmpty();
        }

        body.ThrowIfNotEmpty();
    }

    /// <summary>Reads the elements of an <c>Extensions</c> SEQUENCE.</summary>
    internal static IReadOnlyList<CertificateExtension> ReadExtensions(AsnReader list)
    {
        var extensions = new List<CertificateExtension>();
        while (list.HasData)
        {
            var one = list.ReadSequence();
            var oid = one.ReadObjectIdentifier();
            var critical = one.PeekTag() == Asn1Tag.Boolean && one.ReadBoolean();
            var value = one.ReadOctetString();
            one.ThrowIfNotEmpty();
            if (extensions.Exists(e => e.Oid == oid))
            {
                throw new MalformedException($"extension {oid} stands twice");
            }

            extensions.Add(new(oid, critical, value));
        }

        return extensions;
    }
}

/// <summary>An instant with the type it was encoded in, because RFC 5280 section 4.1.2.5 fixes which.</summary>
/// <param name="Instant">UTC.</param>
/// <param name="IsUtcTime">UTCTime (up to 2049) or GeneralizedTime.</param>
internal readonly record struct DerTime(DateTimeOffset Instant, bool IsUtcTime)
{
    /// <summary>First instant that UTCTime cannot express.</summary>
    public static readonly DateTimeOffset GeneralizedFrom = new(2050, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static DerTime Read(AsnReader reader) => reader.PeekTag() == Asn1Tag.UtcTime
        ? new(reader.ReadUtcTime(twoDigitYearMax: 2049), true)
        : new(reader.ReadGeneralizedTime(), false);

    public static void Write(AsnWriter writer, DateTimeOffset time)
    {
        if (time < GeneralizedFrom)
        {
            writer.WriteUtcTime(time.ToUniversalTime(), twoDigitYearMax: 2049);
        }
        else
        {
            writer.WriteGeneralizedTime(time.ToUniversalTime(), omitFractionalSeconds: true);
        }
    }
}
