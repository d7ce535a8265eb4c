using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.SoftToken.Abi;
using Rekey.SoftToken.Sessions;

namespace Rekey.SoftToken.Exports;

/// <summary>Encrypting and decrypting with a session key, at once or in pieces (GM/T 0016-2012 clause 7.6).</summary>
internal static unsafe class CipherFunctions
{
    [UnmanagedCallersOnly(EntryPoint = "SKF_EncryptInit")]
    internal static nuint EncryptInit(nuint key, CipherParameterArgument parameter)
    {
        var copy = parameter;
        return Entry.Run<KeyHandle>("SKF_EncryptInit", key, (handle, _) => handle.Encryption = Begin(handle, true, CipherParameter.Read(Entry.Variant, ref copy)));
    }

    [UnmanagedCallersOnly(EntryPoint = "SKF_Encrypt")]
    internal static nuint Encrypt(nuint key, byte* data, nuint length, byte* output, void* outputLength) =>
        Entry.Run<KeyHandle>("SKF_Encrypt", key, (handle, _) => Whole(handle, encrypt: true, data, length, output, outputLength));

    [UnmanagedCallersOnly(EntryPoint = "SKF_EncryptUpdate")]
    internal static nuint EncryptUpdate(nuint key, byte* data, nuint length, byte* output, void* outputLength) =>
        Entry.Run<KeyHandle>("SKF_EncryptUpdate", key, (handle, _) => Piece(handle.Encryption, data, length, output, outputLength));

    [UnmanagedCallersOnly(EntryPoint = "SKF_EncryptFinal")]
    internal static nuint EncryptFinal(nuint key, byte* output, void* outputLength) =>
        Entry.Run<KeyHandle>("SKF_EncryptFinal", key, (handle, _) => Last(handle, encrypt: true, output, outputLength));

    [UnmanagedCallersOnly(EntryPoint = "SKF_DecryptInit")]
    internal static nuint DecryptInit(nuint key, CipherParameterArgument parameter)
    {
        var copy = parameter;
        return Entry.Run<KeyHandle>("SKF_DecryptInit", key, (handle, _) => handle.Decryption = Begin(handle, false, CipherParameter.Read(Entry.Variant, ref copy)));
    }

    [UnmanagedCallersOnly(EntryPoint = "SKF_Decrypt")]
    internal static nuint Decrypt(nuint key, byte* data, nuint length, byte* output, void* outputLength) =>
        Entry.Run<KeyHandle>("SKF_Decrypt", key, (handle, _) => Whole(handle, encrypt: false, data, length, output, outputLength));

    [UnmanagedCallersOnly(EntryPoint = "SKF_DecryptUpdate")]
    internal static nuint DecryptUpdate(nuint key, byte* data, nuint length, byte* output, void* outputLength) =>
        Entry.Run<KeyHandle>("SKF_DecryptUpdate", key, (handle, _) => Piece(handle.Decryption, data, length, output, outputLength));

    [UnmanagedCallersOnly(EntryPoint = "SKF_DecryptFinal")]
    internal static nuint DecryptFinal(nuint key, byte* output, void* outputLength) =>
        Entry.Run<KeyHandle>("SKF_DecryptFinal", key, (handle, _) => Last(handle, encrypt: false, output, outputLength));

    public static Sm4 Begin(KeyHandle key, bool encrypt, CipherParameter parameter)
    {
        var mode = Sgd.Mode(key.Algorithm);
        SarException.ThrowIf(mode != Sm4Mode.Ecb && parameter.Iv.Length != Sm4.BlockSize, Sar.InvalidParameter);
        return new(encrypt, mode, key.Key, mode == Sm4Mode.Ecb ? [] : parameter.Iv, parameter.Padding, parameter.FeedbackBits);
    }

    // The caller need not ask for the size first: room for one block more than the data is enough for every mode.
    private static void Whole(KeyHandle handle, bool encrypt, byte* data, nuint length, byte* output, void* outputLength)
    {
        var cipher = (encrypt ? handle.Encryption : handle.Decryption) ?? throw new SarException(Sar.NotInitialized);
        var given = CallerMemory.Data(data, CallerMemory.Ulong(Entry.Variant, length));
        if (CallerMemory.IsSizeQuery(output))
        {
            CallerMemory.WriteUlong(Entry.Variant, outputLength, (uint)given.Length + Sm4.BlockSize);
            return;
        }

        Forget(handle, encrypt);
        CallerMemory.Answer(Entry.Variant, output, outputLength, Finish(cipher, encrypt, given));
    }

    private static void Piece(Sm4? cipher, byte* data, nuint length, byte* output, void* outputLength)
    {
        SarException.ThrowIf(cipher is null, Sar.NotInitialized);
        var given = CallerMemory.Data(data, CallerMemory.Ulong(Entry.Variant, length));
        var room = (uint)given.Length + Sm4.BlockSize;
        if (CallerMemory.IsSizeQuery(output))
        {
            CallerMemory.WriteUlong(Entry.Variant, outputLength, room);
            return;
        }

        // Refused before the piece is taken in, so that the caller can come again with more room.
        SarException.ThrowIf(CallerMemory.ReadUlong(Entry.Variant, outputLength) < cipher!.UpdateSize(given.Length), Sar.BufferTooSmall);
        CallerMemory.Answer(Entry.Variant, output, outputLength, cipher.Update(given));
    }

    private static void Last(KeyHandle handle, bool encrypt, byte* output, void* outputLength)
    {
        var cipher = (encrypt ? handle.Encryption : handle.Decryption) ?? throw new SarException(Sar.NotInitialized);
        if (CallerMemory.IsSizeQuery(output))
        {
            CallerMemory.WriteUlong(Entry.Variant, outputLength, Sm4.BlockSize);
            return;
        }

        Forget(handle, encrypt);
        CallerMemory.Answer(Entry.Variant, output, outputLength, Finish(cipher, encrypt, default));
    }

    private static byte[] Finish(Sm4 cipher, bool encrypt, ReadOnlySpan<byte> data)
    {
        try
        {
            return cipher.Finish(data);
        }
        catch (CryptographicException)
        {
            throw new SarException(encrypt ? Sar.InputLength : Sar.DecryptPadding);
        }
    }

    private static void Forget(KeyHandle handle, bool encrypt)
    {
        if (encrypt)
        {
            handle.Encryption = null;
        }
        else
        {
            handle.Decryption = null;
        }
    }
}
