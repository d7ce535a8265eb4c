using System.Security.Cryptography;

namespace Rekey.Kmc.Custody;

/// <summary>
/// Shamir's secret sharing over GF(256) with the polynomial of AES (x^8 + x^4 + x^3 + x + 1), octet by octet. Any <c>threshold</c> shares give the
/// secret; fewer say nothing about it. No tables and no branches on secret octets. It does not notice a wrong share: what is shared here has
/// a check value of its own.
/// </summary>
internal static class SecretSharing
{
    /// <summary>Splits a secret.</summary>
    /// <param name="secret">Any octets; the caller clears them.</param>
    /// <param name="threshold">How many shares give the secret, from 2.</param>
    /// <param name="count">How many there are, up to 255.</param>
    /// <returns>Share i (from 0) is the value at x = i + 1; the caller clears them.</returns>
    public static byte[][] Split(ReadOnlySpan<byte> secret, int threshold, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 255);
        var shares = new byte[count][];
        for (var x = 1; x <= count; x++)
        {
            shares[x - 1] = new byte[secret.Length];
        }

        var coefficients = new byte[threshold];
        for (var i = 0; i < secret.Length; i++)
        {
            RandomNumberGenerator.Fill(coefficients);
            coefficients[0] = secret[i];
            for (var x = 1; x <= count; x++)
            {
                shares[x - 1][i] = Evaluate(coefficients, (byte)x);
            }
        }

        CryptographicOperations.ZeroMemory(coefficients);
        return shares;
    }

    /// <summary>Puts a secret together.</summary>
    /// <param name="shares">At least the threshold's number of shares of one splitting, each with its x; more do no harm.</param>
    /// <returns>The secret, or something else when shares are wrong or too few; the caller clears it.</returns>
    /// <exception cref="ArgumentException">Not shares of one length with different x.</exception>
    public static byte[] Combine(IReadOnlyList<(int X, byte[] Value)> shares)
    {
        if (shares.Count == 0 || shares.Any(s => s.X is < 1 or > 255 || s.Value.Length != shares[0].Value.Length) || shares.Select(s => s.X).Distinct().Count() < shares.Count)
        {
            throw new ArgumentException("the shares do not belong together", nameof(shares));
        }

        var secret = new byte[shares[0].Value.Length];
        foreach (var (x, value) in shares)
        {
            // Lagrange at 0: the product of xj / (xj - xi), where subtraction is exclusive or.
            byte weight = 1;
            foreach (var (other, _) in shares)
            {
                if (other != x)
                {
                    weight = Multiply(weight, Multiply((byte)other, Inverse((byte)(other ^ x))));
                }
            }

            for (var i = 0; i < secret.Length; i++)
            {
                secret[i] ^= Multiply(weight, value[i]);
            }
        }

        return secret;
    }

    /// <summary>Product in GF(256).</summary>
    internal static byte Multiply(byte a, byte b)
    {
        var (product, factor) = (0, (int)a);
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= factor & -((b >> bit) & 1);
            factor = (factor << 1) ^ (0x11B & -((factor >> 7) & 1));
        }

        return (byte)product;
    }

    /// <summary>Inverse in GF(256): the power 254. That of 0 is 0.</summary>
    internal static byte Inverse(byte a)
    {
        byte result = 1;
        for (var power = 254; power > 0; power >>= 1)
        {
            result = (power & 1) == 1 ? Multiply(result, a) : result;
            a = Multiply(a, a);
        }

        return result;
    }

    private static byte Evaluate(ReadOnlySpan<byte> coefficients, byte x)
    {
        byte value = 0;
        for (var i = coefficients.Length - 1; i >= 0; i--)
        {
            value = (byte)(Multiply(value, x) ^ coefficients[i]);
        }

        return value;
    }
}
