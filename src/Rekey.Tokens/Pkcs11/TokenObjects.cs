using System.Formats.Asn1;
using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace Rekey.Tokens.Pkcs11;

/// <summary>One object as read from a token. Absent attributes are null.</summary>
internal sealed record TokenObject(IObjectHandle Handle, CKO Class, byte[] Id, string Label)
{
    /// <summary>Certificate: its DER.</summary>
    public byte[]? Value { get; init; }

    /// <summary>Key: DER SubjectPublicKeyInfo, where its attributes give one.</summary>
    public byte[]? Spki { get; init; }

    /// <summary>Private key: generated on the token, sensitive from the first moment on, never extractable.</summary>
    public bool Genuine { get; init; }
}

/// <summary>Reading of a token's certificates and keys.</summary>
internal static class TokenObjects
{
    private static readonly CKA[] CertificateAttributes = [CKA.CKA_ID, CKA.CKA_LABEL, CKA.CKA_VALUE];

    private static readonly CKA[] RsaAttributes = [CKA.CKA_MODULUS, CKA.CKA_PUBLIC_EXPONENT];

    private static readonly CKA[] EcAttributes = [CKA.CKA_EC_PARAMS, CKA.CKA_EC_POINT];

    private static readonly CKA[] OriginAttributes = [CKA.CKA_LOCAL, CKA.CKA_SENSITIVE, CKA.CKA_ALWAYS_SENSITIVE, CKA.CKA_NEVER_EXTRACTABLE];

    /// <summary>All objects of a class, or those of one id. An object without an id belongs to no pair and is left out.</summary>
    public static List<TokenObject> Find(ISession session, CKO objectClass, byte[]? id = null) =>
        [.. Handles(session, objectClass, id).Select(h => Read(session, h, objectClass)).OfType<TokenObject>()];

    /// <summary>Handles only, where nothing needs to be read.</summary>
    public static List<IObjectHandle> Handles(ISession session, CKO objectClass, byte[]? id)
    {
        var factory = Pkcs11Library.Factories.ObjectAttributeFactory;
        var template = new List<IObjectAttribute> { factory.Create(CKA.CKA_CLASS, objectClass), factory.Create(CKA.CKA_TOKEN, true) };
        if (id is not null)
        {
            template.Add(factory.Create(CKA.CKA_ID, id));
        }

        return session.FindAllObjects(template);
    }

    /// <summary>Reads one object; null when it has no id.</summary>
    public static TokenObject? Read(ISession session, IObjectHandle handle, CKO objectClass) => objectClass switch
    {
        CKO.CKO_CERTIFICATE => ReadCertificate(session, handle),
        _ => ReadKey(session, handle, objectClass),
    };

    private static TokenObject? ReadCertificate(ISession session, IObjectHandle handle)
    {
        var read = session.GetAttributeValue(handle, [.. CertificateAttributes]);
        var id = Bytes(read[0]);
        return id is null ? null : new(handle, CKO.CKO_CERTIFICATE, id, Text(read[1])) { Value = Bytes(read[2]) };
    }

    private static TokenObject? ReadKey(ISession session, IObjectHandle handle, CKO objectClass)
    {
        List<CKA> wanted = [CKA.CKA_ID, CKA.CKA_LABEL, CKA.CKA_KEY_TYPE];
        if (objectClass == CKO.CKO_PRIVATE_KEY)
        {
            wanted.AddRange(OriginAttributes);
        }

        var read = session.GetAttributeValue(handle, wanted);
        if (Bytes(read[0]) is not { } id || read[2].CannotBeRead)
        {
            return null;
        }

        var type = (CKK)read[2].GetValueAsUlong();
        return new(handle, objectClass, id, Text(read[1]))
        {
            Spki = Spki(session, handle, objectClass, type),
            Genuine = objectClass == CKO.CKO_PRIVATE_KEY && read.Skip(3).All(a => !a.CannotBeRead && a.GetValueAsBool()),
        };
    }

    // The private key of a curve does not carry its point; that of RSA has modulus and exponent.
    private static byte[]? Spki(ISession session, IObjectHandle handle, CKO objectClass, CKK type)
    {
        if (type == CKK.CKK_RSA)
        {
            var read = session.GetAttributeValue(handle, [.. RsaAttributes]);
            return Bytes(read[0]) is { } modulus && Bytes(read[1]) is { } exponent ? RsaSpki(modulus, exponent) : null;
        }

        if (type == CKK.CKK_EC && objectClass == CKO.CKO_PUBLIC_KEY)
        {
            var read = session.GetAttributeValue(handle, [.. EcAttributes]);
            return Bytes(read[0]) is { } parameters && Bytes(read[1]) is { } point ? EcSpki(parameters, point) : null;
        }

        return null;
    }

    internal static byte[]? RsaSpki(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent)
    {
        // "Big integers" of PKCS#11 have no leading zeros, those of some libraries do.
        var n = modulus.TrimStart((byte)0);
        var e = exponent.TrimStart((byte)0);
        if (n.IsEmpty || e.IsEmpty)
        {
            return null;
        }

        try
        {
            using var rsa = RSA.Create(new RSAParameters { Modulus = n.ToArray(), Exponent = e.ToArray() });
            return rsa.ExportSubjectPublicKeyInfo();
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    // RFC 5480 section 2. CKA_EC_POINT is an OCTET STRING around the point; some libraries give the bare point, which begins with 04
    // as well but cannot be read as an OCTET STRING of its own length.
    internal static byte[]? EcSpki(byte[] parameters, byte[] point)
    {
        try
        {
            var bare = point;
            if (AsnDecoder.TryReadPrimitiveOctetString(point, AsnEncodingRules.BER, out var inner, out var consumed) && consumed == point.Length)
            {
                bare = inner.ToArray();
            }

            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier("1.2.840.10045.2.1");
                    writer.WriteEncodedValue(parameters);
                }

                writer.WriteBitString(bare);
            }

            return writer.Encode();
        }
        catch (Exception e) when (e is AsnContentException or ArgumentException)
        {
            return null;
        }
    }

    private static byte[]? Bytes(IObjectAttribute attribute) =>
        !attribute.CannotBeRead && attribute.GetValueAsByteArray() is { Length: > 0 } value ? value : null;

    private static string Text(IObjectAttribute attribute) => attribute.CannotBeRead ? "" : attribute.GetValueAsString() ?? "";
}
