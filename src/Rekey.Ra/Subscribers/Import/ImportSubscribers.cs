using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>What becomes of a file in which a row is wrong.</summary>
public enum ImportMode
{
    /// <summary>Nothing is registered. It is one transaction: a process that ends within leaves nothing behind.</summary>
    AllOrNothing,

    /// <summary>The other rows are registered, some at a time; the same file goes on where a process ended.</summary>
    ValidRowsOnly,
}

/// <summary>What an import did, or would do.</summary>
/// <param name="Rows">Rows with something in them, without the heading.</param>
/// <param name="Added">Subscribers registered, or that would be.</param>
/// <param name="Unchanged">Rows that are registered already, exactly so.</param>
/// <param name="Wrong">Rows with something wrong.</param>
/// <param name="Errors">What is wrong, the first <see cref="ImportSubscribers.MostErrors"/>, by row.</param>
/// <param name="Written">Whether anything could be written: false for a preview, and for all or nothing while a row is wrong.</param>
public sealed record SubscriberImportReport(int Rows, int Added, int Unchanged, int Wrong, IReadOnlyList<RowError> Errors, bool Written);

/// <summary>
/// Registers the subscribers of an XLSX or CSV file. A row that is registered already, exactly so, is passed over, so that an import can
/// be repeated; one that is registered otherwise is an error, because an import never changes anybody.
/// </summary>
public sealed class ImportSubscribers(IDbContextFactory<RaDbContext> contexts, Acts<RaDbContext> acts, TimeProvider time)
{
    /// <summary>Most errors of a report. Who has more mends the file's columns, not its rows.</summary>
    public const int MostErrors = 200;

    // Another process may register the same subscriber between look and write; more often would hide a fault.
    private const int Tries = 5;

    /// <summary>Says what an import would do, and writes nothing.</summary>
    /// <param name="file">Seekable.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">RK-3301 to RK-3307: the file is no table of subscribers.</exception>
    public Task<SubscriberImportReport> PreviewAsync(Stream file, CancellationToken cancel) => PreviewAsync(file, OperatorScope.All, cancel);

    /// <summary>Says what an import by an operator would do, and writes nothing. Rows outside her scope are wrong.</summary>
    public async Task<SubscriberImportReport> PreviewAsync(Stream file, OperatorScope scope, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var tally = new Tally();
        foreach (var rows in SubscriberTable.Read(file, scope, time.GetUtcNow()))
        {
            tally.Count(await CompareAsync(db, rows, cancel));
        }

        return tally.Report(written: false);
    }

    /// <summary>Imports a file.</summary>
    /// <param name="file">Seekable.</param>
    /// <param name="mode">What to do when a row is wrong.</param>
    /// <param name="actor">Who imports, for the audit log.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">RK-3301 to RK-3307: the file is no table of subscribers.</exception>
    public Task<SubscriberImportReport> ImportAsync(Stream file, ImportMode mode, string actor, CancellationToken cancel) =>
        ImportAsync(file, mode, actor, OperatorScope.All, cancel);

    /// <summary>Imports a file for an operator. Rows outside her scope are wrong.</summary>
    public async Task<SubscriberImportReport> ImportAsync(Stream file, ImportMode mode, string actor, OperatorScope scope, CancellationToken cancel)
    {
        file.Position = 0;
        var sha256 = await SHA256.HashDataAsync(file, cancel);
        return mode == ImportMode.AllOrNothing ? await WholeAsync(file, sha256, actor, scope, cancel) : await ValidRowsAsync(file, sha256, actor, scope, cancel);
    }

    // A first reading finds what is wrong without keeping anybody else from writing.
    private async Task<SubscriberImportReport> WholeAsync(Stream file, byte[] sha256, string actor, OperatorScope scope, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await PreviewAsync(file, scope, cancel) is { Wrong: > 0 } wrong)
            {
                return wrong with { Added = 0 };
            }

            try
            {
                return await TryWholeAsync(file, sha256, actor, scope, cancel);
            }
            catch (DbUpdateException) when (attempt < Tries)
            {
                // Somebody was registered meanwhile: look again.
            }
        }
    }

    private async Task<SubscriberImportReport> TryWholeAsync(Stream file, byte[] sha256, string actor, OperatorScope scope, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var tally = new Tally();
        foreach (var rows in SubscriberTable.Read(file, scope, time.GetUtcNow()))
        {
            var compared = await CompareAsync(act.Db, rows, cancel);
            tally.Count(compared);
            if (tally.Wrong > 0)
            {
                return tally.Report(written: false) with { Added = 0 };
            }

            act.Db.Subscribers.AddRange(compared.New);
            await act.Db.SaveChangesAsync(cancel);
            act.Db.ChangeTracker.Clear(); // memory stays what a batch needs
        }

        if (tally.Added > 0)
        {
            act.Record(Entry(actor, sha256, tally.Added, tally.Unchanged, 0));
        }

        await act.CommitAsync(cancel); // all of it or nothing
        return tally.Report(written: true);
    }

    private async Task<SubscriberImportReport> ValidRowsAsync(Stream file, byte[] sha256, string actor, OperatorScope scope, CancellationToken cancel)
    {
        foreach (var _ in SubscriberTable.Read(file, scope, time.GetUtcNow()))
        {
            // A file that breaks off, or is too long, is refused before anybody is registered.
        }

        var importId = await BeginAsync(sha256, cancel);
        var errors = new Tally();
        foreach (var rows in SubscriberTable.Read(file, scope, time.GetUtcNow()))
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    errors.Count(await WriteAsync(importId, rows, sha256, actor, cancel));
                    break;
                }
                catch (DbUpdateException) when (attempt < Tries)
                {
                    // Somebody was registered meanwhile: look again.
                }
            }
        }

        return await EndAsync(importId, errors, cancel);
    }

    private async Task<long> BeginAsync(byte[] sha256, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        await act.Db.LockAsync($"subscriber-import:{Convert.ToHexString(sha256)}", cancel);
        var import = await act.Db.SubscriberImports.OrderBy(i => i.Id).FirstOrDefaultAsync(i => i.Sha256 == sha256 && i.EndedAt == null, cancel);
        if (import is null)
        {
            import = new SubscriberImport { Sha256 = sha256, StartedAt = time.GetUtcNow() };
            act.Db.SubscriberImports.Add(import);
        }

        await act.CommitAsync(cancel);
        return import.Id;
    }

    // Writes some rows and, in the same transaction, that they are dealt with. The same file may be sent twice at once: one waits for the other.
    private async Task<Comparison> WriteAsync(long importId, ReadRow[] rows, byte[] sha256, string actor, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        await act.Db.LockAsync($"subscriber-import:{importId}", cancel);
        var import = await act.Db.SubscriberImports.SingleAsync(i => i.Id == importId, cancel);
        var compared = await CompareAsync(act.Db, rows, cancel);
        if (rows[^1].Number <= import.LastRow)
        {
            return compared; // for what is wrong with them, which is told again
        }

        act.Db.Subscribers.AddRange(compared.New);
        import.LastRow = rows[^1].Number;
        import.Rows += rows.Length;
        import.Added += compared.New.Count;
        import.Unchanged += compared.Unchanged;
        if (compared.New.Count > 0)
        {
            act.Record(Entry(actor, sha256, compared.New.Count, compared.Unchanged, rows[0].Number, rows[^1].Number));
        }

        await act.CommitAsync(cancel);
        return compared;
    }

    private async Task<SubscriberImportReport> EndAsync(long importId, Tally errors, CancellationToken cancel)
    {
        await using var act = await acts.BeginAsync(cancel);
        var import = await act.Db.SubscriberImports.SingleAsync(i => i.Id == importId, cancel);
        import.EndedAt ??= time.GetUtcNow();
        await act.CommitAsync(cancel);
        return errors.Report(written: true) with { Rows = import.Rows, Added = import.Added, Unchanged = import.Unchanged };
    }

    private static async Task<Comparison> CompareAsync(RaDbContext db, ReadRow[] rows, CancellationToken cancel)
    {
        var ids = rows.Where(r => r.Subscriber is not null).Select(r => r.Subscriber!.StableId).ToList();
        var known = await db.Subscribers.AsNoTracking().Where(s => ids.Contains(s.StableId)).ToDictionaryAsync(s => s.StableId, cancel);
        var compared = new Comparison(rows.Length);
        foreach (var row in rows)
        {
            if (row.Subscriber is not { } subscriber)
            {
                compared.Errors.Add(row.Errors);
            }
            else if (!known.TryGetValue(subscriber.StableId, out var registered))
            {
                compared.New.Add(subscriber);
            }
            else if (Difference(registered, subscriber) is { } column)
            {
                compared.Errors.Add([new(row.Number, ImportColumn.Id, RowFault.RegisteredOtherwise, column.ToString())]);
            }
            else
            {
                compared.Unchanged++;
            }
        }

        return compared;
    }

    private static ImportColumn? Difference(Subscriber a, Subscriber b) =>
        a.Kind != b.Kind ? ImportColumn.Kind
        : a.CreditCode != b.CreditCode ? ImportColumn.CreditCode
        : a.DisplayName != b.DisplayName ? ImportColumn.Name
        : !a.Subject.AsSpan().SequenceEqual(b.Subject) ? ImportColumn.Subject
        : a.ContactName != b.ContactName ? ImportColumn.Contact
        : a.ContactPhone != b.ContactPhone ? ImportColumn.Phone
        : a.ContactEmail != b.ContactEmail ? ImportColumn.Email
        : null;

    private static AuditEvent Entry(string actor, byte[] sha256, int added, int unchanged, int from, int to = 0)
    {
        var details = new Dictionary<string, string> { ["added"] = Digits(added), ["unchanged"] = Digits(unchanged) };
        if (to > 0)
        {
            details["rows"] = $"{Digits(from)}-{Digits(to)}";
        }

        return new("subscribers.imported", actor, $"table:{Convert.ToHexStringLower(sha256)}") { Details = details };
    }

    private static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class Comparison(int rows)
    {
        public int Rows { get; } = rows;

        public List<Subscriber> New { get; } = [];

        public int Unchanged { get; set; }

        /// <summary>One entry for each row that is wrong.</summary>
        public List<IReadOnlyList<RowError>> Errors { get; } = [];
    }

    private sealed class Tally
    {
        private readonly List<RowError> errors = [];
        private int rows;

        public int Added { get; private set; }

        public int Unchanged { get; private set; }

        public int Wrong { get; private set; }

        public void Count(Comparison compared)
        {
            rows += compared.Rows;
            Added += compared.New.Count;
            Unchanged += compared.Unchanged;
            Wrong += compared.Errors.Count;
            errors.AddRange(compared.Errors.SelectMany(e => e).Take(MostErrors - errors.Count));
        }

        public SubscriberImportReport Report(bool written) => new(rows, Added, Unchanged, Wrong, errors, written);
    }
}
