using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;

namespace Rekey.SoftToken.Exports;

/// <summary>SM2 with the keys of a container (GM/T 0016-2012 clause 7.6).</summary>
internal static unsafe class Sm2Functions
{
    /// <summary>Octets of the longest text that is encrypted with SM2 (MaxECCBufferSize).</summary>
    public const uint LongestPlain = 4096;

    [UnmanagedCallersOnly(EntryPoint = "SKF_GenECCKeyPair")]
    internal static nuint GenEccKeyPair(nuint container, nuint algorithm, byte* blob) => Entry.Run<ContainerHandle>("SKF_GenECCKeyPair", container, (handle, call) =>
    {
        SarException.ThrowIf(CallerMemory.Ulong(Entry.Variant, algorithm) is not (Sgd.Sm2Signing or Sgd.Sm2SigningOfTheDraft), Sar.NotSupportedYet);
        SarException.ThrowIf(blob == null, Sar.InvalidParameter);
        var (login, state) = (Call.User(handle.Application), call.Container(handle));
        KeyPairs.CheckKind(state, isSm2: true);
        using var key = Sm2PrivateKey.Generate();
        KeyPairs.Put(call, state, signing: true, KeyPairs.Seal(login, key));
        CallerMemory.Write(blob, Blobs.Sm2Public(Entry.Variant, key.PublicKey));
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ImportECCKeyPair")]
    internal static nuint ImportEccKeyPair(nuint container, byte* blob) => Entry.Run<ContainerHandle>("SKF_ImportECCKeyPair", container, (handle, call) =>
    {
        var (login, state) = (Call.User(handle.Application), call.Container(handle));
        using var signing = KeyPairs.OpenSm2(login, state.Signing);
        using var key = Blobs.ReadEnvelopedKey(Entry.Variant, blob).Open(signing);
        KeyPairs.Put(call, state, signing: false, KeyPairs.Seal(login, key));
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ECCSignData")]
    internal static nuint EccSignData(nuint container, byte* digest, nuint length, byte* signature) =>
        Entry.Run<ContainerHandle>("SKF_ECCSignData", container, (handle, call) =>
        {
            var e = Digest(digest, length);
            using var key = KeyPairs.OpenSm2(Call.User(handle.Application), call.Container(handle).Signing);
            CallerMemory.Write(signature, Blobs.Signature(Entry.Variant, key.SignDigest(e)));
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ECCVerify")]
    internal static nuint EccVerify(nuint device, byte* key, byte* digest, nuint length, byte* signature) => Verify("SKF_ECCVerify", device, key, digest, length, signature);

    // As far as SM2 goes the two are one; the older name is still called.
    [UnmanagedCallersOnly(EntryPoint = "SKF_ExtECCVerify")]
    internal static nuint ExtEccVerify(nuint device, byte* key, byte* digest, nuint length, byte* signature) => Verify("SKF_ExtECCVerify", device, key, digest, length, signature);

    [UnmanagedCallersOnly(EntryPoint = "SKF_ExtECCEncrypt")]
    internal static nuint ExtEccEncrypt(nuint device, byte* key, byte* plain, nuint length, byte* cipher) => Entry.Run<DeviceHandle>("SKF_ExtECCEncrypt", device, (_, _) =>
    {
        var data = CallerMemory.Data(plain, CallerMemory.Ulong(Entry.Variant, length));
        SarException.ThrowIf(data.Length is 0 or > (int)LongestPlain, Sar.InputLength);
        CallerMemory.Write(cipher, Blobs.Cipher(Entry.Variant, Blobs.ReadSm2Public(Entry.Variant, key).Encrypt(data)));
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ExtECCDecrypt")]
    internal static nuint ExtEccDecrypt(nuint device, byte* key, byte* cipher, byte* plain, void* length) => Entry.Run<DeviceHandle>("SKF_ExtECCDecrypt", device, (_, _) =>
    {
        using var privateKey = Blobs.ReadSm2Private(Entry.Variant, key);
        Decrypt(privateKey, cipher, plain, length);
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ExtECCSign")]
    internal static nuint ExtEccSign(nuint device, byte* key, byte* digest, nuint length, byte* signature) => Entry.Run<DeviceHandle>("SKF_ExtECCSign", device, (_, _) =>
    {
        var e = Digest(digest, length);
        using var privateKey = Blobs.ReadSm2Private(Entry.Variant, key);
        CallerMemory.Write(signature, Blobs.Signature(Entry.Variant, privateKey.SignDigest(e)));
    });

    // Not in the standard, but how vendors let an encryption key decrypt.
    [UnmanagedCallersOnly(EntryPoint = "SKF_ECCDecrypt")]
    internal static nuint EccDecrypt(nuint container, byte* cipher, byte* plain, void* length) => Entry.Run<ContainerHandle>("SKF_ECCDecrypt", container, (handle, call) =>
    {
        using var key = KeyPairs.OpenSm2(Call.User(handle.Application), call.Container(handle).Encryption);
        Decrypt(key, cipher, plain, length);
    });

    private static nuint Verify(string function, nuint device, byte* key, byte* digest, nuint length, byte* signature) =>
        Entry.Run<DeviceHandle>(function, device, (_, _) =>
        {
            var e = Digest(digest, length);
            var right = Blobs.ReadSm2Public(Entry.Variant, key).VerifyDigest(e, Blobs.ReadSignature(Entry.Variant, signature));
            SarException.ThrowIf(!right, Sar.Fail);
        });

    private static void Decrypt(Sm2PrivateKey key, byte* cipher, byte* plain, void* length)
    {
        var value = Blobs.ReadCipher(Entry.Variant, cipher);
        byte[] data;
        try
        {
            data = key.Decrypt(value);
        }
        catch (CryptographicException)
        {
            throw new SarException(Sar.InputData);
        }

        try
        {
            CallerMemory.Answer(Entry.Variant, plain, length, data);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(data);
        }
    }

    private static byte[] Digest(byte* digest, nuint length)
    {
        var e = CallerMemory.Data(digest, CallerMemory.Ulong(Entry.Variant, length));
        SarException.ThrowIf(e.Length != Sm3.HashSize, Sar.InputLength);
        return e.ToArray();
    }
}
