using System.Numerics;

namespace Rekey.Ra.Renewal;

/// <summary>
/// Finds RSA moduli of the flawed generator in many smart cards before 2017 (CVE-2017-15361). Its primes are
/// <c>k·M + (65537^a mod M)</c> with M the product of the first primes, so the modulus is a power of 65537 modulo each of them;
/// a modulus that is not flawed passes all these tests with a chance of about 2^-27.
/// </summary>
internal static class RocaFingerprint
{
    private static readonly (int Prime, HashSet<int> Powers)[] Tests = [.. Primes().Select(p => (p, PowersOf65537(p)))];

    /// <summary>Whether a modulus (big-endian) has the fingerprint.</summary>
    public static bool Matches(ReadOnlySpan<byte> modulus)
    {
        var n = new BigInteger(modulus, isUnsigned: true, isBigEndian: true);
        return Array.TrueForAll(Tests, t => t.Powers.Contains((int)(n % t.Prime)));
    }

    // The primes that even the shortest affected keys (512 bits) were built with: up to 167.
    private static IEnumerable<int> Primes() =>
        Enumerable.Range(3, 165).Where(n => n % 2 == 1 && Enumerable.Range(2, n - 2).TakeWhile(d => d * d <= n).All(d => n % d != 0));

    private static HashSet<int> PowersOf65537(int prime)
    {
        var powers = new HashSet<int>();
        for (var power = 1; powers.Add(power);)
        {
            power = power * (65537 % prime) % prime;
        }

        return powers;
    }
}
