using System.Security.Cryptography;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.Tests.Tokens;

public sealed class TokenJournalTests
{
    private const string RenewalId = "00112233445566778899aabbccddeeff";

    private static readonly byte[] OldCertificate = [0x30, 1, 2, 3];
    private static readonly byte[] NewCertificate = [0x30, 4, 5, 6];
    private static readonly byte[] Id = RenewalKeyId.Of(PairUse.Signing, RenewalId, OldCertificate).ToBytes();

    public static TheoryData<string, byte[]?, bool, bool?, RenewalStep> Rows => new()
    {
        // what, new certificate, old certificate there, old private key there, step
        { "key only", null, true, true, RenewalStep.KeyGenerated },
        { "key only, before login", null, true, null, RenewalStep.KeyGenerated },
        { "key only, old pair lost", null, false, null, RenewalStep.KeyGenerated },
        { "certificate written", NewCertificate, true, true, RenewalStep.CertificateWritten },
        { "certificate written, before login", NewCertificate, true, null, RenewalStep.CertificateWritten },
        { "old private key removed", NewCertificate, true, false, RenewalStep.Retiring },
        { "old pair removed", NewCertificate, false, null, RenewalStep.Finished },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_pairs_tell_the_step(string what, byte[]? newCertificate, bool oldThere, bool? oldKeyThere, RenewalStep expected)
    {
        List<TokenPair> pairs = [Pair(Id, newCertificate, true), Pair([9], [0x30, 9], true)];
        if (oldThere)
        {
            pairs.Add(Pair([1, 2], OldCertificate, oldKeyThere));
        }

        var renewal = Assert.Single(TokenJournal.Read(pairs));

        Assert.True(expected == renewal.Step, what);
        Assert.Equal(RenewalId, renewal.RenewalId);
        Assert.Equal(expected != RenewalStep.Finished, renewal.IsPending);
        Assert.Equal(oldThere, renewal.Old is not null);
    }

    [Fact]
    public void A_download_is_told_from_a_renewal_and_replaces_nothing()
    {
        var id = RenewalKeyId.OfDownload(PairUse.Signing, RenewalId);
        Assert.True(id.IsDownload);
        Assert.False(RenewalKeyId.TryRead(Id)!.IsDownload);
        Assert.Equal(id, RenewalKeyId.TryRead(id.ToBytes()));
        Assert.False(id.Replaces(OldCertificate));

        Assert.Equal(RenewalStep.KeyGenerated, Assert.Single(TokenJournal.Read([Pair(id.ToBytes(), null, true), Pair([1], OldCertificate, true)])).Step);
        var written = Assert.Single(TokenJournal.Read([Pair(id.ToBytes(), NewCertificate, true), Pair([1], OldCertificate, true)]));
        Assert.Equal((RenewalStep.Finished, false), (written.Step, written.IsPending));
    }

    public static TheoryData<string, TokenPair, bool> Halves => new()
    {
        { "whole, no certificate yet", new(Id, PairUse.Signing, "", [1], null, true, true), false },
        { "before login", new(Id, PairUse.Signing, "", [1], null, null, null), false },
        { "before login, public key not readable", new(Id, PairUse.Signing, "", null, null, null, null), false },
        { "public key alone", new(Id, PairUse.Signing, "", [1], null, false, false), true },
        { "private key alone", new(Id, PairUse.Signing, "", null, null, true, true), true },
        { "certificate alone: leads back to a removal", new(Id, PairUse.Signing, "", [1], NewCertificate, false, false), false },
        { "other software's public key", new([1, 2], PairUse.Signing, "", [1], null, false, false), false },
        { "other software's private key", new([1, 2], PairUse.Signing, "", null, null, true, true), false },
    };

    [Theory]
    [MemberData(nameof(Halves), DisableDiscoveryEnumeration = true)]
    public void Only_our_own_useless_halves_are_debris(string what, TokenPair pair, bool expected) => Assert.True(expected == TokenJournal.IsDebris(pair), what);

    [Fact]
    public void A_pair_renewed_twice_is_old_and_new_at_once()
    {
        var third = RenewalKeyId.Of(PairUse.Signing, "ffffffffffffffffffffffffffffffff", NewCertificate).ToBytes();

        var renewals = TokenJournal.Read([Pair(Id, NewCertificate, true), Pair(third, null, true)]);

        Assert.Equal([RenewalStep.Finished, RenewalStep.KeyGenerated], renewals.Select(r => r.Step));
        Assert.Equal(Id, renewals[1].Old?.Id);
    }

    [Fact]
    public void The_id_has_the_layout_of_the_documentation()
    {
        Assert.Equal(RenewalKeyId.Length, Id.Length);
        Assert.Equal("524b0101" + RenewalId + Convert.ToHexStringLower(SHA256.HashData(OldCertificate)[..8]), Convert.ToHexStringLower(Id));
        Assert.Equal(PairUse.Encryption, RenewalKeyId.TryRead(RenewalKeyId.Of(PairUse.Encryption, RenewalId, OldCertificate).ToBytes())!.Use);
        Assert.Throws<ArgumentException>(() => RenewalKeyId.Of(PairUse.Signing, "0011", OldCertificate));
    }

    [Theory]
    [InlineData("")]
    [InlineData("524b01")]
    [InlineData("524b010100112233445566778899aabbccddeeff00112233445566")] // an octet short
    [InlineData("524b010100112233445566778899aabbccddeeff001122334455667788")] // one too many
    [InlineData("524b020100112233445566778899aabbccddeeff0011223344556677")] // another version
    [InlineData("524b010300112233445566778899aabbccddeeff0011223344556677")] // another use
    [InlineData("5a4b010100112233445566778899aabbccddeeff0011223344556677")] // not ours
    public void An_id_of_other_software_is_not_ours(string hex)
    {
        Assert.Null(RenewalKeyId.TryRead(Convert.FromHexString(hex)));
        Assert.Empty(TokenJournal.Read([Pair(Convert.FromHexString(hex), NewCertificate, true)]));
    }

    [Fact]
    public void An_encryption_pair_is_no_renewal_of_its_own()
    {
        Assert.Empty(TokenJournal.Read([Pair(RenewalKeyId.Of(PairUse.Encryption, RenewalId, OldCertificate).ToBytes(), NewCertificate, true)]));
    }

    [Fact]
    public void Random_ids_are_read_without_harm()
    {
        var random = new Random(20261124);
        for (var i = 0; i < 20_000; i++)
        {
            var id = new byte[random.Next(0, 64)];
            random.NextBytes(id);
            if (i % 2 == 0 && id.Length >= 3)
            {
                "RK\u0001"u8.CopyTo(id);
            }

            if (RenewalKeyId.TryRead(id) is { } read)
            {
                Assert.Equal(id, read.ToBytes());
            }
        }
    }

    private static TokenPair Pair(byte[] id, byte[]? certificate, bool? privateKey) => new(id, PairUse.Signing, "", [1], certificate, privateKey, privateKey);
}
