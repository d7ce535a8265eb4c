using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;

namespace Rekey.SoftToken.Exports;

/// <summary>Session keys: how they come and go, and random numbers (GM/T 0016-2012 clause 7.6).</summary>
internal static unsafe class SessionKeyFunctions
{
    [UnmanagedCallersOnly(EntryPoint = "SKF_GenRandom")]
    internal static nuint GenRandom(nuint device, byte* random, nuint length) => Entry.Run<DeviceHandle>("SKF_GenRandom", device, (handle, _) =>
    {
        var count = CallerMemory.Ulong(Entry.Variant, length);
        SarException.ThrowIf(count is 0 or > CallerMemory.LongestData, Sar.InputLength);
        var octets = RandomNumberGenerator.GetBytes((int)count);
        CallerMemory.Write(random, octets);
        if (count == AccessFunctions.ChallengeSize)
        {
            handle.Challenge = octets;
        }
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ECCExportSessionKey")]
    internal static nuint EccExportSessionKey(nuint container, nuint algorithm, byte* publicKey, byte* cipher, void* key) =>
        Entry.Run<ContainerHandle>("SKF_ECCExportSessionKey", container, (handle, _) =>
        {
            var session = New(handle.Device, algorithm);
            CallerMemory.Write(cipher, Blobs.Cipher(Entry.Variant, Blobs.ReadSm2Public(Entry.Variant, publicKey).Encrypt(session.Key)));
            CallerMemory.WriteHandle(key, HandleTable.Add(session));
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_RSAExportSessionKey")]
    internal static nuint RsaExportSessionKey(nuint container, nuint algorithm, byte* publicKey, byte* data, void* length, void* key) =>
        Entry.Run<ContainerHandle>("SKF_RSAExportSessionKey", container, (handle, _) =>
        {
            using var rsa = RSA.Create(Blobs.ReadRsa(Entry.Variant, publicKey, isPrivate: false));
            var session = New(handle.Device, algorithm);
            CallerMemory.Answer(Entry.Variant, data, length, rsa.Encrypt(session.Key, RSAEncryptionPadding.Pkcs1));
            if (!CallerMemory.IsSizeQuery(data))
            {
                CallerMemory.WriteHandle(key, HandleTable.Add(session));
            }
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_ImportSessionKey")]
    internal static nuint ImportSessionKey(nuint container, nuint algorithm, byte* wrapped, nuint length, void* key) =>
        Entry.Run<ContainerHandle>("SKF_ImportSessionKey", container, (handle, call) =>
        {
            var (login, state) = (Call.User(handle.Application), call.Container(handle));
            var size = CallerMemory.Ulong(Entry.Variant, length);
            byte[] session;
            try
            {
                session = state.Encryption is { IsSm2: false } ? UnwrapRsa(login, state, wrapped, size) : UnwrapSm2(login, state, wrapped, size);
            }
            catch (CryptographicException)
            {
                throw new SarException(Sar.InputData);
            }

            CallerMemory.WriteHandle(key, HandleTable.Add(Take(handle.Device, algorithm, session)));
        });

    // A key in clear; dropped in 2012, because a session key should not have been seen.
    [UnmanagedCallersOnly(EntryPoint = "SKF_SetSymmKey")]
    internal static nuint SetSymmKey(nuint device, byte* value, nuint algorithm, void* key) => Entry.Run<DeviceHandle>("SKF_SetSymmKey", device, (handle, _) =>
        CallerMemory.WriteHandle(key, HandleTable.Add(Take(handle, algorithm, CallerMemory.Data(value, Sm4.KeySize).ToArray()))));

    [UnmanagedCallersOnly(EntryPoint = "SKF_CloseHandle")]
    internal static nuint CloseHandle(nuint handle) => Entry.Run<Handle>("SKF_CloseHandle", handle, (found, _) =>
    {
        SarException.ThrowIf(found is DeviceHandle or ApplicationHandle or ContainerHandle, Sar.InvalidHandle);
        HandleTable.Close(found);
    });

    private static KeyHandle New(DeviceHandle device, nuint algorithm) => Take(device, algorithm, RandomNumberGenerator.GetBytes(Sm4.KeySize));

    private static KeyHandle Take(DeviceHandle device, nuint algorithm, byte[] key)
    {
        var kind = CallerMemory.Ulong(Entry.Variant, algorithm);
        Sgd.Mode(kind);
        SarException.ThrowIf(key.Length != Sm4.KeySize, Sar.InputData);
        return new(device, kind, key);
    }

    private static byte[] UnwrapSm2(Login login, Storage.ContainerState state, byte* wrapped, uint length)
    {
        using var key = KeyPairs.OpenSm2(login, state.Encryption);
        return key.Decrypt(Blobs.ReadCipher(Entry.Variant, wrapped, length));
    }

    private static byte[] UnwrapRsa(Login login, Storage.ContainerState state, byte* wrapped, uint length)
    {
        using var key = KeyPairs.OpenRsa(login, state.Encryption);
        return key.Decrypt(CallerMemory.Data(wrapped, length), RSAEncryptionPadding.Pkcs1);
    }
}
