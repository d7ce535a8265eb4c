using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Paddings;
using Org.BouncyCastle.Crypto.Parameters;

namespace Rekey.Pki.Algorithms;

/// <summary>How SM4's blocks are chained (GB/T 17964).</summary>
public enum Sm4Mode
{
    /// <summary>Each block alone.</summary>
    Ecb,

    /// <summary>Each block with the one before.</summary>
    Cbc,

    /// <summary>Cipher feedback; the text may end anywhere.</summary>
    Cfb,

    /// <summary>Output feedback; the text may end anywhere.</summary>
    Ofb,
}

/// <summary>
/// The SM4 block cipher (GB/T 32907-2016, GM/T 0002-2012), whole or in pieces. Blocks and keys have 16 octets. Not for use by several threads.
/// </summary>
public sealed class Sm4
{
    /// <summary>Octets of a block.</summary>
    public const int BlockSize = 16;

    /// <summary>Octets of a key.</summary>
    public const int KeySize = 16;

    private readonly IBufferedCipher cipher;

    /// <summary>Begins to encrypt or decrypt.</summary>
    /// <param name="encrypt">True to encrypt, false to decrypt.</param>
    /// <param name="mode">The mode of operation.</param>
    /// <param name="key">16 octets; the caller clears it.</param>
    /// <param name="iv">16 octets; empty with <see cref="Sm4Mode.Ecb"/>.</param>
    /// <param name="padding">Whether the text is padded to whole blocks (PKCS#5). Without, ECB and CBC take whole blocks only.</param>
    /// <param name="feedbackBits">Bits that CFB and OFB feed back, a multiple of 8 up to 128.</param>
    public Sm4(bool encrypt, Sm4Mode mode, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, bool padding, int feedbackBits = 8 * BlockSize)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize, nameof(key));
        ArgumentOutOfRangeException.ThrowIfNotEqual(iv.Length, mode == Sm4Mode.Ecb ? 0 : BlockSize, nameof(iv));
        ArgumentOutOfRangeException.ThrowIfZero(feedbackBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)feedbackBits, 8u * BlockSize);
        ArgumentOutOfRangeException.ThrowIfNotEqual(feedbackBits % 8, 0, nameof(feedbackBits));
        var engine = new SM4Engine();
        IBlockCipherMode chained = mode switch
        {
            Sm4Mode.Ecb => new EcbBlockCipher(engine),
            Sm4Mode.Cbc => new CbcBlockCipher(engine),
            Sm4Mode.Cfb => new CfbBlockCipher(engine, feedbackBits),
            _ => new OfbBlockCipher(engine, feedbackBits),
        };
        cipher = padding ? new PaddedBufferedBlockCipher(chained, new Pkcs7Padding()) : new BufferedBlockCipher(chained);
        var parameter = new KeyParameter(key);
        cipher.Init(encrypt, mode == Sm4Mode.Ecb ? parameter : new ParametersWithIV(parameter, iv));
    }

    /// <summary>Encrypts at once; see the constructor.</summary>
    public static byte[] Encrypt(Sm4Mode mode, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> plain, bool padding) =>
        new Sm4(true, mode, key, iv, padding).Finish(plain);

    /// <summary>Decrypts at once; see the constructor.</summary>
    /// <exception cref="CryptographicException">Not whole blocks, or a padding that is none.</exception>
    public static byte[] Decrypt(Sm4Mode mode, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> encrypted, bool padding) =>
        new Sm4(false, mode, key, iv, padding).Finish(encrypted);

    /// <summary>The message authentication code: the last block of CBC (GB/T 15852.1, algorithm 1).</summary>
    /// <param name="key">16 octets.</param>
    /// <param name="iv">16 octets, zero where the standard has none.</param>
    /// <param name="data">Whole blocks, at least one, unless it is padded.</param>
    /// <param name="padding">Whether it is padded to whole blocks (PKCS#5).</param>
    /// <returns>16 octets.</returns>
    /// <exception cref="CryptographicException">No whole blocks.</exception>
    public static byte[] Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> data, bool padding)
    {
        var chained = Encrypt(Sm4Mode.Cbc, key, iv, data, padding);
        return chained.Length > 0 ? chained[^BlockSize..] : throw new CryptographicException("nothing to authenticate");
    }

    /// <summary>Octets that <see cref="Update"/> would give for a piece of this length, at most.</summary>
    public int UpdateSize(int length) => cipher.GetUpdateOutputSize(length);

    /// <summary>Takes a piece of the text and gives what is ready of the result, which may be nothing.</summary>
    public byte[] Update(ReadOnlySpan<byte> data)
    {
        var output = new byte[cipher.GetUpdateOutputSize(data.Length)];
        var written = cipher.ProcessBytes(data, output);
        return output.AsSpan(0, written).ToArray();
    }

    /// <summary>Takes the last piece and gives the rest of the result. The object is used up.</summary>
    /// <exception cref="CryptographicException">Not whole blocks, or a padding that is none.</exception>
    public byte[] Finish(ReadOnlySpan<byte> data = default)
    {
        var output = new byte[cipher.GetOutputSize(data.Length) + BlockSize];
        try
        {
            var written = cipher.ProcessBytes(data, output);
            written += cipher.DoFinal(output.AsSpan(written));
            return output.AsSpan(0, written).ToArray();
        }
        catch (CryptoException e)
        {
            throw new CryptographicException("not whole blocks, or wrongly padded", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(output);
        }
    }
}
