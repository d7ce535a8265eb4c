using System.Formats.Asn1;

namespace Rekey.Pki.Algorithms;

/// <summary>Kinds of keys as an AlgorithmIdentifier of a SubjectPublicKeyInfo names them (RFC 3279, RFC 5480).</summary>
public static class KeyKinds
{
    private const string Rsa = "1.2.840.113549.1.1.1";

    /// <summary>DER AlgorithmIdentifier of a suite's keys; RSA keys of all sizes have the same.</summary>
    public static byte[] Identifier(AlgorithmSuite suite)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            if (suite.CurveOid is { } curve)
            {
                writer.WriteObjectIdentifier(Sm2Curve.EcPublicKeyOid);
                writer.WriteObjectIdentifier(curve);
            }
            else
            {
                writer.WriteObjectIdentifier(Rsa);
                writer.WriteNull();
            }
        }

        return writer.Encode();
    }

    /// <summary>Whether an AlgorithmIdentifier names the kind of a suite's keys.</summary>
    public static bool IsAskedFor(AlgorithmSuite suite, ReadOnlySpan<byte> algorithmIdentifier) => algorithmIdentifier.SequenceEqual(Identifier(suite));
}
