using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;

namespace Rekey.SoftToken.Exports;

/// <summary>RSA with the keys of a container, and with keys from outside (GM/T 0016-2012 clause 7.6). 2048 bits is what the structures hold.</summary>
internal static unsafe class RsaFunctions
{
    private const uint Bits = 2048;

    [UnmanagedCallersOnly(EntryPoint = "SKF_GenRSAKeyPair")]
    internal static nuint GenRsaKeyPair(nuint container, nuint bits, byte* blob) => Entry.Run<ContainerHandle>("SKF_GenRSAKeyPair", container, (handle, call) =>
    {
        SarException.ThrowIf(CallerMemory.Ulong(Entry.Variant, bits) != Bits, Sar.ModulusLength);
        SarException.ThrowIf(blob == null, Sar.InvalidParameter);
        var (login, state) = (Call.User(handle.Application), call.Container(handle));
        KeyPairs.CheckKind(state, isSm2: false);
        using var key = RSA.Create((int)Bits);
        KeyPairs.Put(call, state, signing: true, KeyPairs.Seal(login, key));
        CallerMemory.Write(blob, Blobs.RsaPublic(Entry.Variant, key));
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ImportRSAKeyPair")]
    internal static nuint ImportRsaKeyPair(nuint container, nuint algorithm, byte* wrappedKey, nuint wrappedLength, byte* encrypted, nuint encryptedLength) =>
        Entry.Run<ContainerHandle>("SKF_ImportRSAKeyPair", container, (handle, call) =>
        {
            var (login, state) = (Call.User(handle.Application), call.Container(handle));
            SarException.ThrowIf(CallerMemory.Ulong(Entry.Variant, algorithm) != Sgd.Sm4Ecb, Sar.NotSupportedYet);
            using var signing = KeyPairs.OpenRsa(login, state.Signing);
            using var key = Unwrap(signing, CallerMemory.Data(wrappedKey, CallerMemory.Ulong(Entry.Variant, wrappedLength)), CallerMemory.Data(encrypted, CallerMemory.Ulong(Entry.Variant, encryptedLength)));
            KeyPairs.Put(call, state, signing: false, KeyPairs.Seal(login, key));
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_RSASignData")]
    internal static nuint RsaSignData(nuint container, byte* data, nuint length, byte* signature, void* signatureLength) =>
        Entry.Run<ContainerHandle>("SKF_RSASignData", container, (handle, call) =>
        {
            var given = CallerMemory.Data(data, CallerMemory.Ulong(Entry.Variant, length));
            SarException.ThrowIf(given.Length is 0 or > ((int)Bits / 8) - 11, Sar.InputLength);
            using var key = KeyPairs.OpenRsa(Call.User(handle.Application), call.Container(handle).Signing);
            WithNumbers(key, given, RsaRaw.Sign, signed => CallerMemory.Answer(Entry.Variant, signature, signatureLength, signed));
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_RSAVerify")]
    internal static nuint RsaVerify(nuint device, byte* key, byte* data, nuint length, byte* signature, nuint signatureLength) =>
        Entry.Run<DeviceHandle>("SKF_RSAVerify", device, (_, _) =>
        {
            var right = RsaRaw.Verify(
                Blobs.ReadRsa(Entry.Variant, key, isPrivate: false),
                CallerMemory.Data(data, CallerMemory.Ulong(Entry.Variant, length)),
                CallerMemory.Data(signature, CallerMemory.Ulong(Entry.Variant, signatureLength)));
            SarException.ThrowIf(!right, Sar.Fail);
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_GenExtRSAKey")]
    internal static nuint GenExtRsaKey(nuint device, nuint bits, byte* blob) => Entry.Run<DeviceHandle>("SKF_GenExtRSAKey", device, (_, _) =>
    {
        SarException.ThrowIf(CallerMemory.Ulong(Entry.Variant, bits) != Bits, Sar.ModulusLength);
        using var key = RSA.Create((int)Bits);
        CallerMemory.Write(blob, Blobs.RsaPrivate(Entry.Variant, key));
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ExtRSAPubKeyOperation")]
    internal static nuint ExtRsaPubKeyOperation(nuint device, byte* key, byte* input, nuint length, byte* output, void* outputLength) =>
        Entry.Run<DeviceHandle>("SKF_ExtRSAPubKeyOperation", device, (_, _) =>
            CallerMemory.Answer(Entry.Variant, output, outputLength, RsaRaw.PublicOperation(Blobs.ReadRsa(Entry.Variant, key, isPrivate: false), Input(input, length))));

    [UnmanagedCallersOnly(EntryPoint = "SKF_ExtRSAPriKeyOperation")]
    internal static nuint ExtRsaPriKeyOperation(nuint device, byte* key, byte* input, nuint length, byte* output, void* outputLength) =>
        Entry.Run<DeviceHandle>("SKF_ExtRSAPriKeyOperation", device, (_, _) =>
            CallerMemory.Answer(Entry.Variant, output, outputLength, RsaRaw.PrivateOperation(Blobs.ReadRsa(Entry.Variant, key, isPrivate: true), Input(input, length))));

    private static ReadOnlySpan<byte> Input(byte* input, nuint length)
    {
        var data = CallerMemory.Data(input, CallerMemory.Ulong(Entry.Variant, length));
        SarException.ThrowIf(data.Length is 0 or > (int)Bits / 8, Sar.InputLength);
        return data;
    }

    private static void WithNumbers(RSA key, ReadOnlySpan<byte> data, Func<RSAParameters, ReadOnlySpan<byte>, byte[]> operation, Action<byte[]> answer)
    {
        var numbers = key.ExportParameters(includePrivateParameters: true);
        try
        {
            answer(operation(numbers, data));
        }
        finally
        {
            foreach (var secret in new[] { numbers.D, numbers.P, numbers.Q, numbers.DP, numbers.DQ, numbers.InverseQ })
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }
    }

    // The private key is the RSAPrivateKey of PKCS#1, and its end tells itself: padded or not, the rest is not looked at.
    private static RSA Unwrap(RSA signing, ReadOnlySpan<byte> wrappedKey, ReadOnlySpan<byte> encrypted)
    {
        SarException.ThrowIf(encrypted.Length == 0 || encrypted.Length % Sm4.BlockSize != 0, Sar.InputLength);
        byte[]? passing = null, pkcs1 = null;
        var key = RSA.Create();
        try
        {
            passing = signing.Decrypt(wrappedKey, RSAEncryptionPadding.Pkcs1);
            SarException.ThrowIf(passing.Length != Sm4.KeySize, Sar.InputData);
            pkcs1 = Sm4.Decrypt(Sm4Mode.Ecb, passing, default, encrypted, padding: false);
            key.ImportRSAPrivateKey(pkcs1, out _);
            return key.KeySize == Bits ? key : throw new SarException(Sar.ModulusLength);
        }
        catch (Exception e)
        {
            key.Dispose();
            throw e is CryptographicException ? new SarException(Sar.InputData) : e;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passing);
            CryptographicOperations.ZeroMemory(pkcs1);
        }
    }
}
