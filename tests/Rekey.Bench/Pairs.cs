using System.Security.Cryptography;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Envelopes;
using Rekey.Store;
using Rekey.Testing;

namespace Rekey.Bench;

/// <summary>Whole renewals of SM2 pairs, key-management centre included, against the limit: the cryptographic operations in them and nothing else.</summary>
internal static class Pairs
{
    private const int Concurrency = 8;

    public static async Task<IReadOnlyList<Row>> RunAsync(Context context)
    {
        List<Row> rows = [];
        foreach (var engine in PrivatePostgres.IsAvailable ? new[] { StoreEngine.Sqlite, StoreEngine.Postgres } : [StoreEngine.Sqlite])
        {
            Context.Say($"renewals of pairs, {engine}");
            rows.Add(await MeasureAsync(engine, context));
        }

        return rows;
    }

    private static async Task<Row> MeasureAsync(StoreEngine engine, Context context)
    {
        const int warm = 6; // until the runtime has compiled what is used
        var (rounds, size) = (context.Of(4, 8), context.Of(50, 150));
        await using var host = await RekeyHost.StartAsync(engine, (rounds + 1 + warm) * size, context.Cancel, pairs: true);
        await host.RenewAsync(warm * size, Concurrency, context.Cancel);
        using var bare = new Operations();
        List<double> walls = [];
        List<double> perServer = [];
        var blocks = await Blocks.AlternateAsync(
            rounds,
            async () =>
            {
                var block = await host.RenewAsync(size, Concurrency, context.Cancel);
                walls.Add(block.Count / block.Wall);
                perServer.Add(block.Count / block.Server);
                return block.Count / (block.Server + block.Database);
            },
            () => Task.FromResult(Cpu.PerSecond(context.Of(10, 30), bare.OfOneRenewal)));
        var ratios = Blocks.Ratios(blocks[0], blocks[1]);
        return new Row(
            $"renewals of SM2 pairs, durable, audit on, {engine}",
            FormattableString.Invariant($"{Blocks.Median(walls):0}/s; {Blocks.Median(perServer):0} per processor second of the server, {Blocks.Median(blocks[0]):0} with the database's"),
            FormattableString.Invariant($"{Blocks.Median(blocks[1]):0} per processor second (its {Operations.Count} cryptographic operations alone)"))
        {
            Figure = Blocks.Median(ratios),
            Spread = Blocks.Spread(ratios),
            Remark = $"a pair is one transaction: RA, CA and key-management centre in one process, a full pool; {Concurrency} at a time, the clients share the processors",
        };
    }

    /// <summary>What one renewal of a pair has to sign, verify and wrap; holders and certificates SM2, services P-256.</summary>
    private sealed class Operations : IDisposable
    {
        private const int ServiceSignatures = 8; // RA: 2; CA: kup, pkiConf, order, notice; centre: 2 answers
        private const int ServiceVerifications = 6; // the CA of the RA's 2, the centre of the CA's 2, the CA of the centre's 2
        private const int OldKeyVerifications = 4; // kur by RA, CA and centre; certConf by the CA
        private const int NewKeyVerifications = 2; // possession, by CA and centre

        private readonly byte[] data = RandomNumberGenerator.GetBytes(800);
        private readonly SoftwareSigningKey service = SoftwareSigningKey.Generate(AlgorithmSuite.P256);
        private readonly SoftwareSigningKey issuer = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
        private readonly SoftwareSigningKey holder = SoftwareSigningKey.Generate(AlgorithmSuite.Sm2);
        private readonly Sm2PrivateKey carried = Sm2PrivateKey.Generate();
        private readonly byte[] serviceSignature;
        private readonly byte[] holderSignature;
        private readonly byte[] holderSpki;

        public Operations()
        {
            serviceSignature = service.Sign(data);
            holderSignature = holder.Sign(data);
            holderSpki = holder.PublicKey.Spki.ToArray();
        }

        public static int Count => ServiceSignatures + ServiceVerifications + OldKeyVerifications + NewKeyVerifications + 3;

        public void OfOneRenewal()
        {
            Times(ServiceSignatures, () => service.Sign(data));
            Times(ServiceVerifications, () => Demand(service.PublicKey, serviceSignature));
            using var old = PublicKey.FromSpki(holderSpki); // a holder comes once
            Times(OldKeyVerifications, () => Demand(old, holderSignature));
            using var next = PublicKey.FromSpki(holderSpki);
            Times(NewKeyVerifications, () => Demand(next, holderSignature));
            Times(2, () => issuer.Sign(data)); // both certificates
            Sm2EnvelopedKey.Create(next.Sm2!, carried);
        }

        public void Dispose()
        {
            service.Dispose();
            issuer.Dispose();
            holder.Dispose();
            carried.Dispose();
        }

        private static void Times(int count, Action operation)
        {
            for (var i = 0; i < count; i++)
            {
                operation();
            }
        }

        private void Demand(PublicKey key, byte[] signature)
        {
            if (!key.Verify(key.Suite.SignatureOid, data, signature))
            {
                throw new InvalidOperationException("a signature does not verify");
            }
        }
    }
}
