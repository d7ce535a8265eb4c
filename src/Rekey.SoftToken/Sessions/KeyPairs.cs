using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Storage;

namespace Rekey.SoftToken.Sessions;

/// <summary>Key pairs in containers: sealed when they come, opened for one use.</summary>
internal static class KeyPairs
{
    public static PairState Seal(Login login, Sm2PrivateKey key) => Seal(login, isSm2: true, key.PublicKey.ToSpki(), key.ExportPkcs8());

    public static PairState Seal(Login login, RSA key) => Seal(login, isSm2: false, key.ExportSubjectPublicKeyInfo(), key.ExportPkcs8PrivateKey());

    /// <exception cref="SarException">There is no pair, or it is no SM2 pair.</exception>
    public static Sm2PrivateKey OpenSm2(Login login, PairState? pair)
    {
        var pkcs8 = Open(login, pair, isSm2: true);
        try
        {
            return Sm2PrivateKey.FromPkcs8(pkcs8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <exception cref="SarException">There is no pair, or it is no RSA pair.</exception>
    public static RSA OpenRsa(Login login, PairState? pair)
    {
        var pkcs8 = Open(login, pair, isSm2: false);
        try
        {
            var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(pkcs8, out _);
            return rsa;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    /// <summary>A container holds keys of one kind: SM2 or RSA.</summary>
    public static void CheckKind(ContainerState container, bool isSm2) => SarException.ThrowIf(container.Pairs.Any(p => p.IsSm2 != isSm2), Sar.KeyInfoType);

    /// <summary>Puts a pair in its place. A certificate that was there is of another key, and goes.</summary>
    public static void Put(Call call, ContainerState container, bool signing, PairState pair)
    {
        if (signing)
        {
            (container.Signing, container.SigningCertificate) = (pair, null);
        }
        else
        {
            (container.Encryption, container.EncryptionCertificate) = (pair, null);
        }

        SarException.ThrowIf(call.FreeSpace() < 0, Sar.NoRoom);
        call.Commit();
    }

    private static PairState Seal(Login login, bool isSm2, byte[] publicKey, byte[] pkcs8)
    {
        try
        {
            return new() { IsSm2 = isSm2, PublicKey = publicKey, SealedPrivateKey = SealedBox.Seal(login.Key, pkcs8) };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    private static byte[] Open(Login login, PairState? pair, bool isSm2)
    {
        SarException.ThrowIf(pair is null, Sar.KeyNotFound);
        SarException.ThrowIf(pair!.IsSm2 != isSm2, Sar.KeyInfoType);
        return SealedBox.Open(login.Key, pair.SealedPrivateKey) ?? throw new SarException(Sar.FileError);
    }
}
