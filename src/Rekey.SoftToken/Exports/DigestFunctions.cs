using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;

namespace Rekey.SoftToken.Exports;

/// <summary>Hashes and message authentication codes (GM/T 0016-2012 clause 7.6).</summary>
internal static unsafe class DigestFunctions
{
    [UnmanagedCallersOnly(EntryPoint = "SKF_DigestInit")]
    internal static nuint DigestInit(nuint device, nuint algorithm, byte* publicKey, byte* id, nuint idLength, void* hash) =>
        Entry.Run<DeviceHandle>("SKF_DigestInit", device, (handle, _) =>
        {
            var signer = CallerMemory.Data(id, CallerMemory.Ulong(Entry.Variant, idLength));
            DigestHandle digest;
            switch (CallerMemory.Ulong(Entry.Variant, algorithm))
            {
                case Sgd.Sm3:
                    var sm3 = new Sm3();
                    if (publicKey != null)
                    {
                        // What is hashed before the message when SM2 signs: the signer's identity and key.
                        sm3.Append(Blobs.ReadSm2Public(Entry.Variant, publicKey).Z(signer));
                    }

                    digest = new(handle, sm3.Append, sm3.GetHashAndReset);
                    break;
                case Sgd.Sha256:
                    var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                    digest = new(handle, sha256.AppendData, sha256.GetHashAndReset);
                    break;
                default:
                    throw new SarException(Sar.NotSupportedYet);
            }

            CallerMemory.WriteHandle(hash, HandleTable.Add(digest));
        });

    [UnmanagedCallersOnly(EntryPoint = "SKF_Digest")]
    internal static nuint Digest(nuint hash, byte* data, nuint length, byte* output, void* outputLength) => Entry.Run<DigestHandle>("SKF_Digest", hash, (handle, _) =>
    {
        if (Room(output, outputLength, Sm3.HashSize))
        {
            handle.Append(CallerMemory.Data(data, CallerMemory.Ulong(Entry.Variant, length)));
            CallerMemory.Answer(Entry.Variant, output, outputLength, handle.Finish());
        }
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_DigestUpdate")]
    internal static nuint DigestUpdate(nuint hash, byte* data, nuint length) => Entry.Run<DigestHandle>("SKF_DigestUpdate", hash, (handle, _) =>
        handle.Append(CallerMemory.Data(data, CallerMemory.Ulong(Entry.Variant, length))));

    [UnmanagedCallersOnly(EntryPoint = "SKF_DigestFinal")]
    internal static nuint DigestFinal(nuint hash, byte* output, void* outputLength) => Entry.Run<DigestHandle>("SKF_DigestFinal", hash, (handle, _) =>
    {
        if (Room(output, outputLength, Sm3.HashSize))
        {
            CallerMemory.Answer(Entry.Variant, output, outputLength, handle.Finish());
        }
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_MacInit")]
    internal static nuint MacInit(nuint key, byte* parameter, void* mac) => Entry.Run<KeyHandle>("SKF_MacInit", key, (handle, _) =>
    {
        SarException.ThrowIf(Sgd.Mode(handle.Algorithm) != Sm4Mode.Cbc, Sar.KeyUsage);
        CallerMemory.WriteHandle(mac, HandleTable.Add(new MacHandle(handle, CipherFunctions.Begin(handle, true, CipherParameter.Read(Entry.Variant, parameter)))));
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_Mac")]
    internal static nuint Mac(nuint mac, byte* data, nuint length, byte* output, void* outputLength) => Entry.Run<MacHandle>("SKF_Mac", mac, (handle, _) =>
    {
        if (Room(output, outputLength, Sm4.BlockSize))
        {
            Append(handle, data, length);
            Finish(handle, output, outputLength);
        }
    });

    [UnmanagedCallersOnly(EntryPoint = "SKF_MacUpdate")]
    internal static nuint MacUpdate(nuint mac, byte* data, nuint length) => Entry.Run<MacHandle>("SKF_MacUpdate", mac, (handle, _) => Append(handle, data, length));

    [UnmanagedCallersOnly(EntryPoint = "SKF_MacFinal")]
    internal static nuint MacFinal(nuint mac, byte* output, void* outputLength) => Entry.Run<MacHandle>("SKF_MacFinal", mac, (handle, _) =>
    {
        if (Room(output, outputLength, Sm4.BlockSize))
        {
            Finish(handle, output, outputLength);
        }
    });

    // Asked before anything is taken in: a question for the size, or too little room, changes nothing.
    private static bool Room(byte* output, void* outputLength, int size)
    {
        if (CallerMemory.IsSizeQuery(output))
        {
            CallerMemory.WriteUlong(Entry.Variant, outputLength, (uint)size);
            return false;
        }

        SarException.ThrowIf(CallerMemory.ReadUlong(Entry.Variant, outputLength) < size, Sar.BufferTooSmall);
        return true;
    }

    private static void Append(MacHandle handle, byte* data, nuint length) =>
        Keep(handle, handle.Chain.Update(CallerMemory.Data(data, CallerMemory.Ulong(Entry.Variant, length))));

    private static void Finish(MacHandle handle, byte* output, void* outputLength)
    {
        try
        {
            Keep(handle, handle.Chain.Finish());
        }
        catch (CryptographicException)
        {
            throw new SarException(Sar.InputLength);
        }

        SarException.ThrowIf(handle.LastBlock.Length == 0, Sar.InputLength);
        CallerMemory.Answer(Entry.Variant, output, outputLength, handle.LastBlock);
    }

    private static void Keep(MacHandle handle, byte[] chained)
    {
        if (chained.Length > 0)
        {
            handle.LastBlock = chained[^Sm4.BlockSize..];
        }
    }
}
