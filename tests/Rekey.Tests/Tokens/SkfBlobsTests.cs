using System.Text;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;
using Rekey.Tokens;
using Rekey.Tokens.Journal;
using Rekey.Tokens.Skf;

namespace Rekey.Tests.Tokens;

public sealed class SkfBlobsTests
{
    /// <summary>Offsets of ENVELOPEDKEYBLOB: the encrypted private key, the public key, its x, the cipher, its length, its octets; and the whole.</summary>
    [Theory]
    [InlineData("u32-pack1", 12, 80, 144, 208, 368, 372, 388)]
    [InlineData("u32-natural", 12, 80, 144, 208, 368, 372, 388)]
    [InlineData("u64-pack1", 24, 96, 160, 224, 384, 392, 408)]
    [InlineData("u64-natural", 24, 96, 160, 224, 384, 392, 408)]
    public void An_enveloped_key_has_its_parts_in_their_places(string form, int encrypted, int x, int y, int cipher, int length, int data, int whole)
    {
        using var holder = Sm2PrivateKey.Generate();
        using var key = Sm2PrivateKey.Generate();
        var envelope = Sm2EnvelopedKey.Create(holder.PublicKey, key);

        var blob = SkfBlobs.EnvelopedKey(SkfAbi.TryParse(form)!, EnvelopePlacement.Last, envelope);

        Assert.Equal(whole, blob.Length);
        Assert.Equal([1, 0, 0, 0], blob[..4]);
        Assert.Equal(new byte[32], blob[encrypted..(encrypted + 32)]);
        Assert.Equal(envelope.EncryptedPrivateKey, blob[(encrypted + 32)..(encrypted + 64)]);
        Assert.Equal(key.PublicKey.X.ToArray(), blob[(x + 32)..(x + 64)]);
        Assert.Equal(key.PublicKey.Y.ToArray(), blob[(y + 32)..(y + 64)]);
        Assert.Equal(envelope.EncryptedKey.X, blob[(cipher + 32)..(cipher + 64)]);
        Assert.Equal(envelope.EncryptedKey.Hash, blob[(length - 32)..length]);
        Assert.Equal(16, blob[length]);
        Assert.Equal(envelope.EncryptedKey.Data, blob[data..]);
    }

    [Fact]
    public void The_encrypted_private_key_goes_where_the_token_looks_for_it()
    {
        using var holder = Sm2PrivateKey.Generate();
        var envelope = Sm2EnvelopedKey.Create(holder.PublicKey, holder);

        var first = SkfBlobs.EnvelopedKey(SkfAbi.All[0], EnvelopePlacement.First, envelope);
        var field = SkfBlobs.EnvelopedKey(SkfAbi.All[0], EnvelopePlacement.First, envelope with { EncryptedPrivateKey = [.. Enumerable.Range(0, 64).Select(i => (byte)i)] });

        Assert.Equal([.. envelope.EncryptedPrivateKey, .. new byte[32]], first[12..76]);
        Assert.Equal(Enumerable.Range(0, 64).Select(i => (byte)i), field[12..76]);
    }

    [Fact]
    public void A_public_key_that_is_none_is_nothing()
    {
        Assert.Null(SkfBlobs.Spki(SkfAbi.All[0], new byte[132]));
        Assert.Null(SkfBlobs.Spki(SkfAbi.All[0], [0, 1, .. new byte[130]]));
        Assert.Null(SkfBlobs.Spki(SkfAbi.All[0], new byte[268]));
        Assert.Throws<TokenException>(() => SkfBlobs.Spki(SkfAbi.All[0], new byte[3]));
    }

    [Theory]
    [InlineData("signing")]
    [InlineData("密钥 1")]
    [InlineData("00112233")]
    public void Any_name_of_a_container_gives_an_id_to_each_of_its_pairs(string name)
    {
        var (signing, encryption) = (ContainerName.Id(name, PairUse.Signing), ContainerName.Id(name, PairUse.Encryption));

        Assert.Equal(name, Encoding.UTF8.GetString(signing));
        Assert.NotEqual(signing, encryption);
        Assert.Equal((name, PairUse.Signing), (ContainerName.Of(signing), ContainerName.Use(signing)));
        Assert.Equal((name, PairUse.Encryption), (ContainerName.Of(encryption), ContainerName.Use(encryption)));
    }

    [Fact]
    public void A_mark_is_known_and_belongs_to_one_key()
    {
        var mark = RemovalMark.Of("one key"u8);

        Assert.True(RemovalMark.Is(mark));
        Assert.NotEqual(mark, RemovalMark.Of("another key"u8));
        Assert.False(RemovalMark.Is(mark.AsSpan(1)));
        Assert.False(RemovalMark.Is([0x30, 0x00]));
        Assert.False(RemovalMark.Is([]));
    }

    [Fact]
    public void The_pairs_of_a_renewal_share_a_container_and_have_ids_of_their_own()
    {
        var signing = RenewalKeyId.Of(PairUse.Signing, "00112233445566778899AABBCCDDEEFF", "old"u8);
        var encryption = signing with { Use = PairUse.Encryption };
        var name = ContainerName.Of(signing.ToBytes());

        Assert.Equal(56, name.Length); // a container's name has at most 64 octets
        Assert.Equal(name, ContainerName.Of(encryption.ToBytes()));
        Assert.Equal(signing.ToBytes(), ContainerName.Id(name, PairUse.Signing));
        Assert.Equal(encryption.ToBytes(), ContainerName.Id(name, PairUse.Encryption));
        Assert.Equal((PairUse.Signing, PairUse.Encryption), (ContainerName.Use(signing.ToBytes()), ContainerName.Use(encryption.ToBytes())));
    }
}
