using System.Security.Cryptography;
using Rekey.Kmc.Custody;

namespace Rekey.Tests.Kmc;

public sealed class SecretSharingTests
{
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);

    public static TheoryData<int, int> Thresholds => new() { { 2, 2 }, { 2, 3 }, { 3, 5 }, { 5, 7 }, { 2, 255 }, { 255, 255 } };

    /// <summary>The examples of FIPS 197 section 4.2, and those of its section 4.2.1.</summary>
    [Theory]
    [InlineData(0x57, 0x83, 0xC1)]
    [InlineData(0x57, 0x13, 0xFE)]
    [InlineData(0x57, 0x02, 0xAE)]
    [InlineData(0x57, 0x10, 0x07)]
    [InlineData(0x00, 0xFF, 0x00)]
    public void The_field_is_that_of_AES(byte a, byte b, byte product)
    {
        Assert.Equal(product, SecretSharing.Multiply(a, b));
        Assert.Equal(product, SecretSharing.Multiply(b, a));
    }

    [Fact]
    public void Every_element_but_zero_has_an_inverse()
    {
        Assert.Equal(0, SecretSharing.Inverse(0));
        Assert.All(Enumerable.Range(1, 255), a => Assert.Equal(1, SecretSharing.Multiply((byte)a, SecretSharing.Inverse((byte)a))));
    }

    [Theory]
    [MemberData(nameof(Thresholds))]
    public void Any_shares_in_any_order_give_the_secret_and_more_do_no_harm(int threshold, int count)
    {
        var shares = SecretSharing.Split(Secret, threshold, count).Select((value, i) => (X: i + 1, Value: value)).ToArray();
        for (var trial = 0; trial < 20; trial++)
        {
            RandomNumberGenerator.Shuffle(shares.AsSpan());
            Assert.Equal(Secret, SecretSharing.Combine(shares[..threshold]));
        }

        Assert.Equal(Secret, SecretSharing.Combine(shares));
    }

    [Fact]
    public void Every_three_of_five_give_the_secret()
    {
        var shares = SecretSharing.Split(Secret, 3, 5).Select((value, i) => (X: i + 1, Value: value)).ToArray();
        var trios = from a in shares from b in shares from c in shares where a.X < b.X && b.X < c.X select new[] { a, b, c };
        Assert.All(trios, trio => Assert.Equal(Secret, SecretSharing.Combine(trio)));
    }

    /// <summary>Two shares of three leave every secret exactly as possible as before: for each there is one third share that gives it.</summary>
    [Fact]
    public void Fewer_shares_say_nothing()
    {
        var shares = SecretSharing.Split([0x42], 3, 5);
        var possible = Enumerable.Range(0, 256).Select(third => SecretSharing.Combine([(1, shares[0]), (2, shares[1]), (3, [(byte)third])])[0]);
        Assert.Equal(Enumerable.Range(0, 256).Select(s => (byte)s), possible.Order());
    }

    [Fact]
    public void Shares_of_two_splittings_have_nothing_in_common() =>
        Assert.NotEqual(SecretSharing.Split(Secret, 2, 2)[0], SecretSharing.Split(Secret, 2, 2)[0]);

    [Fact]
    public void What_is_no_set_of_shares_is_refused()
    {
        Assert.Throws<ArgumentException>(() => SecretSharing.Combine([]));
        Assert.Throws<ArgumentException>(() => SecretSharing.Combine([(1, [1]), (1, [2])]));
        Assert.Throws<ArgumentException>(() => SecretSharing.Combine([(0, [1]), (1, [2])]));
        Assert.Throws<ArgumentException>(() => SecretSharing.Combine([(1, [1]), (2, [2, 3])]));
        Assert.Throws<ArgumentOutOfRangeException>(() => SecretSharing.Split(Secret, 1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => SecretSharing.Split(Secret, 4, 3));
    }
}
