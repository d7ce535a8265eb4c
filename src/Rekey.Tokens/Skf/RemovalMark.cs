using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Rekey.Tokens.Skf;

/// <summary>
/// What stands in the place of a certificate when its pair was removed and the container's other pair was not: SKF removes containers only.
/// It names the key, so that a key that comes to the same place later is not taken for the removed one. DER SEQUENCE { OBJECT IDENTIFIER,
/// OCTET STRING SHA-256 of the SubjectPublicKeyInfo }.
/// </summary>
internal static class RemovalMark
{
    /// <summary>The object identifier, from a random UUID (ITU-T X.667).</summary>
    private const string Oid = "2.25.230877756397958845345040295120394050280";

    /// <summary>The mark for a key.</summary>
    /// <param name="spki">DER SubjectPublicKeyInfo.</param>
    public static byte[] Of(ReadOnlySpan<byte> spki)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oid);
            writer.WriteOctetString(SHA256.HashData(spki));
        }

        return writer.Encode();
    }

    /// <summary>Whether what is in a certificate's place is a mark, for whatever key.</summary>
    public static bool Is(ReadOnlySpan<byte> certificate)
    {
        var any = Of([]);
        const int HashSize = 32;
        return certificate.Length == any.Length && certificate[..^HashSize].SequenceEqual(any.AsSpan(0, any.Length - HashSize));
    }
}
