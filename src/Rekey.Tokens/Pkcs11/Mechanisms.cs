using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.Tokens.Pkcs11;

/// <summary>What a token can do.</summary>
/// <param name="Generates">Suites that it can generate keys of and sign with.</param>
/// <param name="Imports">Suites of which it takes an encryption key.</param>
/// <param name="Decrypts">What its encryption keys open.</param>
internal sealed record Abilities(IReadOnlyList<AlgorithmSuite> Generates, IReadOnlyList<AlgorithmSuite> Imports, IReadOnlyList<SecretAlgorithm> Decrypts);

/// <summary>What our algorithm suites are in PKCS#11.</summary>
internal static class Mechanisms
{
    /// <summary>What a slot's token can do.</summary>
    public static Abilities Of(ISlot slot)
    {
        var offered = slot.GetMechanismList().ToHashSet();
        var ranges = new Dictionary<CKM, IMechanismInfo>();
        return new(
            [.. AlgorithmSuite.All.Where(s => s.Family != KeyFamily.Sm2 && CanSign(s, offered) && CanGenerate(s, slot, offered, ranges))],
            [.. EncryptionKeys.Imports(offered)],
            [.. EncryptionKeys.Decrypts(offered)]);
    }

    /// <summary>The mechanism that generates a pair of the suite.</summary>
    public static CKM Generation(AlgorithmSuite suite) => suite.Family switch
    {
        KeyFamily.Rsa => CKM.CKM_RSA_PKCS_KEY_PAIR_GEN,
        KeyFamily.Ecdsa => CKM.CKM_EC_KEY_PAIR_GEN,
        _ => throw CkrTable.Exception("C_GenerateKeyPair", CKR.CKR_MECHANISM_INVALID),
    };

    /// <summary>
    /// The mechanism that signs, and the octets that it is given. The hash is always made here: every token has the bare
    /// mechanisms, few have the hashing ones, and a document need not cross USB.
    /// </summary>
    public static (CKM Mechanism, byte[] Input) Signing(AlgorithmSuite suite, ReadOnlySpan<byte> data) => suite.Family switch
    {
        KeyFamily.Rsa => (CKM.CKM_RSA_PKCS, DigestInfo.Of(suite, data)),
        KeyFamily.Ecdsa => (CKM.CKM_ECDSA, suite.HashData(data)),
        _ => throw CkrTable.Exception("C_Sign", CKR.CKR_MECHANISM_INVALID),
    };

    /// <summary>A token's signature in the form that X.509 carries.</summary>
    public static byte[] X509Signature(AlgorithmSuite suite, byte[] signature)
    {
        if (suite.Family == KeyFamily.Rsa)
        {
            return signature;
        }

        return signature.Length == 2 * suite.KeyBits / 8
            ? EcSignature.ToDer(signature)
            : throw new TokenException(TokenFault.Driver, $"C_Sign: {signature.Length} octets");
    }

    private static bool CanSign(AlgorithmSuite suite, HashSet<CKM> offered) =>
        offered.Contains(suite.Family == KeyFamily.Rsa ? CKM.CKM_RSA_PKCS : CKM.CKM_ECDSA);

    private static bool CanGenerate(AlgorithmSuite suite, ISlot slot, HashSet<CKM> offered, Dictionary<CKM, IMechanismInfo> ranges)
    {
        var generation = Generation(suite);
        if (!offered.Contains(generation))
        {
            return false;
        }

        if (!ranges.TryGetValue(generation, out var range))
        {
            ranges[generation] = range = slot.GetMechanismInfo(generation);
        }

        return range.MinKeySize <= (ulong)suite.KeyBits && (ulong)suite.KeyBits <= range.MaxKeySize;
    }
}
