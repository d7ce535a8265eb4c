using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Rekey.Ca.Store;
using Rekey.Contract.Problems;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Testing;
using Rekey.Testing.Faults;

namespace Rekey.SystemTests.Store;

/// <summary>The audit log on both engines.</summary>
public sealed class AuditTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 5, 2, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task Acts_at_the_same_time_make_one_log_that_verifies(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        await Parallel.ForEachAsync(Enumerable.Range(0, 300), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Ct }, async (i, ct) =>
            await store.Acts.RecordAsync(Event(i), ct));
        while (await store.Sequencer.RunOnceAsync(Ct) > 0)
        {
        }

        var report = Verify(store, await ExportAsync(store));

        Assert.Empty(report.Findings);
        Assert.Equal(300, report.Entries);
        Assert.Equal(TimeSpan.Zero, store.Trail.Health.Lag);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task An_act_that_is_undone_leaves_no_entry_and_no_gap(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        for (var i = 0; i < 6; i++)
        {
            await using var act = await store.Acts.BeginAsync(Ct);
            act.Record(Event(i));
            if (i % 2 == 0)
            {
                await act.CommitAsync(Ct);
            }
        }

        // Refused by the database at the commit: the same serial twice.
        await using (var act = await store.Acts.BeginAsync(Ct))
        {
            act.Record(Event(99));
            act.Db.Chains.Add(new() { Id = Guid.Empty, CreatedAt = time.GetUtcNow() });
            act.Db.Certificates.Add(CertificateWithoutIssuer());
            await Assert.ThrowsAsync<DbUpdateException>(() => act.CommitAsync(Ct));
        }

        await store.Acts.RecordAsync(Event(100), Ct);
        Assert.Equal(4, await store.Sequencer.RunOnceAsync(Ct));
        Assert.True(Verify(store, await ExportAsync(store)).IsClean);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task The_database_refuses_to_change_or_remove_an_entry(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        await store.Acts.RecordAsync(Event(1), Ct);
        await store.Sequencer.RunOnceAsync(Ct);
        await using var db = await store.Contexts.CreateDbContextAsync(Ct);
        var table = db.Qualified("audit_entries");
        foreach (var sql in new[] { $"update {table} set target = 'x'", $"update {table} set leaf_index = 7", $"delete from {table}" })
        {
            var e = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => db.Database.ExecuteSqlRawAsync(sql, Ct));
            Assert.Contains("never changed or removed", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_waiting_entry_that_was_altered_is_refused_and_in_the_end_stops_the_issuing(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        await store.Acts.RecordAsync(Event(1), Ct);
        await store.Acts.RecordAsync(Event(2), Ct);
        await WithoutGuardsAsync(store, "update {0} set body = {1} where counter = 2");

        Assert.Equal(1, await store.Sequencer.RunOnceAsync(Ct));

        Assert.Contains("its MAC is wrong", store.Trail.Health.Fault, StringComparison.Ordinal);
        store.Trail.Health.DemandWritable();
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(4010, Assert.Throws<ProblemException>(() => store.Trail.Health.DemandWritable()).Problem.Number);
    }

    [Fact]
    public async Task A_clock_that_was_set_forward_does_not_stop_the_issuing_while_an_entry_waits_for_its_place()
    {
        var clock = new MovableTime();
        using var store = await TestStore.CreateAsync(StoreEngine.Sqlite, clock);
        await store.Acts.RecordAsync(Event(1), Ct);
        clock.Pass(TimeSpan.FromDays(8));
        store.Trail.Health.DemandWritable();
    }

    [Fact]
    public async Task A_log_that_stood_still_before_the_process_began_stops_the_issuing_at_the_first_look()
    {
        using var store = await TestStore.CreateAsync(StoreEngine.Sqlite, time);
        await store.Acts.RecordAsync(Event(1), Ct);
        await WithoutGuardsAsync(store, "update {0} set body = {1} where counter = 1");
        time.Advance(TimeSpan.FromSeconds(61));
        var restarted = new AuditTrail(store.Trail.Options, time);
        restarted.Health.Wrote(); // what it writes itself meanwhile makes the log no younger
        await new AuditSequencer<CaDbContext>(store.Contexts, restarted, time).RunOnceAsync(Ct);
        Assert.Equal(4010, Assert.Throws<ProblemException>(restarted.Health.DemandWritable).Problem.Number);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_waiting_entry_that_was_removed_is_missed(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        for (var i = 0; i < 3; i++)
        {
            await store.Acts.RecordAsync(Event(i), Ct);
        }

        await WithoutGuardsAsync(store, "delete from {0} where counter = 2 or length({1}) = 0");
        Assert.Equal(1, await store.Sequencer.RunOnceAsync(Ct));
        Assert.Contains("entry 2 of this writer is missing", store.Trail.Health.Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task The_offline_check_names_the_one_entry_that_was_changed(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        for (var i = 0; i < 40; i++)
        {
            await store.Acts.RecordAsync(Event(i), Ct);
            await store.Sequencer.RunOnceAsync(Ct);
        }

        await WithoutGuardsAsync(store, "update {0} set body = {1} where leaf_index = 17");

        var finding = Assert.Single(Verify(store, await ExportAsync(store)).Findings);
        Assert.Equal(17, finding.Entry);
        Assert.Contains("was changed", finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task Who_changes_the_tree_too_is_found_out_by_the_signed_heads(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        for (var i = 0; i < 10; i++)
        {
            await store.Acts.RecordAsync(Event(i), Ct);
            await store.Sequencer.RunOnceAsync(Ct);
        }

        await WithoutGuardsAsync(store, "update {0} set body = {1} where leaf_index = 9");
        await using (var db = await store.Contexts.CreateDbContextAsync(Ct))
        {
            var tile = await db.Set<AuditTileRow>().SingleAsync(Ct);
            MerkleTree.HashLeaf(Forged).CopyTo(tile.Hashes.AsSpan(9 * 32));
            db.Entry(tile).Property(t => t.Hashes).IsModified = true;
            await db.SaveChangesAsync(Ct);
        }

        Assert.Contains(Verify(store, await ExportAsync(store)).Findings, f => f.Entry == 9);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_log_that_was_cut_short_contradicts_a_head_kept_from_earlier(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        for (var i = 0; i < 5; i++)
        {
            await store.Acts.RecordAsync(Event(i), Ct);
            await store.Sequencer.RunOnceAsync(Ct);
        }

        var kept = await store.Log.LatestCheckpointAsync(Ct);
        var lines = Encoding.UTF8.GetString(await ExportAsync(store)).Split('\n').Where(l => !l.Contains("\"entry\":4", StringComparison.Ordinal));
        var cut = Encoding.UTF8.GetBytes(string.Join('\n', lines.Where(l => !l.Contains("\\n5\\n", StringComparison.Ordinal))));

        Assert.True(Verify(store, cut).IsClean);
        var report = new AuditVerifier(store.Trail.Options.VerifierKey, [kept!]).Verify(new MemoryStream(cut));
        Assert.Contains("only 4 entries are here", Assert.Single(report.Findings).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task Personal_data_can_be_erased_and_the_log_still_verifies(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        await store.Acts.RecordAsync(Event(1) with { Personal = new Dictionary<string, string> { ["name"] = "王敏", ["phone"] = "0555-1234567" } }, Ct);
        await store.Acts.RecordAsync(Event(2) with { Personal = new Dictionary<string, string> { ["name"] = "李娜" } }, Ct);
        await store.Sequencer.RunOnceAsync(Ct);
        Assert.Contains("王敏", Encoding.UTF8.GetString(await ExportAsync(store)).Replace("\\u738B\\u654F", "王敏", StringComparison.OrdinalIgnoreCase), StringComparison.Ordinal);

        Assert.Equal(2, await store.Log.EraseAsync("certificate:1", Ct));

        var export = await ExportAsync(store);
        Assert.DoesNotContain("\\u738B\\u654F", Encoding.UTF8.GetString(export), StringComparison.OrdinalIgnoreCase);
        var report = Verify(store, export);
        Assert.True(report.IsClean);
        Assert.Equal(2, report.Erased);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task Proofs_convince_somebody_who_has_only_the_key(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        await store.Acts.RecordAsync(Event(0), Ct);
        await store.Sequencer.RunOnceAsync(Ct);
        var early = Checkpoint.Verify((await store.Log.LatestCheckpointAsync(Ct))!, store.Trail.Options.VerifierKey);
        for (var i = 1; i < 20; i++)
        {
            await store.Acts.RecordAsync(Event(i), Ct);
        }

        await store.Sequencer.RunOnceAsync(Ct);
        var late = Checkpoint.Verify((await store.Log.LatestCheckpointAsync(Ct))!, store.Trail.Options.VerifierKey);

        Assert.True(MerkleTree.VerifyConsistency(early.Size, early.Root, late.Size, late.Root, await store.Log.ConsistencyProofAsync(early.Size, late.Size, Ct)));
        await using var db = await store.Contexts.CreateDbContextAsync(Ct);
        var entry = await db.Set<AuditEntryRow>().SingleAsync(e => e.LeafIndex == 13, Ct);
        Assert.True(MerkleTree.VerifyInclusion(MerkleTree.HashLeaf(entry.Body), 13, late.Size, await store.Log.InclusionProofAsync(13, late.Size, Ct), late.Root));
    }

    private static readonly byte[] Forged = Encoding.UTF8.GetBytes("{\"forged\":true}");

    private static AuditEvent Event(int i) => new("test.done", "tester", $"certificate:{i}");

    private static Rekey.Ca.Certificates.CertificateRecord CertificateWithoutIssuer() => new()
    {
        IssuerId = 4711,
        SerialHex = "01",
        SubjectDer = [],
        Subject = "",
        SpkiSha256 = [],
        Der = [],
        Sha256 = [],
        NotBefore = DateTimeOffset.UnixEpoch,
        NotAfter = DateTimeOffset.UnixEpoch,
        Profile = "",
        SubscriberId = "",
        ChainId = Guid.Empty,
        State = Rekey.Ca.Certificates.CertificateState.Unconfirmed,
        IssuedAt = DateTimeOffset.UnixEpoch,
    };

    private static AuditReport Verify(TestStore store, byte[] export) =>
        new AuditVerifier(store.Trail.Options.VerifierKey).Verify(new MemoryStream(export));

    private static async Task<byte[]> ExportAsync(TestStore store)
    {
        using var export = new MemoryStream();
        await store.Log.ExportAsync(export, Ct);
        return export.ToArray();
    }

    /// <summary>What an administrator of the database can do.</summary>
    private static async Task WithoutGuardsAsync(TestStore store, string sql)
    {
        await using var db = await store.Contexts.CreateDbContextAsync(Ct);
        if (db.Database.IsNpgsql())
        {
            await db.Database.ExecuteSqlRawAsync("alter table ca.audit_entries disable trigger user", Ct);
        }
        else
        {
            await db.Database.ExecuteSqlRawAsync("drop trigger audit_entries_no_update; drop trigger audit_entries_no_delete", Ct);
        }

        await db.Database.ExecuteSqlRawAsync(
            sql.Replace("{0}", db.Qualified("audit_entries"), StringComparison.Ordinal).Replace("{1}", "{0}", StringComparison.Ordinal), [Forged], Ct);
    }
}
