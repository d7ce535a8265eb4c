using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rekey.Pki.Certificates;
using Rekey.Ra.Store;

namespace Rekey.Ra.Subscribers.Import;

/// <summary>Writes registered subscribers as the table that <see cref="ImportSubscribers"/> reads, row by row, and that table empty.</summary>
public sealed class ExportSubscribers(IDbContextFactory<RaDbContext> contexts)
{
    private const int RowsAtATime = 1000;

    /// <summary>Writes the heading alone, in cells that keep what is typed as text.</summary>
    /// <param name="output">Where to; need not be seekable, stays open.</param>
    /// <param name="format">As what.</param>
    /// <param name="culture">Language of the headings.</param>
    /// <param name="cancel">Cancels.</param>
    public static Task WriteTemplateAsync(Stream output, TableFormat format, CultureInfo culture, CancellationToken cancel) =>
        WriteAsync(output, format, culture, AsyncEnumerable.Empty<string[]>(), cancel);

    /// <summary>Writes all subscribers that are not cancelled, in the order of their registration.</summary>
    /// <param name="output">Where to; need not be seekable, stays open.</param>
    /// <param name="format">As what.</param>
    /// <param name="culture">Language of the headings.</param>
    /// <param name="cancel">Cancels.</param>
    public Task WriteAsync(Stream output, TableFormat format, CultureInfo culture, CancellationToken cancel) =>
        WriteAsync(output, format, culture, RowsAsync(culture, cancel), cancel);

    private async IAsyncEnumerable<string[]> RowsAsync(CultureInfo culture, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var english = culture.TwoLetterISOLanguageName == "en";
        await using var db = await contexts.CreateDbContextAsync(cancel);
        List<Subscriber> some;
        var last = 0L;
        do
        {
            some = await db.Subscribers.AsNoTracking().Where(s => s.Id > last && s.State == SubscriberState.Registered).OrderBy(s => s.Id).Take(RowsAtATime).ToListAsync(cancel);
            foreach (var subscriber in some)
            {
                yield return Row(subscriber, english);
                last = subscriber.Id;
            }
        }
        while (some.Count == RowsAtATime);
    }

    private static string[] Row(Subscriber s, bool english)
    {
        var organisation = s.Kind == SubscriberKind.Organisation;
        return
        [
            s.StableId,
            s.CreditCode ?? "",
            s.DisplayName,
            LookAlikes.Find(s.DisplayName, lettersChecked: false) is null ? "" : english ? "yes" : "是",
            english ? (organisation ? "organisation" : "person") : organisation ? "单位" : "个人",
            s.Subject is { } subject && !subject.AsSpan().SequenceEqual(Subscriber.PlainSubject("CN", s.DisplayName, s.StableId)) ? DistinguishedName.FromDer(subject).ToString() : "",
            s.ContactName ?? "",
            s.ContactPhone ?? "",
            s.ContactEmail ?? "",
            s.IdentityProvedAt?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "",
        ];
    }

    private static Task WriteAsync(Stream output, TableFormat format, CultureInfo culture, IAsyncEnumerable<string[]> rows, CancellationToken cancel)
    {
        var heading = ImportHeading.All.Select(h => h.In(culture)).ToArray();
        return TableFile.WriteAsync(output, format, heading, rows, cancel);
    }
}
