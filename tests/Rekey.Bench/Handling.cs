using Rekey.Pki.Algorithms;
using Rekey.Testing;

namespace Rekey.Bench;

/// <summary>
/// The server's whole work on a renewal (kur → kup → certConf → pkiConf, RA and CA) against nothing but the signatures and
/// verifications in it. One thread, no HTTP, no store.
/// </summary>
internal static class Handling
{
    public static IReadOnlyList<Row> Run(Context context) =>
    [
        Measure(context, AlgorithmSuite.P256, AlgorithmSuite.P256, AlgorithmSuite.P256, context.Of(40, 100), context.Of(25, 60), 0.60),
        Measure(context, AlgorithmSuite.Rsa2048, AlgorithmSuite.Rsa3072, AlgorithmSuite.Rsa2048, context.Of(8, 24), context.Of(25, 60), 0.75),
    ];

    /// <summary>Where the time of <see cref="Run"/> goes.</summary>
    public static IReadOnlyList<Row> Steps(Context context)
    {
        using var testCa = new TestCa(TimeProvider.System, AlgorithmSuite.P256);
        var work = new ServerWork(testCa);
        var prepared = Enumerable.Range(0, 60).Select(_ => new PreparedExchange(work, AlgorithmSuite.P256)).ToList();
        var rounds = context.Of(20, 60);
        Warm(work, prepared);
        work.Clock = new();
        for (var round = 0; round < rounds; round++)
        {
            ServerWork.Forget();
            foreach (var exchange in prepared)
            {
                work.Clock.Start();
                work.KeyUpdate(exchange.KeyUpdateRequest);
                work.Confirm(exchange.CertificateConfirmation, exchange.Issued);
            }
        }

        return [.. work.Clock.PerPass(rounds * prepared.Count).Select(s => new Row($"step of a renewal, P-256: {s.Step}", FormattableString.Invariant($"{s.Microseconds:0} µs")))];
    }

    private static Row Measure(Context context, AlgorithmSuite holders, AlgorithmSuite ca, AlgorithmSuite services, int exchanges, int rounds, double aim)
    {
        Context.Say($"handling, {holders}");
        using var testCa = new TestCa(TimeProvider.System, ca, change: o => o with { ServiceSuite = services });
        var work = new ServerWork(testCa);
        var prepared = Enumerable.Range(0, exchanges).Select(_ => new PreparedExchange(work, holders)).ToList();
        using var bare = new BareCrypto(work, prepared);
        Warm(work, prepared);
        var blocks = Blocks.Alternate(
            rounds,
            () => Block(exchanges, () =>
            {
                ServerWork.Forget(); // every holder comes with keys never seen before
                foreach (var exchange in prepared)
                {
                    work.KeyUpdate(exchange.KeyUpdateRequest);
                    work.Confirm(exchange.CertificateConfirmation, exchange.Issued);
                }
            }),
            () => Block(exchanges, bare.KeysHeld),
            () => Block(exchanges, bare.KeysNew));
        var handling = blocks[0];
        var crypto = blocks[1];
        var newKeys = blocks[2];
        var allocated = Allocated(work, prepared);
        var ratios = Blocks.Ratios(crypto, handling);
        var withImports = Blocks.Median(Blocks.Ratios(newKeys, handling));
        return new Row(
            $"handling / bare crypto, {holders} holders, {ca} CA, {services} services",
            FormattableString.Invariant($"{Blocks.Median(handling):0} µs per renewal"),
            FormattableString.Invariant($"{Blocks.Median(crypto):0} µs: 5 signatures, 6 verifications"))
        {
            Figure = Blocks.Median(ratios),
            Aim = aim,
            Spread = Blocks.Spread(ratios),
            Remark = FormattableString.Invariant(
                $"RA and CA, processor time of the process; with the holder's two public keys imported for the purpose, which no server can spare, the crypto costs {Blocks.Median(newKeys):0} µs and the ratio is {withImports:0.00}; {allocated / 1024:0} KiB allocated per renewal"),
        };
    }

    // A server runs for weeks; its first minute, in which the runtime compiles and recompiles, is not what is measured.
    private static void Warm(ServerWork work, List<PreparedExchange> prepared)
    {
        for (var i = 0; i < 600 / prepared.Count; i++)
        {
            foreach (var exchange in prepared)
            {
                work.KeyUpdate(exchange.KeyUpdateRequest);
                work.Confirm(exchange.CertificateConfirmation, exchange.Issued);
            }

            Thread.Sleep(50); // for the compiler's own thread
        }
    }

    private static double Allocated(ServerWork work, List<PreparedExchange> prepared)
    {
        ServerWork.Forget();
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var exchange in prepared)
        {
            work.KeyUpdate(exchange.KeyUpdateRequest);
            work.Confirm(exchange.CertificateConfirmation, exchange.Issued);
        }

        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / prepared.Count;
    }

    private static double Block(int exchanges, Action act)
    {
        var before = Cpu.OwnMicroseconds();
        act();
        return (Cpu.OwnMicroseconds() - before) / exchanges;
    }
}
