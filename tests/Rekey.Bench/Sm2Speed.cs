using System.Globalization;
using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Testing;

namespace Rekey.Bench;

/// <summary>SM2 as the product signs and verifies, beside <c>openssl speed sm2</c>: one thread each, processor time.</summary>
internal static class Sm2Speed
{
    public static async Task<IReadOnlyList<Row>> RunAsync(Context context)
    {
        Context.Say("SM2 beside openssl speed");
        var data = RandomNumberGenerator.GetBytes(600); // as long as a certificate's signed part
        using var key = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
        var spki = key.PublicKey.Spki.ToArray();
        var signature = key.Sign(data);
        var operations = context.Of(400, 1500);
        List<double> peerVerifies = [];
        var blocks = await Blocks.AlternateAsync(
            context.Of(3, 9),
            () => Task.FromResult(Cpu.PerSecond(operations, () => key.Sign(data))),
            () => Task.FromResult(Cpu.PerSecond(operations, () => Demand(key.PublicKey, data, signature))),
            () => Task.FromResult(Cpu.PerSecond(operations, () => VerifyNew(spki, data, signature))),
            async () =>
            {
                var (signs, verifies) = await PeerAsync();
                peerVerifies.Add(verifies);
                return signs;
            });
        var verifies = peerVerifies.TakeLast(blocks[3].Length).ToArray(); // the first was the unmeasured round's
        var version = (await Command.RunAsync("openssl", "version")).Output.Split(' ')[1];
        return
        [
            Of("SM2 signatures", blocks[0], blocks[3], version, "600 octets hashed, Z included; openssl signs a digest"),
            Of("SM2 verifications, the key at hand", blocks[1], verifies, version, "what a service's and a CA's keys are"),
            Of("SM2 verifications, the key imported for each", blocks[2], verifies, version, "what a holder's new key is"),
        ];
    }

    private static Row Of(string measure, double[] ours, double[] peer, string version, string remark) => new(
        measure, FormattableString.Invariant($"{Blocks.Median(ours):0}/s"), FormattableString.Invariant($"{Blocks.Median(peer):0}/s (openssl speed, {version})"))
    {
        Figure = Blocks.Median(Blocks.Ratios(ours, peer)),
        Spread = Blocks.Spread(Blocks.Ratios(ours, peer)),
        Remark = remark,
    };

    private static void VerifyNew(byte[] spki, byte[] data, byte[] signature)
    {
        using var key = PublicKey.FromSpki(spki);
        Demand(key, data, signature);
    }

    private static void Demand(PublicKey key, byte[] data, byte[] signature)
    {
        if (!key.Verify(key.Suite.SignatureOid, data, signature))
        {
            throw new InvalidOperationException("an SM2 signature does not verify");
        }
    }

    // Without -elapsed it counts the processor time that it had.
    private static async Task<(double Signs, double Verifies)> PeerAsync()
    {
        var (exit, output) = await Command.RunAsync("openssl", "speed", "-seconds", "1", "-mr", "sm2");
        var line = output.Split('\n').FirstOrDefault(l => l.StartsWith("+F", StringComparison.Ordinal) && l.Contains("SM2", StringComparison.Ordinal));
        return exit == 0 && line?.Trim().Split(':') is [.., var signs, var verifies]
            ? (double.Parse(signs, CultureInfo.InvariantCulture), double.Parse(verifies, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"openssl speed: {output}");
    }
}
