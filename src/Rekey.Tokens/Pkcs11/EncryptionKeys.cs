using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;
using Net.Pkcs11Interop.HighLevelAPI.Factories;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.Tokens.Pkcs11;

/// <summary>
/// Encryption keys on a PKCS#11 token: brought in under a transport key that the token made for the purpose and that is gone with the
/// session, so that the key is in clear nowhere but on the token (docs/decisions/0019).
/// </summary>
internal sealed class EncryptionKeys(ISession session)
{
    /// <summary>CKM_AES_KEY_WRAP_PAD of PKCS#11 v2.40; libraries list it by this number.</summary>
    private const CKM AesKeyWrapPad = (CKM)0x210A;

    private static readonly AlgorithmSuite TransportSuite = AlgorithmSuite.Rsa2048;
    private static readonly byte[] PublicExponent = [1, 0, 1];

    private (IObjectHandle PublicKey, IObjectHandle PrivateKey, byte[] Spki)? transport;

    private static IObjectAttributeFactory Attributes => Pkcs11Library.Factories.ObjectAttributeFactory;

    /// <summary>The kinds of keys that a token with these mechanisms can take and use.</summary>
    public static IEnumerable<AlgorithmSuite> Imports(IReadOnlySet<CKM> offered) =>
        offered.Contains(CKM.CKM_RSA_PKCS_KEY_PAIR_GEN) && offered.Contains(CKM.CKM_RSA_PKCS_OAEP) && offered.Contains(AesKeyWrapPad)
            ? AlgorithmSuite.All.Where(s => s.Family == KeyFamily.Rsa ? offered.Contains(CKM.CKM_RSA_PKCS) : s.Family == KeyFamily.Ecdsa && offered.Contains(CKM.CKM_ECDH1_DERIVE))
            : [];

    /// <summary>Makes the transport key.</summary>
    /// <returns>DER SubjectPublicKeyInfo.</returns>
    public byte[] BeginImport()
    {
        EndImport();
        using var mechanism = Pkcs11Library.Factories.MechanismFactory.Create(Mechanisms.Generation(TransportSuite));
        session.GenerateKeyPair(
            mechanism,
            [
                Attributes.Create(CKA.CKA_TOKEN, false),
                Attributes.Create(CKA.CKA_ENCRYPT, false),
                Attributes.Create(CKA.CKA_WRAP, true),
                Attributes.Create(CKA.CKA_MODULUS_BITS, (ulong)TransportSuite.KeyBits),
                Attributes.Create(CKA.CKA_PUBLIC_EXPONENT, PublicExponent),
            ],
            [
                Attributes.Create(CKA.CKA_TOKEN, false),
                Attributes.Create(CKA.CKA_PRIVATE, true),
                Attributes.Create(CKA.CKA_SENSITIVE, true),
                Attributes.Create(CKA.CKA_EXTRACTABLE, false),
                Attributes.Create(CKA.CKA_UNWRAP, true),
                Attributes.Create(CKA.CKA_DECRYPT, false),
                Attributes.Create(CKA.CKA_SIGN, false),
            ],
            out var publicKey,
            out var privateKey);
        var read = session.GetAttributeValue(publicKey, [CKA.CKA_MODULUS, CKA.CKA_PUBLIC_EXPONENT]);
        var spki = TokenObjects.RsaSpki(read[0].GetValueAsByteArray(), read[1].GetValueAsByteArray())
            ?? throw new TokenException(TokenFault.Driver, "C_GetAttributeValue: no modulus");
        transport = (publicKey, privateKey, spki);
        return spki;
    }

    /// <summary>Unwraps a key into a token object, and does away with the transport key.</summary>
    public void Import(byte[] id, string label, WrappedKey wrapped, AlgorithmSuite suite)
    {
        var (_, unwrapping, spki) = transport ?? throw new TokenException(TokenFault.EnvelopeRefused, "C_UnwrapKey: no transport key");
        if (!wrapped.IsFor(spki))
        {
            throw new TokenException(TokenFault.EnvelopeRefused, "C_UnwrapKey: for another transport key");
        }

        var passing = UnwrapPassingKey(unwrapping, wrapped);
        try
        {
            using var mechanism = Pkcs11Library.Factories.MechanismFactory.Create(AesKeyWrapPad);
            session.UnwrapKey(mechanism, passing, wrapped.WrappedPkcs8, PrivateTemplate(id, label, suite));
        }
        finally
        {
            session.DestroyObject(passing);
        }

        EndImport();
    }

    /// <summary>What keys of a token with these mechanisms open.</summary>
    public static IEnumerable<SecretAlgorithm> Decrypts(IReadOnlySet<CKM> offered) =>
        new[] { (CKM.CKM_RSA_PKCS, SecretAlgorithm.RsaPkcs1), (CKM.CKM_RSA_PKCS_OAEP, SecretAlgorithm.RsaOaepSha1), (CKM.CKM_ECDH1_DERIVE, SecretAlgorithm.EcdhPoint) }
            .Where(m => offered.Contains(m.Item1)).Select(m => m.Item2);

    /// <summary>Opens a secret.</summary>
    /// <returns>In clear; the caller clears it.</returns>
    public byte[] Decrypt(IObjectHandle key, EncryptedSecret secret)
    {
        switch (secret.Algorithm)
        {
            case SecretAlgorithm.RsaPkcs1:
                using (var decrypting = Pkcs11Library.Factories.MechanismFactory.Create(CKM.CKM_RSA_PKCS))
                {
                    return session.Decrypt(decrypting, key, secret.Octets);
                }

            case SecretAlgorithm.RsaOaepSha1:
                return WithOaep(HashAlgorithmName.SHA1, mechanism => session.Decrypt(mechanism, key, secret.Octets));

            case SecretAlgorithm.EcdhPoint:
                return Agree(key, secret.Octets);
            default:
                throw new TokenException(TokenFault.NotSupported, $"C_Decrypt: {secret.Algorithm}");
        }
    }

    /// <summary>Whether a key opens a probe.</summary>
    public bool Opens(IObjectHandle key, EncryptionProbe probe)
    {
        var opened = Decrypt(key, new(probe.Suite.Family == KeyFamily.Rsa ? SecretAlgorithm.RsaPkcs1 : SecretAlgorithm.EcdhPoint, probe.Ciphertext));
        var same = probe.IsOpenedAs(opened);
        CryptographicOperations.ZeroMemory(opened);
        return same;
    }

    private byte[] Agree(IObjectHandle key, byte[] point)
    {
        using var parameters = Pkcs11Library.Factories.MechanismParamsFactory.CreateCkEcdh1DeriveParams((ulong)CKD.CKD_NULL, null, point);
        using var deriving = Pkcs11Library.Factories.MechanismFactory.Create(CKM.CKM_ECDH1_DERIVE, parameters);
        var shared = session.DeriveKey(deriving, key,
        [
            Attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY),
            Attributes.Create(CKA.CKA_KEY_TYPE, CKK.CKK_GENERIC_SECRET),
            Attributes.Create(CKA.CKA_TOKEN, false),
            Attributes.Create(CKA.CKA_SENSITIVE, false),
            Attributes.Create(CKA.CKA_EXTRACTABLE, true),
            Attributes.Create(CKA.CKA_VALUE_LEN, (ulong)point.Length / 2), // as long as one coordinate of the point
        ]);
        try
        {
            return session.GetAttributeValue(shared, [CKA.CKA_VALUE])[0].GetValueAsByteArray();
        }
        finally
        {
            session.DestroyObject(shared);
        }
    }

    private IObjectHandle UnwrapPassingKey(IObjectHandle unwrapping, WrappedKey wrapped) => WithOaep(wrapped.OaepHash, mechanism => session.UnwrapKey(
        mechanism, unwrapping, wrapped.EncryptedKey,
        [
            Attributes.Create(CKA.CKA_CLASS, CKO.CKO_SECRET_KEY),
            Attributes.Create(CKA.CKA_KEY_TYPE, CKK.CKK_AES),
            Attributes.Create(CKA.CKA_TOKEN, false),
            Attributes.Create(CKA.CKA_SENSITIVE, true),
            Attributes.Create(CKA.CKA_EXTRACTABLE, false),
            Attributes.Create(CKA.CKA_UNWRAP, true),
        ]));

    private static T WithOaep<T>(HashAlgorithmName hash, Func<IMechanism, T> use)
    {
        var (digest, mask) = hash == HashAlgorithmName.SHA1 ? (CKM.CKM_SHA_1, CKG.CKG_MGF1_SHA1) : (CKM.CKM_SHA256, CKG.CKG_MGF1_SHA256);
        using var parameters = Pkcs11Library.Factories.MechanismParamsFactory.CreateCkRsaPkcsOaepParams((ulong)digest, (ulong)mask, (ulong)CKZ.CKZ_DATA_SPECIFIED, null);
        using var mechanism = Pkcs11Library.Factories.MechanismFactory.Create(CKM.CKM_RSA_PKCS_OAEP, parameters);
        return use(mechanism);
    }

    private static List<IObjectAttribute> PrivateTemplate(byte[] id, string label, AlgorithmSuite suite)
    {
        var rsa = suite.Family == KeyFamily.Rsa;
        return
        [
            Attributes.Create(CKA.CKA_CLASS, CKO.CKO_PRIVATE_KEY),
            Attributes.Create(CKA.CKA_KEY_TYPE, rsa ? CKK.CKK_RSA : CKK.CKK_EC),
            Attributes.Create(CKA.CKA_TOKEN, true),
            Attributes.Create(CKA.CKA_PRIVATE, true),
            Attributes.Create(CKA.CKA_SENSITIVE, true),
            Attributes.Create(CKA.CKA_EXTRACTABLE, false),
            Attributes.Create(CKA.CKA_ID, id),
            Attributes.Create(CKA.CKA_LABEL, label),
            // For reading only: the key-management centre has it too, so what it signed would prove nothing.
            Attributes.Create(CKA.CKA_SIGN, false),
            .. rsa ? [Attributes.Create(CKA.CKA_DECRYPT, true), Attributes.Create(CKA.CKA_UNWRAP, true)] : (IObjectAttribute[])[Attributes.Create(CKA.CKA_DERIVE, true)],
        ];
    }

    private void EndImport()
    {
        if (transport is not { } pair)
        {
            return;
        }

        transport = null;
        session.DestroyObject(pair.PrivateKey);
        session.DestroyObject(pair.PublicKey);
    }
}
