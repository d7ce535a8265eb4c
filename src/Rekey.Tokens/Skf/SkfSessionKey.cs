using Rekey.Pki.Algorithms;

namespace Rekey.Tokens.Skf;

/// <summary>
/// An SM4 key that came to a token encrypted for a container's encryption pair and is used there. The way by which GM/T 0016-2012 lets
/// something be decrypted; no function that only some vendors have is needed.
/// </summary>
internal sealed class SkfSessionKey : IDisposable
{
    private readonly SkfLibrary library;
    private readonly SkfAbi abi;
    private readonly nuint handle;

    private SkfSessionKey(SkfLibrary library, SkfAbi abi, nuint handle) => (this.library, this.abi, this.handle) = (library, abi, handle);

    /// <summary>Functions without which there is none.</summary>
    public static IReadOnlyList<string> Functions { get; } = ["SKF_ImportSessionKey", "SKF_DecryptInit", "SKF_Decrypt", "SKF_CloseHandle"];

    /// <summary>Brings one in.</summary>
    /// <param name="library">The library.</param>
    /// <param name="abi">Its binary interface.</param>
    /// <param name="container">HCONTAINER.</param>
    /// <param name="mode">How it will be used: ECB or CBC.</param>
    /// <param name="wrapped">The key: ECCCIPHERBLOB, or an RSA ciphertext.</param>
    /// <returns>Null when it is not for the container's key, or was altered.</returns>
    /// <exception cref="TokenException">Any other fault.</exception>
    public static SkfSessionKey? TryImport(SkfLibrary library, SkfAbi abi, nuint container, Sm4Mode mode, ReadOnlySpan<byte> wrapped)
    {
        const string Function = "SKF_ImportSessionKey";
        const nuint Ecb = 0x401, Cbc = 0x402;
        using var blob = new NativeBuffer(wrapped);
        using var slot = NativeBuffer.Slot();
        var code = library.Try(Function, container, mode == Sm4Mode.Ecb ? Ecb : Cbc, blob.Address, (nuint)wrapped.Length, slot.Address);
        return SarTable.SaysUndecryptable(code) ? null
            : code != 0 ? throw SarTable.Exception(Function, code)
            : new(library, abi, (nuint)slot.Number);
    }

    /// <summary>Encrypts whole blocks.</summary>
    public byte[] Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> blocks) => Run("SKF_EncryptInit", "SKF_Encrypt", iv, blocks);

    /// <summary>Decrypts whole blocks; a padding stays in.</summary>
    /// <returns>In clear; the caller clears it.</returns>
    public byte[] Decrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> blocks) => Run("SKF_DecryptInit", "SKF_Decrypt", iv, blocks);

    /// <inheritdoc/>
    public void Dispose() => library.CloseQuietly("SKF_CloseHandle", handle);

    private byte[] Run(string begin, string function, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> blocks)
    {
        var room = blocks.Length + Sm4.BlockSize; // some libraries want room for a padding that there is not
        using var input = new NativeBuffer(blocks);
        using var output = new NativeBuffer(room);
        using var size = NativeBuffer.Slot();
        size.Number = (ulong)room;
        library.CipherInit(begin, handle, SkfBlobs.CipherParameter(abi, iv));
        library.Call(function, handle, input.Address, (nuint)blocks.Length, output.Address, size.Address);
        return output.Span[..blocks.Length].ToArray();
    }
}
