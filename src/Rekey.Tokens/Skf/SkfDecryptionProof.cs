using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Tokens.Skf;

/// <summary>
/// Proves that a token has the private key of an encryption pair: it must find the session key that was encrypted for it. No function that
/// only some vendors have is needed.
/// </summary>
internal static class SkfDecryptionProof
{
    private const nuint Sm4Ecb = 0x401;

    /// <summary>Encrypts a fresh key here, lets the token encrypt a block with it, and compares.</summary>
    public static bool Run(SkfLibrary library, SkfAbi abi, nuint container, Sm2PublicKey publicKey)
    {
        var session = RandomNumberGenerator.GetBytes(Sm4.KeySize);
        var wrapped = SkfBlobs.Cipher(abi, publicKey.Encrypt(session));
        using var blob = new NativeBuffer(wrapped);
        using var slot = NativeBuffer.Slot();
        library.Call("SKF_ImportSessionKey", container, Sm4Ecb, blob.Address, (nuint)wrapped.Length, slot.Address);
        var key = (nuint)slot.Number;
        try
        {
            var block = RandomNumberGenerator.GetBytes(Sm4.BlockSize);
            return Encrypt(library, key, block).AsSpan().SequenceEqual(Sm4.Encrypt(Sm4Mode.Ecb, session, default, block, padding: false));
        }
        finally
        {
            library.CloseQuietly("SKF_CloseHandle", key);
            CryptographicOperations.ZeroMemory(session);
        }
    }

    private static byte[] Encrypt(SkfLibrary library, nuint key, byte[] block)
    {
        using var input = new NativeBuffer(block);
        using var output = new NativeBuffer(2 * Sm4.BlockSize);
        using var size = NativeBuffer.Slot();
        size.Number = 2 * Sm4.BlockSize;
        library.EncryptInit(key, SkfBlobs.NoCipherParameter);
        library.Call("SKF_Encrypt", key, input.Address, Sm4.BlockSize, output.Address, size.Address);
        return output.Span[..Sm4.BlockSize].ToArray();
    }
}
