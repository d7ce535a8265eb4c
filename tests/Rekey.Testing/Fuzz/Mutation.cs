namespace Rekey.Testing.Fuzz;

/// <summary>Makes bad inputs out of good ones.</summary>
internal static class Mutation
{
    private const int LongestNoise = 200;
    private const int MostChanges = 6;

    /// <summary>Deeper than any reader that recurses can stand.</summary>
    private const int Depth = 30_000;

    private static readonly byte[] Curious = [0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x88, 0xFF, 0x30, 0xA0, 0x04, (byte)'"', (byte)'{', (byte)'['];

    /// <summary>One mutated input.</summary>
    public static byte[] Of(IReadOnlyList<byte[]> seeds, Random random)
    {
        var good = seeds[random.Next(seeds.Count)];
        return random.Next(200) switch
        {
            0 => Nested([0x30, 0x80], []),
            1 => Nested([(byte)'['], []),
            2 => Nested("{\"a\":"u8.ToArray(), []),
            < 20 => Noise(random),
            < 30 => [.. good, .. seeds[random.Next(seeds.Count)]],
            < 40 => Spliced(good, seeds[random.Next(seeds.Count)], random),
            < 50 => Lengthened(good, random),
            _ => Changed(good, random),
        };
    }

    private static byte[] Nested(byte[] opening, byte[] core) => [.. Enumerable.Repeat(opening, Depth).SelectMany(o => o), .. core];

    private static byte[] Noise(Random random)
    {
        var noise = new byte[random.Next(0, LongestNoise)];
        random.NextBytes(noise);
        return noise;
    }

    private static byte[] Spliced(byte[] head, byte[] tail, Random random) =>
        [.. head.AsSpan(0, random.Next(head.Length + 1)), .. tail.AsSpan(random.Next(tail.Length + 1))];

    // A length that promises far more than there is, which a reader must not believe.
    private static byte[] Lengthened(byte[] good, Random random)
    {
        var at = random.Next(good.Length);
        var width = random.Next(1, 9);
        var length = new byte[width];
        random.NextBytes(length);
        return [.. good.AsSpan(0, at), (byte)(0x80 | width), .. length, .. good.AsSpan(at)];
    }

    private static byte[] Changed(byte[] good, Random random)
    {
        var octets = good.ToList();
        for (var changes = random.Next(1, MostChanges); changes > 0 && octets.Count > 0; changes--)
        {
            var at = random.Next(octets.Count);
            switch (random.Next(7))
            {
                case 0: octets[at] = (byte)random.Next(256); break;
                case 1: octets[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: octets.RemoveAt(at); break;
                case 3: octets.Insert(at, (byte)random.Next(256)); break;
                case 4: octets[at] = Curious[random.Next(Curious.Length)]; break;
                case 5: octets.InsertRange(at, octets.GetRange(at, Math.Min(random.Next(1, 40), octets.Count - at))); break;
                default: octets.RemoveRange(at, random.Next(1, octets.Count - at + 1)); break;
            }
        }

        return [.. octets];
    }
}
