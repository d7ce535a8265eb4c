using System.Security.Cryptography;
using Rekey.Pki.Algorithms;

namespace Rekey.Tests.Pki;

public sealed class PublicKeyTests
{
    private static readonly byte[] Data = [1, 2, 3];

    public static TheoryData<string> Suites => [.. AlgorithmSuite.All.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Suites))]
    public void A_key_of_every_suite_verifies_what_its_other_half_signed_and_nothing_else(string name)
    {
        Assert.True(AlgorithmSuite.TryParse(name, out var suite));
        using var key = SoftwareSigningKey.Generate(suite);
        using var other = SoftwareSigningKey.Generate(suite);
        using var read = PublicKey.FromSpki(key.PublicKey.Spki.ToArray());
        var signature = key.Sign(Data);

        Assert.Equal(suite, read.Suite);
        Assert.True(read.Verify(suite.SignatureOid, Data, signature));
        Assert.False(read.Verify(suite.SignatureOid, [1, 2, 4], signature));
        Assert.False(read.Verify(suite.SignatureOid, Data, other.Sign(Data)));
    }

    [Theory]
    [InlineData("P-256")]
    [InlineData("P-384")]
    public void A_point_beside_its_curve_is_no_key(string name)
    {
        Assert.True(AlgorithmSuite.TryParse(name, out var suite));
        using var key = SoftwareSigningKey.Generate(suite);
        var spki = key.PublicKey.Spki.ToArray();
        spki[^1] ^= 1;
        Assert.Throws<UnsupportedKeyException>(() => PublicKey.FromSpki(spki));
    }

    [Fact]
    public void The_point_at_infinity_is_no_key()
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.10045.2.1");
                writer.WriteObjectIdentifier("1.2.840.10045.3.1.7");
            }

            writer.WriteBitString([0]);
        }

        Assert.Throws<UnsupportedKeyException>(() => PublicKey.FromSpki(writer.Encode()));
    }

    [Fact]
    public void A_key_read_is_the_key_that_was_written()
    {
        using var rsa = RSA.Create(2048);
        using var read = PublicKey.FromSpki(rsa.ExportSubjectPublicKeyInfo());
        Assert.Equal(rsa.ExportParameters(false).Modulus, read.RsaModulus());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(22)]
    [InlineData(40)]
    public void Half_a_key_is_refused(int octets)
    {
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.Rsa2048);
        Assert.Throws<UnsupportedKeyException>(() => PublicKey.FromSpki(key.PublicKey.Spki[..octets]));
    }
}
