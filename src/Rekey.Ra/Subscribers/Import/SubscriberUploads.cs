using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Rekey.Contract.Problems;
using Rekey.Ra.Operators;
using Rekey.Ra.Store;
using System.Security.Cryptography;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>A table that waits, or was imported lately.</summary>
/// <param name="Id">Names it to its owner.</param>
/// <param name="FileName">As the browser named it.</param>
/// <param name="SentAt">When it came.</param>
/// <param name="ImportedAt">When it was imported; null while it waits.</param>
public sealed record UploadItem(string Id, string FileName, DateTimeOffset SentAt, DateTimeOffset? ImportedAt);

/// <summary>Tables between upload and import. Each belongs to whoever sent it, and goes after a day.</summary>
public sealed class SubscriberUploads(IDbContextFactory<RaDbContext> contexts, ImportSubscribers import, TimeProvider time)
{
    /// <summary>Most characters of a file name that are kept.</summary>
    public const int MostOfFileName = 120;

    /// <summary>How long a table is kept.</summary>
    internal static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    // Tables can be large; whoever sends more has forgotten the older ones.
    private const int MostAtOnce = 5;

    /// <summary>Keeps a table.</summary>
    /// <param name="owner">Whose, as in the audit log.</param>
    /// <param name="fileName">As the browser named it.</param>
    /// <param name="file">The table.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="ProblemException">RK-3302: it is too large.</exception>
    public async Task<string> KeepAsync(string owner, string fileName, Stream file, CancellationToken cancel)
    {
        using var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = await file.ReadAsync(buffer, cancel)) > 0; content.Write(buffer, 0, read))
        {
            if (content.Length + read > Sheet.MostOctets)
            {
                throw new ProblemException(Problems.TableTooLarge(Sheet.MostOctets >> 20));
            }
        }

        var name = new string([.. fileName.Where(c => !char.IsControl(c) && char.GetUnicodeCategory(c) != System.Globalization.UnicodeCategory.Format)]);
        var upload = new SubscriberUpload
        {
            Id = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(16)),
            Owner = owner,
            FileName = name[Math.Max(0, name.Length - MostOfFileName)..],
            Content = content.ToArray(),
            SentAt = time.GetUtcNow(),
        };
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var older = await db.SubscriberUploads.Where(u => u.Owner == owner).OrderByDescending(u => u.SentAt).Skip(MostAtOnce - 1).Select(u => u.Id).ToListAsync(cancel);
        await db.SubscriberUploads.Where(u => older.Contains(u.Id)).ExecuteDeleteAsync(cancel);
        db.SubscriberUploads.Add(upload);
        await db.SaveChangesAsync(cancel);
        return upload.Id;
    }

    /// <summary>The tables of an operator, the last one first.</summary>
    public async Task<IReadOnlyList<UploadItem>> ListAsync(string owner, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.SubscriberUploads.AsNoTracking().Where(u => u.Owner == owner).OrderByDescending(u => u.SentAt).Select(u => new UploadItem(u.Id, u.FileName, u.SentAt, u.ImportedAt)).ToListAsync(cancel);
    }

    /// <summary>Says what importing a table would do.</summary>
    /// <returns>Null when this operator has no such table.</returns>
    /// <exception cref="ProblemException">RK-3301 to RK-3307: it is no table of subscribers.</exception>
    public async Task<(UploadItem Upload, SubscriberImportReport Report)?> CheckAsync(string owner, string id, OperatorScope scope, CancellationToken cancel)
    {
        if (await FindAsync(owner, id, cancel) is not { } upload)
        {
            return null;
        }

        using var file = new MemoryStream(upload.Content, writable: false);
        return (new(upload.Id, upload.FileName, upload.SentAt, upload.ImportedAt), await import.PreviewAsync(file, scope, cancel));
    }

    /// <summary>Imports a table. One that was imported in part, because a process ended, goes on where it was.</summary>
    /// <returns>Null when this operator has no such table.</returns>
    /// <exception cref="ProblemException">RK-3301 to RK-3307: it is no table of subscribers.</exception>
    public async Task<SubscriberImportReport?> ImportAsync(string owner, string id, ImportMode mode, OperatorScope scope, CancellationToken cancel)
    {
        if (await FindAsync(owner, id, cancel) is not { } upload)
        {
            return null;
        }

        using var file = new MemoryStream(upload.Content, writable: false);
        var report = await import.ImportAsync(file, mode, owner, scope, cancel);
        if (report.Written)
        {
            await using var db = await contexts.CreateDbContextAsync(cancel);
            var now = time.GetUtcNow();
            await db.SubscriberUploads.Where(u => u.Id == id).ExecuteUpdateAsync(u => u.SetProperty(x => x.ImportedAt, now), cancel);
        }

        return report;
    }

    private async Task<SubscriberUpload?> FindAsync(string owner, string id, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.SubscriberUploads.AsNoTracking().SingleOrDefaultAsync(u => u.Id == id && u.Owner == owner, cancel);
    }
}
