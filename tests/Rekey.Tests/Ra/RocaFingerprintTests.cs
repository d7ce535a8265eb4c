using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rekey.Ra.Renewal;

namespace Rekey.Tests.Ra;

public sealed class RocaFingerprintTests
{
    [Fact]
    public void A_modulus_built_like_the_flawed_ones_is_found()
    {
        using var flawed = FlawedKey().GetRSAPublicKey()!;
        Assert.True(RocaFingerprint.Matches(flawed.ExportParameters(false).Modulus));
    }

    [Fact]
    public void Honest_moduli_are_not_taken_for_flawed_ones()
    {
        for (var i = 0; i < 5; i++)
        {
            using var rsa = RSA.Create(2048);
            Assert.False(RocaFingerprint.Matches(rsa.ExportParameters(false).Modulus));
        }
    }

    /// <summary>
    /// A key whose modulus is the product of two numbers k·M + (65537^a mod M), as the flawed generator made them. They need not be
    /// prime for the fingerprint, which sees residues only, so the test need not search for primes.
    /// </summary>
    internal static PublicKey FlawedKey()
    {
        var m = Enumerable.Range(2, 352).Where(n => Enumerable.Range(2, n - 2).TakeWhile(d => d * d <= n).All(d => n % d != 0))
            .Aggregate(BigInteger.One, (product, prime) => product * prime);
        var modulus = Half(m) * Half(m);
        var rsa = RSA.Create();
        rsa.ImportParameters(new RSAParameters { Modulus = modulus.ToByteArray(isUnsigned: true, isBigEndian: true), Exponent = [1, 0, 1] });
        using (rsa)
        {
            return new PublicKey(rsa);
        }

        static BigInteger Half(BigInteger m)
        {
            var power = BigInteger.ModPow(65537, RandomNumberGenerator.GetInt32(1, int.MaxValue), m);
            // As many random bits as bring it to 1024, the highest one set.
            var bits = 1024 - (int)m.GetBitLength();
            var k = (BigInteger.One << bits) + RandomNumberGenerator.GetInt32(int.MaxValue);
            return (k * m) + power;
        }
    }
}
