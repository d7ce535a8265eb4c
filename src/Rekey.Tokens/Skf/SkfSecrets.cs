using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;

namespace Rekey.Tokens.Skf;

/// <summary>What is encrypted for a container's encryption pair, opened by the token.</summary>
internal static class SkfSecrets
{
    private const string SingleFunction = "SKF_ECCDecrypt";

    private static readonly byte[] ProbeBlock = [.. "what both encrypt"u8[..Sm4.BlockSize]];

    /// <summary>What the tokens of a device open. A function that its library lacks is something that they cannot do.</summary>
    public static IReadOnlyList<SecretAlgorithm> Algorithms(SkfLibrary library, SkfDeviceInfo device) => !device.Imports(library).Contains(AlgorithmSuite.Sm2) ? [] :
    [
        .. SkfSessionKey.Functions.All(library.Has) ? [SecretAlgorithm.Sm2Sm4Cbc] : (SecretAlgorithm[])[],
        .. library.Has(SingleFunction) ? [SecretAlgorithm.Sm2] : (SecretAlgorithm[])[],
    ];

    /// <summary>Opens a secret.</summary>
    /// <returns>In clear; the caller clears it.</returns>
    /// <exception cref="TokenException"><see cref="TokenFault.EnvelopeRefused"/> when it is not for the container's key, or was altered.</exception>
    public static byte[] Decrypt(SkfLibrary library, SkfAbi abi, nuint container, EncryptedSecret secret)
    {
        try
        {
            return secret.Algorithm switch
            {
                SecretAlgorithm.Sm2Sm4Cbc => BySessionKey(library, abi, container, Sm2Session.FromDer(secret.Octets)),
                SecretAlgorithm.Sm2 => AtOnce(library, abi, container, Sm2Ciphertext.FromDer(secret.Octets)),
                var other => throw new TokenException(TokenFault.NotSupported, $"skf: {other}"),
            };
        }
        catch (CryptographicException e)
        {
            throw new TokenException(TokenFault.EnvelopeRefused, $"skf: {e.Message}", e);
        }
    }

    /// <summary>Whether a container's encryption pair opens a probe: its secret is taken for a session key, and what the token encrypts with that must be what is encrypted with it here.</summary>
    /// <exception cref="TokenException">Another fault than that it cannot be opened.</exception>
    public static bool Opens(SkfLibrary library, SkfAbi abi, nuint container, EncryptionProbe probe)
    {
        var wrapped = probe.Suite == AlgorithmSuite.Sm2 ? SkfBlobs.Cipher(abi, Sm2Ciphertext.FromDer(probe.Ciphertext)) : probe.Ciphertext;
        using var key = SkfSessionKey.TryImport(library, abi, container, Sm4Mode.Ecb, wrapped);
        return key is not null && key.Encrypt([], ProbeBlock).AsSpan().SequenceEqual(Sm4.Encrypt(Sm4Mode.Ecb, probe.Secret, default, ProbeBlock, padding: false));
    }

    private static byte[] BySessionKey(SkfLibrary library, SkfAbi abi, nuint container, Sm2Session session)
    {
        using var key = SkfSessionKey.TryImport(library, abi, container, Sm4Mode.Cbc, SkfBlobs.Cipher(abi, session.Key))
            ?? throw new TokenException(TokenFault.EnvelopeRefused, "SKF_ImportSessionKey: not for this key");
        var padded = key.Decrypt(session.Iv, session.Data);
        try
        {
            return WithoutPadding(padded);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(padded);
        }
    }

    // The function is the vendors', not the standard's; those that have it agree on its form.
    private static byte[] AtOnce(SkfLibrary library, SkfAbi abi, nuint container, Sm2Ciphertext ciphertext)
    {
        using var blob = new NativeBuffer(SkfBlobs.Cipher(abi, ciphertext));
        using var plain = new NativeBuffer(ciphertext.Data.Length);
        using var size = NativeBuffer.Slot();
        size.Number = (ulong)ciphertext.Data.Length;
        var code = library.Try(SingleFunction, container, blob.Address, plain.Address, size.Address);
        return SarTable.SaysUndecryptable(code) ? throw new TokenException(TokenFault.EnvelopeRefused, SarTable.Exception(SingleFunction, code).DriverCode)
            : code != 0 ? throw SarTable.Exception(SingleFunction, code)
            : plain.Span[..(int)Math.Min(size.Number, (ulong)ciphertext.Data.Length)].ToArray();
    }

    // PKCS#7, taken off here: how libraries do it differs.
    private static byte[] WithoutPadding(ReadOnlySpan<byte> padded)
    {
        var count = padded.IsEmpty ? (byte)0 : padded[^1];
        return count is > 0 and <= Sm4.BlockSize && count <= padded.Length && !padded[^count..].ContainsAnyExcept(count)
            ? padded[..^count].ToArray()
            : throw new CryptographicException("the secret is wrongly padded");
    }
}
