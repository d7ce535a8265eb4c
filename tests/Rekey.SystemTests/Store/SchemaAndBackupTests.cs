using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Rekey.Ca.Store;
using Rekey.Store;
using Rekey.Store.Audit;
using Rekey.Store.Backup;
using Rekey.Store.Jobs;
using Rekey.Store.Schema;
using Rekey.Testing;

namespace Rekey.SystemTests.Store;

/// <summary>Schema, backup and jobs on both engines.</summary>
public sealed class SchemaAndBackupTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 5, 2, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_schema_that_is_too_old_or_too_new_is_refused_with_what_to_do(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time, migrate: false);
        await using var db = await store.Contexts.CreateDbContextAsync(Ct);
        var old = await Assert.ThrowsAsync<StoreSchemaException>(() => StoreSchema.DemandCurrentAsync(db, Ct));
        Assert.Contains("run: rekey migrate", old.Message, StringComparison.Ordinal);

        Assert.NotEmpty(await StoreSchema.MigrateAsync(db, Ct));
        Assert.Empty(await StoreSchema.MigrateAsync(db, Ct));
        await StoreSchema.DemandCurrentAsync(db, Ct);

        await db.Database.ExecuteSqlRawAsync(
            string.Concat("insert into ", db.Qualified("\"__EFMigrationsHistory\""), " values ('20991231000000_Future', '99')"), Ct);
        var newer = await Assert.ThrowsAsync<StoreSchemaException>(() => StoreSchema.DemandCurrentAsync(db, Ct));
        Assert.Contains("20991231000000_Future", newer.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreSchemaException>(() => StoreSchema.MigrateAsync(db, Ct));
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_first_migration_logs_no_error(StoreEngine engine)
    {
        var log = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var store = await TestStore.CreateAsync(engine, time, migrate: false, log: log.Enqueue);
        await using var db = await store.Contexts.CreateDbContextAsync(Ct);
        await StoreSchema.MigrateAsync(db, Ct);

        Assert.NotEmpty(log); // it is listened to
        Assert.DoesNotContain(log, l => l.StartsWith("fail", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_backup_taken_while_acts_go_on_restores_one_moment(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        using var stop = new CancellationTokenSource();
        var underWay = new TaskCompletionSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await store.Acts.RecordAsync(new AuditEvent("test.done", "tester", $"thing:{i}"), Ct);
                await store.Sequencer.RunOnceAsync(Ct);
                if (i == 5)
                {
                    underWay.SetResult();
                }
            }
        }, Ct);
        await Task.WhenAny(underWay.Task, writing);
        var file = Path.Combine(Path.GetTempPath(), $"rekey-backup-{Guid.NewGuid():N}");
        try
        {
            await StoreBackup.BackUpAsync(store.Options, "ca", file, Ct);
            await stop.CancelAsync();
            await writing;
            await Assert.ThrowsAsync<BackupException>(() => StoreBackup.BackUpAsync(store.Options, "ca", file, Ct));
            await Assert.ThrowsAsync<BackupException>(() => StoreBackup.RestoreAsync(store.Options, "ca", file, Ct));

            using var restored = await TestStore.CreateAsync(engine, time, migrate: false);
            await StoreBackup.RestoreAsync(restored.Options, "ca", file, Ct);

            await using var db = await restored.Contexts.CreateDbContextAsync(Ct);
            using var export = new MemoryStream();
            await restored.Log.ExportAsync(export, Ct);
            export.Position = 0;
            var report = new AuditVerifier(store.Trail.Options.VerifierKey).Verify(export);
            Assert.Empty(report.Findings);
            Assert.True(report.Entries > 0);
            await StoreSchema.DemandCurrentAsync(db, Ct);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_file_that_is_no_backup_is_refused()
    {
        using var store = await TestStore.CreateAsync(StoreEngine.Sqlite, time, migrate: false);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, new string('x', 5000), Ct);
        var e = await Assert.ThrowsAsync<BackupException>(() => StoreBackup.RestoreAsync(store.Options, "ca", file, Ct));
        Assert.Contains("is not a backup", e.Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task Many_runners_do_each_job_once(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        var done = new System.Collections.Concurrent.ConcurrentBag<string>();
        await using (var db = await store.Contexts.CreateDbContextAsync(Ct))
        {
            for (var i = 0; i < 200; i++)
            {
                db.AddJob("once", $"{i}", time.GetUtcNow());
            }

            await db.SaveChangesAsync(Ct);
        }

        var runners = Enumerable.Range(0, 4).Select(_ => Runner(store, new JobDefinition("once", null, (key, _) =>
        {
            done.Add(key);
            return Task.CompletedTask;
        })));
        await Task.WhenAll(runners.Select(async r =>
        {
            while (await r.RunOnceAsync(Ct) > 0)
            {
            }
        }));

        Assert.Equal(200, done.Count);
        Assert.Equal(200, done.Distinct().Count());
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_failing_job_is_tried_again_later_and_a_recurring_one_comes_back(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        var (runs, fail) = (0, true);
        var runner = Runner(store, new JobDefinition("often", TimeSpan.FromMinutes(10), (_, _) =>
        {
            runs++;
            return fail ? throw new InvalidOperationException("no") : Task.CompletedTask;
        }));
        await runner.SeedAsync(Ct);
        await runner.SeedAsync(Ct);

        Assert.Equal((1, 0), (await runner.RunOnceAsync(Ct), await runner.RunOnceAsync(Ct)));
        time.Advance(TimeSpan.FromSeconds(11));
        fail = false;
        Assert.Equal(1, await runner.RunOnceAsync(Ct));
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(0, await runner.RunOnceAsync(Ct));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await runner.RunOnceAsync(Ct));
        Assert.Equal(3, runs);
    }

    [Theory]
    [InlineData(StoreEngine.Sqlite)]
    [InlineData(StoreEngine.Postgres)]
    public async Task A_job_whose_process_died_is_taken_over_when_its_lease_has_ended(StoreEngine engine)
    {
        using var store = await TestStore.CreateAsync(engine, time);
        await using (var db = await store.Contexts.CreateDbContextAsync(Ct))
        {
            db.AddJob("once", "x", time.GetUtcNow());
            await db.SaveChangesAsync(Ct);
            await db.Set<JobRow>().ExecuteUpdateAsync(u => u.SetProperty(j => j.LeasedUntil, time.GetUtcNow().AddMinutes(5)), Ct);
        }

        var done = 0;
        var runner = Runner(store, new JobDefinition("once", null, (_, _) => Task.FromResult(done++)));
        Assert.Equal(0, await runner.RunOnceAsync(Ct));
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(1, await runner.RunOnceAsync(Ct));
        Assert.Equal(1, done);
    }

    private JobRunner<CaDbContext> Runner(TestStore store, JobDefinition definition) =>
        new(store.Contexts, [definition], time, NullLogger<JobRunner<CaDbContext>>.Instance);
}
