using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Kmc.EncryptionKeys;
using Rekey.Kmc.Master;
using Rekey.Kmc.Pool;
using Rekey.Kmc.Recovery;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Store;
using Rekey.Testing.Kmc;
using Rekey.Testing.Pki;

namespace Rekey.SystemTests.Kmc;

/// <summary>A key's whole life, with the store failing once at every write and every commit, before it and after it; each step is then repeated.</summary>
public sealed class KmcFaultTests
{
    private static readonly RSA First = RSA.Create(2048);
    private static readonly RSA Second = RSA.Create(2048);
    private static readonly TestPki Pki = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_write_or_commit_fails_the_repetition_ends_in_the_same_state()
    {
        var moments = await LiveAsync(0);
        Assert.InRange(moments, 30, 300);
        for (var moment = 1; moment <= moments; moment++)
        {
            await LiveAsync(moment);
        }
    }

    private static async Task<int> LiveAsync(int failAt)
    {
        var faults = new KmcFaults();
        var (zhao, qian) = (Pki.Issue("CN=Zhao, SERIALNUMBER=P-1", Pki.Issuing, AlgorithmSuite.P256), Pki.Issue("CN=Qian, SERIALNUMBER=P-2", Pki.Issuing, AlgorithmSuite.P256));
        await using var kmc = await TestKmc.CreateAsync(StoreEngine.Sqlite, TimeProvider.System, new()
        {
            Pki = Pki,
            Pool = HandOutTests.Pool(2),
            Interceptors = [faults.Commands, faults.Transactions],
            Recovery = _ => new() { Officers = [Certificate.FromDer(zhao.Der), Certificate.FromDer(qian.Der)] },
        });
        faults.FailAt = failAt == 0 ? 0 : faults.Count + failAt;
        var begun = faults.Count;
        var suite = AlgorithmSuite.P256;
        var (first, lost) = (new TestHolder(Pki), new TestHolder(Pki, "YZ-000456"));
        var second = new TestHolder(Pki, old: first.NewKey);
        HandedOutKey key = null!, again = null!, next = null!;
        KeyEnvelope recovered = null!;

        await StepAsync(() => kmc.Service<FillPool>().RunAsync(Cancel));
        await StepAsync(async () => key = await kmc.HandOutAsync(first.Order(suite), first.Request(HandOutTests.Public(First), suite)));
        await StepAsync(async () => again = await kmc.HandOutAsync(first.Order(suite), first.Request(HandOutTests.Public(Second), suite)));
        await StepAsync(() => kmc.NotifyAsync(first.Order(suite), KeyOrderEnd.Confirmed));
        await StepAsync(async () => next = await kmc.HandOutAsync(second.Order(suite), second.Request(HandOutTests.Public(First), suite)));
        await StepAsync(() => kmc.HandOutAsync(lost.Order(suite), lost.Request(HandOutTests.Public(First), suite))); // the pool is empty by now
        await StepAsync(() => kmc.NotifyAsync(lost.Order(suite), KeyOrderEnd.Ended));
        await StepAsync(async () => Assert.True((await kmc.Service<RotateMaster>().RunAsync("test", Cancel)).Version >= 2));
        await StepAsync(() => kmc.NotifyAsync(second.Order(suite), KeyOrderEnd.Confirmed));
        var (order, target) = await OrderAsync(kmc, first);
        RecoverySignature[] signatures = [RecoverySignature.Sign(order, Certificate.FromDer(zhao.Der), zhao.Key), RecoverySignature.Sign(order, Certificate.FromDer(qian.Der), qian.Key)];
        await StepAsync(async () => recovered = await kmc.Service<RecoverKey>().RunAsync(order, target, signatures, Cancel));

        await StepAsync(() => kmc.NotifyAsync(second.Order(suite), KeyOrderEnd.Revoked));

        var moments = faults.Count - begun;
        faults.FailAt = 0;
        Assert.Equal(failAt > 0, faults.HasFailed);
        Assert.Equal([], await KmcInvariants.BrokenAsync(kmc));
        Assert.Equal(key.Spki, again.Spki);
        Assert.NotEqual(key.Spki, next.Spki);
        Assert.Equal((1, 2), (key.HandOuts, again.HandOuts));
        Assert.Equal(WrappedKey.FromDer(key.Envelope.Der).Open(First), WrappedKey.FromDer(again.Envelope.Der).Open(Second));
        Assert.Equal(WrappedKey.FromDer(key.Envelope.Der).Open(First), WrappedKey.FromDer(recovered.Der).Open(Second));
        await using var db = await kmc.DbAsync();
        Assert.Equal(
            [KeyState.History, KeyState.History, KeyState.Destroyed],
            await db.Orders.OrderBy(o => o.Id).Select(o => o.Key.State).ToListAsync(Cancel));
        return moments;

        async Task StepAsync(Func<Task> step)
        {
            try
            {
                await step();
            }
            catch (Exception e) when (failAt > 0 && (e is IOException or DbUpdateException || (e is CmpRefusedException { Failure: CmpFailure.SystemFailure })))
            {
                faults.Heal();
                await step();
            }
        }
    }

    private static async Task<(RecoveryOrder Order, byte[] Target)> OrderAsync(TestKmc kmc, TestHolder holder)
    {
        var target = new TestHolder(Pki, holder.Id).Request(HandOutTests.Public(Second)).Encoded.ToArray();
        await using var db = await kmc.DbAsync();
        var id = await db.Keys.Where(k => k.State == KeyState.History).Select(k => k.KeyId).SingleAsync(Cancel);
        var now = kmc.Time.GetUtcNow();
        return (new(RandomNumberGenerator.GetBytes(16), RecoveryKind.Holder, holder.Id, id, SHA256.HashData(target), "lost", now.AddMinutes(-1), now.AddHours(1)), target);
    }
}
