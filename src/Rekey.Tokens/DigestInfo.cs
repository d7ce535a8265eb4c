using System.Formats.Asn1;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Tokens;

/// <summary>What an RSA key signs in place of data (RFC 8017 section 9.2, note 1).</summary>
internal static class DigestInfo
{
    /// <summary>DER DigestInfo of data under the suite's hash.</summary>
    public static byte[] Of(AlgorithmSuite suite, ReadOnlySpan<byte> data)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(CryptoConfig.MapNameToOID(suite.Hash.Name!)!);
                writer.WriteNull();
            }

            writer.WriteOctetString(suite.HashData(data));
        }

        return writer.Encode();
    }
}
