using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.Tokens.Skf;

/// <summary>
/// Finds out whether a token opens a probe: its secret is taken for a session key, and what the token encrypts with that must be what is
/// encrypted with it here. No function that only some vendors have is needed.
/// </summary>
internal static class SkfProbe
{
    private const nuint Sm4Ecb = 0x401;

    private static readonly byte[] Block = [.. "what both encrypt"u8[..Sm4.BlockSize]];

    /// <summary>Lets a container's encryption pair open a probe.</summary>
    /// <exception cref="TokenException">Another fault than that it cannot be opened.</exception>
    public static bool Opens(SkfLibrary library, SkfAbi abi, nuint container, EncryptionProbe probe)
    {
        const string Function = "SKF_ImportSessionKey";
        var wrapped = probe.Suite == AlgorithmSuite.Sm2 ? SkfBlobs.Cipher(abi, Sm2Ciphertext.FromDer(probe.Ciphertext)) : probe.Ciphertext;
        using var blob = new NativeBuffer(wrapped);
        using var slot = NativeBuffer.Slot();
        var code = library.Try(Function, container, Sm4Ecb, blob.Address, (nuint)wrapped.Length, slot.Address);
        if (SarTable.SaysUndecryptable(code))
        {
            return false;
        }

        if (code != 0)
        {
            throw SarTable.Exception(Function, code);
        }

        var key = (nuint)slot.Number;
        try
        {
            return Encrypt(library, key).AsSpan().SequenceEqual(Sm4.Encrypt(Sm4Mode.Ecb, probe.Secret, default, Block, padding: false));
        }
        finally
        {
            library.CloseQuietly("SKF_CloseHandle", key);
        }
    }

    private static byte[] Encrypt(SkfLibrary library, nuint key)
    {
        using var input = new NativeBuffer(Block);
        using var output = new NativeBuffer(2 * Sm4.BlockSize);
        using var size = NativeBuffer.Slot();
        size.Number = 2 * Sm4.BlockSize;
        library.EncryptInit(key, SkfBlobs.NoCipherParameter);
        library.Call("SKF_Encrypt", key, input.Address, Sm4.BlockSize, output.Address, size.Address);
        return output.Span[..Sm4.BlockSize].ToArray();
    }
}
