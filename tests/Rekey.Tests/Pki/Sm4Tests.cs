using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Tests.Pki;

public sealed class Sm4Tests
{
    private static readonly byte[] Key = Convert.FromHexString("0123456789ABCDEFFEDCBA9876543210");
    private static readonly byte[] Iv = Convert.FromHexString("000102030405060708090A0B0C0D0E0F");

    /// <summary>GM/T 0002-2012 annex A, example 1.</summary>
    [Fact]
    public void The_standard_s_single_block_holds()
    {
        var encrypted = Sm4.Encrypt(Sm4Mode.Ecb, Key, default, Key, padding: false);

        Assert.Equal("681EDF34D206965E86B3E94F536E4246", Convert.ToHexString(encrypted));
        Assert.Equal(Key, Sm4.Decrypt(Sm4Mode.Ecb, Key, default, encrypted, padding: false));
    }

    /// <summary>GM/T 0002-2012 annex A, example 2.</summary>
    [Fact]
    public void The_standard_s_million_rounds_hold()
    {
        var cipher = new Sm4(true, Sm4Mode.Ecb, Key, default, padding: false);
        var block = Key;
        for (var i = 0; i < 1_000_000; i++)
        {
            block = cipher.Update(block);
        }

        Assert.Equal("595298C7C6FD271F0402F804C33D3F66", Convert.ToHexString(block));
    }

    [Theory]
    [InlineData(Sm4Mode.Ecb, true, 37)]
    [InlineData(Sm4Mode.Ecb, true, 32)]
    [InlineData(Sm4Mode.Ecb, false, 48)]
    [InlineData(Sm4Mode.Cbc, true, 37)]
    [InlineData(Sm4Mode.Cbc, true, 0)]
    [InlineData(Sm4Mode.Cbc, false, 48)]
    [InlineData(Sm4Mode.Cfb, false, 37)]
    [InlineData(Sm4Mode.Ofb, false, 37)]
    public void Pieces_and_the_whole_come_to_the_same_and_come_back(Sm4Mode mode, bool padding, int length)
    {
        var plain = RandomNumberGenerator.GetBytes(length);
        var iv = mode == Sm4Mode.Ecb ? [] : Iv;
        var encrypted = Sm4.Encrypt(mode, Key, iv, plain, padding);
        byte[] InPieces(bool encrypt, byte[] data)
        {
            var cipher = new Sm4(encrypt, mode, Key, iv, padding);
            return [.. data.Chunk(5).SelectMany(c => cipher.Update(c)), .. cipher.Finish()];
        }

        Assert.Equal(encrypted, InPieces(true, plain));
        Assert.Equal(plain, InPieces(false, encrypted));
        Assert.Equal(plain, Sm4.Decrypt(mode, Key, iv, encrypted, padding));
        Assert.Equal(padding ? (length / 16 * 16) + 16 : length, encrypted.Length);
    }

    [Fact]
    public void What_is_no_whole_block_or_wrongly_padded_is_refused()
    {
        Assert.Throws<CryptographicException>(() => Sm4.Encrypt(Sm4Mode.Cbc, Key, Iv, new byte[17], padding: false));
        Assert.Throws<CryptographicException>(() => Sm4.Decrypt(Sm4Mode.Ecb, Key, default, new byte[17], padding: true));
        var noPadding = Sm4.Encrypt(Sm4Mode.Cbc, Key, Iv, new byte[16], padding: false);
        Assert.Throws<CryptographicException>(() => Sm4.Decrypt(Sm4Mode.Cbc, Key, Iv, noPadding, padding: true));
    }

    [Fact]
    public void A_MAC_is_the_last_block_of_the_chain()
    {
        var data = RandomNumberGenerator.GetBytes(48);

        Assert.Equal(Sm4.Encrypt(Sm4Mode.Cbc, Key, Iv, data, padding: false)[32..], Sm4.Mac(Key, Iv, data, padding: false));
        Assert.Throws<CryptographicException>(() => Sm4.Mac(Key, Iv, [], padding: false));
        Assert.Throws<CryptographicException>(() => Sm4.Mac(Key, Iv, data.AsSpan(1), padding: false));
    }
}
