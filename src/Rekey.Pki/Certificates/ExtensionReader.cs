using System.Formats.Asn1;

namespace Rekey.Pki.Certificates;

/// <summary>Reads the values of the extensions we know. Everything throws <see cref="MalformedException"/> for a value that is not what it should be.</summary>
internal static class ExtensionReader
{
    public static KeyUsages KeyUsage(ReadOnlyMemory<byte> value) => Guard(Oids.KeyUsage, value, reader =>
    {
        var bits = reader.ReadBitString(out var unused);
        if (bits.Length > 2 || (bits.Length > 0 && (bits[^1] & (1 << unused)) == 0))
        {
            throw new AsnContentException("a named bit list ends with its last set bit");
        }

        var usages = KeyUsages.None;
        for (var bit = 0; bit < (bits.Length * 8) - unused; bit++)
        {
            usages |= (bits[bit / 8] & (0x80 >> (bit % 8))) != 0 ? (KeyUsages)(1 << bit) : KeyUsages.None;
        }

        return usages;
    });

    public static IReadOnlyList<string> ExtendedKeyUsage(ReadOnlyMemory<byte> value) => Guard(Oids.ExtendedKeyUsage, value, reader =>
    {
        var list = reader.ReadSequence();
        var oids = new List<string>();
        while (list.HasData)
        {
            oids.Add(list.ReadObjectIdentifier());
        }

        return oids;
    });

    public static (bool IsCa, int? PathLength) BasicConstraints(ReadOnlyMemory<byte> value) => Guard(Oids.BasicConstraints, value, reader =>
    {
        var body = reader.ReadSequence();
        var isCa = body.HasData && body.PeekTag() == Asn1Tag.Boolean && body.ReadBoolean();
        int? length = null;
        if (body.HasData)
        {
            length = body.TryReadInt32(out var n) && n >= 0 ? n : throw new AsnContentException("bad path length");
        }

        body.ThrowIfNotEmpty();
        return (isCa, length);
    });

    public static byte[] SubjectKeyIdentifier(ReadOnlyMemory<byte> value) =>
        Guard(Oids.SubjectKeyIdentifier, value, reader => reader.ReadOctetString());

    /// <summary>The keyIdentifier; null when the extension has only issuer and serial.</summary>
    public static byte[]? AuthorityKeyIdentifier(ReadOnlyMemory<byte> value) => Guard(Oids.AuthorityKeyIdentifier, value, reader =>
    {
        var body = reader.ReadSequence();
        var keyTag = new Asn1Tag(TagClass.ContextSpecific, 0);
        return body.HasData && body.PeekTag() == keyTag ? body.ReadOctetString(keyTag) : null;
    });

    public static IReadOnlyList<string> CrlUrls(ReadOnlyMemory<byte> value) => Guard(Oids.CrlDistributionPoints, value, reader =>
    {
        var urls = new List<string>();
        var explicitZero = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        for (var points = reader.ReadSequence(); points.HasData;)
        {
            var point = points.ReadSequence();
            if (!point.HasData || point.PeekTag() != explicitZero)
            {
                continue;
            }

            var name = point.ReadSequence(explicitZero);
            if (name.PeekTag() == explicitZero) // fullName; the other choice is relative to the issuer
            {
                for (var names = name.ReadSequence(explicitZero); names.HasData;)
                {
                    AddUrl(urls, names);
                }
            }
        }

        return urls;
    });

    /// <summary>Addresses of one access method of authorityInfoAccess.</summary>
    public static IReadOnlyList<string> AccessUrls(ReadOnlyMemory<byte> value, string method) => Guard(Oids.AuthorityInfoAccess, value, reader =>
    {
        var urls = new List<string>();
        for (var list = reader.ReadSequence(); list.HasData;)
        {
            var access = list.ReadSequence();
            if (access.ReadObjectIdentifier() == method)
            {
                AddUrl(urls, access);
            }
        }

        return urls;
    });

    public static IReadOnlyList<string> Policies(ReadOnlyMemory<byte> value) => Guard(Oids.CertificatePolicies, value, reader =>
    {
        var oids = new List<string>();
        for (var list = reader.ReadSequence(); list.HasData;)
        {
            oids.Add(list.ReadSequence().ReadObjectIdentifier());
        }

        return oids;
    });

    private static void AddUrl(List<string> urls, AsnReader names)
    {
        var url = new Asn1Tag(TagClass.ContextSpecific, 6);
        if (names.PeekTag() == url)
        {
            urls.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, url));
        }
        else
        {
            names.ReadEncodedValue();
        }
    }

    private static T Guard<T>(string oid, ReadOnlyMemory<byte> value, Func<AsnReader, T> read)
    {
        try
        {
            var reader = new AsnReader(value, AsnEncodingRules.DER);
            var result = read(reader);
            reader.ThrowIfNotEmpty();
            return result;
        }
        catch (AsnContentException e)
        {
            throw new MalformedException($"extension {oid} cannot be read", e);
        }
    }
}
